import type { Checkpoint } from "../checkpoint.ts";
import type { Derived } from "../remapped.ts";

const MIX: Readonly<Record<string, string>> = {
  time_mix_key: "time_mix_k",
  time_mix_value: "time_mix_v",
  time_mix_receptance: "time_mix_r",
  time_mix_gate: "time_mix_g",
};

/**
 * The official names of RWKV-4 in Hugging Face's transformers, and of rwkv-5-world and rwkv-6-world in its manner.
 *
 * Source: transformers, models/rwkv/convert_rwkv_checkpoint_to_hf.py; BBuf/RWKV-World-HF-Tokenizer, scripts/.
 */
export function transformersNames({ tensors }: Checkpoint): Map<string, Derived> {
  const derived = new Map<string, Derived>();
  for (const from of tensors.keys()) {
    const name = from
      .replace(/^rwkv\./, "")
      .replace(/^embeddings\./, "emb.")
      .replace(".pre_ln.", ".ln0.")
      .replace(".attention.", ".att.")
      .replace(".feed_forward.", ".ffn.")
      .replace(/\.(time_mix_\w+)$/, (_, mix: string) => `.${MIX[mix] ?? mix}`);
    derived.set(name, { from });
  }
  return derived;
}
