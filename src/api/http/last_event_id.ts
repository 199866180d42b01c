import type { Context } from "hono";
import type { ApiEnv } from "./context.ts";

/** Milliseconds after which a browser's `EventSource` that was cut off comes back. */
const RECONNECT_MS = 1_000;

/** What a reader of events that was cut off had last: its header `Last-Event-ID`, if it sends one. */
export function lastEventId(c: Context<ApiEnv>): string | undefined {
  return c.req.header("last-event-id") || undefined;
}

/** When a reader is to come back that was cut off. Only those are told that ask for events by their type. */
export function reconnectOf(c: Context<ApiEnv>): { readonly retryMs?: number } {
  const asks = c.req.header("accept")?.toLowerCase().includes("text/event-stream");
  return asks ? { retryMs: RECONNECT_MS } : {};
}

/**
 * Says to a reader that came back that nothing more comes. `EventSource` comes back after every end of a stream, until it
 * gets this.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
 */
export function nothingMore(): Response {
  return new Response(null, { status: 204 });
}
