import type { FolderConfig } from "../checkpoint/folder_config.ts";
import type { ConversationStore } from "../conversation/conversation_store.ts";
import { CorruptSnapshotError } from "../conversation/errors.ts";
import type { Message } from "../conversation/message.ts";
import { extendPrefix, prefixHashes } from "../conversation/prefix_hashes.ts";
import type { Snapshot } from "../conversation/snapshot.ts";
import type { Inference } from "../engine/inference.ts";
import type { SamplingOptions } from "../sampling/sampler.ts";
import { StateError } from "../state/errors.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { Meter, TurnOrigin } from "./meter.ts";
import { type ChatTemplate, chatTemplate, renderPrompt } from "./template.ts";
import type { ChatService, Turn, TurnEnd, TurnEvent, TurnRequest, TurnResumption } from "./turn.ts";

/** Sampling where neither the request nor the model says. Source: RWKV's documentation, chat default. */
const DEFAULTS = {
  temperature: 1,
  topP: 0.3,
  topK: 0,
  presencePenalty: 0.5,
  frequencyPenalty: 0.5,
  penaltyDecay: 0.996,
  maxTokens: 1024,
} as const;

/** What {@linkcode RwkvChatService} is made of. */
export interface ChatServiceParts {
  readonly model: string;
  readonly folder: FolderConfig;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  readonly conversations: ConversationStore;
  readonly meter?: Pick<Meter, "spent">;
  readonly now: () => number;
  readonly randomSeed: () => number;
}

/** Where a turn begins. */
interface Start {
  /** The snapshot that the state is of. */
  readonly manifest: string | null;
  readonly origin: TurnOrigin;
  readonly state: RecurrentState;
  /** Tokens that the state has read. */
  readonly tokens: number;
  /** Messages that it has not read. */
  readonly unread: readonly Message[];
  /** Names the conversation, the unread messages included. */
  readonly prefix: string;
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

  /** @throws {UnknownTemplateError} if the model's config names no known template */
  constructor(parts: ChatServiceParts) {
    const { folder, inference, now } = parts;
    this.#parts = parts;
    this.#template = chatTemplate(folder.chat_template);
    this.model = parts.model;
    this.created = folder.created ?? Math.floor(now() / 1000);
    this.fingerprint = inference.fingerprint;
    this.tokenizer = parts.tokenizer;
    this.defaults = defaultsOf(folder);
  }

  async begin(request: TurnRequest): Promise<Turn> {
    const { resume } = request;
    const start = resume === undefined
      ? await this.#resolve(request)
      : await this.#resolveAgain(request, resume);
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
    return { seed, start: { manifest, tokens, prefix, unread, seed }, events };
  }

  /** Finds the state that an earlier run of the turn began with. */
  async #resolveAgain(request: TurnRequest, { start }: TurnResumption): Promise<Start> {
    const { tenant, messages } = request;
    const { manifest, unread: count, prefix } = start;
    const all = count <= messages.length ? messages : await this.#conversation(request);
    const unread = count === 0 ? [] : all.slice(-count);
    try {
      const loaded = manifest === null ? this.#empty() : await this.#load(tenant, { manifest });
      return { origin: manifest === null ? "nothing" : "response", ...loaded, unread, prefix };
    } catch (error) {
      // The snapshot of messages that were sent whole is not kept for ever. Their text is.
      if (!(error instanceof CorruptSnapshotError)) throw error;
      return await this.#resolve(request);
    }
  }

  /** All messages of a turn, those before it included. */
  async #conversation({ tenant, instructions, messages, previous }: TurnRequest) {
    const { conversations } = this.#parts;
    const system: Message[] = instructions === undefined
      ? []
      : [{ role: "system", text: instructions }];
    const before = previous === undefined ? [] : await conversations.history(tenant, previous);
    return [...system, ...before, ...messages];
  }

  /** Finds the state that has read most of the conversation, and what it has not read. */
  async #resolve(request: TurnRequest): Promise<Start> {
    const { tenant, instructions, messages, previous } = request;
    const { conversations } = this.#parts;
    if (request.prompt !== undefined) {
      return { origin: "nothing", ...this.#empty(), unread: [], prefix: "" };
    }
    if (previous === undefined) {
      return await this.#resume(tenant, await this.#conversation(request));
    }
    const node = await conversations.node(tenant, previous);
    if (node.instructions === (instructions ?? null)) {
      const prefix = (await extendPrefix(node.prefix, messages)).at(-1)!;
      return { origin: "response", ...await this.#load(tenant, node), unread: messages, prefix };
    }
    // The state has read other instructions, so it is no state of this conversation.
    return await this.#resume(tenant, await this.#conversation(request));
  }

  /** Goes on from the stored state that has read most of these messages. */
  async #resume(tenant: string, conversation: readonly Message[]): Promise<Start> {
    const { inference, conversations } = this.#parts;
    const seed = `${inference.modelFingerprint}/${this.#template.id}`;
    const hashes = await prefixHashes(seed, conversation);
    const prefix = hashes.at(-1)!;
    // Something must be left to read.
    for (let end = conversation.length - 1; end > 0;) {
      const found = await conversations.deepestPrefix(tenant, hashes.slice(0, end));
      if (found === undefined) break;
      try {
        const start = await this.#load(tenant, found.snapshot);
        return { origin: "prefix", ...start, unread: conversation.slice(found.depth), prefix };
      } catch (error) {
        // These states only save work: one that is damaged is passed over.
        if (!(error instanceof CorruptSnapshotError || error instanceof StateError)) throw error;
        end = found.depth - 1;
      }
    }
    return { origin: "nothing", ...this.#empty(), unread: conversation, prefix };
  }

  #empty(): Pick<Start, "manifest" | "state" | "tokens"> {
    return { manifest: null, state: RecurrentState.empty(this.#parts.inference.layout), tokens: 0 };
  }

  async #load(
    tenant: string,
    { manifest }: Snapshot,
  ): Promise<Pick<Start, "manifest" | "state" | "tokens">> {
    const { inference: { layout, modelFingerprint }, conversations } = this.#parts;
    const expected = { layout, modelFingerprint };
    return { manifest, ...await conversations.loadState(tenant, { manifest }, expected) };
  }

  async *#run(request: TurnRequest, seed: number, start: Start): AsyncGenerator<TurnEvent> {
    const { inference, tokenizer, folder, meter } = this.#parts;
    const { signal, tenant } = request;
    const sequence = inference.open(start.state);
    const raw = request.prompt !== undefined;
    const prompt = request.prompt ??
      renderPrompt(this.#template, start.unread, start.tokens > 0)
        .flatMap((piece) => tokenizer.encode(piece));
    const generation = sequence.generate({
      prompt,
      sampling: { ...request.sampling, seed },
      endOfText: folder.eos_token_id,
      stop: [...raw ? [] : folder.stop, ...request.stop],
      maxTokens: request.maxTokens,
      ...(request.resume === undefined ? {} : { replay: request.resume.tokens }),
      ...(request.topLogprobs === undefined ? {} : { topLogprobs: request.topLogprobs }),
      ...(request.grammar === undefined ? {} : { grammar: request.grammar }),
      signal,
    });
    let usage = { prompt: start.tokens + prompt.length, cached: start.tokens, completion: 0 };
    try {
      let answer = "";
      const tokens: number[] = [];
      let step = await generation.next();
      for (; !step.done; step = await generation.next()) {
        // The template puts a space before the answer, which is not part of it.
        tokens.push(...step.value.tokens);
        const text = answer === "" && !raw ? step.value.text.trimStart() : step.value.text;
        usage.completion++;
        if (text === "") continue;
        answer += text;
        yield { ...step.value, type: "text", text, tokens: tokens.splice(0) };
      }
      const { reason, tokens: completion } = step.value;
      usage = { ...usage, completion };
      const end: TurnEnd = { type: "end", reason, usage };
      if (request.ephemeral !== true && !raw) {
        await this.#store(request, seed, start, answer, await sequence.state(), end);
      }
      yield end;
    } finally {
      // Who leaves in the middle leaves the generation in the middle: it must know, to let go of what it holds.
      await generation.return({ reason: "stop", tokens: 0 });
      sequence.close();
      meter?.spent({ tenant, origin: start.origin, usage });
    }
  }

  async #store(
    request: TurnRequest,
    seed: number,
    start: Start,
    answer: string,
    state: RecurrentState,
    end: TurnEnd,
  ): Promise<void> {
    const { conversations, inference } = this.#parts;
    const { modelFingerprint, fingerprint: engineFingerprint } = inference;
    const reply: Message = { role: "assistant", text: answer };
    const [prefix] = await extendPrefix(start.prefix, [reply]);
    const node = request.storeAs === undefined ? {} : {
      node: {
        id: request.storeAs,
        parent: request.previous ?? null,
        instructions: request.instructions ?? null,
        messages: [...request.messages, reply],
        ...(request.itemIds === undefined ? {} : { itemIds: request.itemIds }),
        engineFingerprint,
        seed,
      },
    };
    await conversations.commitTurn(request.tenant, {
      ...node,
      prefix: prefix!,
      state,
      tokens: end.usage.prompt + end.usage.completion,
      modelFingerprint,
      // What goes on from the store must have the bits that it had in memory.
      precision: "f32",
    }, request.commitWith && (() => request.commitWith!(end)));
  }
}

function defaultsOf({ sampling }: FolderConfig): SamplingOptions & { readonly maxTokens: number } {
  return {
    temperature: sampling?.temperature ?? DEFAULTS.temperature,
    topP: sampling?.top_p ?? DEFAULTS.topP,
    topK: sampling?.top_k ?? DEFAULTS.topK,
    presencePenalty: sampling?.presence_penalty ?? DEFAULTS.presencePenalty,
    frequencyPenalty: sampling?.frequency_penalty ?? DEFAULTS.frequencyPenalty,
    penaltyDecay: sampling?.penalty_decay ?? DEFAULTS.penaltyDecay,
    maxTokens: sampling?.max_tokens ?? DEFAULTS.maxTokens,
  };
}
