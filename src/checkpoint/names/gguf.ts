import type { Checkpoint } from "../checkpoint.ts";
import type { Derived } from "../remapped.ts";

/** GGUF's names of tensors that belong to no layer, and the official ones. */
export const GLOBALS: Readonly<Record<string, string>> = {
  "token_embd.weight": "emb.weight",
  "output.weight": "head.weight",
  "token_embd_norm.weight": "blocks.0.ln0.weight",
  "token_embd_norm.bias": "blocks.0.ln0.bias",
  "output_norm.weight": "ln_out.weight",
  "output_norm.bias": "ln_out.bias",
};

/** Names that change only themselves, after `blk.N.` and `blocks.N.`. */
export const PLAIN: Readonly<Record<string, string>> = {
  "attn_norm.weight": "ln1.weight",
  "attn_norm.bias": "ln1.bias",
  "attn_norm_2.weight": "ln2.weight",
  "attn_norm_2.bias": "ln2.bias",
  "time_mix_receptance.weight": "att.receptance.weight",
  "time_mix_key.weight": "att.key.weight",
  "time_mix_value.weight": "att.value.weight",
  "time_mix_gate.weight": "att.gate.weight",
  "time_mix_output.weight": "att.output.weight",
  "time_mix_ln.weight": "att.ln_x.weight",
  "time_mix_ln.bias": "att.ln_x.bias",
  "channel_mix_key.weight": "ffn.key.weight",
  "channel_mix_value.weight": "ffn.value.weight",
  "channel_mix_receptance.weight": "ffn.receptance.weight",
};

/** One number a channel: `[D]` there, `[1, 1, D]` here. */
export const VECTORS = {
  rwkv6: {
    "time_mix_lerp_x.weight": "att.time_maa_x",
    "time_mix_lerp_w.weight": "att.time_maa_w",
    "time_mix_lerp_k.weight": "att.time_maa_k",
    "time_mix_lerp_v.weight": "att.time_maa_v",
    "time_mix_lerp_r.weight": "att.time_maa_r",
    "time_mix_lerp_g.weight": "att.time_maa_g",
    "time_mix_decay.weight": "att.time_decay",
    "channel_mix_lerp_k.weight": "ffn.time_maa_k",
    "channel_mix_lerp_r.weight": "ffn.time_maa_r",
  },
  rwkv7: {
    "time_mix_w0.weight": "att.w0",
    "time_mix_a0.weight": "att.a0",
    "time_mix_v0.weight": "att.v0",
    "time_mix_k_k.weight": "att.k_k",
    "time_mix_k_a.weight": "att.k_a",
    "channel_mix_lerp_k.weight": "ffn.x_k",
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

/** Matrices of low rank, whose last two axes GGUF swaps. */
export const TRANSPOSED = {
  rwkv6: {
    "time_mix_w1.weight": "att.time_maa_w1",
    "time_mix_w2.weight": "att.time_maa_w2",
    "time_mix_decay_w1.weight": "att.time_decay_w1",
    "time_mix_decay_w2.weight": "att.time_decay_w2",
  },
  rwkv7: {
    "time_mix_w1.weight": "att.w1",
    "time_mix_w2.weight": "att.w2",
    "time_mix_a1.weight": "att.a1",
    "time_mix_a2.weight": "att.a2",
    "time_mix_v1.weight": "att.v1",
    "time_mix_v2.weight": "att.v2",
    "time_mix_g1.weight": "att.g1",
    "time_mix_g2.weight": "att.g2",
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

/** The vectors that `time_mix_lerp_fused` has one after another. */
export const FUSED = {
  rwkv6: ["w", "k", "v", "r", "g"].map((part) => `att.time_maa_${part}`),
  rwkv7: ["r", "w", "k", "v", "a", "g"].map((part) => `att.x_${part}`),
} as const;

/**
 * The official names of a GGUF file's tensors. What is unknown keeps its name.
 *
 * The converter divides `output` and `ffn.value` of layer l by 2^(l // rescale_every_n_layers) in version 6; that is undone.
 *
 * Source: llama.cpp, conversion/rwkv.py and gguf-py/gguf/constants.py.
 */
export function ggufNames({ tensors, metadata }: Checkpoint): Map<string, Derived> {
  const version = metadata?.get("general.architecture") === "rwkv6" ? "rwkv6" : "rwkv7";
  const width = tensors.get("token_embd.weight")?.shape.at(-1) ?? 0;
  const headSize = metadata?.get(`${version}.wkv.head_size`);
  const rescale = version === "rwkv6" ? metadata?.get("rwkv6.rescale_every_n_layers") : 0;
  const every = typeof rescale === "number" && rescale > 0 ? rescale : Infinity;
  const derived = new Map<string, Derived>();

  for (const from of tensors.keys()) {
    const [, layer, rest = ""] = /^blk\.(\d+)\.(.+)$/.exec(from) ?? [];
    if (layer === undefined) {
      derived.set(GLOBALS[from] ?? from, { from });
      continue;
    }
    const set = (name: string, how: Omit<Derived, "from">) =>
      derived.set(`blocks.${layer}.${name}`, { from, ...how });
    // The first layer has no value residual; the converter puts a copy of a0, a1 and a2 there.
    if (layer === "0" && /^time_mix_v[012]\./.test(rest) && version === "rwkv7") continue;
    const vector = (VECTORS[version] as Readonly<Record<string, string>>)[rest];
    const transposed = (TRANSPOSED[version] as Readonly<Record<string, string>>)[rest];
    const plain = PLAIN[rest];
    if (rest === "time_mix_lerp_fused.weight") {
      FUSED[version].forEach((name, i) => set(name, { start: i * width, shape: [1, 1, width] }));
    } else if (rest === "time_mix_r_k.weight") {
      const size = typeof headSize === "number" && headSize > 0 ? headSize : 64;
      set("att.r_k", { shape: [Math.floor(width / size), size] });
    } else if (rest === "time_mix_first.weight") {
      set("att.time_faaaa", {});
    } else if (vector !== undefined) {
      set(vector, { shape: [1, 1, width] });
    } else if (transposed !== undefined) {
      set(transposed, { transpose: true });
    } else if (plain === "att.output.weight" || plain === "ffn.value.weight") {
      const scale = 2 ** Math.floor(Number(layer) / every);
      set(plain, scale === 1 ? {} : { scale });
    } else {
      derived.set(plain === undefined ? from : `blocks.${layer}.${plain}`, { from });
    }
  }
  return derived;
}
