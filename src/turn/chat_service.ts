import type { FolderConfig } from "../checkpoint/folder_config.ts";
import type { GenerateOptions } from "../engine/generate.ts";
import type { Inference } from "../engine/inference.ts";
import { type ChatTemplate, chatTemplate, cleanText, renderPrompt } from "../prompt/template.ts";
import { type AnswerOpening, type Effort, openAnswer, THOUGHTS_CLOSE } from "../prompt/thinking.ts";
import { type AnswerDefaults, defaultSampling } from "../sampling/default_sampling.ts";
import type { StatePrecision } from "../state/precision.ts";
import type { StateSealer } from "../state/sealed_state.ts";
import { AnswerStream } from "../stream/answer_stream.ts";
import { encodeAll, joinTokens } from "../tokenizer/encode_all.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Computed } from "../tree/response_node.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import { NothingToAnswerError } from "./errors.ts";
import type { Meter, WatchGeneration } from "./meter.ts";
import { type PreparedTurn, runTurn } from "./run_turn.ts";
import { StartFinder } from "./start_finder.ts";
import type { AroundTurns, BeginTurns, ChatService, Turn, TurnInput, TurnRequest } from "./turn.ts";
import { TurnKeeper } from "./turn_keeper.ts";
import type { ExactStart, TurnStart } from "./turn_start.ts";

/**
 * The most tokens stored with a response for recomputing its state, if they are more than its own turn, for example
 * because all earlier turns were read with other instructions.
 */
const MOST_READ_AGAIN = 16_384;

/** The share of an answer's tokens that thoughts may take unless the request says otherwise. */
const SHARE_OF_THOUGHTS = 0.75;

/** What {@linkcode RwkvChatService} is made of. */
export interface ChatServiceParts {
  /** The model's name for clients. */
  readonly model: string;
  readonly folder: FolderConfig;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  readonly tree: ResponseTree;
  /** Seals the states that clients keep. */
  readonly sealer: StateSealer;
  /** Precision of the states of stored responses. @default "f16" */
  readonly statePrecision?: StatePrecision;
  /** The most tokens of an answer, whatever a request says. */
  readonly maxTokensLimit?: number;
  readonly meter?: Pick<Meter, "spent">;
  /** Hooks around every turn, innermost first. */
  readonly around?: readonly AroundTurns[];
  /** Measures generations. */
  readonly watch?: WatchGeneration;
  /** Reports failures that did not stop an answer. */
  readonly report?: (message: string, error: unknown) => void;
  readonly now: () => number;
  readonly randomSeed: () => number;
  /** The fewest tokens of a prompt whose state is stored at all; depends on the store. @default {0} */
  readonly leastPrompt?: number | undefined;
}

/** Answers turns with one model: template, tokens, generation, and the states in the store. */
export class RwkvChatService implements ChatService {
  readonly model: string;
  readonly created: number;
  readonly fingerprint: string;
  readonly tokenizer: Tokenizer;
  readonly defaults: AnswerDefaults;
  readonly template: ChatTemplate;
  readonly effort: Effort | undefined;
  readonly stateBytes: number;
  readonly begin: BeginTurns;
  readonly #parts: ChatServiceParts;
  readonly #starts: StartFinder;
  readonly #keeper: TurnKeeper;

  /**
   * @throws {UnknownTemplateError} if the model's config names no known template
   */
  constructor(parts: ChatServiceParts) {
    const { folder, inference, now } = parts;
    this.#parts = parts;
    this.template = chatTemplate(folder.chat_template);
    this.effort = this.template.thinks ? folder.thinking ?? "off" : undefined;
    this.#starts = new StartFinder({ ...parts, template: this.template });
    this.#keeper = new TurnKeeper({ ...parts, starts: this.#starts });
    this.model = parts.model;
    this.created = folder.created ?? Math.floor(now() / 1000);
    this.fingerprint = inference.fingerprint;
    this.tokenizer = parts.tokenizer;
    this.defaults = defaultSampling(folder.sampling, parts.maxTokensLimit);
    this.stateBytes = inference.layout.length * Float32Array.BYTES_PER_ELEMENT;
    this.begin = (parts.around ?? []).reduce<BeginTurns>(
      (begin, around) => around(begin),
      (request) => this.#begin(this.#possible(request)),
    );
  }

  /** The request without features that the model was not trained for. */
  #possible<T extends Pick<TurnInput, "opening">>(request: T): T {
    const { opening } = request;
    if (opening?.effort === undefined || this.template.thinks) return request;
    const { effort: _, ...possible } = opening;
    return { ...request, opening: possible };
  }

  async #begin(request: TurnRequest): Promise<Turn> {
    const { resume, sealAs } = request;
    if (sealAs !== undefined) this.#parts.sealer.requireSecret();
    const start = resume === undefined
      ? await this.#starts.find(request)
      : await this.#starts.findAgain(request, resume);
    const seed = resume?.start.seed ?? request.sampling.seed ?? this.#parts.randomSeed();
    const { signal } = request;
    const opening = openingOf(start, request);
    const prompt = await this.#prompt(start, request, "asked", signal);
    const generation = await this.#generation(request, seed, start, opening);
    const { exact } = start;
    const turn: PreparedTurn = {
      ...{ request, seed, start, prompt, opening, generation },
      plain: isPlain(opening) ? prompt : await this.#prompt(start, request, "plain", signal),
      computed: exact && ((answer, prompt) => this.#computed(exact, request, answer, prompt)),
    };
    const { template } = this;
    const parts = { ...this.#parts, template, keeper: this.#keeper, starts: this.#starts };
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

  async count(asked: TurnInput): Promise<number> {
    const input = this.#possible(asked);
    const start = await this.#starts.find(input).catch((error) => {
      // Its length may still be asked for, as when a call's result will follow.
      if (!(error instanceof NothingToAnswerError)) throw error;
      return this.#starts.find({ ...input, newAnswer: true });
    });
    return start.tokens + (await this.#prompt(start, input)).length;
  }

  async promptTokens(
    input: Pick<TurnInput, "messages" | "readOnly" | "opening">,
  ): Promise<readonly number[]> {
    const tokens = this.#parts.inference.initialTokens ?? 0;
    const start = { unread: input.messages, tokens };
    return await this.#prompt(start, this.#possible(input));
  }

  /**
   * The pieces of text that are read for a turn.
   *
   * @param how `plain`: as later turns read them, without a request for thoughts and its mark
   */
  async #prompt(
    { unread, tokens, logits, begun = 0, prefill }: Pick<
      TurnStart,
      "unread" | "tokens" | "logits" | "begun" | "prefill"
    >,
    { prompt, readOnly = false, opening: asked }: Pick<
      TurnInput,
      "prompt" | "readOnly" | "opening"
    >,
    how: "asked" | "plain" = "asked",
    signal?: AbortSignal,
  ): Promise<readonly number[]> {
    if (prompt !== undefined) return prompt;
    const after = logits ? "prompt" : tokens > begun ? "messages" : "nothing";
    const answer = prefill?.unread ? prefill.read : "";
    const opening = openingOf({ prefill }, { readOnly, ...asked ? { opening: asked } : {} });
    // The opening of a call stays part of the conversation.
    const read = how === "asked" || isPlain(opening) ? opening : undefined;
    const prefilled = { prefill: answer, opening: read };
    const texts = renderPrompt(this.template, unread, after, !readOnly, prefilled);
    const pieces = await encodeAll(this.tokenizer, texts, signal);
    return joinTokens(begun === 0 ? pieces : pieces.with(0, pieces[0]!.slice(begun)));
  }

  /**
   * How to recompute the state after a turn, with its prompt as asked or as later turns read it. Absent: it takes more
   * tokens than are stored, or a text is not kept.
   */
  async #computed(
    { base, ...start }: ExactStart,
    request: TurnRequest,
    answer: readonly number[],
    prompt: "asked" | "plain",
  ): Promise<Computed | undefined> {
    // Only its state represents an ingested text. Without a path to recompute it, the state is never thinned out.
    if (request.readOnly) return undefined;
    const tokens = [...await this.#prompt(start, request, prompt), ...answer];
    const own = base === (request.previous ?? null);
    return own || tokens.length <= MOST_READ_AGAIN ? { base, tokens } : undefined;
  }

  /**
   * What the repetition penalty covers from the beginning: only texts of the request itself. Tokens inside a stored state
   * are not known, and cache hits must not change the answer.
   */
  async #seen(
    { sampling, prompt, instructions = "", messages, signal }: TurnRequest,
  ): Promise<number[]> {
    if ((sampling.repetitionPenalty ?? 1) === 1) return [];
    if (prompt !== undefined) return [...prompt];
    // As the template writes them, so that they tokenize as they are read.
    const texts = [instructions, ...messages.map(({ text }) => text)]
      .map((text) => ` ${cleanText(text)}`);
    return joinTokens(await encodeAll(this.tokenizer, texts, signal));
  }

  /** The given part of the answer, or what precedes it. */
  async #begun(
    { prefill }: TurnStart,
    { grammarFrom, maxTokens, opening: asked, signal }: TurnRequest,
    opening: AnswerOpening | undefined,
  ): Promise<Pick<GenerateOptions, "begun" | "thoughts">> {
    if (opening !== undefined) {
      const { read, lead, thinks } = opening;
      if (lead === "") {
        return { begun: { tokens: this.tokenizer.encode(read), lead, inGrammar: true } };
      }
      const most = asked?.maxThoughts ?? Math.floor(maxTokens * SHARE_OF_THOUGHTS);
      const { stop } = this.#parts.folder;
      return {
        thoughts: thinks ? { lead, close: THOUGHTS_CLOSE, stop, maxTokens: most } : { lead },
      };
    }
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
    opening: AnswerOpening | undefined,
  ): Promise<PreparedTurn["generation"]> {
    const { folder } = this.#parts;
    const { prompt, topLogprobs, tellPrompt, grammar, resume } = request;
    const hasTemplate = prompt === undefined && request.sampling.ignoreEnd !== true;
    return {
      ...await this.#begun(start, request, opening),
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

/** How the prompt opens the answer, unless the turn says so. */
function openingOf(
  { prefill }: { readonly prefill?: TurnStart["prefill"] | undefined },
  { opening, readOnly = false, prompt }: Pick<TurnInput, "opening" | "readOnly" | "prompt">,
): AnswerOpening | undefined {
  const given = prompt !== undefined || (prefill !== undefined && prefill.read !== "");
  return given || readOnly || opening === undefined ? undefined : openAnswer(opening);
}

/** Whether later turns read an answer that was opened so as it was asked. */
function isPlain(opening: AnswerOpening | undefined): boolean {
  return opening === undefined || opening.lead === "";
}
