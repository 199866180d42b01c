import { z } from "zod";
import { EMBEDDED_FOLDER } from "./models.ts";

const configSchema = z.looseObject({ vocab_size: z.int() });

/** A model folder that goes when it is disposed of. */
export interface EndlessFolder extends AsyncDisposable {
  readonly path: string;
}

/** The embedded model, but with no end to what it says: each of its answers has just as many tokens as it may have. */
export async function endlessFolder(): Promise<EndlessFolder> {
  const path = await Deno.makeTempDir();
  for await (const { name } of Deno.readDir(EMBEDDED_FOLDER)) {
    await Deno.copyFile(`${EMBEDDED_FOLDER}/${name}`, `${path}/${name}`);
  }
  const file = `${path}/config.json`;
  const config = configSchema.parse(JSON.parse(await Deno.readTextFile(file)));
  // The last of the vocabulary stands for nothing, and was never learned.
  const endless = { ...config, stop: [], eos_token_id: config.vocab_size - 1 };
  await Deno.writeTextFile(file, JSON.stringify(endless));
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
