import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { CheckpointError } from "../../src/checkpoint/checkpoint_error.ts";
import { assertSound, readAll, smallPth, smallSafetensors } from "./fixtures.ts";

const files = {
  safetensors: smallSafetensors(),
  "stored .pth": await smallPth(),
  "compressed .pth": await smallPth({ compress: true }),
  "zip64 .pth": await smallPth({ zip64: true }),
};

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("a damaged checkpoint", () => {
  for (const [name, bytes] of Object.entries(files)) {
    it(`is refused wherever it is cut: ${name}`, async () => {
      for (let cut = 0; cut < bytes.length; cut++) {
        const rejects = readAll(bytes.subarray(0, cut));
        await assert.rejects(rejects, CheckpointError, `cut at ${cut} of ${bytes.length}`);
      }
    });

    it(`fails with an error of its own, or reads as it says, after bits flip: ${name}`, async () => {
      const seed = Math.floor(Math.random() * 2 ** 32);
      console.info(`bit flips in ${name}: seed ${seed}`);
      const random = randomFrom(seed);
      for (let round = 0; round < 400; round++) {
        const damaged = bytes.slice();
        for (let flips = 1 + Math.floor(random() * 4); flips > 0; flips--) {
          damaged[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
        }
        await assertSound(damaged, `seed ${seed}, round ${round}`);
      }
    });

    it(`fails with an error of its own, or reads as it says, after any byte becomes 255: ${name}`, async () => {
      for (let at = 0; at < bytes.length; at++) {
        await assertSound(bytes.with(at, 0xff), `byte ${at}`);
      }
    });
  }
});
