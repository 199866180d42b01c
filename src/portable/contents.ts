import { z } from "zod";
import { slicing } from "../stream/slices.ts";
import { conversationSchema } from "../conversation/conversation_record.ts";
import { jsonRecord } from "../records/json_record.ts";
import { nodeSchema } from "../tree/response_node.ts";
import { type RunEnd, runEndSchema, runSchema } from "../tree/run.ts";
import { itemsSchema, logSchema } from "../tree/transcript.ts";
import { ConversationFileError } from "./errors.ts";
import { fileRunningSchema, piecesSchema } from "./running_schema.ts";

/** The type of the first part: {@linkcode fileHeadSchema}. */
export const HEAD = "conv";
/** The type of the part of a response: {@linkcode fileResponseSchema}. A response comes after the one it continues. */
export const RESPONSE = "resp";
/**
 * The type of the part that follows a response: its encoded state. Empty if the state was not kept; it is then
 * recomputed when needed.
 */
export const STATE = "stat";

/** Maximum size of a JSON part, in bytes. */
export const MAX_JSON_BYTES = 32 * 1024 * 1024;

/** Maximum size of an encoded state in addition to its numbers, in bytes. */
export const STATE_OVERHEAD = 4096;

/** Maximum number of responses in a file, which a sweeper can still remove in a reasonable time. */
const MAX_RESPONSES = 10_000;

/** Maximum number of branches besides the current one: they must fit in the commit that creates the conversation. */
const MAX_BRANCHES = 256;

/** Maximum length of a name in a record, in UTF-16 code units. */
const MAX_NAME = 512;

const name = z.string().max(MAX_NAME);

/** The first part of a file: the conversation without its responses. */
export const fileHeadSchema = z.object({
  // The file does not contain the conversation that this one was forked from.
  conversation: conversationSchema.omit({ forkOf: true }).extend({
    metadata: jsonRecord(z.string().max(64), name)
      .refine((pairs) => Object.keys(pairs).length <= 16),
    title: name.nullable().default(null),
  }),
  /** The response that the next response continues. */
  head: z.string().nullable(),
  branches: z.array(z.string()).max(MAX_BRANCHES),
  /** Items after the last response. */
  pending: itemsSchema,
  /** The model of the head's state. `null`: there is no head. */
  modelFingerprint: z.string().nullable(),
  responses: z.int().nonnegative().max(MAX_RESPONSES),
  /** The running answer. Absent: the conversation had none, or the export was without it. */
  running: fileRunningSchema.exactOptional(),
});

/** The first part of a file. */
export type FileHead = z.infer<typeof fileHeadSchema>;

/** A response without its state. */
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
    "each message has an item id",
  ),
  /** `null` if the response was deleted and is only kept because others continue it. */
  run: runSchema.pick({ createdAt: true }).extend({
    /** See {@linkcode Cards}. */
    card: z.unknown(),
    end: runEndSchema.refine(({ type }) => type === "end", "the run ended with an answer"),
    pieces: piecesSchema,
  }).nullable(),
}).refine(
  ({ deleted, run }) => deleted === (run === null),
  "the run is null only if the response was deleted",
);

/** A response without its state. */
export type FileResponse = z.infer<typeof fileResponseSchema>;

/** The ids of an imported response and its relatives. */
export interface NewNames {
  readonly response: string;
  /** The response that it continues. */
  readonly parent: string | null;
  readonly conversation: string;
}

/** An imported answer. */
export interface KnownAnswer {
  readonly text: string;
  /** `null`: the answer is still running. */
  readonly end: RunEnd | null;
}

/** Port: converts the request stored with a response to its card, the form in a file, and back. */
export interface Cards {
  /** The card of a request: any JSON. */
  pack(request: unknown): unknown;
  /**
   * The request to store for a card. The card is untrusted.
   *
   * @throws {z.ZodError} if the card is invalid.
   */
  unpack(card: unknown, names: NewNames, answer: KnownAnswer): z.core.util.JSONType;
}

/** Encodes the content of a JSON part. */
export function writeJson<T>(_schema: z.ZodType<T>, value: T): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/**
 * Parses and validates a JSON part. Yields to the event loop between the two.
 *
 * @param name the part's name in error messages
 * @throws {ConversationFileError}
 */
export async function readJson<T>(
  schema: z.ZodType<T>,
  content: Uint8Array,
  name: string,
): Promise<T> {
  const pause = slicing();
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(content));
  } catch (cause) {
    throw new ConversationFileError(`${name} is not valid JSON`, { cause });
  }
  await pause();
  const { success, data, error } = schema.safeParse(json);
  await pause();
  if (success) return data;
  const [issue] = error.issues;
  const where = issue?.path.map(String).join(".") || "the top level";
  throw new ConversationFileError(`${name} is invalid at ${where}`, { cause: error });
}
