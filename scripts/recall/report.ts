import { type Column, plainTable } from "../plain_table.ts";
import type { Outcome } from "./hold_conversation.ts";
import {
  type DistanceTally,
  type KindTally,
  type Tally,
  tally,
  tallyByDistance,
  tallyByKind,
} from "./tally.ts";

/** What one model recalled. The keys are those of the JSON output. */
export interface ModelRecall {
  /** What the model is called in tables and figures. */
  readonly model: string;
  readonly overall: Tally;
  readonly by_distance: readonly DistanceTally[];
  readonly by_kind: readonly KindTally[];
  /** The last turn of each conversation, in the order of the file. */
  readonly replies: readonly Outcome[];
}

/** Sums up the conversations with one model. */
export function modelRecall(model: string, replies: readonly Outcome[]): ModelRecall {
  return {
    model,
    overall: tally(replies),
    by_distance: tallyByDistance(replies),
    by_kind: tallyByKind(replies),
    replies,
  };
}

const COLUMNS: readonly Column[] = [
  { head: "model", align: "left" },
  { head: "conversations", align: "left" },
  { head: "n", align: "right" },
  { head: "recalled", align: "right" },
  { head: "percent", align: "right" },
  { head: "95 % interval", align: "right" },
];

/** For each model, a row for each distance, each kind, and all conversations. */
export function recallTable(recalls: readonly ModelRecall[]): string {
  return plainTable(
    COLUMNS,
    recalls.flatMap(({ model, overall, by_distance, by_kind }) => [
      ...by_distance.map((tally) => row(model, `distance ${tally.distance}`, tally)),
      ...by_kind.map((tally) => row(model, tally.kind, tally)),
      row(model, "all", overall),
    ]),
  );
}

function row(model: string, conversations: string, tally: Tally): string[] {
  const { n, recalled, percent, low, high } = tally;
  const interval = `${low.toFixed(1)} to ${high.toFixed(1)}`;
  return [model, conversations, `${n}`, `${recalled}`, percent.toFixed(1), interval];
}

/**
 * What to call each model: the name of its folder, or the whole path where names are the same.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(modelNames(["models/tern-7m/"]), ["tern-7m"]);
 * assert.deepEqual(modelNames(["old/tern", "new/tern"]), ["old/tern", "new/tern"]);
 * ```
 */
export function modelNames(folders: readonly string[]): string[] {
  const paths = folders.map((folder) => folder.replace(/(?<=.)\/+$/, ""));
  const names = paths.map((path) => path.split("/").at(-1)!);
  return names.map((name, i) => names.indexOf(name) === names.lastIndexOf(name) ? name : paths[i]!);
}
