import type { ConversationStore } from "../conversation/conversation_store.ts";
import { sha256, toText } from "../conversation/digest.ts";
import { CorruptSnapshotError, TextNotKeptError } from "../conversation/errors.ts";
import type { Message } from "../conversation/message.ts";
import {
  emptyPrefix,
  extendPrefix,
  prefillName,
  promptName,
} from "../conversation/prefix_hashes.ts";
import type { ResponseNode } from "../conversation/response_node.ts";
import type { FoundPrefix } from "../conversation/snapshot.ts";
import type { EngineInfo } from "../engine/engine.ts";
import { StateError } from "../state/errors.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { SealOwner, StateSealer } from "../state/sealed_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { AnswerOfOtherModelError } from "./answer_of_other_model_error.ts";
import type { TurnOrigin } from "./meter.ts";
import { OtherInstructionsError } from "./other_instructions_error.ts";
import { NothingToAnswerError } from "./nothing_to_answer_error.ts";
import {
  joinContinued,
  readPrefill,
  type StartedAnswer,
  startOf,
  type Wanted,
  wantedOf,
} from "./prefill.ts";
import { PromptHead, type StateOnTheWay } from "./prompt_head.ts";
import { readAgain, type Rereading } from "./read_again.ts";
import { type FoundState, StateFinder } from "./state_finder.ts";
import { type ChatTemplate, templateSignature } from "./template.ts";
import type { TurnInput, TurnResumption } from "./turn.ts";

/** Where a turn begins. */
export interface TurnStart {
  /** The snapshot that the state is of. */
  readonly manifest: string | null;
  readonly origin: TurnOrigin;
  readonly state: RecurrentState;
  /** Tokens that the state has read. */
  readonly tokens: number;
  /** The scores of the next token, if the state has read a prompt to its end. */
  readonly logits?: Float32Array<ArrayBuffer>;
  /** Messages that it has not read, the one that the answer continues not among them. */
  readonly unread: readonly Message[];
  /** Names the conversation, the unread messages included, but not the one that the answer continues. */
  readonly prefix: string;
  /** The message that the answer continues, if it continues one. */
  readonly prefill?: StartedAnswer;
  /** The response that it goes on from, where only its client knows it. */
  readonly sealedParent?: string;
  /** Tokens that the state has read of the first unread message. Absent: none. */
  readonly begun?: number;
  /** States on the way that are worth keeping for other turns, in the order in which they are reached. */
  readonly worthKeeping?: readonly StateOnTheWay[];
}

/** A state that has read some messages. */
interface ReadMessages {
  readonly loaded: FoundState;
  readonly depth: number;
}

/** Of the bytes that a tenant's states may have, one in so many is for those inside a message. */
const PARTS_FOR_CUTS = 8;

/** What a {@linkcode TurnStarts} looks with. */
export interface TurnStartsParts {
  readonly inference: Pick<EngineInfo, "layout" | "modelFingerprint" | "fingerprint">;
  readonly conversations: ConversationStore;
  readonly sealer: StateSealer;
  readonly template: ChatTemplate;
  readonly tokenizer: Tokenizer;
  /** Told of what went wrong and kept nobody from an answer. */
  readonly report?: ((message: string, error: unknown) => void) | undefined;
}

/** Finds where turns begin. */
export class TurnStarts {
  readonly #parts: TurnStartsParts;
  readonly #finder: StateFinder;
  readonly #signature: string;

  constructor(parts: TurnStartsParts) {
    this.#parts = parts;
    this.#finder = new StateFinder(parts);
    this.#signature = templateSignature(parts.template);
  }

  /** What decides what a state means, besides the messages. Names of states are made from it. */
  get #seed(): string {
    return `${this.#parts.inference.modelFingerprint}/${this.#signature}`;
  }

  /** What a turn would read if it used no state but the earliest that there is. */
  async #again(input: TurnInput): Promise<Rereading> {
    const { tenant, previous, kept } = input;
    if (previous === undefined) {
      const said = [...kept?.messages ?? [], ...input.messages];
      const all = joinContinued([...systemMessage(input), ...said]);
      return { ...wantedOf(input, all), last: said.at(-1) };
    }
    const lineage = await this.#parts.conversations.lineage(tenant, previous);
    return readAgain(lineage, input, this.#parts.inference.modelFingerprint);
  }

  /** The messages before a turn. */
  async before({ tenant, previous, kept }: TurnInput): Promise<readonly Message[]> {
    if (previous === undefined) return kept?.messages ?? [];
    const before = await this.#parts.conversations.history(tenant, previous);
    if (before.some(({ ingested }) => ingested)) throw new TextNotKeptError("instructions");
    return before;
  }

  /**
   * Finds the state that has read most of the conversation, and what it has not read.
   *
   * @throws {NothingToAnswerError} if there are no messages to answer or to continue
   */
  async find(input: TurnInput): Promise<TurnStart> {
    const { tenant, instructions, messages, previous, kept, sealed } = input;
    const { conversations } = this.#parts;
    if (sealed !== undefined) return await this.#unseal(input, sealed);
    if (input.prompt !== undefined) {
      return { origin: "nothing", ...this.#finder.empty(), unread: [], prefix: "" };
    }
    if (messages.length === 0 && !input.readOnly && !input.newAnswer) {
      return await this.#findLast(input);
    }
    const wanted = wantedOf(input, messages);
    const extend = async (prefix: string) =>
      (await extendPrefix(prefix, wanted.messages)).at(-1) ?? prefix;
    if (kept !== undefined && kept.instructions === instructions) {
      const { state, tokens } = kept;
      const prefix = await extend(kept.prefix);
      const from = { origin: "response", manifest: null, state, tokens } as const;
      return { ...from, unread: wanted.messages, prefix, ...startOf(input, wanted) };
    }
    if (previous === undefined) return await this.#resume(input, await this.#again(input));
    const node = await conversations.node(tenant, previous);
    if (node.instructions === (instructions ?? null)) {
      return await this.#goOn(input, wanted, node, await extend(node.prefix));
    }
    // The state has read other instructions. One before it may do.
    return await this.#resume(input, await this.#again(input));
  }

  /** The start of a turn without messages: it answers the last one before it, or continues it. */
  async #findLast(input: TurnInput): Promise<TurnStart> {
    const { tenant, instructions, previous } = input;
    if (previous !== undefined) {
      const tail: Message[] = [];
      for await (const node of this.#parts.conversations.backwards(tenant, previous)) {
        const same = node.instructions === (instructions ?? null);
        const [first] = tail;
        if (first !== undefined && !first.continues && same) {
          requireLast(tail.at(-1));
          const wanted = wantedOf(input, joinContinued(tail));
          const names = await extendPrefix(node.prefix, wanted.messages);
          return await this.#goOn(input, wanted, node, names.at(-1) ?? node.prefix);
        }
        const last = node.messages.at(-1);
        if (first === undefined && same && last !== undefined && last.role !== "assistant") {
          return await this.#goOn(input, { messages: [], prefill: undefined }, node, node.prefix);
        }
        // Its text is not there to be read again, so its state has to do.
        if (node.messages.some(({ ingested }) => ingested)) break;
        tail.unshift(...node.messages);
      }
    }
    // Of a state alone nobody knows what it has read last.
    const again = await this.#again(input);
    requireLast(again.last);
    return await this.#resume(input, again);
  }

  /**
   * Goes on from a stored response with messages that it has not read, or from the prompt that they are.
   *
   * @param prefix names all messages but the one that the answer continues
   */
  async #goOn(
    input: TurnInput,
    wanted: Wanted,
    node: ResponseNode,
    prefix: string,
  ): Promise<TurnStart> {
    const { tenant } = input;
    const prefill = startOf(input, wanted);
    const names = input.readOnly ? [] : await this.#promptNames(prefix, prefill.prefill);
    const read = await this.#finder.deepest(tenant, names);
    if (read !== undefined) {
      const start = { ...read.loaded, unread: [], prefix, ...prefill };
      return read.index === 0
        ? { origin: prefill.prefill?.unread ? "prefix" : "prompt", ...start }
        : { origin: "prompt", ...start, ...readPrefill(prefill) };
    }
    try {
      const loaded = await this.#finder.load(tenant, node);
      return { origin: "response", ...loaded, unread: wanted.messages, prefix, ...prefill };
    } catch (error) {
      // Another model's, or of a build that wrote states in another way. What was said is known.
      if (!(error instanceof StateError)) throw error;
      return await this.#resume(input, await this.#again(input));
    }
  }

  /** What the state of a prompt is filed under: without the beginning of an answer, and with it. */
  async #promptNames(prefix: string, prefill: StartedAnswer | undefined): Promise<string[]> {
    const without = await this.promptName({ prefix });
    return prefill?.unread ? [without, await this.promptName({ prefix, prefill })] : [without];
  }

  /** Goes on from the stored state that has read most of these messages. */
  async #resume(
    input: TurnInput,
    wanted: Rereading,
  ): Promise<TurnStart> {
    const { tenant, readOnly = false } = input;
    const { messages: conversation, base, known } = wanted;
    const prefill = startOf(input, wanted);
    const before = base?.prefix ?? await emptyPrefix(this.#seed);
    const hashes = await extendPrefix(before, conversation);
    const prefix = hashes.at(-1) ?? before;
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
      // Where nothing is to be answered, the state of a whole prompt has read too much.
      const last = depth === conversation.length;
      if (last ? !readOnly : conversation[depth]!.role === "assistant") {
        names.push(await this.promptName({ prefix: hash }));
        depths.push(depth);
      }
    }
    if (prefill.prefill?.unread) {
      names.push(await this.promptName({ prefix, ...prefill }));
      depths.push(conversation.length + 1);
    }
    const filed = await this.#finder.deepest(tenant, names);
    const depth = filed === undefined ? 0 : depths[filed.index]!;
    const from = await this.#known(tenant, known, depth) ??
      (filed === undefined ? undefined : { loaded: filed.loaded, depth });
    if (from === undefined || (from.depth <= system && from.loaded.logits === undefined)) {
      return await this.#inHead(input, wanted, { system, hashes: [before, ...hashes] }, from);
    }
    const unread = conversation.slice(from.depth);
    const rest = from.depth > conversation.length ? readPrefill(prefill) : prefill;
    const whole = unread.length === 0 && from.loaded.logits !== undefined && !rest.prefill?.unread;
    return { origin: whole ? "prompt" : "prefix", ...from.loaded, unread, prefix, ...rest };
  }

  /** The state that is known to have read some messages, if that is more than so many. */
  async #known(
    tenant: string,
    known: FoundPrefix | undefined,
    depth: number,
  ): Promise<ReadMessages | undefined> {
    if (known === undefined || known.depth <= depth) return undefined;
    try {
      return { loaded: await this.#finder.load(tenant, known.snapshot), depth: known.depth };
    } catch (error) {
      // It only saves work: if it is damaged it is passed over.
      if (!(error instanceof CorruptSnapshotError || error instanceof StateError)) throw error;
      return undefined;
    }
  }

  /** A start before the first answer: there may be states inside messages, and some are worth keeping. */
  async #inHead(
    input: TurnInput,
    wanted: Rereading,
    { system, hashes }: { readonly system: number; readonly hashes: readonly string[] },
    from: ReadMessages | undefined,
  ): Promise<TurnStart> {
    const { tenant, readOnly = false } = input;
    const { messages: conversation } = wanted;
    const { template, tokenizer, inference, conversations } = this.#parts;
    const { base } = wanted;
    const { loaded, depth } = from ?? { loaded: await this.#earliest(tenant, base), depth: 0 };
    const start: TurnStart = {
      origin: loaded.manifest === null ? "nothing" : "prefix",
      ...loaded,
      unread: conversation.slice(depth),
      prefix: hashes.at(-1)!,
      ...startOf(input, wanted),
    };
    if (depth >= system && !PromptHead.isLong(conversation)) return start;
    const head = new PromptHead(
      { template, tokenizer, fingerprint: inference.fingerprint },
      conversation,
      system,
      hashes,
      { answered: !readOnly, after: base === undefined ? "nothing" : "messages" },
    );
    const places = await head.places(depth);
    const found = await this.#finder.deepest(tenant, places.map(({ name }) => name));
    const bytes = 4 * loaded.state.data.length;
    const most = Math.floor(conversations.cacheBytes(tenant) / (PARTS_FOR_CUTS * bytes));
    if (found === undefined) {
      return { ...start, worthKeeping: await head.worthKeeping(depth, 0, most) };
    }
    const { messages, begun } = places[found.index]!;
    return {
      ...start,
      origin: "prefix",
      ...found.loaded,
      unread: conversation.slice(messages),
      begun,
      worthKeeping: await head.worthKeeping(messages, begun, most),
    };
  }

  /**
   * The earliest state that there is.
   *
   * @param base the response after whose text there is one. Absent: it is the empty one.
   * @throws {TextNotKeptError} if that is none of this model
   */
  async #earliest(tenant: string, base: ResponseNode | undefined): Promise<FoundState> {
    if (base === undefined) return this.#finder.empty();
    try {
      return await this.#finder.load(tenant, base);
    } catch (error) {
      throw error instanceof StateError ? new TextNotKeptError("model", { cause: error }) : error;
    }
  }

  /** What the state after the prompt of a turn is filed under. */
  async promptName({ prefix, prefill }: Pick<TurnStart, "prefix" | "prefill">): Promise<string> {
    const { fingerprint } = this.#parts.inference;
    if (prefill === undefined || prefill.read === "") return await promptName(prefix, fingerprint);
    const read = await extendPrefix(prefix, [{ role: "assistant", text: prefill.read }]);
    return await prefillName(read[0]!, fingerprint);
  }

  /** Goes on from a state that its client kept. */
  async #unseal(input: TurnInput, sealed: string): Promise<TurnStart> {
    const { tenant, instructions } = input;
    const wanted = wantedOf(input, input.messages);
    const { inference: { layout }, sealer } = this.#parts;
    const opened = await sealer.open(this.owner(tenant), layout, sealed);
    // There is no text from which another state could be made.
    if (opened.instructions !== await nameOfInstructions(instructions)) {
      throw new OtherInstructionsError();
    }
    const { response: sealedParent, state, tokens } = opened;
    const prefix = (await extendPrefix(opened.prefix, wanted.messages)).at(-1) ?? opened.prefix;
    return {
      manifest: null,
      origin: "response",
      state,
      tokens,
      unread: wanted.messages,
      prefix,
      ...startOf(input, wanted),
      sealedParent,
    };
  }

  /** Whose the states are that are sealed for a tenant. */
  owner(tenant: string): SealOwner {
    return { tenant, modelFingerprint: this.#parts.inference.modelFingerprint };
  }

  /**
   * Finds the state that an earlier run of the turn began with.
   *
   * @throws {AnswerOfOtherModelError} if another model began it, and has said something.
   */
  async findAgain(input: TurnInput, { start, tokens: said }: TurnResumption): Promise<TurnStart> {
    const { tenant, messages } = input;
    const { manifest, unread: count, begun, prefix, model } = start;
    const own = this.#parts.inference.modelFingerprint;
    const anew = () => {
      if (said.length > 0) throw new AnswerOfOtherModelError();
      return this.find(input);
    };
    if ((model ?? own) !== own) return await anew();
    const within = count <= messages.length && messages.length > 0;
    const wanted = within ? wantedOf(input, messages) : await this.#again(input);
    const prefill = startOf(input, wanted);
    const left = count - (prefill.prefill?.unread ? 1 : 0);
    const unread = left <= 0 ? [] : wanted.messages.slice(-left);
    try {
      const loaded = manifest === null
        ? this.#finder.empty()
        : await this.#finder.load(tenant, { manifest });
      return {
        origin: manifest === null ? "nothing" : "response",
        ...loaded,
        unread,
        ...(begun === undefined ? {} : { begun }),
        prefix,
        ...(count === 0 ? readPrefill(prefill) : prefill),
      };
    } catch (error) {
      if (error instanceof StateError) return await anew();
      // The snapshot of messages that were sent whole is not kept for ever. Their text is.
      if (!(error instanceof CorruptSnapshotError)) throw error;
      return await this.find(input);
    }
  }
}

/**
 * Requires that the last message can be answered or continued.
 *
 * @throws {NothingToAnswerError} if there is none, or it is a call
 * @throws {TextNotKeptError} if it would have to be continued, and is not kept
 */
function requireLast(last: Message | undefined): void {
  if (last === undefined || last.tool?.type === "call") throw new NothingToAnswerError();
  if (last.ingested && last.role === "assistant") throw new TextNotKeptError("continuation");
}

/** What a sealed state knows of the instructions that it has read. */
export async function nameOfInstructions(instructions: string | undefined): Promise<string | null> {
  if (instructions === undefined) return null;
  return toText(await sha256(new TextEncoder().encode(instructions)));
}

/** The instructions of a turn as the message that they are. */
function systemMessage({ instructions }: TurnInput): Message[] {
  return instructions === undefined ? [] : [{ role: "system", text: instructions }];
}
