import type { Hono } from "hono";
import project from "../deno.json" with { type: "json" };
import { BrowserTokens } from "./api/browser_tokens/browser_tokens.ts";
import type { ApiEnv } from "./api/http/context.ts";
import { randomId } from "./api/http/ids.ts";
import type { UnderstandLarge } from "./api/requests/body_protocol.ts";
import type { Route } from "./api/http/route.ts";
import { IgnoredLog } from "./api/requests/ignored_log.ts";
import type { SharedModel } from "./api/models/shared_model.ts";
import type { OpenSocket } from "./api/responses/socket.ts";
import { SocketPlaces } from "./api/responses/socket_places.ts";
import { storedFailure } from "./api/responses/stored_failure.ts";
import { createReadiness } from "./api/server/readiness.ts";
import { createApp } from "./app.ts";
import { Cleanup } from "./cleanup/cleanup.ts";
import { Conversations } from "./conversation/conversations.ts";
import { IngestPace } from "./ingest/ingest_pace.ts";
import { IngestStore } from "./ingest/ingest_store.ts";
import { Ingester } from "./ingest/ingester.ts";
import { RateLimits } from "./limits/rate_limits.ts";
import { TurnQueue, type TurnQueueLimits } from "./limits/turn_queue.ts";
import type { Decays } from "./look/decays.ts";
import { Looker } from "./look/looker.ts";
import type { ConversationFiles } from "./portable/conversation_files.ts";
import { AnswerGrammars, type CompileForm } from "./prompt/answer_grammars.ts";
import { chatTemplate } from "./prompt/template.ts";
import { countedUsage } from "./cleanup/recount.ts";
import { CompletionStore } from "./response/completion_store.ts";
import { IdempotencyStore } from "./response/idempotency_store.ts";
import { ResponseMaker } from "./response/response_maker.ts";
import { RunStore } from "./response/run_store.ts";
import { StateReader } from "./response/state_summary.ts";
import { defaultSampling } from "./sampling/default_sampling.ts";
import type { Config } from "./settings/config.ts";
import { quotasOf } from "./settings/tenant_quotas.ts";
import { stateLayout } from "./state/layout.ts";
import { StateSealer } from "./state/sealed_state.ts";
import type { KvStore } from "./store/kv_store.ts";
import type { Logger } from "./telemetry/logger.ts";
import { ObservedStore } from "./telemetry/observed_store.ts";
import type { Registry } from "./telemetry/prometheus.ts";
import { ServerMetrics } from "./telemetry/server_metrics.ts";
import { traceTurns } from "./telemetry/trace_turns.ts";
import { NO_TRACER, type Tracer } from "./telemetry/tracer.ts";
import { watchGeneration } from "./telemetry/watch_generation.ts";
import { ResponseTree } from "./tree/response_tree.ts";
import type { ExpectedState } from "./tree/snapshot.ts";
import { RwkvChatService } from "./turn/chat_service.ts";
import { endTurns } from "./turn/end_turns.ts";
import { holdModel } from "./turn/hold_model.ts";
import { ModelNames } from "./turn/model_names.ts";
import type { LoadedModel, ModelSource } from "./turn/model_source.ts";
import { queueTurns } from "./turn/queue_turns.ts";
import { ServedChats } from "./turn/served_chats.ts";

/** What a runtime gives to the server that runs on it. */
export interface ServerParts {
  readonly config: Config;
  /** What it serves. */
  readonly routes: readonly Route[];
  /** What can be served. */
  readonly source: ModelSource;
  /** Reads the weights of a model's decays, for those who look into it. Absent: nobody can see decays. */
  readonly readDecays?: ((model: LoadedModel) => Promise<Decays | undefined>) | undefined;
  readonly store: KvStore;
  /** Called before anything new is stored; throws if the disk is too full for it. */
  readonly requireSpace?: () => void;
  readonly turns: TurnQueueLimits;
  /** Absent where nobody traces. */
  readonly tracer?: Tracer | undefined;
  readonly log: Logger;
  /** Names that requests may be for when there are no keys. Absent: the platform routes requests by their host. */
  readonly hosts?: readonly string[];
  /** Compiles grammars. Absent: on this thread, which other requests then wait for. */
  readonly compile?: CompileForm;
  /** Understands large bodies. Absent: this thread does. */
  readonly understandLarge?: UnderstandLarge;
  /** What pages run the model with themselves. Absent: they cannot. */
  readonly sharedModel?: SharedModel | undefined;
  /** Throws if the store is known to be gone. Absent: nobody looks. */
  readonly requireStore?: (() => void) | undefined;
  /** Turns requests into WebSockets. */
  readonly openSocket: OpenSocket;
  /** Aborts when the server stops. */
  readonly closing?: AbortSignal;
  /** Aborts when the answers that are still running have had their time. */
  readonly cutOff?: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds from any moment on, as exactly as there are. */
  readonly elapsed: () => number;
}

/** What is looked up to see whether the store answers. Nothing is stored there. */
const READINESS_KEY = ["ready"];

/** The server, less what is listening. */
export interface Server {
  readonly metrics: Registry;
  /**
   * An app, and what makes its stored responses and reads its texts: once where requests may go on with each other's work, or for each
   * request where that ends with it.
   */
  open(): {
    readonly app: Hono<ApiEnv>;
    readonly responses: ResponseMaker;
    readonly ingests: Ingester;
    readonly idempotency: IdempotencyStore;
  };
}

/** Puts the parts together that are the same on every runtime: chat, limits, measurements, app. */
export function assemble(parts: ServerParts): Server {
  const { config, source, tracer, log, now, elapsed } = parts;
  const metrics = new ServerMetrics();
  const store = new ObservedStore(parts.store, {
    metrics,
    tracer: tracer ?? NO_TRACER,
    log,
    now: elapsed,
  });
  const rateLimits = new RateLimits(
    { requests: config.requestsPerMinute, tokens: config.tokensPerMinute },
    elapsed,
  );
  const quotas = quotasOf(config, parts.requireSpace);
  const tree = new ResponseTree({ store, now, quotas, statesPerPower: config.keptStates });
  const queue = new TurnQueue(parts.turns, elapsed);
  const sealer = new StateSealer({
    secrets: config.stateSecrets,
    precision: config.sealedPrecision,
  });
  const names = new ModelNames(source.names, config.modelAliases);
  const models = new ServedChats({
    source,
    names,
    started: Math.floor(now() / 1000),
    defaultsOf: (folder) => defaultSampling(folder?.sampling, config.maxTokens),
    chatOver(model) {
      const meter = metrics.of(model.name);
      return new RwkvChatService({
        model: model.name,
        folder: model.folder,
        inference: model.inference,
        tokenizer: model.tokenizer,
        tree,
        maxTokensLimit: config.maxTokens,
        sealer,
        statePrecision: config.statePrecision,
        meter: {
          spent(cost) {
            const { prompt, cached, completion } = cost.usage;
            rateLimits.spendTokens(cost.tenant, prompt - cached + completion);
            meter.spent(cost);
            const { tenant, origin } = cost;
            log.debug("turn", { tenant, model: model.name, origin, prompt, cached, completion });
          },
        },
        leastPrompt: store.economy?.leastPrompt,
        watch: watchGeneration({ metrics: meter, tracer: tracer ?? NO_TRACER, log, now: elapsed }),
        around: [
          queueTurns(queue, { limits: rateLimits, meter, now: elapsed }),
          // Around the queue, so that no turn has a place there while its model is loaded.
          holdModel(model),
          ...parts.cutOff === undefined ? [] : [endTurns(parts.cutOff)],
          ...tracer === undefined ? [] : [traceTurns(tracer, model.name)],
        ],
        report: (message, error) => log.error(message, { error }),
        now,
        randomSeed: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
      });
    },
  });
  const { readDecays } = parts;
  const looker = new Looker({
    async findModel(name) {
      const model = await models.loaded(name);
      return { ...model, readDecays: readDecays && (() => readDecays(model)) };
    },
    queue,
    limits: rateLimits,
  });
  const grammars = new AnswerGrammars(parts.compile);
  const ignoredLog = new IgnoredLog(log);
  const sockets = {
    places: new SocketPlaces(config.maxSockets),
    idleMs: config.socketIdleMs,
  };
  const tokens = new BrowserTokens({ secrets: config.tokenSecrets, now });
  addGauges(metrics.registry, queue, source);
  const readiness = createReadiness({
    store: (signal) => store.get(READINESS_KEY, { signal }),
    model: (signal) => readOneToken(source, signal),
    closing: parts.closing,
    report: (message, error) => log.error(message, { error }),
    now: elapsed,
  });
  return {
    metrics: metrics.registry,
    open() {
      const runs = new RunStore({
        store,
        now,
        owner: crypto.randomUUID(),
        leaseMs: config.leaseMs,
        elapsed,
        quotas,
      });
      const responses = new ResponseMaker({
        models,
        runs,
        tree,
        cleanup: new Cleanup({ store, tree, now, quotas }),
        grammars,
        now,
        groupMs: store.economy?.groupMs,
        describe: storedFailure,
        report: (message, error) => log.error(message, { error }),
      });
      const conversations = new Conversations({ store, now, quotas });
      const owner = crypto.randomUUID();
      const { leaseMs } = config;
      const ingests = new Ingester({
        ingests: new IngestStore({ store, now, elapsed, owner, leaseMs, quotas }),
        tree,
        async findModel(name) {
          const model = await models.loaded(name);
          return { ...model, template: chatTemplate(model.folder.chat_template) };
        },
        pace: new IngestPace(queue, rateLimits, metrics),
        checkpointMs: config.checkpointMs,
        statePrecision: config.statePrecision,
        now,
      });
      const idempotency = new IdempotencyStore({ store, now, elapsed, owner, leaseMs });
      const app = createApp({
        routes: parts.routes,
        models,
        responses,
        conversations,
        ingests,
        files: filesOnDemand(async () => {
          const [{ ConversationFiles }, { responseCards }] = await Promise.all([
            import("./portable/conversation_files.ts"),
            import("./api/responses/cards.ts"),
          ]);
          return new ConversationFiles({
            store,
            conversations,
            now,
            expected: (fingerprint) => expectedOf(source, fingerprint) ?? OF_NO_MODEL,
            cards: responseCards(),
            quotas,
          });
        }),
        states: new StateReader({
          runs,
          tree,
          modelOf: (tenant, place) => responses.modelOf(tenant, place),
          expected: async (fingerprint, name) =>
            expectedOf(source, fingerprint) ??
              (await models.loaded(await name())).inference,
        }),
        looker,
        completions: new CompletionStore({ store, now, quotas }),
        usage: { kept: (tenant) => countedUsage(store, tenant), quotas },
        idempotency,
        grammars,
        understandLarge: parts.understandLarge,
        requireStore: parts.requireStore,
        auth: { keys: config.apiKeys, claims: config.tenants, tokens },
        rateLimits,
        corsOrigins: config.corsOrigins,
        ...(parts.hosts ? { hosts: parts.hosts } : {}),
        openSocket: parts.openSocket,
        sockets,
        ...(parts.closing ? { closing: parts.closing } : {}),
        ...(config.metrics === "off" ? {} : {
          metrics: {
            access: config.metrics,
            text: () => metrics.registry.text(),
            onHandled: (request) => metrics.request(request),
          },
        }),
        limits: {
          maxBodyBytes: config.maxBodyBytes,
          maxWaitMs: config.maxConversationWaitMs,
          maxImportBytes: config.maxImportBytes,
          heartbeatMs: config.heartbeatMs,
        },
        strict: config.strict,
        log,
        ignoredLog,
        clock: { now },
        newId: randomId,
        version: project.version,
        readiness,
        sharedModel: parts.sharedModel,
      });
      return { app, responses, ingests, idempotency };
    },
  };
}

/** Few servers are asked for a file, so that what makes and reads them is loaded when one is. */
function filesOnDemand(
  load: () => Promise<ConversationFiles>,
): Pick<ConversationFiles, "export" | "import"> {
  let loading: Promise<ConversationFiles> | undefined;
  const files = () => loading ??= load();
  return {
    export: async (...asked) => await (await files()).export(...asked),
    import: async (...asked) => await (await files()).import(...asked),
  };
}

/** The states that a file may have of a model which is not served: none of these have its fingerprint. */
const OF_NO_MODEL: ExpectedState = {
  layout: stateLayout({ version: "4", n_layer: 1, n_embd: 1, head_size: 0 }),
  modelFingerprint: "",
};

/** What states of a model are, by its fingerprint, if it was loaded at any time. */
function expectedOf(source: ModelSource, fingerprint: string): ExpectedState | undefined {
  return source.known().map(({ inference }) => inference)
    .find(({ modelFingerprint }) => modelFingerprint === fingerprint);
}

/** Reads a token with the main model. One that is not loaded is loaded by its next request: that says nothing is wrong. */
async function readOneToken(source: ModelSource, signal: AbortSignal): Promise<void> {
  const [main] = source.names;
  if (source.statuses().get(main!)?.status !== "loaded") return;
  const model = await source.find(main!, undefined);
  const release = await model.hold(signal);
  try {
    const sequence = model.inference.open();
    try {
      await sequence.read([model.folder.eos_token_id], signal);
    } finally {
      sequence.close();
    }
  } finally {
    release();
  }
}

/** What is not counted, but looked up when somebody asks. */
function addGauges(registry: Registry, queue: TurnQueue, source: ModelSource): void {
  registry.gauge("tern_turns_running", "Turns that run.", () => queue.running);
  registry.gauge("tern_turns_waiting", "Turns that wait for their place.", () => queue.waiting);
  registry.gauges(
    "tern_state_bytes",
    "The state of one conversation, which does not grow.",
    "model",
    () =>
      source.known().map(({ name, inference: { layout } }) => [
        name,
        layout.length * Float32Array.BYTES_PER_ELEMENT,
      ]),
  );
  registry.gauges(
    "tern_model_loaded",
    "1 if a model is loaded.",
    "model",
    () =>
      source.statuses().entries().map(([name, { status }]) => [name, Number(status === "loaded")]),
  );
}
