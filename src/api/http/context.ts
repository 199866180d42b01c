import type { Ingester } from "../../ingest/ingester.ts";
import type { Looker } from "../../look/looker.ts";
import type { StateReader } from "../../response/state_summary.ts";
import type { ResponseService } from "../../response/stored_response.ts";
import type { ChatModels } from "../../turn/chat_models.ts";
import type { TurnUsage } from "../../turn/turn.ts";
import type { AnswerGrammars } from "../../prompt/answer_grammars.ts";
import type { CompletionStore } from "../../response/completion_store.ts";
import type { Conversations } from "../../conversation/conversations.ts";
import type { ConversationFiles } from "../../portable/conversation_files.ts";
import type { Usage } from "../../cleanup/recount.ts";
import type { Quotas } from "../../limits/quota.ts";
import type { IdempotencyStore } from "../../response/idempotency_store.ts";
import type { BrowserGrant } from "../browser_tokens/browser_tokens.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { UnderstandLarge } from "../requests/body_protocol.ts";
import type { IgnoredLog } from "../requests/ignored_log.ts";
import type { RequestNotes } from "../requests/request_notes.ts";

/** Tells the time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

/** Makes a new id that cannot be guessed: the prefix, then random characters. */
export type NewId = (prefix: string) => string;

/** Bounds on what a client may send. */
export interface Limits {
  /** Bytes of a request body. */
  readonly maxBodyBytes: number;
  /** Milliseconds that a request may wait for a conversation. */
  readonly maxWaitMs: number;
  /** Bytes of a file that holds a conversation. */
  readonly maxImportBytes: number;
  /** Milliseconds of silence in a stream of events after which a comment is sent. 0: never. */
  readonly heartbeatMs: number;
}

/** What the routes are given to work with. */
export interface ApiPorts {
  /** The models that requests can name. */
  readonly models: ChatModels;
  /** Makes the responses that are stored. */
  readonly responses: ResponseService;
  readonly conversations: Conversations;
  /** Summarises stored states. */
  readonly states: Pick<StateReader, "summary">;
  /** Looks at what the model makes of a text. */
  readonly looker: Pick<Looker, "look">;
  /** Conversations as files. */
  readonly files: Pick<ConversationFiles, "export" | "import">;
  /** Texts of any length that are read into conversations. */
  readonly ingests: Pick<Ingester, "begin" | "status" | "made" | "cancel" | "follow" | "modelOf">;
  readonly completions: CompletionStore;
  /** What each tenant keeps, and may keep. */
  readonly usage: {
    readonly kept: (tenant: string) => Promise<Usage>;
    readonly quotas: Quotas;
  };
  /** Requests that their clients gave a key. */
  readonly idempotency: IdempotencyStore;
  /** Of what answers are held to. */
  readonly grammars: AnswerGrammars;
  /** Understands large bodies elsewhere than on this thread. Absent: there is no other. */
  readonly understandLarge?: UnderstandLarge | undefined;
  /** Throws if the store is known to be gone. Absent: nobody would notice before it is used. */
  readonly requireStore?: (() => void) | undefined;
  readonly limits: Limits;
  /** Refuses what has no effect, instead of ignoring it: for those who develop clients. */
  readonly strict: boolean;
  readonly log: Logger;
  /** Of fields without effect. */
  readonly ignoredLog: IgnoredLog;
  readonly clock: Clock;
  readonly newId: NewId;
}

/** How a request that asked for a turn came out. Known after the reply's head when the reply is a stream. */
export interface RequestOutcome {
  readonly end: "completed" | "failed" | "cancelled";
  readonly usage?: TurnUsage;
}

/** The claim of the request that a handler answers, if the request has an `Idempotency-Key`. */
export interface Claimed {
  /** What the request makes is named after this: 48 hexadecimal digits, the same at each attempt. */
  readonly id: string;
  /** Whether an earlier attempt ended without a reply that could be kept. It may have made everything. */
  readonly again: boolean;
}

/** What middleware leaves for the handlers after it, and handlers for the middleware around them. */
export interface ApiEnv {
  Variables: {
    /** Set by hono's request-id. */
    requestId: string;
    /** Whose request this is. Set by {@linkcode bearerAuth}. */
    tenant: string;
    /** What the request may do, if it came with a browser token in place of a key. Set by {@linkcode bearerAuth}. */
    grant?: BrowserGrant;
    /** Set by the routes that read a body, read by {@linkcode tellIgnored}. */
    notes?: RequestNotes;
    /** Set by the routes that run a turn, read by {@linkcode accessLog}. */
    outcome?: RequestOutcome | Promise<RequestOutcome>;
    /** Set by {@linkcode onceEach} for a request that has a key. */
    claimed?: Claimed;
    /** The stored response that a stream is of, as soon as it is stored. */
    stored?: Promise<string>;
  };
}
