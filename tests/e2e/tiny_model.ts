import { RandomCheckpoint } from "../../scripts/bench/random_checkpoint.ts";
import { writeSafetensors } from "../../scripts/bench/write_safetensors.ts";

const EMBEDDED = new URL("../../models/tern-7m/", import.meta.url).pathname;

/**
 * Writes a folder with a model of random weights and one layer, which reads texts as fast as a server can bring them to
 * it, in the tokens of the embedded one. What it says is nonsense.
 */
export async function writeTinyModel(folder: string): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile(`${EMBEDDED}config.json`));
  const checkpoint = new RandomCheckpoint({
    version: "7",
    n_layer: 1,
    sizes: { V: config.vocab_size, D: 64, F: 64, H: 1, N: 64, dw: 16, da: 16, dv: 16, dg: 16 },
  });
  await writeSafetensors(checkpoint, `${folder}/model.safetensors`);
  await Deno.copyFile(`${EMBEDDED}${config.vocab_file}`, `${folder}/${config.vocab_file}`);
  await Deno.writeTextFile(
    `${folder}/config.json`,
    JSON.stringify({ ...config, name: "tiny", n_layer: 1, n_embd: 64 }),
  );
}
