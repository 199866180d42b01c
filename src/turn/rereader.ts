import type { EngineInfo } from "../engine/engine.ts";
import { PromptHead } from "../prompt/prompt_head.ts";
import type { ChatTemplate } from "../prompt/template.ts";
import { CorruptSnapshotError, TextNotKeptError } from "../records/errors.ts";
import { StateError } from "../state/errors.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import type { ResponseNode } from "../tree/response_node.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import { asksUser, readPrefill, startOf } from "./prefill.ts";
import type { KnownResponse, Rereading } from "./read_again.ts";
import type { FoundState, StateFinder } from "./state_finder.ts";
import { extendPrefix, type StateNames } from "./state_names.ts";
import type { TurnInput } from "./turn.ts";
import type { TurnStart } from "./turn_start.ts";

/** A state, and how many messages it has read. */
interface ReadMessages {
  readonly loaded: FoundState;
  readonly depth: number;
  /** The response whose state it is, if any. */
  readonly base?: string;
}

/** The inverse share of a tenant's state bytes that states inside a message may take. */
const PARTS_FOR_CUTS = 8;

/** What a {@linkcode Rereader} needs. */
export interface RereaderParts {
  readonly inference: Pick<EngineInfo, "fingerprint" | "initialTokens">;
  readonly tree: Pick<ResponseTree, "cacheBytes">;
  readonly template: ChatTemplate;
  readonly tokenizer: Tokenizer;
}

/** Finds starts of turns whose conversation is known as text: sent whole, or reread. */
export class Rereader {
  readonly #parts: RereaderParts;
  readonly #finder: StateFinder;
  readonly #names: StateNames;

  constructor(parts: RereaderParts, finder: StateFinder, names: StateNames) {
    this.#parts = parts;
    this.#finder = finder;
    this.#names = names;
  }

  /**
   * The start of a turn whose conversation is reread: at the stored state that has read most of it.
   *
   * @throws {TextNotKeptError} if a text that is not kept would have to be reread
   */
  async start(input: TurnInput, wanted: Rereading): Promise<TurnStart> {
    const { tenant, readOnly = false } = input;
    const { messages: conversation, base, known } = wanted;
    const prefill = startOf(input, wanted, this.#parts.template);
    const before = base?.prefix ?? await this.#names.ofNothing();
    const hashes = await extendPrefix(before, conversation);
    const prefix = hashes.at(-1) ?? before;
    const first = conversation.findIndex(({ role }) => role !== "system");
    const system = first < 0 ? conversation.length : first;
    // Candidate states, the longest prefix last, and how many messages each has read.
    const names: string[] = [];
    const depths: number[] = [];
    for (const [index, hash] of hashes.entries()) {
      const depth = index + 1;
      if (conversation[index]!.role === "assistant" || depth === system) {
        names.push(hash);
        depths.push(depth);
      }
      // If there is no answer, or the user asks for thoughts, the state of a whole prompt has read too much.
      const last = depth === conversation.length;
      if (last ? !readOnly && !asksUser(input) : conversation[depth]!.role === "assistant") {
        names.push(await this.#names.ofPrompt({ prefix: hash }));
        depths.push(depth);
      }
    }
    if (prefill.prefill?.unread) {
      names.push(await this.#names.ofPrompt({ prefix, ...prefill }));
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
    const start = { ...from.loaded, unread, prefix, ...rest };
    const exact = from.base === undefined
      ? this.#exact(wanted, from.loaded, prefill)
      : { exact: { base: from.base, tokens: from.loaded.tokens, unread, ...prefill } };
    return { origin: whole ? "prompt" : "prefix", ...start, ...exact };
  }

  /**
   * The start without optional states, if this one was computed from the earliest state with the prompt's wording of the
   * messages.
   */
  #exact(
    { base, messages }: Rereading,
    { manifest, base: from }: Pick<FoundState, "manifest" | "base">,
    prefill: Pick<TurnStart, "prefill">,
  ): Pick<TurnStart, "exact"> {
    const earliest = base?.manifest ?? null;
    const root = base?.id ?? null;
    const tokens = base?.tokens ?? this.#parts.inference.initialTokens ?? 0;
    if (manifest !== earliest && from !== root) return {};
    return { exact: { base: root, tokens, unread: messages, ...prefill } };
  }

  /** The known state, if it has read more messages than the given number. */
  async #known(
    tenant: string,
    known: KnownResponse | undefined,
    depth: number,
  ): Promise<ReadMessages | undefined> {
    if (known === undefined || known.depth <= depth) return undefined;
    try {
      return {
        loaded: await this.#finder.ofResponse(tenant, known.node),
        depth: known.depth,
        base: known.node.id,
      };
    } catch (error) {
      // An optimization only: a damaged one is skipped.
      if (!(error instanceof CorruptSnapshotError || error instanceof StateError)) throw error;
      return undefined;
    }
  }

  /** A start before the first answer: states inside messages may exist, and some are worth storing. */
  async #inHead(
    input: TurnInput,
    wanted: Rereading,
    { system, hashes }: { readonly system: number; readonly hashes: readonly string[] },
    from: ReadMessages | undefined,
  ): Promise<TurnStart> {
    const { tenant, readOnly = false } = input;
    const { messages: conversation } = wanted;
    const { template, tokenizer, inference, tree } = this.#parts;
    const { base } = wanted;
    const { loaded, depth } = from ?? { loaded: await this.#earliest(tenant, base), depth: 0 };
    const prefill = startOf(input, wanted, this.#parts.template);
    const start: TurnStart = {
      origin: loaded.manifest === null ? "nothing" : "prefix",
      ...loaded,
      unread: conversation.slice(depth),
      prefix: hashes.at(-1)!,
      ...prefill,
      ...from?.base === undefined ? this.#exact(wanted, loaded, prefill) : {},
    };
    if (depth >= system && !PromptHead.isLong(conversation)) return start;
    const isFirst = base === undefined && !inference.initialTokens;
    const head = await PromptHead.of(
      { template, tokenizer, fingerprint: inference.fingerprint },
      conversation,
      system,
      hashes,
      { answered: !readOnly, after: isFirst ? "nothing" : "messages" },
    );
    const places = await head.places(depth);
    const found = await this.#finder.deepest(tenant, places.map(({ name }) => name));
    const bytes = 4 * loaded.state.data.length;
    const most = Math.floor(tree.cacheBytes(tenant) / (PARTS_FOR_CUTS * bytes));
    if (found === undefined) {
      return { ...start, worthKeeping: await head.worthKeeping(depth, 0, most) };
    }
    const { messages, begun } = places[found.index]!;
    const { path: _, exact: __, ...rest } = start;
    return {
      ...rest,
      origin: "prefix",
      ...found.loaded,
      ...this.#exact(wanted, found.loaded, prefill),
      unread: conversation.slice(messages),
      begun,
      worthKeeping: await head.worthKeeping(messages, begun, most),
    };
  }

  /**
   * The earliest available state.
   *
   * @param base the response after whose text it is. Absent: the empty state
   * @throws {TextNotKeptError} if that state belongs to another model
   */
  async #earliest(tenant: string, base: ResponseNode | undefined): Promise<FoundState> {
    if (base === undefined) return this.#finder.empty();
    try {
      return await this.#finder.ofResponse(tenant, base);
    } catch (error) {
      throw error instanceof StateError ? new TextNotKeptError("model", { cause: error }) : error;
    }
  }
}
