import type { GrammarBuilder } from "./grammar_builder.ts";

/** Writes an optional space. Returns the state after it. */
export function optionalSpace(builder: GrammarBuilder, from: number): number {
  const to = builder.state();
  builder.empty(from, to);
  builder.bytes(from, 0x20, 0x20, to);
  return to;
}

/** Maximum number of line ends that a model may write between its thoughts and its answer. */
const LINE_ENDS = 2;

/**
 * Writes the optional space that most models put between the template's colon and an answer.
 *
 * @param lineEnds whether line ends are allowed instead, as after thoughts
 * @returns the state after it
 */
export function answerStart(builder: GrammarBuilder, from: number, lineEnds: boolean): number {
  const to = optionalSpace(builder, from);
  let at = from;
  for (let count = 0; lineEnds && count < LINE_ENDS; count++) {
    const next = builder.state();
    builder.bytes(at, 0x0a, 0x0a, next);
    builder.empty(next, to);
    at = next;
  }
  return to;
}

/** Writes a comma and an optional space. Returns the state after them. */
export function comma(builder: GrammarBuilder, from: number): number {
  const after = builder.state();
  builder.text(from, ",", after);
  return optionalSpace(builder, after);
}
