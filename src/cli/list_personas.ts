import { modelName } from "../models/open_model.ts";
import { PersonaFolder, personaFolders } from "../models/persona_folder.ts";
import { readModel } from "../rwkv/read_model.ts";
import { stateLayout } from "../state/layout.ts";

/**
 * What requests call the personas of a model. None if the model cannot be read.
 *
 * @param path of the model: a file or a folder
 * @param folder of all models' personas. Absent: `personas` beside the model
 */
export async function listPersonas(path: string, folder: string | undefined): Promise<string[]> {
  try {
    const { config } = await readModel(path);
    const name = modelName(path, config);
    const personas = new PersonaFolder(name, await personaFolders(path, name, folder), () => {});
    const names = await personas.names({ layout: stateLayout(config) });
    return names.map((persona) => `${name}@${persona}`);
  } catch {
    return []; // whoever runs the model is told what is wrong with it
  }
}
