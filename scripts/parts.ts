/**
 * Packs a model and cuts it into small files with checksums, for hosts of static files:
 *
 *     deno task parts rwkv7-g1d-0.1b dist/model --weights int4
 *
 * The folder is put on a web server, and `TERN_MODEL` is set to the URL that this prints the end of.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { PARTS_INDEX } from "../src/checkpoint/model_parts.ts";
import { WEIGHT_FORMATS } from "../src/engine/simd/weight_format.ts";
import { SETTINGS } from "../src/settings/settings.ts";
import { UNUSABLE } from "./flags.ts";
import { writeParts } from "./deploy/write_parts.ts";

const USAGE = `Usage: deno task parts MODEL FOLDER [--weights ${WEIGHT_FORMATS.join("|")}]`;

try {
  const { positionals: [model, folder, ...rest], values } = parseArgs({
    args: Deno.args,
    options: { weights: { type: "string", default: "int8" } },
    allowPositionals: true,
  });
  const weights = WEIGHT_FORMATS.find((format) => format === values.weights);
  if (model === undefined || folder === undefined || rest.length > 0 || weights === undefined) {
    throw new Error(USAGE);
  }
  const modelsDirectory = Deno.env.get("TERN_MODELS") || SETTINGS.modelsDirectory.default;
  const { name, bytes, parts, sha256 } = await writeParts(model, folder, {
    weights,
    modelsDirectory,
  });
  console.log(`${name}: ${bytes} bytes in ${parts} parts, in ${folder}`);
  console.log(`TERN_MODEL=https://HOST/FOLDER/${PARTS_INDEX}#sha256=${sha256}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(UNUSABLE);
}
