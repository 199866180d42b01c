import type { Checkpoint, TensorInfo } from "../checkpoint/checkpoint.ts";
import { instantiateKernels, type Kernels, loadKernels } from "./simd/kernels.ts";

/** Bytes that {@linkcode ModelFingerprint} works in. */
export const FINGERPRINT_BYTES = 128;

/** Bytes of the state that bytes are mixed into. */
const LANES_BYTES = 64;

/** Bytes that are taken at once where they do not lie in the kernels' memory. A multiple of what the kernel takes. */
const BLOCK_BYTES = 1 << 18;

/**
 * Names a model by its tensors: the same weights have the same fingerprint in every file format.
 *
 * It is the SHA-256, in hex, over a line for each tensor in the order of their names: name, type, shape, and what its
 * bytes are mixed into by a kernel. To hash a model of 0.4 GB as a whole would take most of the time that loading it
 * takes. So it tells models apart, down to a single bit, but a model could be made to have the fingerprint of another.
 */
export class ModelFingerprint {
  readonly #lines: string[] = [];
  readonly #kernels: Kernels;
  readonly #address: number;

  /** @param address of {@linkcode FINGERPRINT_BYTES} in the kernels' memory */
  constructor(kernels: Kernels, address: number) {
    this.#kernels = kernels;
    this.#address = address;
  }

  /** Begins a tensor. Its bytes come next. */
  begin({ name, dtype, shape }: TensorInfo): void {
    this.#endTensor();
    this.#lines.push(`${name} ${dtype} [${shape}] `);
    this.#lanes.fill(0);
  }

  /** Takes bytes of the tensor, which lie in the kernels' memory: a multiple of 64, but for the last. */
  update(address: number, bytes: number): void {
    this.#kernels.mix(this.#address, address, bytes);
  }

  /** The fingerprint of all tensors that there were. */
  async end(): Promise<string> {
    this.#endTensor();
    const text = new TextEncoder().encode(this.#lines.join(""));
    return new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
  }

  #endTensor(): void {
    if (this.#lines.length > 0) this.#lines.push(`${this.#lanes.toHex()}\n`);
  }

  get #lanes(): Uint8Array {
    return new Uint8Array(this.#kernels.memory.buffer, this.#address, LANES_BYTES);
  }
}

/**
 * Reads all tensors in the order of their names, and hands each on, because reading is what costs.
 *
 * @returns the {@linkcode ModelFingerprint}
 */
export async function fingerprintTensors(
  checkpoint: Checkpoint,
  use: (tensor: TensorInfo, bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<string> {
  const kernels = await instantiateKernels(await loadKernels());
  kernels.memory.grow((2 * BLOCK_BYTES) / 65_536);
  const memory = new Uint8Array(kernels.memory.buffer);
  const fingerprint = new ModelFingerprint(kernels, FINGERPRINT_BYTES);
  for (const tensor of sortedTensors(checkpoint)) {
    const bytes = await checkpoint.read(tensor.name);
    fingerprint.begin(tensor);
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = bytes.subarray(at, at + BLOCK_BYTES);
      memory.set(block, BLOCK_BYTES);
      fingerprint.update(BLOCK_BYTES, block.length);
    }
    use(tensor, bytes);
  }
  return await fingerprint.end();
}

/** All tensors, in the order of their names. */
export function sortedTensors({ tensors }: Checkpoint): TensorInfo[] {
  return [...tensors.keys()].sort().map((name) => tensors.get(name)!);
}
