import type { Operations } from "./operations.ts";
import type { Bind, Parameters, Weights } from "./parameters.ts";

/**
 * The eps of the group norm after WKV, in RWKV-5, 6 and 7. The official code normalises wkv / 8 with eps 1e-5, which is
 * equivalent. Source: `head_size_divisor` in RWKV-LM, RWKV-v5/src/model.py.
 */
export const GROUP_NORM_EPS = 64e-5;

/** The result of a time mix. */
export interface TimeMix<X> {
  /** The output, `[B, T, D]`, which is added to the residual stream. */
  readonly y: X;
  /** The WKV state after the last token. */
  readonly state: X;
  /**
   * RWKV-7: the value v of the first block, `[B, T, D]`, an input of every later block. It is computed anew for each
   * token and not part of the state.
   */
  readonly v_first?: X | undefined;
}

/** The shape of a tensor of block 0, by its name after `blocks.0.`. Undefined if the checkpoint lacks it. */
export type ShapeOf = (name: string) => readonly number[] | undefined;

/**
 * One version of RWKV: the weights and the computation of time mix and channel mix, the two parts of a block.
 *
 * The input `x [B, T, D]` of a part is the output of its layer norm. `prev [B, 1, D]` is the part's input at the token
 * before the first; its next value is the last token of `x`, in every version.
 */
export interface Definition<Att extends Parameters, Ffn extends Parameters> {
  /** Whether a checkpoint has this version's tensors. Newer versions are tried first, since they share names. */
  matches(shape: ShapeOf): boolean;
  /** Weights of the time mix, named as in the checkpoint after `blocks.N.att.`. */
  readonly att: Att;
  /** Weights of the channel mix, named as in the checkpoint after `blocks.N.ffn.`. */
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

/** A {@linkcode Definition} that looks up its own weights, so that all versions have the same type. */
export interface Version {
  matches(shape: ShapeOf): boolean;
  readonly att: Parameters;
  readonly ffn: Parameters;
  /** @param prefix start of the weights' names, such as `blocks.3.att.` */
  timeMix<X>(
    o: Operations<X>,
    bind: Bind<X>,
    prefix: string,
    ...inputs: [x: X, prev: X, state: X, v_first: X | undefined]
  ): TimeMix<X>;
  /** @param prefix start of the weights' names, such as `blocks.3.ffn.` */
  channelMix<X>(
    o: Operations<X>,
    bind: Bind<X>,
    prefix: string,
    ...inputs: [x: X, prev: X]
  ): X;
}

/** Turns a definition into a version. The types of the weights follow from the parameter tables. */
export function define<Att extends Parameters, Ffn extends Parameters>(
  { matches, att, ffn, timeMix, channelMix }: Definition<Att, Ffn>,
): Version {
  return {
    matches,
    att,
    ffn,
    timeMix: (o, bind, prefix, ...inputs) => timeMix(o, bind(att, prefix), ...inputs),
    channelMix: (o, bind, prefix, ...inputs) => channelMix(o, bind(ffn, prefix), ...inputs),
  };
}
