import type { FolderConfig } from "../checkpoint/folder_config.ts";
import type { TurnCommit } from "../conversation/commit_turn.ts";
import type { ConversationStore } from "../conversation/conversation_store.ts";
import { CorruptSnapshotError } from "../conversation/errors.ts";
import type { Message } from "../conversation/message.ts";
import { extendPrefix, prefixHashes, promptName } from "../conversation/prefix_hashes.ts";
import type { LoadedState, Snapshot } from "../conversation/snapshot.ts";
import type { Generated, Piece, PromptRead } from "../engine/generate.ts";
import type { Inference } from "../engine/inference.ts";
import type { SamplingOptions } from "../sampling/sampler.ts";
import { StateError } from "../state/errors.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import { StoreUnavailableError } from "../store/errors.ts";
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
  /** Told of what went wrong and kept nobody from an answer. */
  readonly report?: (message: string, error: unknown) => void;
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
  /** The scores of the next token, if the state has read a prompt to its end. */
  readonly logits?: Float32Array<ArrayBuffer>;
  /** Messages that it has not read. */
  readonly unread: readonly Message[];
  /** Names the conversation, the unread messages included. */
  readonly prefix: string;
  /** The system messages that it begins with, if their state is worth keeping for others: how many, and their name. */
  readonly system?: { readonly count: number; readonly name: string };
}

/** What a start is of a snapshot. */
type Loaded = LoadedState & Pick<Start, "manifest">;

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
    if (previous === undefined) {
      return await this.#resume(tenant, await this.#conversation(request));
    }
    const node = await conversations.node(tenant, previous);
    if (node.instructions === (instructions ?? null)) {
      const prefix = (await extendPrefix(node.prefix, messages)).at(-1)!;
      const read = await this.#deepest(tenant, [await this.#promptName(prefix)]);
      if (read !== undefined) return { origin: "prompt", ...read.loaded, unread: [], prefix };
      return { origin: "response", ...await this.#load(tenant, node), unread: messages, prefix };
    }
    // The state has read other instructions, so it is no state of this conversation.
    return await this.#resume(tenant, await this.#conversation(request));
  }

  /** Goes on from the stored state that has read most of these messages. */
  async #resume(tenant: string, conversation: readonly Message[]): Promise<Start> {
    const { inference } = this.#parts;
    const seed = `${inference.modelFingerprint}/${this.#template.id}`;
    const hashes = await prefixHashes(seed, conversation);
    const prefix = hashes.at(-1)!;
    const first = conversation.findIndex(({ role }) => role !== "system");
    const system = first < 0 ? conversation.length : first;
    // What there may be states of, the longest beginning last, and how many messages each has read.
    const names: string[] = [];
    const depths: number[] = [];
    for (const [index, hash] of hashes.entries()) {
      const depth = index + 1;
      if (conversation[index]!.role === "assistant" || depth === system) {
        names.push(hash);
        depths.push(depth);
      }
      if ((conversation[depth]?.role ?? "assistant") === "assistant") {
        names.push(await this.#promptName(hash));
        depths.push(depth);
      }
    }
    const found = await this.#deepest(tenant, names);
    if (found !== undefined) {
      const unread = conversation.slice(depths[found.depth - 1]);
      const whole = unread.length === 0 && found.loaded.logits !== undefined;
      return { origin: whole ? "prompt" : "prefix", ...found.loaded, unread, prefix };
    }
    const start = { origin: "nothing", ...this.#empty(), unread: conversation, prefix } as const;
    return system === 0
      ? start
      : { ...start, system: { count: system, name: hashes[system - 1]! } };
  }

  /** The state of the longest of these beginnings of which there is one. */
  async #deepest(
    tenant: string,
    names: readonly string[],
  ): Promise<{ readonly loaded: Loaded; readonly depth: number } | undefined> {
    const { conversations } = this.#parts;
    for (let end = names.length; end > 0;) {
      let before = 0;
      try {
        const found = await conversations.deepestPrefix(tenant, names.slice(0, end));
        if (found === undefined) return undefined;
        before = found.depth - 1;
        return { loaded: await this.#load(tenant, found.snapshot), depth: found.depth };
      } catch (error) {
        // These states only save work: one that is damaged is passed over, and a store that does not answer.
        if (error instanceof StoreUnavailableError) {
          before = 0;
          this.#parts.report?.("no state was looked for", error);
        } else if (!(error instanceof CorruptSnapshotError || error instanceof StateError)) {
          throw error;
        }
        end = before;
      }
    }
    return undefined;
  }

  #promptName(prefix: string): Promise<string> {
    return promptName(prefix, this.#parts.inference.fingerprint);
  }

  #empty(): Loaded {
    return { manifest: null, state: RecurrentState.empty(this.#parts.inference.layout), tokens: 0 };
  }

  async #load(tenant: string, { manifest }: Snapshot): Promise<Loaded> {
    const { inference: { layout, modelFingerprint }, conversations } = this.#parts;
    const expected = { layout, modelFingerprint };
    return { manifest, ...await conversations.loadState(tenant, { manifest }, expected) };
  }

  async *#run(request: TurnRequest, seed: number, start: Start): AsyncGenerator<TurnEvent> {
    const { inference, tokenizer, folder, meter } = this.#parts;
    const { signal, tenant } = request;
    const keeps = request.ephemeral !== true;
    const sequence = inference.open(start.state);
    const after = start.logits ? "prompt" : start.tokens > 0 ? "messages" : "nothing";
    const pieces = renderPrompt(this.#template, start.unread, after)
      .map((piece) => tokenizer.encode(piece));
    let usage = {
      prompt: start.tokens + pieces.reduce((sum, { length }) => sum + length, 0),
      cached: start.tokens,
      completion: 0,
    };
    const keeping: Promise<void>[] = [];
    let generation: AsyncGenerator<Piece, Generated> | undefined;
    try {
      if (keeps && start.system !== undefined) {
        const tokens = pieces.splice(0, start.system.count).flat();
        await sequence.read(tokens, signal);
        const state = await sequence.state();
        keeping.push(this.#keep(tenant, start.system.name, { state }, tokens.length));
      }
      let read: PromptRead | undefined;
      const keepPrompt = async (prompt: PromptRead) =>
        await this.#keep(tenant, await this.#promptName(start.prefix), prompt, usage.prompt);
      generation = sequence.generate({
        prompt: pieces.flat(),
        ...(start.logits === undefined ? {} : { logits: start.logits }),
        ...(keeps ? { onPrompt: (prompt: PromptRead) => read = prompt } : {}),
        sampling: { ...request.sampling, seed },
        endOfText: folder.eos_token_id,
        stop: [...folder.stop, ...request.stop],
        maxTokens: request.maxTokens,
        ...(request.resume === undefined ? {} : { replay: request.resume.tokens }),
        ...(request.topLogprobs === undefined ? {} : { topLogprobs: request.topLogprobs }),
        ...(request.grammar === undefined ? {} : { grammar: request.grammar }),
        signal,
      });
      let answer = "";
      const tokens: number[] = [];
      let step = await generation.next();
      for (; !step.done; step = await generation.next()) {
        // The template puts a space before the answer, which is not part of it.
        tokens.push(...step.value.tokens);
        const text = answer === "" ? step.value.text.trimStart() : step.value.text;
        usage.completion++;
        if (text === "") continue;
        answer += text;
        yield { ...step.value, type: "text", text, tokens: tokens.splice(0) };
        // Not before the first text is out, which somebody waits for.
        if (read !== undefined) keeping.push(keepPrompt(read));
        read = undefined;
      }
      if (read !== undefined) keeping.push(keepPrompt(read));
      const { reason, tokens: completion } = step.value;
      usage = { ...usage, completion };
      const end: TurnEnd = { type: "end", reason, usage };
      if (keeps) await this.#store(request, seed, start, answer, await sequence.state(), end);
      await Promise.all(keeping);
      yield end;
    } finally {
      // Who leaves in the middle leaves the generation in the middle: it must know, to let go of what it holds.
      await generation?.return({ reason: "stop", tokens: 0 });
      sequence.close();
      await Promise.all(keeping);
      meter?.spent({ tenant, origin: start.origin, usage });
    }
  }

  /** Keeps a state that saves work later. If that fails, no turn suffers from it, and the store's errors are counted. */
  async #keep(
    tenant: string,
    name: string,
    kept: Pick<LoadedState, "state" | "logits">,
    tokens: number,
  ): Promise<void> {
    const { conversations, inference: { modelFingerprint } } = this.#parts;
    const snapshot = { ...kept, name, tokens, modelFingerprint, precision: "f32" } as const;
    await conversations.keepSnapshot(tenant, snapshot).catch(() => {});
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
    const turn: TurnCommit = {
      ...node,
      prefix: prefix!,
      state,
      tokens: end.usage.prompt + end.usage.completion,
      modelFingerprint,
      // What goes on from the store must have the bits that it had in memory.
      precision: "f32",
    };
    const more = request.commitWith && (() => request.commitWith!(end));
    try {
      await conversations.commitTurn(request.tenant, turn, more);
    } catch (error) {
      // The state of what is not stored only saves work.
      const spared = request.storeAs === undefined && error instanceof StoreUnavailableError;
      if (!spared) throw error;
      this.#parts.report?.("a state was not kept", error);
    }
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
