import { INTERNAL_ERROR } from "../errors/errors.ts";
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

/** What goes out through a socket. Keeps no more of it in memory than the client is slow to take. */
export class SocketWriter {
  readonly #socket: WebSocket;
  readonly #gone: AbortSignal;
  readonly #onStall: () => void;
  readonly #stallMs: number;

  /**
   * @param gone aborts when the client has left
   * @param onStall called when the client takes nothing any more: the socket is being closed then
   * @param stallMs how long it may take nothing
   */
  constructor(socket: WebSocket, gone: AbortSignal, onStall: () => void, stallMs = STALL_MS) {
    this.#socket = socket;
    this.#gone = gone;
    this.#onStall = onStall;
    this.#stallMs = stallMs;
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
    this.#socket.send(text);
  }

  get #waiting(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  /** Tells of a failure, and how it would be told in a reply. */
  sendError(failure: unknown): { readonly status: number } {
    const { status, body, headers } = toWireError(failure) ?? INTERNAL_ERROR;
    if (this.#socket.readyState === WebSocket.OPEN) {
      this.#socket.send(JSON.stringify({ type: "error", status, error: body, headers }));
    }
    return { status };
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(code, reason);
  }
}
