import assert from "node:assert/strict";
import { it } from "@std/testing/bdd";
import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { findProgram, inArm64, inNode, makeFolder } from "./runtimes.ts";

/** Small: the emulator takes twenty times as long as the machine. */
const SIZES = {
  ...{ V: 4001, D: 96, F: 160, H: 4, N: 24, M: 32, "5M": 160, R: 32 },
  ...{ dw: 32, da: 64, dv: 32, dg: 96 },
};

const emulator = await findProgram("emulator of ARM64", ["qemu-aarch64"]);

// I1: same tokens, same numbers, wherever they are computed.
it("The SIMD engine gives the same bits on ARM64", { ignore: emulator === undefined }, async () => {
  const folder = await makeFolder(
    new RandomCheckpoint({ version: "7", n_layer: 2, sizes: SIZES }),
  );
  try {
    assert.deepEqual(await inArm64(emulator!, folder), await inNode("node", folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
