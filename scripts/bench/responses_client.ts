import { z } from "zod";
import { EventSourceParserStream } from "eventsource-parser/stream";
import type { Server } from "../start_server.ts";

const endSchema = z.object({
  type: z.literal("response.incomplete"),
  response: z.object({ id: z.string(), usage: z.object({ output_tokens: z.int() }) }),
});

/** Answers that each of several streams asks for, one after the other. */
const ANSWERS_EACH = 3;

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
  next(): void {
    this.#number++;
  }

  /**
   * Milliseconds that an answer takes, or of each of several streams three, one after the other. There some are longer
   * and some shorter, so that they do not all begin and end together.
   */
  async answers(streams: number, asked: AskedAnswer): Promise<number> {
    if (streams === 1) return (await this.answer(asked)).ms;
    const started = performance.now();
    await Promise.all(Array.from({ length: streams }, async (_, stream) => {
      for (let i = 0; i < ANSWERS_EACH; i++) {
        const share = 0.5 +
          ((stream + i * Math.floor(streams / ANSWERS_EACH)) % streams) / (streams - 1);
        const tokens = Math.round(asked.tokens * share);
        await this.answer({ ...asked, tokens }, `${stream}.${i}`);
      }
    }));
    return performance.now() - started;
  }

  /** @param name tells those apart that are asked for together */
  async answer({ tokens, stored, previous }: AskedAnswer, name = ""): Promise<ReadAnswer> {
    const started = performance.now();
    const response = await fetch(`${this.#server.url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: this.#server.model,
        input: `Please tell me long story number ${this.#number}${name} about a dog and a boat.`,
        stream: true,
        store: stored,
        ...(previous === undefined ? {} : { previous_response_id: previous }),
        max_output_tokens: tokens,
        temperature: 1,
        top_p: 0.9,
        seed: this.#number,
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
    for await (
      const _ of response.body!.pipeThrough(new TextDecoderStream()).pipeThrough(
        new EventSourceParserStream(),
      )
    ) {
      return performance.now() - started;
    }
    throw new RangeError(`HTTP ${response.status}: there is nothing after event ${after}`);
  }
}
