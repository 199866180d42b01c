import { z } from "zod";
import { jsonRecord } from "../records/json_record.ts";
import { conversationSchema } from "../conversation/conversation_record.ts";
import { nodeSchema } from "../tree/stored_node.ts";
import { itemsSchema, logSchema } from "../tree/transcript.ts";
import { PIECE_UNITS } from "../response/run_log.ts";
import { runEndSchema, runSchema } from "../tree/run.ts";
import { ConversationFileError } from "./errors.ts";

/** The type of the first part: {@linkcode fileHeadSchema}. */
export const HEAD = "conv";
/** The type of the part of a response: {@linkcode fileResponseSchema}. Those that it continues come before it. */
export const RESPONSE = "resp";
/**
 * The type of the part after that, which is its state, as the state's own codec writes it. It is empty if the state was not
 * kept, and is computed again.
 */
export const STATE = "stat";

/** Bytes of a part of JSON. */
export const MAX_JSON_BYTES = 32 * 1024 * 1024;

/** Bytes that an encoded state may have besides its numbers. */
export const STATE_OVERHEAD = 4096;

/** Responses in a file: what one head can point to, and a sweeper remove in a reasonable time. */
const MAX_RESPONSES = 10_000;

/** Ends of ways besides the current one: so many fit the commit that makes a conversation. */
const MAX_BRANCHES = 256;

/** Characters of a name that is kept in a record. */
const MAX_NAME = 512;

const name = z.string().max(MAX_NAME);

/** What a file is of. */
export const fileHeadSchema = z.object({
  // What it was forked from is not in the file.
  conversation: conversationSchema.omit({ forkOf: true }).extend({
    metadata: jsonRecord(z.string().max(64), name)
      .refine((pairs) => Object.keys(pairs).length <= 16),
    title: name.nullable().default(null),
  }),
  /** The response that the next one continues. */
  head: z.string().nullable(),
  branches: z.array(z.string()).max(MAX_BRANCHES),
  /** What no response has read. */
  pending: itemsSchema,
  /** The model that the state of the head is of. `null`: there is no state. */
  modelFingerprint: z.string().nullable(),
  responses: z.int().nonnegative().max(MAX_RESPONSES),
});

/** What a file is of. */
export type FileHead = z.infer<typeof fileHeadSchema>;

/** A response, but for its state. */
export const fileResponseSchema = nodeSchema.pick({
  id: true,
  parent: true,
  createdAt: true,
  tokens: true,
  deleted: true,
  modelFingerprint: true,
  engineFingerprint: true,
  seed: true,
  base: true,
  precision: true,
}).extend({
  id: name,
  engineFingerprint: name,
  log: logSchema.refine(
    ({ messages, itemIds }) => messages.length === itemIds.length,
    "each message has a name",
  ),
  /** `null` if it was deleted, and stays for those that continue it. */
  run: runSchema.pick({ createdAt: true }).extend({
    /** What the rooms above keep with it. */
    card: z.unknown(),
    end: runEndSchema.refine(({ type }) => type === "end", "it has ended with an answer"),
    pieces: z.array(z.tuple([z.string().max(PIECE_UNITS), z.array(z.int().nonnegative())])),
  }).nullable(),
}).refine(({ deleted, run }) => deleted === (run === null), "only what was deleted has no answer");

/** A response, but for its state. */
export type FileResponse = z.infer<typeof fileResponseSchema>;

/** The content of a part of JSON. */
export function writeJson<T>(_schema: z.ZodType<T>, value: T): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/**
 * Reads a part of JSON.
 *
 * @param name what to call it in the error
 * @throws {ConversationFileError}
 */
export function readJson<T>(schema: z.ZodType<T>, content: Uint8Array, name: string): T {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (cause) {
    throw new ConversationFileError(`${name} is no JSON`, { cause });
  }
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  const [issue] = error.issues;
  const where = issue?.path.map(String).join(".") || "the whole";
  throw new ConversationFileError(`${name} is not what it should be: ${where}`, { cause: error });
}
