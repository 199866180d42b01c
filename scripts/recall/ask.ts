import { z } from "zod";
import type { Server } from "../start_server.ts";

const MAX_OUTPUT_TOKENS = 60;
/** An answer takes a second; a large model on a busy machine may take a hundred. */
const ANSWER_MS = 300_000;

const responseSchema = z.object({
  id: z.string(),
  output: z.array(z.object({ content: z.array(z.object({ text: z.string() })) })),
  usage: z.object({
    input_tokens_details: z.object({ cached_tokens: z.int() }),
    total_tokens: z.int(),
  }),
});

/** The server gave no answer that can be used. */
export class AnswerError extends Error {
  override readonly name = "AnswerError";
  constructor(why: string, options?: ErrorOptions) {
    super(`The server gave no answer: ${why}`, options);
  }
}

/** An answer to one message. */
export interface Reply {
  readonly id: string;
  readonly text: string;
  /** Tokens that were not read again, since a stored state had read them. */
  readonly cachedTokens: number;
  /** Tokens that the state has read at the end of the turn. */
  readonly totalTokens: number;
}

/** Says something, after an earlier reply, and waits for the answer. */
export type Ask = (
  input: string,
  previous: string | undefined,
  signal?: AbortSignal,
) => Promise<Reply>;

/**
 * Asks through `POST /v1/responses`, greedily, and has each turn stored. Nothing is tried a second time: a failure is
 * what is to be seen.
 */
export function askServer({ url, model }: Pick<Server, "url" | "model">): Ask {
  return async (input, previous, signal) => {
    const patience = AbortSignal.timeout(ANSWER_MS);
    try {
      const response = await fetch(`${url}/v1/responses`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          model,
          input,
          ...(previous === undefined ? {} : { previous_response_id: previous }),
          store: true,
          temperature: 0,
          max_output_tokens: MAX_OUTPUT_TOKENS,
        }),
        signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
      });
      const body = await response.text();
      if (!response.ok) throw new AnswerError(`HTTP ${response.status}: ${body}`);
      const { id, output, usage } = responseSchema.parse(JSON.parse(body));
      return {
        id,
        text: output.flatMap(({ content }) => content.map(({ text }) => text)).join(""),
        cachedTokens: usage.input_tokens_details.cached_tokens,
        totalTokens: usage.total_tokens,
      };
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof AnswerError) throw error;
      throw new AnswerError(error instanceof Error ? error.message : `${error}`, { cause: error });
    }
  };
}
