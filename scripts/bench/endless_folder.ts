import { z } from "zod";
import { EMBEDDED_FOLDER } from "./models.ts";

const configSchema = z.looseObject({ vocab_size: z.int() });

/** A model folder that goes when it is disposed of. */
export interface EndlessFolder extends AsyncDisposable {
  readonly path: string;
}

/** A model, but with no end to what it says: each of its answers has just as many tokens as it may have. */
export async function endlessFolder(file: string): Promise<EndlessFolder> {
  const path = await Deno.makeTempDir();
  await using unfinished = new AsyncDisposableStack();
  unfinished.defer(() => Deno.remove(path, { recursive: true }));
  if (file.startsWith(`${EMBEDDED_FOLDER}/`)) await copyEmbedded(path);
  else await linkFile(file, path);
  const finished = unfinished.move();
  return { path, [Symbol.asyncDispose]: () => finished.disposeAsync() };
}

async function copyEmbedded(path: string): Promise<void> {
  for await (const { name } of Deno.readDir(EMBEDDED_FOLDER)) {
    await Deno.copyFile(`${EMBEDDED_FOLDER}/${name}`, `${path}/${name}`);
  }
  const file = `${path}/config.json`;
  const config = configSchema.parse(JSON.parse(await Deno.readTextFile(file)));
  // The last of the vocabulary stands for nothing, and was never learned.
  const endless = { ...config, stop: [], eos_token_id: config.vocab_size - 1 };
  await Deno.writeTextFile(file, JSON.stringify(endless));
}

async function linkFile(file: string, path: string): Promise<void> {
  await Deno.symlink(file, `${path}/model.safetensors`);
  // The World vocabulary has fewer words than the matrices have rows.
  const endless = { name: "random", stop: [], eos_token_id: 65_535 };
  await Deno.writeTextFile(`${path}/config.json`, JSON.stringify(endless));
}
