import type { FolderConfig } from "../checkpoint/folder_config.ts";

/** What the API calls a model: what its config says, or the last part of its path without what says the format. */
export function modelName(path: string, config: Pick<FolderConfig, "name"> | undefined): string {
  if (config?.name !== undefined) return config.name;
  const last = path.replace(/\/+$/, "").split("/").at(-1)!;
  return config === undefined
    ? last.replace(/\.(safetensors|st|pth|pt|bin|gguf|ternpack)$/i, "")
    : last;
}

/** Where the personas of a model lie beside it. */
const BESIDE = "personas";

/**
 * The folders that a model's personas are in, the preferred one first. They need not exist. Needs `--allow-read`.
 *
 * @param path of the model: a file or a folder
 * @param name what clients call it
 * @param folder of all models' personas. Those that fit into one model alone may be in a folder of its name there.
 * Absent: `personas` in the model's folder, or beside its file
 */
export async function personaFolders(
  path: string,
  name: string,
  folder: string | undefined,
): Promise<string[]> {
  if (folder !== undefined) return [`${folder}/${name}`, folder];
  const isFolder = await Deno.stat(path).then((info) => info.isDirectory, () => false);
  if (isFolder) return [`${path.replace(/(?<=.)\/+$/, "")}/${BESIDE}`];
  const slash = path.lastIndexOf("/");
  return [`${slash < 0 ? "." : path.slice(0, slash)}/${BESIDE}`];
}
