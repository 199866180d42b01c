import { z } from "zod";
import { SseParserStream } from "../../src/stream/sse_parser.ts";
import type { Server } from "../start_server.ts";

const endSchema = z.object({
  type: z.literal("response.incomplete"),
  response: z.object({ id: z.string(), usage: z.object({ output_tokens: z.int() }) }),
});

/** What is asked for. */
export interface AskedAnswer {
  /** Of the answer, which never ends by itself. */
  readonly tokens: number;
  readonly stored: boolean;
  /** The response to go on from. */
  readonly previous?: string;
}

/** An answer that was read to its end. */
export interface ReadAnswer {
  readonly id: string;
  /** From the request to the end of the reply. */
  readonly ms: number;
}

/** Asks for streamed responses, and takes them as fast as they come. */
export class ResponsesClient {
  readonly #server: Server;
  #number = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Makes those that are asked for from here on others than those before. */
  next(count: number): void {
    this.#number += count;
  }

  /** Milliseconds until the last of so many answers, which are asked for together, is there. */
  async answers(count: number, asked: AskedAnswer): Promise<number> {
    const started = performance.now();
    await Promise.all(Array.from({ length: count }, (_, i) => this.answer(asked, i)));
    return performance.now() - started;
  }

  /** @param offset one of several that are asked for together */
  async answer({ tokens, stored, previous }: AskedAnswer, offset = 0): Promise<ReadAnswer> {
    const number = this.#number + offset;
    const started = performance.now();
    const response = await fetch(`${this.#server.url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: this.#server.model,
        input: `Please tell me long story number ${number} about a dog and a boat.`,
        stream: true,
        store: stored,
        ...(previous === undefined ? {} : { previous_response_id: previous }),
        max_output_tokens: tokens,
        temperature: 1,
        top_p: 0.9,
        seed: number,
      }),
    });
    // Looked at when it is whole: whoever parses events here takes the server's time.
    const text = await response.text();
    const ms = performance.now() - started;
    const last = text.trimEnd().split("\n").findLast((line) => line.startsWith("data: {"));
    const { response: { id, usage } } = endSchema.parse(JSON.parse(last?.slice(6) ?? "null"));
    if (usage.output_tokens !== tokens) {
      throw new RangeError(`an answer has ${usage.output_tokens} tokens, not ${tokens}`);
    }
    return { id, ms };
  }

  /** Milliseconds until the first event after one, of an answer that has ended. */
  async replay(id: string, after: number): Promise<number> {
    const started = performance.now();
    const url = `${this.#server.url}/v1/responses/${id}?stream=true&starting_after=${after}`;
    const response = await fetch(url);
    for await (const _ of response.body!.pipeThrough(new SseParserStream())) {
      return performance.now() - started;
    }
    throw new RangeError(`HTTP ${response.status}: there is nothing after event ${after}`);
  }
}
