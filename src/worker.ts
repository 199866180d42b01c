/**
 * The Cloudflare entry, less what only its runtime can import: see `cloudflare/index.js`. The model comes from the
 * assets that are deployed beside it; conversations are kept in Durable Objects.
 *
 * @module
 */
import type { Hono } from "hono";
import type { ApiEnv } from "./api/context.ts";
import { createLogger, type Logger } from "./api/logger.ts";
import { assemble } from "./assemble.ts";
import { openCheckpoint } from "./checkpoint/checkpoint.ts";
import { parseFolderConfig } from "./checkpoint/folder_config.ts";
import { bytesSource } from "./checkpoint/random_access.ts";
import { type Config, loadConfig, SETTINGS } from "./config.ts";
import { SeparateInference } from "./engine/separate_inference.ts";
import { namedKernels } from "./engine/simd/kernels.ts";
import { SimdEngine } from "./engine/simd/simd_engine.ts";
import { checkFolder } from "./rwkv/check_folder.ts";
import { type DurableObjectNamespace, DurableObjectStore } from "./store/durable_object_store.ts";
import { createTokenizer } from "./tokenizer/load_tokenizer.ts";

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
  SETTINGS.port,
  SETTINGS.dataDirectory,
  SETTINGS.model,
  SETTINGS.store,
  SETTINGS.engine,
  SETTINGS.threads,
  SETTINGS.maxRunning,
  SETTINGS.maxWaiting,
].map(({ env }) => env);

/** A setting has no meaning on this platform. */
export class MeaninglessSettingError extends Error {
  override readonly name = "MeaninglessSettingError";
  constructor(readonly variables: readonly string[]) {
    super(`These settings mean nothing on Cloudflare: ${variables.join(", ")}. Leave them out.`);
  }
}

function readConfig(env: Env): Config {
  const variables = Object.entries(env).filter((entry): entry is [string, string] =>
    typeof entry[1] === "string"
  );
  const meaningless = variables.map(([name]) => name).filter((name) => NOT_HERE.includes(name));
  if (meaningless.length > 0) throw new MeaninglessSettingError(meaningless);
  return loadConfig(Object.fromEntries(variables));
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
): Promise<Hono<ApiEnv>> {
  const started = Date.now();
  const [configFile, weights, code] = await Promise.all([
    readAsset(env, "config.json"),
    readAsset(env, "model.safetensors"),
    readAsset(env, "kernels.wasm"),
  ]);
  const folder = parseFolderConfig(new TextDecoder().decode(configFile), "config.json");
  const { vocab_file: vocabFile } = folder;
  const vocabulary = vocabFile === undefined ? undefined : await readAsset(env, vocabFile);
  const tokenizer = createTokenizer(folder.tokenizer, vocabulary);
  const checkpoint = await openCheckpoint(bytesSource(weights), "model.safetensors");
  const engine = await SimdEngine.load(checkpoint, {
    weights: config.weights === "auto" ? "int8" : config.weights,
    kernels: await namedKernels(code, kernels),
  });
  checkFolder("the assets", folder, engine.config);
  const model = folder.name ?? "model";
  const { app } = assemble({
    config,
    model,
    folder,
    inference: new SeparateInference(engine, tokenizer),
    tokenizer,
    store: new DurableObjectStore({ namespace: env.STORE, now: Date.now }),
    // Nobody waits for a turn of another request, which may end without a word. The platform bounds them itself.
    turns: { running: Infinity, waiting: 0 },
    log,
    now: Date.now,
    elapsed: () => performance.now(),
  });
  log.info("loaded", { model, load_ms: Date.now() - started });
  return app;
}

/**
 * The handler of requests. The model is loaded at the first one.
 *
 * @param kernels the compiled kernels: code cannot be compiled here
 */
export function createWorker(kernels: WebAssembly.Module) {
  let app: Promise<Hono<ApiEnv>> | undefined;

  async function start(env: Env): Promise<Hono<ApiEnv>> {
    const sink = (line: string) => console.log(line);
    try {
      const config = readConfig(env);
      const log = createLogger({ level: config.logLevel, sink, now: Date.now });
      return await load(env, kernels, config, log);
    } catch (error) {
      app = undefined; // The next request tries again.
      console.error(`Tern cannot start. ${error instanceof Error ? error.message : error}`);
      throw error;
    }
  }

  return {
    async fetch(request: Request, env: Env, context: ExecutionContext): Promise<Response> {
      app ??= start(env);
      // Others wait for it as well, if who asked first leaves.
      context.waitUntil(app.catch(() => {}));
      return await (await app).fetch(request);
    },
  };
}
