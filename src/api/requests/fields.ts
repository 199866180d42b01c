import { limitFields, samplingFields } from "./field_schemas.ts";
import { LIMIT_NAMES, SAMPLING_NAMES } from "./sampling.ts";
import { isObject, type JsonObject } from "./json_object.ts";
import { isNeutral } from "./neutral.ts";
import type { RequestNotes } from "./request_notes.ts";

/** What other servers call fields of ours, besides the names that the schemas have. */
const ALIASES = { max_new_tokens: "max_tokens", stop_sequences: "stop" } as const;

/** What `options` of Ollama may set. Whatever else it holds is about memory and speed. */
const SETTABLE: readonly string[] = [
  ...Object.keys(samplingFields),
  ...Object.keys(limitFields),
  "seed",
  "stop",
];

/**
 * Fields that have one meaning in all APIs, where a body of ours has them.
 *
 * - `extra_body` is a parameter of OpenAI's clients, whose fields belong into the body itself.
 * - `options` is where Ollama has its sampling.
 * - A seed of -1 is a random one in llama.cpp.
 * - Of two names for the same, the first counts.
 */
export function openFields(body: JsonObject, notes: RequestNotes): JsonObject {
  const { extra_body: extra, options, ...fields } = body;
  const all: JsonObject = { ...isObject(extra) ? extra : {}, ...fields };
  if (!isObject(extra) && !isNeutral("extra_body", extra)) notes.ignored.add("extra_body");
  if (isObject(options)) {
    for (const [name, value] of Object.entries(options)) {
      if (SETTABLE.includes(name)) all[name] ??= value;
      else if (!isNeutral(name, value)) notes.ignored.add(`options.${name}`);
    }
  } else if (!isNeutral("options", options)) notes.ignored.add("options");
  for (const [alias, own] of Object.entries(ALIASES)) {
    if (!(alias in all)) continue;
    all[own] ??= all[alias];
    delete all[alias];
  }
  if (all["seed"] === -1) delete all["seed"];
  for (const names of [...Object.values(SAMPLING_NAMES), LIMIT_NAMES]) {
    const [first, ...others] = names.filter((name) => (all[name] ?? undefined) !== undefined);
    for (const other of others) {
      if (all[other] !== all[first!]) notes.ignored.add(other);
      delete all[other];
    }
  }
  return all;
}
