import type { Context, Handler } from "hono";
import { z } from "zod";
import type { ChatModels } from "../../turn/chat_models.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { readJson } from "../http/body.ts";
import { promptMessages } from "../chat_completions/prompt_messages.ts";
import { CHAT_COMPLETION } from "../chat_completions/schema.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { InvalidRequestError } from "../errors/errors.ts";
import { text } from "../requests/field_schemas.ts";
import { readRequest, understand } from "../requests/accept.ts";
import { tokenText } from "../answers/logprobs.ts";
import { validate } from "../requests/validation.ts";

/** How the tokens are told, in the words of llama.cpp's servers and of vLLM's. */
const TELLING = {
  model: z.string().nullish(),
  // There are no tokens that texts begin with, so that both hold.
  add_special: z.boolean().nullish(),
  add_special_tokens: z.boolean().nullish(),
  with_pieces: z.boolean().nullish(),
  return_token_strs: z.boolean().nullish(),
};

/** A text to tokenize: llama.cpp's servers call it `content`, vLLM's `prompt`. */
const tokenizeTextRequest = z.strictObject({
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
const tokenizeChatRequest = z.looseObject({
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

/** What a request is for the tokens of, and how they are told. */
interface Asked {
  readonly tokenizer: Tokenizer;
  readonly tokens: readonly number[];
  readonly told: z.infer<z.ZodObject<typeof TELLING>>;
}

/**
 * `POST /v1/tokenize`: the tokens of a text, or of the prompt that a chat completion would read: as many as its
 * `usage.prompt_tokens`.
 */
export function tokenize(ports: ApiPorts): Handler<ApiEnv> {
  const { limits } = ports;
  return async (c) => {
    const body = await readJson(c.req.raw, limits.maxBodyBytes);
    const { tokenizer, tokens, told } = await askedOf(c, ports, body);
    return c.json({
      tokens: told.with_pieces ? tokens.map((id) => ({ id, piece: piece(tokenizer, id) })) : tokens,
      count: tokens.length,
      // A recurrent model has no longest text.
      max_model_len: null,
      token_strs: told.return_token_strs
        ? tokens.map((token) => tokenText(tokenizer, token))
        : null,
    });
  };
}

/**
 * The tokens that a body like that of `POST /v1/tokenize` is about.
 *
 * @throws {ApiError} if it is not one
 */
export async function askedOf(
  c: Context<ApiEnv>,
  { models, strict }: Pick<ApiPorts, "models" | "strict">,
  body: unknown,
): Promise<Asked> {
  return isChat(body)
    ? await askedOfChat(c, models, strict, body)
    : await askedOfText(c, models, strict, body);
}

function isChat(body: unknown): boolean {
  return typeof body === "object" && body !== null && "messages" in body;
}

async function askedOfText(
  c: Context<ApiEnv>,
  models: ChatModels,
  strict: boolean,
  body: unknown,
): Promise<Asked> {
  const told = understand(c, strict, { schema: tokenizeTextRequest }, body);
  const tokenizer = await tokenizerOf(models, told.model);
  const text = told.content ?? told.prompt ?? told.text ?? "";
  return { tokenizer, tokens: tokenizer.encode(text), told };
}

async function askedOfChat(
  c: Context<ApiEnv>,
  models: ChatModels,
  strict: boolean,
  body: unknown,
): Promise<Asked> {
  const told = validate(tokenizeChatRequest, body);
  const { model, add_generation_prompt: answered, ...others } = told;
  const fields = Object.entries(others).filter(([name]) => !(name in TELLING));
  const request = understand(c, strict, CHAT_COMPLETION, {
    ...Object.fromEntries(fields),
    model: model ?? models.names.models[0],
  });
  const chat = await models.find(request.model);
  const messages = promptMessages(request);
  const tokens = chat.promptTokens({ messages, readOnly: answered === false });
  return { tokenizer: chat.tokenizer, tokens, told };
}

/** The tokenizer of the model that a request names, or else of the main one. @throws {UnknownModelError} */
async function tokenizerOf(
  models: ChatModels,
  name: string | null | undefined,
): Promise<Tokenizer> {
  if (typeof name === "string") await models.describe(name);
  return await models.tokenizer(name ?? undefined);
}

/** `POST /v1/detokenize`: the text of tokens, under the names of both servers. */
export function detokenize(ports: ApiPorts): Handler<ApiEnv> {
  const { models } = ports;
  return async (c) => {
    const request = await readRequest(c, ports, { schema: detokenizeRequest });
    const tokenizer = await tokenizerOf(models, request.model);
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
export function piece(tokenizer: Tokenizer, token: number): string | number[] {
  const bytes = tokenizer.bytes(token);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return [...bytes];
  }
}
