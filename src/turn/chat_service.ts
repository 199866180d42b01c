import type { FolderConfig } from "../checkpoint/folder_config.ts";
import type { GenerateOptions } from "../engine/generate.ts";
import type { Inference } from "../engine/inference.ts";
import { type ChatTemplate, chatTemplate, cleanText, renderPrompt } from "../prompt/template.ts";
import type { StatePrecision } from "../state/precision.ts";
import type { StateSealer } from "../state/sealed_state.ts";
import { AnswerStream } from "../stream/answer_stream.ts";
import { encodeAll } from "../tokenizer/encode_all.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import type { AroundTurns, BeginTurns } from "./around_turns.ts";
import { type AnswerDefaults, defaultSampling } from "../sampling/default_sampling.ts";
import type { WatchGeneration } from "./generation_watch.ts";
import type { Meter } from "./meter.ts";
import { NothingToAnswerError } from "./nothing_to_answer_error.ts";
import { type PreparedTurn, runTurn } from "./run_turn.ts";
import type { ChatService, Turn, TurnInput, TurnRequest } from "./turn.ts";
import { TurnKeeper } from "./turn_keeper.ts";
import type { Computed } from "../tree/response_node.ts";
import type { ExactStart, TurnStart } from "./turn_start.ts";
import { StartFinder } from "./start_finder.ts";

/**
 * Tokens that are kept with a response for computing its state again, if these are more than its own turn: all before it
 * were read with other instructions, say.
 */
const MOST_READ_AGAIN = 16_384;

/** What {@linkcode RwkvChatService} is made of. */
export interface ChatServiceParts {
  /** What clients call the model by. */
  readonly model: string;
  readonly folder: FolderConfig;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  readonly tree: ResponseTree;
  /** Seals the states that clients keep. */
  readonly sealer: StateSealer;
  /** How the states of stored responses are written. @default "f16" */
  readonly statePrecision?: StatePrecision;
  /** Tokens of an answer at the most, whatever a request says. */
  readonly maxTokensLimit?: number;
  readonly meter?: Pick<Meter, "spent">;
  /** What is done around every turn, from the inside out. */
  readonly around?: readonly AroundTurns[];
  /** Measures generations. */
  readonly watch?: WatchGeneration;
  /** Told of what went wrong and kept nobody from an answer. */
  readonly report?: (message: string, error: unknown) => void;
  readonly now: () => number;
  readonly randomSeed: () => number;
}

/** Answers turns with one model: template, tokens, generation, and the states in the store. */
export class RwkvChatService implements ChatService {
  readonly model: string;
  readonly created: number;
  readonly fingerprint: string;
  readonly tokenizer: Tokenizer;
  readonly defaults: AnswerDefaults;
  readonly stateBytes: number;
  readonly begin: BeginTurns;
  readonly #parts: ChatServiceParts;
  readonly #template: ChatTemplate;
  readonly #starts: StartFinder;
  readonly #keeper: TurnKeeper;

  /**
   * @throws {UnknownTemplateError} if the model's config names no known template
   */
  constructor(parts: ChatServiceParts) {
    const { folder, inference, now } = parts;
    this.#parts = parts;
    this.#template = chatTemplate(folder.chat_template);
    this.#starts = new StartFinder({ ...parts, template: this.#template });
    this.#keeper = new TurnKeeper({ ...parts, starts: this.#starts });
    this.model = parts.model;
    this.created = folder.created ?? Math.floor(now() / 1000);
    this.fingerprint = inference.fingerprint;
    this.tokenizer = parts.tokenizer;
    this.defaults = defaultSampling(folder.sampling, parts.maxTokensLimit);
    this.stateBytes = inference.layout.length * Float32Array.BYTES_PER_ELEMENT;
    this.begin = (parts.around ?? []).reduce<BeginTurns>(
      (begin, around) => around(begin),
      (request) => this.#begin(request),
    );
  }

  async #begin(request: TurnRequest): Promise<Turn> {
    const { resume, sealAs } = request;
    if (sealAs !== undefined) this.#parts.sealer.requireSecret();
    const start = resume === undefined
      ? await this.#starts.find(request)
      : await this.#starts.findAgain(request, resume);
    const seed = resume?.start.seed ?? request.sampling.seed ?? this.#parts.randomSeed();
    const { signal } = request;
    const prompt = (await this.#prompt(start, request, signal)).flat();
    const generation = await this.#generation(request, seed, start);
    const { exact } = start;
    const computed = exact &&
      ((answer: readonly number[]) => this.#computed(exact, request, answer));
    const turn = { request, seed, start, prompt, generation, computed };
    const parts = { ...this.#parts, keeper: this.#keeper, starts: this.#starts };
    const { manifest, tokens, prefix, begun } = start;
    const unread = start.unread.length + (start.prefill?.unread ? 1 : 0);
    const model = this.#parts.inference.modelFingerprint;
    const from = { manifest, tokens, prefix, unread, seed, model };
    return {
      seed,
      start: begun === undefined ? from : { ...from, begun },
      events: new AnswerStream((signal) => runTurn(parts, turn, signal), request.signal),
    };
  }

  async count(input: TurnInput): Promise<number> {
    const start = await this.#starts.find(input).catch((error) => {
      // It may still be asked how long it is, as when the result of a call is to come.
      if (!(error instanceof NothingToAnswerError)) throw error;
      return this.#starts.find({ ...input, newAnswer: true });
    });
    return start.tokens + lengthOf(await this.#prompt(start, input));
  }

  async promptTokens(input: Pick<TurnInput, "messages" | "readOnly">): Promise<number[]> {
    const tokens = this.#parts.inference.initialTokens ?? 0;
    return (await this.#prompt({ unread: input.messages, tokens }, input)).flat();
  }

  /** What is read for a turn, in pieces. */
  async #prompt(
    { unread, tokens, logits, begun = 0, prefill }: Pick<
      TurnStart,
      "unread" | "tokens" | "logits" | "begun" | "prefill"
    >,
    { prompt, readOnly = false }: Pick<TurnInput, "prompt" | "readOnly">,
    signal?: AbortSignal,
  ): Promise<(readonly number[])[]> {
    if (prompt !== undefined) return [prompt];
    const after = logits ? "prompt" : tokens > begun ? "messages" : "nothing";
    const answer = prefill?.unread ? prefill.read : "";
    const texts = renderPrompt(this.#template, unread, after, !readOnly, answer);
    const pieces = await encodeAll(this.tokenizer, texts, signal);
    return begun === 0 ? pieces : pieces.with(0, pieces[0]!.slice(begun));
  }

  /** How the state after a turn is computed again. Absent: it takes too many tokens to keep them, or a text is not kept. */
  async #computed(
    { base, ...start }: ExactStart,
    request: TurnRequest,
    answer: readonly number[],
  ): Promise<Computed | undefined> {
    // What stands for a whole conversation is not to be removed, as long as it is there.
    if (request.readOnly) return undefined;
    const tokens = [...(await this.#prompt(start, request)).flat(), ...answer];
    const own = base === (request.previous ?? null);
    return own || tokens.length <= MOST_READ_AGAIN ? { base, tokens } : undefined;
  }

  /**
   * What the repetition penalty applies to from the beginning: the texts that the request itself has. What a stored state
   * has read before is not known as tokens, and what happens to be cached must change no answer.
   */
  async #seen(
    { sampling, prompt, instructions = "", messages, signal }: TurnRequest,
  ): Promise<number[]> {
    if ((sampling.repetitionPenalty ?? 1) === 1) return [];
    if (prompt !== undefined) return [...prompt];
    // As the template writes them, so that they become the tokens that are read.
    const texts = [instructions, ...messages.map(({ text }) => text)]
      .map((text) => ` ${cleanText(text)}`);
    return (await encodeAll(this.tokenizer, texts, signal)).flat();
  }

  /** What of the answer is given. */
  async #begun(
    { prefill }: TurnStart,
    { grammarFrom, signal }: TurnRequest,
  ): Promise<Pick<GenerateOptions, "begun">> {
    if (prefill === undefined || prefill.read === "") return {};
    const { read, lead } = prefill;
    const [tokens = []] = await encodeAll(this.tokenizer, [` ${read}`], signal);
    return {
      begun: {
        tokens,
        lead,
        inGrammar: grammarFrom === "answer",
      },
    };
  }

  /** How the answer of a turn is generated. */
  async #generation(
    request: TurnRequest,
    seed: number,
    start: TurnStart,
  ): Promise<PreparedTurn["generation"]> {
    const { folder } = this.#parts;
    const { prompt, topLogprobs, tellPrompt, grammar, resume } = request;
    const hasTemplate = prompt === undefined && request.sampling.ignoreEnd !== true;
    return {
      ...await this.#begun(start, request),
      ...(start.logits === undefined ? {} : { logits: start.logits }),
      sampling: { ...request.sampling, seed },
      seen: await this.#seen(request),
      endOfText: folder.eos_token_id,
      stop: [...hasTemplate ? folder.stop : [], ...request.stop],
      maxTokens: request.maxTokens,
      ...(resume === undefined ? {} : { replay: resume.tokens }),
      ...(topLogprobs === undefined ? {} : { topLogprobs }),
      ...(tellPrompt ? { tellPrompt } : {}),
      ...(grammar === undefined ? {} : { grammar }),
    };
  }
}

function lengthOf(pieces: readonly (readonly number[])[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
