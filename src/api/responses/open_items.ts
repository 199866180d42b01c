import { noteOthers, openContent } from "../requests/contents.ts";
import { isObject, type JsonObject } from "../requests/json_object.ts";
import { argumentsText, functionName, openCall, PastCalls } from "../requests/past_calls.ts";
import type { RequestNotes } from "../requests/request_notes.ts";
import { toolResult } from "../tools/tools.ts";

/** Items that this API has, whose fields are not rewritten. */
const REFERENCES: readonly unknown[] = ["item_reference", "compaction", "state"];

/** Items that are what the user says or shows. */
const PARTS: readonly unknown[] = ["input_text", "text", "output_text"];

/** What the model cannot see, wherever it stands. */
const UNSEEN: readonly unknown[] = [
  "input_image",
  "input_file",
  "input_audio",
  "image_url",
  "file",
];

/** Fields of items that are understood, or come back as they were given out and say nothing to a model. */
const UNDERSTOOD: readonly string[] = [
  "arguments",
  "call_id",
  "content",
  "id",
  "input",
  "name",
  "namespace",
  "output",
  "phase",
  "refusal",
  "role",
  "status",
  "tool_call_id",
  "tool_calls",
  "type",
];

const PHASES: readonly unknown[] = ["commentary", "final_answer"];

/**
 * Items in the shapes that clients send them, as this API has them. Items of other servers' tools become calls, results or
 * text; those that say nothing to this model are left out. What cannot be understood stays as it is, for the schema to
 * refuse.
 *
 * @param list what the client calls the list
 */
export function openItems(
  items: readonly unknown[],
  list: string,
  notes: RequestNotes,
): unknown[] {
  const opened: unknown[] = [];
  const places: number[] = [];
  const calls = new PastCalls();
  for (const [place, item] of items.entries()) {
    const found = isObject(item) ? openItem(item, place, calls, list, notes) : [item];
    opened.push(...found);
    places.push(...found.map(() => place));
  }
  notes.moved(list, places);
  return opened;
}

function openItem(
  item: JsonObject,
  index: number,
  calls: PastCalls,
  list: string,
  notes: RequestNotes,
): unknown[] {
  const { role } = item;
  const type = item["type"] ?? typeOf(item);
  const place = `${list}.content`;
  if (REFERENCES.includes(type)) return [item];
  if (UNSEEN.includes(type)) return [{ role: "user", content: [{ ...item, type }] }];
  if (PARTS.includes(type)) {
    const speaker = type === "output_text" ? "assistant" : "user";
    return [openMessage({ role: speaker, content: [item] }, list, notes)];
  }
  if (type === "message" && (role === "tool" || role === "function")) {
    return [openResult({ ...item, call_id: item["tool_call_id"], output: item["content"] })];
  }
  if (type === "message") {
    const made = Array.isArray(item["tool_calls"]) ? item["tool_calls"] : [];
    const past = made.flatMap((call, at) => openCall(call, `call_${index}_${at}`) ?? []);
    for (const call of past) calls.made(call);
    const message = openMessage(item, list, notes);
    return [
      ...past.length > 0 && message.content === "" ? [] : [message],
      ...past.map(({ id, ...fn }) => ({ type: "function_call", call_id: id, ...fn })),
    ];
  }
  if (typeof type !== "string") return [item];
  noteOthers(
    item,
    [...UNDERSTOOD, ...type.endsWith("_call") ? Object.keys(item) : []],
    list,
    notes,
  );
  if (type.endsWith("_call_output") || type === "custom_tool_result") return [openResult(item)];
  if (type.endsWith("_call") && (type === "function_call" || "call_id" in item)) {
    return [openFunctionCall(item, type)];
  }
  // A tool that another server ran itself: what came of it is part of what was said.
  const said = resultText(item);
  notes.ignored.add(`${list}.${type}`);
  return said === "" ? [] : [{ type: "message", role: "user", content: toolResult(said) }];

  function openFunctionCall(call: JsonObject, type: string): JsonObject {
    const name = functionName(call["name"]) ?? type.replace(/_call$/, "");
    const { call_id, id } = call;
    const own = [call_id, id].find((value) => typeof value === "string" && value !== "");
    const callId = String(own ?? `call_${index}`);
    calls.made({ id: callId, name });
    const given = call["arguments"] ?? call["action"] ?? call["operation"] ??
      (typeof call["input"] === "string" ? { input: call["input"] } : call["input"]);
    return {
      type: "function_call",
      call_id: callId,
      // Without a name it is nothing that was called.
      ...type === "function_call" && call["name"] === undefined ? {} : { name },
      arguments: argumentsText(given),
    };
  }

  function openResult(result: JsonObject): JsonObject {
    const { call_id: id, output, name } = result;
    const callId = calls.answered(id, functionName(name)) ?? id;
    const content = isPlain(output) ? JSON.stringify(output) : output;
    const options = { place: `${list}.output`, type: "input_text", result: true } as const;
    const said = openContent(content, options, notes);
    return {
      type: "function_call_output",
      ...callId === undefined ? {} : { call_id: callId },
      output: said,
    };
  }

  function openMessage(message: JsonObject, list: string, notes: RequestNotes) {
    const { role, content, phase, id, status } = message;
    noteOthers(message, UNDERSTOOD, list, notes);
    const type = role === "assistant" ? "output_text" : "input_text";
    return {
      type: "message",
      role,
      content: openContent(content, { place, type }, notes),
      ...role === "assistant" && PHASES.includes(phase) ? { phase } : {},
      ...typeof id === "string" ? { id: id.slice(0, 128) } : {},
      ...STATUSES.includes(status) ? { status } : {},
    };
  }
}

const STATUSES: readonly unknown[] = ["in_progress", "completed", "incomplete"];

/** What an item without a type is. */
function typeOf(item: JsonObject): string | undefined {
  if ("role" in item) return "message";
  if ("output" in item) return "function_call_output";
  if ("name" in item && "arguments" in item) return "function_call";
  return undefined;
}

/** A result that is neither a text nor parts of one. */
function isPlain(output: unknown): boolean {
  if (typeof output === "number" || typeof output === "boolean") return true;
  if (isObject(output)) return !("type" in output);
  return Array.isArray(output) && output.length > 0 &&
    !output.every((part) => typeof part === "string" || (isObject(part) && "type" in part));
}

/** What came of a call that another server made and answered itself. */
function resultText(item: JsonObject): string {
  const { output, outputs, results } = item;
  return textsIn([output, outputs, results]).join("\n");
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value.toWellFormed()];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isObject(value)) return [];
  return textsIn([value["text"], value["logs"], value["output"]]);
}
