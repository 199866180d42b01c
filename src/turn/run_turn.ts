import type { Generated, GenerateOptions, Piece, PromptRead } from "../engine/generate.ts";
import type { Inference, Sequence } from "../engine/inference.ts";
import type { Computed } from "../tree/response_node.ts";
import { AnswerText } from "./answer_text.ts";
import { computeState } from "./compute_state.ts";
import { UNWATCHED, type WatchGeneration } from "./generation_watch.ts";
import type { Meter } from "./meter.ts";
import { PromptReading } from "./prompt_progress.ts";
import type { TurnEvent, TurnRequest } from "./turn.ts";
import type { TurnKeeper } from "./turn_keeper.ts";
import type { TurnStart } from "./turn_start.ts";
import type { StartFinder } from "./start_finder.ts";

/** Tokens of a prompt from which on its state is kept with a stored response: reading fewer again costs less than that. */
const LEAST_PROMPT = 256;

/** What turns run with. */
export interface RunTurnParts {
  readonly inference: Pick<Inference, "open">;
  readonly keeper: TurnKeeper;
  readonly starts: Pick<StartFinder, "promptName">;
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
  /**
   * How the state after an answer of these tokens is computed again. Absent, or `undefined`: it is not known, or takes too
   * many tokens to keep.
   */
  readonly computed?: ((answer: readonly number[]) => Promise<Computed | undefined>) | undefined;
}

/**
 * Runs a turn: reads the prompt, generates the answer, and keeps the states that later turns may begin with.
 *
 * @param signal ends it, at the latest after the step being computed
 */
export async function* runTurn(
  { inference, keeper, starts, meter, watch, now }: RunTurnParts,
  { request, seed, start, prompt, generation, computed }: PreparedTurn,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, void> {
  const { tenant, readOnly = false, onProgress } = request;
  const keeps = request.ephemeral !== true && request.prompt === undefined;
  const { path, exact, tokens: processed } = start;
  const cached = path?.cached ?? processed;
  let usage = { prompt: processed + prompt.length, cached, completion: 0 };
  const reading = new PromptReading({ onProgress, total: usage.prompt, cached, processed, now });
  // A stored response is answered again from the state before its prompt.
  const keepsPrompt = keeps && (request.storeAs === undefined || prompt.length >= LEAST_PROMPT);
  const promptName = keepsPrompt ? await starts.promptName(start) : undefined;
  const base = exact === undefined ? {} : { base: exact.base };
  const keeping: Promise<void>[] = [];
  let promptRead: PromptRead | undefined;
  const keepPrompt = () => {
    const read = promptRead;
    promptRead = undefined;
    if (read === undefined || promptName === undefined) return;
    keeping.push(keeper.keep(tenant, promptName, { ...read, ...base }, usage.prompt));
  };
  let sequence: Sequence | undefined;
  let pieces: AsyncGenerator<Piece, Generated> | undefined;
  try {
    const state = await computeState(inference, start, signal);
    if (keeps && path !== undefined) {
      keeping.push(keeper.keep(tenant, path.name, { state }, processed));
    }
    sequence = inference.open(state);
    let read = 0;
    for (const { after, name } of keeps ? start.worthKeeping ?? [] : []) {
      await sequence.read(prompt.slice(read, after), signal, reading.onRead);
      reading.add(after - read);
      read = after;
      // Of the states that wait to be written there are never many in memory.
      await keeping.at(-2);
      const passed = { state: await sequence.state(), ...base };
      keeping.push(keeper.keep(tenant, name, passed, processed + after));
    }
    const rest = prompt.slice(read);
    let answer = "";
    let ended: Generated = { reason: "stop", tokens: [] };
    if (readOnly) {
      if (rest.length > 0) await sequence.read(rest, signal, reading.onRead);
    } else {
      const { onRead } = reading;
      pieces = sequence.generate({
        ...generation,
        prompt: rest,
        ...(onRead === undefined ? {} : { onRead }),
        ...(promptName !== undefined ? { onPrompt: (read: PromptRead) => promptRead = read } : {}),
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
    const { reason, tokens: said } = ended;
    usage = { ...usage, completion: said.length };
    const again = await computed?.(said);
    const end = await keeper.end(request, seed, start, answer, sequence, {
      came: { reason, usage },
      ...again === undefined ? {} : { computed: again },
      ...promptName === undefined ? {} : { prompt: promptName },
    });
    await Promise.all(keeping);
    yield end;
  } finally {
    // A reader that left did so in the middle of the generation, which has to release what it holds.
    await pieces?.return({ reason: "stop", tokens: [] });
    sequence?.close();
    await Promise.all(keeping);
    // A sequence that could not be opened has read nothing.
    if (sequence !== undefined) meter?.spent({ tenant, origin: start.origin, usage });
  }
}
