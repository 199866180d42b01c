import { findFile } from "../checkpoint/find_file.ts";
import type { Place } from "./choose_vocabulary.ts";

/** Names of the G1 series and of the models before it that were taught the same: `rwkv7-g1d-0.1b`, `RWKV7-0.4B-g1`. */
const G1_NAME = /(^|[-_. ])g[01][a-z]?\d?([-_. ]|$)/i;

/** What the template of a model that thinks has in it. */
const THINKS = /<think/;

/** A GGUF file's template. */
const GGUF_TEMPLATE = "tokenizer.chat_template";

/** Files of a Hugging Face folder that have a template. */
const TEMPLATE_FILES = ["chat_template.jinja", "tokenizer_config.json"];

/** What is known of a model whose template is chosen. */
export interface TemplateClues {
  readonly version: string;
  readonly tokenizer: string;
  /** What a GGUF file says besides its tensors. */
  readonly metadata: ReadonlyMap<string, unknown> | undefined;
}

/**
 * Chooses the chat template of a model that names none: by its name, by the template in its GGUF file or beside its
 * weights if that has the marks of thoughts, or else by its version.
 */
export async function chooseTemplate(
  { path, folder, weightsPath }: Place,
  { version, tokenizer, metadata }: TemplateClues,
): Promise<string> {
  const names = [path, weightsPath].map((path) => path.replace(/\/+$/, "").split("/").at(-1)!);
  if (names.some((name) => /raven/i.test(name))) return "rwkv_raven";
  if (version === "4") return tokenizer === "rwkv_world" ? "rwkv4_world" : "rwkv_world";
  if (version === "7" && names.some((name) => G1_NAME.test(name))) return "rwkv_g1";
  if (metadata !== undefined) {
    const template = metadata.get(GGUF_TEMPLATE);
    const name = metadata.get("general.name");
    const isG1 = (typeof template === "string" && THINKS.test(template)) ||
      (version === "7" && typeof name === "string" && G1_NAME.test(name));
    return isG1 ? "rwkv_g1" : "rwkv_world";
  }
  // What lies beside a file that was given by its own path may be of something else.
  return folder === path.replace(/(?<=.)\/+$/, "") && await thinksByFiles(folder)
    ? "rwkv_g1"
    : "rwkv_world";
}

async function thinksByFiles(folder: string): Promise<boolean> {
  for (const name of TEMPLATE_FILES) {
    const path = await findFile(folder, [name]);
    if (path !== undefined && THINKS.test(await Deno.readTextFile(path))) return true;
  }
  return false;
}
