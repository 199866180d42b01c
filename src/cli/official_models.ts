import list from "../../models/official.json" with { type: "json" };

/** A published file of weights. */
export interface OfficialModel {
  /** What `tern pull` calls it. */
  readonly name: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** A day, as `2026-01-29`. */
  readonly released: string;
  readonly url: string;
  readonly tags: readonly string[];
}

/** The published models that are known by name, the newest first. `scripts/official_models.ts` writes the list. */
export const OFFICIAL_MODELS: readonly OfficialModel[] = list;

/**
 * The published model of a name, whatever its case, or of the name of its file with or without the ending.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(findOfficialModel("RWKV7-G1d-0.1B")?.file, "rwkv7-g1d-0.1b-20260129-ctx8192.pth");
 * assert.equal(findOfficialModel("llama"), undefined);
 * ```
 */
export function findOfficialModel(name: string): OfficialModel | undefined {
  const wanted = name.toLowerCase();
  return OFFICIAL_MODELS.find(({ name, file }) =>
    [name, file, file.replace(/\.[a-z]+$/, "")].some((known) => known.toLowerCase() === wanted)
  );
}

/** The names of published models that are most like a wrong one, for a message. */
export function similarNames(name: string, most = 3): string[] {
  const words = name.toLowerCase().split(/[^a-z0-9.]+/).filter((word) => word !== "");
  const scored = OFFICIAL_MODELS.map(({ name }) => ({
    name,
    score: words.filter((word) => name.toLowerCase().includes(word)).length,
  }));
  return scored.filter(({ score }) => score > words.length / 2)
    .sort((a, b) => b.score - a.score).slice(0, most).map(({ name }) => name);
}
