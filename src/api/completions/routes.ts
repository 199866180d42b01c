import { lazyHandler } from "../http/lazy_handler.ts";
import { lazySchemas } from "../http/lazy_schemas.ts";
import { EVENT_STREAM, JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";

const TAG = "Completions";

const schemas = lazySchemas(async () => ({
  ...await import("./schema.ts"),
  ...await import("./replies.ts"),
}));

/** The route of `/v1/completions`. */
export const COMPLETION_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/completions",
    summary: "Go on with a text as it is, without a template",
    tag: TAG,
    example: (model) => ({ model, prompt: "Once upon a time", max_tokens: 60 }),
    schemas: schemas(({ completionRequest, textCompletion, textCompletionChunk }) => ({
      request: completionRequest,
      replies: { [JSON_TYPE]: textCompletion, [EVENT_STREAM]: { events: textCompletionChunk } },
    })),
    errors: [404],
    creates: "answer",
    handler: lazyHandler(async (ports) => (await import("./completions.ts")).completions(ports)),
  },
];
