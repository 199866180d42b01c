import { createLogger, type Logger } from "./telemetry/logger.ts";
import { Tenants } from "./api/access/tenants.ts";
import { answerWhileLoading } from "./api/server/loading.ts";
import { BodyThread } from "./api/requests/body_thread.ts";
import { assemble } from "./assemble.ts";
import type { Config } from "./settings/config.ts";
import type { EngineThread } from "./engine/worker_thread.ts";
import { modelName, openModel } from "./open_model.ts";
import { databasePath, isRedis, openStore, storeName } from "./open_store.ts";
import { isLoopback, openWarning } from "./settings/open_warning.ts";
import { unclaimedData } from "./settings/unclaimed_data.ts";
import { DatabaseFile } from "./store/database_file.ts";
import { diskUse } from "./store/disk_use.ts";
import { DiskWatch } from "./store/disk_watch.ts";
import { GrammarThread } from "./prompt/grammar_thread.ts";
import type { Tracer } from "./telemetry/tracer.ts";

/** Time that running answers are given to end when the server is told to stop. Deno Deploy kills after 5 s. */
const SHUTDOWN_MS = 4_000;
/** Time after that to tell their clients. */
const GOODBYE_MS = 500;

/** What {@linkcode serve} is started with. */
export interface ServeOptions {
  readonly config: Config;
  /** The model: its folder, or its file. */
  readonly folder: string;
  /** The engine's, which may have begun to load the model. */
  readonly thread: EngineThread;
  /** What the operator is to be told of the settings. */
  readonly warnings?: readonly string[];
  /** Who is to be told how far the start is. */
  readonly events?: {
    loading?(done: number, total: number): void;
    ready?(): void;
  };
}

type Answer = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

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
  { config, folder: path, thread, warnings = [], events = {} }: ServeOptions,
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

  let progress = { done: 0, total: 0 };
  thread.onLoading = (done, total) => {
    progress = { done, total };
    events.loading?.(done, total);
  };
  let answer: Answer = (request) => answerWhileLoading(request, progress);
  const listener = Deno.serve(
    { hostname: config.host, port: config.port, onListen() {} },
    (request, info) => answer(request, info),
  );

  const [store, { folder, inference, tokenizer }, tracer] = await Promise.all([
    openStore(config),
    openModel(path, {
      ...config,
      thread,
      onInferred: (inferred) => log.info("model inferred", { ...inferred }),
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
  const disk = await watchDisk(config, log);
  resources.defer(() => disk?.close());
  const database = databasePath(config);
  const file = database === undefined ? undefined : new DatabaseFile(database);
  const tenants = new Tenants(config.apiKeys, config.tenants);
  // Not awaited: a store that is slow to answer, or does not, keeps no server from starting.
  unclaimedData(store, tenants).then(
    (warnings) => warnings.forEach((warning) => log.warn("check the settings", { warning })),
    (error) => log.warn("stored data was not looked through", { error }),
  );
  if (isRedis(config)) {
    // Nobody waits for this, either.
    import("./store/redis_settings.ts")
      .then(({ redisWarnings }) => redisWarnings(config.store))
      .then((warnings) =>
        warnings.forEach((warning) => log.warn("check the settings", { warning }))
      );
  }
  if (inference.fallback !== undefined) {
    log.warn("the engine is onnxruntime-web", { reason: inference.fallback });
  }
  if (inference.alone !== undefined) {
    log.warn("the engine computes with one thread", { reason: inference.alone });
  }

  const grammars = resources.use(new GrammarThread());
  const bodies = resources.use(new BodyThread());
  const closing = new AbortController();
  const cutOff = new AbortController();
  const model = modelName(folder);
  const server = assemble({
    config,
    model,
    folder: folder.config,
    inference,
    tokenizer,
    store,
    ...disk === undefined ? {} : { requireSpace: () => disk.requireSpace() },
    compile: grammars.compile,
    understandLarge: bodies.understand,
    requireStore: file && (() => file.requirePresent()),
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
    cutOff: cutOff.signal,
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
  answer = app.fetch;
  const { hostname, port } = listener.addr;
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  events.ready?.();
  log.info("listening", {
    url: `http://${host}:${port}`,
    model,
    store: storeName(config),
    ready_ms: Math.round(performance.now() - started),
  });

  await stop;
  log.info("stopping");
  let exiting: ReturnType<typeof setTimeout> | undefined;
  // From here on, because a store that hangs keeps answers from being handed over, too.
  const patience = setTimeout(() => {
    log.warn("answers were cut off", { after_ms: SHUTDOWN_MS });
    cutOff.abort();
    // What was stored is durable. The other clients get an error event, if they read it in time.
    exiting = setTimeout(() => Deno.exit(0), GOODBYE_MS);
  }, SHUTDOWN_MS);
  const stopped = listener.shutdown();
  closing.abort();
  await Promise.all([responses.close(), ingests.close()]); // Others go on with what is being made.
  await stopped;
  await idempotency.settled();
  clearTimeout(patience);
  clearTimeout(exiting);
}

/** Deno exports spans with this variable alone; without it nothing of them is loaded. */
async function openTracer(): Promise<Tracer | undefined> {
  if (!/^(true|1)$/.test(Deno.env.get("OTEL_DENO") ?? "")) return undefined;
  const { OtelTracer } = await import("./telemetry/otel_tracer.ts");
  return new OtelTracer();
}

/** Watches the disk of the database, if it is a file here. */
async function watchDisk(config: Config, log: Logger): Promise<DiskWatch | undefined> {
  const database = databasePath(config);
  if (database === undefined) return undefined;
  const watch = new DiskWatch({
    database,
    look: () => diskUse(database),
    reserve: config.minFreeBytes,
    warn: (message, { bytes, free }) => log.warn(message, { database, bytes, free }),
  });
  await watch.start();
  return watch;
}

/** Resolves when the process is told to stop. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", resolve);
  Deno.addSignalListener("SIGTERM", resolve);
  return promise;
}
