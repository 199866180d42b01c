import type { Checkpoint, TensorInfo } from "../checkpoint/checkpoint.ts";

/** Bytes that are hashed at once. */
const BLOCK_BYTES = 1 << 20;

/** Blocks that may be hashed while the next is filled. */
const AHEAD = 2;

/**
 * Names a model by its tensors: the same weights have the same fingerprint in every file format.
 *
 * It is the SHA-256, in hex, over a line for each tensor in the order of their names (name, type and shape), and then the
 * SHA-256 of each 1 MiB of all their bytes, one tensor after the other. Hashing in blocks lets other threads do it.
 */
export class ModelFingerprint {
  readonly #lines: string[] = [];
  readonly #hashes: Promise<ArrayBuffer>[] = [];
  readonly #blocks = Array.from({ length: AHEAD + 1 }, () => new Uint8Array(BLOCK_BYTES));
  #filled = 0;

  /** Begins a tensor. Its bytes come next. */
  begin({ name, dtype, shape }: TensorInfo): void {
    this.#lines.push(`${name} ${dtype} [${shape}]\n`);
  }

  /** Takes bytes of the tensor. They may be changed at once. */
  async update(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + BLOCK_BYTES - this.#filled);
      this.#block.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === BLOCK_BYTES) await this.#flush();
    }
  }

  /** The fingerprint of all tensors that there were. */
  async end(): Promise<string> {
    if (this.#filled > 0) await this.#flush();
    const hashes = (await Promise.all(this.#hashes)).map((hash) => new Uint8Array(hash));
    const whole = await new Blob([...this.#lines, ...hashes]).bytes();
    return new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex();
  }

  get #block(): Uint8Array<ArrayBuffer> {
    return this.#blocks[this.#hashes.length % this.#blocks.length]!;
  }

  async #flush(): Promise<void> {
    const bytes = this.#block.subarray(0, this.#filled);
    this.#hashes.push(crypto.subtle.digest("SHA-256", bytes));
    this.#filled = 0;
    // The block that comes next was given away so many blocks ago.
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
