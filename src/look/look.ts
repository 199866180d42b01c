import { firstState } from "../engine/engine.ts";
import type { Inference } from "../engine/inference.ts";
import { type StateSummary, summarizeState } from "../response/state_summary.ts";
import { type TokenLogprob, tokenLogprobs } from "../sampling/token_logprobs.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Decays } from "./decays.ts";

/** Quantiles of half-lives: the 0th, the 32 between, and the last. */
const QUANTILES = 33;

/** A token that was read. */
export interface LookedToken {
  readonly id: number;
  /** The natural logarithm of its probability after the tokens before it. Null: it is the first, or was not looked at. */
  readonly logprob: number | null;
}

/** What a model makes of some tokens. */
export interface Look extends StateSummary {
  readonly tokens: readonly LookedToken[];
  /** The likeliest next tokens, the likeliest first. */
  readonly next: readonly TokenLogprob[];
  /**
   * How fast each layer forgets, `[L][33]`: quantiles of the half-lives of its channels, in tokens, the shortest first;
   * of all tokens that were looked at, where decays depend on the token. Null: the weights of the decays cannot be read.
   */
  readonly half_lives: readonly (readonly number[])[] | null;
  /** Whether the decays depend on the token, as in RWKV-6 and 7. */
  readonly decays_depend_on_tokens: boolean;
}

/** What {@linkcode look} looks with. */
export interface LookOptions {
  readonly inference: Pick<Inference, "open" | "layout" | "initialState">;
  readonly decays?: Decays | undefined;
  /** At least one token. */
  readonly tokens: readonly number[];
  /** How many of the last tokens are read one by one, to look at each. @default all */
  readonly last?: number;
  /** How many next tokens are told. */
  readonly top: number;
  readonly signal: AbortSignal;
}

/**
 * Reads tokens from the beginning and shows what the model made of them.
 *
 * @throws {InvalidTokenError} if the model does not have a token
 * @throws {NoTokensError}
 * @throws the signal's reason
 */
export async function look(options: LookOptions): Promise<Look> {
  const { inference, tokens, top, signal, last = tokens.length } = options;
  const { version, n_layer } = inference.layout;
  const perToken = version === "6" || version === "7";
  const first = Math.max(0, tokens.length - Math.max(1, last));
  const looked: LookedToken[] = tokens.slice(0, first).map((id) => ({ id, logprob: null }));
  const halfLives: number[][] = Array.from({ length: n_layer }, () => []);

  const sequence = inference.open();
  try {
    let logits = first > 0 ? await sequence.read(tokens.slice(0, first), signal) : undefined;
    let state = first > 0 ? await sequence.state() : firstState(inference);
    for (const id of tokens.slice(first)) {
      const logprob = logits === undefined ? null : tokenLogprobs(logits, id, 0).logprob;
      looked.push({ id, logprob });
      logits = await sequence.read([id], signal);
      const next = await sequence.state();
      const isFirst = looked.length === first + 1;
      if (options.decays && (perToken || isFirst)) {
        addHalfLives(halfLives, options.decays, next, state);
      }
      state = next;
    }
    return {
      ...summarizeState(state),
      tokens: looked,
      next: tokenLogprobs(logits!, 0, top).top,
      half_lives: options.decays === undefined ? null : halfLives.map(quantiles),
      decays_depend_on_tokens: perToken,
    };
  } finally {
    sequence.close();
  }
}

function addHalfLives(
  halfLives: number[][],
  decays: Decays,
  state: RecurrentState,
  before: RecurrentState,
): void {
  const D = state.layout.n_embd;
  for (const [layer, all] of halfLives.entries()) {
    const [x, prev] = [state, before].map((each) => each.shift(layer).subarray(0, D));
    for (const log_w of decays.logDecays(layer, x!, prev!)) all.push(halfLife(log_w));
  }
}

/**
 * The number of tokens after which half is left of what a channel holds.
 *
 * @param log_w the logarithm of the decay, below 0
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(halfLife(Math.log(0.5)), 1);
 * assert.equal(Math.round(halfLife(Math.log(0.99))), 69);
 * ```
 */
export function halfLife(log_w: number): number {
  // A decay of 1 never forgets; the largest number is what JSON can hold of that.
  return Math.min(Number.MAX_VALUE, Math.LN2 / -log_w);
}

/** Equally spaced quantiles, by interpolation between neighbours. */
function quantiles(values: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return Array.from({ length: QUANTILES }, (_, i) => {
    const at = (sorted.length - 1) * i / (QUANTILES - 1);
    const low = sorted[Math.floor(at)]!;
    const high = sorted[Math.ceil(at)]!;
    return low === high ? low : low + (high - low) * (at - Math.floor(at));
  });
}
