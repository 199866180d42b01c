import type { RwkvVersion } from "../state/layout.ts";
import type { Version } from "./definition.ts";
import type { Operations } from "./operations.ts";
import { type Bind, linear, norm } from "./parameters.ts";
import { rwkv4 } from "./rwkv4.ts";
import { rwkv5_1, rwkv5_2 } from "./rwkv5.ts";
import { rwkv6 } from "./rwkv6.ts";
import { rwkv7 } from "./rwkv7.ts";

/** The embedding table. The engine looks up its rows before the forward pass. */
export const embeddingParameters = { emb: linear("V", "D") };

/** The layer norm of the embedding, which checkpoints store in block 0. */
export const inputParameters = { ln0: norm("D") };

/** The layer norm and the head after the blocks. */
export const outputParameters = { ln_out: norm("D"), head: linear("V", "D") };

/** The layer norms before time mix and channel mix. */
export const blockParameters = { ln1: norm("D"), ln2: norm("D") };

/** The definition of each version. */
export const DEFINITIONS: Readonly<Record<RwkvVersion, Version>> = {
  "4": rwkv4,
  "5.1": rwkv5_1,
  "5.2": rwkv5_2,
  "6": rwkv6,
  "7": rwkv7,
};

/** The recurrent state of one block. */
export interface BlockState<X> {
  /** The input of time mix at the last token, `[B, 1, D]`. */
  readonly att_shift: X;
  /** The input of channel mix at the last token, `[B, 1, D]`. */
  readonly ffn_shift: X;
  /** The WKV state. Shape: see `StateLayout`. */
  readonly wkv: X;
}

/** The tokens whose logits are computed. */
export type LogitsOf = "last" | "all";

/**
 * The forward pass. Source: arXiv 2305.13048, figure 2.
 *
 *     x = ln0(emb)
 *     for each block:
 *       x = x + timeMix(ln1(x))
 *       x = x + channelMix(ln2(x))
 *     logits = head ln_out(x)
 *
 * @param emb the tokens' rows of the embedding table, `[B, T, D]`
 * @returns logits, `[B, 1, V]` for the last token or `[B, T, V]` for all, and the new state of each block
 */
export function forward<X>(
  o: Operations<X>,
  version: RwkvVersion,
  bind: Bind<X>,
  emb: X,
  states: readonly BlockState<X>[],
  logitsOf: LogitsOf,
): { logits: X; states: BlockState<X>[] } {
  const { timeMix, channelMix } = DEFINITIONS[version];
  const { ln0 } = bind(inputParameters, "blocks.0.");
  let x = o.layerNorm(emb, ln0); // [B, T, D], the residual stream
  let v_first: X | undefined;

  const next = states.map((state, layer): BlockState<X> => {
    const block = `blocks.${layer}.`;
    const { ln1, ln2 } = bind(blockParameters, block);

    const x1 = o.layerNorm(x, ln1);
    const att = timeMix(o, bind, `${block}att.`, x1, state.att_shift, state.wkv, v_first);
    x = o.add(x, att.y);
    v_first = att.v_first;

    const x2 = o.layerNorm(x, ln2);
    x = o.add(x, channelMix(o, bind, `${block}ffn.`, x2, state.ffn_shift));

    return { att_shift: o.last(x1), ffn_shift: o.last(x2), wkv: att.state };
  });

  const { ln_out, head } = bind(outputParameters, "");
  const out = logitsOf === "last" ? o.last(x) : x;
  return { logits: o.linear(o.layerNorm(out, ln_out), head), states: next };
}
