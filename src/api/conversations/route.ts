import type { Context, Handler } from "hono";
import { z } from "zod";
import { UnknownItemError, UnknownResponseError } from "../../conversation/errors.ts";
import type { Message } from "../../conversation/message.ts";
import type { Item } from "../../conversation/records.ts";
import { readJson } from "../body.ts";
import type { ApiEnv, ApiPorts } from "../context.ts";
import { ApiError } from "../errors.ts";
import { paged, pageQuery } from "../paging.ts";
import { validate } from "../validation.ts";
import { addRequest, createRequest, forkRequest, rewindRequest, updateRequest } from "./schema.ts";
import { itemPrefix } from "../responses/wire.ts";
import { branchObject, conversationObject, itemObject } from "./wire.ts";

/** A route below one conversation. */
type Route = Handler<ApiEnv>;

const nothing = z.strictObject({});

/** The routes of `/v1/conversations`: method, path, handler. */
export function conversationRoutes(
  ports: ApiPorts,
): readonly (readonly ["GET" | "POST" | "DELETE", string, Route])[] {
  const { conversations, responses, limits, newId } = ports;

  const body = async <T>(c: Context<ApiEnv>, schema: z.ZodType<T>): Promise<T> =>
    validate(schema, await readJson(c.req.raw, limits.maxBodyBytes));
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
      const { items, metadata } = await body(c, createRequest);
      const conversation = await conversations.create(
        c.get("tenant"),
        newId("conv_"),
        metadata ?? {},
        named(items ?? []),
      );
      return c.json(conversationObject(conversation));
    }],

    ["GET", "/v1/conversations/:id", async (c) => {
      validate(nothing, c.req.query());
      return c.json(conversationObject(await conversations.get(...at(c))));
    }],

    ["POST", "/v1/conversations/:id", async (c) => {
      const { metadata } = await body(c, updateRequest);
      return c.json(conversationObject(await conversations.update(...at(c), metadata ?? {})));
    }],

    ["DELETE", "/v1/conversations/:id", async (c) => {
      await responses.quiet(...at(c), true);
      await conversations.delete(...at(c));
      return c.json({ id: at(c)[1], object: "conversation.deleted", deleted: true });
    }],

    ["GET", "/v1/conversations/:id/items", async (c) => {
      const query = validate(pageQuery, c.req.query());
      return c.json(paged((await conversations.items(...at(c))).map(itemObject), query));
    }],

    ["POST", "/v1/conversations/:id/items", async (c) => {
      const items = named((await body(c, addRequest)).items);
      await conversations.add(...await quiet(c), items);
      return c.json(
        paged(items.map(itemObject), { order: "asc", limit: items.length, after: undefined }),
      );
    }],

    ["GET", "/v1/conversations/:id/items/:item", (c) =>
      finding(async () => {
        const id = c.req.param("item")!;
        const item = (await conversations.items(...at(c))).find((item) => item.id === id);
        if (item === undefined) throw new UnknownItemError(id);
        return c.json(itemObject(item));
      })],

    ["DELETE", "/v1/conversations/:id/items/:item", (c) =>
      finding(async () => {
        await conversations.deleteItem(...await quiet(c), c.req.param("item")!);
        return c.json(conversationObject(await conversations.get(...at(c))));
      })],

    ["POST", "/v1/conversations/:id/fork", (c) =>
      finding(async () => {
        const { response_id, metadata } = await body(c, forkRequest);
        const [tenant, id] = at(c);
        const fork = await conversations.fork(
          tenant,
          id,
          newId("conv_"),
          response_id ?? undefined,
          metadata ?? {},
        );
        return c.json(conversationObject(fork));
      })],

    ["POST", "/v1/conversations/:id/rewind", (c) =>
      finding(async () => {
        const { response_id } = await body(c, rewindRequest);
        await conversations.rewind(...await quiet(c), response_id);
        return c.json(conversationObject(await conversations.get(...at(c))));
      })],

    ["GET", "/v1/conversations/:id/branches", async (c) => {
      const query = validate(pageQuery, c.req.query());
      const branches = await conversations.branches(...at(c));
      return c.json(paged(branches.map(branchObject), { order: "asc", ...query }));
    }],

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
