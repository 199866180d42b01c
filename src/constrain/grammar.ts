/** The kind of an edge. A loop is the only edge of its state. */
export const BYTE = 0;
export const EMPTY = 1;
export const CALL = 2;
export const LOOP = 3;

/** Length of an edge in the table: kind, a, b, target. */
export const EDGE = 4;

/** The distance of a state from which the end cannot be reached. */
export const UNREACHABLE = 0x3fffffff;

/** A constraint of a schema that the grammar does not enforce. */
export interface Unenforced {
  /** Its location: property names and indices from the root of the schema, the keyword last. */
  readonly path: readonly PropertyKey[];
  /** The reason, as a clause about that location. */
  readonly why: string;
}

/**
 * A language of byte strings as a pushdown automaton, in numeric tables, so that it can cross threads.
 *
 * A state has edges that read a byte of a range, that read nothing, that read a rule (a call, which pushes the target
 * on the stack) or that read a rule repeatedly (a loop). A rule is identified by its first state and ends at a final
 * state.
 *
 * Every state can reach the end, so every prefix that the automaton accepts can be completed.
 */
export interface Grammar {
  /** Identifies the language: grammars with the same id are equal. */
  readonly id: string;
  readonly start: number;
  /** Index of the first edge of each state. `[states + 1]` */
  readonly offsets: Int32Array;
  /**
   * `[edges, 4]`: `BYTE lowest highest target`, `EMPTY 0 0 target`, `CALL rule 0 target`, `LOOP rule loop target`.
   */
  readonly edges: Int32Array;
  /** Whether a rule may end at a state. `[states]` */
  readonly final: Uint8Array;
  /** The minimum number of bytes from a state to the end of its rule, counting loops from their start. `[states]` */
  readonly distance: Int32Array;
  /** The minimum and maximum number of rounds of each loop; -1: unbounded. `[loops, 2]` */
  readonly loops: Int32Array;
  /** For the state of a bounded loop over characters, the state of the same loop without bounds; otherwise -1. `[states]` */
  readonly unbounded: Int32Array;
  /** Constraints of the schema that the grammar does not enforce. */
  readonly unenforced: readonly Unenforced[];
  /**
   * The text that starts a function call, if answers may be calls. Stop sequences do not apply to such answers: a
   * truncated call is useless, and its arguments may contain any text.
   */
  readonly callsOpen?: string;
}
