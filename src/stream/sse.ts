/** One server-sent event. */
export interface SseMessage {
  /** The name of the event. Absent: `message`, the default of the format. */
  readonly event?: string;
  /** What a reader that was cut off sends back as `Last-Event-ID`. Absent: that of the event before stays. */
  readonly id?: string;
  readonly data: string;
}

/** An event name that would break the frame or that the format cannot carry. */
export class InvalidEventNameError extends Error {
  override readonly name = "InvalidEventNameError";
  readonly event: string;

  constructor(event: string) {
    super(`The event name ${JSON.stringify(event)} is empty or has a line break`);
    this.event = event;
  }
}

const encoder = new TextEncoder();

/**
 * The bytes of one event. Each line of the data becomes a `data` line of its own, so no data can break the frame; a
 * reader gets the lines back joined by LF.
 *
 * @throws {InvalidEventNameError} If the event name is empty or has a line break.
 * @throws {RangeError} If the id has a line break or a null character, which readers ignore.
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
    throw new RangeError("An event's id has a line break");
  }
  // First: some clients expect the data in the line after the name.
  const number = id === undefined ? "" : `id: ${id}\n`;
  const name = event === undefined ? "" : `event: ${event}\n`;
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return encoder.encode(`${number}${name}${lines.join("")}\n`);
}

/** Tells a reader that was cut off to come back after so many whole milliseconds. */
export function encodeRetry(ms: number): Uint8Array<ArrayBuffer> {
  return encoder.encode(`retry: ${ms}\n\n`);
}
