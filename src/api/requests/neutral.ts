import { isObject } from "./json_object.ts";

/** Values of single fields that switch them off, where that is not obvious from the value. Source: vLLM, llama.cpp. */
const OFF: Readonly<Record<string, readonly unknown[]>> = {
  add_special_tokens: [true],
  best_of: [1],
  n: [1],
  skip_special_tokens: [true],
  spaces_between_special_tokens: [true],
};

const WORDS: readonly unknown[] = [null, undefined, false, 0, "", "auto", "default", "none"];

/**
 * Whether a field that the server does not know asks for nothing, so that there is nothing to report.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert(isNeutral("mirostat", 0));
 * assert(isNeutral("best_of", 1));
 * assert(isNeutral("chat_template_kwargs", { enable_thinking: false }));
 * assert(!isNeutral("keep_alive", "5m"));
 * ```
 */
export function isNeutral(name: string, value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.entries(value).every(([key, item]) => isNeutral(key, item));
  if (WORDS.includes(value)) return true;
  return Object.hasOwn(OFF, name) && OFF[name]!.includes(value);
}
