import type { RwkvVersion } from "../state/layout.ts";
import type { Bind } from "./bind.ts";
import type { Definition } from "./definition.ts";
import type { Operations } from "./operations.ts";
import { linear, norm, type Parameters } from "./parameters.ts";
import { rwkv4 } from "./rwkv4.ts";
import { rwkv5_1, rwkv5_2 } from "./rwkv5.ts";
import { rwkv6 } from "./rwkv6.ts";
import { rwkv7 } from "./rwkv7.ts";

/** The embedding table. Its rows are looked up before the model runs. */
export const embeddingParameters = { emb: linear("V", "D") };

/** The norm of the embedding, which checkpoints store with block 0. */
export const inputParameters = { ln0: norm("D") };

/** What follows the blocks. */
export const outputParameters = { ln_out: norm("D"), head: linear("V", "D") };

/** The norms of a block. */
export const blockParameters = { ln1: norm("D"), ln2: norm("D") };

/** The definition of each version. */
export const DEFINITIONS = {
  "4": rwkv4,
  "5.1": rwkv5_1,
  "5.2": rwkv5_2,
  "6": rwkv6,
  "7": rwkv7,
} as const;

/** What one block remembers between calls. */
export interface BlockState<X> {
  /** What time mix saw at the last token, `[B, 1, D]`. */
  readonly att_shift: X;
  /** What channel mix saw at the last token, `[B, 1, D]`. */
  readonly ffn_shift: X;
  /** The WKV state, in the shape that `StateLayout` gives it. */
  readonly wkv: X;
}

/** Which tokens the logits are wanted for. */
export type LogitsOf = "last" | "all";

/**
 * The whole forward pass: `x = ln0(emb)`; for each block `x += timeMix(ln1(x))`, `x += channelMix(ln2(x))`; then
 * `logits = head ln_out(x)`. Source: arXiv 2305.13048, figure 2.
 *
 * @param emb the rows of the embedding table for the tokens, `[B, T, D]`
 * @returns logits `[B, 1, V]` of the last token, or `[B, T, V]` of all, and the new state of each block
 */
export function forward<X>(
  o: Operations<X>,
  version: RwkvVersion,
  bind: Bind<X>,
  emb: X,
  states: readonly BlockState<X>[],
  logitsOf: LogitsOf,
): { logits: X; states: BlockState<X>[] } {
  const next: BlockState<X>[] = [];
  let v_first: X | undefined;
  let x = o.layerNorm(emb, bind(inputParameters, "blocks.0.").ln0);

  for (const [layer, state] of states.entries()) {
    const run = <A extends Parameters, F extends Parameters>(
      definition: Definition<A, F>,
    ): void => {
      const prefix = `blocks.${layer}.`;
      const { ln1, ln2 } = bind(blockParameters, prefix);

      const x1 = o.layerNorm(x, ln1);
      const att = bind(definition.att, `${prefix}att.`);
      const mixed = definition.timeMix(o, att, x1, state.att_shift, state.wkv, v_first);
      x = o.add(x, mixed.y);
      v_first = mixed.v_first;

      const x2 = o.layerNorm(x, ln2);
      const ffn = bind(definition.ffn, `${prefix}ffn.`);
      x = o.add(x, definition.channelMix(o, ffn, x2, state.ffn_shift));

      next.push({ att_shift: o.last(x1), ffn_shift: o.last(x2), wkv: mixed.state });
    };
    switchVersion(version, run);
  }

  const { ln_out, head } = bind(outputParameters, "");
  const out = logitsOf === "last" ? o.last(x) : x;
  return { logits: o.linear(o.layerNorm(out, ln_out), head), states: next };
}

/** Calls `use` with the definition of a version, with its types. */
function switchVersion(
  version: RwkvVersion,
  use: <A extends Parameters, F extends Parameters>(definition: Definition<A, F>) => void,
): void {
  switch (version) {
    case "4":
      return use(DEFINITIONS["4"]);
    case "5.1":
      return use(DEFINITIONS["5.1"]);
    case "5.2":
      return use(DEFINITIONS["5.2"]);
    case "6":
      return use(DEFINITIONS["6"]);
    case "7":
      return use(DEFINITIONS["7"]);
  }
}
