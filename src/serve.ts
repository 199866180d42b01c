import { createLogger, type Logger } from "./telemetry/logger.ts";
import { Tenants } from "./api/access/tenants.ts";
import { assemble } from "./assemble.ts";
import { readVocabulary } from "./checkpoint/model_folder.ts";
import type { Config } from "./settings/config.ts";
import { WorkerInference } from "./engine/worker_inference.ts";
import type { EngineThread } from "./engine/worker_thread.ts";
import { checkFolder } from "./rwkv/check_folder.ts";
import { checkVocabulary } from "./rwkv/check_vocabulary.ts";
import { readModel } from "./rwkv/read_model.ts";
import { isLoopback, openWarning } from "./settings/open_warning.ts";
import { unclaimedData } from "./settings/unclaimed_data.ts";
import { DenoKvStore } from "./store/deno_kv_store.ts";
import { DiskWatch } from "./store/disk_watch.ts";
import { diskUse } from "./store/disk_use.ts";
import type { KvStore } from "./store/kv_store.ts";
import { MemoryStore } from "./store/memory_store.ts";
import type { Tracer } from "./telemetry/tracer.ts";
import { loadTokenizer } from "./tokenizer/load_tokenizer.ts";

/** Time that running answers are given to end when the server is told to stop. Deno Deploy kills after 5 s. */
const SHUTDOWN_MS = 4_000;

/** What {@linkcode serve} is started with. */
export interface ServeOptions {
  readonly config: Config;
  /** The model: its folder, or its file. */
  readonly folder: string;
  /** The engine's, which may have begun to load the model. */
  readonly thread: EngineThread;
  /** What the operator is to be told of the settings. */
  readonly warnings?: readonly string[];
}

/**
 * The server under Deno: opens store and model, serves the app until the process is told to stop, and stops in order.
 *
 * @throws what keeps the server from starting
 */
export async function serve(options: ServeOptions): Promise<void> {
  const sink = (line: string) => console.log(line);
  const { logLevel } = options.config;
  await run(options, createLogger({ level: logLevel, sink, now: Date.now }));
}

async function run(
  { config, folder: path, thread, warnings = [] }: ServeOptions,
  log: Logger,
): Promise<void> {
  // What must be released at the end, the last first.
  await using resources = new AsyncDisposableStack();
  const started = performance.now();
  for (const warning of warnings) log.warn("check the settings", { warning });
  if (config.apiKeys.length === 0 && !isLoopback(config.host)) {
    log.warn("no keys", { host: config.host });
    // Beside the log, whose level may hide it, and in which a line is easily overlooked.
    for (const line of openWarning(config.host)) console.error(line);
  }

  const folder = await readModel(path);
  if (folder.inferred !== undefined) log.info("model inferred", { ...folder.inferred });
  const vocabulary = await readVocabulary(folder);
  const { tokenizer: kind } = folder.config;
  const [{ store, disk }, inference, tokenizer, tracer] = await Promise.all([
    openStore(config, log),
    WorkerInference.start({
      thread,
      path: folder.weightsPath,
      tokenizer: kind,
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
    loadTokenizer(kind, vocabulary),
    openTracer(),
  ]);
  resources.defer(() => store.close());
  resources.defer(() => inference.close());
  resources.defer(() => disk?.close());
  checkFolder(path, folder.config, inference.config);
  checkVocabulary(path, tokenizer.vocabSize, inference.config.vocab_size);
  const tenants = new Tenants(config.apiKeys, config.tenants);
  // Not awaited: a store that is slow to answer, or does not, keeps no server from starting.
  unclaimedData(store, tenants).then(
    (warnings) => warnings.forEach((warning) => log.warn("check the settings", { warning })),
    (error) => log.warn("stored data was not looked through", { error }),
  );
  if (inference.fallback !== undefined) {
    log.warn("the engine is onnxruntime-web", { reason: inference.fallback });
  }
  if (inference.alone !== undefined) {
    log.warn("the engine computes with one thread", { reason: inference.alone });
  }

  const closing = new AbortController();
  const model = folder.config.name ?? path.replace(/\/+$/, "").split("/").at(-1)!;
  const server = assemble({
    config,
    model,
    folder: folder.config,
    inference,
    tokenizer,
    store,
    ...disk === undefined ? {} : { requireSpace: () => disk.requireSpace() },
    turns: { running: config.maxRunning, waiting: config.maxWaiting },
    tracer,
    log,
    hosts: [config.host, ...config.hosts],
    // Deno pings after half of this time without a message or a pong, and closes the socket if no pong comes in the other.
    openSocket: (request, protocol) =>
      Deno.upgradeWebSocket(request, {
        idleTimeout: 4 * config.heartbeatMs / 1000,
        ...(protocol === undefined ? {} : { protocol }),
      }),
    closing: closing.signal,
    now: Date.now,
    elapsed: () => performance.now(),
  });
  const { app, responses, ingests, idempotency } = server.open();
  server.metrics.gauge(
    "process_resident_memory_bytes",
    "Memory of the process.",
    () => Deno.memoryUsage().rss,
  );
  if (disk !== undefined) {
    const { metrics } = server;
    metrics.gauge("tern_database_bytes", "Files of the database.", () => disk.use.bytes);
    metrics.gauge("tern_disk_free_bytes", "Free on the disk of the database.", () => disk.use.free);
    log.info("stored", { bytes: disk.use.bytes, disk_free: disk.use.free });
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
  // From here on, because a store that hangs keeps answers from being handed over, too.
  const patience = setTimeout(() => {
    log.warn("answers were cut off", { after_ms: SHUTDOWN_MS });
    Deno.exit(0); // What was stored is durable; nobody waits for the rest.
  }, SHUTDOWN_MS);
  const stopped = listener.shutdown();
  closing.abort();
  await Promise.all([responses.close(), ingests.close()]); // Others go on with what is being made.
  await stopped;
  await idempotency.settled();
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

/** A store, and the watch over its disk if it has a file here. */
interface OpenedStore {
  readonly store: KvStore;
  readonly disk?: DiskWatch;
}

async function openStore(config: Config, log: Logger): Promise<OpenedStore> {
  const { store, dataDirectory, minFreeBytes } = config;
  if (store === "memory") return { store: new MemoryStore() };
  if (store !== "deno-kv" && store !== "sqlite") {
    // Its client is for those alone who asked for it.
    const { RedisStore } = await import("./store/redis_store.ts");
    return { store: await naming(redisName(store), () => RedisStore.open(store)) };
  }
  await Deno.mkdir(dataDirectory, { recursive: true });
  const path = `${dataDirectory}/${STORE_FILES[store]}`;
  const opened = await naming(path, async () => {
    if (store === "deno-kv") return await DenoKvStore.open(path);
    // What it needs of Node takes time to load.
    const { SqliteStore } = await import("./store/sqlite_store.ts");
    return await SqliteStore.open(path);
  });
  const disk = new DiskWatch({
    database: path,
    look: () => diskUse(path),
    reserve: minFreeBytes,
    warn: (message, { bytes, free }) => log.warn(message, { database: path, bytes, free }),
  });
  await disk.start();
  return { store: opened, disk };
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
