/**
 * Builds what is deployed to Cloudflare, as wrangler.toml has it: the program in `dist/cloudflare/`, the model's files in
 * `dist/assets/`.
 *
 * @module
 */
import { parseFolderConfig } from "../src/checkpoint/folder_config.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const MODEL = `${ROOT}models/tern-7m`;
const KERNELS = `${ROOT}src/engine/simd/kernels.wasm`;

/** Makes both folders anew, under another one. */
export async function buildForCloudflare(out: string): Promise<void> {
  const program = `${out}/cloudflare`;
  const assets = `${out}/assets`;
  for (const folder of [program, assets]) await Deno.mkdir(folder, { recursive: true });
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--config", `${ROOT}deno.json`, "--platform", "browser"],
      ...["--external", "node:*", "--output", `${program}/worker.js`, `${ROOT}src/worker.ts`],
    ],
  }).spawn().status;
  if (!success) Deno.exit(1);
  await Deno.copyFile(`${ROOT}cloudflare/index.js`, `${program}/index.js`);
  await Deno.copyFile(KERNELS, `${program}/kernels.wasm`);

  const config = await Deno.readTextFile(`${MODEL}/config.json`);
  const { vocab_file: vocabulary } = parseFolderConfig(config, `${MODEL}/config.json`);
  const files = ["config.json", "model.safetensors", ...vocabulary ? [vocabulary] : []];
  for (const file of files) await Deno.copyFile(`${MODEL}/${file}`, `${assets}/${file}`);
  await Deno.copyFile(KERNELS, `${assets}/kernels.wasm`);
}

if (import.meta.main) await buildForCloudflare(`${ROOT}dist`);
