import { answerRule, anything, responseRule } from "../browser_tokens/browser_rules.ts";
import { lazyHandler } from "../http/lazy_handler.ts";
import { lazySchemas } from "../http/lazy_schemas.ts";
import { EVENT_STREAM, JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";

const stored = () => import("./stored.ts");

const TAG = "Responses";

const schemas = lazySchemas(async () => ({
  ...await import("./schema.ts"),
  ...await import("./stored.ts"),
  ...await import("./include.ts"),
  ...await import("./replies.ts"),
  ...await import("../http/replies.ts"),
}));

/** The routes of `/v1/responses`. */
export const RESPONSE_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/responses",
    summary: "Answer, and keep the conversation",
    tag: TAG,
    schemas: schemas(({ responsesRequest, response, responseEvent }) => ({
      request: responsesRequest,
      replies: { [JSON_TYPE]: response, [EVENT_STREAM]: { events: responseEvent } },
    })),
    errors: [404, 409, 503],
    creates: "response",
    browser: answerRule,
    handler: lazyHandler(async (ports) => (await import("./responses.ts")).responses(ports)),
  },
  {
    method: "GET",
    path: "/v1/responses/:id",
    summary: "A stored response, or the events of its stream again",
    tag: TAG,
    schemas: schemas(({ retrieveQuery, response, responseEvent }) => ({
      query: retrieveQuery,
      replies: { [JSON_TYPE]: response, [EVENT_STREAM]: { events: responseEvent } },
    })),
    resumes: "With `stream`: the number of the last event that came. The stream goes on after it.",
    errors: [400, 404, 503],
    browser: responseRule("read"),
    handler: lazyHandler(async (ports) => (await stored()).retrieveResponse(ports)),
  },
  {
    method: "DELETE",
    path: "/v1/responses/:id",
    summary: "Delete a stored response",
    tag: TAG,
    schemas: schemas(({ deleted }) => ({ replies: { [JSON_TYPE]: deleted } })),
    errors: [404, 503],
    handler: lazyHandler(async (ports) => (await stored()).deleteResponse(ports)),
  },
  {
    method: "POST",
    path: "/v1/responses/:id/cancel",
    summary: "Stop a response that is being made",
    tag: TAG,
    schemas: schemas(({ response }) => ({ replies: { [JSON_TYPE]: response } })),
    errors: [404, 503],
    browser: responseRule("write"),
    handler: lazyHandler(async (ports) => (await stored()).cancelResponse(ports)),
  },
  {
    method: "GET",
    path: "/v1/responses/:id/input_items",
    summary: "List what a stored response answers",
    tag: TAG,
    schemas: schemas(({ itemsQuery, page }) => ({
      query: itemsQuery,
      replies: { [JSON_TYPE]: page },
    })),
    errors: [400, 404, 503],
    browser: responseRule("read"),
    handler: lazyHandler(async (ports) => (await stored()).listInputItems(ports)),
  },
  {
    method: "GET",
    path: "/v1/responses/:id/state",
    summary: "How large the numbers of the state after a response are, by layer and head",
    tag: TAG,
    schemas: schemas(({ stateSummary }) => ({ replies: { [JSON_TYPE]: stateSummary } })),
    errors: [400, 404, 503],
    browser: responseRule("read"),
    handler: lazyHandler(async (ports) => (await import("./state.ts")).showState(ports)),
  },
  // A WebSocket, of which each message is checked as a body of `POST` is.
  {
    method: "GET",
    path: "/v1/responses",
    summary: "Ask for responses over a WebSocket: each message is a request, and gets its events",
    tag: TAG,
    schemas: schemas(() => ({ replies: { [JSON_TYPE]: "text" } })),
    errors: [403, 426],
    browser: anything,
    handler: (ports) => {
      const { sockets } = ports;
      if (sockets === undefined) return undefined;
      const load = async () => (await import("./socket.ts")).responsesSocket(ports, sockets);
      return lazyHandler(load)(ports);
    },
  },
  // After the paths with an id that match them too, so that logs know them by their own paths.
  {
    method: "POST",
    path: "/v1/responses/input_tokens",
    summary: "Count what a response would have to read",
    tag: TAG,
    schemas: schemas(({ inputTokensRequest, inputTokens }) => ({
      request: inputTokensRequest,
      replies: { [JSON_TYPE]: inputTokens },
    })),
    errors: [404, 409, 503],
    handler: lazyHandler(async (ports) =>
      (await import("./input_tokens.ts")).countInputTokens(ports)
    ),
  },
  {
    method: "POST",
    path: "/v1/responses/compact",
    summary: "Read a conversation, for one item that stands for all of it",
    tag: TAG,
    schemas: schemas(({ compactRequest, compaction }) => ({
      request: compactRequest,
      replies: { [JSON_TYPE]: compaction },
    })),
    errors: [404, 409, 503],
    creates: "answer",
    handler: lazyHandler(async (ports) => (await import("./compact.ts")).compactResponse(ports)),
  },
];
