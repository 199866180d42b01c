/**
 * Tern inside a program of your own: the whole server as a Hono app.
 *
 * ```ts ignore
 * import { Hono } from "hono";
 * import { createTern } from "@tern/tern";
 *
 * const tern = await createTern({ model: "models/tern-7m", store: "memory" });
 * const app = new Hono();
 * app.route("/ai", tern.app);
 * Deno.serve(app.fetch);
 * ```
 *
 * @module
 */
import type { Hono } from "hono";
import { assemble } from "./assemble.ts";
import { openModel } from "./models/open_model.ts";
import { openStore } from "./open_store.ts";
import { ROUTES } from "./routes.ts";
import { type Config, loadConfig, unknownSettings } from "./settings/config.ts";
import { oneModel } from "./turn/one_model.ts";
import type { KvStore } from "./store/kv_store.ts";
import { createLogger } from "./telemetry/logger.ts";

export type { KvStore } from "./store/kv_store.ts";

/** What {@linkcode createTern} puts together. */
export interface TernOptions {
  /** The model: a file, a folder, or the URL of a `model.parts.json`. */
  readonly model: string;
  /** Where conversations are kept: a store, or what the setting `TERN_STORE` may be. */
  readonly store: KvStore | "memory" | "sqlite" | "deno-kv" | "deno-kv:" | `redis${string}`;
  /** Other settings, by the names of their variables. The environment is not read. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Takes the lines of the log. @default they are dropped */
  readonly log?: (line: string) => void;
  /** Called once if the engine dies. Every turn fails from then on. */
  readonly onCrash?: (error: unknown) => void;
}

/** A server inside a program. */
export interface Tern extends AsyncDisposable {
  /** Everything under `/v1`, and the pages. Mount it with `route`, or give its `fetch` to whatever serves HTTP. */
  readonly app: Hono;
  /** What the API calls the model. */
  readonly model: string;
  /** Ends what is being made, so that other processes go on with it, and frees the model. */
  close(): Promise<void>;
}

/**
 * Loads a model and opens a store, and puts the server over both together.
 *
 * A store that is given stays open when this is closed; one that was opened here is closed.
 *
 * @throws {SettingsError} if a setting is wrong
 * @throws what keeps the model or the store from being opened
 */
export async function createTern(
  { model, store: given, settings = {}, log: sink = () => {}, onCrash }: TernOptions,
): Promise<Tern> {
  const env = {
    ...settings,
    TERN_MODEL: model,
    ...typeof given === "string" ? { TERN_STORE: given } : {},
  };
  const config: Config = loadConfig(env);
  const log = createLogger({ level: config.logLevel, sink, now: Date.now });
  for (const warning of unknownSettings(env)) log.warn("check the settings", { warning });
  await using opened = new AsyncDisposableStack();
  const store = typeof given === "string" ? await openStore(config) : given;
  if (store !== given) opened.defer(() => store.close());
  const { name, folder, inference, tokenizer } = await openModel(model, {
    ...config,
    onCrash: (error) => {
      log.error("the engine stopped", { error });
      onCrash?.(error);
    },
  });
  opened.defer(() => inference.close());
  const closing = new AbortController();
  const { app, responses, ingests, idempotency } = assemble({
    config,
    routes: ROUTES,
    source: oneModel({ name, folder: folder.config, inference, tokenizer }),
    store,
    turns: { running: config.maxRunning, waiting: config.maxWaiting },
    log,
    // Without keys, requests for other names are refused: a page of another origin could reach this app.
    hosts: [config.host, ...config.hosts],
    openSocket: (request, protocol) =>
      Deno.upgradeWebSocket(request, protocol === undefined ? {} : { protocol }),
    closing: closing.signal,
    now: Date.now,
    elapsed: () => performance.now(),
  }).open();
  responses.startSweeping();
  opened.defer(async () => {
    closing.abort();
    await Promise.all([responses.close(), ingests.close()]);
    await idempotency.settled();
  });
  const resources = opened.move();
  const close = async (): Promise<void> => await resources.disposeAsync();
  // What its handlers keep in the context of a request is no concern of the program that mounts it.
  return { app: app as unknown as Hono, model: name, close, [Symbol.asyncDispose]: close };
}
