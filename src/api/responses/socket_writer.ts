import { INTERNAL_ERROR, type WireError } from "../errors/errors.ts";
import { toWireError } from "../errors/to_wire_error.ts";

/** Bytes that may wait for the client to take them. */
const MAX_BUFFERED = 256 * 1024;
/** How often it is looked whether the client has taken them, in milliseconds. */
const DRAIN_MS = 20;
/** How long a client may take nothing of what waits for it, in milliseconds. */
const STALL_MS = 30_000;

/** Codes of closing. Source: RFC 6455, section 7.4.1. */
export const GOING_AWAY = 1001;
export const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;
export const TOO_LARGE = 1009;

/** An event without a meaning, which keeps a connection in use where the runtime cannot ping. */
const KEEP_ALIVE = JSON.stringify({ type: "tern.keep_alive" });

/** Options of a {@linkcode SocketWriter}. */
export interface SocketWriterOptions {
  /** How long the client may take nothing, in milliseconds. */
  readonly stallMs?: number;
  /** After how long a silence an event without a meaning is sent, in milliseconds. @default 0: never */
  readonly keepAliveMs?: number;
}

/** What goes out through a socket. Keeps no more of it in memory than the client is slow to take. */
export class SocketWriter {
  readonly #socket: WebSocket;
  readonly #gone: AbortSignal;
  readonly #onStall: () => void;
  readonly #stallMs: number;
  readonly #keepAliveMs: number;
  #silence: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param gone aborts when the client has left
   * @param onStall called when the client takes nothing any more: the socket is being closed then
   */
  constructor(
    socket: WebSocket,
    gone: AbortSignal,
    onStall: () => void,
    { stallMs = STALL_MS, keepAliveMs = 0 }: SocketWriterOptions = {},
  ) {
    this.#socket = socket;
    this.#gone = gone;
    this.#onStall = onStall;
    this.#stallMs = stallMs;
    this.#keepAliveMs = keepAliveMs;
    gone.addEventListener("abort", () => clearTimeout(this.#silence), { once: true });
    this.#keepAlive();
  }

  /**
   * Sends a message when the client has taken enough of those before it.
   *
   * @throws the signal's reason if it leaves first, or takes nothing any more
   */
  async send(text: string): Promise<void> {
    let least = Infinity;
    let waited = 0;
    // Cloudflare does not tell, and buffers itself.
    for (let waits = this.#waiting; waits > MAX_BUFFERED; waits = this.#waiting) {
      this.#gone.throwIfAborted();
      if (waits < least) [least, waited] = [waits, 0];
      if (waited >= this.#stallMs) {
        this.close(POLICY_VIOLATION, "Nothing was taken for a long time");
        this.#onStall();
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
      waited += DRAIN_MS;
    }
    this.#gone.throwIfAborted();
    this.#send(text);
  }

  #send(text: string): void {
    this.#socket.send(text);
    this.#keepAlive();
  }

  /** Waits for the next silence. */
  #keepAlive(): void {
    clearTimeout(this.#silence);
    if (this.#keepAliveMs === 0 || this.#gone.aborted) return;
    this.#silence = setTimeout(() => {
      if (this.#socket.readyState === WebSocket.OPEN) this.#send(KEEP_ALIVE);
    }, this.#keepAliveMs);
  }

  get #waiting(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  /** Sends an error, and returns the reply that it would be over HTTP. */
  sendError(failure: unknown): WireError {
    const reply = toWireError(failure) ?? INTERNAL_ERROR;
    const { status, body, headers } = reply;
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#send(JSON.stringify({ type: "error", status, error: body, headers }));
    }
    return reply;
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code, reason);
  }
}
