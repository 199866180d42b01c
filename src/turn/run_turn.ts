import type { Generated, GenerateOptions, Piece, PromptRead } from "../engine/generate.ts";
import type { Inference } from "../engine/inference.ts";
import { AnswerText } from "./answer_text.ts";
import { UNWATCHED, type WatchGeneration } from "./generation_watch.ts";
import type { Meter } from "./meter.ts";
import { PromptReading } from "./prompt_progress.ts";
import type { TurnEvent, TurnRequest } from "./turn.ts";
import type { TurnKeeper } from "./turn_keeper.ts";
import type { TurnStart } from "./turn_start.ts";
import type { TurnStarts } from "./turn_starts.ts";

/** What turns run with. */
export interface RunTurnParts {
  readonly inference: Pick<Inference, "open">;
  readonly keeper: TurnKeeper;
  readonly starts: Pick<TurnStarts, "promptName">;
  readonly meter?: Pick<Meter, "spent"> | undefined;
  readonly watch?: WatchGeneration | undefined;
  readonly now: () => number;
}

/** A turn that is about to run. */
export interface PreparedTurn {
  readonly request: TurnRequest;
  readonly seed: number;
  readonly start: TurnStart;
  /** Tokens to read. */
  readonly prompt: readonly number[];
  /** How the answer is generated, once the prompt is known. */
  readonly generation: Omit<GenerateOptions, "prompt" | "signal" | "onPrompt" | "onRead">;
}

/**
 * Runs a turn: reads the prompt, generates the answer, and keeps the states that later turns may begin with.
 *
 * @param signal ends it, at the latest after the step being computed
 */
export async function* runTurn(
  { inference, keeper, starts, meter, watch, now }: RunTurnParts,
  { request, seed, start, prompt, generation }: PreparedTurn,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, void> {
  const { tenant, readOnly = false, onProgress } = request;
  const keeps = request.ephemeral !== true && request.prompt === undefined;
  const sequence = inference.open(start.state);
  const { tokens: cached } = start;
  let usage = { prompt: cached + prompt.length, cached, completion: 0 };
  const reading = new PromptReading({ onProgress, total: usage.prompt, cached, now });
  const keeping: Promise<void>[] = [];
  let promptRead: PromptRead | undefined;
  const keepPrompt = () => {
    const read = promptRead;
    promptRead = undefined;
    if (read === undefined) return;
    const keep = async () =>
      await keeper.keep(tenant, await starts.promptName(start), read, usage.prompt);
    keeping.push(keep());
  };
  let pieces: AsyncGenerator<Piece, Generated> | undefined;
  try {
    let read = 0;
    for (const { after, name } of keeps ? start.worthKeeping ?? [] : []) {
      await sequence.read(prompt.slice(read, after), signal, reading.onRead);
      reading.add(after - read);
      read = after;
      // Of the states that wait to be written there are never many in memory.
      await keeping.at(-2);
      const state = await sequence.state();
      keeping.push(keeper.keep(tenant, name, { state }, cached + after));
    }
    const rest = prompt.slice(read);
    let answer = "";
    let ended: Generated = { reason: "stop", tokens: 0 };
    if (readOnly) {
      if (rest.length > 0) await sequence.read(rest, signal, reading.onRead);
    } else {
      const { onRead } = reading;
      pieces = sequence.generate({
        ...generation,
        prompt: rest,
        ...(onRead === undefined ? {} : { onRead }),
        ...(keeps ? { onPrompt: (read: PromptRead) => promptRead = read } : {}),
        signal,
      });
      // A raw prompt has no template, and the rest of an answer begins with whatever comes next in it.
      const text = new AnswerText(request.prompt !== undefined || generation.begun !== undefined);
      const watched = watch?.(rest.length) ?? UNWATCHED;
      try {
        const next = () => pieces!.next();
        let step = await watched.step(next);
        for (; !step.done; step = await watched.step(next)) {
          usage.completion++;
          const piece = text.push(step.value);
          if (piece === undefined) continue;
          answer += piece.text;
          yield piece;
          // Not before the first text is out, which somebody waits for.
          keepPrompt();
        }
        ended = step.value;
      } finally {
        watched.end();
      }
    }
    keepPrompt();
    const { reason, tokens: completion } = ended;
    usage = { ...usage, completion };
    const end = await keeper.end(request, seed, start, answer, sequence, { reason, usage });
    await Promise.all(keeping);
    yield end;
  } finally {
    // A reader that left did so in the middle of the generation, which has to release what it holds.
    await pieces?.return({ reason: "stop", tokens: 0 });
    sequence.close();
    await Promise.all(keeping);
    meter?.spent({ tenant, origin: start.origin, usage });
  }
}
