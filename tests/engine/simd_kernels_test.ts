import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { compileKernels, KERNELS, SOURCES } from "../../scripts/kernels/compile.ts";
import { generatedSources } from "../../scripts/kernels/generate.ts";
import { Arena } from "../../src/engine/simd/arena.ts";
import { toFloat32 } from "../../src/checkpoint/to_float32.ts";
import {
  instantiateKernels,
  type Kernels,
  type KernelsBuild,
  loadKernels,
} from "../../src/engine/simd/kernels.ts";
import { NUMBER_TYPE } from "../../src/engine/simd/number_type.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";
import { stepBytes, stepOf, writeSteps } from "../../src/engine/simd/steps.ts";
import { restoreRows } from "../../src/engine/simd/restore_rows.ts";
import { type SparseMatrix, Weights } from "../../src/engine/simd/weights.ts";
import { OutOfMemoryError } from "../../src/engine/simd/out_of_memory_error.ts";

describe("the generated sources", () => {
  it("are what deno task kernels makes of the table", async () => {
    for (const [name, source] of Object.entries(generatedSources())) {
      assert.equal(await Deno.readTextFile(new URL(name, SOURCES)), source, name);
    }
  });
});

describe("the compiled kernels", () => {
  for (const { build, output } of KERNELS) {
    it(`are what deno task kernels makes of the sources, ${build}`, async () => {
      assert.deepEqual(await Deno.readFile(output), await compileKernels(build));
    });
  }
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
      const kernel = kernels[name as keyof typeof functions];
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

const random = new SeededRandom(2);

function randomNumbers(length: number, scale: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, () => scale * (random.next() - 0.5));
}

/** From -max to max. */
function randomInteger(max: number): number {
  return Math.round(max * (2 * random.next() - 1));
}

/** Kernels with memory. */
async function kernelsWithMemory(build: KernelsBuild): Promise<Kernels & { buffer: ArrayBuffer }> {
  const kernels = await instantiateKernels(await loadKernels(build));
  kernels.memory.grow(4);
  return { ...kernels, buffer: kernels.memory.buffer as ArrayBuffer };
}

const BUILDS: readonly KernelsBuild[] = ["plain", "relaxed"];

describe("execute", () => {
  for (const build of BUILDS) {
    it(`calls the ${build} kernels that steps name, one after the other`, async () => {
      const kernels = await kernelsWithMemory(build);
      const row = (address: number) => new Float32Array(kernels.buffer, address, 4);
      row(64).set([1, 2, 3, 4]);
      row(80).set([10, 20, 30, 40]);
      const steps = [
        stepOf("sub", { y: 96, a: [80, 16], b: [64, 16], count: 1, bytes: 16 }),
        stepOf("scale", { y: 112, x: [96, 16], factor: 0.5, count: 1, bytes: 16 }),
        stepOf("mul", { y: 128, a: [112, 16], b: [64, 16], count: 1, bytes: 16 }),
      ];
      const middle = writeSteps(kernels.memory, 4096, steps.slice(0, 2));
      const end = writeSteps(kernels.memory, middle, steps.slice(2));
      assert.equal(end - 4096, stepBytes(steps));
      kernels.execute(4096, middle);
      assert.deepEqual([...row(112), ...row(128)], [4.5, 9, 13.5, 18, 0, 0, 0, 0]);
      kernels.execute(middle, end);
      assert.deepEqual([...row(128)], [4.5, 18, 40.5, 72]);
    });
  }
});

describe("widen", () => {
  it("reads every type as toFloat32 does, bit by bit", async () => {
    const { widen, buffer } = await kernelsWithMemory("plain");
    const halves = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const numbers = [0, -0, 1, -1.5, 1e300, -1e-300, 1 + 2 ** -24, 1 + 2 ** -23, Infinity, NaN];
    const cases = [
      ["F16", new Uint8Array(halves.buffer)],
      ["BF16", new Uint8Array(halves.buffer)],
      ["F64", new Uint8Array(Float64Array.from(numbers).buffer)],
      ["F32", new Uint8Array(Float32Array.from(numbers).buffer)],
    ] as const;
    for (const [dtype, bytes] of cases) {
      const expected = toFloat32(bytes, dtype);
      for (let at = 0; at < expected.length; at += 8192) {
        const wanted = expected.subarray(at, at + 8192);
        const size = bytes.length / expected.length;
        const part = bytes.subarray(at * size, (at + wanted.length) * size);
        new Uint8Array(buffer, 64, part.length).set(part);
        widen(131_072, 64, wanted.length, NUMBER_TYPE[dtype]);
        const actual = new Float32Array(buffer, 131_072, wanted.length);
        const wrong = actual.findIndex((x, i) => !Object.is(x, wanted[i]));
        assert.equal(wrong, -1, `${dtype} ${at + wrong}: ${actual[wrong]}, not ${wanted[wrong]}`);
      }
    }
  });
});

describe("packF32", () => {
  it("interleaves rows of four columns in groups of four", async () => {
    const { packF32, transpose, buffer } = await kernelsWithMemory("plain");
    const x = new Float32Array(buffer, 64, 5 * 8);
    x.set(x.map((_, i) => i));
    packF32(4096, 64, 5, 8);
    const group = new Float32Array(buffer, 4096, 64);
    assert.deepEqual([...group.subarray(0, 8)], [0, 1, 2, 3, 8, 9, 10, 11]);
    assert.deepEqual([...group.subarray(16, 20)], [4, 5, 6, 7]);
    assert.deepEqual([...group.subarray(32, 40)], [32, 33, 34, 35, 0, 0, 0, 0]);

    transpose(8192, 64, 5, 8);
    const y = new Float32Array(buffer, 8192, 40);
    assert.ok(y.every((value, i) => value === (i % 5) * 8 + Math.floor(i / 5)));
  });
});

describe("packBf16 and linearBf16", () => {
  it("round to the nearest bfloat16, the even one of two, and give the bits of linearF32", async () => {
    const { packBf16, packF32, linearBf16, linearF32, buffer } = await kernelsWithMemory("plain");
    const bits = (x: number) => new Uint32Array(Float32Array.of(x).buffer)[0]!;
    const float = (bits: number) => new Float32Array(Uint32Array.of(bits).buffer)[0]!;
    const cases: [given: number, wanted: number][] = [
      [1, 1],
      [float(0x3f80_8000), 1],
      [float(0x3f81_8000), float(0x3f82_0000)],
      [float(0x3f80_8001), float(0x3f81_0000)],
      [-float(0x3f80_7fff), -1],
      [float(0x7f7f_ffff), Infinity],
      [-Infinity, -Infinity],
      [float(0x7f80_0001), NaN],
    ];
    const x = new Float32Array(buffer, 1024, 8);
    x.set(cases.map(([given]) => given));
    packBf16(4096, 1024, 1, 8);
    const packed = new Uint32Array(buffer, 4096, 4);
    const rounded = [...packed].map((pair) => float(pair << 16))
      .concat([...packed].map((pair) => float(pair & 0xffff_0000)));
    assert.deepEqual(rounded, cases.map(([, wanted]) => wanted));

    const [outputs, columns, tokens] = [12, 40, 5];
    const W = new Float32Array(buffer, 65_536, outputs * columns);
    W.set(randomNumbers(W.length, 2).map((w) => float(bits(w) & 0xffff_0000)));
    const inputs = new Float32Array(buffer, 1024, tokens * columns);
    inputs.set(randomNumbers(inputs.length, 3));
    packF32(131_072, W.byteOffset, outputs, columns);
    packBf16(196_608, W.byteOffset, outputs, columns);
    const rest = [outputs / 4, 1024, columns * 4, columns * 4, tokens] as const;
    linearF32(16_384, outputs * 4, 131_072, ...rest);
    linearBf16(32_768, outputs * 4, 196_608, ...rest);
    const expected = new Float32Array(buffer, 16_384, tokens * outputs);
    assert.deepEqual(new Float32Array(buffer, 32_768, tokens * outputs), expected);
    assert.ok(expected.every((y) => y !== 0));
  });
});

for (const build of BUILDS) {
  describe(`linearI4, ${build}`, () => {
    // Two groups of eight rows, of which the last has three, and 96 columns; seven tokens make fours and single ones.
    const [outputs, columns, tokens] = [11, 96, 7];
    const rowBytes = columns * 2 + columns / 4;
    const yStep = 4 * Math.ceil(outputs / 4) * 4;

    /** Packs W, rounds x and multiplies. */
    async function multiply(W: ArrayLike<number>, x: ArrayLike<number>): Promise<number[][]> {
      const kernels = await kernelsWithMemory(build);
      const { packI4, quantizeGroups, linearI4, buffer } = kernels;
      new Float32Array(buffer, 65_536, W.length).set(W);
      new Float32Array(buffer, 4096, x.length).set(x);
      packI4(131_072, 65_536, outputs, columns);
      quantizeGroups(16_384, rowBytes, 4096, columns * 4, tokens, columns * 4);
      const groups = Math.ceil(outputs / 4);
      linearI4(32_768, yStep, 131_072, groups, 16_384, rowBytes, columns, tokens);
      return Array.from({ length: tokens }, (_, i) => {
        return [...new Float32Array(buffer, 32_768 + i * yStep, outputs)];
      });
    }

    it("gives exact sums", async () => {
      // Whole numbers from -8 to 7, and from -127 to 127 where both ends are taken: nothing is lost.
      const W = Array.from({ length: outputs * columns }, (_, i) => {
        return i % 32 === 5 ? -8 : Math.round(15 * random.next()) - 8;
      });
      const x = Array.from({ length: tokens * columns }, (_, i) => {
        return (i % 32 === 9 ? 127 : randomInteger(127)) / 64;
      });
      const y = await multiply(W, x);
      for (let token = 0; token < tokens; token++) {
        for (let output = 0; output < outputs; output++) {
          let sum = 0;
          for (let column = 0; column < columns; column++) {
            sum += W[output * columns + column]! * x[token * columns + column]!;
          }
          assert.equal(y[token]![output], sum, `token ${token}, output ${output}`);
        }
      }
    });

    it("rounds what it is given to what is near", async () => {
      const W = randomNumbers(outputs * columns, 2);
      const x = randomNumbers(tokens * columns, 10);
      const y = await multiply(W, x);
      let [errors, squares] = [0, 0];
      for (let i = 0; i < tokens * outputs; i++) {
        const [token, output] = [Math.floor(i / outputs), i % outputs];
        const row = W.subarray(output * columns, (output + 1) * columns);
        const exact = row.reduce((sum, w, column) => sum + w * x[token * columns + column]!, 0);
        errors += (y[token]![output]! - exact) ** 2;
        squares += exact ** 2;
      }
      // Weights are off by a step's length over the root of 12, of which the whole range has 15 or 16.
      const relative = Math.sqrt(errors / squares);
      assert.ok(relative < 0.08, `off by ${relative}`);
    });

    it("takes groups of zeros, of the least numbers and of the largest", async () => {
      for (const size of [0, 1e-44, 1e-20, 1e30]) {
        const W = Array.from({ length: outputs * columns }, (_, i) => i % 3 === 0 ? -size : size);
        const y = await multiply(W, Array<number>(tokens * columns).fill(1));
        for (const [output, value] of y[0]!.entries()) {
          let sum = 0;
          for (let i = 0; i < columns; i++) sum += W[output * columns + i]!;
          const error = Math.abs(value - sum);
          // What is below 1e-30 may be taken for 0.
          assert.ok(error <= 0.1 * columns * size + columns * 1e-30, `${value} is not near ${sum}`);
        }
      }
    });

    it("keeps what is no number", async () => {
      const ones = Array<number>(outputs * columns).fill(1);
      for (const value of [NaN, Infinity, -Infinity]) {
        const broken = await multiply(ones.with(2 * columns + 40, value), ones.slice(0, columns));
        assert.deepEqual(
          broken[0]!.map(Number.isNaN),
          ones.slice(0, outputs).map((_, i) => i === 2),
        );
        const x = Array<number>(tokens * columns).fill(1).with(columns + 3, value);
        const y = await multiply(ones, x);
        assert.deepEqual(y.map((row) => row.every(Number.isNaN)), y.map((_, i) => i === 1));
      }
    });
  });
}

for (const build of BUILDS) {
  describe(`linearI8, ${build}`, () => {
    // Three groups of rows and an odd number of 16 columns; seven tokens make a four, a pair and a single one.
    const [outputs, columns, tokens] = [11, 48, 7];
    const rowBytes = columns * 2 + 16;
    const yStep = 4 * Math.ceil(outputs / 4) * 4;

    /** Packs W, rounds x and multiplies. */
    async function multiply(W: ArrayLike<number>, x: ArrayLike<number>): Promise<number[][]> {
      const { packI8, quantize, linearI8, buffer } = await kernelsWithMemory(build);
      const count = x.length / columns;
      const groups = Math.ceil(outputs / 4);
      new Float32Array(buffer, 65_536, W.length).set(W);
      new Float32Array(buffer, 4096, x.length).set(x);
      packI8(131_072, 2048, 2048 + 16 * groups, 65_536, outputs, columns);
      quantize(16_384, rowBytes, 4096, columns * 4, count, columns * 4);
      const rows = [16_384, rowBytes, columns, count] as const;
      linearI8(32_768, yStep, 131_072, 2048, groups, ...rows, 0, groups);
      return Array.from({ length: count }, (_, i) => {
        return [...new Float32Array(buffer, 32_768 + i * yStep, outputs)];
      });
    }

    function expected(W: ArrayLike<number>, x: ArrayLike<number>): number[][] {
      return Array.from(
        { length: x.length / columns },
        (_, token) =>
          Array.from({ length: outputs }, (_, output) => {
            let sum = 0;
            for (let i = 0; i < columns; i++) {
              sum += W[output * columns + i]! * x[token * columns + i]!;
            }
            return sum;
          }),
      );
    }

    /** Whole numbers of 8 bits, of which each row has the largest. */
    const wholeWeights = () =>
      Array.from(
        { length: outputs * columns },
        (_, i) => i % columns === 5 ? -127 : randomInteger(127),
      );

    for (
      const [name, low, high] of [
        ["on both sides of 0", -60, 67],
        ["none of them negative", 0, 127],
        ["none of them positive", -127, 0],
      ] as const
    ) {
      it(`gives exact sums of numbers ${name}`, async () => {
        // Whole numbers whose range is that of the digits: nothing is lost.
        const x = Array.from({ length: tokens * columns }, (_, i) => {
          const ends = [low, high];
          return (ends[i % columns - 9] ?? low + Math.floor(random.next() * (high - low + 1))) / 64;
        });
        const W = wholeWeights();
        assert.deepEqual(await multiply(W, x), expected(W, x));
      });
    }

    it("gives a token the same in whatever company", async () => {
      const W = randomNumbers(outputs * columns, 2);
      const x = randomNumbers(tokens * columns, 10);
      const together = await multiply(W, x);
      for (let count = 1; count < tokens; count++) {
        const parts = [
          ...await multiply(W, x.subarray(0, count * columns)),
          ...await multiply(W, x.subarray(count * columns)),
        ];
        assert.deepEqual(parts, together, `${count} of them, and the rest`);
      }
    });

    it("rounds to the nearest digit, whatever the range", async () => {
      const unitRow = (i: number) => Array.from({ length: columns }, (_, at) => at === i ? 1 : 0);
      // Each output reads one column.
      const W = Array.from({ length: outputs }, (_, i) => unitRow(i)).flat();
      for (const size of [1e-25, 1, 1e30]) {
        for (const offset of [-1, -0.5, -0.1, 0]) {
          const x = Array.from({ length: tokens * columns }, (_, i) => {
            const at = i % columns;
            return size * (at === 12 ? offset : at === 13 ? 1 + offset : random.next() + offset);
          });
          const most = 0.5001 * size / 127;
          for (const [token, row] of (await multiply(W, x)).entries()) {
            for (const [i, y] of row.entries()) {
              const given = Math.fround(x[token * columns + i]!);
              assert.ok(Math.abs(y - given) <= most, `${y} is not near ${given}, of ${size}`);
            }
          }
        }
      }
    });

    it("takes the sides of a range that is the same to both, where both ends round up", async () => {
      const W = wholeWeights();
      const x = Array.from({ length: columns }, (_, i) => i % 2 === 0 ? 63.5 : -63.5);
      const [y] = await multiply(W, x);
      const [exact] = expected(W, x);
      for (let i = 0; i < outputs; i++) {
        // Each digit is half a unit off at the most.
        const row = W.slice(i * columns, (i + 1) * columns);
        const most = row.reduce((sum, w) => sum + Math.abs(w) / 2, 0);
        assert.ok(Math.abs(y![i]! - exact![i]!) <= most, `${y![i]} is not near ${exact![i]}`);
      }
    });

    it("makes nothing of zeros, and of numbers that are as good as none", async () => {
      for (const value of [0, -0, 1e-40]) {
        const x = Array<number>(columns).fill(value);
        assert.ok((await multiply(wholeWeights(), x))[0]!.every((y) => Math.abs(y) === 0));
      }
    });

    it("keeps what is no number, and what is too large", async () => {
      for (const value of [NaN, Infinity, -Infinity, 3e38]) {
        const x = Array<number>(tokens * columns).fill(-1).fill(-3e38, columns, columns + 1)
          .with(columns + 3, value);
        const y = await multiply(wholeWeights(), x);
        // The others are not touched.
        assert.deepEqual(y.map((row) => row.every(Number.isNaN)), y.map((_, i) => i === 1));
        const W = wholeWeights().map(Number).with(2 * columns + 3, value === 3e38 ? NaN : value);
        const broken = await multiply(W, x.slice(0, columns));
        assert.deepEqual(broken[0]!.map(Number.isFinite), broken[0]!.map((_, i) => i !== 2));
      }
    });
  });
}

describe("linearI8", () => {
  it("gives the same bits in both builds, for rows and tokens of any number", async () => {
    const [outputs, columns, tokens] = [20, 272, 9];
    const W = randomNumbers(outputs * columns, 2);
    const x = randomNumbers(tokens * columns, 10).map((value, i) => value * (i % 7 === 0 ? 9 : 1));
    const results = [];
    for (const build of BUILDS) {
      const { packI8, quantize, linearI8, buffer } = await kernelsWithMemory(build);
      new Float32Array(buffer, 65_536, W.length).set(W);
      new Float32Array(buffer, 4096, x.length).set(x);
      packI8(131_072, 1024, 1024 + 4 * outputs, 65_536, outputs, columns);
      const rowBytes = columns * 2 + 16;
      quantize(196_608, rowBytes, 4096, columns * 4, tokens, columns * 4);
      const rows = [196_608, rowBytes, columns, tokens] as const;
      linearI8(32_768, outputs * 4, 131_072, 1024, outputs / 4, ...rows, 0, outputs / 4);
      results.push(new Uint32Array(buffer, 32_768, tokens * outputs));
    }
    assert.deepEqual(results[0], results[1]);
    assert.ok(results[0]!.every((bits) => bits !== 0));
  });
});

describe("linearI8 of outliers", () => {
  // Sixteen blocks of columns, of which four may be outliers; tokens make a four, a pair and a single one.
  const [outputs, columns, tokens] = [12, 256, 7];
  const rowBytes = columns * 2 + 16;

  async function multiply(
    build: KernelsBuild,
    W: ArrayLike<number>,
    x: ArrayLike<number>,
  ): Promise<Float32Array<ArrayBuffer>> {
    const { packI8, quantize, linearI8, buffer } = await kernelsWithMemory(build);
    new Float32Array(buffer, 65_536, W.length).set(W);
    new Float32Array(buffer, 4096, x.length).set(x);
    packI8(131_072, 1024, 1024 + 4 * outputs, 65_536, outputs, columns);
    const count = x.length / columns;
    quantize(196_608, rowBytes, 4096, columns * 4, count, columns * 4);
    const rows = [196_608, rowBytes, columns, count] as const;
    linearI8(32_768, outputs * 4, 131_072, 1024, outputs / 4, ...rows, 0, outputs / 4);
    return new Float32Array(buffer, 32_768, count * outputs).slice();
  }

  /** Rows of W that each hold the largest of 8 bits. */
  const wholeWeights = () => {
    return Array.from(
      { length: outputs * columns },
      (_, i) => i % columns ? randomInteger(127) : 127,
    );
  };

  function exact(W: readonly number[], x: readonly number[]): number[] {
    return Array.from({ length: x.length / columns * outputs }, (_, i) => {
      const [token, output] = [Math.floor(i / outputs), i % outputs];
      let sum = 0;
      for (let at = 0; at < columns; at++) {
        sum += W[output * columns + at]! * x[token * columns + at]!;
      }
      return sum;
    });
  }

  for (const build of BUILDS) {
    it(`gives exact sums, ${build}`, async () => {
      // The largest number is as many times the others as the digits of outliers allow; it is 8,128 units.
      const W = wholeWeights();
      const x = Array.from({ length: tokens * columns }, (_, i) => {
        const [token, at] = [Math.floor(i / columns), i % columns];
        if (at === 40 + token) return token % 2 ? 8128 : -8128;
        // Below zero and above it in one block, and in each of two more.
        if (at === 45 || at === 100 || at === 255) return randomInteger(8000);
        return randomInteger(63);
      });
      assert.deepEqual([...await multiply(build, W, x)], exact(W, x));
    });

    it(`loses little of all other numbers, ${build}`, async () => {
      const W = wholeWeights();
      for (const factor of [4.5, 10, 50, 100, 1e6]) {
        const x = [...randomNumbers(columns, 2)].map((value, i) => i % 64 === 3 ? factor : value);
        const y = exact(W, x);
        const got = await multiply(build, W, x);
        // Half a unit each, of which there are 63 to the largest of the others, or 8,128 to an outlier.
        const unit = Math.max(1 / 63, factor / 8128);
        const most = 127 * Math.sqrt(columns) * unit;
        for (let i = 0; i < outputs; i++) {
          assert.ok(Math.abs(got[i]! - y[i]!) <= most, `${got[i]} is not near ${y[i]}`);
        }
      }
    });

    it(`takes outliers in more than a quarter of the blocks for the range, ${build}`, async () => {
      const unitRow = Array.from(
        { length: outputs * columns },
        (_, i) => Number(i % columns === 0),
      );
      const x = Array.from({ length: columns }, (_, i): number => i % 16 ? 0 : i < 96 ? 127 : 3);
      // The unit is 1, so that what is 3 stays 3: with four outliers it would be finer.
      assert.equal((await multiply(build, unitRow, x.with(0, 3.4)))[0], 3);
      assert.notEqual((await multiply(build, unitRow, x.with(0, 3.4).with(16, 0)))[0], 3);
    });
  }

  it("gives the same bits in both builds, and a token the same in whatever company", async () => {
    const W = [...randomNumbers(outputs * columns, 2)];
    const x = Array.from(randomNumbers(tokens * columns, 2), (value, i) => {
      const token = Math.floor(i / columns);
      return i % 97 < 2 && token % 3 ? value * 50 : value;
    });
    const expected = await multiply("plain", W, x);
    assert.deepEqual(await multiply("relaxed", W, x), expected);
    for (let count = 1; count < tokens; count++) {
      const parts = [
        ...await multiply("relaxed", W, x.slice(0, count * columns)),
        ...await multiply("relaxed", W, x.slice(count * columns)),
      ];
      assert.deepEqual(parts, [...expected], `${count} of them, and the rest`);
    }
  });
});

describe("linearSparse", () => {
  // Two tiles of 32 outputs and one of 16, and ranges of channels of which the last is not whole.
  const [outputs, columns, tokens] = [80, 4112, 7];
  const rowBytes = columns * 5.25 + 32;
  const [W_AT, PACKED, X_AT] = [1 << 21, 1 << 22, 5 << 20];
  const [Q_AT, Y_AT, UNITS, TALLY] = [6 << 20, 65_536, 1024, 512];

  function sparseNumbers(length: number, share: number): Float32Array<ArrayBuffer> {
    return Float32Array.from({ length }, () => random.next() < share ? random.next() : 0);
  }

  /** Products by column, each with the tally after it; and by row. */
  async function both(build: KernelsBuild, W: Float32Array, x: Float32Array, parts: number[]) {
    const kernels = await instantiateKernels(await loadKernels(build));
    kernels.memory.grow(160);
    const buffer = kernels.memory.buffer;
    const count = x.length / columns;
    new Float32Array(buffer, W_AT, W.length).set(W);
    new Float32Array(buffer, X_AT, x.length).set(x);
    kernels.packSparse(PACKED, UNITS, W_AT, outputs, columns, outputs);
    kernels.quantizeSparse(
      ...[Q_AT, rowBytes, X_AT, columns * 4, count, columns * 4, outputs, TALLY] as const,
    );
    let first = 0;
    for (const part of parts) {
      const x = [Q_AT + first * rowBytes, rowBytes, columns, part] as const;
      const y = Y_AT + first * outputs * 4;
      // In two shares, as two threads have it.
      kernels.linearSparse(y, outputs * 4, PACKED, UNITS, outputs, ...x, 0, 48);
      kernels.linearSparse(y, outputs * 4, PACKED, UNITS, outputs, ...x, 48, outputs);
      first += part;
    }
    const sparse = new Float32Array(buffer, Y_AT, count * outputs).slice();
    kernels.packI8(PACKED, UNITS, UNITS + outputs * 4, W_AT, outputs, columns);
    kernels.quantizePositive(Q_AT, columns * 2 + 16, X_AT, columns * 4, count, columns * 4);
    const rows = [Q_AT, columns * 2 + 16, columns, count] as const;
    kernels.linearI8(Y_AT, outputs * 4, PACKED, UNITS, outputs / 4, ...rows, 0, outputs / 4);
    const dense = new Float32Array(buffer, Y_AT, count * outputs).slice();
    return { sparse, dense, tally: [...new Uint32Array(buffer, TALLY, 2)] };
  }

  for (const build of BUILDS) {
    it(`gives the bits of linearI8, ${build}, however many are 0, and in any company`, async () => {
      const W = randomNumbers(outputs * columns, 2);
      for (const share of [0, 0.001, 0.13, 1]) {
        const x = sparseNumbers(tokens * columns, share);
        for (const parts of [[7], [1, 2, 4], [3, 1, 1, 1, 1]]) {
          const { sparse, dense, tally } = await both(build, W, x, parts);
          assert.deepEqual(sparse, dense, `${share}, ${parts}`);
          assert.equal(tally[1], tokens * columns);
          const nonzero = x.filter((value) => value > 0.5 / 127).length;
          assert(tally[0]! <= nonzero + tokens * 3 * 5, `${tally[0]} of ${nonzero}`);
        }
      }
    });

    it(`keeps what is no number, ${build}`, async () => {
      const W = randomNumbers(outputs * columns, 2);
      for (const value of [NaN, Infinity]) {
        const x = sparseNumbers(2 * columns, 0.1);
        x[columns + 7] = value;
        const { sparse } = await both(build, W, x, [2]);
        assert.deepEqual(
          Array.from(sparse, Number.isNaN),
          Array.from(sparse, (_, i) => i >= outputs),
        );
      }
    });
  }
});

describe("restoreRows", () => {
  it("packs by row what few zeros are multiplied with, and nothing else", async () => {
    const [outputs, inputs] = [32, 48];
    const { packSparse, packI8, memory, buffer } = await kernelsWithMemory("plain");
    const W = new Float32Array(buffer, 4096, outputs * inputs);
    W.set(randomNumbers(W.length, 2));
    const bytes = outputs * inputs + 2 * 4 * outputs;
    packSparse(65_536, 65_536 + outputs * inputs, 4096, outputs, inputs, outputs);
    const matrix: SparseMatrix = {
      ...{ format: "int8Sparse", address: 65_536, outputs, inputs },
      ...{ scales: 65_536 + outputs * inputs, tally: 1024 },
    };
    const packed = new Uint8Array(buffer, 65_536, bytes);
    const before = packed.slice();
    const tally = new Uint32Array(buffer, 1024, 2);
    for (const counts of [[63 * inputs, 63 * inputs], [12 * inputs, 64 * inputs]]) {
      tally.set(counts);
      assert.equal(restoreRows(memory, matrix), false);
    }
    assert.deepEqual([...packed], [...before]);
    tally.set([13 * inputs, 64 * inputs]);
    assert.equal(restoreRows(memory, matrix), true);
    assert.equal(matrix.format, "int8");
    const scales = 131_072 + outputs * inputs;
    packI8(131_072, scales, scales + 4 * outputs, 4096, outputs, inputs);
    assert.deepEqual([...packed], [...new Uint8Array(buffer, 131_072, bytes)]);
    assert.equal(restoreRows(memory, matrix), false);
  });
});

describe("Weights", () => {
  it("keeps a matrix in the next larger format that takes rows of its length", () => {
    const cases = [
      ["int4", 96, "int4"],
      ["int4", 48, "int8"],
      ["int4", 20, "f32"],
      ["int8", 2 ** 17, "int8"],
      // So many products of 127 and 127 are more than fits 32 bits.
      ["int8", 2 ** 17 + 16, "f32"],
      ["bf16", 12, "f32"],
    ] as const;
    for (const [format, columns, expected] of cases) {
      const shape = [8, columns] as const;
      const weights = new Weights(new Arena(), format, 8, new Map([["W", { shape }]]));
      const matrix = { kind: "matrix", name: "W", index: 0, shape } as const;
      assert.equal(weights.pack(matrix, false).format, expected, `${format}, ${columns}`);
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
