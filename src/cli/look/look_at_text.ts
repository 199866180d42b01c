import { readDecays } from "../../look/read_decays.ts";
import { type Look, look } from "../../look/look.ts";
import { openModel } from "../../models/open_model.ts";
import type { Config } from "../../settings/config.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { UsageError } from "../usage_error.ts";

/** What {@linkcode lookAtText} looks at, and how. */
export interface LookAtTextOptions {
  /** A file or a folder. */
  readonly model: string;
  readonly text: string;
  /** How many next tokens are told. */
  readonly top: number;
  readonly config: Config;
  readonly signal: AbortSignal;
}

/** A token with its text. */
interface Named {
  readonly id: number;
  readonly text: string;
}

/** What a model makes of a text: `tern look --json` prints it. */
export interface TextLook extends Omit<Look, "tokens" | "next"> {
  readonly model: string;
  readonly tokens: readonly (Named & { readonly probability: number | null })[];
  readonly next: readonly (Named & { readonly probability: number })[];
}

/**
 * Loads a model, reads a text token by token, and tells what it made of it.
 *
 * @throws {UsageError} When the text has no tokens.
 * @throws what keeps the model from being run
 */
export async function lookAtText(options: LookAtTextOptions): Promise<TextLook> {
  const { config, text, top, signal } = options;
  const { name, folder, inference, tokenizer } = await openModel(options.model, config);
  try {
    const tokens = tokenizer.encode(text);
    if (tokens.length === 0) throw new UsageError("There is no text to look at");
    const decays = await readDecays(folder.weightsPath, inference.config);
    const found = await look({ inference, decays, tokens, top, signal });
    return {
      ...found,
      model: name,
      tokens: found.tokens.map(({ id, logprob }) => ({
        id,
        text: tokenText(tokenizer, id),
        probability: logprob === null ? null : Math.exp(logprob),
      })),
      next: found.next.map(({ token, logprob }) => ({
        id: token,
        text: tokenText(tokenizer, token),
        probability: Math.exp(logprob),
      })),
    };
  } finally {
    await inference.close();
  }
}

function tokenText(tokenizer: Tokenizer, id: number): string {
  return new TextDecoder().decode(tokenizer.bytes(id));
}
