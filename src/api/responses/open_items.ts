import { noteOthers, openContent } from "../requests/contents.ts";
import { isObject, type JsonObject } from "../requests/json_object.ts";
import { argumentsText, functionName, openCall, PastCalls } from "../requests/past_calls.ts";
import type { RequestNotes } from "../requests/request_notes.ts";
import { writeResult } from "../../prompt/tool_format.ts";

/** Items that stand for others. Their fields are this API's own. */
const REFERENCES: readonly unknown[] = ["item_reference", "compaction", "state"];

/** Parts of a message that some clients send as items. */
const PARTS: readonly unknown[] = ["input_text", "text", "output_text"];

/** What the model cannot see, as an item of its own. It makes the answer wrong. */
const UNSEEN: readonly unknown[] = [
  "input_image",
  "input_file",
  "input_audio",
  "image_url",
  "file",
];

const PHASES: readonly unknown[] = ["commentary", "final_answer"];
const STATUSES: readonly unknown[] = ["in_progress", "completed", "incomplete"];

/** Fields of messages and results that are understood, or that come back as they were given out and say nothing to a model. */
const UNDERSTOOD: readonly string[] = [
  "call_id",
  "content",
  "id",
  "name",
  "output",
  "phase",
  "refusal",
  "role",
  "status",
  "tool_call_id",
  "tool_calls",
  "type",
];

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
  const opener = new ItemOpener(list, notes);
  const opened = items.map((item, place) => isObject(item) ? opener.open(item, place) : [item]);
  notes.moved(list, opened.flatMap((found, place) => found.map(() => place)));
  return opened.flat();
}

/** Opens the items of one list, in order. */
class ItemOpener {
  readonly #list: string;
  readonly #notes: RequestNotes;
  readonly #calls = new PastCalls();

  constructor(list: string, notes: RequestNotes) {
    this.#list = list;
    this.#notes = notes;
  }

  /** What an item is: any number of items. */
  open(item: JsonObject, place: number): unknown[] {
    const type = item["type"] ?? typeOf(item);
    if (typeof type !== "string" || REFERENCES.includes(type)) return [item];
    if (type === "message") return this.#openMessage(item, place);
    if (UNSEEN.includes(type)) return [{ role: "user", content: [{ ...item, type }] }];
    // What was thought comes back as it was given out.
    if (type === "reasoning" && this.#list === "input") return [];
    if (PARTS.includes(type)) {
      return [this.#said({ role: type === "output_text" ? "assistant" : "user", content: [item] })];
    }
    if (type.endsWith("_call_output")) return [this.#result(item)];
    if (type === "function_call" || (type.endsWith("_call") && "call_id" in item)) {
      return [this.#call(item, type, place)];
    }
    // What a tool of another server's own found is part of what was said.
    this.#notes.ignored.add(`${this.#list}.${type}`);
    const found = textsIn([item["output"], item["outputs"], item["results"]]).join("\n");
    return found === "" ? [] : [{ type: "message", role: "user", content: writeResult(found) }];
  }

  /** A message, which may make calls, or be the result of one, as in chat completions. */
  #openMessage(item: JsonObject, place: number): unknown[] {
    const { role, content, tool_calls, tool_call_id } = item;
    if (role === "tool" || role === "function") {
      return [this.#result({ ...item, call_id: tool_call_id, output: content })];
    }
    const calls = (role === "assistant" && Array.isArray(tool_calls) ? tool_calls : [])
      .flatMap((call, at) => openCall(call, `call_${place}_${at}`) ?? []);
    for (const call of calls) this.#calls.made(call);
    const message = this.#said(item);
    return [
      ...calls.length > 0 && message.content === "" ? [] : [message],
      ...calls.map(({ id, ...fn }) => ({ type: "function_call", call_id: id, ...fn })),
    ];
  }

  /** What a message says. */
  #said(message: JsonObject) {
    const { role, content, phase, id, status } = message;
    noteOthers(message, UNDERSTOOD, this.#list, this.#notes);
    const type = role === "assistant" ? "output_text" : "input_text";
    return {
      type: "message",
      role,
      content: openContent(content, { place: `${this.#list}.content`, type }, this.#notes),
      ...role === "assistant" && PHASES.includes(phase) ? { phase } : {},
      ...typeof id === "string" ? { id: id.slice(0, 128) } : {},
      ...STATUSES.includes(status) ? { status } : {},
    };
  }

  /** A call of a function, or of a tool of another kind, as a call of a function. */
  #call(item: JsonObject, type: string, place: number): JsonObject {
    const { call_id, id, input } = item;
    const named = functionName(item["name"]);
    const name = named ?? type.replace(/_call$/, "");
    const own = [call_id, id].find((value) => typeof value === "string" && value !== "");
    const callId = String(own ?? `call_${place}`);
    this.#calls.made({ id: callId, name });
    const given = item["arguments"] ?? item["action"] ?? item["operation"] ??
      (typeof input === "string" ? { input } : input);
    return {
      type: "function_call",
      call_id: callId,
      // A function without a name is none.
      ...type === "function_call" && named === undefined ? {} : { name },
      arguments: argumentsText(given),
    };
  }

  /** The result of a call. */
  #result(item: JsonObject): JsonObject {
    const { call_id, output, name } = item;
    noteOthers(item, UNDERSTOOD, this.#list, this.#notes);
    const callId = this.#calls.answered(call_id, functionName(name)) ?? call_id;
    const options = { place: `${this.#list}.output`, type: "input_text", result: true } as const;
    return {
      type: "function_call_output",
      ...callId === undefined ? {} : { call_id: callId },
      output: openContent(isValue(output) ? JSON.stringify(output) : output, options, this.#notes),
    };
  }
}

/** What an item without a type is. */
function typeOf(item: JsonObject): string | undefined {
  if ("role" in item) return "message";
  if ("output" in item) return "function_call_output";
  return "name" in item && "arguments" in item ? "function_call" : undefined;
}

/** Whether a result is a JSON value, and neither a text nor parts of one. */
function isValue(output: unknown): boolean {
  if (typeof output === "number" || typeof output === "boolean") return true;
  if (isObject(output)) return !("type" in output);
  return Array.isArray(output) &&
    output.some((part) => typeof part !== "string" && !(isObject(part) && "type" in part));
}

/** The texts of what a tool found, in the shapes that OpenAI's tools have. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value.toWellFormed()];
  if (Array.isArray(value)) return value.flatMap(textsIn);
  if (!isObject(value)) return [];
  return textsIn([value["text"], value["logs"], value["output"]]);
}
