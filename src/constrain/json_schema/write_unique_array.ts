import { comma } from "../separators.ts";
import type { Located, SchemaPart, SchemaWriter } from "./schema_part.ts";

/** Maximum number of items that may come in any order, since each subset of them is a state. */
const MAX_ANY_ORDER = 7;
/** Maximum number of states for items in fixed order: items times distinguished lengths. */
const MAX_COUNTED = 20_000;

/** The length limits and item schemas of an array. */
export interface Items {
  readonly least: number;
  readonly most: number;
  /** Number of items with their own schemas. */
  readonly places: number;
  /** The schemas of the other items. */
  readonly items: readonly Located[];
}

/**
 * Writes arrays of unique items if the items are enumerable. Up to seven different items come in any order, more only
 * in the order of the enumeration.
 *
 * @returns whether the schemas require unique items and this is feasible
 */
export function writeUniqueArray(
  writer: SchemaWriter,
  part: SchemaPart,
  { least, most, places, items }: Items,
): boolean {
  const isUnique = part.atoms.some(({ schema }) => schema["uniqueItems"] === true);
  const isPlain = !part.atoms.some(({ schema }) =>
    "contains" in schema || "unevaluatedItems" in schema
  );
  if (!isUnique || !isPlain || places > 0) return false;
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

/** Writes the items in any order, with a state for each subset of items written so far, as bits. */
function inAnyOrder({ builder, rules, open, close, least, most }: UniqueArray): void {
  const states = new Map([[0, open]]);
  for (const [written, state] of states) {
    const count = rules.filter((_, index) => written & (1 << index)).length;
    if (count >= least) builder.empty(state, close);
    if (count >= most) continue;
    const from = count === 0 ? state : comma(builder, state);
    for (const [index, rule] of rules.entries()) {
      if (written & (1 << index)) continue;
      const after = written | (1 << index);
      const next = states.get(after) ?? builder.state();
      states.set(after, next);
      builder.call(from, rule, next);
    }
  }
}

/** Writes the items in fixed order, with a state for each item and number of items before it, as far as it matters. */
function inOrder(
  { builder, rules, open, close, least, most }: UniqueArray,
  isBounded: boolean,
): void {
  const counted = Math.max(1, least, isBounded ? most : 0);
  // The state after n items is `states[n]`; the last one stands for all higher counts. A comma precedes every item but
  // the first.
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
