import type { Choice } from "../answers/choices.ts";
import type { TurnUsage } from "../../turn/turn.ts";
import type { Context, Handler } from "hono";
import { z } from "zod";
import type { CompletionRecord, CompletionStore } from "../../response/completion_store.ts";
import { CorruptSnapshotError, UnknownCompletionError } from "../../records/errors.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { ApiError, InvalidRequestError } from "../errors/errors.ts";
import { metadata } from "../requests/field_schemas.ts";
import { paged, pageQuery } from "../requests/paging.ts";
import { readRequest } from "../requests/accept.ts";
import { isObject } from "../requests/json_object.ts";
import { validate } from "../requests/validation.ts";

type OfCompletion = Handler<ApiEnv, "/:id">;

/** What is kept of a chat completion: the reply, and the messages as they came. */
export interface StoredBody {
  readonly completion: object;
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  /** What the reply was made of, if its request may be repeated. */
  readonly made?: MadeChoices;
}

/** The answers of a chat completion, in the pieces that they were made in. */
export interface MadeChoices {
  readonly choices: readonly Choice[];
  readonly usage: TurnUsage;
}

/** Settings of a request that are told with the stored completion. Source: OpenAI API reference. */
const TOLD = [
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "seed",
  "tools",
  "tool_choice",
  "response_format",
] as const;

/** The body of `POST /v1/chat/completions/{id}`. */
export const updateCompletionRequest = z.strictObject({ metadata: metadata.nullable() });

/** How the list of chat completions is asked for. `metadata[KEY]=VALUE` keeps those that have the pair. */
export const completionsQuery = pageQuery.extend({ model: z.string().optional() })
  .catchall(z.string());

/** How the messages of a chat completion are asked for. */
export const messagesQuery = pageQuery;

const METADATA = /^metadata\[([^\]]{1,64})\]$/;
const LIMIT = 20;

/**
 * What is to be kept of a chat completion.
 *
 * @param request the body that was asked with, which is valid
 * @param made what is told again if the request is repeated
 */
export function storedBody(
  request: unknown,
  completion: object,
  requestId: string,
  made?: MadeChoices,
): StoredBody {
  const { messages, ...fields } = request as { messages: StoredBody["messages"] };
  const told = TOLD.map((name) => [name, (fields as Record<string, unknown>)[name] ?? null]);
  return {
    completion: {
      ...completion,
      request_id: requestId,
      ...Object.fromEntries(told),
      input_user: null,
    },
    messages,
    ...made === undefined ? {} : { made },
  };
}

/** `GET /v1/chat/completions`: those that were stored. */
export function listCompletions({ completions }: ApiPorts): Handler<ApiEnv> {
  return async (c) => {
    const query = validate(completionsQuery, c.req.query());
    const { limit = LIMIT, order = "asc", after, model, ...others } = query;
    const tenant = c.get("tenant");
    try {
      const { found, more } = await completions.list(tenant, {
        ...{ limit, order, after, model },
        metadata: metadataOf(others),
      }, { signal: c.req.raw.signal });
      const data = await Promise.all(found.map((record) => read(completions, tenant, record)));
      const [first] = found;
      return c.json({
        object: "list",
        data,
        first_id: first?.id ?? null,
        last_id: found.at(-1)?.id ?? null,
        has_more: more,
      });
    } catch (error) {
      if (!(error instanceof UnknownCompletionError)) throw error;
      throw new InvalidRequestError(
        "Invalid 'after': there is no such chat completion.",
        "after",
        "invalid_value",
      );
    }
  };
}

/** `GET /v1/chat/completions/{id}`. */
export function retrieveCompletion({ completions }: ApiPorts): OfCompletion {
  return (c) =>
    withCompletion(c, async (tenant, id) => {
      validate(z.strictObject({}), c.req.query());
      return c.json(completionObject(await completions.get(tenant, id)));
    });
}

/** `POST /v1/chat/completions/{id}`: gives it other metadata. */
export function updateCompletion(ports: ApiPorts): OfCompletion {
  const { completions } = ports;
  return async (c) => {
    const { metadata } = await readRequest(c, ports, { schema: updateCompletionRequest });
    return await withCompletion(c, async (tenant, id) => {
      await completions.update(tenant, id, metadata ?? {});
      return c.json(completionObject(await completions.get(tenant, id)));
    });
  };
}

/** `DELETE /v1/chat/completions/{id}`. */
export function deleteCompletion({ completions }: ApiPorts): OfCompletion {
  return (c) =>
    withCompletion(c, async (tenant, id) => {
      await completions.delete(tenant, id);
      return c.json({ object: "chat.completion.deleted", id, deleted: true });
    });
}

/** `GET /v1/chat/completions/{id}/messages`: what was asked. */
export function listCompletionMessages({ completions }: ApiPorts): OfCompletion {
  return async (c) => {
    const query = validate(messagesQuery, c.req.query());
    return await withCompletion(c, async (tenant, id) => {
      const { messages } = (await completions.get(tenant, id)).content as StoredBody;
      const named = messages.map((message, index) => ({
        id: `${id}-${index}`,
        ...message,
        // Parts are told beside the text that they are.
        content: textOf(message["content"]),
        content_parts: Array.isArray(message["content"]) ? message["content"] : null,
        name: message["name"] ?? null,
      }));
      return c.json(paged(named, { order: "asc", ...query }));
    });
  };
}

function textOf(content: unknown): string | null {
  if (Array.isArray(content)) {
    const texts = content.map((part) => isObject(part) ? part["text"] : part);
    return texts.filter((text) => typeof text === "string").join("");
  }
  return typeof content === "string" ? content : null;
}

async function read(completions: CompletionStore, tenant: string, record: CompletionRecord) {
  return completionObject({ ...record, content: await completions.content(tenant, record) });
}

function completionObject({ content, metadata }: CompletionRecord & { readonly content: unknown }) {
  return { ...(content as StoredBody).completion, metadata };
}

/** The pairs that a query asks for. */
function metadataOf(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([field, value]) => {
      const [, key] = METADATA.exec(field) ?? [];
      if (key === undefined) {
        const name = field.slice(0, 100);
        throw new InvalidRequestError(`Unknown parameter: '${name}'.`, name, "unknown_parameter");
      }
      return [key, value];
    }),
  );
}

/** Says of a chat completion that it is not there, or cannot be read. */
async function withCompletion(
  c: Context<ApiEnv, "/:id">,
  answer: (tenant: string, id: string) => Promise<Response>,
): Promise<Response> {
  try {
    return await answer(c.get("tenant"), c.req.param("id"));
  } catch (error) {
    if (error instanceof CorruptSnapshotError) {
      throw new ApiError(500, `The stored chat completion cannot be read. ${error.message}.`, {
        type: "server_error",
        code: "completion_unreadable",
        cause: error,
      });
    }
    throw error;
  }
}
