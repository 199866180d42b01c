import type { Checkpoint } from "../../src/checkpoint/checkpoint.ts";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { DTYPE_BYTES, elementCount } from "../../src/checkpoint/tensor.ts";
import { loadEngine } from "../../src/engine/load_engine.ts";
import type { Engine } from "../../src/engine/engine.ts";

/** The folder of the embedded model. */
export const FOLDER = new URL("../../models/tern-7m", import.meta.url).pathname;
const FILE = `${FOLDER}/model.safetensors`;

/** The embedded model on an engine, with NaN for the embedding of one token: who reads that is lost. */
export async function loadBroken(engine: "ort" | "simd", token: number): Promise<Engine> {
  const checkpoint = await openCheckpoint(await openFile(FILE), FILE);
  try {
    const weights = engine === "simd" ? "int8" : "f32";
    return await loadEngine(broken(checkpoint, token), { engine, threads: 1, weights });
  } finally {
    checkpoint.close();
  }
}

function broken(checkpoint: Checkpoint, token: number): Checkpoint {
  const { shape, dtype } = checkpoint.tensors.get("emb.weight")!;
  const rowBytes = (elementCount(shape)! * DTYPE_BYTES[dtype]) / shape[0]!;
  /** All bits set is NaN in every type of number. */
  const spoil = (name: string, offset: number, bytes: Uint8Array<ArrayBuffer>) => {
    if (name !== "emb.weight") return;
    const from = token * rowBytes - offset;
    bytes.fill(0xff, Math.max(0, from), Math.max(0, from + rowBytes));
  };
  return {
    name: checkpoint.name,
    tensors: checkpoint.tensors,
    async read(name) {
      const bytes = await checkpoint.read(name);
      spoil(name, 0, bytes);
      return bytes;
    },
    async readInto(name, offset, into) {
      await checkpoint.readInto(name, offset, into);
      spoil(name, offset, into);
    },
    close: () => checkpoint.close(),
  };
}
