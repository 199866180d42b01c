import type { GrammarBuilder } from "./grammar_builder.ts";

/** A space that may be missing. Returns the state after it. */
export function optionalSpace(builder: GrammarBuilder, from: number): number {
  const to = builder.state();
  builder.empty(from, to);
  builder.bytes(from, 0x20, 0x20, to);
  return to;
}

/** Line ends that a model may write before its answer, after it has thought. */
const LINE_ENDS = 2;

/**
 * Where an answer begins: most models go on from the template's colon with a space, and from their thoughts with line ends.
 * Returns the state after them.
 *
 * @param lineEnds whether there may be line ends instead of the space
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

/** A comma and a space that may be missing. Returns the state after them. */
export function comma(builder: GrammarBuilder, from: number): number {
  const after = builder.state();
  builder.text(from, ",", after);
  return optionalSpace(builder, after);
}
