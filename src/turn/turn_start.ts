import type { Message } from "../prompt/message.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { TurnOrigin } from "./meter.ts";
import type { StartedAnswer } from "./prefill.ts";
import type { StateOnTheWay } from "../prompt/prompt_head.ts";

/** Where a turn begins. */
export interface TurnStart {
  /** The snapshot that the state is of. */
  readonly manifest: string | null;
  readonly origin: TurnOrigin;
  readonly state: RecurrentState;
  /** Tokens that the state has read. */
  readonly tokens: number;
  /** The scores of the next token, if the state has read a prompt to its end. */
  readonly logits?: Float32Array<ArrayBuffer>;
  /** Messages that it has not read, the one that the answer continues not among them. */
  readonly unread: readonly Message[];
  /** Names the conversation, the unread messages included, but not the one that the answer continues. */
  readonly prefix: string;
  /** The message that the answer continues, if it continues one. */
  readonly prefill?: StartedAnswer;
  /** The response that it goes on from, where only its client knows it. */
  readonly sealedParent?: string;
  /** Tokens that the state has read of the first unread message. Absent: none. */
  readonly begun?: number;
  /** States on the way that are worth keeping for other turns, in the order in which they are reached. */
  readonly worthKeeping?: readonly StateOnTheWay[];
}
