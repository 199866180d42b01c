import { createLogger, type Logger } from "./telemetry/logger.ts";
import { ROUTES } from "./routes.ts";
import { Tenants } from "./api/access/tenants.ts";
import { answerWhileLoading } from "./api/server/loading.ts";
import { BodyThread } from "./api/requests/body_thread.ts";
import { assemble } from "./assemble.ts";
import type { Config } from "./settings/config.ts";
import type { SharedModel } from "./api/models/shared_model.ts";
import type { EngineThread } from "./engine/worker_thread.ts";
import type { ModelLibrary } from "./models/model_library.ts";
import { openLibrary } from "./open_library.ts";
import { databasePath, isRedis, openStore, storeName } from "./open_store.ts";
import { launchersOf, watchProcesses } from "./process/launchers.ts";
import { isLoopback, openWarning } from "./settings/open_warning.ts";
import { shareModel } from "./share_model.ts";
import { unclaimedData } from "./settings/unclaimed_data.ts";
import { DatabaseFile } from "./store/database_file.ts";
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
  /** The paths of the models, the main one first: folders or files. */
  readonly models: readonly string[];
  /** The engine's, which has begun to load the model if there is one alone. */
  readonly thread: EngineThread;
  /** What the operator is to be told of the settings. */
  readonly warnings?: readonly string[];
  /** Who is to be told how far the start is. */
  readonly events?: {
    loading?(done: number, total: number): void;
    ready?(): void;
  };
  /** Where requests come from. @default a listener on the host and port of the settings */
  readonly listen?: Listen;
  /** Whether a platform routes requests here by their host, from everywhere. @default {false} */
  readonly isPublic?: boolean;
}

/** Answers a request. */
export type Answer = (
  request: Request,
  info: Deno.ServeHandlerInfo,
) => Response | Promise<Response>;

/** What requests come from. */
export interface Listener {
  /** Where it listens. Absent where the platform decides that. */
  readonly addr?: Deno.NetAddr;
  /** Takes no more requests, and waits for the replies under way. */
  shutdown(): Promise<void>;
}

/** Begins to answer requests. */
export type Listen = (answer: Answer) => Listener;

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
  {
    config,
    models,
    thread,
    warnings = [],
    events = {},
    listen = listenOn(config),
    isPublic = false,
  }: ServeOptions,
  log: Logger,
): Promise<void> {
  // What must be released at the end, the last first.
  await using resources = new AsyncDisposableStack();
  const started = performance.now();
  for (const warning of warnings) log.warn("check the settings", { warning });
  // On a platform that decides where it listens, everyone reaches it.
  const where = isPublic ? undefined : config.host;
  if (config.apiKeys.length === 0 && !(where !== undefined && isLoopback(where))) {
    log.warn("no keys", { host: where });
    // Beside the log, whose level may hide it, and in which a line is easily overlooked.
    for (const line of openWarning(where)) console.error(line);
  }

  let progress = { done: 0, total: 0 };
  let answer: Answer = (request) => answerWhileLoading(request, progress);
  const listener = listen((request, info) => answer(request, info));

  const isSingle = models.length === 1;
  if (!isSingle) thread.terminate(undefined);
  const [store, library, tracer] = await Promise.all([
    openStore(config),
    openLibrary(models, { config, thread, log }, (done, total) => {
      progress = { done, total };
      if (isSingle) events.loading?.(done, total);
    }),
    openTracer(),
  ]);
  resources.defer(() => store.close());
  resources.defer(() => library.close());
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

  const grammars = resources.use(new GrammarThread());
  const bodies = resources.use(new BodyThread());
  const closing = new AbortController();
  const cutOff = new AbortController();
  const server = assemble({
    routes: ROUTES,
    config,
    source: library,
    async readDecays({ weightsPath, inference }) {
      if (weightsPath === undefined) return undefined;
      return await (await import("./look/read_decays.ts")).readDecays(
        weightsPath,
        inference.config,
      );
    },
    store,
    ...disk === undefined ? {} : { requireSpace: () => disk.requireSpace() },
    compile: grammars.compile,
    understandLarge: bodies.understand,
    requireStore: file && (() => file.requirePresent()),
    turns: { running: config.maxRunning, waiting: config.maxWaiting },
    tracer,
    log,
    ...isPublic ? {} : { hosts: [config.host, ...config.hosts] },
    ...isSingle && sharesModel(config) ? { sharedModel: await shareMain(models[0]!, library) } : {},
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
  events.ready?.();
  log.info("listening", {
    ...listener.addr === undefined ? {} : { url: urlOf(listener.addr) },
    ...isSingle ? { model: library.names[0] } : { models: library.names },
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

function listenOn({ host, port }: Config): Listen {
  return (answer) => Deno.serve({ hostname: host, port, onListen() {} }, answer);
}

function urlOf({ hostname, port }: Deno.NetAddr): string {
  return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
}

/** Whether pages may download the model. */
function sharesModel({ shareModel, apiKeys }: Config): boolean {
  return shareModel === "auto" ? apiKeys.length === 0 : shareModel === "on";
}

async function shareMain(path: string, library: ModelLibrary): Promise<SharedModel> {
  const { inference } = await library.find(library.names[0]!, undefined);
  return shareModel(path, inference.fingerprint);
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
  // Not loaded elsewhere: Deno 2.5, which Deno Deploy has, lacks what it needs.
  const { diskUse } = await import("./store/disk_use.ts");
  const watch = new DiskWatch({
    database,
    look: () => diskUse(database),
    reserve: config.minFreeBytes,
    warn: (message, { bytes, free }) => log.warn(message, { database, bytes, free }),
  });
  await watch.start();
  return watch;
}

/** Resolves when the process is told to stop, or the `npx` that has started it ends. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  Deno.addSignalListener("SIGINT", resolve);
  Deno.addSignalListener("SIGTERM", resolve);
  // The task that starts the server tells which processes there are.
  watchProcesses(launchersOf(Deno.env.get("LAUNCH_PROCESSES") ?? "", Deno.ppid), resolve);
  return promise;
}
