import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { expectedTensors, inferModelConfig } from "../../src/rwkv/model_config.ts";
import { UnsupportedModelError } from "../../src/rwkv/unsupported_model_error.ts";
import type { Dimension } from "../../src/rwkv/parameters.ts";
import { RWKV_VERSIONS, type RwkvVersion } from "../../src/state/layout.ts";

type Sizes = Record<Dimension, number>;

const SIZES: Sizes = {
  V: 50,
  D: 12,
  F: 20,
  H: 3,
  N: 4,
  M: 2,
  "5M": 10,
  R: 5,
  dw: 6,
  da: 7,
  dv: 8,
  dg: 9,
};

/** The shapes of a checkpoint of the given version. Vectors have leading dimensions of 1, as in official checkpoints. */
function shapesOf(version: RwkvVersion, sizes = SIZES, layers = 2) {
  const shapes = new Map<string, { shape: number[] }>();
  for (const { name, parameter: { kind, dims } } of expectedTensors(version, layers)) {
    const shape = dims.map((dim) => sizes[dim]);
    if (kind === "matrices") shape.unshift(5);
    if (/time_m|x_[rwkvag]$|[wav]0$/.test(name) && kind === "vector") shape.unshift(1, 1);
    shapes.set(name, { shape });
  }
  return shapes;
}

describe("inferModelConfig", () => {
  for (const version of RWKV_VERSIONS) {
    it(`infers version ${version} and its sizes from the shapes`, () => {
      const config = inferModelConfig(shapesOf(version));
      assert.equal(config.version, version);
      assert.equal(config.n_layer, 2);
      assert.equal(config.n_embd, 12);
      assert.equal(config.vocab_size, 50);
      assert.equal(config.head_size, version === "4" ? 0 : 4);
      assert.equal(config.sizes.F, 20);
    });

    it(`names a missing, unknown or misshapen tensor of version ${version}`, () => {
      for (const { name, parameter } of expectedTensors(version, 2)) {
        if (parameter.optional || /ln1\.weight/.test(name)) continue;
        const without = shapesOf(version);
        without.delete(name);
        const detection = /r_k$|time_maa_x$|time_decay$|att\.ln_x/.test(name);
        assert.throws(
          () => inferModelConfig(without),
          (error) =>
            error instanceof UnsupportedModelError && (detection || error.message.includes(name)),
          name,
        );

        const wrong = shapesOf(version);
        wrong.set(name, { shape: [...wrong.get(name)!.shape, 2] });
        assert.throws(() => inferModelConfig(wrong), UnsupportedModelError, name);
      }
      const extra = shapesOf(version).set("blocks.0.att.surprise", { shape: [1] });
      assert.throws(() => inferModelConfig(extra), /blocks\.0\.att\.surprise is not a tensor/);
    });
  }

  it("accepts a single head, whose tensors have leading dimensions of size 1", () => {
    for (const version of ["5.2", "6", "7"] as const) {
      const config = inferModelConfig(shapesOf(version, { ...SIZES, H: 1, N: 12 }));
      assert.deepEqual([config.version, config.head_size], [version, 12]);
    }
  });

  it("accepts missing value residual gates in block 0, and missing gates in RWKV-5.1", () => {
    const seven = shapesOf("7");
    for (const name of ["v0", "v1", "v2"]) seven.delete(`blocks.0.att.${name}`);
    assert.equal(inferModelConfig(seven).version, "7");
    const five = shapesOf("5.1");
    for (const name of ["gate.weight", "time_mix_g"]) {
      for (const layer of [0, 1]) five.delete(`blocks.${layer}.att.${name}`);
    }
    assert.equal(inferModelConfig(five).version, "5.1");
  });

  it("rejects other architectures, RWKV with DeepEmbed, and hybrids", () => {
    assert.throws(() => inferModelConfig(new Map()), UnsupportedModelError);
    assert.throws(
      () =>
        inferModelConfig(new Map([["model.layers.0.self_attn.q_proj.weight", { shape: [4, 4] }]])),
      UnsupportedModelError,
    );
    const deep = shapesOf("7").set("blocks.0.ffn.s_emb.weight", { shape: [50, 12] });
    assert.throws(() => inferModelConfig(deep), /DeepEmbed/);
    const hybrid = shapesOf("7").set("blocks.0.qkv.weight", { shape: [50, 12] });
    assert.throws(() => inferModelConfig(hybrid), /hybrids/);
  });

  it("rejects inconsistent sizes", () => {
    assert.throws(() => inferModelConfig(shapesOf("7", { ...SIZES, H: 2 })), /2 heads of size 4/);
    assert.throws(() => inferModelConfig(shapesOf("6", { ...SIZES, "5M": 11 })), /11 columns/);
  });
});
