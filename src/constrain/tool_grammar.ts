import type { Effort } from "./effort.ts";
import type { Grammar } from "./grammar.ts";
import { GrammarBuilder } from "./grammar_builder.ts";
import { RootRules } from "./json_schema/root_rules.ts";
import { answerStart } from "./separators.ts";

/** The text form of calls. */
export interface CallFormat {
  /** What every answer with calls starts with, and no other: a prefix of `open`. */
  readonly marker: string;
  /** Before the function's name. */
  readonly open: string;
  /** Between name and arguments. */
  readonly between: string;
  /** After the arguments. */
  readonly close: string;
  /** Between two calls. */
  readonly separator: string;
}

/** A function that may be called. */
export interface CallableTool {
  readonly name: string;
  /** The schema of its arguments, which are an object. */
  readonly parameters: unknown;
  /** The path that is prepended to the paths of unenforced constraints. */
  readonly path: readonly PropertyKey[];
}

/** The allowed forms of an answer. */
export interface ToolGrammarOptions {
  readonly tools: readonly CallableTool[];
  readonly format: CallFormat;
  /** Whether the answer may be text instead of calls. */
  readonly text: boolean;
  /** The schema of a JSON answer that is allowed instead of calls, and the path to prepend to its paths. */
  readonly json?: { readonly schema: unknown; readonly path: readonly PropertyKey[] } | undefined;
  /** Whether several calls are allowed. */
  readonly parallel: boolean;
  /** Whether line ends may come before it. @default false */
  readonly lineEnds?: boolean;
}

/** Maximum number of calls in one answer. */
const MAX_CALLS = 32;

/**
 * A grammar of answers that call functions with arguments that their schemas allow.
 *
 * If text is allowed too, it is any text that does not start like a call. No schema is rejected: constraints that
 * cannot be enforced are listed in `unenforced`.
 *
 * @param effort counts the steps of the compilation
 * @throws {EffortExceededError}
 */
export function toolGrammar(
  id: string,
  { tools, format, text, json, parallel, lineEnds = false }: ToolGrammarOptions,
  effort?: Effort,
): Grammar {
  const builder = new GrammarBuilder(effort);
  const [start, end] = [builder.state(), builder.end()];
  const [call, callEnd] = [builder.state(), builder.end()];
  const named = builder.state();
  builder.text(call, format.open, named);
  const close = builder.state();
  builder.text(close, format.close, callEnd);
  const rules = new RootRules(builder);
  const names = tools.map(({ name, parameters, path }) => {
    const before = builder.state();
    builder.call(before, rules.declare({ schema: parameters, path }, "object"), close);
    return [name + format.between, before] as const;
  });
  builder.texts(named, names);

  const from = answerStart(builder, start, lineEnds);
  const called = builder.state();
  builder.call(from, call, called);
  if (parallel) {
    const [another, anotherEnd, next] = [builder.state(), builder.end(), builder.state()];
    builder.text(another, format.separator, next);
    builder.call(next, call, anotherEnd);
    builder.loop(called, another, 0, MAX_CALLS - 1, end);
  } else builder.empty(called, end);
  if (json) builder.call(from, rules.declare(json, "value"), end);
  if (text) freeText(builder, start, format.marker, end);
  return { ...builder.build(id, start, rules.write()), callsOpen: format.marker };
}

/**
 * A grammar of answers without calls: any text that does not start like a call.
 *
 * @param marker the text that starts a call
 */
export function plainTextGrammar(id: string, marker: string): Grammar {
  const builder = new GrammarBuilder();
  const [start, end] = [builder.state(), builder.end()];
  freeText(builder, start, marker, end);
  return builder.build(id, start);
}

/** Writes any text that does not start with a marker, after optional white space. */
function freeText(builder: GrammarBuilder, start: number, marker: string, end: number): void {
  const any = builder.state();
  builder.bytes(any, 0, 0xff, any);
  builder.empty(any, end);
  let at = builder.state();
  builder.empty(start, at);
  builder.empty(start, end);
  for (const [lowest, highest] of [[0x09, 0x0d], [0x20, 0x20]] as const) {
    builder.bytes(at, lowest, highest, at);
  }
  // White space may precede the first byte of the marker. After that byte, any deviation from the marker is text.
  for (const [index, byte] of new TextEncoder().encode(marker).entries()) {
    if (index > 0) builder.empty(at, end);
    for (const [lowest, highest] of gaps(index === 0 ? [...WHITE_SPACE, byte] : [byte])) {
      builder.bytes(at, lowest, highest, any);
    }
    const next = builder.state();
    builder.bytes(at, byte, byte, next);
    at = next;
  }
}

const WHITE_SPACE = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20];

/** The ranges of bytes that are not in a sorted list. */
function* gaps(bytes: readonly number[]): Generator<[number, number]> {
  let next = 0;
  for (const byte of bytes) {
    if (next < byte) yield [next, byte - 1];
    next = byte + 1;
  }
  if (next <= 0xff) yield [next, 0xff];
}
