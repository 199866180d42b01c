import { z } from "zod";
import type { RequestKind } from "../requests/accept.ts";
import { text } from "../requests/field_schemas.ts";

/** How the tokens are told, in the words of llama.cpp's servers and of vLLM's. */
export const TELLING = {
  model: z.string().nullish(),
  // There are no tokens that texts begin with, so that both hold.
  add_special: z.boolean().nullish(),
  add_special_tokens: z.boolean().nullish(),
  with_pieces: z.boolean().nullish(),
  return_token_strs: z.boolean().nullish(),
};

/** How the tokens of a request are told. */
export type Told = z.infer<z.ZodObject<typeof TELLING>>;

/** A text to tokenize: llama.cpp's servers call it `content`, vLLM's `prompt`. */
export const tokenizeTextRequest = z.strictObject({
  ...TELLING,
  content: text.optional(),
  prompt: text.optional(),
  text: text.optional(),
}).superRefine(({ content, prompt, text }, context) => {
  if ([content, prompt, text].filter((given) => given !== undefined).length === 1) return;
  const message = "the text must be there once, as 'content', 'prompt' or 'text', or as 'messages'";
  context.addIssue({ code: "custom", path: ["content"], message });
});

/** Messages to tokenize: the body of a chat completion, which may name a model, and these fields beside. */
export const tokenizeChatRequest = z.looseObject({
  ...TELLING,
  messages: z.array(z.unknown()),
  /** Whether an answer is to follow. It is, if nothing is said of it. */
  add_generation_prompt: z.boolean().nullish(),
});

/** The body of `POST /v1/tokenize`. */
export const tokenizeRequest = z.union([tokenizeTextRequest, tokenizeChatRequest]);

/** The body of `POST /v1/detokenize`. */
export const detokenizeRequest = z.strictObject({
  model: z.string().nullish(),
  tokens: z.array(z.int().min(0)),
});

/** How requests for the text of tokens are understood. */
export const DETOKENIZE: RequestKind<z.infer<typeof detokenizeRequest>> = {
  name: "tokens",
  schema: detokenizeRequest,
};
