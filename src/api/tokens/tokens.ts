import type { Context, Handler } from "hono";
import { atOnce, inSlices, mapping } from "../../stream/slices.ts";
import { encodeAll } from "../../tokenizer/encode_all.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { JsonBody, readBody } from "../http/body.ts";
import { openingOf, promptMessages } from "../chat_completions/prompt_messages.ts";
import { CHAT_COMPLETION } from "../chat_completions/schema.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { InvalidRequestError } from "../errors/errors.ts";
import { readRequest, understand } from "../requests/accept.ts";
import { tokenText } from "../answers/logprobs.ts";
import {
  DETOKENIZE,
  TELLING,
  tokenizeChatRequest,
  tokenizeTextRequest,
  type Told,
} from "./schema.ts";
import { validate } from "../requests/validation.ts";

/** What a request is for the tokens of, and how they are told. */
interface Asked {
  readonly tokenizer: Tokenizer;
  readonly tokens: readonly number[];
  readonly told: Told;
}

/**
 * `POST /v1/tokenize`: the tokens of a text, or of the prompt that a chat completion would read: as many as its
 * `usage.prompt_tokens`.
 */
export function tokenize(ports: ApiPorts): Handler<ApiEnv> {
  const { limits } = ports;
  return async (c) => {
    const body = await readBody(c.req.raw, limits.maxBodyBytes);
    const { tokenizer, tokens, told } = await askedOf(c, ports, body);
    const tellAll = <T>(tell: (token: number) => T) => inSlices(mapping(tokens, tell));
    return c.json({
      tokens: told.with_pieces
        ? await tellAll((id) => ({ id, piece: piece(tokenizer, id) }))
        : tokens,
      count: tokens.length,
      // A recurrent model has no longest text.
      max_model_len: null,
      token_strs: told.return_token_strs
        ? await tellAll((token) => tokenText(tokenizer, token))
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
  ports: ApiPorts,
  body: JsonBody,
): Promise<Asked> {
  return isChat(body.value)
    ? await askedOfChat(c, ports, body.value)
    : await askedOfText(c, ports, body);
}

function isChat(body: unknown): boolean {
  return typeof body === "object" && body !== null && "messages" in body;
}

async function askedOfText(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  body: JsonBody,
): Promise<Asked> {
  const told = await understand(c, ports, { schema: tokenizeTextRequest }, body);
  const tokenizer = await tokenizerOf(ports.models, told.model);
  const text = told.content ?? told.prompt ?? told.text ?? "";
  const [tokens = []] = await encodeAll(tokenizer, [text], c.req.raw.signal);
  return { tokenizer, tokens, told };
}

/** The tokenizer of the model that a request names, or else of the main one. @throws {UnknownModelError} */
async function tokenizerOf(
  models: ApiPorts["models"],
  name: string | null | undefined,
): Promise<Tokenizer> {
  if (typeof name === "string") await models.describe(name);
  return await models.tokenizer(name ?? undefined);
}

async function askedOfChat(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  body: unknown,
): Promise<Asked> {
  const { models } = ports;
  const told = validate(tokenizeChatRequest, body);
  const { model, add_generation_prompt: answered, ...others } = told;
  const fields = Object.entries(others).filter(([name]) => !(name in TELLING));
  const asked = { ...Object.fromEntries(fields), model: model ?? models.names.models[0] };
  const request = await understand(
    c,
    ports,
    CHAT_COMPLETION,
    new JsonBody(JSON.stringify(asked)),
  );
  const chat = await models.find(request.model);
  const messages = promptMessages(request, chat.template.tools);
  const opening = openingOf({ chat, strict: ports.strict }, request, c.get("notes"));
  const tokens = await chat.promptTokens({
    messages,
    readOnly: answered === false,
    ...opening ? { opening } : {},
  });
  return { tokenizer: chat.tokenizer, tokens, told };
}

/** `POST /v1/detokenize`: the text of tokens, under the names of both servers. */
export function detokenize(ports: ApiPorts): Handler<ApiEnv> {
  const { models } = ports;
  return async (c) => {
    const request = await readRequest(c, ports, DETOKENIZE);
    const tokenizer = await tokenizerOf(models, request.model);
    requireTokens(request.tokens, tokenizer, "tokens");
    const content = await inSlices(textOf(request.tokens, tokenizer));
    return c.json({ content, prompt: content });
  };
}

/** The text of tokens. Halves of characters become U+FFFD. */
export function textOfTokens(tokens: readonly number[], tokenizer: Tokenizer): string {
  return atOnce(textOf(tokens, tokenizer));
}

function* textOf(tokens: readonly number[], tokenizer: Tokenizer): Generator<void, string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const texts = yield* mapping(
    tokens,
    (token) => decoder.decode(tokenizer.bytes(token), { stream: true }),
  );
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
