import type { Context, Handler } from "hono";
import { z } from "zod";
import {
  UnknownIngestError,
  UnknownItemError,
  UnknownResponseError,
} from "../../conversation/errors.ts";
import type { Message } from "../../conversation/message.ts";
import type { Item } from "../../conversation/records.ts";
import { readJson } from "../body.ts";
import type { ApiEnv, ApiPorts } from "../context.ts";
import { ApiError } from "../errors.ts";
import { paged, pageQuery } from "../paging.ts";
import { type RequestKind, understand } from "../requests/accept.ts";
import { validate } from "../validation.ts";
import { exportConversation, importConversation } from "./files.ts";
import { cancelIngest, ingest, ingestStatus } from "./ingest.ts";
import { listConversations } from "./list.ts";
import type * as Schemas from "./schema.ts";
import { showTree } from "./tree.ts";
import { itemQuery, itemsQuery, validateQuery } from "../responses/include.ts";
import { requireCalls } from "../responses/require_calls.ts";
import { itemPrefix } from "../responses/wire.ts";
import { branchObject, conversationObject, itemObject } from "./wire.ts";

/** A route below one conversation. */
type Route = Handler<ApiEnv>;

const nothing = z.strictObject({});

/** The field that names the call that an item is the result of. */
const nameOfCall = (index: number) => `items[${index}].call_id`;

/** The routes of `/v1/conversations`: method, path, handler. */
export function conversationRoutes(
  ports: ApiPorts,
): readonly (readonly ["GET" | "POST" | "DELETE", string, Route])[] {
  const { conversations, ingests, responses, limits, newId, strict } = ports;

  /** The body of a request. What it is validated with is loaded with the first. */
  const body = async <T>(
    c: Context<ApiEnv>,
    kindOf: (schemas: typeof Schemas) => RequestKind<T>,
  ): Promise<T> => {
    const json = await readJson(c.req.raw, limits.maxBodyBytes);
    return understand(c, strict, kindOf(await import("./schema.ts")), json);
  };
  const named = (messages: readonly Message[]): Item[] =>
    messages.map((message) => ({ id: newId(itemPrefix(message)), message }));
  const at = (c: Context<ApiEnv>) => [c.get("tenant"), c.req.param("id")!] as const;
  /** Before something is changed: what nobody waits for any more must not be in the way. */
  const quiet = async (c: Context<ApiEnv>) => {
    await responses.quiet(...at(c), false);
    return at(c);
  };

  return [
    ["POST", "/v1/conversations", async (c) => {
      const { items, metadata, title } = await body(c, (schemas) => schemas.CREATE);
      await requireCalls(responses, c.get("tenant"), items ?? [], {}, nameOfCall);
      const tenant = c.get("tenant");
      const notes = { metadata: metadata ?? {}, title };
      const { id } = await conversations.create(
        tenant,
        newId("conv_"),
        notes,
        named(items ?? []),
      );
      return c.json(conversationObject(await conversations.show(tenant, id)));
    }],

    ["GET", "/v1/conversations", listConversations(ports)],

    // Before what is taken for the id of one.
    ["POST", "/v1/conversations/import", importConversation(ports)],

    ["GET", "/v1/conversations/:id/export", exportConversation(ports)],

    ["GET", "/v1/conversations/:id", async (c) => {
      validate(nothing, c.req.query());
      return c.json(conversationObject(await conversations.show(...at(c))));
    }],

    ["POST", "/v1/conversations/:id", async (c) => {
      const { metadata, title } = await body(c, (schemas) => ({ schema: schemas.updateRequest }));
      // What is null is taken away, and what is absent stays.
      await conversations.update(...at(c), { metadata: metadata === null ? {} : metadata, title });
      return c.json(conversationObject(await conversations.show(...at(c))));
    }],

    ["DELETE", "/v1/conversations/:id", async (c) => {
      await ingests.cancel(...at(c)).catch((error) => {
        if (!(error instanceof UnknownIngestError)) throw error;
      });
      await responses.quiet(...at(c), true);
      await conversations.delete(...at(c));
      return c.json({ id: at(c)[1], object: "conversation.deleted", deleted: true });
    }],

    ["GET", "/v1/conversations/:id/items", async (c) => {
      const { include: _, ...query } = validateQuery(
        itemsQuery,
        c.req.queries(),
      );
      return c.json(paged((await conversations.items(...at(c))).map(itemObject), query));
    }],

    ["POST", "/v1/conversations/:id/items", async (c) => {
      validateQuery(itemQuery, c.req.queries());
      const messages = (await body(c, (schemas) => schemas.ADD)).items;
      const [tenant, conversation] = await quiet(c);
      await requireCalls(responses, tenant, messages, { conversation }, nameOfCall);
      const items = named(messages);
      await conversations.add(tenant, conversation, items);
      return c.json(
        paged(items.map(itemObject), { order: "asc", limit: items.length, after: undefined }),
      );
    }],

    ["GET", "/v1/conversations/:id/items/:item", (c) =>
      finding(async () => {
        validateQuery(itemQuery, c.req.queries());
        const id = c.req.param("item")!;
        const item = (await conversations.items(...at(c))).find((item) => item.id === id);
        if (item === undefined) throw new UnknownItemError(id);
        return c.json(itemObject(item));
      })],

    ["DELETE", "/v1/conversations/:id/items/:item", (c) =>
      finding(async () => {
        await conversations.deleteItem(...await quiet(c), c.req.param("item")!);
        return c.json(conversationObject(await conversations.show(...at(c))));
      })],

    ["POST", "/v1/conversations/:id/fork", (c) =>
      finding(async () => {
        const asked = await body(c, (schemas) => ({ schema: schemas.forkRequest }));
        const [tenant, id] = at(c);
        const fork = await conversations.fork(
          tenant,
          id,
          newId("conv_"),
          asked.response_id ?? undefined,
          { metadata: asked.metadata ?? {}, title: asked.title },
        );
        return c.json(conversationObject(await conversations.show(tenant, fork.id)));
      })],

    ["POST", "/v1/conversations/:id/rewind", (c) =>
      finding(async () => {
        const { response_id } = await body(c, (schemas) => ({ schema: schemas.rewindRequest }));
        await conversations.rewind(...await quiet(c), response_id);
        return c.json(conversationObject(await conversations.show(...at(c))));
      })],

    ["POST", "/v1/conversations/:id/ingest", ingest(ports)],
    ["GET", "/v1/conversations/:id/ingest", ingestStatus(ports)],
    ["DELETE", "/v1/conversations/:id/ingest", cancelIngest(ports)],

    ["GET", "/v1/conversations/:id/branches", async (c) => {
      const query = validate(pageQuery, c.req.query());
      const branches = await conversations.branches(...at(c));
      return c.json(paged(branches.map(branchObject), { order: "asc", ...query }));
    }],

    ["GET", "/v1/conversations/:id/tree", showTree(ports)],

    ["DELETE", "/v1/conversations/:id/branches/:response", (c) =>
      finding(async () => {
        const end = c.req.param("response")!;
        await conversations.deleteBranch(...await quiet(c), end);
        return c.json({ id: end, object: "conversation.branch.deleted", deleted: true });
      })],
  ];
}

/** Says what of a conversation is not there. */
async function finding(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof UnknownResponseError) {
      throw new ApiError(404, "The conversation has no such response, or cannot do without it.", {
        param: "response_id",
        code: "response_not_found",
      });
    }
    if (error instanceof UnknownItemError) {
      throw new ApiError(404, "The conversation has no such item.", { code: "item_not_found" });
    }
    throw error;
  }
}
