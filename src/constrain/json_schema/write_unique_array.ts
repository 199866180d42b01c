import { comma } from "../separators.ts";
import type { Located, SchemaPart, SchemaWriter } from "./schema_part.ts";

/** Items that may come in any order: each set of those that came is a state. */
const MAX_ANY_ORDER = 7;
/** Items times lengths that are told apart, where items come in order. */
const MAX_COUNTED = 20_000;

/** What the items of an array may be. */
export interface Items {
  readonly least: number;
  readonly most: number;
  /** How many items have schemas of their own. */
  readonly places: number;
  readonly items: readonly Located[];
}

/**
 * Writes arrays whose items differ from each other, if what items may be is listed. Up to seven items come in any order,
 * more of them in the order of the list.
 *
 * @returns whether that is what the schemas ask for, and feasible
 */
export function writeUniqueArray(
  writer: SchemaWriter,
  part: SchemaPart,
  { least, most, places, items }: Items,
): boolean {
  const isAsked = part.atoms.some(({ schema }) => schema["uniqueItems"] === true);
  const isPlain = !part.atoms.some(({ schema }) =>
    "contains" in schema || "unevaluatedItems" in schema
  );
  if (!isAsked || !isPlain || places > 0) return false;
  const texts = writer.values(items);
  if (texts === undefined) return false;
  const limit = Math.min(most, texts.length);
  const isSmall = texts.length <= MAX_ANY_ORDER;
  if (!isSmall && texts.length * Math.max(1, least, most < texts.length ? most : 0) > MAX_COUNTED) {
    return false;
  }
  const { builder } = writer;
  const rules = texts.map((text) => {
    const [begin, end] = [builder.state(), builder.end()];
    builder.text(begin, text, end);
    return begin;
  });
  const open = builder.state();
  const close = builder.state();
  builder.text(part.from, "[", open);
  builder.text(close, "]", part.to);
  const array = { builder, rules, open, close, least, most: limit };
  if (isSmall) inAnyOrder(array);
  else inOrder(array, most < texts.length);
  return true;
}

interface UniqueArray {
  readonly builder: SchemaWriter["builder"];
  /** The rules of the items. */
  readonly rules: readonly number[];
  readonly open: number;
  readonly close: number;
  readonly least: number;
  readonly most: number;
}

/** A state for each set of items that came, as bits. */
function inAnyOrder({ builder, rules, open, close, least, most }: UniqueArray): void {
  const states = new Map([[0, open]]);
  for (const [came, state] of states) {
    const count = rules.filter((_, index) => came & (1 << index)).length;
    if (count >= least) builder.empty(state, close);
    if (count >= most) continue;
    const from = count === 0 ? state : comma(builder, state);
    for (const [index, rule] of rules.entries()) {
      if (came & (1 << index)) continue;
      const after = came | (1 << index);
      const next = states.get(after) ?? builder.state();
      states.set(after, next);
      builder.call(from, rule, next);
    }
  }
}

/** A state for each item and number of items before it, as far as that number matters. */
function inOrder(
  { builder, rules, open, close, least, most }: UniqueArray,
  isBounded: boolean,
): void {
  const counted = Math.max(1, least, isBounded ? most : 0);
  // In `states[n]` so many items came, or more if nothing depends on it. A comma comes before the next, but for the first.
  let states: (number | undefined)[] = [open];
  for (const rule of rules) {
    const item = builder.state();
    const another = builder.state();
    const end = builder.end();
    builder.call(comma(builder, another), rule, end);
    builder.call(item, rule, end);
    const next: (number | undefined)[] = [];
    const nextOf = (count: number) => next[count] ??= builder.state();
    for (const [count, state] of states.entries()) {
      if (state === undefined) continue;
      builder.empty(state, nextOf(count));
      if (isBounded && count === most) continue;
      builder.call(state, count === 0 ? item : another, nextOf(Math.min(count + 1, counted)));
    }
    states = next;
  }
  for (const [count, state] of states.entries()) {
    if (state !== undefined && count >= least) builder.empty(state, close);
  }
}
