import { leftOutNote } from "../../prompt/left_out.ts";
import { isNeutral } from "./neutral.ts";
import { isObject, type JsonObject } from "./json_object.ts";
import type { RequestNotes } from "./request_notes.ts";

/** What a part of a text is called. */
export type TextType = "text" | "input_text" | "output_text";

/** Where a content stands, and what its parts become. */
export interface ContentOptions {
  /** The kind of place, for what is reported: `messages.content`. */
  readonly place: string;
  readonly type: TextType;
  /**
   * Whether it is what a tool returned. A part of it that the model cannot see is then replaced by a note that the model
   * reads: what the tool said besides can still be answered. Elsewhere such a part is refused.
   */
  readonly result?: boolean;
}

/** Parts that hold text under the name of their field. */
const TEXTS: Readonly<Record<string, string>> = {
  text: "text",
  input_text: "text",
  output_text: "text",
  summary_text: "text",
  refusal: "refusal",
};

/** Parts in which other models thought. */
const THOUGHTS: readonly unknown[] = [
  "thinking",
  "redacted_thinking",
  "reasoning",
  "reasoning_text",
  "reasoning_content",
];

/** Fields of parts that say nothing to a model: they only come back as they were given out. */
const BOOKKEEPING: readonly string[] = [
  "annotations",
  "id",
  "index",
  "logprobs",
  "parsed",
  "role",
  "status",
  "type",
];

/**
 * A content in any shape that clients send, as a text or as parts of one type. What cannot be understood stays as it is,
 * for the schema to refuse.
 */
export function openContent(content: unknown, options: ContentOptions, notes: RequestNotes) {
  if (content === null || content === undefined) return "";
  if (typeof content === "string") return content.toWellFormed();
  if (Array.isArray(content)) {
    if (content.length === 0) return "";
    return content.map((part) => openPart(part, options, notes));
  }
  if (isObject(content) && "type" in content) return [openPart(content, options, notes)];
  return content;
}

function openPart(part: unknown, options: ContentOptions, notes: RequestNotes): unknown {
  const { type } = options;
  if (typeof part === "string") return { type, text: part.toWellFormed() };
  if (!isObject(part)) return part;
  const kind = part["type"] ?? "text";
  if (THOUGHTS.includes(kind)) {
    notes.ignored.add(`${options.place}.${kind}`);
    return { type, text: "" };
  }
  const field = typeof kind === "string" && Object.hasOwn(TEXTS, kind) ? TEXTS[kind]! : undefined;
  if (field === undefined) return options.result ? leftOut(kind, options, notes) : part;
  const text = part[field] === null ? "" : part[field];
  noteOthers(part, [...BOOKKEEPING, field], options.place, notes);
  if (text === undefined) return { type };
  return { type, text: typeof text === "string" ? text.toWellFormed() : text };
}

/** What the model reads in place of something that it cannot see. */
function leftOut(kind: unknown, { place, type }: ContentOptions, notes: RequestNotes) {
  notes.ignored.add(`${place}.${kind}`);
  return { type, text: leftOutNote(String(kind)) };
}

/** Reports the fields of an object that are not known. */
export function noteOthers(
  object: JsonObject,
  known: readonly string[],
  place: string,
  notes: RequestNotes,
): void {
  for (const [name, value] of Object.entries(object)) {
    if (known.includes(name) || isNeutral(name, value)) continue;
    notes.ignored.add(`${place}.${name}`);
  }
}
