/**
 * Builds what is deployed to Cloudflare, as wrangler.toml has it: the program in `dist/cloudflare/`, the model in parts
 * in `dist/assets/`. `TERN_MODEL` and `TERN_WEIGHTS` say which model, and how it is packed.
 *
 * @module
 */
import { findModel, findWeights } from "../src/checkpoint/find_file.ts";
import { noWeights } from "../src/checkpoint/model_folder.ts";
import { openWeights } from "../src/checkpoint/open_weights.ts";
import { WEIGHT_FORMATS } from "../src/engine/simd/weight_format.ts";
import { loadConfig, unknownSettings } from "../src/settings/config.ts";
import { bundleWorker } from "./deploy/bundle_worker.ts";
import { type Fit, fitWorker } from "./deploy/fit_worker.ts";
import { writeParts, type WrittenParts } from "./deploy/write_parts.ts";
import { UNUSABLE } from "./flags.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const MODELS = `${ROOT}models`;
const KERNELS = `${ROOT}src/engine/simd/kernels.wasm`;

/**
 * Makes both folders anew, under another one.
 *
 * @param env settings for the build
 * @throws {ModelTooLargeError} if the model does not fit in an isolate
 * @throws {SettingsError} if a setting is wrong
 */
export async function buildForCloudflare(
  out: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Fit & WrittenParts> {
  const { model, modelsDirectory, weights: asked } = loadConfig(env);
  unknownSettings(env);
  const path = await findModel(model, [MODELS, modelsDirectory]);
  const weightsPath = await findWeights(path);
  if (weightsPath === undefined) throw noWeights(path);
  const checkpoint = await openWeights(weightsPath);
  const packed = WEIGHT_FORMATS.find((format) => format === checkpoint.packed?.weights);
  checkpoint.close();
  const fit = await fitWorker(model, checkpoint.tensors, packed ?? asked);

  const program = `${out}/cloudflare`;
  const assets = `${out}/assets`;
  for (const folder of [program, assets]) {
    await Deno.remove(folder, { recursive: true }).catch(ignoreAbsent);
    await Deno.mkdir(folder, { recursive: true });
  }
  await bundleWorker(program);
  await Deno.copyFile(`${ROOT}cloudflare/index.js`, `${program}/index.js`);
  await Deno.copyFile(KERNELS, `${program}/kernels.wasm`);
  await Deno.copyFile(KERNELS, `${assets}/kernels.wasm`);
  const written = await writeParts(path, assets, { weights: fit.weights });
  return { ...fit, ...written };
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) {
  try {
    const { name, weights, bytes, parts, table } = await buildForCloudflare(
      `${ROOT}dist`,
      Deno.env.toObject(),
    );
    console.log(`Memory of ${name}, in MB:\n${table}`);
    console.log(`Packed as ${weights}: ${bytes} bytes in ${parts} assets.`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    Deno.exit(UNUSABLE);
  }
}
