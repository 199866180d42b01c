import type { Operations } from "./operations.ts";
import type { Parameters, Weights } from "./parameters.ts";

/** What a time mix gives. */
export interface TimeMix<X> {
  /** `[B, T, D]`, to be added to the residual stream. */
  readonly y: X;
  /** The WKV state after the last token. */
  readonly state: X;
  /**
   * RWKV-7's v of the first block, `[B, T, D]`, which all later blocks are given. It belongs to the tokens and is no
   * part of the state.
   */
  readonly v_first?: X | undefined;
}

/**
 * One version of RWKV: the weights of a block's two parts, and what each part computes.
 *
 * `x [B, T, D]` comes from the layer norm before the part; `prev [B, 1, D]` is what the same part saw at the token
 * before. The new value of `prev` is the last token of `x`, in every version.
 */
export interface Definition<Att extends Parameters, Ffn extends Parameters> {
  /** Weights of time mix, named as in the checkpoint after `blocks.N.att.`. */
  readonly att: Att;
  /** Weights of channel mix, named as in the checkpoint after `blocks.N.ffn.`. */
  readonly ffn: Ffn;
  timeMix<X>(
    o: Operations<X>,
    p: Weights<Att, X>,
    x: X,
    prev: X,
    state: X,
    v_first: X | undefined,
  ): TimeMix<X>;
  channelMix<X>(o: Operations<X>, p: Weights<Ffn, X>, x: X, prev: X): X;
}

/** Infers the types of a definition from its tables. */
export function define<Att extends Parameters, Ffn extends Parameters>(
  definition: Definition<Att, Ffn>,
): Definition<Att, Ffn> {
  return definition;
}
