import type { Handler } from "hono";
import type { AnswerStream } from "../../stream/answer_stream.ts";
import type { SseMessage } from "../../stream/sse.ts";
import type { KeptTurn } from "../../turn/turn.ts";
import { requireAllowedOrigin } from "../access/browser_boundary.ts";
import type { EventWriter } from "../answers/answer_events.ts";
import { outcomeOf } from "../answers/outcome_of.ts";
import type { BrowserGrant } from "../browser_tokens/browser_tokens.ts";
import {
  ApiError,
  BodyTooLargeError,
  InvalidRequestError,
  isAbortError,
} from "../errors/errors.ts";
import { logFailure } from "../errors/log_failure.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { isUpgrade } from "../http/upgrade.ts";
import { accept } from "../requests/accept.ts";
import { RequestNotes } from "../requests/request_notes.ts";
import { beginUnstored, createStored, type PreparedResponse, prepareResponse } from "./create.ts";
import { type AnyResponseEvent, responseEvents } from "./events.ts";
import { followCreated, type Requester } from "./follow.ts";
import { SOCKET_MESSAGE, type SocketRequest } from "./schema.ts";
import type { SocketPlaces } from "./socket_places.ts";
import { GOING_AWAY, SocketWriter, TOO_LARGE, UNSUPPORTED_DATA } from "./socket_writer.ts";

/** Port: turns a request for a WebSocket into one. */
export type OpenSocket = (
  request: Request,
  /** The protocol to name in the reply, of those that the client asked for. */
  protocol?: string,
) => {
  readonly socket: WebSocket;
  readonly response: Response;
  /** Whether the runtime pings a silent client by itself. @default true */
  readonly pings?: boolean;
};

/** What {@linkcode responsesSocket} needs besides the ports of all routes. */
export interface SocketOptions {
  readonly open: OpenSocket;
  /** The origins whose pages may open sockets, besides the server's own. `*`: any. */
  readonly origins: readonly string[];
  /** Counts a message as a request. Throws if the tenant may not make it now. */
  readonly admit: (tenant: string) => void;
  /** Refuses a message that may not be sent with a browser token. */
  readonly permit: (grant: BrowserGrant, message: unknown) => Promise<void>;
  readonly limits: SocketLimits;
  /** Aborts when the server stops: sockets are closed then. */
  readonly closing?: AbortSignal;
}

/** How many sockets there may be, and how long one of them without anything to do. */
export interface SocketLimits {
  readonly places: SocketPlaces;
  /** Milliseconds. */
  readonly idleMs: number;
}

/** The protocol that is spoken on a socket, for clients that must name one. */
const PROTOCOL = "tern";
/** Messages that may wait for the response before them. */
const MAX_WAITING = 16;
/** How long a socket may be open, in milliseconds. Source: OpenAI, WebSocket mode. */
const MAX_AGE_MS = 60 * 60_000;
/** Characters of a conversation that is kept beside its state. It is only needed if its instructions change. */
const MAX_KEPT = 1024 * 1024;

/**
 * `GET /v1/responses` as a WebSocket: each message asks for a response, and gets its events, one after the other.
 *
 * Source: OpenAI API, "WebSocket mode"; Open Responses.
 */
export function responsesSocket(ports: ApiPorts, options: SocketOptions): Handler<ApiEnv> {
  return (c) => {
    if (!isUpgrade(c)) throw new UpgradeRequiredError();
    // Browsers let any page open sockets, and say which one it is.
    requireAllowedOrigin(c.req.raw, options.origins);
    const tenant = c.get("tenant");
    const grant = c.get("grant");
    // The sockets of a page are not in the way of those that are opened with the key.
    const leave = options.limits.places.enter(
      grant === undefined ? tenant : `${tenant} ${grant.id}`,
    );
    try {
      const { socket, response, pings = true } = options.open(c.req.raw, protocolOf(c.req.raw));
      const permit = (message: unknown) =>
        grant === undefined ? Promise.resolve() : options.permit(grant, message);
      const keepAliveMs = pings ? 0 : ports.limits.heartbeatMs;
      const settings = { ...options, keepAliveMs };
      new ResponseSocket(ports, settings, socket, tenant, c.get("requestId"), leave, permit);
      return response;
    } catch (error) {
      leave();
      throw error;
    }
  };
}

/** The path is that of a WebSocket when it is not posted to. */
class UpgradeRequiredError extends ApiError {
  override readonly name = "UpgradeRequiredError";

  constructor() {
    super(426, "Ask for a WebSocket here, or POST for a response.", {
      code: "upgrade_required",
      headers: { upgrade: "websocket", connection: "upgrade" },
    });
  }
}

/** Browsers ask for a protocol where they have a token to bring, and give up if the reply names none. */
function protocolOf({ headers }: Request): string | undefined {
  const asked = headers.get("sec-websocket-protocol")?.split(",").map((name) => name.trim());
  return asked?.includes(PROTOCOL) ? PROTOCOL : undefined;
}

/** A response that is not stored. */
interface KeptResponse {
  readonly id: string;
  /** The name of the model that made it. */
  readonly model: string;
  readonly turn: KeptTurn;
  /** Whether what was said is there, and not its state alone. */
  readonly whole: boolean;
}

interface ResponseSocketOptions extends SocketOptions {
  /** Milliseconds of silence after which an event without a meaning is sent. 0: never. */
  readonly keepAliveMs: number;
}

/** One socket, whose messages are answered in turn. */
class ResponseSocket {
  readonly #ports: ApiPorts;
  readonly #options: ResponseSocketOptions;
  readonly #writer: SocketWriter;
  readonly #requester: Requester;
  readonly #permit: (message: unknown) => Promise<void>;
  readonly #gone = new AbortController();
  readonly #waiting: string[] = [];
  #answering = false;
  #idle: ReturnType<typeof setTimeout> | undefined;
  /** The last response that was not stored. It goes with the socket, or when going on from it fails. */
  #kept: KeptResponse | undefined;

  constructor(
    ports: ApiPorts,
    options: ResponseSocketOptions,
    socket: WebSocket,
    tenant: string,
    requestId: string,
    onLeave: () => void,
    permit: (message: unknown) => Promise<void>,
  ) {
    this.#permit = permit;
    this.#ports = ports;
    this.#options = options;
    this.#requester = { tenant, requestId, signal: this.#gone.signal };
    const { closing } = options;
    const stop = () => this.#writer.close(GOING_AWAY, "The server stops");
    const age = setTimeout(() => this.#tooOld(), MAX_AGE_MS);
    const leave = () => {
      onLeave();
      clearTimeout(age);
      clearTimeout(this.#idle);
      closing?.removeEventListener("abort", stop);
      this.#waiting.length = 0;
      this.#kept = undefined;
      this.#gone.abort(new DOMException("The client left", "AbortError"));
    };
    const { keepAliveMs } = options;
    this.#writer = new SocketWriter(socket, this.#gone.signal, leave, { keepAliveMs });
    this.#rest();
    socket.addEventListener("close", leave);
    socket.addEventListener("error", leave);
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    closing?.addEventListener("abort", stop, { once: true });
    if (closing?.aborted) stop();
  }

  #receive(data: unknown): void {
    if (typeof data !== "string") return this.#writer.close(UNSUPPORTED_DATA, "Messages are text");
    const { maxBodyBytes } = this.#ports.limits;
    // A character has three bytes at the most.
    if (data.length * 3 > maxBodyBytes && new TextEncoder().encode(data).length > maxBodyBytes) {
      this.#writer.sendError(new BodyTooLargeError(maxBodyBytes));
      return this.#writer.close(TOO_LARGE, "The message is too large");
    }
    if (this.#waiting.length >= MAX_WAITING) {
      this.#writer.sendError(
        new ApiError(429, "Too many messages wait to be answered on this socket.", {
          type: "too_many_requests",
          code: "queue_full",
        }),
      );
      return;
    }
    this.#waiting.push(data);
    void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    if (this.#answering) return;
    this.#answering = true;
    clearTimeout(this.#idle);
    try {
      // An empty message is one as well.
      for (let message; (message = this.#waiting.shift()) !== undefined;) {
        await this.#answer(message);
      }
    } finally {
      this.#answering = false;
      if (!this.#gone.signal.aborted) this.#rest();
    }
  }

  /** Nothing is being answered: the socket stays open for so long. */
  #rest(): void {
    clearTimeout(this.#idle);
    const { idleMs } = this.#options.limits;
    this.#idle = setTimeout(() => this.#writer.close(GOING_AWAY, "Nothing was asked"), idleMs);
  }

  async #answer(message: string): Promise<void> {
    const { log, clock, models, strict, ignoredLog } = this.#ports;
    const notes = new RequestNotes();
    const { requestId: request_id, tenant } = this.#requester;
    const start = clock.now();
    let goesOn = false;
    try {
      this.#options.admit(tenant);
      const body = parseMessage(message);
      await this.#permit(body);
      const request = accept(SOCKET_MESSAGE, body, strict, notes);

      const kept = request.previous_response_id === this.#kept?.id ? this.#kept : undefined;
      goesOn = kept !== undefined;
      const prepared = await prepareResponse(
        this.#ports,
        tenant,
        { ...request, model: request.model ?? kept?.model, stream: true },
        {
          ...(request.generate === false ? { readOnly: "nothing" } : {}),
          kept: kept && (kept.whole ? kept.turn.messages : "unknown"),
          notes,
        },
      );
      ignoredLog.note(tenant, notes.ignored.names);
      const begun = await this.#begin(request, prepared);
      const outcome = outcomeOf(begun, { log, requestId: request_id, signal: this.#gone.signal });
      const tokenizer = await models.tokenizer(prepared.head.model);
      const writer = responseEvents(prepared.head, tokenizer, clock.now, {
        stored: request.store ?? true,
        padded: false,
        // There are no headers to name what was ignored.
        ignored: true,
      });
      await this.#send(begun, writer);
      const end = await outcome;
      if (end.end !== "completed" && goesOn) this.#kept = undefined;
      log.info("socket response", {
        request_id,
        tenant,
        duration_ms: clock.now() - start,
        ...end,
      });
    } catch (error) {
      if (goesOn) this.#kept = undefined;
      if (this.#gone.signal.aborted || isAbortError(error)) return;
      const sent = this.#writer.sendError(notes.renamed(error));
      logFailure(log, "socket response failed", request_id, error, sent);
    }
  }

  /** Sends the events of a response. A client that takes them slowly slows the response down. */
  async #send(
    events: AnswerStream<AnyResponseEvent>,
    writer: EventWriter<AnyResponseEvent>,
  ): Promise<void> {
    const send = async (messages: readonly SseMessage[]): Promise<void> => {
      for (const { event, data } of messages) {
        // The end of each response is an event of its own.
        if (event !== undefined) await this.#writer.send(data);
      }
    };
    try {
      await send(writer.begun?.() ?? []);
      for await (const event of events) await send(writer.next(event));
    } catch (error) {
      this.#gone.signal.throwIfAborted();
      await send(writer.failed(error, true));
    } finally {
      await events.return();
    }
  }

  #begin(
    request: SocketRequest,
    prepared: PreparedResponse,
  ): Promise<AnswerStream<AnyResponseEvent>> {
    const kept = request.previous_response_id === this.#kept?.id ? this.#kept : undefined;
    if (request.store ?? true) {
      if (kept !== undefined) {
        throw new InvalidRequestError(
          "Invalid 'store': what goes on from a response that is not stored cannot be stored.",
          "store",
          "invalid_value",
        );
      }
      return createStored(this.#ports, this.#requester, prepared)
        .then(() => followCreated(this.#ports, this.#requester, prepared.head.id));
    }
    if (kept && !kept.whole && kept.turn.instructions !== prepared.turn.instructions) {
      throw new InvalidRequestError(
        "Invalid 'instructions': so long a conversation that is not stored has to keep its own, and its tools.",
        "instructions",
        "invalid_value",
      );
    }
    if (kept && !kept.whole && kept.model !== prepared.head.model) {
      throw new InvalidRequestError(
        `Invalid 'model': so long a conversation that is not stored goes on with its own model, '${kept.model}'.`,
        "model",
        "invalid_value",
      );
    }
    const { head, turn } = prepared;
    const { id, model } = head;
    // What is kept stands for the response before.
    const unstored = kept === undefined ? prepared : { head, turn };
    return beginUnstored(this.#ports, this.#requester, unstored, {
      ...(kept === undefined ? {} : { kept: kept.turn }),
      onKept: (turn) => this.#keep({ id, model, turn, whole: kept?.whole ?? true }),
    });
  }

  /** @param response what is kept, and whether what was said before it was there */
  #keep({ turn, ...response }: KeptResponse): void {
    if (this.#gone.signal.aborted) return;
    // Memory does not grow with a conversation.
    const whole = response.whole && lengthOf(turn) <= MAX_KEPT;
    this.#kept = { ...response, turn: { ...turn, messages: whole ? turn.messages : [] }, whole };
  }

  #tooOld(): void {
    this.#writer.sendError(
      new ApiError(400, "A socket may be open for 60 minutes. Open another to go on.", {
        code: "websocket_connection_limit_reached",
      }),
    );
    this.#writer.close(GOING_AWAY, "The socket was open for 60 minutes");
  }
}

function parseMessage(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    throw new InvalidRequestError("The message is not valid JSON.", null, "invalid_json");
  }
}

/** Characters of what a kept turn holds beside its state. */
function lengthOf({ messages }: KeptTurn): number {
  return messages.reduce((sum, { text }) => sum + text.length, 0);
}
