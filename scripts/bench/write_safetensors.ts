import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { DTYPE_BYTES, elementCount } from "../../src/checkpoint/tensor.ts";

/** Writes a checkpoint as a safetensors file, tensor by tensor. */
export async function writeSafetensors(checkpoint: Checkpoint, path: string): Promise<void> {
  let end = 0;
  const entries = [...checkpoint.tensors.values()].map(({ name, dtype, shape }) => {
    const begin = end;
    end += elementCount(shape)! * DTYPE_BYTES[dtype];
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const;
  });
  const header = new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries)));
  const length = new Uint8Array(new BigUint64Array([BigInt(header.length)]).buffer);
  async function* parts(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    yield length;
    yield header;
    for (const [name] of entries) yield await checkpoint.read(name);
  }
  await Deno.writeFile(path, ReadableStream.from(parts()));
  using file = await Deno.open(path, { write: true });
  await file.sync(); // or the system writes it while something else is measured
}
