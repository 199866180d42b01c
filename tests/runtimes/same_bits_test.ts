import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { OutlierCheckpoint } from "../../scripts/eval/outlier_checkpoint.ts";
import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { WEIGHT_FORMATS } from "../../src/engine/simd/weight_format.ts";
import { BROWSERS, inBrowser } from "./browser.ts";
import { readHashes } from "./read_hashes.ts";
import { findProgram, inNode, inWorkerd, makeFolder } from "./runtimes.ts";

const VERSIONS = ["4", "6", "7"] as const;

/** Small, and with rows that each type of weights has kernels for. */
const SIZES = {
  ...{ V: 4001, D: 96, F: 160, H: 4, N: 24, M: 32, "5M": 160, R: 32 },
  ...{ dw: 32, da: 64, dv: 32, dg: 96 },
};

/**
 * RWKV-7 has outlier channels, and rows of enough blocks for them; the factor leaves weights in bfloat16. It leaves out what is
 * multiplied with 0, in a matrix that is large enough for that. RWKV-4 begins so, and gives it up, since there are too few.
 */
function modelOf(version: (typeof VERSIONS)[number]): Checkpoint {
  switch (version) {
    case "4":
      return new RandomCheckpoint({ version, n_layer: 1, sizes: { ...SIZES, F: 11_264 } }, "half");
    case "6":
      return new RandomCheckpoint({ version, n_layer: 2, sizes: SIZES });
    case "7": {
      const sizes = { ...SIZES, D: 256, N: 64, F: 4096 };
      const model = new RandomCheckpoint({ version, n_layer: 2, sizes });
      return new OutlierCheckpoint(model, { kind: "scaled", factor: 64, seed: 1 });
    }
  }
}

const node = await findProgram("Node.js", ["node"]);
const browser = await findProgram("Chromium", BROWSERS);

// I1: same tokens, same numbers, wherever they are computed.
for (const version of VERSIONS) {
  describe(`The SIMD engine gives the same bits of RWKV-${version}`, () => {
    let folder: string;
    let expected: Record<string, string>;

    const inDeno = async (build: string) => {
      const [bytes, code, kernels] = await Promise.all(
        ["model.safetensors", "kernels.wasm", build].map((file) =>
          Deno.readFile(`${folder}/${file}`)
        ),
      );
      const module = new WebAssembly.Module(kernels!);
      return await readHashes({ model: bytes!, code: code!, kernels: module });
    };

    beforeAll(async () => {
      folder = await makeFolder(modelOf(version));
      expected = await inDeno("kernels.wasm");
    });

    afterAll(async () => await Deno.remove(folder, { recursive: true }));

    it("in every split and batch, and others with each type of weights", () => {
      const seen = new Set<string>();
      for (const weights of WEIGHT_FORMATS) {
        const all = Object.entries(expected).filter(([what]) => what.startsWith(`${weights}: `));
        const engine = expected[`${weights}: engine`]!;
        const hashes = all.map(([, hash]) => hash).filter((hash) => hash !== engine);
        assert.equal(hashes.length, 6);
        assert.equal(new Set(hashes).size, 1, `${weights}: ${JSON.stringify(all, null, 2)}`);
        seen.add(hashes[0]!).add(engine);
      }
      // The weights are bfloat16, so that f32 and bf16 differ in nothing but their engine.
      assert.equal(seen.size, 2 * WEIGHT_FORMATS.length - 1);
    });

    it("on Deno with the relaxed kernels", async () => {
      assert.deepEqual(await inDeno("kernels_relaxed.wasm"), expected);
    });

    it("on workerd", async () => {
      assert.deepEqual(await inWorkerd(folder), expected);
    });

    it("on Node.js", { ignore: node === undefined }, async () => {
      assert.deepEqual(await inNode(node!, folder), expected);
    });

    it("in a browser", { ignore: browser === undefined }, async () => {
      assert.deepEqual(await inBrowser(browser!, folder), expected);
    });
  });
}
