import type { GrammarBuilder } from "./grammar_builder.ts";

/** Writes an optional space. Returns the state after it. */
export function optionalSpace(builder: GrammarBuilder, from: number): number {
  const to = builder.state();
  builder.empty(from, to);
  builder.bytes(from, 0x20, 0x20, to);
  return to;
}

/** Writes a comma and an optional space. Returns the state after them. */
export function comma(builder: GrammarBuilder, from: number): number {
  const after = builder.state();
  builder.text(from, ",", after);
  return optionalSpace(builder, after);
}
