import { findFile } from "../checkpoint/find_file.ts";
import type { Place } from "./choose_vocabulary.ts";

/** Names of the G1 series and of G0, which has the same format: `rwkv7-g1d-0.1b`, `RWKV7-0.4B-g1`. */
const G1_NAME = /(^|[-_. ])g[01][a-z]?\d?([-_. ]|$)/i;

/** Occurs in the templates of reasoning models. */
const THINKS = /<think/;

/** The key of the template in a GGUF file. */
const GGUF_TEMPLATE = "tokenizer.chat_template";

/** Files of a Hugging Face folder that may contain a template. */
const TEMPLATE_FILES = ["chat_template.jinja", "tokenizer_config.json"];

/** Properties of a model from which its template is chosen. */
export interface TemplateClues {
  readonly version: string;
  readonly tokenizer: string;
  /** The metadata of a GGUF file. */
  readonly metadata: ReadonlyMap<string, unknown> | undefined;
}

/**
 * Chooses the chat template of a model without `chat_template`: by its name, by whether the template in its GGUF file
 * or beside its weights has thoughts, or else by its version.
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
  // Files beside a weights file that was given by its own path may belong to another model.
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
