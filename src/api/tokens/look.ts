import type { Handler } from "hono";
import { z } from "zod";
import type { TokenLogprob } from "../../sampling/token_logprobs.ts";
import { JsonBody, readJson } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { InvalidRequestError } from "../errors/errors.ts";
import { validate } from "../requests/validation.ts";
import { tokenizeRequest } from "./schema.ts";
import { askedOf, piece } from "./tokens.ts";

/** Fields of a look beside those of `POST /v1/tokenize`. */
const lookFields = z.object({
  /** How many of the last tokens are looked at one by one. */
  last: z.int().min(1).max(256).nullish(),
  /** How many of the likeliest next tokens are told. */
  top: z.int().min(1).max(100).nullish(),
});

/** The body of `POST /v1/look`. */
export const lookRequest = z.intersection(z.looseObject(lookFields.shape), tokenizeRequest);

const DEFAULT_LAST = 64;
const DEFAULT_TOP = 10;

/**
 * `POST /v1/look`: what the model makes of a text, or of the prompt of a chat completion: the probability of each token,
 * the likeliest next ones, the size of the state by layer and head, and how fast each layer forgets.
 */
export function lookAt(ports: ApiPorts): Handler<ApiEnv> {
  const { limits, looker } = ports;
  return async (c) => {
    const body = await readJson(c.req.raw, limits.maxBodyBytes);
    const { last, top, ...asked } = validate(z.looseObject(lookFields.shape), body);
    const { tokens, tokenizer, told } = await askedOf(
      c,
      ports,
      new JsonBody(JSON.stringify(asked)),
    );
    if (tokens.length === 0) {
      throw new InvalidRequestError("There is no text to look at.", "content", "invalid_value");
    }
    const found = await looker.look({
      tenant: c.get("tenant"),
      model: told.model ?? undefined,
      tokens,
      last: last ?? DEFAULT_LAST,
      top: top ?? DEFAULT_TOP,
      signal: c.req.raw.signal,
    });
    const named = (id: number) => ({ id, piece: piece(tokenizer, id) });
    return c.json({
      object: "look",
      ...found,
      tokens: found.tokens.map(({ id, logprob }) => ({ ...named(id), logprob })),
      next: found.next.map(({ token, logprob }: TokenLogprob) => ({ ...named(token), logprob })),
    });
  };
}
