import { openWeights } from "../checkpoint/open_weights.ts";
import { Decays } from "./decays.ts";

/**
 * Reads the weights of the decays from the file of a model. Needs `--allow-read`.
 *
 * @returns undefined if the file is packed, so that they cannot be read
 * @throws {CheckpointError}
 */
export async function readDecays(
  path: string,
  sizes: Parameters<typeof Decays.read>[1],
): Promise<Decays | undefined> {
  const checkpoint = await openWeights(path);
  try {
    return await Decays.read(checkpoint, sizes);
  } finally {
    checkpoint.close();
  }
}
