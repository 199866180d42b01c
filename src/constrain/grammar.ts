/** What kind of edge it is. A loop is the only edge of its state. */
export const BYTE = 0;
export const EMPTY = 1;
export const CALL = 2;
export const LOOP = 3;

/** Numbers of an edge: kind, a, b, target. */
export const EDGE = 4;

/** Where a grammar cannot be ended from. */
export const UNREACHABLE = 0x3fffffff;

/** A constraint of a schema that a grammar does not hold answers to. */
export interface Unenforced {
  /** Where it is: property names and indices from the root of what was compiled, the keyword last. */
  readonly path: readonly PropertyKey[];
  /** Why not, as the end of a sentence that names the place. */
  readonly why: string;
}

/**
 * A language of byte strings as a pushdown automaton, in plain numbers, so that it can cross threads.
 *
 * States have edges: over a range of bytes, over nothing, over a whole rule (a call, which puts the target on the stack)
 * or over a rule so many times (a loop). A rule is named by its first state and ends at a final state.
 *
 * From every state some way leads to the end: a prefix that the automaton can read can always be finished.
 */
export interface Grammar {
  /** Names the language: the same id is the same grammar. */
  readonly id: string;
  readonly start: number;
  /** Where the edges of each state begin, in edges. `[states + 1]` */
  readonly offsets: Int32Array;
  /**
   * `[edges, 4]`: `BYTE lowest highest target`, `EMPTY 0 0 target`, `CALL rule 0 target`, `LOOP rule loop target`.
   */
  readonly edges: Int32Array;
  /** Whether a rule may end at a state. `[states]` */
  readonly final: Uint8Array;
  /** The least number of bytes from a state to the end of its rule, loops from their beginning. `[states]` */
  readonly distance: Int32Array;
  /** Of each loop, how often at least and at most, -1 for any number. `[loops, 2]` */
  readonly loops: Int32Array;
  /** For each bounded loop over single characters, the state of the same loop without bounds; -1 for other states. */
  readonly unbounded: Int32Array;
  /** What answers are not held to, although the schema asks for it. */
  readonly unenforced: readonly Unenforced[];
  /**
   * How an answer begins that calls functions, if it may. Stop sequences do not end such an answer: half a call is of no
   * use, and its arguments may hold whatever they are.
   */
  readonly callsOpen?: string;
}
