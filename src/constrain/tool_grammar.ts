import type { Effort } from "./effort.ts";
import type { Grammar } from "./grammar.ts";
import { GrammarBuilder } from "./grammar_builder.ts";
import { RootRules } from "./json_schema/root_rules.ts";
import { optionalSpace } from "./separators.ts";

/** How calls are written: what stands around the name and the arguments of one, and between two. */
export interface CallFormat {
  readonly open: string;
  readonly between: string;
  readonly close: string;
  readonly separator: string;
}

/** A function that may be called. */
export interface CallableTool {
  readonly name: string;
  /** The schema of its arguments, which are an object. */
  readonly parameters: unknown;
  /** What comes before the paths of what the schema asks for and the grammar does not enforce. */
  readonly path: readonly PropertyKey[];
}

/** What an answer may be. */
export interface ToolGrammarOptions {
  readonly tools: readonly CallableTool[];
  readonly format: CallFormat;
  /** Whether it may be text instead. */
  readonly text: boolean;
  /** The schema of JSON that it may be instead, and what comes before paths in it. */
  readonly json?: { readonly schema: unknown; readonly path: readonly PropertyKey[] } | undefined;
  /** Whether it may be several calls. */
  readonly parallel: boolean;
}

/** Calls in one answer. */
const MAX_CALLS = 32;

/**
 * A grammar of answers that call functions with arguments that their schemas allow.
 *
 * Where text is allowed as well, it is any text that does not begin as a call does. No schema is refused: what cannot be
 * enforced is in `unenforced` of the grammar.
 *
 * @param effort counts the steps that compiling takes
 * @throws {EffortExceededError}
 */
export function toolGrammar(
  id: string,
  { tools, format, text, json, parallel }: ToolGrammarOptions,
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

  // An answer begins after the template's colon, which most models go on from with a space.
  const from = optionalSpace(builder, start);
  const called = builder.state();
  builder.call(from, call, called);
  if (parallel) {
    const [another, anotherEnd, next] = [builder.state(), builder.end(), builder.state()];
    builder.text(another, format.separator, next);
    builder.call(next, call, anotherEnd);
    builder.loop(called, another, 0, MAX_CALLS - 1, end);
  } else builder.empty(called, end);
  if (json) builder.call(from, rules.declare(json, "value"), end);
  if (text) freeText(builder, start, format.open, end);
  return { ...builder.build(id, start, rules.write()), callsOpen: format.open };
}

/**
 * A grammar of answers that call nothing: any text that does not begin as a call does.
 *
 * @param open what stands before a call
 */
export function plainTextGrammar(id: string, open: string): Grammar {
  const builder = new GrammarBuilder();
  const [start, end] = [builder.state(), builder.end()];
  freeText(builder, start, open, end);
  return builder.build(id, start);
}

/** Any text that does not, after white space, begin with a marker. */
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
  // White space may go on before the first byte of the marker; after it, what differs is text.
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

/** The ranges of bytes between some. */
function* gaps(bytes: readonly number[]): Generator<[number, number]> {
  let next = 0;
  for (const byte of bytes) {
    if (next < byte) yield [next, byte - 1];
    next = byte + 1;
  }
  if (next <= 0xff) yield [next, 0xff];
}
