const EMBEDDED = new URL("../models/tern-7m/", import.meta.url).pathname;

/** What the model of {@linkcode writeThinkingModel} is called. */
export const THINKING_MODEL = "tern-thinks";

/**
 * Writes a folder with the embedded model, which is said to think and to call functions as the G1 series does. It was not
 * taught to, so that it thinks nothing of use.
 */
export async function writeThinkingModel(folder: string): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile(`${EMBEDDED}config.json`));
  for (const file of ["model.safetensors", config.vocab_file]) {
    await Deno.symlink(EMBEDDED + file, `${folder}/${file}`);
  }
  const own = {
    name: THINKING_MODEL,
    chat_template: "rwkv_g1",
    stop: ["\n\nUser:", "\n\nSystem:"],
  };
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify({ ...config, ...own }));
}
