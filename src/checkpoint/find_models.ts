import { findModel, findWeights, WEIGHTS_NAME } from "./find_file.ts";
import { ModelFolderError } from "./model_folder_error.ts";

/**
 * The paths of the models that an operator asks for: a model, several with commas between them, or a folder that holds
 * models instead of one. Each is a path or a name, as {@linkcode findModel} has it. Needs `--allow-read`.
 *
 * @param folders Where models are kept, the preferred one first.
 * @throws {ModelFolderError} When a folder cannot be looked into.
 */
export async function findModels(models: string, folders: readonly string[]): Promise<string[]> {
  const whole = await findModel(models, folders);
  if (!models.includes(",") || await exists(whole)) return await modelsAt(whole);
  const named = models.split(",").map((model) => model.trim()).filter((model) => model !== "");
  const paths = await Promise.all(
    named.map(async (model) => await modelsAt(await findModel(model, folders))),
  );
  return [...new Set(paths.flat())];
}

/** The model at a path, or if that is a folder with several, these. */
async function modelsAt(path: string): Promise<string[]> {
  const info = await Deno.stat(path).catch(() => undefined); // whoever reads the model says what is wrong
  if (!info?.isDirectory) return [path];
  if (await hasWeights(path)) return [path];
  const inside: string[] = [];
  for await (const { name } of Deno.readDir(path)) {
    if (name.startsWith(".")) continue;
    const entry = `${path.replace(/(?<=.)\/+$/, "")}/${name}`;
    // Of a link, what it leads to.
    const found = await Deno.stat(entry).catch(() => undefined);
    const isModel = found?.isDirectory ? await hasWeights(entry) : WEIGHTS_NAME.test(name);
    if (found !== undefined && isModel) inside.push(entry);
  }
  return inside.length > 0 ? inside.sort() : [path];
}

/** Whether a folder is that of one model. */
async function hasWeights(folder: string): Promise<boolean> {
  try {
    return await findWeights(folder) !== undefined;
  } catch (error) {
    // It holds several files of weights.
    if (error instanceof ModelFolderError) return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
