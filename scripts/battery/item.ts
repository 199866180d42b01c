import { z } from "zod";
import { readText } from "../text_file.ts";

/** The parts, in the order of the report, each with how many of its items a model should get right. */
export const PARTS = {
  facts: 54,
  honest: 27,
  sums: 24,
  stories: 18,
  memory: 38,
  tools: 27,
  system: 14,
} as const;

/** The name of a part. */
export type Part = keyof typeof PARTS;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text, "u").source !== "";
  } catch {
    return false;
  }
}

const check = z.discriminatedUnion("kind", [
  /** One of these is in the answer, as whole words. */
  z.strictObject({ kind: z.literal("contains"), any: z.array(z.string().min(1)).min(1) }),
  /** The answer says that it is not known. */
  z.strictObject({ kind: z.literal("honest") }),
  /** The last number in the answer is this one. */
  z.strictObject({ kind: z.literal("number"), value: z.int() }),
  /** The answer is a story with these words. */
  z.strictObject({ kind: z.literal("story"), words: z.array(z.string().min(1)).min(1) }),
  /** The answer calls this function; each argument is one of those named. */
  z.strictObject({
    kind: z.literal("call"),
    name: z.string(),
    arguments: z.record(z.string(), z.array(z.union([z.string(), z.number()])).min(1)),
  }),
  /** The answer matches the pattern, whatever the case of its letters unless that counts. */
  z.strictObject({
    kind: z.literal("matches"),
    pattern: z.string().refine(isPattern, "it is no regular expression"),
    case: z.boolean().optional(),
  }),
]);

const tool = z.strictObject({
  name: z.string(),
  description: z.string(),
  parameters: z.looseObject({ properties: z.record(z.string(), z.unknown()) }),
});

const itemSchema = z.strictObject({
  id: z.string(),
  system: z.string().optional(),
  tools: z.array(tool).optional(),
  /** What the user says, turn by turn; the answer to the last is scored. */
  turns: z.array(z.string().min(1)).min(1),
  max_tokens: z.int().positive().default(80),
  check,
});

/** What the last answer has to be. */
export type Check = z.infer<typeof check>;

/** A conversation of the battery. */
export type Item = z.infer<typeof itemSchema>;

/** The items of a part. */
export async function readItems(part: Part): Promise<Item[]> {
  const path = new URL(`items/${part}.jsonl`, import.meta.url).pathname;
  const lines = (await readText(path)).split("\n").filter((line) => line !== "");
  return lines.map((line) => itemSchema.parse(JSON.parse(line)));
}
