import { z } from "zod";
import { errorEnvelope } from "../http/replies.ts";
import type { Content, Route, RouteSchemas } from "../http/route.ts";
import { OPEN_SHAPES } from "../requests/open_shapes.ts";

/** JSON, as it is built up. */
type Json = Record<string, unknown>;

/** What is to be described. */
export interface DocumentOptions {
  /** The routes that the server has. */
  readonly routes: readonly Route[];
  readonly version: string;
  /** The model that examples name. */
  readonly model: string;
  /** The API asks for a key. */
  readonly secured: boolean;
  /** Bodies may have no other fields. */
  readonly strict: boolean;
}

const IDEMPOTENCY_KEY =
  "Names the request: sent again with the same key within a day, it gets the same result, or joins the one under way.";

const REASONS: Readonly<Record<number, string>> = {
  400: "The request is not one that can be answered; `param` names the field at fault.",
  401: "The key is missing or wrong.",
  403: "Pages of this origin, or browser tokens, may not do this.",
  404: "There is nothing of this name.",
  408: "No more of the text came.",
  409: "It does not fit what is there, or something else is being done with it.",
  413: "The body is too large.",
  415: "The body is of another type.",
  422: "The `Idempotency-Key` was sent with another request before.",
  426: "This is only for WebSockets.",
  429: "Too many requests or tokens, or too many requests waiting: see `Retry-After`.",
  500: "The server failed.",
  503: "The store of conversations does not answer, or refuses: it is full, read-only or damaged.",
};

/** Where a schema stands in the document. */
const SCHEMAS = "#/components/schemas/";

/** Describes what is understood of a body besides its own words: other fields, and other shapes of what was said. */
function openShape(schema: z.core.$ZodType, json: z.core.JSONSchema.BaseSchema): void {
  if (json.additionalProperties === false) delete json.additionalProperties;
  const shape = OPEN_SHAPES.get(schema);
  if (shape === undefined) return;
  for (const key of Object.keys(json)) delete json[key];
  Object.assign(json, shape);
}

/** zod's references are from the top of each schema, which is not the top of the document. */
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

/** The schemas of a document, each under a name of its own. */
class Schemas {
  readonly json: Json = {};
  readonly #strict: boolean;

  constructor(strict: boolean) {
    this.#strict = strict;
  }

  /** A reference to what is written or read with a schema. */
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

/** Of bytes there is no more to say. */
const BINARY = { type: "string", format: "binary" };

function contentOf(content: Content, name: string, schemas: Schemas): Json {
  if (content === "text") return { schema: { type: "string" } };
  if (!("events" in content)) return { schema: schemas.add(`${name}Reply`, content, "output") };
  // The data of each event but `[DONE]`. OpenAPI 3.2 calls this `itemSchema`.
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
      ...(resumes
        ? { 204: { description: "Nothing comes after the last event.", content: {} } }
        : {}),
      ...Object.fromEntries(failures),
    },
  };
}

/**
 * The description of an API.
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
        "A chat endpoint that forgets nothing, over RWKV language models. The API is OpenAI's: its clients work with it. A field without effect is ignored, and named in the header `tern-ignored`; what would make the answer wrong is refused with 400 and its name.",
    },
    servers: [{ url: "/" }],
    paths,
    components: {
      schemas: schemas.json,
      securitySchemes: { key: { type: "http", scheme: "bearer" } },
    },
  };
}
