import type { Checkpoint, TensorInfo } from "../checkpoint/checkpoint.ts";

/** Bytes that are hashed at once. */
export const BLOCK_BYTES = 1 << 18;

/** Blocks that may be waiting to be hashed. */
const AHEAD = 8;

/**
 * Names a model by its tensors: the same weights have the same fingerprint in every file format.
 *
 * It is the SHA-256, in hex, over a line for each tensor in the order of their names (name, type and shape), and the
 * SHA-256 of blocks of 256 KiB of their bytes: those of each tensor, and, as soon as they fill a block and at the end, of
 * what is left of the tensors after their last whole blocks. Blocks are hashed by other threads.
 */
export class ModelFingerprint {
  readonly #lines: string[] = [];
  readonly #hashes: Promise<ArrayBuffer>[] = [];
  readonly #rest = new Uint8Array(BLOCK_BYTES);
  #filled = 0;

  /** Begins a tensor. Its bytes come next. */
  begin({ name, dtype, shape }: TensorInfo): void {
    this.#lines.push(`${name} ${dtype} [${shape}]\n`);
  }

  /**
   * Takes bytes of the tensor: whole blocks from its start, then what is left. They may be changed at once.
   */
  async update(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    let at = 0;
    for (; at + BLOCK_BYTES <= bytes.length; at += BLOCK_BYTES) {
      await this.#hash(bytes.subarray(at, at + BLOCK_BYTES));
    }
    while (at < bytes.length) {
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.#filled);
      this.#rest.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled < BLOCK_BYTES) return;
      await this.#hash(this.#rest);
      this.#filled = 0;
    }
  }

  /** The fingerprint of all tensors that there were. */
  async end(): Promise<string> {
    if (this.#filled > 0) await this.#hash(this.#rest.subarray(0, this.#filled));
    const hashes = await Promise.all(this.#hashes);
    const whole = await new Blob([...this.#lines, ...hashes]).bytes();
    return new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex();
  }

  async #hash(block: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#hashes.push(crypto.subtle.digest("SHA-256", block)); // which copies it before it returns
    await this.#hashes.at(-1 - AHEAD);
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
  const fingerprint = new ModelFingerprint();
  for (const tensor of sortedTensors(checkpoint)) {
    const bytes = await checkpoint.read(tensor.name);
    fingerprint.begin(tensor);
    await fingerprint.update(bytes);
    use(tensor, bytes);
  }
  return await fingerprint.end();
}

/** All tensors, in the order of their names. */
export function sortedTensors({ tensors }: Checkpoint): TensorInfo[] {
  return [...tensors.keys()].sort().map((name) => tensors.get(name)!);
}
