/** One server-sent event. */
export interface SseMessage {
  /** The name of the event. Absent: readers use `message`. */
  readonly event?: string;
  /** The id that a reconnecting reader sends as `Last-Event-ID`. Absent: the id of the previous event stays. */
  readonly id?: string;
  readonly data: string;
}

/** An event name that the format cannot represent. */
export class InvalidEventNameError extends Error {
  override readonly name = "InvalidEventNameError";
  readonly event: string;

  constructor(event: string) {
    super(`The event name ${JSON.stringify(event)} is empty or contains a line break`);
    this.event = event;
  }
}

const encoder = new TextEncoder();

/**
 * Encodes one event. Each line of the data becomes a `data` line of its own, so data cannot break the framing; a reader
 * joins the lines with LF.
 *
 * @throws {InvalidEventNameError} If the event name is empty or contains a line break.
 * @throws {RangeError} If the id contains a line break or a null character; readers would ignore it.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const bytes = encodeEvent({ event: "ping", data: "one\r\ntwo" });
 * assert.equal(new TextDecoder().decode(bytes), "event: ping\ndata: one\ndata: two\n\n");
 * ```
 */
export function encodeEvent({ event, id, data }: SseMessage): Uint8Array<ArrayBuffer> {
  if (event !== undefined && (event === "" || /[\r\n]/.test(event))) {
    throw new InvalidEventNameError(event);
  }
  if (id !== undefined && /[\r\n\0]/.test(id)) {
    throw new RangeError("The event id contains a line break or a null character");
  }
  // The id comes first, because some clients expect the data in the line after the name.
  const number = id === undefined ? "" : `id: ${id}\n`;
  const name = event === undefined ? "" : `event: ${event}\n`;
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return encoder.encode(`${number}${name}${lines.join("")}\n`);
}

/** Encodes the reconnection delay. @param ms whole milliseconds */
export function encodeRetry(ms: number): Uint8Array<ArrayBuffer> {
  return encoder.encode(`retry: ${ms}\n\n`);
}
