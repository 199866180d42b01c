import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Checkpoint, TensorInfo } from "../../src/checkpoint/checkpoint.ts";
import { Arena } from "../../src/engine/simd/arena.ts";
import { EmbeddingTable } from "../../src/engine/simd/embedding_table.ts";
import { instantiateKernels, loadKernels } from "../../src/engine/simd/kernels.ts";
import { loadingBytes, loadWeights } from "../../src/engine/simd/load_weights.ts";
import type { WeightFormat } from "../../src/engine/simd/weight_format.ts";
import { Weights } from "../../src/engine/simd/weights.ts";
import { SeededRandom } from "../../src/sampling/seeded_random.ts";

/** Five rows, so that the last group lacks three. */
const V = 5;

/** Loads a table of float16 in a format, and looks its rows up again. */
async function lookUpAll(rows: Float16Array, format: WeightFormat): Promise<Float32Array[]> {
  const D = rows.length / V;
  const info: TensorInfo = { name: "emb.weight", dtype: "F16", shape: [V, D] };
  const bytes = new Uint8Array(rows.slice().buffer);
  const checkpoint: Checkpoint = {
    name: "table",
    tensors: new Map([[info.name, info]]),
    read: () => Promise.resolve(bytes.slice()),
    readInto(_name, offset, into) {
      into.set(bytes.subarray(offset, offset + into.length));
      return Promise.resolve();
    },
    close() {},
  };
  const arena = new Arena();
  const weights = new Weights(arena, format, 8, checkpoint.tensors);
  const table = new EmbeddingTable(weights, format, checkpoint.tensors);
  const row = arena.take(4 * D + 64);
  const area = arena.take(loadingBytes(weights, checkpoint.tensors));
  const kernels = await instantiateKernels(await loadKernels());
  arena.commit(kernels.memory);
  await loadWeights(checkpoint, { kernels, weights, area });
  return Array.from({ length: V }, (_, token) => {
    table.lookUp(kernels, token, row);
    return new Float32Array(kernels.memory.buffer, row, D).slice();
  });
}

describe("EmbeddingTable", () => {
  const random = new SeededRandom(4);
  const randomRows = (D: number) => {
    return Float16Array.from({ length: V * D }, () => random.next() - 0.5);
  };
  const split = (rows: Float16Array) => {
    const D = rows.length / V;
    return Array.from({ length: V }, (_, i) => new Float32Array(rows.subarray(i * D, (i + 1) * D)));
  };

  for (const format of ["f32", "bf16", "int8"] as const) {
    it(`gives rows back bit by bit with weights in ${format}`, async () => {
      const rows = randomRows(48);
      assert.deepEqual(await lookUpAll(rows, format), split(rows));
    });
  }

  it("has a row in 8 bits with weights in int4, each with a unit of its own", async () => {
    const rows = randomRows(48);
    for (let i = 0; i < 48; i++) rows[48 + i] = rows[48 + i]! * 1000;
    rows.fill(0, 2 * 48, 3 * 48);
    const found = await lookUpAll(rows, "int4");
    for (const [token, row] of split(rows).entries()) {
      const max = Math.max(...row.map(Math.abs));
      const unit = max === 0 ? 1 : max / 127;
      for (const [i, x] of row.entries()) {
        const steps = found[token]![i]! / unit;
        assert.ok(Math.abs(steps - Math.round(steps)) < 1e-3, `row ${token}: ${steps} steps`);
        assert.ok(Math.abs(steps - x / unit) < 0.501, `row ${token}: ${steps} steps for ${x}`);
      }
    }
  });

  it("keeps what is no number in its row", async () => {
    const rows = randomRows(16);
    rows[3 * 16 + 5] = NaN;
    const found = await lookUpAll(rows, "int4");
    assert.deepEqual(found.map((row) => row.some(Number.isNaN)), [
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  it("stays as it is stored if its rows are of a length that 8 bits have no kernels for", async () => {
    const rows = randomRows(24);
    assert.deepEqual(await lookUpAll(rows, "int4"), split(rows));
  });
});
