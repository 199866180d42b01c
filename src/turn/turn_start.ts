import type { Message } from "../prompt/message.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { TurnOrigin } from "./meter.ts";
import type { StartedAnswer } from "./prefill.ts";
import type { UnreadPath } from "./state_finder.ts";
import type { StateOnTheWay } from "../prompt/prompt_head.ts";

/** A start at the state of a response, or at the empty one. */
export interface ExactStart extends Pick<TurnStart, "tokens" | "unread" | "prefill"> {
  /** The response. `null`: the empty state. */
  readonly base: string | null;
}

/** Where a turn starts. */
export interface TurnStart {
  /** The snapshot of the state. */
  readonly manifest: string | null;
  readonly origin: TurnOrigin;
  readonly state: RecurrentState;
  /** Tokens that the state has read. */
  readonly tokens: number;
  /** The logits of the next token, if the state has read a prompt to its end. */
  readonly logits?: Float32Array<ArrayBuffer>;
  /** Messages that it has not read, except the one that the answer continues. */
  readonly unread: readonly Message[];
  /** The hash of the conversation, including unread messages, except the one that the answer continues. */
  readonly prefix: string;
  /** The message that the answer continues, if any. */
  readonly prefill?: StartedAnswer;
  /** The response that it continues, if only its client knows it. */
  readonly sealedParent?: string;
  /** Tokens of the first unread message that the state has read. Absent: none. */
  readonly begun?: number;
  /** What has to be read before the messages, if the state of the continued response was not kept. */
  readonly path?: UnreadPath;
  /** The same start without optional states. Absent: it is not known what the state has read. */
  readonly exact?: ExactStart;
  /** States on the way that are worth storing for other turns, in the order in which they are reached. */
  readonly worthKeeping?: readonly StateOnTheWay[];
}
