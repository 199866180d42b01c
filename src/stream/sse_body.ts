import { encodeEvent, encodeRetry, type SseMessage } from "./sse.ts";

/** A comment of the format: readers skip it, and it keeps a connection in use. */
const COMMENT = new TextEncoder().encode(": heartbeat\n\n");

/** Where the events of a reply come from. */
export interface SseSource {
  /** The next events, each as its bytes. Undefined: there are no more. */
  next(): Promise<readonly Uint8Array<ArrayBuffer>[] | undefined>;
  /** Releases everything, because the reader left before the end. */
  leave(reason: unknown): Promise<void>;
}

/**
 * Server-sent events as the body of a reply, one event a chunk. Nothing is read ahead, so a client that stops reading
 * stops its source.
 *
 * Whenever the reader has waited for `heartbeatMs` and nothing came, it gets a comment, so that no proxy takes the
 * connection for dead. There is a timer only while the reader waits.
 *
 * @param heartbeatMs milliseconds; 0 sends no comments
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const source = {
 *   next: () => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 50)),
 *   leave: () => Promise.resolve(),
 * };
 * assert.match(await new Response(sseBody(source, 10)).text(), /^(: heartbeat\n\n)+$/);
 * ```
 */
export function sseBody(
  source: SseSource,
  heartbeatMs: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next: ReturnType<SseSource["next"]> | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const silence = Promise.withResolvers<"silence">();
      if (heartbeatMs > 0) timer = setTimeout(() => silence.resolve("silence"), heartbeatMs);
      try {
        for (;;) {
          next ??= source.next();
          const events = await Promise.race([next, silence.promise]);
          // Copied: what is sent may be transferred.
          if (events === "silence") return controller.enqueue(COMMENT.slice());
          next = undefined;
          if (events === undefined) return controller.close();
          for (const event of events) controller.enqueue(event);
          if (events.length > 0) return;
        }
      } finally {
        clearTimeout(timer);
      }
    },
    async cancel(reason) {
      clearTimeout(timer);
      await source.leave(reason);
    },
  }, { highWaterMark: 0 });
}

/** Events that are there already, as the source of a reply. */
export function listedEvents(events: readonly SseMessage[]): SseSource {
  let rest = events;
  return {
    next() {
      const next = rest.map(encodeEvent);
      rest = [];
      return Promise.resolve(next.length > 0 ? next : undefined);
    },
    leave: () => Promise.resolve(),
  };
}

/** Options of {@linkcode eventSource}. */
export interface EventSourceOptions {
  /** Milliseconds after which a reader that was cut off is to come back, if it is told. */
  readonly retryMs?: number | undefined;
  /** Aborted when the reader leaves, so that a step under way ends. */
  readonly left?: AbortController;
}

/** Events that a generator makes, as the source of a reply. */
export function eventSource(
  events: AsyncGenerator<SseMessage, void>,
  { retryMs, left }: EventSourceOptions = {},
): SseSource {
  let retry = retryMs;
  return {
    async next() {
      if (retry !== undefined) {
        const first = encodeRetry(retry);
        retry = undefined;
        return [first];
      }
      const { done, value } = await events.next();
      return done ? undefined : [encodeEvent(value)];
    },
    async leave(reason) {
      left?.abort(reason);
      await events.return();
    },
  };
}
