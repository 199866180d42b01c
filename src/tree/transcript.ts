import { z } from "zod";

/** A message. */
const messageSchema = z.object({
  role: z.enum(["system", "user", "assistant"]),
  text: z.string(),
  tool: z.discriminatedUnion("type", [
    z.object({
      type: z.literal("call"),
      callId: z.string(),
      name: z.string(),
      arguments: z.string(),
    }),
    z.object({ type: z.literal("result"), callId: z.string(), output: z.string() }),
  ]).exactOptional(),
  thoughts: z.string().exactOptional(),
  continues: z.literal(true).exactOptional(),
  ingested: z.object({
    bytes: z.int().nonnegative(),
    tokens: z.int().nonnegative(),
    sha256: z.string().max(64),
  }).optional(),
});

/** What was said in one turn. */
export const logSchema = z.object({
  instructions: z.string().nullable(),
  messages: z.array(messageSchema),
  /** What clients call each of the messages. Empty if they have no names. */
  itemIds: z.array(z.string()),
  /** The tokens that its state has read since the one that it was computed from, as `encodeTokens` writes them. */
  read: z.base64().exactOptional(),
});

/** Messages with the ids that clients know them by. */
export const itemsSchema = z.array(z.object({ id: z.string(), message: messageSchema }));

/** A message with the id that clients know it by. */
export type Item = z.infer<typeof itemsSchema>[number];
