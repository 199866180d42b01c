import { z } from "zod";
import { jsonRecord } from "../records/json_record.ts";
import { EFFORTS } from "../prompt/thinking.ts";
import { PIECE_UNITS } from "../response/run_log.ts";
import { logSchema } from "../tree/transcript.ts";

/** The pieces of an answer: each its text and its tokens. */
export const piecesSchema = z.array(
  z.tuple([z.string().max(PIECE_UNITS), z.array(z.int().nonnegative())]),
);

const callable = z.object({
  name: z.string(),
  parameters: jsonRecord(z.string(), z.json()).nullish(),
});

/** How the model writes calls. */
const format = z.enum(["hermes", "g1"]).exactOptional();

/** What an answer is held to. */
const formSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("json"), format, schema: z.json() }),
  z.object({
    type: z.literal("calls"),
    format,
    tools: z.array(callable),
    text: z.boolean(),
    schema: z.json().exactOptional(),
    parallel: z.boolean(),
  }),
  z.object({ type: z.literal("text"), format }),
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
    thinks: z.boolean().exactOptional(),
    opening: z.object({
      effort: z.enum(EFFORTS).exactOptional(),
      maxThoughts: z.int().nonnegative().exactOptional(),
      call: z.string().max(1_000).exactOptional(),
    }).exactOptional(),
  }),
  /** The seed that tokens are drawn with. `null`: none were. */
  seed: z.number().nullable(),
  /** The model that makes it. */
  modelFingerprint: z.string().nullable(),
  pieces: piecesSchema,
});

/** An answer that was being made when the file was written. */
export type FileRunning = z.infer<typeof fileRunningSchema>;
