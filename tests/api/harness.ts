import assert from "node:assert/strict";
import { ROUTES } from "../../src/routes.ts";
import type { BrowserTokens } from "../../src/api/browser_tokens/browser_tokens.ts";
import { IgnoredLog } from "../../src/api/requests/ignored_log.ts";
import { responseCards } from "../../src/api/responses/cards.ts";
import type { OpenSocket, SocketLimits } from "../../src/api/responses/socket.ts";
import { storedFailure } from "../../src/api/responses/stored_failure.ts";
import { createApp } from "../../src/app.ts";
import { Cleanup } from "../../src/cleanup/cleanup.ts";
import { Looker } from "../../src/look/looker.ts";
import { AnswerGrammars } from "../../src/prompt/answer_grammars.ts";
import { StateReader } from "../../src/response/state_summary.ts";
import { Conversations } from "../../src/conversation/conversations.ts";
import { IngestStore } from "../../src/ingest/ingest_store.ts";
import { Ingester } from "../../src/ingest/ingester.ts";
import { type Quota, UNLIMITED } from "../../src/limits/quota.ts";
import { RateLimits, type RatesPerMinute } from "../../src/limits/rate_limits.ts";
import { ConversationFiles } from "../../src/portable/conversation_files.ts";
import { chatTemplate } from "../../src/prompt/template.ts";
import { countedUsage } from "../../src/cleanup/recount.ts";
import { CompletionStore } from "../../src/response/completion_store.ts";
import { IdempotencyStore } from "../../src/response/idempotency_store.ts";
import { ResponseMaker } from "../../src/response/response_maker.ts";
import { RunStore } from "../../src/response/run_store.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { createLogger, type LogLevel } from "../../src/telemetry/logger.ts";
import { ServerMetrics } from "../../src/telemetry/server_metrics.ts";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import type { ModelAlias } from "../../src/turn/model_names.ts";
import { keyDigests } from "../key_digests.ts";
import { FAKE_MODEL, FakeChatService, type FakeScript } from "./fake_chat_service.ts";
import { FakeInference } from "./fake_inference.ts";
import { oneChat } from "./one_chat.ts";

/** When everything in these tests happens: milliseconds since the epoch. */
export const NOW = 1_800_000_000_500;

/** What tests may choose. */
export interface HarnessOptions {
  readonly script?: FakeScript;
  /** The keys that clients may have. */
  readonly keys?: readonly string[];
  /** What makes and opens browser tokens. */
  readonly tokens?: BrowserTokens;
  readonly maxBodyBytes?: number;
  readonly logLevel?: LogLevel;
  readonly rates?: RatesPerMinute;
  /** Who may read the metrics. */
  readonly metrics?: string;
  readonly corsOrigins?: readonly string[];
  /** Names that the server goes by. Absent: any. */
  readonly hosts?: readonly string[];
  readonly aliases?: readonly ModelAlias[];
  readonly openSocket?: OpenSocket;
  readonly sockets?: SocketLimits;
  readonly store?: KvStore;
  /** Whether what has no effect is refused. */
  readonly strict?: boolean;
  /** What each tenant may keep. */
  readonly quota?: Partial<Quota>;
  /** The number before that of the first id. Servers over one store must not give the same ids. */
  readonly idsAfter?: number;
  /** How long what may be about to end is waited for. */
  readonly graceMs?: number;
  /** @default 0: streams have no heartbeat */
  readonly heartbeatMs?: number;
}

/** The n-th id of a harness. */
export function nthId(prefix: string, n: number): string {
  return prefix + String(n).padStart(48, "0");
}

/** An app over a fake service, with ids that count and a clock that stands. */
export function harness(options: HarnessOptions = {}) {
  const { script, keys = [], maxBodyBytes = 100_000, logLevel = "info", rates } = options;
  const time = { now: NOW };
  const now = () => time.now;
  const rateLimits = rates && new RateLimits(rates, () => time.now);
  const store = options.store ?? new MemoryStore();
  const quotas = () => ({ ...UNLIMITED, ...options.quota });
  const tree = new ResponseTree({ store, now, quotas });
  const cleanup = new Cleanup({ store, tree, now, quotas });
  const chat = new FakeChatService(script, tree);
  const models = oneChat(chat, options.aliases);
  const lines: string[] = [];
  const log = createLogger({ level: logLevel, sink: (line) => lines.push(line), now });
  const metrics = new ServerMetrics();
  const grammars = new AnswerGrammars();
  let ids = options.idsAfter ?? 0;
  const conversations = new Conversations({ store, now, quotas });
  const { tokenizer } = chat;
  const inference = new FakeInference();
  const ingests = new Ingester({
    ingests: new IngestStore({ store, now, owner: "test", leaseMs: 60_000, quotas }),
    tree,
    findModel: () =>
      Promise.resolve({
        name: chat.model,
        inference,
        tokenizer,
        template: chatTemplate("rwkv_world"),
        hold: () => Promise.resolve(() => {}),
      }),
    pace: { enter: () => Promise.resolve(() => {}), spent() {} },
    now,
  });
  const runs = new RunStore({ store, now, owner: "test", leaseMs: 60_000, quotas });
  const responses = new ResponseMaker({
    models,
    runs,
    tree,
    cleanup,
    grammars,
    now,
    describe: storedFailure,
    report: (message, error) => log.error(message, { error }),
    ...options.graceMs === undefined ? {} : { graceMs: options.graceMs },
  });
  const app = createApp({
    routes: ROUTES,
    models,
    responses,
    conversations,
    ingests,
    files: new ConversationFiles({
      store,
      conversations,
      now,
      expected: () => FAKE_MODEL,
      cards: responseCards(),
      quotas,
    }),
    states: new StateReader({
      runs,
      tree,
      modelOf: (tenant, place) => responses.modelOf(tenant, place),
      expected: () => Promise.resolve(inference),
    }),
    looker: new Looker({
      findModel: () => Promise.resolve({ inference, hold: () => Promise.resolve(() => {}) }),
      queue: { enter: () => Promise.resolve(() => {}) },
      limits: { requireTokens() {}, spendTokens() {} },
    }),
    completions: new CompletionStore({ store, now, quotas }),
    usage: { kept: (tenant) => countedUsage(store, tenant), quotas },
    idempotency: new IdempotencyStore({ store, now, owner: "test", leaseMs: 60_000 }),
    grammars,
    auth: { keys: keyDigests(...keys), ...options.tokens ? { tokens: options.tokens } : {} },
    ...(rateLimits ? { rateLimits } : {}),
    ...(options.metrics
      ? {
        metrics: {
          access: options.metrics,
          text: () => metrics.registry.text(),
          onHandled: (request) => metrics.request(request),
        },
      }
      : {}),
    corsOrigins: options.corsOrigins ?? [],
    ...(options.hosts ? { hosts: options.hosts } : {}),
    openSocket: options.openSocket ?? ((request) => Deno.upgradeWebSocket(request)),
    ...(options.sockets ? { sockets: options.sockets } : {}),
    limits: {
      maxBodyBytes,
      maxWaitMs: 60_000,
      maxImportBytes: 10 * maxBodyBytes,
      heartbeatMs: options.heartbeatMs ?? 0,
    },
    strict: options.strict ?? false,

    log,
    ignoredLog: new IgnoredLog(log),
    clock: { now: () => time.now },
    newId: (prefix) => nthId(prefix, ++ids),
    version: "1.2.3",
  });
  const post = (path: string, body: unknown, init: RequestInit = {}): Promise<Response> =>
    Promise.resolve(app.request(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...init,
    }));
  return {
    app,
    chat,
    responses,
    runs,
    tree,
    cleanup,
    store,
    lines,
    post,
    rateLimits,
    time,
  };
}

/** A minimal body for a chat completion, with these fields besides. */
export function chatBody(fields: object = {}) {
  return { model: "tern-test", messages: [{ role: "user", content: "Hi" }], ...fields };
}

/** A minimal body for a response, with these fields besides. */
export function responseBody(fields: object = {}) {
  return { model: "tern-test", input: "Hi", ...fields };
}

/** Splits a stream into its chunks, as texts. */
export async function chunksOf(response: Response): Promise<string[]> {
  assert(response.body);
  return await Array.fromAsync(response.body.pipeThrough(new TextDecoderStream()));
}

/** Lets everything that is ready to run, run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
