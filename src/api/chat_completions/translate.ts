import { type AskedSchema, takeSchema } from "../requests/answer_format.ts";
import { openFields } from "../requests/fields.ts";
import { isObject, type JsonObject } from "../requests/json_object.ts";
import { isNeutral } from "../requests/neutral.ts";
import type { RequestNotes } from "../requests/request_notes.ts";
import { openThinking, thinkingFieldsOf } from "../requests/thinking.ts";
import { openChoice, openTools } from "../requests/tools.ts";
import { openMessages } from "./open_messages.ts";

/** Rewrites a request in the words of {@linkcode chatCompletionRequest}. */
export function translateChat(given: JsonObject, notes: RequestNotes): JsonObject {
  const body = openFields(given, notes);
  const { effort, thinking } = thinkingFieldsOf(openThinking(body, notes), notes);
  if (effort !== undefined) body["reasoning_effort"] = effort;
  if (thinking !== undefined) body["thinking"] = thinking;
  openList(body, notes);
  openFunctions(body);
  if ("tools" in body) body["tools"] = openTools(body["tools"], "nested", notes);
  if ("tool_choice" in body) body["tool_choice"] = openChoice(body["tool_choice"], "nested");
  const schema = takeSchema(body);
  body["response_format"] = openFormat(body["response_format"], schema);
  openCombinations(body, notes);
  return body;
}

/** Whether the answer is wanted in the form that calls had before there were tools. */
export function wantsFunctionCall(body: unknown): boolean {
  if (!isObject(body)) return false;
  const { functions, tools } = body;
  return !isNeutral("functions", functions) && isNeutral("tools", tools);
}

function openList(body: JsonObject, notes: RequestNotes): void {
  const {
    messages,
    system,
    continue_final_message: continues,
    add_generation_prompt: prompts,
    ...others
  } = body;
  if (!Array.isArray(messages)) return;
  for (const name of Object.keys(body)) if (!(name in others)) delete body[name];
  // Anthropic's requests have the system message beside the others.
  const before = isNeutral("system", system) ? [] : [{ role: "system", content: system }];
  const opened = openMessages([...before, ...messages], notes);
  const last = opened.at(-1);
  if (isObject(last) && last["role"] === "assistant") {
    const isEmpty = last["content"] === "" && !("tool_calls" in last);
    const startsNew = continues === false || (prompts === true && continues !== true);
    // There is nothing to continue in an empty message.
    if (isEmpty && opened.length > 1) opened.pop();
    else body["continue_final_message"] = !startsNew;
    if (continues === true && prompts === true) notes.ignored.add("add_generation_prompt");
  } else {
    if (continues === true) notes.ignored.add("continue_final_message");
    if (prompts === false) notes.ignored.add("add_generation_prompt");
  }
  body["messages"] = opened;
  notes.moved("messages", opened.map((_, index) => Math.max(0, index - before.length)));
}

/** What tools were before they were tools. */
function openFunctions(body: JsonObject): void {
  const { functions, function_call: choice } = body;
  if (Array.isArray(functions) && isNeutral("tools", body["tools"])) {
    body["tools"] = functions.map((fn) => isObject(fn) ? { type: "function", function: fn } : fn);
    delete body["functions"];
    // Those who ask in this form can take one call.
    body["parallel_tool_calls"] = false;
  }
  if (choice === undefined || choice === null) return;
  body["tool_choice"] ??= isObject(choice)
    ? { type: "function", function: { name: choice["name"] } }
    : choice;
  delete body["function_call"];
}

/** The format of the answer in OpenAI's words, whoever's it came in. */
function openFormat(format: unknown, schema: AskedSchema | undefined): unknown {
  if (format === undefined || format === null) {
    if (schema === undefined) return format;
    return schema === true
      ? { type: "json_object" }
      : { type: "json_schema", json_schema: { name: "answer", schema } };
  }
  if (!isObject(format) || format["type"] !== "json_schema") return format;
  const { json_schema: nested, type, ...flat } = format;
  // OpenAI has it flat in its other API, and others have it here.
  const { name, ...asked } = isObject(nested) ? nested : flat;
  return { type, json_schema: { ...asked, name: formatName(name) } };
}

/** The name of a format says nothing to the model. */
function formatName(name: unknown): unknown {
  if (name === undefined || name === null || name === "") return "answer";
  return typeof name === "string" ? name.replace(/[^\w-]/g, "_").slice(0, 64) : name;
}

/** Fields that have an effect only together with others. */
function openCombinations(body: JsonObject, notes: RequestNotes): void {
  const ignore = (name: string) => {
    if (!isNeutral(name, body[name])) notes.ignored.add(name);
  };
  if (!body["stream"]) ignore("stream_options");
  if (!body["store"] && isObject(body["metadata"])) {
    ignore("metadata");
    delete body["metadata"];
  }
  if (body["top_logprobs"]) {
    if (body["logprobs"] === false) ignore("top_logprobs");
    else body["logprobs"] ??= true;
  }
  const { modalities } = body;
  if (Array.isArray(modalities) && modalities.includes("text")) {
    if (modalities.length > 1) notes.ignored.add("modalities");
    body["modalities"] = ["text"];
  }
}
