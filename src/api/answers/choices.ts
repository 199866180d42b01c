import type { Context } from "hono";
import type {
  FinishReason,
  Turn,
  TurnEvent,
  TurnRequest,
  TurnText,
  TurnUsage,
} from "../../turn/turn.ts";
import type { PromptProgress } from "../../turn/prompt_progress.ts";
import type { SamplingOptions } from "../../sampling/sampler.ts";
import { interleave } from "../../stream/interleave.ts";
import { lateStream } from "../../stream/late_stream.ts";
import { LatestStream } from "../../stream/latest_stream.ts";
import type { SseMessage } from "../../stream/sse.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { sseResponse } from "../http/sse_response.ts";
import { type Outcome, UnfinishedTurnError } from "./turn_outcome.ts";
import { unlessWaiting } from "./unless_waiting.ts";

/** Answers to one request. Each takes a place among the turns that run. */
export const MAX_CHOICES = 8;

/** How one of several answers ended. */
export interface ChoiceEnd {
  readonly type: "choice";
  readonly index: number;
  readonly reason: FinishReason;
}

/** Some of one of several answers. */
export type ChoiceText = TurnText & { readonly index: number };

/** What several turns yield that one reply is made of: text of any of them, the end of each, then one end of all. */
export type ChoiceEvent =
  | ChoiceText
  | ChoiceEnd
  | { readonly type: "end"; readonly usage: TurnUsage };

/** What a stream tells besides: how much of the prompt has been read. */
export type StreamedEvent = ChoiceEvent | PromptProgress;

/** What a reply that streams wants to know of its turn before that has anything to say. */
export type Watching = Pick<TurnRequest, "onWait" | "onProgress">;

/** Starts a turn that ends when the signal aborts. */
export type BeginTurn = (signal: AbortSignal, watching: Watching) => Promise<Turn>;

/** A format that the answers of several turns can be sent in: whole or in events. */
export interface ChoicesFormat {
  /** The body of the reply to a request that does not stream. */
  whole(choices: readonly Choice[], usage: TurnUsage): object;
  /** The stages from what comes of the turns to the events of a reply that streams. */
  events(): TransformStream<Outcome<StreamedEvent>, SseMessage>;
  /** Whether the stream tells how much of the prompt has been read. */
  readonly progress: boolean;
}

/** Told of all answers when they are there, before the client is told that they have ended. */
export type KeepChoices = (choices: readonly Choice[], usage: TurnUsage) => Promise<void>;

/** One whole answer of several. */
export interface Choice {
  /** The answer, in the pieces that it was made in. */
  readonly pieces: readonly TurnText[];
  readonly reason: FinishReason;
}

/**
 * Starts several turns for a request, and replies with the answers of all. They end when the client leaves. A reply that
 * streams begins at once, even if the turns have to wait for a place.
 *
 * @param begins Starts of turns, at least one. Each takes a place of its own.
 * @param keep Puts the answers away, if they are to be kept.
 */
export async function runChoices(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  begins: readonly BeginTurn[],
  stream: boolean,
  format: ChoicesFormat,
  keep?: KeepChoices,
): Promise<Response> {
  const left = new AbortController();
  const signal = AbortSignal.any([c.req.raw.signal, left.signal]);
  const kept = (events: ReadableStream<ChoiceEvent>) =>
    keep === undefined ? events : keeping(events, begins.length, keep);
  if (stream) {
    const onCancel = () => left.abort();
    const read = new LatestStream<PromptProgress>();
    const onProgress = (progress: PromptProgress) => read.put(progress);
    const { begun } = await unlessWaiting((onWait) =>
      choiceEvents(begins, signal, { onWait, ...format.progress ? { onProgress } : {} })
    );
    const answers = kept(lateStream(begun, onCancel));
    const events = format.progress ? interleave(answers, read.readable) : answers;
    return sseResponse<StreamedEvent>(c, ports, { events, wire: format.events(), onCancel });
  }
  const events = kept(await choiceEvents(begins, signal));
  const choices = new Choices(begins.length);
  let usage: TurnUsage | undefined;
  try {
    for await (const event of events) {
      if (event.type === "end") usage = event.usage;
      else choices.add(event);
    }
  } catch (error) {
    left.abort(error);
    throw error;
  }
  if (usage === undefined) throw new UnfinishedTurnError();
  c.set("outcome", { end: "completed", usage });
  return c.json(format.whole(choices.all, usage));
}

/** Puts answers together from what comes of them. */
class Choices {
  readonly #choices: { pieces: TurnText[]; reason?: FinishReason }[];

  constructor(count: number) {
    this.#choices = Array.from({ length: count }, () => ({ pieces: [] }));
  }

  add(event: ChoiceText | ChoiceEnd): void {
    const choice = this.#choices[event.index]!;
    if (event.type === "choice") choice.reason = event.reason;
    else choice.pieces.push(event);
  }

  /** The answers, all of which have ended. */
  get all(): readonly Choice[] {
    return this.#choices as readonly Choice[];
  }
}

/** The same events, of which the last comes when the answers were put away. */
function keeping(
  events: ReadableStream<ChoiceEvent>,
  count: number,
  keep: KeepChoices,
): ReadableStream<ChoiceEvent> {
  const reader = events.getReader();
  const choices = new Choices(count);
  return new ReadableStream<ChoiceEvent>({
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) return controller.close();
      if (value.type === "end") await keep(choices.all, value.usage);
      else choices.add(value);
      controller.enqueue(value);
    },
    async cancel(reason) {
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/** A seed for each of several answers: the first has the request's own. */
export function seedOf(sampling: SamplingOptions, index: number): SamplingOptions {
  const { seed } = sampling;
  if (seed === undefined) return sampling;
  // Where there is no higher number, they go down.
  return { ...sampling, seed: Number.isSafeInteger(seed + index) ? seed + index : seed - index };
}

/**
 * The events of several turns as one stream, each as it comes. One event of each turn is read ahead. Resolves once the
 * first has begun; the others may wait for a place in the meantime.
 *
 * @param watching what is to be known of the first
 * @throws what the first turn throws when it begins
 */
async function choiceEvents(
  begins: readonly BeginTurn[],
  signal: AbortSignal,
  watching: Watching = {},
): Promise<ReadableStream<ChoiceEvent>> {
  const failed = new AbortController();
  const any = AbortSignal.any([signal, failed.signal]);
  const [begin, ...others] = begins;
  const first = await begin!(any, watching);
  const turns = [Promise.resolve(first), ...others.map((begin) => begin(any, {}))];
  const readers = turns.map(async (turn) => (await turn).events.getReader());
  const next = async (index: number) => ({ index, result: await (await readers[index]!).read() });
  const waiting = new Map(turns.map((_, index) => [index, next(index)]));
  const usages: TurnUsage[] = [];
  // The failure of one that nobody waits for any more is no failure of ours.
  for (const reader of readers) reader.catch(() => {});
  for (const promise of waiting.values()) promise.catch(() => {});

  const proceed = (index: number) => {
    const promise = next(index);
    promise.catch(() => {});
    waiting.set(index, promise);
  };
  return new ReadableStream<ChoiceEvent>({
    async pull(controller) {
      try {
        while (waiting.size > 0) {
          const { index, result } = await Promise.race(waiting.values());
          if (result.done) {
            waiting.delete(index);
            continue;
          }
          if (result.value.type === "end") {
            usages.push(result.value.usage);
            waiting.delete(index);
            // It only cleans up now, and the answer is complete whether or not that works.
            next(index).catch(() => {});
          } else proceed(index);
          return controller.enqueue(choiceEvent(index, result.value));
        }
      } catch (error) {
        failed.abort(error);
        throw error;
      }
      if (usages.length === turns.length) {
        controller.enqueue({ type: "end", usage: usages.reduce(addUsage) });
      }
      controller.close();
    },
    async cancel(reason) {
      failed.abort(reason);
      await Promise.allSettled(readers.map(async (reader) => (await reader).cancel(reason)));
    },
  }, { highWaterMark: 0 });
}

function choiceEvent(index: number, event: TurnEvent): ChoiceEvent {
  return event.type === "end"
    ? { type: "choice", index, reason: event.reason }
    : { ...event, index };
}

/** All answers are to one prompt, which counts once. */
function addUsage(a: TurnUsage, b: TurnUsage): TurnUsage {
  return { ...a, cached: Math.min(a.cached, b.cached), completion: a.completion + b.completion };
}
