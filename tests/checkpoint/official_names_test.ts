import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Checkpoint, readFloat32 } from "../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { withOfficialNames } from "../../src/checkpoint/official_names.ts";
import { bytesSource } from "../../src/checkpoint/random_access.ts";
import { float32Bytes, safetensors } from "./fixtures.ts";

/** A safetensors file of float32 tensors that count up from 0. */
async function made(shapes: Readonly<Record<string, readonly number[]>>): Promise<Checkpoint> {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((product, size) => product * size, 1);
    return [name, { dtype: "F32", shape, data_offsets: [begin, end] }] as const;
  });
  const numbers = Array.from({ length: end / 4 }, (_, i) => i);
  const file = safetensors(Object.fromEntries(entries), float32Bytes(...numbers));
  return await openCheckpoint(bytesSource(file), "made");
}

const namesOf = (checkpoint: Checkpoint) => [...checkpoint.tensors.keys()].sort();

describe("withOfficialNames", () => {
  it("refuses one file of a model in several, whatever it looks like", async () => {
    const names = { "model.layers.1.attn.w_lora.lora.0.weight": [2, 2] };
    const shard = { ...await made(names), name: "models/rwkv7/model-00002-of-00003.safetensors" };
    assert.throws(() => withOfficialNames(shard), {
      name: "ForeignFileError",
      kind: "split",
      message: /it is one of the 3 files of a model: use their folder, or the \.index\.json in it$/,
    });
    const whole = { ...await made({ "emb.weight": [2, 2] }), name: "model-00001-of-00001.bin" };
    assert.equal(withOfficialNames(whole).namesOf, "official");
  });

  it("leaves official names, and strips what wrappers put before each", async () => {
    const names = ["emb.weight", "blocks.0.att.r_k", "head.weight"];
    for (const prefix of ["", "module.", "_orig_mod.", "module._orig_mod.", "_forward_module."]) {
      const shapes = Object.fromEntries(names.map((name) => [prefix + name, [2, 2]]));
      const checkpoint = withOfficialNames(await made(shapes));
      assert.equal(checkpoint.namesOf, "official");
      assert.deepEqual(namesOf(checkpoint), [...names].sort(), prefix);
      assert.deepEqual([...await readFloat32(checkpoint, "blocks.0.att.r_k")], [4, 5, 6, 7]);
    }
  });

  it("reads flash-linear-attention: transposed low-rank matrices, stacked or single mixes", async () => {
    const checkpoint = withOfficialNames(
      await made({
        "model.embeddings.weight": [1, 2],
        "model.layers.0.pre_norm.weight": [2],
        "model.layers.0.attn.r_proj.weight": [2, 2],
        "model.layers.0.attn.x_x": [6, 2],
        "model.layers.0.attn.w_lora.lora.0.weight": [3, 2],
        "model.layers.0.attn.w_lora.lora.2.bias": [2],
        "model.layers.0.ffn.x_k": [2],
        "lm_head.weight": [1, 2],
      }),
    );
    assert.deepEqual(namesOf(checkpoint), [
      "blocks.0.att.receptance.weight",
      "blocks.0.att.w0",
      "blocks.0.att.w1",
      ...["a", "g", "k", "r", "v", "w"].map((mix) => `blocks.0.att.x_${mix}`),
      "blocks.0.ffn.x_k",
      "blocks.0.ln0.weight",
      "emb.weight",
      "head.weight",
    ]);
    const shapeOf = (name: string) => checkpoint.tensors.get(name)?.shape;
    assert.deepEqual([...await readFloat32(checkpoint, "blocks.0.att.w1")], [
      20,
      22,
      24,
      21,
      23,
      25,
    ]);
    assert.deepEqual(shapeOf("blocks.0.att.w1"), [2, 3]);
    assert.deepEqual([...await readFloat32(checkpoint, "blocks.0.att.x_k")], [12, 13]);
    assert.deepEqual(shapeOf("blocks.0.att.x_k"), [1, 1, 2]);
  });

  it("reads transformers' names of RWKV-4 to 6", async () => {
    const checkpoint = withOfficialNames(
      await made({
        "rwkv.embeddings.weight": [1, 2],
        "rwkv.blocks.0.pre_ln.weight": [2],
        "rwkv.blocks.0.attention.key.weight": [2, 2],
        "rwkv.blocks.0.attention.time_mix_receptance": [1, 1, 2],
        "rwkv.blocks.0.attention.time_maa_w1": [2, 5],
        "rwkv.blocks.0.feed_forward.time_mix_key": [1, 1, 2],
        "rwkv.ln_out.bias": [2],
        "head.weight": [1, 2],
      }),
    );
    assert.deepEqual(namesOf(checkpoint), [
      "blocks.0.att.key.weight",
      "blocks.0.att.time_maa_w1",
      "blocks.0.att.time_mix_r",
      "blocks.0.ffn.time_mix_k",
      "blocks.0.ln0.weight",
      "emb.weight",
      "head.weight",
      "ln_out.bias",
    ]);
  });

  it("reads Ai00's version 6: words replaced, the last two axes swapped", async () => {
    const checkpoint = withOfficialNames(
      await made({
        "emb.weight": [1, 2],
        "blocks.0.att.time_mix_x": [1, 1, 2],
        "blocks.0.att.time_mix_w2": [2, 2, 1],
        "blocks.0.att.time_first": [1, 2],
        "blocks.0.att.ln_x.weight": [2],
        "blocks.0.ffn.time_mix_k": [1, 1, 2],
      }),
    );
    assert.deepEqual(namesOf(checkpoint), [
      "blocks.0.att.ln_x.weight",
      "blocks.0.att.time_faaaa",
      "blocks.0.att.time_maa_w2",
      "blocks.0.att.time_maa_x",
      "blocks.0.ffn.time_maa_k",
      "emb.weight",
    ]);
    assert.deepEqual(checkpoint.tensors.get("blocks.0.att.time_maa_w2")?.shape, [2, 1, 2]);
  });

  const foreign: Record<string, [string, string, RegExp]> = {
    "LoRA": ["blocks.0.att.key.lora_A", "adapter", /merge it into its base/],
    "LoRA of Ai00": ["blocks.0.att.key.lora.0", "adapter", /adapter/],
    "Bone": ["blocks.0.att.key.bone", "adapter", /adapter/],
    "PEFT": ["base_model.model.blocks.0.att.key.lora_A.weight", "adapter", /adapter/],
    "a tuned state": ["blocks.0.att.time_state", "state", /not a model/],
    "RWKV-7a": ["blocks.0.ffn.s_emb.weight", "v7a", /RWKV-7a.*use an RWKV-7/],
    "RWKV-7b": ["blocks.0.qkv.qq.weight", "v7b", /RWKV-7b.*use an RWKV-7/],
    "a Transformer": ["model.layers.0.self_attn.q_proj.weight", "transformer", /Transformer/],
  };
  for (const [what, [name, kind, message]] of Object.entries(foreign)) {
    it(`names ${what}, and what to do`, async () => {
      const checkpoint = await made({ [name]: [1, 2, 2] });
      const error = { name: "ForeignFileError", kind, message };
      assert.throws(() => withOfficialNames(checkpoint), error);
    });
  }
});
