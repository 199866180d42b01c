import type { TurnEvent, TurnUsage } from "../../turn/turn.ts";

/** What events of a turn, or of several that one reply is made of, have in common: the last one is the end. */
export type AnyTurnEvent =
  | { readonly type: "end"; readonly usage: TurnUsage }
  | { readonly type: "text" | "choice" | "progress" };

/** What comes of a turn: its events, or the error that ended it, always as the last. */
export type Outcome<E extends AnyTurnEvent> =
  | E
  | { readonly type: "error"; readonly error: unknown };

/** What comes of a single turn. */
export type TurnOutcome = Outcome<TurnEvent>;

/** A turn stopped yielding without having said how it ended. */
export class UnfinishedTurnError extends Error {
  override readonly name = "UnfinishedTurnError";

  constructor() {
    super("The turn stopped without an end event");
  }
}

/** How the reading of a turn came to its end: by itself, or because the reader left. */
export type TurnConclusion =
  | { readonly type: "end"; readonly usage: TurnUsage }
  | { readonly type: "error"; readonly error: unknown }
  | { readonly type: "cancelled" };

/**
 * The events of a turn, with its failure as an event, so that stages after this one can still write when it fails.
 * Reads nothing ahead; cancelling it cancels `events`.
 *
 * @param events The turn's own events.
 * @param onConclusion Called once, as soon as the end is known.
 * @returns Text any number of times, then exactly one end or error.
 */
export function turnOutcomes<E extends AnyTurnEvent>(
  events: ReadableStream<E>,
  onConclusion: (conclusion: TurnConclusion) => void,
): ReadableStream<Outcome<E>> {
  const reader = events.getReader();
  let concluded = false;
  const conclude = (conclusion: TurnConclusion): void => {
    concluded = true;
    onConclusion(conclusion);
  };
  return new ReadableStream<Outcome<E>>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          if (value.type === "end") conclude(value);
          return controller.enqueue(value);
        }
        if (!concluded) throw new UnfinishedTurnError();
      } catch (error) {
        // A failure after the end is one of cleaning up: the answer is complete and the client was told so.
        if (!concluded) {
          const outcome = { type: "error", error } as const;
          conclude(outcome);
          controller.enqueue(outcome);
        }
      }
      controller.close();
    },
    async cancel(reason) {
      if (!concluded) conclude({ type: "cancelled" });
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
