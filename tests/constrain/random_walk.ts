import { BYTE, EDGE, type Grammar } from "../../src/constrain/grammar.ts";
import { BOTTOM, Stacks } from "../../src/constrain/stacks.ts";
import type { Fuzz } from "../fuzz.ts";

/** A random text of a grammar: random bytes, and after `patience` bytes the shortest completion. */
export function randomWalk(grammar: Grammar, fuzz: Fuzz, patience: number): string {
  const stacks = new Stacks(grammar);
  let nodes: readonly number[] = [stacks.node(grammar.start, 0, BOTTOM)];
  const bytes: number[] = [];
  for (;;) {
    const mayEnd = nodes.some((node) => stacks.closure(node).ends);
    if (mayEnd && (bytes.length >= patience || fuzz.next() < 0.2)) break;
    const byte = bytes.length < patience ? randomByte(stacks, nodes, fuzz) : stacks.shortest(nodes);
    if (byte === undefined) break;
    bytes.push(byte);
    nodes = stacks.step(nodes, byte);
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

/** A random allowed byte. Undefined if there is none. */
function randomByte(stacks: Stacks, nodes: readonly number[], fuzz: Fuzz): number | undefined {
  const { offsets, edges } = stacks.grammar;
  const ranges: (readonly [number, number])[] = [];
  for (const leaf of nodes.flatMap((node) => stacks.closure(node).leaves)) {
    const state = stacks.stateOf(leaf);
    for (let edge = offsets[state]! * EDGE; edge < offsets[state + 1]! * EDGE; edge += EDGE) {
      if (edges[edge] === BYTE) ranges.push([edges[edge + 1]!, edges[edge + 2]!]);
    }
  }
  if (ranges.length === 0) return undefined;
  const [lowest, highest] = fuzz.pick(ranges);
  return lowest + fuzz.below(highest - lowest + 1);
}
