import { type Api, ApiError, sleep } from "./api.ts";
import { serverEvents } from "../../stream/server_events.ts";
import type { StreamEvent } from "./wire.ts";

/** A stream that is silent for longer has broken: the server sends a comment every 15 seconds. */
const SILENCE_MS = 40_000;

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;

const LAST: ReadonlySet<string> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
]);

/** What is followed. */
export interface Followed {
  /** The response, if it is known. Its events so far come first. */
  readonly id?: string;
  /** Creates it: the same reply whenever it is called. */
  readonly create?: (signal: AbortSignal) => Promise<Response>;
}

/**
 * The events of a response, each once, up to the last one. When the connection breaks or the server dies, it goes on
 * after the last event that came.
 *
 * @param onConnection told whether events can come
 * @throws {ApiError} if the response is refused, or gone
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
        // Created again, or told again: what came is not passed on twice.
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
