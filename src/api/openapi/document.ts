import { z } from "zod";
import { errorEnvelope } from "../http/replies.ts";
import type { Content, Route, RouteSchemas } from "../http/route.ts";
import { OPEN_SHAPES } from "../requests/open_shapes.ts";

/** A JSON object under construction. */
type Json = Record<string, unknown>;

/** What the document describes. */
export interface DocumentOptions {
  /** The routes of the server. */
  readonly routes: readonly Route[];
  readonly version: string;
  /** The model named in examples. */
  readonly model: string;
  /** Whether the API requires a key. */
  readonly secured: boolean;
  /** Whether bodies with unknown fields are rejected. */
  readonly strict: boolean;
}

const IDEMPOTENCY_KEY =
  "Identifies the request: a retry with the same key within a day gets the same result, or joins the request in progress.";

const REASONS: Readonly<Record<number, string>> = {
  400: "The request is invalid; `param` names the field at fault.",
  401: "The key is missing or wrong.",
  403: "Not allowed for pages of this origin, or for this browser token.",
  404: "Not found.",
  408: "Timed out waiting for more of the text.",
  409: "Conflict with the current state, or with another operation in progress.",
  413: "The body is too large.",
  415: "Unsupported media type.",
  422: "The `Idempotency-Key` was used with a different request.",
  426: "Only for WebSockets.",
  429: "Over the rate limit or the storage quota, or the queue is full: see `Retry-After`.",
  500: "The server failed.",
  503: "The store is unavailable, full, read-only or damaged, or the server is stopping.",
};

/** Where in the document a schema stands. */
const SCHEMAS = "#/components/schemas/";

/** Adds what a body may also contain: other fields, and other forms of messages. */
function openShape(schema: z.core.$ZodType, json: z.core.JSONSchema.BaseSchema): void {
  if (json.additionalProperties === false) delete json.additionalProperties;
  const shape = OPEN_SHAPES.get(schema);
  if (shape === undefined) return;
  for (const key of Object.keys(json)) delete json[key];
  Object.assign(json, shape);
}

/** zod's references start at the root of each schema, not at the root of the document. */
function rebase(value: unknown, base: string): unknown {
  if (Array.isArray(value)) return value.map((item) => rebase(item, base));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === "$ref" && typeof item === "string" && item.startsWith("#")
        ? base + item.slice(1)
        : rebase(item, base),
    ]),
  );
}

/** The schemas of a document, each under a unique name. */
class Schemas {
  readonly json: Json = {};
  readonly #strict: boolean;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  /** A reference to the schema for input or output. */
  add(name: string, schema: z.ZodType, io: "input" | "output"): Json {
    const { $schema: _, ...json } = z.toJSONSchema(schema, {
      io,
      unrepresentable: "any",
      override: ({ zodSchema, jsonSchema }) => {
        if (io === "input" && !this.#strict) openShape(zodSchema, jsonSchema);
      },
    });
    this.json[name] = rebase(json, SCHEMAS + name);
    return { $ref: SCHEMAS + name };
  }
}

/**
 * A path of hono in OpenAPI's form.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(openApiPath("/v1/models/:id{.+}"), "/v1/models/{id}");
 * ```
 */
export function openApiPath(path: string): string {
  return path.replace(/:(\w+)(\{[^}]*\})?/g, "{$1}");
}

/** `POST /v1/chat/completions` is `postChatCompletions`. */
function operationId(method: string, path: string): string {
  const words = openApiPath(path).replace(/^\/v1/, "").split(/\W+/).filter(Boolean);
  const name = (words.length > 0 ? words : ["page"])
    .map((word) => word[0]!.toUpperCase() + word.slice(1));
  return method.toLowerCase() + name.join("");
}

/** The schema of raw bytes. */
const BINARY = { type: "string", format: "binary" };

function contentOf(content: Content, name: string, schemas: Schemas): Json {
  if (content === "text") return { schema: { type: "string" } };
  if (!("events" in content)) return { schema: schemas.add(`${name}Reply`, content, "output") };
  // The data of each event except `[DONE]`. OpenAPI 3.2 calls this `itemSchema`.
  const item = schemas.add(`${name}Event`, content.events, "output");
  return { schema: { type: "string" }, "x-itemSchema": item };
}

function parametersOf(
  path: string,
  { headers = {}, resumes }: Pick<Route, "headers" | "resumes">,
  query: RouteSchemas["query"],
): Json[] {
  const all = { ...headers, ...(resumes ? { "Last-Event-ID": resumes } : {}) };
  const inHeaders = Object.entries(all).map(([name, description]) => ({
    name,
    in: "header",
    description,
    schema: { type: "string" },
  }));
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  if (query === undefined) return [...inPath, ...inHeaders];
  const { properties = {}, required = [] } = z.toJSONSchema(query, {
    io: "input",
    unrepresentable: "any",
  });
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
  return [...inPath, ...inQuery, ...inHeaders];
}

function describe(
  route: Route,
  { request, query, replies }: RouteSchemas,
  schemas: Schemas,
  error: Json,
  secured: boolean,
  model: string,
): Json {
  const { method, path, summary, tag, upload, resumes, headers, errors = [], creates } = route;
  const id = operationId(method, path);
  const name = id[0]!.toUpperCase() + id.slice(1);
  const isApi = path.startsWith("/v1/");
  const statuses = new Set([
    ...request || upload ? [400, 413, 415] : [],
    ...query ? [400] : [],
    ...isApi ? [401, 403, 429] : [],
    ...errors,
    ...creates ? [422] : [],
    500,
  ]);
  const parameters = parametersOf(
    path,
    creates ? { ...route, headers: { ...headers, "Idempotency-Key": IDEMPOTENCY_KEY } } : route,
    query,
  );
  const failures = [...statuses].sort().map((status) => [`${status}`, {
    description: REASONS[status] ?? "Refused.",
    content: { "application/json": { schema: error } },
  }]);
  return {
    operationId: id,
    summary,
    tags: [tag],
    ...(isApi && secured ? { security: [{ key: [] }] } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(request
      ? {
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: schemas.add(`${name}Request`, request, "input"),
              ...(route.example ? { example: route.example(model) } : {}),
            },
          },
        },
      }
      : {}),
    ...(upload
      ? { requestBody: { required: true, content: { [upload]: { schema: BINARY } } } }
      : {}),
    responses: {
      200: {
        description: "Done.",
        content: Object.fromEntries(
          Object.entries(replies)
            .map(([type, content]) => [type, contentOf(content, name, schemas)]),
        ),
      },
      ...(resumes ? { 204: { description: "There are no further events.", content: {} } } : {}),
      ...Object.fromEntries(failures),
    },
  };
}

/**
 * The OpenAPI description of an API.
 *
 * Source: OpenAPI Specification 3.1.1, whose schemas are JSON Schema 2020-12.
 */
export async function openApiDocument(
  { routes, version, model, secured, strict }: DocumentOptions,
): Promise<Json> {
  const schemas = new Schemas(strict);
  const error = schemas.add("Error", errorEnvelope, "output");
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const own = paths[openApiPath(route.path)] ??= {};
    const described = describe(route, await route.schemas(), schemas, error, secured, model);
    own[route.method.toLowerCase()] = described;
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Tern",
      version,
      description:
        "A chat endpoint that keeps conversations without limit, over RWKV language models. The API is OpenAI's: its clients work with it. Fields without effect are ignored and named in the header `tern-ignored`; fields that would change the answer but are not supported are rejected with 400.",
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: schemas.json,
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
    },
  };
}
