import { chatRule } from "../browser_tokens/browser_rules.ts";
import { lazyHandler } from "../http/lazy_handler.ts";
import { lazySchemas } from "../http/lazy_schemas.ts";
import { EVENT_STREAM, JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";
import { chatCompletions } from "./chat_completions.ts";

const stored = () => import("./stored.ts");

const TAG = "Chat completions";

const schemas = lazySchemas(async () => ({
  ...await import("./schema.ts"),
  ...await import("./stored.ts"),
  ...await import("./replies.ts"),
  ...await import("../http/replies.ts"),
}));

/** The routes of `/v1/chat/completions`. */
export const CHAT_COMPLETION_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/chat/completions",
    summary: "Answer a conversation that is sent whole",
    tag: TAG,
    example: (model) => ({
      model,
      messages: [{ role: "user", content: "My name is Sarah." }],
      max_tokens: 60,
    }),
    schemas: schemas(({ chatCompletionRequest, chatCompletion, chatCompletionChunk }) => ({
      request: chatCompletionRequest,
      replies: { [JSON_TYPE]: chatCompletion, [EVENT_STREAM]: { events: chatCompletionChunk } },
    })),
    errors: [404, 409, 503],
    creates: "answer",
    browser: chatRule,
    handler: chatCompletions,
  },
  {
    method: "GET",
    path: "/v1/chat/completions",
    summary: "List the chat completions that were stored",
    tag: TAG,
    schemas: schemas(({ completionsQuery, page }) => ({
      query: completionsQuery,
      replies: { [JSON_TYPE]: page },
    })),
    errors: [400, 503],
    handler: lazyHandler(async (ports) => (await stored()).listCompletions(ports)),
  },
  {
    method: "GET",
    path: "/v1/chat/completions/:id",
    summary: "A stored chat completion",
    tag: TAG,
    schemas: schemas(({ chatCompletion }) => ({ replies: { [JSON_TYPE]: chatCompletion } })),
    errors: [404, 503],
    handler: lazyHandler(async (ports) => (await stored()).retrieveCompletion(ports)),
  },
  {
    method: "POST",
    path: "/v1/chat/completions/:id",
    summary: "Change what is kept with a stored chat completion",
    tag: TAG,
    schemas: schemas(({ updateCompletionRequest, chatCompletion }) => ({
      request: updateCompletionRequest,
      replies: { [JSON_TYPE]: chatCompletion },
    })),
    errors: [404, 503],
    handler: lazyHandler(async (ports) => (await stored()).updateCompletion(ports)),
  },
  {
    method: "DELETE",
    path: "/v1/chat/completions/:id",
    summary: "Delete a stored chat completion",
    tag: TAG,
    schemas: schemas(({ deleted }) => ({ replies: { [JSON_TYPE]: deleted } })),
    errors: [404, 503],
    handler: lazyHandler(async (ports) => (await stored()).deleteCompletion(ports)),
  },
  {
    method: "GET",
    path: "/v1/chat/completions/:id/messages",
    summary: "List what a stored chat completion answers",
    tag: TAG,
    schemas: schemas(({ messagesQuery, page }) => ({
      query: messagesQuery,
      replies: { [JSON_TYPE]: page },
    })),
    errors: [400, 404, 503],
    handler: lazyHandler(async (ports) => (await stored()).listCompletionMessages(ports)),
  },
];
