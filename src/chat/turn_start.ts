import type { ConversationStore } from "../conversation/conversation_store.ts";
import { sha256, toText } from "../conversation/digest.ts";
import { CorruptSnapshotError, TextNotKeptError } from "../conversation/errors.ts";
import type { Message } from "../conversation/message.ts";
import { extendPrefix, prefixHashes, promptName } from "../conversation/prefix_hashes.ts";
import type { LoadedState, Snapshot } from "../conversation/snapshot.ts";
import type { EngineInfo } from "../engine/engine.ts";
import { StateError } from "../state/errors.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import type { SealOwner, StateSealer } from "../state/sealed_state.ts";
import { StoreUnavailableError } from "../store/errors.ts";
import { AnswerOfOtherModelError } from "./answer_of_other_model_error.ts";
import type { TurnOrigin } from "./meter.ts";
import { OtherInstructionsError } from "./other_instructions_error.ts";
import { readAgain, type Rereading } from "./read_again.ts";
import type { ChatTemplate } from "./template.ts";
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
  /** Messages that it has not read. */
  readonly unread: readonly Message[];
  /** Names the conversation, the unread messages included. */
  readonly prefix: string;
  /** The response that it goes on from, where only its client knows it. */
  readonly sealedParent?: string;
  /** The system messages that it begins with, if their state is worth keeping for others: how many, and their name. */
  readonly system?: { readonly count: number; readonly name: string };
}

/** What a start is of a snapshot. */
type Loaded = LoadedState & Pick<TurnStart, "manifest">;

/** What a {@linkcode TurnStarts} looks with. */
export interface TurnStartsParts {
  readonly inference: Pick<EngineInfo, "layout" | "modelFingerprint" | "fingerprint">;
  readonly conversations: ConversationStore;
  readonly sealer: StateSealer;
  readonly template: ChatTemplate;
  /** Told of what went wrong and kept nobody from an answer. */
  readonly report?: ((message: string, error: unknown) => void) | undefined;
}

/** Finds where turns begin. */
export class TurnStarts {
  readonly #parts: TurnStartsParts;

  constructor(parts: TurnStartsParts) {
    this.#parts = parts;
  }

  /** What a turn would read if it used no state but the earliest that there is. */
  async #again(input: TurnInput): Promise<Rereading> {
    const { tenant, previous, kept } = input;
    if (previous === undefined) {
      return { messages: [...systemMessage(input), ...kept?.messages ?? [], ...input.messages] };
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

  /** Finds the state that has read most of the conversation, and what it has not read. */
  async find(input: TurnInput): Promise<TurnStart> {
    const { tenant, instructions, messages, previous, kept, sealed } = input;
    const { conversations } = this.#parts;
    if (sealed !== undefined) return await this.#unseal(input, sealed);
    if (input.prompt !== undefined) {
      return { origin: "nothing", ...this.#empty(), unread: [], prefix: "" };
    }
    const extend = async (prefix: string) =>
      (await extendPrefix(prefix, messages)).at(-1) ?? prefix;
    if (kept !== undefined && kept.instructions === instructions) {
      const { state, tokens } = kept;
      const prefix = await extend(kept.prefix);
      return { origin: "response", manifest: null, state, tokens, unread: messages, prefix };
    }
    if (previous === undefined) return await this.#resume(input, await this.#again(input));
    const node = await conversations.node(tenant, previous);
    if (node.instructions === (instructions ?? null)) {
      const prefix = await extend(node.prefix);
      const read = input.readOnly
        ? undefined
        : await this.#deepest(tenant, [await this.promptName(prefix)]);
      if (read !== undefined) return { origin: "prompt", ...read.loaded, unread: [], prefix };
      try {
        return { origin: "response", ...await this.#load(tenant, node), unread: messages, prefix };
      } catch (error) {
        // Another model's, or of a build that wrote states in another way. What was said is known.
        if (!(error instanceof StateError)) throw error;
      }
    }
    // The state has read other instructions, or is none of this model. One before it may do.
    return await this.#resume(input, await this.#again(input));
  }

  /** Goes on from the stored state that has read most of these messages. */
  async #resume(
    { tenant, readOnly = false }: TurnInput,
    { messages: conversation, base, known }: Rereading,
  ): Promise<TurnStart> {
    const { inference } = this.#parts;
    const seed = `${inference.modelFingerprint}/${this.#parts.template.id}`;
    const hashes = base === undefined
      ? await prefixHashes(seed, conversation)
      : await extendPrefix(base.prefix, conversation);
    const prefix = hashes.at(-1) ?? base?.prefix ?? "";
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
        names.push(await this.promptName(hash));
        depths.push(depth);
      }
    }
    const filed = await this.#deepest(tenant, names);
    const depth = filed === undefined ? 0 : depths[filed.depth - 1]!;
    if (known !== undefined && known.depth > depth) {
      try {
        const loaded = await this.#load(tenant, known.snapshot);
        return { origin: "prefix", ...loaded, unread: conversation.slice(known.depth), prefix };
      } catch (error) {
        // It only saves work: if it is damaged it is passed over.
        if (!(error instanceof CorruptSnapshotError || error instanceof StateError)) throw error;
      }
    }
    if (filed !== undefined) {
      const unread = conversation.slice(depth);
      const whole = unread.length === 0 && filed.loaded.logits !== undefined;
      return { origin: whole ? "prompt" : "prefix", ...filed.loaded, unread, prefix };
    }
    const start: TurnStart = base === undefined
      ? { origin: "nothing", ...this.#empty(), unread: conversation, prefix }
      : { origin: "prefix", ...await this.#loadText(tenant, base), unread: conversation, prefix };
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

  /** What the state after a prompt is filed under. */
  promptName(prefix: string): Promise<string> {
    return promptName(prefix, this.#parts.inference.fingerprint);
  }

  /** Goes on from a state that its client kept. */
  async #unseal(
    { tenant, instructions, messages }: TurnInput,
    sealed: string,
  ): Promise<TurnStart> {
    const { inference: { layout }, sealer } = this.#parts;
    const opened = await sealer.open(this.owner(tenant), layout, sealed);
    // There is no text from which another state could be made.
    if (opened.instructions !== await nameOfInstructions(instructions)) {
      throw new OtherInstructionsError();
    }
    const { response: sealedParent, state, tokens } = opened;
    const prefix = (await extendPrefix(opened.prefix, messages)).at(-1) ?? opened.prefix;
    return {
      manifest: null,
      origin: "response",
      state,
      tokens,
      unread: messages,
      prefix,
      sealedParent,
    };
  }

  /** Whose the states are that are sealed for a tenant. */
  owner(tenant: string): SealOwner {
    return { tenant, modelFingerprint: this.#parts.inference.modelFingerprint };
  }

  #empty(): Loaded {
    return { manifest: null, state: RecurrentState.empty(this.#parts.inference.layout), tokens: 0 };
  }

  async #load(tenant: string, { manifest }: Snapshot): Promise<Loaded> {
    const { inference: { layout, modelFingerprint }, conversations } = this.#parts;
    const expected = { layout, modelFingerprint };
    return { manifest, ...await conversations.loadState(tenant, { manifest }, expected) };
  }

  /** The state after a text that is not kept. @throws {TextNotKeptError} if it is none of this model. */
  async #loadText(tenant: string, base: Snapshot): Promise<Loaded> {
    try {
      return await this.#load(tenant, base);
    } catch (error) {
      throw error instanceof StateError ? new TextNotKeptError("model", { cause: error }) : error;
    }
  }

  /**
   * Finds the state that an earlier run of the turn began with.
   *
   * @throws {AnswerOfOtherModelError} if another model began it, and has said something.
   */
  async findAgain(input: TurnInput, { start, tokens: said }: TurnResumption): Promise<TurnStart> {
    const { tenant, messages } = input;
    const { manifest, unread: count, prefix, model } = start;
    const own = this.#parts.inference.modelFingerprint;
    const anew = () => {
      if (said.length > 0) throw new AnswerOfOtherModelError();
      return this.find(input);
    };
    if ((model ?? own) !== own) return await anew();
    const all = count <= messages.length ? messages : (await this.#again(input)).messages;
    const unread = count === 0 ? [] : all.slice(-count);
    try {
      const loaded = manifest === null ? this.#empty() : await this.#load(tenant, { manifest });
      return { origin: manifest === null ? "nothing" : "response", ...loaded, unread, prefix };
    } catch (error) {
      if (error instanceof StateError) return await anew();
      // The snapshot of messages that were sent whole is not kept for ever. Their text is.
      if (!(error instanceof CorruptSnapshotError)) throw error;
      return await this.find(input);
    }
  }
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
