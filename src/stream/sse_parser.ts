import { TextLineStream } from "@std/streams/text-line-stream";
import type { SseMessage } from "./sse.ts";

/**
 * Reads server-sent events from bytes or text, wherever the chunks break. Lines end in LF, CRLF or CR; comments, `id`
 * and `retry` are skipped, and so is an event that the end of the stream cuts off.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const body = ReadableStream.from([": hi\n\neve", "nt: ping\ndata: 1\n\ndata: 2\r\n\r\n"]);
 * const messages = await Array.fromAsync(body.pipeThrough(new SseParserStream()));
 * assert.deepEqual(messages, [{ event: "ping", data: "1" }, { data: "2" }]);
 * ```
 */
export class SseParserStream
  implements TransformStream<Uint8Array<ArrayBuffer> | string, SseMessage> {
  readonly readable: ReadableStream<SseMessage>;
  readonly writable: WritableStream<Uint8Array<ArrayBuffer> | string>;

  constructor() {
    const encoder = new TextEncoder();
    const bytes = new TransformStream<Uint8Array<ArrayBuffer> | string, BufferSource>({
      transform: (chunk, controller) =>
        controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk),
    });
    this.writable = bytes.writable;
    this.readable = bytes.readable
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLineStream({ allowCR: true }))
      .pipeThrough(new TransformStream(new EventAssembler()));
  }
}

/** Joins lines into events: a blank line ends one. */
class EventAssembler implements Transformer<string, SseMessage> {
  #event = "";
  #data: string[] = [];

  transform(line: string, controller: TransformStreamDefaultController<SseMessage>): void {
    if (line !== "") return this.#field(line);
    if (this.#data.length > 0) {
      const data = this.#data.join("\n");
      controller.enqueue(this.#event === "" ? { data } : { event: this.#event, data });
    }
    this.#event = "";
    this.#data = [];
  }

  #field(line: string): void {
    const [, name, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line)!;
    if (name === "event") this.#event = value;
    if (name === "data") this.#data.push(value);
  }
}
