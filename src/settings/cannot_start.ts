import type { Unavailability } from "../api/server/unavailable.ts";
import { SettingsError } from "./settings_error.ts";

/**
 * What clients are told when an error keeps the server from starting. Wrong settings are named, since the operator is
 * likely to look there first; anything else may name files or hosts, and is in the log alone.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadConfig } from "./config.ts";
 * try {
 *   loadConfig({ TERN_THREADS: "many" });
 * } catch (error) {
 *   assert.match(cannotStart(error).message, /TERN_THREADS is "many"/);
 * }
 * assert.doesNotMatch(cannotStart(new Error("/home/ada/model")).message, /ada/);
 * ```
 */
export function cannotStart(error: unknown): Unavailability {
  const message = error instanceof SettingsError
    ? error.message
    : "The server cannot start. Its log says why.";
  return { status: "misconfigured", code: "server_misconfigured", message };
}
