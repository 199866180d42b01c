import { ModelFolderError } from "./model_folder_error.ts";

/** The names that the weights may have, the preferred one first. */
export const WEIGHTS_FILES = ["model.safetensors", "model.pth"] as const;

/**
 * The path of the first of these files that is in a folder, if one is. Needs `--allow-read`.
 *
 * @throws {ModelFolderError} When the folder cannot be looked into.
 */
export async function findFile(
  folder: string,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    const path = `${folder}/${name}`;
    try {
      if ((await Deno.stat(path)).isFile) return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        throw new ModelFolderError(path, `${error}`, { cause: error });
      }
    }
  }
  return undefined;
}

/** The path of a model folder's weights, if it has any. */
export function findWeights(folder: string): Promise<string | undefined> {
  return findFile(folder, WEIGHTS_FILES);
}
