import type { Generated, GenerateOptions, Piece, PromptRead } from "../engine/generate.ts";
import type { Inference, Sequence } from "../engine/inference.ts";
import { splitThoughts } from "../prompt/answer_parser.ts";
import { answerPiece, type ChatTemplate } from "../prompt/template.ts";
import type { AnswerOpening } from "../prompt/thinking.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Computed } from "../tree/response_node.ts";
import { AnswerText } from "./answer_text.ts";
import { computeState } from "./compute_state.ts";
import { type Meter, UNWATCHED, type WatchGeneration } from "./meter.ts";
import { PromptReading } from "./prompt_progress.ts";
import type { StartFinder } from "./start_finder.ts";
import type { TurnEvent, TurnRequest, TurnUsage } from "./turn.ts";
import { keepsAnything, type TurnKeeper } from "./turn_keeper.ts";
import type { TurnStart } from "./turn_start.ts";

/** The fewest tokens of a prompt whose state is stored with a response: rereading fewer is cheaper. */
const LEAST_PROMPT = 256;

/** What turns run with. */
export interface RunTurnParts {
  readonly inference: Pick<Inference, "open">;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
  readonly keeper: TurnKeeper;
  readonly starts: Pick<StartFinder, "promptName">;
  readonly meter?: Pick<Meter, "spent"> | undefined;
  readonly watch?: WatchGeneration | undefined;
  readonly now: () => number;
  /** The fewest tokens of a prompt whose state is stored at all; depends on the store. @default {0} */
  readonly leastPrompt?: number | undefined;
}

/** A turn that is about to run. */
export interface PreparedTurn {
  readonly request: TurnRequest;
  readonly seed: number;
  readonly start: TurnStart;
  /** Tokens to read. */
  readonly prompt: readonly number[];
  /** The same tokens as later turns read them: without a request for thoughts and its mark. */
  readonly plain: readonly number[];
  /** How the prompt opens the answer. */
  readonly opening: AnswerOpening | undefined;
  /** How the answer is generated, once the prompt is known. */
  readonly generation: Omit<GenerateOptions, "prompt" | "signal" | "onPrompt" | "onRead">;
  /**
   * How to recompute the state after an answer of these tokens. Absent, or `undefined`: not known, or it takes more tokens
   * than are stored.
   */
  readonly computed:
    | ((answer: readonly number[], prompt: "asked" | "plain") => Promise<Computed | undefined>)
    | undefined;
}

/** A state that has read part of a prompt. */
interface ReadSoFar {
  readonly state: RecurrentState;
  /** Tokens of the prompt. */
  readonly read: number;
}

/**
 * Runs a turn: reads the prompt, generates the answer, and stores the states that later turns may start from.
 *
 * Later turns read the conversation without the thoughts of earlier answers. So if there may be thoughts, the state
 * before them is set aside, and reads the answer once it is complete.
 *
 * @param signal ends it, at the latest after the step being computed
 */
export async function* runTurn(
  parts: RunTurnParts,
  turn: PreparedTurn,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, void> {
  const { inference, keeper, starts, meter, watch, now, template, leastPrompt = 0 } = parts;
  const { request, seed, start, prompt, plain, opening, generation, computed } = turn;
  const { tenant, readOnly = false, onProgress } = request;
  const keeps = request.ephemeral !== true && request.prompt === undefined;
  const { path, exact, tokens: processed } = start;
  const cached = path?.cached ?? processed;
  let usage: TurnUsage = { prompt: processed + prompt.length, cached, completion: 0 };
  const reading = new PromptReading({ onProgress, total: usage.prompt, cached, processed, now });
  // A stored response resumes from the state before its prompt.
  const least = Math.max(request.storeAs === undefined ? 0 : LEAST_PROMPT, leastPrompt);
  const keepsPrompt = keeps && opening === undefined && prompt.length >= least;
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
    const readUpTo = async (after: number): Promise<RecurrentState> => {
      if (after > read) await sequence!.read(prompt.slice(read, after), signal, reading.onRead);
      reading.add(after - read);
      read = after;
      return await sequence!.state();
    };
    const isMarked = opening !== undefined && opening.lead !== "";
    const shared = isMarked ? sharedLength(prompt, plain) : prompt.length;
    for (const { after, name } of keeps ? start.worthKeeping ?? [] : []) {
      if (after > shared) break;
      const passed = { state: await readUpTo(after), ...base };
      // Bounds how many states wait in memory to be written.
      await keeping.at(-2);
      keeping.push(keeper.keep(tenant, name, passed, processed + after));
    }
    const goesOn = keepsAnything(request);
    let before: ReadSoFar = { state, read: 0 };
    if (isMarked && goesOn && shared > 0) before = { state: await readUpTo(shared), read: shared };
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
      // A raw prompt has no template, and a continued answer may start anywhere.
      const isBegun = request.prompt !== undefined || generation.begun !== undefined;
      const text = new AnswerText(isBegun || opening?.thinks === true, opening?.shown);
      const watched = watch?.(rest.length) ?? UNWATCHED;
      try {
        const next = () => pieces!.next();
        let step = await watched.step(next);
        for (; !step.done; step = await watched.step(next)) {
          usage = { ...usage, completion: usage.completion + 1 };
          const piece = text.push(step.value);
          if (piece === undefined) continue;
          answer += piece.text;
          yield piece;
          // Deferred until the first text is out, so that it does not delay it.
          keepPrompt();
        }
        ended = step.value;
      } finally {
        watched.end();
      }
    }
    keepPrompt();
    const { reason, tokens: said, thoughts } = ended;
    usage = { ...usage, completion: said.length, ...thoughts === undefined ? {} : { thoughts } };
    const split = template.thinks && !generation.begun ? splitThoughts(answer) : { answer };
    let answered = said;
    let how: "asked" | "plain" = "asked";
    if (goesOn && !readOnly && (isMarked || split.thoughts !== undefined)) {
      answered = parts.tokenizer.encode(answerPiece(template, split.answer));
      how = "plain";
      sequence.close();
      sequence = inference.open(before.state);
      await sequence.read([...plain.slice(before.read), ...answered], signal);
    }
    const again = await computed?.(answered, how);
    const end = await keeper.end(request, seed, start, split, sequence, {
      came: { reason, usage },
      tokens: processed + (how === "plain" ? plain : prompt).length + answered.length,
      ...again === undefined ? {} : { computed: again },
      ...promptName === undefined ? {} : { prompt: promptName },
    });
    await Promise.all(keeping);
    yield end;
  } finally {
    // The reader left in the middle of generation, which has to release its resources.
    await pieces?.return({ reason: "stop", tokens: [] });
    sequence?.close();
    await Promise.all(keeping);
    // The sequence could not be opened, so it has read nothing.
    if (sequence !== undefined) meter?.spent({ tenant, origin: start.origin, usage });
  }
}

/** The length of the common prefix of two lists of tokens. */
function sharedLength(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((token, index) => token !== b[index]);
  return differs === -1 ? a.length : differs;
}
