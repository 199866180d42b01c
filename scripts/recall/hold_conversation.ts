import type { Ask, Reply } from "./ask.ts";
import { containsValue } from "./contains_value.ts";
import type { Conversation } from "./conversation.ts";

/** A turn read more than its own message, or went on from a state that is not the one stored before it. */
export class NotContinuedError extends Error {
  override readonly name = "NotContinuedError";
  constructor(
    /** From 1. */
    readonly turn: number,
    readonly cachedTokens: number,
    /** What the conversation had when the turn before it ended. */
    readonly expectedTokens: number,
  ) {
    super(
      `Turn ${turn} went on from ${cachedTokens} stored tokens; the turn before it ended with ${expectedTokens}`,
    );
  }
}

/** What became of one conversation. */
export interface Outcome {
  readonly kind: string;
  readonly distance: number;
  readonly value: string;
  readonly question: string;
  /** The model's answer to the question. */
  readonly reply: string;
  readonly recalled: boolean;
  /** Tokens that the state had read before the question. */
  readonly cached_tokens: number;
}

/**
 * Says each message of the user in turn, the model's own replies being part of the conversation, and looks for the value
 * in the last reply.
 *
 * @param onTurn Is called after each turn.
 * @throws {NotContinuedError} unless each turn goes on from all that the turns before it read
 */
export async function holdConversation(
  ask: Ask,
  { kind, distance, turns, value }: Conversation,
  onTurn: () => void = () => {},
  signal?: AbortSignal,
): Promise<Outcome> {
  let last: Reply | undefined;
  for (const [i, message] of turns.entries()) {
    const reply = await ask(message, last?.id, signal);
    const expected = last?.totalTokens ?? 0;
    if (reply.cachedTokens !== expected) {
      throw new NotContinuedError(i + 1, reply.cachedTokens, expected);
    }
    last = reply;
    onTurn();
  }
  const { text: reply, cachedTokens: cached_tokens } = last!;
  const recalled = containsValue(reply, value);
  return { kind, distance, value, question: turns.at(-1)!, reply, recalled, cached_tokens };
}
