import { ModelFolderError } from "./model_folder_error.ts";

/** The names that a folder's weights may have, the preferred one first. */
export const WEIGHTS_FILES = [
  "model.safetensors",
  "model.pth",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  "model.ternpack",
] as const;

/** What other weights are called. A folder of one model holds one such file. */
export const WEIGHTS_NAME = /\.(safetensors|st|pth|pt|gguf|ternpack)$/;

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
    if ((await stat(path))?.isFile) return path;
  }
  return undefined;
}

/**
 * The path of a model's weights, if there are any: the path itself if it is a file, or else a file in the folder. Needs
 * `--allow-read`.
 *
 * @throws {ModelFolderError} When the folder cannot be looked into, or has several files that may be meant.
 */
export async function findWeights(path: string): Promise<string | undefined> {
  if (isModelUrl(path)) return path;
  const info = await stat(path);
  if (info === undefined) return undefined;
  if (!info.isDirectory) return path;
  const known = await findFile(path, WEIGHTS_FILES);
  if (known !== undefined) return known;
  const others: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(path)) {
    if (!isDirectory && WEIGHTS_NAME.test(name) && !name.startsWith(".")) others.push(name);
  }
  if (others.length > 1) {
    const names = others.sort().slice(0, 5).join(", ");
    throw new ModelFolderError(
      path,
      `it holds several files of weights (${names}): give one's path`,
    );
  }
  return others[0] === undefined ? undefined : `${path}/${others[0]}`;
}

/** Whether a model is the URL of an index of parts, and not a path. */
export function isModelUrl(path: string): boolean {
  return /^https?:\/\//.test(path);
}

/** The endings that a name may stand for, in the order in which they are looked for. */
const ENDINGS = ["", ".safetensors", ".pth", ".gguf", ".st", ".pt", ".ternpack"] as const;

/**
 * The path of the model that an operator asks for. A path or a URL is used as it is; a name is a folder or a file, with or without
 * its ending, in one of the folders of models, or else in the working directory. Needs `--allow-read`.
 *
 * @param folders Where models are kept, the preferred one first.
 * @returns A path in the first folder if there is no such model.
 */
export async function findModel(model: string, folders: readonly string[]): Promise<string> {
  if (model.includes("/")) return model;
  for (const folder of folders) {
    for (const ending of ENDINGS) {
      const path = `${folder}/${model}${ending}`;
      if (await stat(path) !== undefined) return path;
    }
  }
  return await stat(model) === undefined ? `${folders[0]}/${model}` : `./${model}`;
}

async function stat(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new ModelFolderError(path, `${error}`, { cause: error });
  }
}
