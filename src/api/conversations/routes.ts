import { conversationRule } from "../browser_tokens/browser_rules.ts";
import type { ApiPorts } from "../http/context.ts";
import { lazyHandler } from "../http/lazy_handler.ts";
import { lazySchemas } from "../http/lazy_schemas.ts";
import { EVENT_STREAM, JSON_TYPE } from "../http/media_types.ts";
import type { Route } from "../http/route.ts";
import { FILE_TYPE, TEXT_TYPE } from "./uploads.ts";

const handlers = async (ports: ApiPorts) =>
  (await import("./handlers.ts")).conversationHandlers(ports);
const files = () => import("./files.ts");
const ingests = () => import("./ingest.ts");

const TAG = "Conversations";

const schemas = lazySchemas(async () => ({
  ...await import("./schema.ts"),
  ...await import("./files.ts"),
  ...await import("./ingest.ts"),
  ...await import("./list.ts"),
  ...await import("./replies.ts"),
  ...await import("../http/replies.ts"),
  ...await import("../requests/paging.ts"),
  ...await import("../responses/include.ts"),
}));

/** The routes of `/v1/conversations`. */
export const CONVERSATION_ROUTES: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/conversations",
    summary: "Begin a conversation",
    tag: TAG,
    example: () => ({ title: "A talk" }),
    schemas: schemas(({ createRequest, conversation }) => ({
      request: createRequest,
      replies: { [JSON_TYPE]: conversation },
    })),
    errors: [503],
    creates: "json",
    handler: lazyHandler(async (ports) => (await handlers(ports)).create),
  },
  {
    method: "GET",
    path: "/v1/conversations",
    summary: "List conversations, the last changed first, and search their titles and metadata",
    tag: TAG,
    schemas: schemas(({ conversationsQuery, conversationPage }) => ({
      query: conversationsQuery,
      replies: { [JSON_TYPE]: conversationPage },
    })),
    errors: [400, 503],
    handler: lazyHandler(async (ports) => (await import("./list.ts")).listConversations(ports)),
  },
  // Before the path with an id that matches it too.
  {
    method: "POST",
    path: "/v1/conversations/import",
    summary: "Make a conversation of a file that one was exported to",
    tag: TAG,
    schemas: schemas(({ importQuery, conversation }) => ({
      query: importQuery,
      replies: { [JSON_TYPE]: conversation },
    })),
    upload: FILE_TYPE,
    errors: [409, 503],
    creates: "upload",
    handler: lazyHandler(async (ports) => (await files()).importConversation(ports)),
  },
  {
    method: "GET",
    path: "/v1/conversations/:id/export",
    summary: "The whole conversation, with its states, as one file",
    tag: TAG,
    schemas: schemas(({ exportQuery }) => ({
      query: exportQuery,
      replies: { [FILE_TYPE]: "text" },
    })),
    errors: [404, 503],
    handler: lazyHandler(async (ports) => (await files()).exportConversation(ports)),
  },
  {
    method: "GET",
    path: "/v1/conversations/:id",
    summary: "Describe a conversation",
    tag: TAG,
    schemas: schemas(({ conversation }) => ({ replies: { [JSON_TYPE]: conversation } })),
    errors: [404, 503],
    browser: conversationRule("read"),
    handler: lazyHandler(async (ports) => (await handlers(ports)).show),
  },
  {
    method: "POST",
    path: "/v1/conversations/:id",
    summary: "Change what is kept with a conversation",
    tag: TAG,
    example: () => ({ title: "Another talk" }),
    schemas: schemas(({ updateRequest, conversation }) => ({
      request: updateRequest,
      replies: { [JSON_TYPE]: conversation },
    })),
    errors: [404, 409, 503],
    handler: lazyHandler(async (ports) => (await handlers(ports)).update),
  },
  {
    method: "DELETE",
    path: "/v1/conversations/:id",
    summary: "Delete a conversation, and all that nothing else needs",
    tag: TAG,
    schemas: schemas(({ deleted }) => ({ replies: { [JSON_TYPE]: deleted } })),
    errors: [404, 409, 503],
    handler: lazyHandler(async (ports) => (await handlers(ports)).remove),
  },
  {
    method: "GET",
    path: "/v1/conversations/:id/items",
    summary: "List what was said",
    tag: TAG,
    schemas: schemas(({ itemsQuery, page }) => ({
      query: itemsQuery,
      replies: { [JSON_TYPE]: page },
    })),
    errors: [400, 404, 503],
    browser: conversationRule("read"),
    handler: lazyHandler(async (ports) => (await handlers(ports)).items),
  },
  {
    method: "POST",
    path: "/v1/conversations/:id/items",
    summary: "Add messages that the next response reads",
    tag: TAG,
    example: () => ({ items: [{ role: "user", content: "My name is Sarah." }] }),
    schemas: schemas(({ addRequest, page }) => ({
      request: addRequest,
      replies: { [JSON_TYPE]: page },
    })),
    errors: [404, 409, 503],
    creates: "json",
    handler: lazyHandler(async (ports) => (await handlers(ports)).addItems),
  },
  {
    method: "GET",
    path: "/v1/conversations/:id/items/:item",
    summary: "One message",
    tag: TAG,
    schemas: schemas(({ itemQuery, conversationItem }) => ({
      query: itemQuery,
      replies: { [JSON_TYPE]: conversationItem },
    })),
    errors: [404, 503],
    browser: conversationRule("read"),
    handler: lazyHandler(async (ports) => (await handlers(ports)).item),
  },
  {
    method: "DELETE",
    path: "/v1/conversations/:id/items/:item",
    summary: "Take a message out",
    tag: TAG,
    schemas: schemas(({ conversation }) => ({ replies: { [JSON_TYPE]: conversation } })),
    errors: [404, 409, 503],
    handler: lazyHandler(async (ports) => (await handlers(ports)).removeItem),
  },
  {
    method: "POST",
    path: "/v1/conversations/:id/fork",
    summary: "A conversation that goes on from a response of this one",
    tag: TAG,
    example: () => ({}),
    schemas: schemas(({ forkRequest, conversation }) => ({
      request: forkRequest,
      replies: { [JSON_TYPE]: conversation },
    })),
    errors: [404, 503],
    creates: "json",
    browser: conversationRule("fork"),
    handler: lazyHandler(async (ports) => (await handlers(ports)).fork),
  },
  {
    method: "POST",
    path: "/v1/conversations/:id/rewind",
    summary: "Go back to a response, and keep what came after as a branch",
    tag: TAG,
    example: () => ({ response_id: null }),
    schemas: schemas(({ rewindRequest, conversation }) => ({
      request: rewindRequest,
      replies: { [JSON_TYPE]: conversation },
    })),
    errors: [404, 409, 503],
    creates: "json",
    handler: lazyHandler(async (ports) => (await handlers(ports)).rewind),
  },
  {
    method: "POST",
    path: "/v1/conversations/:id/ingest",
    summary: "Read a text of any length into a conversation, or some of one",
    tag: TAG,
    schemas: schemas(({ ingestQuery, ingestState, ingestEvent }) => ({
      query: ingestQuery,
      replies: { [JSON_TYPE]: ingestState, [EVENT_STREAM]: { events: ingestEvent } },
    })),
    upload: TEXT_TYPE,
    headers: {
      "Upload-Offset": "The byte of the text that the body begins with. Absent: 0.",
      "Upload-Complete": "?0 if more of the text comes in another request. Absent: ?1.",
    },
    errors: [404, 408, 409, 503],
    creates: "upload",
    handler: lazyHandler(async (ports) => (await ingests()).ingest(ports)),
  },
  {
    method: "GET",
    path: "/v1/conversations/:id/ingest",
    summary: "How far a text is read: the byte to go on with",
    tag: TAG,
    schemas: schemas(({ ingestStatusQuery, ingestState, ingestEvent }) => ({
      query: ingestStatusQuery,
      replies: { [JSON_TYPE]: ingestState, [EVENT_STREAM]: { events: ingestEvent } },
    })),
    resumes: "With `stream`: the id of the last event that came. It is not told again.",
    errors: [400, 404, 503],
    handler: lazyHandler(async (ports) => (await ingests()).ingestStatus(ports)),
  },
  {
    method: "DELETE",
    path: "/v1/conversations/:id/ingest",
    summary: "Forget a text that is not complete",
    tag: TAG,
    schemas: schemas(({ deleted }) => ({ replies: { [JSON_TYPE]: deleted } })),
    errors: [404, 503],
    handler: lazyHandler(async (ports) => (await ingests()).cancelIngest(ports)),
  },
  {
    method: "GET",
    path: "/v1/conversations/:id/branches",
    summary: "List the ends of all ways that a conversation has taken",
    tag: TAG,
    schemas: schemas(({ pageQuery, page }) => ({
      query: pageQuery,
      replies: { [JSON_TYPE]: page },
    })),
    errors: [400, 404, 503],
    browser: conversationRule("read"),
    handler: lazyHandler(async (ports) => (await handlers(ports)).branches),
  },
  {
    method: "GET",
    path: "/v1/conversations/:id/tree",
    summary: "All branches of a conversation, with everything that was said in them",
    tag: TAG,
    schemas: schemas(({ conversationTree }) => ({ replies: { [JSON_TYPE]: conversationTree } })),
    errors: [400, 404, 503],
    browser: conversationRule("read"),
    handler: lazyHandler(async (ports) => (await import("./tree.ts")).showTree(ports)),
  },
  {
    method: "DELETE",
    path: "/v1/conversations/:id/branches/:response",
    summary: "Delete a branch, and all that nothing else needs",
    tag: TAG,
    schemas: schemas(({ deleted }) => ({ replies: { [JSON_TYPE]: deleted } })),
    errors: [404, 409, 503],
    handler: lazyHandler(async (ports) => (await handlers(ports)).removeBranch),
  },
];
