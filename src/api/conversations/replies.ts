import { z } from "zod";
import { errorEnvelope, page, seconds } from "../http/replies.ts";
import { responseUsage } from "../responses/replies.ts";

export const conversation = z.looseObject({
  id: z.string(),
  object: z.literal("conversation"),
  created_at: seconds,
  metadata: z.record(z.string(), z.string()),
  title: z.string().nullable().describe("As it was given, or else how the conversation begins."),
  updated_at: seconds.describe("When something was last said in it."),
});

export const conversationItem = z.discriminatedUnion("type", [
  z.looseObject({
    id: z.string(),
    type: z.literal("message"),
    role: z.string(),
    content: z.array(z.looseObject({ type: z.string(), text: z.string() })),
  }),
  z.looseObject({
    id: z.string(),
    type: z.literal("ingested_text"),
    role: z.string(),
    bytes: z.int(),
    tokens: z.int(),
    sha256: z.string(),
  }),
  z.looseObject({
    id: z.string(),
    type: z.literal("function_call"),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.looseObject({
    id: z.string(),
    type: z.literal("function_call_output"),
    call_id: z.string(),
    output: z.string(),
  }),
]);

export const conversationTree = z.looseObject({
  id: z.string(),
  object: z.literal("conversation.tree"),
  head: z.string().nullable().describe("The response that the next one continues."),
  running: z.string().nullable().describe("The response that is being made."),
  pending: z.array(conversationItem)
    .describe("What was added after the head, the text of a stopped answer included."),
  data: z.array(z.looseObject({
    id: z.string(),
    object: z.literal("conversation.response"),
    parent: z.string().nullable().describe("The response that this one continues."),
    created_at: seconds,
    status: z.enum(["completed", "incomplete"]),
    instructions: z.string().nullable(),
    tokens: z.int().describe("Tokens that the state after it has read in all."),
    usage: responseUsage.nullable(),
    items: z.array(conversationItem).describe("The new messages of the turn, then its answer."),
  })).describe("Every finished response, parents before children."),
});

export const ingestState = z.looseObject({
  id: z.string(),
  object: z.literal("conversation.ingest"),
  status: z.enum(["in_progress", "paused", "completed"]),
  offset: z.int().describe("Bytes that are read and durable: the next one to send."),
  tokens: z.int(),
  sha256: z.string().optional(),
  item_id: z.string().optional(),
  response_id: z.string().optional(),
});

export const ingestEvent = z.union([ingestState, errorEnvelope]);

export const conversationPage = page.extend({
  data: z.array(conversation),
  next: z.string().nullable().describe("To go on after this page, with `after`."),
});
