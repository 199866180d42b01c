import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { compileKernels, KERNELS } from "../../scripts/kernels/compile.ts";
import { Arena } from "../../src/engine/simd/arena.ts";
import { instantiateKernels, loadKernels, type Unary } from "../../src/engine/simd/kernels.ts";
import { OutOfMemoryError } from "../../src/engine/simd/out_of_memory_error.ts";

describe("kernels.wasm", () => {
  it("is what deno task kernels makes of the sources", async () => {
    assert.deepEqual(await Deno.readFile(KERNELS), await compileKernels());
  });
});

describe("kernels", () => {
  const functions = {
    exp: Math.exp,
    tanh: Math.tanh,
    sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
    silu: (x: number) => x / (1 + Math.exp(-x)),
    reluSquared: (x: number) => Math.max(x, 0) ** 2,
  } as const;

  for (const [name, expected] of Object.entries(functions)) {
    it(`${name} is right to a few units of the last place, and at the ends`, async () => {
      const kernels = await instantiateKernels(await loadKernels());
      kernels.memory.grow(1);
      const kernel = kernels[name as keyof typeof functions] as Unary;
      const ends = [0, -0, 88.6, -86.5, -200, 1e30, -1e30, Infinity, -Infinity, NaN];
      const inputs = Float32Array.from({ length: 4000 }, (_, i) => ends[i] ?? (i - 2000) / 25);
      const x = new Float32Array(kernels.memory.buffer, 64, inputs.length);
      const y = new Float32Array(kernels.memory.buffer, 32_768, inputs.length);
      x.set(inputs);
      kernel(y.byteOffset, x.byteOffset, 0, 1, x.byteLength);
      for (const [i, input] of inputs.entries()) {
        const wanted = Math.fround(expected(input));
        const error = Math.abs(y[i]! - wanted);
        // Below the normal numbers, 0 will do. What is near 0 need not have all its digits: it is added to something.
        const allowed = 5e-7 * Math.abs(wanted) + (name === "exp" ? 2e-38 : 1e-7);
        assert.ok(Object.is(y[i], wanted) || error <= allowed, `${name}(${input}) is ${y[i]}`);
      }
    });
  }
});

describe("Arena", () => {
  it("leaves the memory as it was if it cannot be had", () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 2 });
    const arena = new Arena();
    arena.take(65_536);
    arena.commit(memory);
    assert.equal(memory.buffer.byteLength, 2 * 65_536);
    arena.take(65_536);
    assert.throws(() => arena.commit(memory), OutOfMemoryError);
    assert.equal(memory.buffer.byteLength, 2 * 65_536);
  });
});
