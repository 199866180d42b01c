import { isObject } from "./json_object.ts";

/** A call in the history of a conversation. */
export interface PastCall {
  readonly id: string;
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

/**
 * The calls of a history, to find the one that a result belongs to where its id is missing or names none of them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const calls = new PastCalls();
 * calls.made({ id: "a", name: "f" });
 * calls.made({ id: "b", name: "g" });
 * assert.equal(calls.answered("a", undefined), "a");
 * assert.equal(calls.answered(undefined, undefined), "b");
 * assert.equal(calls.answered("c", undefined), undefined);
 * ```
 */
export class PastCalls {
  readonly #all = new Set<string>();
  readonly #open: Pick<PastCall, "id" | "name">[] = [];

  made(call: Pick<PastCall, "id" | "name">): void {
    this.#all.add(call.id);
    this.#open.push(call);
  }

  /**
   * The id of the call that a result belongs to: the one named, or else the oldest one without a result, of the same
   * function if that is known. Undefined if there is none.
   */
  answered(id: unknown, name: unknown): string | undefined {
    const named = this.#open.findIndex((call) => call.id === id);
    if (named < 0 && typeof id === "string" && this.#all.has(id)) return id;
    const same = this.#open.findIndex((call) => call.name === name);
    const at = named >= 0 ? named : same >= 0 ? same : 0;
    return this.#open.splice(at, 1)[0]?.id;
  }
}

/** Arguments of a call, as JSON. Some clients send the object itself. */
export function argumentsText(value: unknown): string {
  if (value === undefined || value === null || value === "") return "{}";
  if (typeof value === "string") return value.toWellFormed();
  // Languages with one type for lists and objects write an empty object as a list.
  return Array.isArray(value) && value.length === 0 ? "{}" : JSON.stringify(value).toWellFormed();
}

/** The name of a function that was called, as this API writes names: other servers allow more characters. */
export function functionName(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  return value.replace(/[^\w-]/g, "_").slice(0, 64);
}

/** A call as chat completions or other clients write it: nested under `function`, or flat, with `args` or `input`. */
export function openCall(call: unknown, id: string): PastCall | undefined {
  if (!isObject(call)) return undefined;
  const inner = [call["function"], call["custom"]].find(isObject) ?? call;
  const name = functionName(inner["name"]);
  if (name === undefined) return undefined;
  const given = inner["arguments"] ?? inner["args"] ?? wrapped(inner["input"]);
  return {
    id: typeof call["id"] === "string" && call["id"] !== "" ? call["id"] : id,
    name,
    arguments: argumentsText(given),
  };
}

/** The input of a custom tool is a text. */
function wrapped(input: unknown): unknown {
  return typeof input === "string" ? { input } : input;
}
