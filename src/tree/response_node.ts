import type { Message } from "../prompt/message.ts";
import type { StatePrecision } from "../state/precision.ts";

/** What is known of a response before it is stored. */
export interface NewResponseNode {
  /** In the form that {@linkcode isResponseId} asks for. */
  readonly id: string;
  /** The response that this one continues. */
  readonly parent: string | null;
  /** The system message of this turn, if it had one. */
  readonly instructions: string | null;
  /** What this turn added: the new messages, then the answer. */
  readonly messages: readonly Message[];
  /** What clients call each of the messages. */
  readonly itemIds?: readonly string[];
  /** Model, engine and precision that made the answer. */
  readonly engineFingerprint: string;
  /** The seed that tokens were drawn with. */
  readonly seed: number;
  /** How its state can be computed again. Absent: it cannot, and so it is always kept. */
  readonly computed?: Computed;
}

/** How a state was computed. */
export interface Computed {
  /** The response whose state was gone on from. `null`: the empty state. */
  readonly base: string | null;
  /** The tokens that were read since. */
  readonly tokens: readonly number[];
}

/** A stored response: one node of the tree of a tenant's conversations. It never changes. */
export interface ResponseNode extends NewResponseNode {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** The snapshot of the state after the answer. */
  readonly manifest: string;
  /** The hash of all messages that this state has read. */
  readonly prefix: string;
  /** Tokens that this state has read in all. */
  readonly tokens: number;
  readonly modelFingerprint: string;
  /** How its state was rounded. */
  readonly precision: StatePrecision;
}
