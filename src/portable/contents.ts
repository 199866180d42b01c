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

/** The pieces of an answer: each its text and its tokens. */
const piecesSchema = z.array(
  z.tuple([z.string().max(PIECE_UNITS), z.array(z.int().nonnegative())]),
);

const callable = z.object({
  name: z.string(),
  parameters: jsonRecord(z.string(), z.json()).nullish(),
});

/** What an answer is held to. */
const formSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("json"), schema: z.json() }),
  z.object({
    type: z.literal("calls"),
    tools: z.array(callable),
    text: z.boolean(),
    schema: z.json().exactOptional(),
    parallel: z.boolean(),
  }),
  z.object({ type: z.literal("text") }),
]);

/** How tokens are drawn. */
const samplingSchema = z.object({
  temperature: z.number().nonnegative(),
  topP: z.number(),
  topK: z.int().nonnegative(),
  presencePenalty: z.number(),
  frequencyPenalty: z.number(),
  penaltyDecay: z.number(),
  logitBias: z.array(z.tuple([z.int().nonnegative(), z.number()])).exactOptional(),
  minP: z.number().exactOptional(),
  typicalP: z.number().exactOptional(),
  repetitionPenalty: z.number().positive().exactOptional(),
  repeatLastN: z.int().exactOptional(),
  minTokens: z.int().nonnegative().exactOptional(),
  ignoreEnd: z.boolean().exactOptional(),
  seed: z.number().exactOptional(),
});

/** An answer that was being made when the file was written, and how it is gone on with. */
export const fileRunningSchema = z.object({
  createdAt: z.number(),
  /** What the rooms above keep with it. */
  card: z.unknown(),
  /** What it is made from. */
  turn: z.object({
    instructions: z.string().exactOptional(),
    messages: logSchema.shape.messages,
    itemIds: logSchema.shape.itemIds.exactOptional(),
    newAnswer: z.boolean().exactOptional(),
    readOnly: z.boolean().exactOptional(),
    sampling: samplingSchema,
    stop: z.array(z.string().min(1)).max(64),
    maxTokens: z.int().nonnegative(),
    topLogprobs: z.int().nonnegative().max(20).exactOptional(),
    form: formSchema.exactOptional(),
  }),
  /** The seed that tokens are drawn with. `null`: none were. */
  seed: z.number().nullable(),
  /** The model that makes it. */
  modelFingerprint: z.string().nullable(),
  pieces: piecesSchema,
});

/** An answer that was being made when the file was written. */
export type FileRunning = z.infer<typeof fileRunningSchema>;

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
  /** The answer that was being made. Absent: none was, or it was not asked for. */
  running: fileRunningSchema.exactOptional(),
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
    pieces: piecesSchema,
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
