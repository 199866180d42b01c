import type { Checkpoint, TensorInfo } from "../checkpoint/checkpoint.ts";

/**
 * Names a model by its tensors: the same weights have the same fingerprint in every file format.
 *
 * Each tensor is read once, and handed on, because reading is what costs.
 *
 * @returns SHA-256, in hex, over name, type, shape and SHA-256 of each tensor in the order of their names
 */
export async function fingerprintTensors(
  checkpoint: Checkpoint,
  use: (tensor: TensorInfo, bytes: Uint8Array<ArrayBuffer>) => void,
): Promise<string> {
  const lines: string[] = [];
  for (const name of [...checkpoint.tensors.keys()].sort()) {
    const tensor = checkpoint.tensors.get(name)!;
    const bytes = await checkpoint.read(name);
    lines.push(`${name} ${tensor.dtype} [${tensor.shape}] ${await sha256(bytes)}\n`);
    use(tensor, bytes);
  }
  return sha256(new TextEncoder().encode(lines.join("")));
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
