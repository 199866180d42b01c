import type { Checkpoint } from "../checkpoint.ts";
import type { Derived } from "../remapped.ts";

const GLOBALS: Readonly<Record<string, string>> = {
  "model.embeddings.weight": "emb.weight",
  "model.norm.weight": "ln_out.weight",
  "model.norm.bias": "ln_out.bias",
  "lm_head.weight": "head.weight",
};

/** After `model.layers.N.` and `blocks.N.`. */
const PLAIN: Readonly<Record<string, string>> = {
  "attn.r_proj.weight": "att.receptance.weight",
  "attn.k_proj.weight": "att.key.weight",
  "attn.v_proj.weight": "att.value.weight",
  "attn.o_proj.weight": "att.output.weight",
  "attn.g_norm.weight": "att.ln_x.weight",
  "attn.g_norm.bias": "att.ln_x.bias",
  "attn.r_k": "att.r_k",
  "ffn.key.weight": "ffn.key.weight",
  "ffn.value.weight": "ffn.value.weight",
};

const NORMS: Readonly<Record<string, string>> = {
  pre_norm: "ln0",
  attn_norm: "ln1",
  ffn_norm: "ln2",
};

/** The vectors of files of the first generation, which have them in one tensor. */
const STACKED = ["r", "w", "k", "v", "a", "g"] as const;

/**
 * The official names of an RWKV-7 model of flash-linear-attention. What is unknown keeps its name.
 *
 * Source: fla-org/flash-linear-attention, utils/convert_from_rwkv7.py.
 */
export function flaNames({ tensors }: Checkpoint): Map<string, Derived> {
  const width = tensors.get("model.embeddings.weight")?.shape.at(-1) ?? 0;
  const vector = { shape: [1, 1, width] };
  const derived = new Map<string, Derived>();
  for (const from of tensors.keys()) {
    const [, layer, rest = ""] = /^model\.layers\.(\d+)\.(.+)$/.exec(from) ?? [];
    if (layer === undefined) {
      derived.set(GLOBALS[from] ?? from, { from });
      continue;
    }
    const set = (name: string, how: Omit<Derived, "from"> = {}) =>
      derived.set(`blocks.${layer}.${name}`, { from, ...how });
    const [, norm = "", part] = /^(\w+_norm)\.(weight|bias)$/.exec(rest) ?? [];
    const [, mix] = /^attn\.(x_[rwkvag]|k_k|k_a)$/.exec(rest) ?? [];
    const [, lora, which] =
      /^attn\.([wavg])_lora\.lora\.(0\.weight|2\.weight|2\.bias)$/.exec(rest) ??
        [];
    if (NORMS[norm] !== undefined) set(`${NORMS[norm]}.${part}`);
    else if (mix !== undefined) set(`att.${mix}`, vector);
    else if (rest === "attn.x_x") {
      STACKED.forEach((name, i) => set(`att.x_${name}`, { ...vector, start: i * width }));
    } else if (rest === "ffn.x_k") set("ffn.x_k", vector);
    else if (which === "2.bias") set(`att.${lora}0`, vector);
    else if (which !== undefined) {
      set(`att.${lora}${which === "0.weight" ? 1 : 2}`, { transpose: true });
    } else if (PLAIN[rest] !== undefined) set(PLAIN[rest]);
    else derived.set(from, { from });
  }
  return derived;
}
