import { CALL_ARGUMENTS, CALL_CLOSE, CALL_OPEN } from "./tool_format.ts";

/** What an answer consists of: text, and calls of functions, whose arguments come bit by bit. */
export type AnswerPart =
  | { readonly type: "content"; readonly text: string }
  | { readonly type: "call"; readonly call: number; readonly name: string }
  | { readonly type: "arguments"; readonly call: number; readonly text: string }
  /** A call is there whole, whatever comes after it. */
  | { readonly type: "called"; readonly call: number };

/** Reads an answer as it is made. */
export interface AnswerParser {
  /** The parts that some more text completes. */
  push(text: string): AnswerPart[];
  /** What is left at the end, which may be in the middle of a call, and of its name. */
  end(): AnswerPart[];
}

/** Reads answers that cannot call functions. */
export const PLAIN_PARSER: AnswerParser = {
  push: (text) => [{ type: "content", text }],
  end: () => [],
};

/**
 * Reads answers that may call functions, in the form that answers are constrained to: an answer is text, or it begins
 * with a call and is nothing but calls.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const parser = new ToolCallParser();
 * assert.deepEqual(parser.push('<tool_call>{"name": "add", "arg'), [{ type: "call", call: 0, name: "add" }]);
 * assert.deepEqual(parser.push('uments": {"a": 1'), [{ type: "arguments", call: 0, text: '{"a": 1' }]);
 * assert.deepEqual(parser.push("}}</tool_call>"), [
 *   { type: "arguments", call: 0, text: "}" },
 *   { type: "called", call: 0 },
 * ]);
 * ```
 */
export class ToolCallParser implements AnswerParser {
  #at: "start" | "content" | "name" | "before arguments" | "arguments" | "called" | "after" =
    "start";
  #held = "";
  #call = -1;
  /** Of the arguments: how many objects and arrays are open, and where in a string they are. */
  #depth = 0;
  #string: "outside" | "inside" | "escape" = "outside";

  push(text: string): AnswerPart[] {
    this.#held += text;
    const parts: AnswerPart[] = [];
    for (let part = this.#next(); part !== undefined; part = this.#next()) {
      if (part !== "proceed") parts.push(part);
    }
    return parts;
  }

  end(): AnswerPart[] {
    if (this.#at === "name") {
      // As much of it as there is: that the answer was cut off is told with it.
      this.#at = "before arguments";
      return [{ type: "call", call: ++this.#call, name: this.#take(Infinity) }];
    }
    if (this.#at !== "start" || this.#held === "") return [];
    this.#at = "content";
    return this.push("");
  }

  /** Takes what it can from the held text. `undefined`: it needs more. */
  #next(): AnswerPart | "proceed" | undefined {
    switch (this.#at) {
      case "start":
        if (this.#held.startsWith(CALL_OPEN)) return this.#skip(CALL_OPEN, "name");
        if (CALL_OPEN.startsWith(this.#held)) return undefined;
        this.#at = "content";
        return "proceed";
      case "content":
        return this.#held === "" ? undefined : { type: "content", text: this.#take(Infinity) };
      case "name": {
        const end = this.#held.indexOf('"');
        if (end === -1) return undefined;
        this.#at = "before arguments";
        return { type: "call", call: ++this.#call, name: this.#take(end) };
      }
      case "before arguments":
        if (this.#held.length < CALL_ARGUMENTS.length) return undefined;
        this.#depth = 0;
        return this.#skip(CALL_ARGUMENTS, "arguments");
      case "arguments": {
        const end = this.#endOfArguments();
        if (end !== -1) this.#at = "called";
        const text = this.#take(end === -1 ? Infinity : end);
        return text === "" ? undefined : { type: "arguments", call: this.#call, text };
      }
      case "called":
        this.#at = "after";
        return { type: "called", call: this.#call };
      case "after": {
        const next = this.#held.indexOf(CALL_OPEN, CALL_CLOSE.length);
        return next === -1 ? undefined : this.#skip(this.#held.slice(0, next) + CALL_OPEN, "name");
      }
    }
  }

  #skip(text: string, next: "name" | "arguments"): "proceed" {
    this.#held = this.#held.slice(text.length);
    this.#at = next;
    return "proceed";
  }

  #take(length: number): string {
    const taken = this.#held.slice(0, length);
    this.#held = this.#held.slice(taken.length);
    return taken;
  }

  /** Where the object that the arguments are ends in the held text, all of which is looked at once. -1: beyond it. */
  #endOfArguments(): number {
    for (let at = 0; at < this.#held.length; at++) {
      const char = this.#held[at]!;
      if (this.#string === "escape") this.#string = "inside";
      else if (this.#string === "inside") {
        if (char === "\\") this.#string = "escape";
        else if (char === '"') this.#string = "outside";
      } else if (char === '"') this.#string = "inside";
      else if (char === "{" || char === "[") this.#depth++;
      else if ((char === "}" || char === "]") && --this.#depth === 0) return at + 1;
    }
    return -1;
  }
}
