import { DTYPE_BYTES, elementCount } from "./tensor.ts";
import type { Checkpoint } from "./checkpoint.ts";

/**
 * The same checkpoint, which tells how many bytes of its tensors have been read.
 *
 * @param onRead Is called after each read with the bytes so far and those of all tensors.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import type { Checkpoint } from "./checkpoint.ts";
 *
 * const told: [number, number][] = [];
 * const checkpoint = counted<Checkpoint>({
 *   name: "example",
 *   tensors: new Map([["w", { name: "w", dtype: "F16", shape: [2] }]]),
 *   read: () => Promise.resolve(new Uint8Array(4)),
 *   readInto: () => Promise.resolve(),
 *   close() {},
 * }, (done, total) => told.push([done, total]));
 * await checkpoint.readInto("w", 0, new Uint8Array(1));
 * await checkpoint.readInto("w", 1, new Uint8Array(3));
 * assert.deepEqual(told, [[1, 4], [4, 4]]);
 * ```
 */
export function counted<C extends Checkpoint>(
  checkpoint: C,
  onRead: (done: number, total: number) => void,
): C {
  const { packed } = checkpoint;
  const total = packed?.bytes ?? [...checkpoint.tensors.values()].reduce(
    (sum, { dtype, shape }) => sum + elementCount(shape)! * DTYPE_BYTES[dtype],
    0,
  );
  let done = 0;
  const count = (bytes: number) => onRead(done += bytes, total);
  return {
    ...checkpoint,
    async read(name) {
      const bytes = await checkpoint.read(name);
      count(bytes.length);
      return bytes;
    },
    async readInto(name, offset, into) {
      await checkpoint.readInto(name, offset, into);
      count(into.length);
    },
    close: () => checkpoint.close(),
    ...packed === undefined ? {} : {
      packed: {
        ...packed,
        async readInto(offset: number, into: Uint8Array<ArrayBuffer>) {
          await packed.readInto(offset, into);
          count(into.length);
        },
      },
    },
  };
}
