import type { Sequence } from "../engine/inference.ts";
import type { Sampler } from "../sampling/sampler.ts";
import { StopMatcher } from "../stream/stop_matcher.ts";
import { Detokenizer } from "../tokenizer/detokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { FinishReason } from "./turn.ts";

/** What a generation goes on from, and how. */
export interface Generation {
  /** A sequence that has read the prompt. */
  readonly sequence: Sequence;
  /** The logits after the prompt. */
  readonly logits: Float32Array;
  readonly sampler: Sampler;
  readonly tokenizer: Tokenizer;
  /** The token that ends a text. It is never part of the answer. */
  readonly endOfText: number;
  /** Sequences that end the answer. They are never part of it. */
  readonly stop: readonly string[];
  readonly maxTokens: number;
  readonly signal: AbortSignal;
}

/** How a generation ended. */
export interface Generated {
  readonly reason: FinishReason;
  /** Tokens of the answer that the state has read. */
  readonly tokens: number;
}

/**
 * Generates an answer, piece by piece.
 *
 * While a piece is on its way to the client, the next step is computed already; a consumer that stops pulling stops
 * the generation one step later.
 *
 * At the end the state has read exactly the text that was yielded: tokens that belong to a stop sequence or to half
 * a character are taken back.
 */
export async function* generate(generation: Generation): AsyncGenerator<string, Generated> {
  const { sequence, sampler, tokenizer, endOfText, maxTokens, signal } = generation;
  const detokenizer = new Detokenizer();
  const stops = new StopMatcher(generation.stop);
  const answer = new AnswerTokens(sequence, tokenizer, signal);
  let logits: Float32Array = generation.logits;

  for (let sampled = 0; sampled < maxTokens; sampled++) {
    const token = sampler.sample(logits);
    if (token === endOfText) return yield* finish("stop");

    const { text, matched } = stops.push(detokenizer.push(tokenizer.bytes(token)));
    if (matched !== undefined) {
      if (text !== "") yield text;
      return { reason: "stop", tokens: await answer.replace(text) };
    }
    const next = answer.add(token, text, !stops.pending && !detokenizer.pending);
    if (text !== "") yield text;
    logits = await next;
  }
  return yield* finish("length");

  /** No stop sequence came, so what might have become one is text after all. */
  async function* finish(reason: FinishReason): AsyncGenerator<string, Generated> {
    const whole = !detokenizer.pending;
    const text = stops.end();
    if (text !== "") yield text;
    return { reason, tokens: whole ? answer.count : await answer.replace(text) };
  }
}

/** Feeds an answer's tokens to the sequence, and can take back those whose text is not wholly visible. */
class AnswerTokens {
  readonly #sequence: Sequence;
  readonly #tokenizer: Tokenizer;
  readonly #signal: AbortSignal;
  /** Tokens fed so far. */
  count = 0;
  /** Tokens fed up to the last one after which all text was visible. */
  #settled = 0;
  /** Visible text of the tokens after that. */
  #tail = "";

  constructor(sequence: Sequence, tokenizer: Tokenizer, signal: AbortSignal) {
    this.#sequence = sequence;
    this.#tokenizer = tokenizer;
    this.#signal = signal;
  }

  /**
   * Feeds a token.
   *
   * @param text what became visible with it
   * @param settles whether nothing is held back after it
   * @returns the logits after it. The promise may be left alone.
   */
  add(token: number, text: string, settles: boolean): Promise<Float32Array> {
    if (!settles && this.#settled === this.count) this.#sequence.mark();
    const logits = this.#sequence.read([token], this.#signal);
    logits.catch(() => {}); // Who cancels the stream never awaits it.
    this.count++;
    this.#tail = settles ? "" : this.#tail + text;
    if (settles) this.#settled = this.count;
    return logits;
  }

  /** Makes the answer end with this text instead of what is not settled, and returns its number of tokens. */
  async replace(text: string): Promise<number> {
    if (this.#settled < this.count) this.#sequence.rewind();
    const tokens = this.#tokenizer.encode(this.#tail + text);
    if (tokens.length > 0) await this.#sequence.read(tokens, this.#signal);
    return this.#settled + tokens.length;
  }
}
