import type { ConversationStore } from "../conversation/conversation_store.ts";
import { sha256, toText } from "../conversation/digest.ts";
import { CorruptSnapshotError, TextNotKeptError } from "../conversation/errors.ts";
import type { Message } from "../conversation/message.ts";
import { extendPrefix, prefixHashes } from "../conversation/prefix_hashes.ts";
import type { ResponseNode } from "../conversation/response_node.ts";
import type { FoundPrefix, Snapshot } from "../conversation/snapshot.ts";
import type { EngineInfo } from "../engine/engine.ts";
import { StateError } from "../state/errors.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import type { SealOwner, StateSealer } from "../state/sealed_state.ts";
import type { TurnOrigin } from "./meter.ts";
import { OtherInstructionsError } from "./other_instructions_error.ts";
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
  /** Messages that it has not read. */
  readonly unread: readonly Message[];
  /** Names the conversation, the unread messages included. */
  readonly prefix: string;
  /** The response that it goes on from, where only its client knows it. */
  readonly sealedParent?: string;
}

/** What a {@linkcode TurnStarts} looks with. */
export interface TurnStartsParts {
  readonly inference: Pick<EngineInfo, "layout" | "modelFingerprint">;
  readonly conversations: ConversationStore;
  readonly sealer: StateSealer;
  readonly template: ChatTemplate;
}

/** Finds where turns begin. */
export class TurnStarts {
  readonly #parts: TurnStartsParts;

  constructor(parts: TurnStartsParts) {
    this.#parts = parts;
  }

  /** All messages of a turn, those before it included. */
  async #conversation(input: TurnInput): Promise<Message[]> {
    return [...systemMessage(input), ...await this.before(input), ...input.messages];
  }

  /** The messages before a turn. */
  async before({ tenant, previous, kept }: TurnInput): Promise<readonly Message[]> {
    if (previous === undefined) return kept?.messages ?? [];
    const before = await this.#parts.conversations.history(tenant, previous);
    if (before.some(({ ingested }) => ingested)) throw new TextNotKeptError();
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
    if (previous === undefined) {
      return await this.#resume(tenant, await this.#conversation(input));
    }
    const node = await conversations.node(tenant, previous);
    if (node.instructions === (instructions ?? null)) {
      const prefix = await extend(node.prefix);
      return { origin: "response", ...await this.#load(tenant, node), unread: messages, prefix };
    }
    // The state has read other instructions, so it is no state of this conversation. One before it may be.
    const system = systemMessage(input);
    const lineage = await conversations.lineage(tenant, previous);
    if (lineage.some(({ messages }) => messages.some(({ ingested }) => ingested))) {
      throw new TextNotKeptError();
    }
    const ancestor = lineage.findLastIndex((node) => node.instructions === (instructions ?? null));
    const count = (nodes: readonly ResponseNode[]) => nodes.flatMap((node) => node.messages).length;
    return await this.#resume(
      tenant,
      [...system, ...lineage.flatMap((node) => node.messages), ...messages],
      ancestor < 0 ? undefined : {
        snapshot: lineage[ancestor]!,
        depth: system.length + count(lineage.slice(0, ancestor + 1)),
      },
    );
  }

  /**
   * Goes on from the stored state that has read most of these messages.
   *
   * @param known one that is known to have read some
   */
  async #resume(
    tenant: string,
    conversation: readonly Message[],
    known?: FoundPrefix,
  ): Promise<TurnStart> {
    const { inference, conversations } = this.#parts;
    const seed = `${inference.modelFingerprint}/${this.#parts.template.id}`;
    const hashes = await prefixHashes(seed, conversation);
    const prefix = hashes.at(-1)!;
    // Something must be left to read.
    for (let end = conversation.length - 1; end > 0;) {
      const filed = await conversations.deepestPrefix(tenant, hashes.slice(0, end));
      const found = known !== undefined && known.depth <= end && known.depth > (filed?.depth ?? 0)
        ? known
        : filed;
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

  #empty(): Pick<TurnStart, "manifest" | "state" | "tokens"> {
    return { manifest: null, state: RecurrentState.empty(this.#parts.inference.layout), tokens: 0 };
  }

  async #load(
    tenant: string,
    { manifest }: Snapshot,
  ): Promise<Pick<TurnStart, "manifest" | "state" | "tokens">> {
    const { inference: { layout, modelFingerprint }, conversations } = this.#parts;
    const expected = { layout, modelFingerprint };
    return { manifest, ...await conversations.loadState(tenant, { manifest }, expected) };
  }

  /** Finds the state that an earlier run of the turn began with. */
  async findAgain(input: TurnInput, { start }: TurnResumption): Promise<TurnStart> {
    const { tenant, messages } = input;
    const { manifest, unread: count, prefix } = start;
    const all = count <= messages.length ? messages : await this.#conversation(input);
    const unread = count === 0 ? [] : all.slice(-count);
    try {
      const loaded = manifest === null ? this.#empty() : await this.#load(tenant, { manifest });
      return { origin: manifest === null ? "nothing" : "response", ...loaded, unread, prefix };
    } catch (error) {
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
