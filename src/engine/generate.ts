import type { Grammar } from "../constrain/grammar.ts";
import type { Matcher } from "../constrain/matcher.ts";
import { Sampler, type SamplingOptions } from "../sampling/sampler.ts";
import { type TokenLogprobs, tokenLogprobs } from "../sampling/token_logprobs.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import { StopMatcher } from "../stream/stop_matcher.ts";
import { Detokenizer } from "../tokenizer/detokenizer.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { AnswerTokens } from "./answer_tokens.ts";
import { CallDetector } from "./call_detector.ts";
import { Lead } from "./lead.ts";
import type { Rewindable } from "./rewindable.ts";
import { Drafts } from "./speculation/drafts.ts";
import { type ThoughtOptions, Thoughts } from "./thoughts.ts";
import { ToldTokens } from "./told_tokens.ts";

/** Tokens of a given beginning that are counted at the most: the last ones, so that counting takes no time to speak of. */
const MAX_COUNTED = 4096;

/** Bytes that are guessed at once where a grammar leaves no choice of them. */
const MOST_SPELLED = 64;

/** Tokens of a prompt that are told of together. */
const TOLD_TOGETHER = 64;

/** What is to be generated. */
export interface GenerateOptions {
  /** Tokens to read first. At least one, unless the logits are given. */
  readonly prompt: readonly number[];
  /** With an empty prompt: the scores after what the state has read already, `[V]`, as {@linkcode PromptRead} has them. */
  readonly logits?: Float32Array<ArrayBuffer>;
  /** Is given what was there before the first token was chosen. Not called when the prompt is empty. */
  readonly onPrompt?: (read: PromptRead) => void;
  /** Told, now and then, how many tokens of the prompt have been read. */
  readonly onRead?: (tokens: number) => void;
  readonly sampling: SamplingOptions & { readonly seed: number };
  /** Tokens that the repetition penalty applies to from the beginning, the oldest first. */
  readonly seen?: readonly number[];
  /** The token that ends a text. It is never part of the answer. */
  readonly endOfText: number;
  /** Sequences that end the answer. They are never part of it. */
  readonly stop: readonly string[];
  /** Tokens to generate at the most. */
  readonly maxTokens: number;
  /** Asks how likely each token was, and so many of the likeliest in its place. */
  readonly topLogprobs?: number;
  /**
   * With {@linkcode topLogprobs}: also tells how likely each token of the prompt was, and tells of every token that is
   * chosen, even if it ends the answer or is only part of a character.
   */
  readonly tellPrompt?: boolean;
  /** What the answer must be. */
  readonly grammar?: Grammar;
  /** The beginning of the answer, if it is given. It is not part of what is generated. */
  readonly begun?: BegunAnswer;
  /** What comes before the answer. Stop sequences and the grammar hold for what comes after it. */
  readonly thoughts?: ThoughtOptions;
  /**
   * Tokens that an earlier run of the same generation chose: they are taken as they are, and it goes on after them. All
   * their pieces come again.
   */
  readonly replay?: readonly number[];
  readonly signal: AbortSignal;
}

/** The given beginning of an answer. */
export interface BegunAnswer {
  /** The tokens of it that the prompt ends with. They count for penalties, and for the seed, as if they had been chosen. */
  readonly tokens: readonly number[];
  /** What follows them in it and was not read: the first tokens generated are some that spell it. */
  readonly lead: string;
  /** Whether the grammar holds from its beginning on, if it allows what is given. */
  readonly inGrammar: boolean;
}

/**
 * What a prompt has left behind: all that answering it once more takes, with nothing read. Copies, which are the
 * caller's.
 */
export interface PromptRead {
  readonly state: RecurrentState;
  /** The scores of each possible first token, `[V]`. */
  readonly logits: Float32Array<ArrayBuffer>;
}

/** Some of an answer: the one form that text has from the engine to the client. */
export interface Piece {
  readonly type: "text";
  /** It has neither half characters nor parts of a stop sequence. Empty only with {@linkcode GenerateOptions.tellPrompt}. */
  readonly text: string;
  /** The tokens that were chosen since the piece before: none if it was held back and the answer has ended. */
  readonly tokens: readonly number[];
  /**
   * The tokens of this text, if it was asked how likely they were. A token comes with the piece that has the first of
   * its characters, one that is only part of a character with the piece that has the whole.
   */
  readonly logprobs?: readonly TokenLogprobs[];
  /**
   * How likely the next tokens of the prompt were, from its second on. Such a piece has no text, and comes before all that
   * has.
   */
  readonly prompt?: readonly TokenLogprobs[];
}

/**
 * Why a generation ended: the model closed its turn or a stop sequence matched, or the limit was reached. An answer that
 * a grammar holds is ended in time for the limit, if that can be done: it is whole then, and the reason is the limit.
 */
export type FinishReason = "stop" | "length";

/** How a generation ended. */
export interface Generated {
  readonly reason: FinishReason;
  /** The tokens of the answer, exactly as the state has read them. */
  readonly tokens: readonly number[];
  /** Of these, how many came before the answer itself. @default 0 */
  readonly thoughts?: number;
}

/**
 * Reads a prompt and generates an answer, piece by piece. A step is computed when the piece before it was taken.
 *
 * At the end the state has read exactly the prompt and the text that was yielded: tokens that belong to a stop sequence
 * or to half a character are taken back.
 *
 * @param matcher holds the answer to a grammar, from its beginning
 */
export async function* generate(
  sequence: Rewindable,
  tokenizer: Tokenizer,
  options: GenerateOptions,
  matcher?: Matcher,
): AsyncGenerator<Piece, Generated> {
  const { prompt, endOfText, maxTokens, topLogprobs, replay = [], signal } = options;
  const { minTokens = 0, ignoreEnd = false } = options.sampling;
  const tellPrompt = options.tellPrompt === true && topLogprobs !== undefined;
  const sampler = new Sampler(options.sampling);
  sampler.see(options.seen ?? []);
  for (const token of options.begun?.tokens.slice(-MAX_COUNTED) ?? []) sampler.replay(token);
  const lead = new Lead(tokenizer, endOfText, options.begun?.lead ?? "");
  const detokenizer = new Detokenizer();
  const stops = new StopMatcher(options.stop);
  const calls = new CallDetector(options.grammar?.callsOpen);
  const told = topLogprobs === undefined ? undefined : new ToldTokens();
  const { thoughts: before } = options;
  const unseen = (before?.close === undefined ? before?.lead : undefined) ?? options.begun?.lead;
  const answer = new AnswerTokens(sequence, tokenizer, signal, unseen ?? "");
  const isHeld = matcher !== undefined;
  const thoughts = new Thoughts({ tokenizer, endOfText, isHeld }, options.thoughts);
  /** Made when tokens may first be guessed: most sequences are never asked to. */
  let drafts: Drafts | undefined;
  let logits = yield* begin();
  let chosen: number[] = [];
  /** Tokens before the answer. */
  let thought = 0;
  /** The limit has left a constrained answer no other way than the shortest to its end. */
  let pressed = false;

  for (let sampled = 0; sampled < maxTokens; sampled++) {
    const replayed = replay[sampled];
    const left = maxTokens - sampled - 1;
    const thinks = !thoughts.over;
    if (!thinks && matcher?.distance === left + 1) pressed = true;
    const early = sampled < minTokens;
    const token = replayed ??
      (thinks ? think(left) : forced(sampled) ?? choose(left, mayStop(sampled)));
    if (replayed !== undefined) sampler.replay(token);
    const accepted = thinks ? undefined : matcher?.accept(token);
    if (token === endOfText || accepted === "ended") {
      if (tellPrompt) told?.push(tokenLogprobs(logits, token, topLogprobs), "");
      return yield* finish(pressed ? "length" : "stop");
    }

    chosen.push(token);
    drafts?.add(token);
    const decoded = lead.strip(detokenizer.push(tokenizer.bytes(token)));
    const said = thinks ? thoughts.accept(decoded) : { thought: "", answer: decoded };
    const own = thinks && before?.close !== undefined ? decoded : said.answer;
    told?.push(tokenLogprobs(logits, token, topLogprobs!), own);
    const { text: freed, matched = undefined } = calls.isCall(said.answer) || early
      ? { text: said.answer }
      : stops.push(said.answer);
    const text = said.thought + freed;
    if (said.isCut) {
      if (text !== "") yield piece(text);
      told?.drop();
      await answer.replace(text);
      continue;
    }
    if (matched !== undefined) {
      yield* last(text);
      await answer.replace(text);
      return ended("stop");
    }
    if (text !== "") yield piece(text);
    await answer.add(token, text, !stops.pending && !thoughts.pending && !detokenizer.pending);
    if (thinks && thoughts.over) thought = answer.tokens.length;
    if (accepted === "complete") return yield* finish(pressed ? "length" : "stop");
    // What is known needs no logits, unless they are to be told, and is read together.
    const next = sampled + 1;
    if (next < maxTokens && next >= replay.length && only(next) === undefined) {
      logits = await answer.read(() => sequence.mayReadAhead ? propose(left - 1) : []);
    } else if (told !== undefined) logits = await answer.read();
  }
  return yield* finish("length");

  /** Whether the model may end the answer with this token. */
  function mayStop(sampled: number): boolean {
    return sampled >= minTokens && !ignoreEnd;
  }

  /** The token that the grammar asks for, if it leaves no choice: then its logits are not needed, unless they are told. */
  function only(sampled: number): number | undefined {
    return told === undefined && thoughts.over ? matcher?.only(mayStop(sampled)) : undefined;
  }

  function forced(sampled: number): number | undefined {
    const token = only(sampled);
    if (token === undefined) return undefined;
    const settled = settle(matcher!, token, maxTokens - sampled - 1);
    sampler.replay(settled);
    return settled;
  }

  /** Tokens that may come next: what the grammar wants to be spelled, or what came at a place like this. */
  function propose(most: number): readonly number[] {
    drafts ??= new Drafts([...prompt, ...options.begun?.tokens ?? [], ...answer.tokens]);
    const bytes = (thoughts.over && matcher?.onlyBytes(MOST_SPELLED)) || new Uint8Array();
    const spelled = bytes.length < 2 ? [] : tokenizer.encode(new TextDecoder().decode(bytes));
    return drafts.propose(most, spelled);
  }

  /** @param mayStop whether the model may end the answer; a grammar that is complete always does */
  function choose(left: number, mayStop: boolean): number {
    if (matcher !== undefined) {
      const masked = matcher.apply(logits, mayStop);
      return sampler.sample(masked, (token) => settle(matcher, token, left));
    }
    const allowed = lead.apply(logits);
    if (mayStop) return sampler.sample(allowed);
    const logit = allowed[endOfText]!;
    allowed[endOfText] = -Infinity;
    try {
      return sampler.sample(allowed);
    } finally {
      allowed[endOfText] = logit;
    }
  }

  function think(left: number): number {
    const forced = thoughts.forced(left, matcher?.distance ?? 0);
    if (forced === undefined) {
      return thoughts.draw(logits, (allowed, settle) => sampler.sample(allowed, settle));
    }
    sampler.replay(forced);
    return forced;
  }

  function ended(reason: FinishReason): Generated {
    const { tokens } = answer;
    if (options.thoughts?.close === undefined) return { reason, tokens };
    return { reason, tokens, thoughts: thoughts.over ? thought : tokens.length };
  }

  function settle(matcher: Matcher, token: number, left: number): number {
    const settled = matcher.settle(token, left);
    if (settled !== token && matcher.mayEnd) pressed = true;
    return settled;
  }

  async function* begin(): AsyncGenerator<Piece, Float32Array<ArrayBuffer>> {
    if (prompt.length === 0 && options.logits !== undefined) return options.logits;
    const logits = tellPrompt
      ? yield* readTelling(topLogprobs)
      : await sequence.read(prompt, signal, options.onRead);
    options.onPrompt?.({ state: await sequence.state(), logits: logits.slice() });
    return logits;
  }

  /** Reads the prompt some tokens at a time: the logits of all tokens of a long one would not fit into memory. */
  async function* readTelling(top: number): AsyncGenerator<Piece, Float32Array<ArrayBuffer>> {
    let after!: Float32Array<ArrayBuffer>;
    for (let at = 0; at < prompt.length; at += TOLD_TOGETHER) {
      const told: TokenLogprobs[] = [];
      const tell = (logits: Float32Array, index: number) => {
        const next = prompt[at + index + 1];
        if (next !== undefined) told.push(tokenLogprobs(logits, next, top));
      };
      const tokens = prompt.slice(at, at + TOLD_TOGETHER);
      after = await sequence.read(tokens, signal, (read) => options.onRead?.(at + read), tell);
      tell(after, tokens.length - 1);
      if (told.length > 0) yield { type: "text", text: "", tokens: [], prompt: told };
    }
    return after;
  }

  function piece(text: string): Piece {
    const tokens = chosen;
    chosen = [];
    const piece = { type: "text", text, tokens } as const;
    return told ? { ...piece, logprobs: told.take(text) } : piece;
  }

  /** The last text, and what is to be told of tokens that have none. */
  function* last(text: string): Generator<Piece> {
    const visible = text === "" ? undefined : piece(text);
    const others = tellPrompt ? told!.rest() : [];
    if (visible !== undefined) {
      yield tellPrompt ? { ...visible, logprobs: [...visible.logprobs ?? [], ...others] } : visible;
    } else if (others.length > 0) yield { type: "text", text, tokens: [], logprobs: others };
  }

  /** No stop sequence came, so what might have become one is text after all. */
  async function* finish(reason: FinishReason): AsyncGenerator<Piece, Generated> {
    const whole = !detokenizer.pending;
    const text = stops.end();
    yield* last(text);
    if (!whole) await answer.replace(text);
    await answer.end();
    return ended(reason);
  }
}
