/**
 * The Cloudflare entry, less what only its runtime can import: see `cloudflare/index.js`. The model comes from the
 * assets that are deployed beside it; conversations are kept in Durable Objects.
 *
 * @module
 */
import { createLogger, type Logger } from "./telemetry/logger.ts";
import { ROUTES } from "./routes.ts";
import type { OpenSocket } from "./api/responses/socket.ts";
import { answerUnavailable } from "./api/server/unavailable.ts";
import { assemble, type Server } from "./assemble.ts";
import { openCheckpoint } from "./checkpoint/open_checkpoint.ts";
import { parseFolderConfig } from "./checkpoint/folder_config.ts";
import type { Checkpoint } from "./checkpoint/checkpoint.ts";
import { ModelParts, PARTS_INDEX } from "./checkpoint/model_parts.ts";
import { type Config, loadConfig, unknownSettings } from "./settings/config.ts";
import { cannotStart } from "./settings/cannot_start.ts";
import { openWarning } from "./settings/open_warning.ts";
import { tenantNotices } from "./settings/tenant_notices.ts";
import { SETTINGS } from "./settings/settings.ts";
import { SettingsError } from "./settings/settings_error.ts";
import { SeparateInference } from "./engine/separate_inference.ts";
import { SMALL_CAPACITY } from "./engine/simd/capacity.ts";
import { WEIGHT_FORMATS, type WeightFormat } from "./engine/simd/weight_format.ts";
import { namedKernels } from "./engine/simd/kernels.ts";
import { SimdEngine } from "./engine/simd/simd_engine.ts";
import { checkFolder } from "./rwkv/check_folder.ts";
import { DurableObjectStore } from "./store/durable_object_store.ts";
import type { DurableObjectNamespace } from "./store/remote_object.ts";
import { placeRecords } from "./records/place_records.ts";
import { Tenants } from "./api/access/tenants.ts";
import { loadTokenizer } from "./tokenizer/load_tokenizer.ts";
import { oneModel } from "./turn/one_model.ts";

export { DurableObjectEntries } from "./store/durable_object_entries.ts";

/** The bindings of wrangler.toml. Settings are variables and secrets beside them. */
export interface Env {
  /** What is deployed with the program: the files of the model, and the kernels' code. */
  readonly ASSETS: { fetch(url: string): Promise<Response> };
  readonly STORE: DurableObjectNamespace;
  readonly [variable: string]: unknown;
}

/** Ends with the request that it is given for, unless told otherwise. */
export interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** What these set is decided here by the platform. */
const NOT_HERE = [
  SETTINGS.host,
  SETTINGS.hosts,
  SETTINGS.port,
  SETTINGS.dataDirectory,
  SETTINGS.model,
  SETTINGS.shareModel,
  SETTINGS.modelsDirectory,
  SETTINGS.hubEndpoint,
  SETTINGS.hubToken,
  SETTINGS.modelScopeEndpoint,
  SETTINGS.store,
  SETTINGS.engine,
  SETTINGS.threads,
  SETTINGS.maxRunning,
  SETTINGS.maxWaiting,
].map(({ env }) => env);

/** A setting has no meaning on this platform. */
export class MeaninglessSettingError extends SettingsError {
  override readonly name = "MeaninglessSettingError";
  constructor(readonly variables: readonly string[]) {
    super(`These settings mean nothing on Cloudflare: ${variables.join(", ")}. Leave them out.`);
  }
}

/** The deployed weights are of another type than the settings say. */
class OtherWeightsError extends SettingsError {
  override readonly name = "OtherWeightsError";
  constructor(readonly asked: string, readonly packed: string) {
    super(
      `TERN_WEIGHTS is ${asked}, but the deployed model is packed as ${packed}. ` +
        `Set TERN_WEIGHTS=${asked} when you run wrangler deploy, not on the platform.`,
    );
  }
}

function readConfig(env: Env): { readonly config: Config; readonly warnings: readonly string[] } {
  const variables = Object.entries(env).filter((entry): entry is [string, string] =>
    typeof entry[1] === "string"
  );
  const meaningless = variables.map(([name]) => name).filter((name) => NOT_HERE.includes(name));
  if (meaningless.length > 0) throw new MeaninglessSettingError(meaningless);
  const texts = Object.fromEntries(variables);
  const config = loadConfig(texts);
  return { config, warnings: [...unknownSettings(texts), ...tenantNotices(config)] };
}

/** What Cloudflare has instead of an upgrade: two ends, one of which is given to the client with the reply. */
declare const WebSocketPair: new () => {
  readonly 0: WebSocket;
  readonly 1: WebSocket & { accept(): void };
};

function openSocket(_request: Request, protocol?: string): ReturnType<OpenSocket> {
  const { 0: theirs, 1: socket } = new WebSocketPair();
  socket.accept();
  // The runtime leaves it to the program to answer that the client closes.
  socket.addEventListener("close", () => socket.close());
  const reply: ResponseInit & { readonly webSocket: WebSocket } = {
    status: 101,
    webSocket: theirs,
    ...(protocol === undefined ? {} : { headers: { "sec-websocket-protocol": protocol } }),
  };
  return { socket, response: new Response(null, reply), pings: false };
}

async function readAsset({ ASSETS }: Env, name: string): Promise<Uint8Array<ArrayBuffer>> {
  const reply = await ASSETS.fetch(`https://assets.local/${name}`);
  if (reply.status !== 200) throw new Error(`The asset ${name} is missing: ${reply.status}`);
  return new Uint8Array(await reply.arrayBuffer());
}

async function load(
  env: Env,
  kernels: WebAssembly.Module,
  config: Config,
  log: Logger,
): Promise<Server> {
  const started = Date.now();
  const [index, code] = await Promise.all([
    readAsset(env, PARTS_INDEX),
    readAsset(env, "kernels.wasm"),
  ]);
  // One part after the other: with the engine's memory, an isolate has little left.
  const fetch = (name: string) => readAsset(env, name);
  const parts = new ModelParts(index, { name: "the assets", fetch, readAhead: false });
  const configText = new TextDecoder().decode(await parts.read("config.json"));
  const folder = parseFolderConfig(configText, "config.json");
  const { vocab_file: vocabFile } = folder;
  const vocabulary = vocabFile === undefined ? undefined : await parts.read(vocabFile);
  const tokenizer = await loadTokenizer(folder.tokenizer, vocabulary);
  const checkpoint = await openCheckpoint(parts.open(parts.weights), parts.weights);
  const engine = await SimdEngine.load(checkpoint, {
    weights: packedFormat(checkpoint, config.weights),
    kernels: await namedKernels(code, kernels),
    capacity: SMALL_CAPACITY,
  });
  checkpoint.close();
  checkFolder("the assets", folder, engine.config);
  const model = folder.name ?? "model";
  const server = assemble({
    routes: ROUTES,
    config,
    source: oneModel({
      name: model,
      folder,
      inference: new SeparateInference(engine, tokenizer, config),
      tokenizer,
    }),
    store: new DurableObjectStore({
      namespace: env.STORE,
      now: Date.now,
      placement: placeRecords([...new Tenants(config.apiKeys, config.tenants)]),
    }),
    // Nobody waits for a turn of another request, which may end without a word. The platform bounds them itself.
    turns: { running: Infinity, waiting: 0 },
    log,
    openSocket,
    now: Date.now,
    elapsed: () => performance.now(),
  });
  log.info("loaded", { model, load_ms: Date.now() - started });
  return server;
}

/** What the build packed the weights as, unless a setting says that it should have been something else. */
function packedFormat({ packed }: Checkpoint, asked: Config["weights"]): WeightFormat {
  const format = WEIGHT_FORMATS.find((format) => format === packed?.weights) ?? "int8";
  if (asked !== "auto" && asked !== format) throw new OtherWeightsError(asked, format);
  return format;
}

/**
 * The handlers of requests, and of the clock. The model is loaded at the first one.
 *
 * What a request began ends with it here, so that none may wait for another: each has an app of its own, over one model,
 * and they meet in the store alone.
 *
 * @param kernels the compiled kernels: code cannot be compiled here
 */
export function createWorker(kernels: WebAssembly.Module) {
  let server: Promise<Server> | undefined;

  async function start(env: Env): Promise<Server> {
    const sink = (line: string) => console.log(line);
    try {
      const { config, warnings } = readConfig(env);
      const log = createLogger({ level: config.logLevel, sink, now: Date.now });
      for (const warning of warnings) log.warn("check the settings", { warning });
      // Everyone reaches a worker.
      if (config.apiKeys.length === 0) {
        log.warn("no keys");
        for (const line of openWarning()) console.error(line);
      }
      return await load(env, kernels, config, log);
    } catch (error) {
      server = undefined; // The next request tries again.
      console.error(`Tern cannot start. ${error instanceof Error ? error.message : error}`);
      throw error;
    }
  }

  async function open(env: Env, context: ExecutionContext) {
    server ??= start(env);
    // Others wait for it as well, if who asked first leaves.
    context.waitUntil(server.catch(() => {}));
    return (await server).open();
  }

  return {
    async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
      let opened: Awaited<ReturnType<typeof open>>;
      try {
        opened = await open(env, context);
      } catch (error) {
        return answerUnavailable(request, cannotStart(error));
      }
      const { app, responses, ingests, idempotency } = opened;
      const reply = await app.fetch(request);
      // What is made in the background, or is being put away for a client who left, goes on for a while.
      context.waitUntil(
        Promise.all([responses.settled(), ingests.settled(), idempotency.settled()]),
      );
      return reply;
    },

    /** Goes on with what nobody makes any more, and frees what nobody needs. */
    async scheduled(_event: unknown, env: Env, context: ExecutionContext): Promise<void> {
      const { responses } = await open(env, context);
      await responses.sweep();
      context.waitUntil(responses.settled());
    },
  };
}
