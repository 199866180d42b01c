import { type Api, ApiError, sleep } from "./api.ts";
import { serverEvents } from "../../stream/server_events.ts";
import type { StreamEvent } from "./wire.ts";

/** A stream that is silent for longer is broken, since the server sends a heartbeat every 15 seconds. */
const SILENCE_MS = 40_000;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;

const LAST: ReadonlySet<string> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
]);

/** A response to follow. */
export interface Followed {
  /** Its id, if known. Its events so far come first. */
  readonly id?: string;
  /** Creates it. Idempotent. */
  readonly create?: (signal: AbortSignal) => Promise<Response>;
}

/**
 * The events of a response, each exactly once, up to the last one. Reconnects with backoff when the connection breaks
 * or the server dies, and resumes after the last received event.
 *
 * @param onConnection called with whether the server is reachable
 * @throws {ApiError} if the request is rejected, or the response was deleted
 */
export async function* followResponse(
  api: Api,
  { id, create }: Followed,
  signal: AbortSignal,
  onConnection: (reached: boolean) => void,
): AsyncGenerator<StreamEvent> {
  let last = -1;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    const attempt = new AbortController();
    const either = AbortSignal.any([signal, attempt.signal]);
    let timer: number | undefined;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => attempt.abort(new Error("silent")), SILENCE_MS);
    };
    try {
      alive();
      const reply = id === undefined && create !== undefined
        ? await create(either)
        : await api.fetch(
          `/v1/responses/${id}?stream=true${last < 0 ? "" : `&starting_after=${last}`}`,
          { signal: either },
        );
      onConnection(true);
      for await (const { data } of serverEvents(reply.body!, alive)) {
        if (data === "[DONE]") continue;
        const event: StreamEvent = JSON.parse(data);
        // After a reconnection events may repeat.
        if (event.sequence_number === undefined) continue;
        if (event.response !== undefined) id = event.response.id;
        if (event.sequence_number <= last) {
          if (event.type === "error") throw new Error(event.message);
          continue;
        }
        last = event.sequence_number;
        pause = FIRST_PAUSE_MS;
        yield event;
        if (LAST.has(event.type)) return;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ApiError && error.status < 500) throw error;
    } finally {
      clearTimeout(timer);
      attempt.abort();
    }
    onConnection(false);
    await sleep(pause, signal);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}
