import { editDistance } from "./edit_distance.ts";
import { SETTINGS } from "./settings.ts";

/** A variable that begins like a setting of the server, and is none. */
export interface UnknownVariable {
  readonly variable: string;
  /** The setting that was probably meant. */
  readonly nearest?: string;
  /** Whoever set it meant to restrict access: a server that ignored it would be open to everyone. */
  readonly restricts: boolean;
}

const PREFIX = "TERN_";

/** Words of names that promise protection. */
const RESTRICTING = /^(API)?(KEYS?|SECRETS?|TOKEN|AUTH\w*|PASSWORDS?|PASSWD|CREDENTIALS?)$/;

/**
 * The variables that begin with `TERN_`, in any case of letters, and that no setting has. They are probably misspelt.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(unknownVariables({ TERN_API_KEY: "x", TERN_DATA: "/data", PATH: "/bin" }), [
 *   { variable: "TERN_API_KEY", nearest: "TERN_API_KEYS", restricts: true },
 * ]);
 * ```
 */
export function unknownVariables(
  env: Readonly<Record<string, string | undefined>>,
): UnknownVariable[] {
  const known = new Set<string>(Object.values(SETTINGS).map((setting) => setting.env));
  return Object.keys(env)
    .filter((name) => name.toUpperCase().startsWith(PREFIX) && env[name] && !known.has(name))
    .map((variable) => {
      const words = variable.toUpperCase().slice(PREFIX.length);
      const restricts = words.split("_").some((word) => RESTRICTING.test(word));
      const nearest = nearestOf(words, known) ?? (restricts ? SETTINGS.apiKeys.env : undefined);
      return { variable, ...nearest === undefined ? {} : { nearest }, restricts };
    });
}

/** The setting whose name needs the fewest changes, unless that is most of the name. */
function nearestOf(words: string, known: ReadonlySet<string>): string | undefined {
  const candidates = [...known].filter((name) => name.startsWith(PREFIX)).map((name) => {
    const own = name.slice(PREFIX.length);
    const distance = editDistance(words, own);
    // A part of a name stands for the whole, however long that is.
    const near = (words.length > 2 && own.includes(words)) ||
      distance <= Math.min(words.length, own.length) / 3;
    return { name, distance, near };
  });
  const near = candidates.filter((candidate) => candidate.near);
  return near.sort((a, b) => a.distance - b.distance)[0]?.name;
}
