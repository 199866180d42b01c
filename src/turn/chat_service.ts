import type { FolderConfig } from "../checkpoint/folder_config.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import type { Generated, GenerateOptions, PromptRead } from "../engine/generate.ts";
import type { Inference, Sequence } from "../engine/inference.ts";
import type { TokenLogprobs } from "../sampling/token_logprobs.ts";
import type { StateSealer } from "../state/sealed_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { type AnswerDefaults, defaultSampling } from "./default_sampling.ts";
import type { Meter } from "./meter.ts";
import { type ModelAlias, ModelNames } from "./model_names.ts";
import { NothingToAnswerError } from "./nothing_to_answer_error.ts";
import { withProgress } from "./prompt_progress.ts";
import { type ChatTemplate, chatTemplate, cleanText, renderPrompt } from "../prompt/template.ts";
import type { ChatService, Turn, TurnEvent, TurnInput, TurnRequest, TurnText } from "./turn.ts";
import { TurnKeeper } from "./turn_keeper.ts";
import type { TurnStart } from "./turn_start.ts";
import { StartFinder } from "./start_finder.ts";

/** What {@linkcode RwkvChatService} is made of. */
export interface ChatServiceParts {
  readonly model: string;
  /** What requests may call the model by besides. */
  readonly aliases?: readonly ModelAlias[];
  readonly folder: FolderConfig;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  readonly tree: ResponseTree;
  /** Seals the states that clients keep. */
  readonly sealer: StateSealer;
  /** Tokens of an answer at the most, whatever a request says. */
  readonly maxTokensLimit?: number;
  readonly meter?: Pick<Meter, "spent">;
  /** Told of what went wrong and kept nobody from an answer. */
  readonly report?: (message: string, error: unknown) => void;
  readonly now: () => number;
  readonly randomSeed: () => number;
}

/** Answers turns with one model: template, tokens, generation, and the states in the store. */
export class RwkvChatService implements ChatService {
  readonly model: string;
  readonly names: ModelNames;
  readonly created: number;
  readonly fingerprint: string;
  readonly tokenizer: Tokenizer;
  readonly defaults: AnswerDefaults;
  readonly #parts: ChatServiceParts;
  readonly #template: ChatTemplate;
  readonly #starts: StartFinder;
  readonly #keeper: TurnKeeper;

  /**
   * @throws {UnknownTemplateError} if the model's config names no known template
   * @throws {UnknownAliasTargetError} if an alias is of another model
   */
  constructor(parts: ChatServiceParts) {
    const { folder, inference, now } = parts;
    this.#parts = parts;
    this.#template = chatTemplate(folder.chat_template);
    this.#starts = new StartFinder({ ...parts, template: this.#template });
    this.#keeper = new TurnKeeper({ ...parts, starts: this.#starts });
    this.model = parts.model;
    this.names = new ModelNames(parts.model, parts.aliases);
    this.created = folder.created ?? Math.floor(now() / 1000);
    this.fingerprint = inference.fingerprint;
    this.tokenizer = parts.tokenizer;
    this.defaults = defaultSampling(folder, parts.maxTokensLimit);
  }

  async begin(request: TurnRequest): Promise<Turn> {
    const { resume, sealAs } = request;
    if (sealAs !== undefined) this.#parts.sealer.requireSecret();
    const start = resume === undefined
      ? await this.#starts.find(request)
      : await this.#starts.findAgain(request, resume);
    const seed = resume?.start.seed ?? request.sampling.seed ?? this.#parts.randomSeed();
    // Whoever leaves stops the step under way, and does not wait for it.
    const left = new AbortController();
    const signal = AbortSignal.any([request.signal, left.signal]);
    const turn = this.#run({ ...request, signal }, seed, start);
    const events = new ReadableStream<TurnEvent>({
      async pull(controller) {
        const { done, value } = await turn.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        left.abort(reason);
        await turn.return(undefined);
      },
    }, { highWaterMark: 0 });
    const { manifest, tokens, prefix, begun } = start;
    const unread = start.unread.length + (start.prefill?.unread ? 1 : 0);
    const model = this.#parts.inference.modelFingerprint;
    const from = { manifest, tokens, prefix, unread, seed, model };
    return { seed, start: begun === undefined ? from : { ...from, begun }, events };
  }

  async count(input: TurnInput): Promise<number> {
    const start = await this.#starts.find(input).catch((error) => {
      // It may still be asked how long it is, as when the result of a call is to come.
      if (!(error instanceof NothingToAnswerError)) throw error;
      return this.#starts.find({ ...input, newAnswer: true });
    });
    return start.tokens + lengthOf(this.#prompt(start, input));
  }

  promptTokens(input: Pick<TurnInput, "messages" | "readOnly">): number[] {
    return this.#prompt({ unread: input.messages, tokens: 0 }, input).flat();
  }

  /** What is read for a turn, in pieces. */
  #prompt(
    { unread, tokens, logits, begun = 0, prefill }: Pick<
      TurnStart,
      "unread" | "tokens" | "logits" | "begun" | "prefill"
    >,
    { prompt, readOnly = false }: Pick<TurnInput, "prompt" | "readOnly">,
  ): (readonly number[])[] {
    if (prompt !== undefined) return [prompt];
    const after = logits ? "prompt" : tokens > begun ? "messages" : "nothing";
    const answer = prefill?.unread ? prefill.read : "";
    return renderPrompt(this.#template, unread, after, !readOnly, answer)
      .map((piece, index) => this.tokenizer.encode(piece).slice(index === 0 ? begun : 0));
  }

  async *#run(request: TurnRequest, seed: number, start: TurnStart): AsyncGenerator<TurnEvent> {
    const { inference, meter } = this.#parts;
    const { tenant, signal, readOnly = false } = request;
    const keeps = request.ephemeral !== true && request.prompt === undefined;
    const sequence = withProgress(inference.open(start.state), {
      onProgress: request.onProgress,
      cached: start.tokens,
      total: () => usage.prompt,
      now: this.#parts.now,
    });
    let tokens = this.#prompt(start, request).flat();
    let usage = { prompt: start.tokens + tokens.length, cached: start.tokens, completion: 0 };
    const keeping: Promise<void>[] = [];
    let promptRead: PromptRead | undefined;
    const keepPrompt = async (prompt: PromptRead) =>
      await this.#keeper.keep(
        tenant,
        await this.#starts.promptName(start),
        prompt,
        usage.prompt,
      );
    let events: AsyncGenerator<TurnText, Generated> | undefined;
    try {
      let read = 0;
      for (const { after, name } of keeps ? start.worthKeeping ?? [] : []) {
        await sequence.read(tokens.slice(read, after), signal);
        read = after;
        // Of the states that wait to be written there are never many in memory.
        await keeping.at(-2);
        const state = await sequence.state();
        keeping.push(this.#keeper.keep(tenant, name, { state }, start.tokens + after));
      }
      tokens = tokens.slice(read);
      events = readOnly
        ? this.#read(sequence, tokens, signal)
        : this.#generate(sequence, tokens, seed, request, {
          ...this.#begun(start, request),
          ...(start.logits === undefined ? {} : { logits: start.logits }),
          ...(keeps ? { onPrompt: (prompt: PromptRead) => promptRead = prompt } : {}),
        });
      let answer = "";
      let step = await events.next();
      for (; !step.done; step = await events.next()) {
        usage.completion++;
        const { text, prompt, logprobs = [] } = step.value;
        if (text === "" && prompt === undefined && logprobs.length === 0) continue;
        answer += step.value.text;
        yield step.value;
        // Not before the first text is out, which somebody waits for.
        if (promptRead !== undefined) keeping.push(keepPrompt(promptRead));
        promptRead = undefined;
      }
      if (promptRead !== undefined) keeping.push(keepPrompt(promptRead));
      const { reason, tokens: completion } = step.value;
      usage = { ...usage, completion };
      const end = await this.#keeper.end(request, seed, start, answer, sequence, { reason, usage });
      await Promise.all(keeping);
      yield end;
    } finally {
      // Who leaves in the middle leaves the generation in the middle: it must know, to let go of what it holds.
      await events?.return({ reason: "stop", tokens: 0 });
      sequence.close();
      await Promise.all(keeping);
      meter?.spent({ tenant, origin: start.origin, usage });
    }
  }

  /** Reads, and answers nothing. */
  // deno-lint-ignore require-yield -- it is a generation of no pieces
  async *#read(
    sequence: Sequence,
    prompt: readonly number[],
    signal: AbortSignal,
  ): AsyncGenerator<TurnText, Generated> {
    if (prompt.length > 0) await sequence.read(prompt, signal);
    return { reason: "stop", tokens: 0 };
  }

  /**
   * What the repetition penalty applies to from the beginning: the texts that the request itself has. What a stored state
   * has read before is not known as tokens, and what happens to be cached must change no answer.
   */
  #seen({ sampling, prompt, instructions = "", messages }: TurnRequest): number[] {
    if ((sampling.repetitionPenalty ?? 1) === 1) return [];
    if (prompt !== undefined) return [...prompt];
    // As the template writes them, so that they become the tokens that are read.
    return [instructions, ...messages.map(({ text }) => text)]
      .flatMap((text) => this.tokenizer.encode(` ${cleanText(text)}`));
  }

  /** What of the answer is given. */
  #begun({ prefill }: TurnStart, { grammarFrom }: TurnRequest): Pick<GenerateOptions, "begun"> {
    if (prefill === undefined || prefill.read === "") return {};
    const { read, lead } = prefill;
    return {
      begun: {
        tokens: this.tokenizer.encode(` ${read}`),
        lead,
        inGrammar: grammarFrom === "answer",
      },
    };
  }

  /** The answer, a text for each piece. A text is empty if nothing of its piece is to be seen. */
  async *#generate(
    sequence: Sequence,
    prompt: readonly number[],
    seed: number,
    request: TurnRequest,
    read: Pick<GenerateOptions, "logits" | "onPrompt" | "begun">,
  ): AsyncGenerator<TurnText, Generated> {
    const { folder } = this.#parts;
    const { topLogprobs, tellPrompt, grammar, resume, signal } = request;
    const { ignoreEnd = false } = request.sampling;
    const raw = request.prompt !== undefined;
    const generation = sequence.generate({
      prompt,
      ...read,
      sampling: { ...request.sampling, seed },
      seen: this.#seen(request),
      endOfText: folder.eos_token_id,
      stop: [...raw || ignoreEnd ? [] : folder.stop, ...request.stop],
      maxTokens: request.maxTokens,
      ...(resume === undefined ? {} : { replay: resume.tokens }),
      ...(topLogprobs === undefined ? {} : { topLogprobs }),
      ...(tellPrompt ? { tellPrompt } : {}),
      ...(grammar === undefined ? {} : { grammar }),
      signal,
    });
    try {
      let begun = raw || read.begun !== undefined;
      const tokens: number[] = [];
      const logprobs: TokenLogprobs[] = [];
      let step = await generation.next();
      for (; !step.done; step = await generation.next()) {
        // The template puts a space before the answer, which is not part of it. A raw prompt has no template, and the
        // rest of an answer begins with whatever comes next in it.
        const text: string = begun ? step.value.text : step.value.text.trimStart();
        tokens.push(...step.value.tokens);
        logprobs.push(...step.value.logprobs ?? []);
        begun ||= text !== "";
        yield {
          type: "text",
          text,
          // What was chosen before there was anything to see goes with the first text.
          tokens: begun ? tokens.splice(0) : [],
          ...(step.value.logprobs ? { logprobs: begun ? logprobs.splice(0) : [] } : {}),
          ...(step.value.prompt ? { prompt: step.value.prompt } : {}),
        };
      }
      return step.value;
    } finally {
      await generation.return({ reason: "stop", tokens: 0 });
    }
  }
}

function lengthOf(pieces: readonly (readonly number[])[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
