import { lazyHandler } from "../http/lazy_handler.ts";
import { lazySchemas } from "../http/lazy_schemas.ts";
import { JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";

const tokens = () => import("./tokens.ts");

const TAG = "Tokens";

const schemas = lazySchemas(async () => ({
  ...await import("./schema.ts"),
  ...await import("./replies.ts"),
  ...await import("./look.ts"),
}));

/** The routes of `/v1/tokenize`, `/v1/detokenize` and `/v1/look`. */
export const TOKEN_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/tokenize",
    summary: "The tokens of a text, or of the prompt of a chat completion",
    tag: TAG,
    example: () => ({ content: "My name is Sarah.", with_pieces: true }),
    schemas: schemas(({ tokenizeRequest, tokenList }) => ({
      request: tokenizeRequest,
      replies: { [JSON_TYPE]: tokenList },
    })),
    errors: [404],
    handler: lazyHandler(async (ports) => (await tokens()).tokenize(ports)),
  },
  {
    method: "POST",
    path: "/v1/detokenize",
    summary: "The text of tokens",
    tag: TAG,
    example: () => ({ tokens: [72, 105] }),
    schemas: schemas(({ detokenizeRequest, tokenText }) => ({
      request: detokenizeRequest,
      replies: { [JSON_TYPE]: tokenText },
    })),
    errors: [404],
    handler: lazyHandler(async (ports) => (await tokens()).detokenize(ports)),
  },
  {
    method: "POST",
    path: "/v1/look",
    summary: "What the model makes of a text: probabilities, its state, how fast it forgets",
    tag: TAG,
    example: () => ({ content: "My name is Sarah.", top: 3 }),
    schemas: schemas(({ lookRequest, look }) => ({
      request: lookRequest,
      replies: { [JSON_TYPE]: look },
    })),
    errors: [404, 429],
    handler: lazyHandler(async (ports) => (await import("./look.ts")).lookAt(ports)),
  },
];
