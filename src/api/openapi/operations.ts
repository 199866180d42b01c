import { PROMETHEUS_TYPE } from "../../telemetry/prometheus.ts";
import { browserToken, browserTokenRequest } from "../browser_tokens/route.ts";
import { chatCompletionRequest } from "../chat_completions/schema.ts";
import {
  completionsQuery,
  messagesQuery,
  updateCompletionRequest,
} from "../chat_completions/stored.ts";
import {
  addRequest,
  createRequest,
  forkRequest,
  rewindRequest,
  updateRequest,
} from "../conversations/schema.ts";
import { FILE_TYPE, importQuery } from "../conversations/files.ts";
import { conversationsQuery } from "../conversations/list.ts";
import { ingestQuery, ingestStatusQuery, TEXT_TYPE } from "../conversations/ingest.ts";
import { completionRequest } from "../completions/schema.ts";
import { detokenizeRequest, tokenizeRequest } from "../tokens.ts";
import { pageQuery } from "../paging.ts";
import { itemQuery, itemsQuery } from "../responses/include.ts";
import { compactRequest, inputTokensRequest, responsesRequest } from "../responses/schema.ts";
import { retrieveQuery } from "../responses/stored.ts";
import type { Operation, RouteName } from "./operation.ts";
import {
  chatCompletion,
  chatCompletionChunk,
  compaction,
  conversation,
  conversationItem,
  conversationPage,
  deleted,
  description,
  health,
  ingestEvent,
  ingestState,
  inputTokens,
  model,
  modelList,
  page,
  response,
  responseEvent,
  textCompletion,
  textCompletionChunk,
  tokenList,
  tokenText,
} from "./replies.ts";

const JSON_TYPE = "application/json";
const EVENTS = "text/event-stream";
const HTML = "text/html";

/** All operations, by their routes. Bodies are what the routes validate with, so that neither can drift. */
export const OPERATIONS: Readonly<Record<RouteName, Operation>> = {
  "POST /v1/responses": {
    summary: "Answer, and keep the conversation",
    tag: "Responses",
    request: responsesRequest,
    replies: { [JSON_TYPE]: response, [EVENTS]: { events: responseEvent } },
    errors: [404, 409, 503],
  },
  "GET /v1/responses": {
    summary: "Ask for responses over a WebSocket: each message is a request, and gets its events",
    tag: "Responses",
    replies: { [JSON_TYPE]: "text" },
    errors: [403, 426],
  },
  "POST /v1/responses/input_tokens": {
    summary: "Count what a response would have to read",
    tag: "Responses",
    request: inputTokensRequest,
    replies: { [JSON_TYPE]: inputTokens },
    errors: [404, 409, 503],
  },
  "POST /v1/responses/compact": {
    summary: "Read a conversation, for one item that stands for all of it",
    tag: "Responses",
    request: compactRequest,
    replies: { [JSON_TYPE]: compaction },
    errors: [404, 409, 503],
  },
  "GET /v1/responses/:id": {
    summary: "A stored response, or the events of its stream again",
    tag: "Responses",
    query: retrieveQuery,
    resumes: "With `stream`: the number of the last event that came. The stream goes on after it.",
    replies: { [JSON_TYPE]: response, [EVENTS]: { events: responseEvent } },
    errors: [400, 404, 503],
  },
  "DELETE /v1/responses/:id": {
    summary: "Delete a stored response",
    tag: "Responses",
    replies: { [JSON_TYPE]: deleted },
    errors: [404, 503],
  },
  "POST /v1/responses/:id/cancel": {
    summary: "Stop a response that is being made",
    tag: "Responses",
    replies: { [JSON_TYPE]: response },
    errors: [404, 503],
  },
  "GET /v1/responses/:id/input_items": {
    summary: "List what a stored response answers",
    tag: "Responses",
    query: itemsQuery,
    replies: { [JSON_TYPE]: page },
    errors: [400, 404, 503],
  },
  "POST /v1/conversations": {
    summary: "Begin a conversation",
    tag: "Conversations",
    request: createRequest,
    replies: { [JSON_TYPE]: conversation },
    errors: [503],
  },
  "GET /v1/conversations": {
    summary: "List conversations, the last changed first, and search their titles and metadata",
    tag: "Conversations",
    query: conversationsQuery,
    replies: { [JSON_TYPE]: conversationPage },
    errors: [400, 503],
  },
  "POST /v1/conversations/import": {
    summary: "Make a conversation of a file that one was exported to",
    tag: "Conversations",
    stream: FILE_TYPE,
    query: importQuery,
    replies: { [JSON_TYPE]: conversation },
    errors: [409, 503],
  },
  "GET /v1/conversations/:id/export": {
    summary: "The whole conversation, with its states, as one file",
    tag: "Conversations",
    replies: { [FILE_TYPE]: "text" },
    errors: [404, 503],
  },
  "GET /v1/conversations/:id": {
    summary: "Describe a conversation",
    tag: "Conversations",
    replies: { [JSON_TYPE]: conversation },
    errors: [404, 503],
  },
  "POST /v1/conversations/:id": {
    summary: "Change what is kept with a conversation",
    tag: "Conversations",
    request: updateRequest,
    replies: { [JSON_TYPE]: conversation },
    errors: [404, 409, 503],
  },
  "DELETE /v1/conversations/:id": {
    summary: "Delete a conversation, and all that nothing else needs",
    tag: "Conversations",
    replies: { [JSON_TYPE]: deleted },
    errors: [404, 409, 503],
  },
  "GET /v1/conversations/:id/items": {
    summary: "List what was said",
    tag: "Conversations",
    query: itemsQuery,
    replies: { [JSON_TYPE]: page },
    errors: [400, 404, 503],
  },
  "POST /v1/conversations/:id/items": {
    summary: "Add messages that the next response reads",
    tag: "Conversations",
    request: addRequest,
    replies: { [JSON_TYPE]: page },
    errors: [404, 409, 503],
  },
  "GET /v1/conversations/:id/items/:item": {
    summary: "One message",
    tag: "Conversations",
    query: itemQuery,
    replies: { [JSON_TYPE]: conversationItem },
    errors: [404, 503],
  },
  "DELETE /v1/conversations/:id/items/:item": {
    summary: "Take a message out",
    tag: "Conversations",
    replies: { [JSON_TYPE]: conversation },
    errors: [404, 409, 503],
  },
  "POST /v1/conversations/:id/fork": {
    summary: "A conversation that goes on from a response of this one",
    tag: "Conversations",
    request: forkRequest,
    replies: { [JSON_TYPE]: conversation },
    errors: [404, 503],
  },
  "POST /v1/conversations/:id/rewind": {
    summary: "Go back to a response, and keep what came after as a branch",
    tag: "Conversations",
    request: rewindRequest,
    replies: { [JSON_TYPE]: conversation },
    errors: [404, 409, 503],
  },
  "POST /v1/conversations/:id/ingest": {
    summary: "Read a text of any length into a conversation, or some of one",
    tag: "Conversations",
    stream: TEXT_TYPE,
    query: ingestQuery,
    headers: {
      "Upload-Offset": "The byte of the text that the body begins with. Absent: 0.",
      "Upload-Complete": "?0 if more of the text comes in another request. Absent: ?1.",
    },
    replies: { [JSON_TYPE]: ingestState, [EVENTS]: { events: ingestEvent } },
    errors: [404, 408, 409, 503],
  },
  "GET /v1/conversations/:id/ingest": {
    summary: "How far a text is read: the byte to go on with",
    tag: "Conversations",
    query: ingestStatusQuery,
    resumes: "With `stream`: the id of the last event that came. It is not told again.",
    replies: { [JSON_TYPE]: ingestState, [EVENTS]: { events: ingestEvent } },
    errors: [400, 404, 503],
  },
  "DELETE /v1/conversations/:id/ingest": {
    summary: "Forget a text that is not complete",
    tag: "Conversations",
    replies: { [JSON_TYPE]: deleted },
    errors: [404, 503],
  },
  "GET /v1/conversations/:id/branches": {
    summary: "List the ends of all ways that a conversation has taken",
    tag: "Conversations",
    query: pageQuery,
    replies: { [JSON_TYPE]: page },
    errors: [400, 404, 503],
  },
  "DELETE /v1/conversations/:id/branches/:response": {
    summary: "Delete a branch, and all that nothing else needs",
    tag: "Conversations",
    replies: { [JSON_TYPE]: deleted },
    errors: [404, 409, 503],
  },
  "POST /v1/chat/completions": {
    summary: "Answer a conversation that is sent whole",
    tag: "Chat completions",
    request: chatCompletionRequest,
    replies: { [JSON_TYPE]: chatCompletion, [EVENTS]: { events: chatCompletionChunk } },
    errors: [404, 409, 503],
  },
  "GET /v1/chat/completions": {
    summary: "List the chat completions that were stored",
    tag: "Chat completions",
    query: completionsQuery,
    replies: { [JSON_TYPE]: page },
    errors: [400, 503],
  },
  "GET /v1/chat/completions/:id": {
    summary: "A stored chat completion",
    tag: "Chat completions",
    replies: { [JSON_TYPE]: chatCompletion },
    errors: [404, 503],
  },
  "POST /v1/chat/completions/:id": {
    summary: "Change what is kept with a stored chat completion",
    tag: "Chat completions",
    request: updateCompletionRequest,
    replies: { [JSON_TYPE]: chatCompletion },
    errors: [404, 503],
  },
  "DELETE /v1/chat/completions/:id": {
    summary: "Delete a stored chat completion",
    tag: "Chat completions",
    replies: { [JSON_TYPE]: deleted },
    errors: [404, 503],
  },
  "GET /v1/chat/completions/:id/messages": {
    summary: "List what a stored chat completion answers",
    tag: "Chat completions",
    query: messagesQuery,
    replies: { [JSON_TYPE]: page },
    errors: [400, 404, 503],
  },
  "POST /v1/browser_tokens": {
    summary: "Make a token for a page, which reaches one conversation",
    tag: "Browser tokens",
    request: browserTokenRequest,
    replies: { [JSON_TYPE]: browserToken },
    errors: [403, 404, 503],
  },
  "POST /v1/completions": {
    summary: "Go on with a text as it is, without a template",
    tag: "Completions",
    request: completionRequest,
    replies: { [JSON_TYPE]: textCompletion, [EVENTS]: { events: textCompletionChunk } },
    errors: [404],
  },
  "POST /v1/tokenize": {
    summary: "The tokens of a text, or of the prompt of a chat completion",
    tag: "Tokens",
    request: tokenizeRequest,
    replies: { [JSON_TYPE]: tokenList },
    errors: [404],
  },
  "POST /v1/detokenize": {
    summary: "The text of tokens",
    tag: "Tokens",
    request: detokenizeRequest,
    replies: { [JSON_TYPE]: tokenText },
    errors: [404],
  },
  "GET /v1/models": {
    summary: "List the model that is served",
    tag: "Models",
    replies: { [JSON_TYPE]: modelList },
  },
  "GET /v1/models/:id{.+}": {
    summary: "Describe a model",
    tag: "Models",
    replies: { [JSON_TYPE]: model },
    errors: [404],
  },
  "GET /": {
    summary: "A page to talk to the model",
    tag: "Server",
    replies: { [HTML]: "text" },
  },
  "GET /docs": {
    summary: "This description as a page",
    tag: "Server",
    replies: { [HTML]: "text" },
  },
  "GET /openapi.json": {
    summary: "This description",
    tag: "Server",
    replies: { [JSON_TYPE]: description },
  },
  "GET /health": {
    summary: "Tell whether the server answers. While the model is loaded it is 503, with `percent`",
    tag: "Server",
    replies: { [JSON_TYPE]: health },
  },
  "GET /metrics": {
    summary: "What the server measured, for Prometheus",
    tag: "Server",
    replies: { [PROMETHEUS_TYPE]: "text" },
    errors: [401],
  },
};
