import type { Hono } from "hono";
import project from "../deno.json" with { type: "json" };
import { BrowserTokens } from "./api/browser_tokens/browser_tokens.ts";
import type { ApiEnv } from "./api/context.ts";
import { toErrorBody } from "./api/to_wire_error.ts";
import { randomId } from "./api/ids.ts";
import type { Logger } from "./api/logger.ts";
import { IgnoredLog } from "./api/requests/ignored_log.ts";
import type { OpenSocket } from "./api/responses/socket.ts";
import { SocketPlaces } from "./api/responses/socket_places.ts";
import { createApp } from "./app.ts";
import { RwkvChatService } from "./chat/chat_service.ts";
import { Ingester } from "./chat/ingester.ts";
import { IngestPace } from "./chat/ingest_pace.ts";
import { QueuedChatService } from "./chat/queued_chat_service.ts";
import { ResponseMaker } from "./chat/response_maker.ts";
import { StateReader } from "./chat/state_summary.ts";
import { RateLimits } from "./chat/rate_limits.ts";
import { chatTemplate } from "./chat/template.ts";
import { TurnQueue, type TurnQueueLimits } from "./chat/turn_queue.ts";
import type { FolderConfig } from "./checkpoint/folder_config.ts";
import type { Config } from "./config.ts";
import { GrammarCache } from "./constrain/grammar_cache.ts";
import { CompletionStore } from "./conversation/completion_store.ts";
import { Conversations } from "./conversation/conversations.ts";
import { ConversationStore } from "./conversation/conversation_store.ts";
import { IdempotencyStore } from "./conversation/idempotency_store.ts";
import { IngestStore } from "./conversation/ingest/ingest_store.ts";
import type { ConversationFiles } from "./conversation/portable/conversation_files.ts";
import { RunStore } from "./conversation/run_store.ts";
import type { Inference } from "./engine/inference.ts";
import { RecurrentState } from "./state/recurrent_state.ts";
import { quotasOf } from "./quotas.ts";
import { StateSealer } from "./state/sealed_state.ts";
import type { KvStore } from "./store/kv_store.ts";
import { ObservedInference } from "./telemetry/observed_inference.ts";
import { ObservedStore } from "./telemetry/observed_store.ts";
import type { Registry } from "./telemetry/prometheus.ts";
import { ServerMetrics } from "./telemetry/server_metrics.ts";
import { TracedChatService } from "./telemetry/traced_chat_service.ts";
import { NO_TRACER, type Tracer } from "./telemetry/tracer.ts";
import type { Tokenizer } from "./tokenizer/tokenizer.ts";

/** What a runtime gives to the server that runs on it. */
export interface ServerParts {
  readonly config: Config;
  /** What clients call the model by. */
  readonly model: string;
  readonly folder: FolderConfig;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  readonly store: KvStore;
  readonly turns: TurnQueueLimits;
  /** Absent where nobody traces. */
  readonly tracer?: Tracer | undefined;
  readonly log: Logger;
  /** Names that requests may be for when there are no keys. Absent: the platform routes requests by their host. */
  readonly hosts?: readonly string[];
  /** Turns requests into WebSockets. */
  readonly openSocket: OpenSocket;
  /** Aborts when the server stops. */
  readonly closing?: AbortSignal;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds from any moment on, as exactly as there are. */
  readonly elapsed: () => number;
}

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
  const { config, tracer, log, now, elapsed } = parts;
  const metrics = new ServerMetrics();
  const observers = { metrics, tracer: tracer ?? NO_TRACER, now: elapsed };
  const store = new ObservedStore(parts.store, observers);
  const inference = new ObservedInference(parts.inference, observers);
  const rateLimits = new RateLimits(
    { requests: config.requestsPerMinute, tokens: config.tokensPerMinute },
    elapsed,
  );
  const quotas = quotasOf(config);
  const conversations = new ConversationStore({ store, now, quotas });
  const rwkv = new RwkvChatService({
    model: parts.model,
    aliases: config.modelAliases,
    folder: parts.folder,
    inference,
    tokenizer: parts.tokenizer,
    conversations,
    maxTokensLimit: config.maxTokens,
    sealer: new StateSealer({
      secrets: config.stateSecrets,
      precision: config.sealedPrecision,
    }),
    meter: {
      spent(cost) {
        const { prompt, cached, completion } = cost.usage;
        rateLimits.spendTokens(cost.tenant, prompt - cached + completion);
        metrics.spent(cost);
      },
    },
    report: (message, error) => log.error(message, { error }),
    now,
    randomSeed: () => crypto.getRandomValues(new Uint32Array(1))[0]!,
  });
  const grammars = new GrammarCache();
  const ignoredLog = new IgnoredLog(log);
  const sockets = {
    places: new SocketPlaces(config.maxSockets),
    idleMs: config.socketIdleMs,
  };
  const tokens = new BrowserTokens({ secrets: config.tokenSecrets, now });
  const queue = new TurnQueue(parts.turns, elapsed);
  const queued = new QueuedChatService(rwkv, queue, {
    limits: rateLimits,
    meter: metrics,
    now: elapsed,
  });
  addGauges(metrics.registry, queue, inference);
  const chat = tracer === undefined ? queued : new TracedChatService(queued, tracer);
  return {
    metrics: metrics.registry,
    open() {
      const runs = new RunStore({
        store,
        now,
        owner: crypto.randomUUID(),
        leaseMs: config.leaseMs,
        quotas,
      });
      const responses = new ResponseMaker({
        chat,
        runs,
        conversations,
        grammars,
        now,
        stateBytes: stateBytes(inference),
        describe: (error) => ({ ...toErrorBody(error) }),
        report: (message, error) => log.error(message, { error }),
      });
      const named = new Conversations({ store, now, quotas });
      const owner = crypto.randomUUID();
      const { leaseMs } = config;
      const ingests = new Ingester({
        ingests: new IngestStore({ store, now, owner, leaseMs, quotas }),
        conversations,
        inference,
        tokenizer: parts.tokenizer,
        template: chatTemplate(parts.folder.chat_template),
        pace: new IngestPace(queue, rateLimits, metrics),
        checkpointMs: config.checkpointMs,
        now,
      });
      const idempotency = new IdempotencyStore({ store, now, owner, leaseMs });
      const app = createApp({
        chat,
        responses,
        conversations: named,
        ingests,
        files: filesOnDemand(async () => {
          const [{ ConversationFiles }, { responseCards }] = await Promise.all([
            import("./conversation/portable/conversation_files.ts"),
            import("./api/responses/cards.ts"),
          ]);
          return new ConversationFiles({
            store,
            conversations: named,
            now,
            expected: inference,
            cards: responseCards(parts.tokenizer),
            quotas,
          });
        }),
        states: new StateReader({ runs, conversations, inference }),
        completions: new CompletionStore({ store, now, quotas }),
        idempotency,
        grammars,
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

/** What is not counted, but looked up when somebody asks. */
function addGauges(registry: Registry, queue: TurnQueue, inference: Inference): void {
  registry.gauge("tern_turns_running", "Turns that run.", () => queue.running);
  registry.gauge("tern_turns_waiting", "Turns that wait for their place.", () => queue.waiting);
  const bytes = stateBytes(inference);
  registry.gauge(
    "tern_state_bytes",
    "The state of one conversation, which does not grow.",
    () => bytes,
  );
}

/** Bytes of the state of one conversation. */
function stateBytes({ layout }: Inference): number {
  return RecurrentState.empty(layout).data.byteLength;
}
