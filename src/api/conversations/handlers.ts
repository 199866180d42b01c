import type { Context, Handler } from "hono";
import { z } from "zod";
import type { FromResponse } from "../../conversation/conversations.ts";
import type { Message } from "../../prompt/message.ts";
import {
  ResponseNotFinishedError,
  UnknownConversationError,
  UnknownIngestError,
  UnknownItemError,
  UnknownResponseError,
} from "../../records/errors.ts";
import type { OriginMode } from "../../response/stored_response.ts";
import type { Item } from "../../tree/transcript.ts";
import { ApiError } from "../errors/errors.ts";
import { readBody } from "../http/body.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { idFor, makeOnce, partIdFor, unless } from "../idempotency/make_once.ts";
import { type RequestKind, understand } from "../requests/accept.ts";
import { paged, pageQuery } from "../requests/paging.ts";
import { validate } from "../requests/validation.ts";
import { itemQuery, itemsQuery, validateQuery } from "../responses/include.ts";
import { asMessage, type SentItem } from "../responses/items.ts";
import { requireCalls } from "../responses/require_calls.ts";
import { itemPrefix } from "../responses/wire.ts";
import { branchObject, conversationObject, itemObjects } from "./wire.ts";
import type * as Schemas from "./schema.ts";

const nothing = z.strictObject({});

/** The field that names the call that an item is the result of. */
const nameOfCall = (index: number) => `items[${index}].call_id`;

/** Handlers of `/v1/conversations`, which share the functions that come first. */
export function conversationHandlers(ports: ApiPorts) {
  const { models, conversations, ingests, responses, limits } = ports;

  /** The body of a request. What it is validated with is loaded with the first. */
  const body = async <T>(
    c: Context<ApiEnv>,
    kindOf: (schemas: typeof Schemas) => RequestKind<T>,
  ): Promise<T> => {
    const json = await readBody(c.req.raw, limits.maxBodyBytes);
    return await understand(c, ports, kindOf(await import("./schema.ts")), json);
  };
  const named = (c: Context<ApiEnv>, messages: readonly Message[]): Promise<Item[]> =>
    Promise.all(messages.map(async (message, index) => ({
      id: await partIdFor(c, ports, itemPrefix(message), index),
      message,
    })));
  /** Items as messages, with calls as the model writes them that is to read them: by default the main one. */
  const worded = async (items: readonly SentItem[], model?: string): Promise<Message[]> => {
    if (items.length === 0) return [];
    const { tools } = (await models.find(model)).template;
    return items.map((item) => asMessage(item, tools));
  };
  const at = (c: Context<ApiEnv>) => [c.get("tenant"), c.req.param("id")!] as const;
  /** The conversation, once no response is in the way that its client has left. */
  const quiet = async (c: Context<ApiEnv>) => {
    await responses.quiet(...at(c), false, c.req.raw.signal);
    return at(c);
  };
  /** A response of a conversation, from which it continues even if the response was stopped. */
  const fromResponse = (c: Context<ApiEnv>, response: string, how: OriginMode): FromResponse => ({
    response,
    async stopped() {
      const { signal } = c.req.raw;
      const { previous, items } = await responses.origin(at(c)[0], response, signal, how);
      return { head: previous ?? null, items };
    },
  });

  /** Makes a conversation once, and shows it. */
  const made = async (
    c: Context<ApiEnv>,
    make: (id: string) => Promise<unknown>,
    beside?: string,
  ) => {
    const id = idFor(c, ports, "conv_", beside);
    const show = () => conversations.show(c.get("tenant"), id);
    const shown = await makeOnce(c, () => unless(UnknownConversationError, show), async () => {
      await make(id);
      return await show();
    });
    return c.json(conversationObject(shown));
  };
  /** Changes a conversation once. */
  const changed = async (
    c: Context<ApiEnv>,
    change: (receipt: string | undefined) => Promise<void>,
  ): Promise<void> => {
    const receipt = c.get("claimed")?.id;
    await makeOnce(
      c,
      async () => await conversations.hasReceipt(c.get("tenant"), receipt!) || undefined,
      async () => {
        await change(receipt);
        return true;
      },
    );
  };

  return {
    create: async (c) => {
      const { items, metadata, title } = await body(c, (schemas) => schemas.CREATE);
      const tenant = c.get("tenant");
      const messages = await worded(items ?? []);
      await requireCalls(responses, tenant, messages, {}, nameOfCall);
      const notes = { metadata: metadata ?? {}, title };
      const given = await named(c, messages);
      return await made(c, (id) => conversations.create(tenant, id, notes, given));
    },

    show: async (c) => {
      validate(nothing, c.req.query());
      return c.json(conversationObject(await conversations.show(...at(c))));
    },

    update: async (c) => {
      const { metadata, title } = await body(c, (schemas) => ({ schema: schemas.updateRequest }));
      // What is null is taken away, and what is absent stays.
      await conversations.update(...at(c), { metadata: metadata === null ? {} : metadata, title });
      return c.json(conversationObject(await conversations.show(...at(c))));
    },

    remove: async (c) => {
      await ingests.cancel(...at(c)).catch((error) => {
        if (!(error instanceof UnknownIngestError)) throw error;
      });
      await responses.quiet(...at(c), true, c.req.raw.signal);
      await conversations.delete(...at(c));
      return c.json({ id: at(c)[1], object: "conversation.deleted", deleted: true });
    },

    items: async (c) => {
      const { include: _, ...query } = validateQuery(
        itemsQuery,
        c.req.queries(),
      );
      const { signal } = c.req.raw;
      const items = await conversations.items(...at(c), { signal });
      return c.json(paged(items.flatMap(itemObjects), query));
    },

    addItems: async (c) => {
      validateQuery(itemQuery, c.req.queries());
      const sent = (await body(c, (schemas) => schemas.ADD)).items;
      const [of, id] = at(c);
      const messages = await worded(sent, await responses.modelOf(of, { conversation: id }));
      const items = await named(c, messages);
      await changed(c, async (receipt) => {
        const [tenant, conversation] = await quiet(c);
        await requireCalls(responses, tenant, messages, { conversation }, nameOfCall);
        await conversations.add(tenant, conversation, items, receipt);
      });
      return c.json(
        paged(items.flatMap(itemObjects), { order: "asc", limit: items.length, after: undefined }),
      );
    },

    item: (c) =>
      finding(async () => {
        validateQuery(itemQuery, c.req.queries());
        const id = c.req.param("item")!;
        const { signal } = c.req.raw;
        const items = (await conversations.items(...at(c), { signal })).flatMap(itemObjects);
        const item = items.find((item) => item.id === id);
        if (item === undefined) throw new UnknownItemError(id);
        return c.json(item);
      }),

    removeItem: (c) =>
      finding(async () => {
        await conversations.deleteItem(...await quiet(c), c.req.param("item")!);
        return c.json(conversationObject(await conversations.show(...at(c))));
      }),

    fork: (c) =>
      finding(async () => {
        const asked = await body(c, (schemas) => ({ schema: schemas.forkRequest }));
        const [tenant, id] = at(c);
        const from = asked.response_id ? fromResponse(c, asked.response_id, "wait") : undefined;
        const notes = { metadata: asked.metadata ?? {}, title: asked.title };
        return await made(c, (fork) => conversations.fork(tenant, id, fork, from, notes), id);
      }),

    rewind: (c) =>
      finding(async () => {
        const { response_id } = await body(c, (schemas) => ({ schema: schemas.rewindRequest }));
        const point = response_id === null ? null : fromResponse(c, response_id, "end");
        await changed(c, async (receipt) => {
          await conversations.rewind(...await quiet(c), point, receipt);
        });
        return c.json(conversationObject(await conversations.show(...at(c))));
      }),

    branches: async (c) => {
      const query = validate(pageQuery, c.req.query());
      const branches = await conversations.branches(...at(c), { signal: c.req.raw.signal });
      return c.json(paged(branches.map(branchObject), { order: "asc", ...query }));
    },

    removeBranch: (c) =>
      finding(async () => {
        const end = c.req.param("response")!;
        await conversations.deleteBranch(...await quiet(c), end);
        return c.json({ id: end, object: "conversation.branch.deleted", deleted: true });
      }),
  } satisfies Readonly<Record<string, Handler<ApiEnv>>>;
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
    if (error instanceof ResponseNotFinishedError && !error.running) {
      throw new ApiError(400, "The response did not end with an answer.", {
        param: "response_id",
        code: "response_not_continuable",
      });
    }
    throw error;
  }
}
