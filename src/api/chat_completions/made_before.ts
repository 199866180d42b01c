import { UnknownCompletionError } from "../../records/errors.ts";
import type { CompletionStore } from "../../response/completion_store.ts";
import { type AnswerStream, streamOf } from "../../stream/answer_stream.ts";
import type { TurnEvent, TurnUsage } from "../../turn/turn.ts";
import type { BeginAnswer, Choice } from "../answers/choices.ts";
import { unless } from "../idempotency/make_once.ts";
import type { StoredBody } from "./stored.ts";

/** A stored chat completion that an earlier attempt at the same request has made. */
export interface MadeBefore {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Gives the same answers again, piece by piece. */
  readonly begins: readonly BeginAnswer[];
}

/** Looks for the chat completion of an earlier attempt. */
export async function madeBefore(
  completions: CompletionStore,
  tenant: string,
  id: string,
): Promise<MadeBefore | undefined> {
  const found = await unless(UnknownCompletionError, () => completions.get(tenant, id));
  const made = (found?.content as StoredBody | undefined)?.made;
  if (found === undefined || made === undefined) return undefined;
  const { choices, usage } = made;
  const begins = choices.map((choice, index) => () =>
    // The usage is that of all answers: the first one tells it.
    Promise.resolve(
      answerAgain(choice, index === 0 ? usage : { ...usage, completion: 0, thoughts: 0 }),
    )
  );
  return { createdAt: found.createdAt, begins };
}

function answerAgain({ pieces, reason }: Choice, usage: TurnUsage): AnswerStream<TurnEvent> {
  const end = { type: "end" as const, reason, usage };
  return streamOf<TurnEvent>([...pieces, end]);
}
