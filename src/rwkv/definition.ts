import type { Bind } from "./bind.ts";
import type { Operations } from "./operations.ts";
import type { Parameters, Weights } from "./parameters.ts";

/** The result of a time mix. */
export interface TimeMix<X> {
  /** `[B, T, D]`, to be added to the residual stream. */
  readonly y: X;
  /** The WKV state after the last token. */
  readonly state: X;
  /**
   * RWKV-7: the value v of the first block, `[B, T, D]`, which every later block receives. It belongs to the tokens and
   * is not part of the state.
   */
  readonly v_first?: X | undefined;
}

/** Shapes of the tensors of block 0, by their names after `blocks.0.`. Undefined: there is no such tensor. */
export type ShapeOf = (name: string) => readonly number[] | undefined;

/**
 * One version of RWKV: the weights of a block's two parts, and what each part computes.
 *
 * `x [B, T, D]` comes from the layer norm before the part; `prev [B, 1, D]` is the part's input at the previous token. The
 * new value of `prev` is the last token of `x`, in every version.
 */
export interface Definition<Att extends Parameters, Ffn extends Parameters> {
  /** Whether a checkpoint that is of no newer version is of this one. */
  isIn(shape: ShapeOf): boolean;
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

/** A {@linkcode Definition} that looks up its own weights, so that all versions have one type. */
export interface Version {
  isIn(shape: ShapeOf): boolean;
  readonly att: Parameters;
  readonly ffn: Parameters;
  /** @param prefix of the weights: `blocks.3.att.`, say */
  timeMix<X>(
    o: Operations<X>,
    bind: Bind<X>,
    prefix: string,
    ...inputs: [x: X, prev: X, state: X, v_first: X | undefined]
  ): TimeMix<X>;
  /** @param prefix of the weights: `blocks.3.ffn.`, say */
  channelMix<X>(
    o: Operations<X>,
    bind: Bind<X>,
    prefix: string,
    ...inputs: [x: X, prev: X]
  ): X;
}

/** Makes a version of its definition, whose tables give the types of its weights. */
export function define<Att extends Parameters, Ffn extends Parameters>(
  { isIn, att, ffn, timeMix, channelMix }: Definition<Att, Ffn>,
): Version {
  return {
    isIn,
    att,
    ffn,
    timeMix: (o, bind, prefix, ...inputs) => timeMix(o, bind(att, prefix), ...inputs),
    channelMix: (o, bind, prefix, ...inputs) => channelMix(o, bind(ffn, prefix), ...inputs),
  };
}
