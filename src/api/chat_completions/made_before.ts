import type { Turn, TurnEvent, TurnUsage } from "../../turn/turn.ts";
import type { CompletionStore } from "../../response/completion_store.ts";
import { UnknownCompletionError } from "../../records/errors.ts";
import type { BeginTurn, Choice } from "../answers/choices.ts";
import { unless } from "../idempotency/make_once.ts";
import type { StoredBody } from "./stored.ts";

/** A stored chat completion that an earlier attempt at the same request has made. */
export interface MadeBefore {
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Gives the same answers again, piece by piece. */
  readonly begins: readonly BeginTurn[];
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
    Promise.resolve(turnAgain(choice, index === 0 ? usage : { ...usage, completion: 0 }))
  );
  return { createdAt: found.createdAt, begins };
}

function turnAgain({ pieces, reason }: Choice, usage: TurnUsage): Turn {
  const end = { type: "end" as const, reason, usage };
  return {
    seed: 0,
    start: { manifest: null, tokens: 0, unread: 0, prefix: "", seed: 0 },
    events: ReadableStream.from<TurnEvent>([...pieces, end]),
  };
}
