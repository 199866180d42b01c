import { SettingsError } from "./settings_error.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The Deno KV database of the app, which all instances share. */
const PLATFORM_STORE = "deno-kv:";
/** Stores that are a file of one machine. */
const LOCAL_STORES = ["deno-kv", "sqlite"];

/** On Deno Deploy, a store in a file would be lost with the instance, and other instances would not see it. */
export class LocalStoreError extends SettingsError {
  override readonly name = "LocalStoreError";
  constructor(readonly store: string) {
    super(
      `TERN_STORE is ${store}, a file, which instances on Deno Deploy do not share and lose when they stop. ` +
        `Leave TERN_STORE out: then it is ${PLATFORM_STORE}, the Deno KV database of the app.`,
    );
  }
}

/**
 * Whether this process runs on Deno Deploy.
 *
 * @see https://docs.deno.com/deploy/reference/env_vars_and_contexts
 */
export function isDenoDeploy(env: Env): boolean {
  return env["DENO_DEPLOY"] === "1";
}

/**
 * The settings with the store that Deno Deploy provides, if this process runs there and no store is set.
 *
 * @throws {LocalStoreError} on Deno Deploy, if the store that is set is a local file
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.deepEqual(withPlatformStore({ PORT: "80" }), { PORT: "80" });
 * assert.deepEqual(withPlatformStore({ DENO_DEPLOY: "1" }), {
 *   DENO_DEPLOY: "1",
 *   TERN_STORE: "deno-kv:",
 * });
 * assert.throws(() => withPlatformStore({ DENO_DEPLOY: "1", TERN_STORE: "sqlite" }), /a file/);
 * ```
 */
export function withPlatformStore<E extends Env>(env: E): E {
  if (!isDenoDeploy(env)) return env;
  const store = env["TERN_STORE"] || PLATFORM_STORE;
  if (LOCAL_STORES.includes(store)) throw new LocalStoreError(store);
  return { ...env, TERN_STORE: store };
}
