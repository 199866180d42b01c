import { findModel } from "../checkpoint/find_file.ts";
import { loadConfig } from "../settings/config.ts";
import { MODELS } from "../main.ts";

/**
 * The path of the model that an argument names, as `TERN_MODEL` would.
 *
 * @param model A file, a folder or a name. Absent: what `TERN_MODEL` says.
 */
export async function findNamedModel(model: string | undefined): Promise<string> {
  const config = loadConfig(Deno.env.toObject());
  return await findModel(model ?? config.model, [MODELS, config.modelsDirectory]);
}
