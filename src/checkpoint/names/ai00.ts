import type { Checkpoint } from "../checkpoint.ts";
import type { Derived } from "../remapped.ts";

/** Names after `att.` whose last two axes are swapped, in version 6 and in version 7. */
const TRANSPOSED = /^(time_maa_w[12]|time_decay_w[12]|[wagv][12]|time_state)$/;

/**
 * The official names of a `.st` file of Ai00 and web-rwkv: lower-case, two words replaced, low-rank matrices transposed.
 *
 * Source: cryscan/web-rwkv, assets/scripts/convert_safetensors.py.
 */
export function ai00Names({ tensors }: Checkpoint): Map<string, Derived> {
  const isVersion6 = tensors.has("blocks.0.att.time_mix_x");
  const isVersion4 = !tensors.has("blocks.0.att.ln_x.weight");
  const derived = new Map<string, Derived>();
  for (const from of tensors.keys()) {
    const [, prefix = "", rest = from] = /^(blocks\.\d+\.(?:att|ffn)\.)(.+)$/.exec(from) ?? [];
    let name = rest;
    if (!isVersion4 && name === "time_first") name = "time_faaaa";
    if (isVersion6) name = name.replace(/^time_mix_/, "time_maa_");
    derived.set(prefix + name, {
      from,
      ...(prefix !== "" && TRANSPOSED.test(name) ? { transpose: true } : {}),
    });
  }
  return derived;
}
