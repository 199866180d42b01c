import type { Handler } from "hono";
import { z } from "zod";
import type { ConversationTree, TreeNode } from "../../conversation/conversation_tree.ts";
import type { RunEnd } from "../../tree/run.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { responseUsage, toSeconds } from "../responses/wire.ts";
import { validate } from "../requests/validation.ts";
import { itemObjects } from "./wire.ts";

const nothing = z.strictObject({});

/** `GET /v1/conversations/{id}/tree`: all branches of a conversation, for clients that show them. */
export function showTree({ conversations }: ApiPorts): Handler<ApiEnv> {
  return async (c) => {
    validate(nothing, c.req.query());
    const id = c.req.param("id")!;
    return c.json(
      treeObject(id, await conversations.tree(c.get("tenant"), id, { signal: c.req.raw.signal })),
    );
  };
}

function treeObject(id: string, { head, running, pending, nodes }: ConversationTree) {
  return {
    id,
    object: "conversation.tree",
    head,
    running,
    pending: pending.flatMap(itemObjects),
    data: nodes.map(nodeObject),
  };
}

function nodeObject({ id, parent, createdAt, instructions, tokens, items, end }: TreeNode) {
  return {
    id,
    object: "conversation.response",
    parent,
    created_at: toSeconds(createdAt),
    status: statusOf(end),
    instructions,
    tokens,
    usage: end?.type === "end" ? responseUsage(end.usage, true) : null,
    items: items.flatMap(itemObjects),
  };
}

/** A response of the tree has an answer, whole or cut off by its limit. */
function statusOf(end: RunEnd | undefined): "completed" | "incomplete" {
  return end?.type === "end" && end.reason === "length" ? "incomplete" : "completed";
}
