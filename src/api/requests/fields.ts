import { samplingFields } from "../fields.ts";
import { isObject, type JsonObject } from "./json_object.ts";
import { isNeutral } from "./neutral.ts";
import type { RequestNotes } from "./request_notes.ts";

/** What other servers and older APIs call fields of ours. */
const ALIASES: Readonly<Record<string, string>> = {
  max_new_tokens: "max_tokens",
  n_predict: "max_tokens",
  num_predict: "max_tokens",
  stop_sequences: "stop",
  typical: "typical_p",
};

/** What APIs call the most tokens of an answer. */
const LIMITS = ["max_completion_tokens", "max_tokens", "max_output_tokens"];

/** What `options` of Ollama may set. Whatever else it holds is about memory and speed. */
const SETTABLE: readonly string[] = [...Object.keys(samplingFields), "max_tokens", "seed", "stop"];

/**
 * Fields that have one meaning in all APIs, under the names that they have here.
 *
 * - `extra_body` is a parameter of OpenAI's clients, whose fields belong into the body itself.
 * - `options` is where Ollama has its sampling.
 * - A seed of -1 is a random one in llama.cpp, and an empty stop text stops nowhere.
 *
 * @param limit what the API calls the most tokens of an answer: other APIs' names for it stand for this one
 */
export function openFields(body: JsonObject, limit: string, notes: RequestNotes): JsonObject {
  const { extra_body: extra, options, ...fields } = body;
  const all: JsonObject = { ...isObject(extra) ? extra : {}, ...fields };
  if (!isObject(extra) && !isNeutral("extra_body", extra)) notes.ignored.add("extra_body");
  if (isObject(options)) {
    for (const [name, value] of Object.entries(options)) {
      const own = ownName(name);
      if (SETTABLE.includes(own)) all[own] ??= value;
      else if (!isNeutral(name, value)) notes.ignored.add(`options.${name}`);
    }
  } else if (!isNeutral("options", options)) notes.ignored.add("options");
  for (const alias of Object.keys(ALIASES)) move(all, alias, ownName(alias));
  for (const other of LIMITS) {
    // Chat completions have both.
    if (limit !== "max_tokens" || other !== "max_completion_tokens") move(all, other, limit);
  }
  if (all["seed"] === -1) delete all["seed"];
  if ("stop" in all) all["stop"] = openStop(all["stop"]);
  return all;
}

function ownName(name: string): string {
  return Object.hasOwn(ALIASES, name) ? ALIASES[name]! : name;
}

/** Gives a field another name, unless there is one of that name. */
function move(fields: JsonObject, from: string, to: string): void {
  if (from === to || !(from in fields)) return;
  fields[to] ??= fields[from];
  delete fields[from];
}

function openStop(stop: unknown): unknown {
  if (Array.isArray(stop)) return stop.filter((text) => text !== "");
  return stop === "" ? null : stop;
}
