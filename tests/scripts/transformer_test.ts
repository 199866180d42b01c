import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { cacheBytes, type KvCache, Transformer } from "../../scripts/figures/transformer.ts";
import { loadWebRuntime } from "../../src/engine/ort/web_runtime.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import { maxDifference } from "../engine/goldens.ts";

const SHAPE = { n_layer: 2, n_embd: 128, vocab_size: 300 } as const;

describe("Transformer", () => {
  it("gives the same logits with its cache, token by token and in chunks, as for the whole", async () => {
    await using model = await Transformer.load(SHAPE, await loadWebRuntime(), 1);
    const random = new SeededRandom(4);
    const tokens = Array.from({ length: 70 }, () => Math.floor(random.next() * SHAPE.vocab_size));
    const read = async (lengths: readonly number[]) => {
      let cache: KvCache = model.empty();
      let at = 0;
      let logits = new Float32Array();
      const all: Float32Array[] = [];
      for (const length of lengths) {
        ({ logits, cache } = await model.forward(tokens.slice(at, at + length), cache) as {
          logits: Float32Array<ArrayBuffer>;
          cache: KvCache;
        });
        at += length;
        all.push(logits);
      }
      assert.equal(cacheBytes(cache), at * SHAPE.n_layer * 2 * SHAPE.n_embd * 4);
      return all;
    };
    const steps = await read(tokens.map(() => 1));
    for (const length of [1, 2, 17, 70]) {
      const [whole] = await read([length]);
      const difference = maxDifference(steps[length - 1]!, whole!);
      assert.ok(difference <= 1e-4, `${length} tokens: off by ${difference}`);
    }
    const chunks = await read([20, 1, 49]);
    assert.ok(maxDifference(chunks[2]!, steps[69]!) <= 1e-4);
    assert.ok(maxDifference(steps[0]!, steps[69]!) > 0.1); // it looks at its input
  });

  it("looks at what came before, and not at what comes after", async () => {
    await using model = await Transformer.load(SHAPE, await loadWebRuntime(), 1);
    const { logits: one } = await model.forward([1, 2, 3], model.empty());
    const { logits: other } = await model.forward([9, 2, 3], model.empty());
    assert.ok(maxDifference(one, other) > 1e-3);
    const first = await model.forward([1], model.empty());
    const both = await model.forward([1, 2], model.empty());
    // The key of the first token is that of the first token alone.
    for (const name of ["key_1", "value_1"]) {
      const alone = first.cache[name]!.data as Float32Array;
      const { data, dims } = both.cache[name]!;
      const heads = Array.from({ length: dims[1]! }, (_, h) => {
        const start = h * 2 * dims[3]!;
        return [...(data as Float32Array).subarray(start, start + dims[3]!)];
      }).flat();
      assert.ok(maxDifference(heads, alone) <= 1e-5);
    }
  });
});
