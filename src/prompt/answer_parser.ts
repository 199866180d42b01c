import type { SplitAnswer } from "./message.ts";
import { THOUGHTS_CLOSE, THOUGHTS_OPEN } from "./thinking.ts";
import { TOOL_FORMATS, type ToolFormat } from "./tool_format.ts";

/** What an answer consists of: thoughts, text, and calls of functions, whose arguments come bit by bit. */
export type AnswerPart =
  | { readonly type: "thought"; readonly text: string }
  /** The thoughts are there whole. Only after some. */
  | { readonly type: "thought out" }
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
  /** Whether the text is in the middle of thoughts. @default false */
  readonly isThinking?: boolean;
}

/**
 * Whether the text that gave these parts belongs to thoughts, so that it is not told how likely its tokens were: clients
 * expect that of what was said alone.
 */
export function isThought(parser: AnswerParser, parts: readonly AnswerPart[]): boolean {
  return parser.isThinking === true ||
    parts.some(({ type }) => type === "thought" || type === "thought out");
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
  readonly #format: ToolFormat;

  constructor(format: ToolFormat = TOOL_FORMATS.hermes) {
    this.#format = format;
  }

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
    const { open, between, close } = this.#format;
    switch (this.#at) {
      case "start":
        if (this.#held.startsWith(open)) return this.#skip(open, "name");
        if (open.startsWith(this.#held)) return undefined;
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
        if (this.#held.length < between.length) return undefined;
        this.#depth = 0;
        return this.#skip(between, "arguments");
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
        const next = this.#held.indexOf(open, close.length);
        return next === -1 ? undefined : this.#skip(this.#held.slice(0, next) + open, "name");
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

/**
 * Reads answers that may begin with thoughts between marks. White space around the thoughts belongs to neither them nor
 * the answer. An answer that does not begin with the mark has none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const parser = new ThoughtsParser(PLAIN_PARSER);
 * assert.deepEqual(parser.push("<think>\nTwo and"), [{ type: "thought", text: "Two and" }]);
 * assert.deepEqual(parser.push(" two.\n</think>\n\n4"), [
 *   { type: "thought", text: " two." },
 *   { type: "thought out" },
 *   { type: "content", text: "4" },
 * ]);
 * ```
 */
export class ThoughtsParser implements AnswerParser {
  readonly #answer: AnswerParser;
  #at: "start" | "thoughts" | "between" | "answer" = "start";
  #held = "";
  #thought = false;

  /** @param answer reads what comes after the thoughts */
  constructor(answer: AnswerParser) {
    this.#answer = answer;
  }

  get isThinking(): boolean {
    return this.#at === "thoughts" || (this.#at === "start" && this.#held !== "");
  }

  push(text: string): AnswerPart[] {
    if (this.#at === "answer") return this.#answer.push(text);
    this.#held += text;
    const parts: AnswerPart[] = [];
    if (this.#at === "start") {
      if (this.#held.startsWith(THOUGHTS_OPEN)) {
        this.#at = "thoughts";
        this.#held = this.#held.slice(THOUGHTS_OPEN.length);
      } else if (THOUGHTS_OPEN.startsWith(this.#held)) return [];
      else return this.#begin();
    }
    if (this.#at === "thoughts") {
      const end = this.#held.indexOf(THOUGHTS_CLOSE);
      parts.push(...this.#think(end === -1 ? sureLength(this.#held) : end));
      if (end === -1) return parts;
      if (this.#thought) parts.push({ type: "thought out" });
      this.#held = this.#held.trimStart().slice(THOUGHTS_CLOSE.length);
      this.#at = "between";
    }
    this.#held = this.#held.trimStart();
    return this.#held === "" ? parts : [...parts, ...this.#begin()];
  }

  end(): AnswerPart[] {
    switch (this.#at) {
      case "start":
        return [...this.#held === "" ? [] : this.#begin(), ...this.#answer.end()];
      case "thoughts":
        return this.#think(this.#held.length);
      default:
        return this.#answer.end();
    }
  }

  /** The answer begins with what is held. */
  #begin(): AnswerPart[] {
    this.#at = "answer";
    return this.#answer.push(this.#held);
  }

  /** Takes thoughts from the held text, up to a place, less the white space before it. */
  #think(end: number): AnswerPart[] {
    let text = this.#held.slice(0, end).trimEnd();
    this.#held = this.#held.slice(text.length);
    if (!this.#thought) text = text.trimStart();
    this.#thought ||= text !== "";
    return text === "" ? [] : [{ type: "thought", text }];
  }
}

/** How much of a text cannot be the beginning of the mark that ends thoughts. */
function sureLength(text: string): number {
  for (let at = Math.max(0, text.length - THOUGHTS_CLOSE.length + 1); at < text.length; at++) {
    if (THOUGHTS_CLOSE.startsWith(text.slice(at))) return at;
  }
  return text.length;
}

/** Separates the thoughts of a whole answer from what it says, as {@linkcode ThoughtsParser} does. */
export function splitThoughts(text: string): SplitAnswer {
  const parser = new ThoughtsParser(PLAIN_PARSER);
  let [thoughts, answer] = ["", ""];
  for (const part of [...parser.push(text), ...parser.end()]) {
    if (part.type === "thought") thoughts += part.text;
    else if (part.type === "content") answer += part.text;
  }
  return { ...thoughts === "" ? {} : { thoughts }, answer };
}
