import type { EngineInfo } from "../engine/engine.ts";
import type { Message } from "../prompt/message.ts";
import type { ChatTemplate } from "../prompt/template.ts";
import { sha256, toText } from "../records/digest.ts";
import { CorruptSnapshotError, TextNotKeptError } from "../records/errors.ts";
import { StateError } from "../state/errors.ts";
import type { SealOwner, StateSealer } from "../state/sealed_state.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ResponseNode } from "../tree/response_node.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import { AnswerOfOtherModelError, NothingToAnswerError, OtherInstructionsError } from "./errors.ts";
import { asksUser, joinContinued, readPrefill, startOf, type Wanted, wantedOf } from "./prefill.ts";
import { readAgain, type Rereading } from "./read_again.ts";
import { Rereader } from "./rereader.ts";
import { type FoundState, StateFinder } from "./state_finder.ts";
import { extendPrefix, StateNames } from "./state_names.ts";
import type { TurnInput, TurnResumption } from "./turn.ts";
import type { TurnStart } from "./turn_start.ts";

/** What a {@linkcode StartFinder} needs. */
export interface StartFinderParts {
  readonly inference: Pick<
    EngineInfo,
    "layout" | "modelFingerprint" | "fingerprint" | "initialTokens"
  >;
  readonly tree: ResponseTree;
  readonly sealer: StateSealer;
  readonly template: ChatTemplate;
  readonly tokenizer: Tokenizer;
  /** Reports failures that did not stop an answer. */
  readonly report?: ((message: string, error: unknown) => void) | undefined;
}

/** Finds where turns begin. */
export class StartFinder {
  readonly #parts: StartFinderParts;
  readonly #finder: StateFinder;
  readonly #names: StateNames;
  readonly #rereader: Rereader;

  constructor(parts: StartFinderParts) {
    this.#parts = parts;
    this.#finder = new StateFinder(parts);
    this.#names = new StateNames(parts);
    this.#rereader = new Rereader(parts, this.#finder, this.#names);
  }

  /** What a turn would read if it used only the earliest available state. */
  async #again(input: TurnInput): Promise<Rereading> {
    const { tenant, previous, kept, signal } = input;
    if (previous === undefined) {
      const said = [...kept?.messages ?? [], ...input.messages];
      const all = joinContinued([...systemMessage(input), ...said]);
      return { ...wantedOf(input, all), last: said.at(-1) };
    }
    const lineage = await this.#parts.tree.lineage(tenant, previous, { signal });
    return readAgain(lineage, input, this.#parts.inference.modelFingerprint);
  }

  /** The messages before a turn. */
  async before({ tenant, previous, kept, signal }: TurnInput): Promise<readonly Message[]> {
    if (previous === undefined) return kept?.messages ?? [];
    const before = await this.#parts.tree.history(tenant, previous, { signal });
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
    const { tree } = this.#parts;
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
    const own = this.#parts.inference.modelFingerprint;
    if (kept?.modelFingerprint === own && kept.instructions === instructions) {
      const { state, tokens } = kept;
      const prefix = await extend(kept.prefix);
      const from = { origin: "response", manifest: null, state, tokens } as const;
      return {
        ...from,
        unread: wanted.messages,
        prefix,
        ...startOf(input, wanted, this.#parts.template),
      };
    }
    if (previous === undefined) return await this.#rereader.start(input, await this.#again(input));
    const node = await tree.node(tenant, previous);
    if (node.instructions === (instructions ?? null)) {
      return await this.#goOn(input, wanted, node, await extend(node.prefix));
    }
    // The state has read other instructions. An earlier one may fit.
    return await this.#rereader.start(input, await this.#again(input));
  }

  /** The start of a turn without messages: it answers the last message before it, or continues it. */
  async #findLast(input: TurnInput): Promise<TurnStart> {
    const { tenant, instructions, previous, signal } = input;
    if (previous !== undefined) {
      const tail: Message[] = [];
      for await (const node of this.#parts.tree.backwards(tenant, previous, { signal })) {
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
        // Its text was not kept, so only its state can be used.
        if (node.messages.some(({ ingested }) => ingested)) break;
        tail.unshift(...node.messages);
      }
    }
    // A state alone does not tell which message it read last.
    const again = await this.#again(input);
    requireLast(again.last);
    return await this.#rereader.start(input, again);
  }

  /**
   * Starts from a stored response and messages that it has not read, or from the state of that very prompt.
   *
   * @param prefix the hash of all messages except the one that the answer continues
   */
  async #goOn(
    input: TurnInput,
    wanted: Wanted,
    node: ResponseNode,
    prefix: string,
  ): Promise<TurnStart> {
    const { tenant } = input;
    const prefill = startOf(input, wanted, this.#parts.template);
    const names = input.readOnly || asksUser(input)
      ? []
      : await this.#names.ofPrompts(prefix, prefill.prefill);
    const read = await this.#finder.deepest(tenant, names);
    const exact = {
      exact: { base: node.id, tokens: node.tokens, unread: wanted.messages, ...prefill },
    };
    if (read !== undefined) {
      const known = read.loaded.base === node.id ? exact : {};
      const start = { ...read.loaded, unread: [], prefix, ...prefill, ...known };
      return read.index === 0
        ? { origin: prefill.prefill?.unread ? "prefix" : "prompt", ...start }
        : { origin: "prompt", ...start, ...readPrefill(prefill) };
    }
    try {
      const loaded = await this.#finder.ofResponse(tenant, node);
      const start = { ...loaded, unread: wanted.messages, prefix, ...prefill, ...exact };
      return { origin: "response", ...start };
    } catch (error) {
      // The state belongs to another model or uses another format. The messages are known, so they can be reread.
      if (!(error instanceof StateError)) throw error;
      return await this.#rereader.start(input, await this.#again(input));
    }
  }

  /** The name of the state after the prompt of a turn. */
  async promptName(start: TurnStart): Promise<string> {
    return await this.#names.ofPrompt(start);
  }

  /** Starts from a sealed state that the client sent. */
  async #unseal(input: TurnInput, sealed: string): Promise<TurnStart> {
    const { tenant, instructions } = input;
    const wanted = wantedOf(input, input.messages);
    const { inference: { layout }, sealer } = this.#parts;
    const opened = await sealer.open(this.owner(tenant), layout, sealed);
    // There is no text to recompute the state from.
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
      ...startOf(input, wanted, this.#parts.template),
      sealedParent,
    };
  }

  /** The identity that states are sealed for: tenant and model. */
  owner(tenant: string): SealOwner {
    return { tenant, modelFingerprint: this.#parts.inference.modelFingerprint };
  }

  /** What is known of the messages that the start of an earlier run of the turn had read. */
  async #exactAgain(
    input: TurnInput,
    { manifest, base }: FoundState,
    wanted: Wanted,
    prefill: Pick<TurnStart, "prefill">,
  ): Promise<Pick<TurnStart, "exact">> {
    const { tenant, previous, instructions, kept, sealed, messages } = input;
    if (kept !== undefined || sealed !== undefined) return {};
    if (previous === undefined) {
      if (manifest !== null && base !== null) return {};
      const { messages: unread } = await this.#again(input);
      const tokens = this.#parts.inference.initialTokens ?? 0;
      return { exact: { base: null, tokens, unread, ...prefill } };
    }
    const node = await this.#parts.tree.node(tenant, previous);
    const whole = messages.length > 0 && node.instructions === (instructions ?? null);
    if (!whole || (manifest !== node.manifest && base !== node.id)) return {};
    return { exact: { base: node.id, tokens: node.tokens, unread: wanted.messages, ...prefill } };
  }

  /**
   * Finds the state that an earlier run of the turn started from.
   *
   * @throws {AnswerOfOtherModelError} if another model began it, and has generated text.
   */
  async findAgain(input: TurnInput, { start, tokens: said }: TurnResumption): Promise<TurnStart> {
    const { tenant, messages } = input;
    const { manifest, unread: count, begun, prefix, model } = start;
    const own = this.#parts.inference.modelFingerprint;
    const anew = () => {
      if (said.length > 0) throw new AnswerOfOtherModelError(own, model ?? own);
      return this.find(input);
    };
    if ((model ?? own) !== own) return await anew();
    const within = count <= messages.length && messages.length > 0;
    const wanted = within ? wantedOf(input, messages) : await this.#again(input);
    const prefill = startOf(input, wanted, this.#parts.template);
    const left = count - (prefill.prefill?.unread ? 1 : 0);
    const unread = left <= 0 ? [] : wanted.messages.slice(-left);
    try {
      const loaded = manifest === null
        ? this.#finder.empty()
        : await this.#finder.load(tenant, { manifest });
      return {
        origin: manifest === null ? "nothing" : "response",
        ...loaded,
        ...await this.#exactAgain(input, loaded, wanted, prefill),
        unread,
        ...(begun === undefined ? {} : { begun }),
        prefix,
        ...(count === 0 ? readPrefill(prefill) : prefill),
      };
    } catch (error) {
      if (error instanceof StateError) return await anew();
      // The snapshot of messages that were sent whole may have been evicted. Their text is still there.
      if (!(error instanceof CorruptSnapshotError)) throw error;
      return await this.find(input);
    }
  }
}

/**
 * Requires that the last message can be answered or continued.
 *
 * @throws {NothingToAnswerError} if there is none, or it is a call
 */
function requireLast(last: Message | undefined): void {
  if (last === undefined || last.tool?.type === "call") throw new NothingToAnswerError();
}

/** What a sealed state records of the instructions that it has read. */
export async function nameOfInstructions(instructions: string | undefined): Promise<string | null> {
  if (instructions === undefined) return null;
  return toText(await sha256(new TextEncoder().encode(instructions)));
}

/** The instructions of a turn, as a system message. */
function systemMessage({ instructions }: TurnInput): Message[] {
  return instructions === undefined ? [] : [{ role: "system", text: instructions }];
}
