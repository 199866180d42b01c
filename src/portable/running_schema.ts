import { z } from "zod";
import { jsonRecord } from "../records/json_record.ts";
import { EFFORTS } from "../prompt/thinking.ts";
import { PIECE_UNITS } from "../response/run_log.ts";
import { logSchema } from "../tree/transcript.ts";

/** The pieces of an answer: the text and the tokens of each. */
export const piecesSchema = z.array(
  z.tuple([z.string().max(PIECE_UNITS), z.array(z.int().nonnegative())]),
);

const callable = z.object({
  name: z.string(),
  parameters: jsonRecord(z.string(), z.json()).nullish(),
});

/** The format in which the model writes calls. */
const format = z.enum(["hermes", "g1"]).exactOptional();

/** The form that an answer is constrained to. */
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

/** Sampling options. */
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

/** A response that was running at the time of the export, with everything needed to continue it. */
export const fileRunningSchema = z.object({
  createdAt: z.number(),
  /** See {@linkcode Cards}. */
  card: z.unknown(),
  /** The input of the generation. */
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
  /** The seed of the sampler. `null`: no token has been sampled. */
  seed: z.number().nullable(),
  /** The fingerprint of its model. `null`: unknown, or it has not started. */
  modelFingerprint: z.string().nullable(),
  pieces: piecesSchema,
});

/** A response that was running at the time of the export. */
export type FileRunning = z.infer<typeof fileRunningSchema>;
