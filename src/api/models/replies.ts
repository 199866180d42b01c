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
  reasoning: z.looseObject({
    efforts: z.array(z.string()).describe("The efforts to choose from."),
    default_effort: z.string().describe(
      "How much the model thinks if a request does not say: `off` asks for no thoughts and none of " +
        "its marks, `any` for as much as the model likes.",
    ),
  }).nullish().describe(
    "How the model thinks before it answers. Null: it was not taught to. Absent: the model's files " +
      "cannot be read.",
  ),
});

export const modelList = z.looseObject({ object: z.literal("list"), data: z.array(model) });

export const modelFiles = modelFilesSchema;
