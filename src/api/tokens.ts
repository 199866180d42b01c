import type { Handler } from "hono";
import { z } from "zod";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ApiEnv, ApiPorts } from "./context.ts";
import { InvalidRequestError } from "./errors.ts";
import { text } from "./fields.ts";
import { readRequest } from "./requests/accept.ts";
import { requireServed } from "./require_served.ts";
import { tokenText } from "./logprobs.ts";

/** The body of `POST /tokenize`: llama.cpp's servers call the text `content`, vLLM's `prompt`. */
export const tokenizeRequest = z.strictObject({
  model: z.string().nullish(),
  content: text.optional(),
  prompt: text.optional(),
  // There are no tokens that texts begin with, so that both hold.
  add_special: z.boolean().nullish(),
  add_special_tokens: z.boolean().nullish(),
  with_pieces: z.boolean().nullish(),
  return_token_strs: z.boolean().nullish(),
}).superRefine(({ content, prompt }, context) => {
  if ((content === undefined) !== (prompt === undefined)) return;
  const message = "the text must be there, as either 'content' or 'prompt'";
  context.addIssue({ code: "custom", path: ["content"], message });
});

/** The body of `POST /detokenize`. */
export const detokenizeRequest = z.strictObject({
  model: z.string().nullish(),
  tokens: z.array(z.int().min(0)),
});

/** `POST /tokenize`: the tokens of a text, in the words of both servers. */
export function tokenize(ports: ApiPorts): Handler<ApiEnv> {
  const { chat } = ports;
  const { tokenizer } = chat;
  return async (c) => {
    const request = await readRequest(c, ports, { schema: tokenizeRequest });
    if (typeof request.model === "string") requireServed(chat, request.model);
    const tokens = tokenizer.encode(request.content ?? request.prompt ?? "");
    return c.json({
      tokens: request.with_pieces
        ? tokens.map((id) => ({ id, piece: piece(tokenizer, id) }))
        : tokens,
      count: tokens.length,
      // A recurrent model has no longest text.
      max_model_len: null,
      token_strs: request.return_token_strs
        ? tokens.map((token) => tokenText(tokenizer, token))
        : null,
    });
  };
}

/** `POST /detokenize`: the text of tokens, under the names of both servers. */
export function detokenize(ports: ApiPorts): Handler<ApiEnv> {
  const { chat } = ports;
  const { tokenizer } = chat;
  return async (c) => {
    const request = await readRequest(c, ports, { schema: detokenizeRequest });
    if (typeof request.model === "string") requireServed(chat, request.model);
    requireTokens(request.tokens, tokenizer, "tokens");
    const content = textOfTokens(request.tokens, tokenizer);
    return c.json({ content, prompt: content });
  };
}

/** The text of tokens. Halves of characters become U+FFFD. */
export function textOfTokens(tokens: readonly number[], tokenizer: Tokenizer): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const texts = tokens.map((token) => decoder.decode(tokenizer.bytes(token), { stream: true }));
  return texts.join("") + decoder.decode();
}

/** @throws {InvalidRequestError} if the model does not have one of the tokens */
export function requireTokens(
  tokens: readonly number[],
  { vocabSize }: Tokenizer,
  param: string,
): void {
  const unknown = tokens.find((token) => token >= vocabSize);
  if (unknown === undefined) return;
  throw new InvalidRequestError(
    `Invalid '${param}': the model has no token ${unknown}, only those below ${vocabSize}.`,
    param,
    "invalid_value",
  );
}

/** A token's text, or its bytes where it is only part of a character. */
function piece(tokenizer: Tokenizer, token: number): string | number[] {
  const bytes = tokenizer.bytes(token);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return [...bytes];
  }
}
