import type { Context } from "hono";
import type { Piece } from "../../engine/generate.ts";
import type { ResponseEvent } from "../../response/stored_response.ts";
import type { SamplingOptions } from "../../sampling/sampler.ts";
import { AnswerStream } from "../../stream/answer_stream.ts";
import { Latest } from "../../stream/latest.ts";
import type { PromptProgress } from "../../turn/prompt_progress.ts";
import type { FinishReason, TurnEvent, TurnRequest, TurnUsage } from "../../turn/turn.ts";
import { ApiError } from "../errors/errors.ts";
import type { ApiEnv, ApiPorts } from "../http/context.ts";
import { answerReply } from "../http/sse_response.ts";
import { FailedResponseError } from "../responses/stored_failure.ts";
import type { EventWriter } from "./answer_events.ts";
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
export type ChoiceText = Piece & { readonly index: number };

/** What several turns yield that one reply is made of: text of any of them, the end of each, then one end of all. */
export type ChoiceEvent =
  | ChoiceText
  | ChoiceEnd
  | { readonly type: "end"; readonly usage: TurnUsage };

/** What a reply that streams wants to know of its turn before that has anything to say. */
export type Watching = Pick<TurnRequest, "onWait" | "onProgress">;

/** The events of one answer: of a turn, or of a response that is stored. */
export type AnswerEvent = TurnEvent | ResponseEvent;

/** Starts an answer, which ends when the signal aborts. */
export type BeginAnswer = (
  signal: AbortSignal,
  watching: Watching,
) => Promise<AnswerStream<AnswerEvent>>;

/** A format that several answers can be sent in: whole or in events. */
export interface ChoicesFormat {
  /** The body of the reply to a request that does not stream. */
  whole(choices: readonly Choice[], usage: TurnUsage): object;
  /** Writes the events of a reply that streams. */
  events(): EventWriter<ChoiceEvent>;
  /** Whether the stream tells how much of the prompt has been read. */
  readonly progress: boolean;
}

/** Keeps all answers when they are complete, before the client is told that they have ended. */
export type KeepChoices = (choices: readonly Choice[], usage: TurnUsage) => Promise<void>;

/** One whole answer of several. */
export interface Choice {
  /** The answer, in the pieces that it was made in. */
  readonly pieces: readonly Piece[];
  readonly reason: FinishReason;
}

/**
 * Starts several answers to a request, and replies with all of them. They end when the client leaves. A reply that
 * streams begins at once, even if the turns have to wait for a place.
 *
 * @param begins Starts of answers, at least one. Each takes a place of its own.
 * @param keep Keeps the answers, if they are to be kept.
 */
export async function runChoices(
  c: Context<ApiEnv>,
  ports: ApiPorts,
  begins: readonly BeginAnswer[],
  stream: boolean,
  format: ChoicesFormat,
  keep?: KeepChoices,
): Promise<Response> {
  const left = new AbortController();
  const signal = AbortSignal.any([c.req.raw.signal, left.signal]);
  if (stream) {
    const progress = format.progress ? new Latest<PromptProgress>() : undefined;
    const onProgress = progress && ((read: PromptProgress) => progress.put(read));
    const { begun } = await unlessWaiting((onWait) =>
      beginChoices(begins, signal, { onWait, ...onProgress ? { onProgress } : {} }, keep)
    );
    return answerReply(c, ports, { begun, left, progress, writer: format.events() });
  }
  const choices = new Choices(begins.length);
  let usage!: TurnUsage; // there is an end, or the stream fails
  for await (const event of await beginChoices(begins, signal, {}, keep)) {
    if (event.type === "end") ({ usage } = event);
    else choices.add(event);
  }
  c.set("outcome", { end: "completed", usage });
  return c.json(format.whole(choices.all, usage));
}

/** Puts answers together from what comes of them. */
class Choices {
  readonly #choices: { pieces: Piece[]; reason?: FinishReason }[];

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

/** A seed for each of several answers: the first has the request's own. */
export function seedOf(sampling: SamplingOptions, index: number): SamplingOptions {
  const { seed } = sampling;
  if (seed === undefined) return sampling;
  // Where there is no higher number, they go down.
  return { ...sampling, seed: Number.isSafeInteger(seed + index) ? seed + index : seed - index };
}

/**
 * Starts several answers. Resolves once the first has begun; the others may wait for a place in the meantime.
 *
 * @param watching what is to be known of the first
 * @throws what the first throws when it begins
 */
async function beginChoices(
  begins: readonly BeginAnswer[],
  signal: AbortSignal,
  watching: Watching,
  keep: KeepChoices | undefined,
): Promise<AnswerStream<ChoiceEvent>> {
  const over = new AbortController();
  const any = AbortSignal.any([signal, over.signal]);
  const [begin, ...others] = begins;
  const first = await begin!(any, watching);
  const answers = [Promise.resolve(first), ...others.map((begin) => begin(any, {}))];
  // The failure of one that nobody waits for any more is no failure of the request.
  for (const answer of answers) answer.catch(() => {});
  return new AnswerStream(() => mergeChoices(answers, keep), any).watch({
    async onOver(end) {
      if (end.type === "ended") return;
      over.abort();
      await Promise.allSettled(answers.map(async (answer) => (await answer).return()));
    },
  });
}

/** The events of several answers, each as it comes. One event of each is read ahead. */
async function* mergeChoices(
  answers: readonly Promise<AnswerStream<AnswerEvent>>[],
  keep: KeepChoices | undefined,
): AsyncGenerator<ChoiceEvent, void> {
  const next = async (index: number) => {
    const { value } = await (await answers[index]!).next();
    return { index, event: value! };
  };
  const waiting = new Map<number, ReturnType<typeof next>>();
  const proceed = (index: number) => {
    const promise = next(index);
    promise.catch(() => {});
    waiting.set(index, promise);
  };
  for (const index of answers.keys()) proceed(index);
  const choices = new Choices(answers.length);
  const usages: TurnUsage[] = [];
  while (waiting.size > 0) {
    const { index, event } = await Promise.race(waiting.values());
    if (event.type === "end") {
      waiting.delete(index);
      usages.push(event.usage);
    } else proceed(index);
    const choice = toChoiceEvent(index, event);
    if (keep !== undefined) choices.add(choice);
    yield choice;
  }
  const usage = usages.reduce(addUsage);
  await keep?.(choices.all, usage);
  yield { type: "end", usage };
}

/** @throws why there is no answer */
function toChoiceEvent(index: number, event: AnswerEvent): ChoiceText | ChoiceEnd {
  switch (event.type) {
    case "text":
      return { ...event, index };
    case "end":
      return { type: "choice", index, reason: event.reason };
    case "failed":
      throw new FailedResponseError(event);
    case "cancelled":
      throw new ApiError(409, "The answer was cancelled.", {
        code: "response_cancelled",
        headers: { "x-should-retry": "false" },
      });
  }
}

/** All answers are to one prompt, which counts once. */
function addUsage(a: TurnUsage, b: TurnUsage): TurnUsage {
  const thoughts = (a.thoughts ?? 0) + (b.thoughts ?? 0);
  return {
    ...a,
    cached: Math.min(a.cached, b.cached),
    completion: a.completion + b.completion,
    ...thoughts > 0 ? { thoughts } : {},
  };
}
