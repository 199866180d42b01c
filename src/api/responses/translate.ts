import { type AskedSchema, takeSchema } from "../requests/answer_format.ts";
import { openFields } from "../requests/fields.ts";
import { isObject, type JsonObject } from "../requests/json_object.ts";
import { isNeutral } from "../requests/neutral.ts";
import type { RequestNotes } from "../requests/request_notes.ts";
import { openThinking, thinkingFieldsOf } from "../requests/thinking.ts";
import { openChoice, openTools } from "../requests/tools.ts";
import { INCLUDABLE, STATE_CONTENT } from "./include.ts";
import { openItems } from "./open_items.ts";

const KNOWN: readonly unknown[] = [...INCLUDABLE, STATE_CONTENT];

/** Rewrites a request for a response in the words of {@linkcode responsesRequest}. */
export function translateResponse(given: JsonObject, notes: RequestNotes): JsonObject {
  const body = openFields(given, notes);
  openContext(body, notes);
  openPrefill(body, notes);
  if (!body["stream"] && body["type"] !== "response.create") {
    if (!isNeutral("", body["stream_options"])) notes.ignored.add("stream_options");
  }
  const { include } = body;
  if (Array.isArray(include)) {
    // What may be included is of items that no response here has.
    const unknown = include.filter((name) => typeof name === "string" && !KNOWN.includes(name));
    for (const name of unknown) notes.ignored.add(`include.${name}`);
    body["include"] = [...new Set(include.filter((name) => !unknown.includes(name)))];
  }
  return body;
}

/** The same for requests that only read. */
export function translateReading(given: JsonObject, notes: RequestNotes): JsonObject {
  const body = { ...given };
  openContext(body, notes);
  return body;
}

/** Rewrites what decides what the model reads, and what it may answer. */
function openContext(body: JsonObject, notes: RequestNotes): void {
  const { input, instructions } = body;
  if (Array.isArray(input)) body["input"] = openItems(input, "input", notes);
  else if (isObject(input)) body["input"] = openItems([input], "input", notes);
  else if (input === "") body["input"] = [{ type: "message", role: "user", content: "" }];
  else if (typeof input === "string") body["input"] = input.toWellFormed();
  if (typeof instructions === "string") body["instructions"] = instructions.trim() && instructions;
  if ("tools" in body) body["tools"] = openTools(body["tools"], "flat", notes);
  if ("tool_choice" in body) body["tool_choice"] = openChoice(body["tool_choice"], "flat");
  openText(body, takeSchema(body));
  const { effort, thinking } = thinkingFieldsOf(openThinking(body, notes), notes);
  if (effort !== undefined) body["reasoning"] = { effort };
  if (thinking !== undefined) body["thinking"] = thinking;
}

/** The format of the answer as this API has it. Chat completions call it `response_format`, and nest it. */
function openText(body: JsonObject, schema: AskedSchema | undefined): void {
  const { text, response_format: other } = body;
  delete body["response_format"];
  const asked = isObject(text) ? text["format"] : undefined;
  const format = asked ?? other ?? formatOf(schema);
  if (!isObject(format)) return;
  body["text"] = { ...isObject(text) ? text : {}, format: flatFormat(format) };
}

function formatOf(schema: AskedSchema | undefined): JsonObject | undefined {
  if (schema === undefined) return undefined;
  return schema === true ? { type: "json_object" } : { type: "json_schema", schema };
}

function flatFormat(format: JsonObject): JsonObject {
  const { type, json_schema: nested, ...flat } = format;
  if (type === "json_object" && isObject(flat["schema"])) {
    return { type: "json_schema", name: "answer", schema: { type: "object", ...flat["schema"] } };
  }
  if (type !== "json_schema") return format;
  const { name, ...asked } = isObject(nested) ? nested : flat;
  const own = typeof name === "string" ? name.replace(/[^\w-]/g, "_").slice(0, 64) : name;
  return { type, ...asked, name: own || "answer" };
}

/** Whether the answer goes on with the last item. */
function openPrefill(body: JsonObject, notes: RequestNotes): void {
  const { input, continue_final_message: continues } = body;
  const last = Array.isArray(input) ? input.at(-1) : undefined;
  delete body["continue_final_message"];
  if (isObject(last) && last["role"] === "assistant") {
    const items = input as unknown[];
    if (last["content"] === "" && items.length > 1) body["input"] = items.slice(0, -1);
    else body["continue_final_message"] = continues !== false;
  } else if (isObject(last) && last["type"] === "item_reference") {
    body["continue_final_message"] = continues !== false;
  } else if (continues === true) notes.ignored.add("continue_final_message");
}
