import { z } from "zod";
import { readText, TextFileError } from "../text_file.ts";
import { wordsOf } from "./contains_value.ts";

const hasWords = (text: string): boolean => wordsOf(text).length > 0;

const conversationSchema = z.object({
  /** What kind of fact is told. */
  kind: z.string().min(1),
  /** Turns between the fact and the question. */
  distance: z.int().min(0),
  /** What the user says; the last is the question. */
  turns: z.array(z.string().refine((turn) => turn.trim() !== "", "it is blank")).min(1),
  /** What the last reply must name. */
  value: z.string().refine(hasWords, "it has no words"),
});

/** A conversation in which a fact is told and asked for. */
export type Conversation = Readonly<z.infer<typeof conversationSchema>>;

/**
 * Reads the conversations of a file, one a line in JSON. Keys that are not known are left alone; blank lines are passed
 * over.
 *
 * @param limit Take the first ones only.
 * @throws {TextFileError} naming the line that is wrong
 */
export async function readConversations(path: string, limit = Infinity): Promise<Conversation[]> {
  const conversations: Conversation[] = [];
  for (const [i, line] of (await readText(path)).split("\n").entries()) {
    if (conversations.length >= limit) break;
    if (line.trim() !== "") conversations.push(parseLine(line, `${path}:${i + 1}`));
  }
  if (conversations.length === 0) throw new TextFileError(path, "it holds no conversations");
  return conversations;
}

function parseLine(line: string, place: string): Conversation {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (cause) {
    throw new TextFileError(place, `it is not JSON: ${cause}`, { cause });
  }
  const result = conversationSchema.safeParse(json);
  if (result.success) return result.data;
  throw new TextFileError(place, z.prettifyError(result.error), { cause: result.error });
}
