import { isKeyDigest } from "./api/auth.ts";
import { createLogger, type Logger } from "./api/logger.ts";
import { assemble } from "./assemble.ts";
import { readModelFolder } from "./checkpoint/model_folder.ts";
import { type Config, loadConfig } from "./config.ts";
import { WorkerInference } from "./engine/worker_inference.ts";
import type { EngineThread } from "./engine/worker_thread.ts";
import { checkFolder } from "./rwkv/check_folder.ts";
import { DenoKvStore } from "./store/deno_kv_store.ts";
import type { KvStore } from "./store/kv_store.ts";
import { MemoryStore } from "./store/memory_store.ts";
import type { Tracer } from "./telemetry/tracer.ts";
import { loadTokenizer } from "./tokenizer/load_tokenizer.ts";

/** Time that running answers are given to end when the server is told to stop. Deno Deploy kills after 5 s. */
const SHUTDOWN_MS = 4_000;

const MODELS = new URL("../models/", import.meta.url).pathname;

/**
 * The server under Deno: reads the settings, opens store and model, serves the app until the process is told to stop, and
 * stops in order.
 *
 * @param thread the engine's, which has no model yet
 * @throws what keeps the server from starting
 */
export async function serve(thread: EngineThread): Promise<void> {
  const config = loadConfig(Deno.env.toObject());
  const sink = (line: string) => console.log(line);
  await run(config, createLogger({ level: config.logLevel, sink, now: Date.now }), thread);
}

async function run(config: Config, log: Logger, thread: EngineThread): Promise<void> {
  // What must be released at the end, the last first.
  await using resources = new AsyncDisposableStack();
  const started = performance.now();

  // Whoever only names a model means one of ours; whoever gives a path means that.
  const path = config.model.includes("/") ? config.model : MODELS + config.model;
  const folder = await readModelFolder(path);
  const vocabulary = folder.vocabPath === undefined
    ? undefined
    : await Deno.readFile(folder.vocabPath);
  const { tokenizer } = folder.config;
  const [store, inference, tracer] = await Promise.all([
    openStore(config),
    WorkerInference.start({
      thread,
      path: folder.weightsPath,
      tokenizer,
      vocabulary,
      engine: config.engine,
      threads: config.threads,
      weights: config.weights,
      onCrash(error) {
        // Nothing can be answered any more. Whoever watches the process starts another, which goes on.
        log.error("the engine stopped", { error });
        Deno.exit(1);
      },
    }),
    openTracer(),
  ]);
  resources.defer(() => store.close());
  resources.defer(() => inference.close());
  checkFolder(path, folder.config, inference.config);
  if (inference.fallback !== undefined) {
    log.warn("the engine is onnxruntime-web", { reason: inference.fallback });
  }

  const closing = new AbortController();
  const model = folder.config.name ?? path.replace(/\/+$/, "").split("/").at(-1)!;
  const server = assemble({
    config,
    model,
    folder: folder.config,
    inference,
    tokenizer: await loadTokenizer(tokenizer, vocabulary),
    store,
    turns: { running: config.maxRunning, waiting: config.maxWaiting },
    tracer,
    log,
    openSocket: (request) => Deno.upgradeWebSocket(request),
    closing: closing.signal,
    now: Date.now,
    elapsed: () => performance.now(),
  });
  const { app, responses } = server.open();
  server.metrics.gauge(
    "process_resident_memory_bytes",
    "Memory of the process.",
    () => Deno.memoryUsage().rss,
  );

  if (!config.apiKeys.every(isKeyDigest)) {
    log.warn("the settings show API keys: give their digests instead, see `deno task key`");
  }

  responses.startSweeping();
  // Before anybody is told that the server listens, or a signal could end it as if nobody handled it.
  const stop = stopSignal();
  const listener = Deno.serve({
    hostname: config.host,
    port: config.port,
    onListen({ hostname, port }) {
      const host = hostname.includes(":") ? `[${hostname}]` : hostname;
      log.info("listening", {
        url: `http://${host}:${port}`,
        model,
        store: config.store.includes(":") ? redisName(config.store) : config.store,
        ready_ms: Math.round(performance.now() - started),
      });
    },
  }, app.fetch);

  await stop;
  log.info("stopping");
  const stopped = listener.shutdown();
  closing.abort();
  await responses.close(); // Others go on with what is being made.
  const patience = setTimeout(() => {
    log.warn("answers were cut off", { after_ms: SHUTDOWN_MS });
    Deno.exit(0); // What was stored is durable; nobody waits for the rest.
  }, SHUTDOWN_MS);
  await stopped;
  clearTimeout(patience);
}

/** Deno exports spans with this variable alone; without it nothing of them is loaded. */
async function openTracer(): Promise<Tracer | undefined> {
  if (!/^(true|1)$/.test(Deno.env.get("OTEL_DENO") ?? "")) return undefined;
  const { OtelTracer } = await import("./telemetry/otel_tracer.ts");
  return new OtelTracer();
}

/** Each kind has a file of its own: neither can read the other's. */
const STORE_FILES = { "deno-kv": "conversations.sqlite3", "sqlite": "conversations.db" } as const;

async function openStore({ store, dataDirectory }: Config): Promise<KvStore> {
  if (store === "memory") return new MemoryStore();
  if (store !== "deno-kv" && store !== "sqlite") {
    // Its client is for those alone who asked for it.
    const { RedisStore } = await import("./store/redis_store.ts");
    return await naming(redisName(store), () => RedisStore.open(store));
  }
  await Deno.mkdir(dataDirectory, { recursive: true });
  const path = `${dataDirectory}/${STORE_FILES[store]}`;
  if (store === "deno-kv") return await naming(path, () => DenoKvStore.open(path));
  // What it needs of Node takes time to load.
  const { SqliteStore } = await import("./store/sqlite_store.ts");
  return await naming(path, () => SqliteStore.open(path));
}

/** Says which store it is that cannot be opened. */
async function naming(name: string, open: () => Promise<KvStore>): Promise<KvStore> {
  try {
    return await open();
  } catch (cause) {
    throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause });
  }
}

/** What may be shown of a URL, which may hold a password. */
function redisName(url: string): string {
  return `redis at ${new URL(url).host}`;
}

/** Resolves when the process is told to stop. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", resolve);
  Deno.addSignalListener("SIGTERM", resolve);
  return promise;
}
