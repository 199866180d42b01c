import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { bytesSource } from "../../src/checkpoint/random_access.ts";
import type { Engine, ReadResult } from "../../src/engine/engine.ts";
import { namedKernels } from "../../src/engine/simd/kernels.ts";
import { SimdEngine } from "../../src/engine/simd/simd_engine.ts";
import { WEIGHT_FORMATS } from "../../src/engine/simd/weight_format.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";

/** What is read. It is longer than one run of the engine, and so than a chunk. */
const TOKENS = Array.from({ length: 75 }, (_, i) => (i * i * 31 + 7 * i) % 4000);

/** Lengths of the reads that {@linkcode TOKENS} are cut into. */
const SPLITS: Readonly<Record<string, readonly number[]>> = {
  "at once": [75],
  "in parts": [3, 64, 1, 7],
  "token by token": TOKENS.map(() => 1),
};

/** Sequences that are read beside the one that is looked at. */
const BATCHES = [1, 8] as const;

/** What a runtime has at hand. */
export interface Given {
  /** The bytes of model.safetensors. */
  readonly model: Uint8Array<ArrayBuffer>;
  readonly kernels: WebAssembly.Module;
  /** The code of the plain kernels, which names them. */
  readonly code: Uint8Array<ArrayBuffer>;
}

/**
 * Reads the same tokens with weights in each format, in several splits and batches. It runs in runtimes of all kinds.
 *
 * @returns the SHA-256 of the logits and the state after them, by weights, split and batch; and each engine's fingerprint
 */
export async function readHashes({ model, kernels, code }: Given): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const weights of WEIGHT_FORMATS) {
    const checkpoint = await openCheckpoint(bytesSource(model), "model.safetensors");
    const engine = await SimdEngine.load(checkpoint, {
      weights,
      kernels: await namedKernels(code, kernels),
    });
    hashes[`${weights}: engine`] = engine.fingerprint;
    for (const [split, lengths] of Object.entries(SPLITS)) {
      for (const batch of BATCHES) {
        const result = await read(engine, lengths, batch);
        hashes[`${weights}: ${split}, ${batch} side by side`] = await hash(result);
      }
    }
    await engine.close();
  }
  return hashes;
}

async function read(
  engine: Engine,
  lengths: readonly number[],
  batch: number,
): Promise<ReadResult> {
  const others = Array.from({ length: batch - 1 }, (_, i) => ({
    state: RecurrentState.empty(engine.layout),
    tokens: TOKENS.slice(i, 2 * i + 1),
  }));
  let at = 0;
  let result: ReadResult | undefined;
  for (const length of lengths) {
    const state = result?.state ?? RecurrentState.empty(engine.layout);
    const tokens = TOKENS.slice(at, at + length);
    // In the middle, so that its rows are not the first ones.
    const results = await engine.forward(others.toSpliced(2, 0, { state, tokens }));
    result = results[Math.min(2, others.length)]!;
    at += length;
  }
  return result!;
}

async function hash({ logits, state }: ReadResult): Promise<string> {
  const bytes = new Uint8Array(await new Blob([logits.slice(), state.data.slice()]).arrayBuffer());
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
