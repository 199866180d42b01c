import { noteOthers, openContent } from "../requests/contents.ts";
import { isObject, type JsonObject } from "../requests/json_object.ts";
import { functionName, openCall, type PastCall, PastCalls } from "../requests/past_calls.ts";
import type { RequestNotes } from "../requests/request_notes.ts";

/** Roles of what a tool returned. */
const RESULTS: readonly unknown[] = ["tool", "function", "functions"];

/** Fields of messages that are understood, or that come back as they were given out and say nothing to a model. */
const UNDERSTOOD: readonly string[] = [
  "annotations",
  "content",
  "function_call",
  "id",
  "images",
  "parsed",
  "partial",
  "prefix",
  "reasoning",
  "reasoning_content",
  "refusal",
  "role",
  "tool_call_id",
  "tool_calls",
  "type",
];

/** Where parts stand, for what is reported. */
const PLACE = "messages.content";

/**
 * Messages in the shapes that clients send them, as this API has them. What cannot be understood stays as it is, for the
 * schema to refuse.
 */
export function openMessages(messages: readonly unknown[], notes: RequestNotes): unknown[] {
  const calls = new PastCalls();
  return messages.map((message, index) =>
    isObject(message) ? openMessage(message, index, calls, notes) : message
  );
}

function openMessage(
  message: JsonObject,
  index: number,
  calls: PastCalls,
  notes: RequestNotes,
): JsonObject {
  const { role, content, name, images } = message;
  // What the model cannot see makes the answer wrong.
  const seen = Array.isArray(images) && images.length > 0 ? { images } : {};
  if (RESULTS.includes(role)) {
    noteOthers(message, [...UNDERSTOOD, "name"], "messages", notes);
    const id = message["tool_call_id"];
    return {
      role: "tool",
      content: openContent(content, { place: PLACE, type: "text", result: true }, notes),
      // Ids have no effect on what the model reads.
      tool_call_id: calls.answered(id, functionName(name)) ?? (id || "unknown"),
      ...seen,
    };
  }
  noteOthers(message, UNDERSTOOD, "messages", notes);
  const said = openContent(content, { place: PLACE, type: "text" }, notes);
  if (role !== "assistant") return { role, content: said, ...seen };
  const made = callsOf(message, index);
  for (const call of made) calls.made(call);
  return {
    role,
    content: said === "" && typeof message["refusal"] === "string" ? message["refusal"] : said,
    ...made.length > 0
      ? {
        tool_calls: made.map(({ id, ...fn }) => ({ id, type: "function", function: fn })),
      }
      : {},
  };
}

/** The calls of a message of the assistant, in today's form or in the one before. */
function callsOf({ tool_calls, function_call }: JsonObject, index: number): PastCall[] {
  const list = Array.isArray(tool_calls) && tool_calls.length > 0
    ? tool_calls
    : isObject(function_call)
    ? [function_call]
    : [];
  return list.flatMap((call, at) => openCall(call, `call_${index}_${at}`) ?? []);
}
