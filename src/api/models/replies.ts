import { z } from "zod";
import { modelFilesSchema } from "../../checkpoint/model_files.ts";
import { seconds } from "../http/replies.ts";

export const model = z.looseObject({
  id: z.string(),
  object: z.literal("model"),
  created: seconds,
  owned_by: z.string(),
  max_output_tokens: z.int().describe("Tokens of an answer at the most, whatever is asked for."),
  default_sampling: z.record(z.string(), z.number())
    .describe("How requests are answered that do not say, in the names of their fields."),
});

export const modelList = z.looseObject({ object: z.literal("list"), data: z.array(model) });

export const modelFiles = modelFilesSchema;
