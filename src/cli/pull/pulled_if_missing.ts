import { findWeights } from "../../checkpoint/find_file.ts";
import { loadConfig } from "../../settings/config.ts";
import { interruptSignal } from "../interrupt.ts";

/** The argument, or the path of a published model that was not here and is now. */
export async function pulledIfMissing(model: string): Promise<string> {
  const { findNamedModels } = await import("../find_named_model.ts");
  const { findOfficialModel } = await import("../official_models.ts");
  const paths = await findNamedModels(model);
  const isHere = paths.length > 1 || await findWeights(paths[0]!) !== undefined;
  const isOnHub = /^(https:\/\/)?hf\.co\//.test(model);
  if (isHere || (findOfficialModel(model) === undefined && !isOnHub)) return model;
  const { pullModel } = await import("./pull_model.ts");
  const config = loadConfig(Deno.env.toObject());
  const { path } = await pullModel(model, { config, signal: interruptSignal() });
  return path;
}
