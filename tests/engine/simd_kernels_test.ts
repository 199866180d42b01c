import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { compileKernels, KERNELS } from "../../scripts/kernels/compile.ts";
import { Arena } from "../../src/engine/simd/arena.ts";
import { instantiateKernels, loadKernels, type Unary } from "../../src/engine/simd/kernels.ts";
import { packRowsInt8 } from "../../src/engine/simd/pack_rows.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
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

describe("linearI8", () => {
  // Four rows and 32 columns; five tokens make pairs and a single one.
  const [outputs, columns, tokens] = [4, 32, 5];
  const random = new SeededRandom(2);
  const numbers = (length: number, scale: number) =>
    Float32Array.from({ length }, () => scale * (random.next() - 0.5));

  it("gives exact sums of the rounded numbers, in their units", async () => {
    const kernels = await instantiateKernels(await loadKernels());
    kernels.memory.grow(1);
    const { buffer } = kernels.memory;
    const packed = new Int8Array(buffer, 1024, outputs * columns);
    const scales = new Float32Array(buffer, 2048, outputs);
    const W = numbers(outputs * columns, 2);
    packRowsInt8(W, packed, scales, { outputs, inputs: columns, transposed: false });
    const x = new Float32Array(buffer, 4096, tokens * columns);
    x.set(numbers(x.length, 10));
    const rowBytes = columns * 2 + 16;
    kernels.quantize(8192, rowBytes, 4096, columns * 4, 8191, tokens, columns * 4);
    kernels.linearI8(
      ...[16_384, outputs * 4, 1024, 2048, 1] as const,
      ...[8192, rowBytes, columns, tokens] as const,
    );
    const y = new Float32Array(buffer, 16_384, tokens * outputs);
    for (let token = 0; token < tokens; token++) {
      const q = new Int16Array(buffer, 8192 + token * rowBytes, columns);
      const [unit] = new Float32Array(buffer, 8192 + token * rowBytes + columns * 2, 1);
      assert.equal(Math.max(...q.map(Math.abs)), 8191);
      for (let row = 0; row < outputs; row++) {
        let [sum, exact] = [0, 0];
        for (let column = 0; column < columns; column++) {
          const w = W[row * columns + column]!;
          exact += w * x[token * columns + column]!;
          sum += Math.round(w / scales[row]!) * q[column]!;
        }
        const actual = y[token * outputs + row]!;
        const expected = Math.fround(Math.fround(Math.fround(sum) * scales[row]!) * unit!);
        assert.ok(Math.abs(actual - expected) <= 1e-6 * Math.abs(expected));
        assert.ok(Math.abs(actual - exact) < 0.3, `${actual} is not near ${exact}`);
      }
    }
  });

  it("keeps what is no number", async () => {
    const kernels = await instantiateKernels(await loadKernels());
    kernels.memory.grow(1);
    const x = new Float32Array(kernels.memory.buffer, 4096, columns);
    for (const value of [NaN, Infinity, -Infinity]) {
      x.fill(1).fill(value, 3, 4);
      kernels.quantize(8192, 80, 4096, columns * 4, 8191, 1, columns * 4);
      const [unit] = new Float32Array(kernels.memory.buffer, 8192 + columns * 2, 1);
      assert.ok(!Number.isFinite(unit), `${value}`);
    }
  });
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
