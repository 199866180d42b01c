import { findModels } from "../checkpoint/find_models.ts";
import { loadConfig } from "../settings/config.ts";
import { MODELS } from "../main.ts";
import { UsageError } from "./usage_error.ts";

/**
 * The path of the model that an argument names, as `TERN_MODEL` would.
 *
 * @param model A file, a folder or a name. Absent: what `TERN_MODEL` says.
 * @throws {UsageError} If that is several.
 */
export async function findNamedModel(model: string | undefined): Promise<string> {
  const paths = await findNamedModels(model);
  if (paths.length === 1) return paths[0]!;
  const which = model === undefined ? "TERN_MODEL names" : `${model} is`;
  throw new UsageError(`${which} several models: name one of ${paths.join(", ")}`);
}

/** The paths of the models that an argument names, the main one first. */
export async function findNamedModels(model: string | undefined): Promise<string[]> {
  const config = loadConfig(Deno.env.toObject());
  return await findModels(model ?? config.model, [MODELS, config.modelsDirectory]);
}
