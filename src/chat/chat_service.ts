import type { FolderConfig } from "../checkpoint/folder_config.ts";
import type { ConversationStore } from "../conversation/conversation_store.ts";
import type { Generated, GenerateOptions, PromptRead } from "../engine/generate.ts";
import type { Inference, Sequence } from "../engine/inference.ts";
import type { SamplingOptions } from "../sampling/sampler.ts";
import type { TokenLogprobs } from "../sampling/token_logprobs.ts";
import type { StateSealer } from "../state/sealed_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { defaultSampling } from "./default_sampling.ts";
import type { Meter } from "./meter.ts";
import { type ChatTemplate, chatTemplate, renderPrompt } from "./template.ts";
import type { ChatService, Turn, TurnEvent, TurnInput, TurnRequest, TurnText } from "./turn.ts";
import { TurnKeeper } from "./turn_keeper.ts";
import { type TurnStart, TurnStarts } from "./turn_start.ts";

/** What {@linkcode RwkvChatService} is made of. */
export interface ChatServiceParts {
  readonly model: string;
  readonly folder: FolderConfig;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  readonly conversations: ConversationStore;
  /** Seals the states that clients keep. */
  readonly sealer: StateSealer;
  readonly meter?: Pick<Meter, "spent">;
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
  readonly defaults: SamplingOptions & { readonly maxTokens: number };
  readonly #parts: ChatServiceParts;
  readonly #template: ChatTemplate;
  readonly #starts: TurnStarts;
  readonly #keeper: TurnKeeper;

  /** @throws {UnknownTemplateError} if the model's config names no known template */
  constructor(parts: ChatServiceParts) {
    const { folder, inference, now } = parts;
    this.#parts = parts;
    this.#template = chatTemplate(folder.chat_template);
    this.#starts = new TurnStarts({ ...parts, template: this.#template });
    this.#keeper = new TurnKeeper({ ...parts, starts: this.#starts });
    this.model = parts.model;
    this.created = folder.created ?? Math.floor(now() / 1000);
    this.fingerprint = inference.fingerprint;
    this.tokenizer = parts.tokenizer;
    this.defaults = defaultSampling(folder);
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
    const { manifest, tokens, prefix, unread: { length: unread } } = start;
    const model = this.#parts.inference.modelFingerprint;
    return { seed, start: { manifest, tokens, prefix, unread, seed, model }, events };
  }

  async count(input: TurnInput): Promise<number> {
    const start = await this.#starts.find(input);
    return start.tokens + lengthOf(this.#prompt(start, input));
  }

  /** What is read for a turn, in pieces. */
  #prompt(
    { unread, tokens, logits }: TurnStart,
    { prompt, readOnly = false }: TurnInput,
  ): (readonly number[])[] {
    if (prompt !== undefined) return [prompt];
    const after = logits ? "prompt" : tokens > 0 ? "messages" : "nothing";
    return renderPrompt(this.#template, unread, after, !readOnly)
      .map((piece) => this.tokenizer.encode(piece));
  }

  async *#run(request: TurnRequest, seed: number, start: TurnStart): AsyncGenerator<TurnEvent> {
    const { inference, meter } = this.#parts;
    const { tenant, signal, readOnly = false } = request;
    const keeps = request.ephemeral !== true && request.prompt === undefined;
    const sequence = inference.open(start.state);
    const pieces = this.#prompt(start, request);
    let usage = { prompt: start.tokens + lengthOf(pieces), cached: start.tokens, completion: 0 };
    const keeping: Promise<void>[] = [];
    let read: PromptRead | undefined;
    const keepPrompt = async (prompt: PromptRead) =>
      await this.#keeper.keep(
        tenant,
        await this.#starts.promptName(start.prefix),
        prompt,
        usage.prompt,
      );
    let events: AsyncGenerator<TurnText, Generated> | undefined;
    try {
      if (keeps && start.system !== undefined) {
        const tokens = pieces.splice(0, start.system.count).flat();
        await sequence.read(tokens, signal);
        const state = await sequence.state();
        const read = start.tokens + tokens.length;
        keeping.push(this.#keeper.keep(tenant, start.system.name, { state }, read));
      }
      events = readOnly
        ? this.#read(sequence, pieces.flat(), signal)
        : this.#generate(sequence, pieces.flat(), seed, request, {
          ...(start.logits === undefined ? {} : { logits: start.logits }),
          ...(keeps ? { onPrompt: (prompt: PromptRead) => read = prompt } : {}),
        });
      let answer = "";
      let step = await events.next();
      for (; !step.done; step = await events.next()) {
        usage.completion++;
        if (step.value.text === "") continue;
        answer += step.value.text;
        yield step.value;
        // Not before the first text is out, which somebody waits for.
        if (read !== undefined) keeping.push(keepPrompt(read));
        read = undefined;
      }
      if (read !== undefined) keeping.push(keepPrompt(read));
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

  /** The answer, a text for each piece. A text is empty if nothing of its piece is to be seen. */
  async *#generate(
    sequence: Sequence,
    prompt: readonly number[],
    seed: number,
    request: TurnRequest,
    read: Pick<GenerateOptions, "logits" | "onPrompt">,
  ): AsyncGenerator<TurnText, Generated> {
    const { folder } = this.#parts;
    const { topLogprobs, grammar, resume, signal } = request;
    const raw = request.prompt !== undefined;
    const generation = sequence.generate({
      prompt,
      ...read,
      sampling: { ...request.sampling, seed },
      endOfText: folder.eos_token_id,
      stop: [...raw ? [] : folder.stop, ...request.stop],
      maxTokens: request.maxTokens,
      ...(resume === undefined ? {} : { replay: resume.tokens }),
      ...(topLogprobs === undefined ? {} : { topLogprobs }),
      ...(grammar === undefined ? {} : { grammar }),
      signal,
    });
    try {
      let begun = raw;
      const tokens: number[] = [];
      const logprobs: TokenLogprobs[] = [];
      let step = await generation.next();
      for (; !step.done; step = await generation.next()) {
        // The template puts a space before the answer, which is not part of it. A raw prompt has no template.
        const text: string = begun ? step.value.text : step.value.text.trimStart();
        tokens.push(...step.value.tokens);
        logprobs.push(...step.value.logprobs ?? []);
        begun ||= text !== "";
        yield {
          type: "text",
          text,
          // What was chosen before there was anything to see goes with the first text.
          tokens: text === "" ? [] : tokens.splice(0),
          ...(step.value.logprobs ? { logprobs: text === "" ? [] : logprobs.splice(0) } : {}),
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
