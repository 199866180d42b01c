import type { EngineInfo } from "../engine/engine.ts";
import type { Sequence } from "../engine/inference.ts";
import type { Message, SplitAnswer } from "../prompt/message.ts";
import { roundState } from "../state/codec.ts";
import { type StatePrecision, STORED_PRECISION } from "../state/precision.ts";
import type { StateSealer } from "../state/sealed_state.ts";
import { StoreUnavailableError } from "../store/errors.ts";
import type { TurnCommit } from "../tree/commit_turn.ts";
import type { Computed } from "../tree/response_node.ts";
import type { ResponseTree } from "../tree/response_tree.ts";
import type { LoadedState } from "../tree/snapshot.ts";
import type { Item } from "../tree/transcript.ts";
import { joinContinued } from "./prefill.ts";
import { nameOfInstructions, type StartFinder } from "./start_finder.ts";
import { extendPrefix } from "./state_names.ts";
import type { TurnEnd, TurnRequest } from "./turn.ts";
import type { TurnStart } from "./turn_start.ts";

/** What a {@linkcode TurnKeeper} needs. */
export interface TurnKeeperParts {
  readonly inference: Pick<EngineInfo, "fingerprint" | "modelFingerprint">;
  readonly tree: ResponseTree;
  readonly sealer: StateSealer;
  readonly starts: StartFinder;
  /** Precision of the states of stored responses. @default "f16" */
  readonly statePrecision?: StatePrecision;
  /** Reports failures that did not stop an answer. */
  readonly report?: (message: string, error: unknown) => void;
}

/** The result of a turn, and how it came about. */
interface TurnOutcome {
  readonly came: Pick<TurnEnd, "reason" | "usage">;
  /** Tokens that the state after it has read. */
  readonly tokens: number;
  /** How to recompute the state after it. */
  readonly computed?: Computed;
  /** The name of the cached state after its prompt. */
  readonly prompt?: string;
}

/** Whether the state after a turn may be continued. */
export function keepsAnything(
  { ephemeral = false, onKept, sealAs, prompt }: TurnRequest,
): boolean {
  // A raw prompt is not a conversation, so nothing continues it.
  if (prompt !== undefined) return false;
  return !ephemeral || onKept !== undefined || sealAs !== undefined;
}

/** Stores the results of turns: in the store, with the client, or in memory. */
export class TurnKeeper {
  readonly #parts: TurnKeeperParts;
  readonly #precision: StatePrecision;

  constructor(parts: TurnKeeperParts) {
    this.#parts = parts;
    this.#precision = parts.statePrecision ?? STORED_PRECISION;
  }

  /** Stores a state in the prefix cache. Failures are logged, and do not affect the turn. */
  async keep(
    tenant: string,
    name: string,
    kept: Pick<LoadedState, "state" | "logits" | "base">,
    tokens: number,
  ): Promise<void> {
    const { tree, inference: { modelFingerprint } } = this.#parts;
    const snapshot = { ...kept, name, tokens, modelFingerprint, precision: "f32" } as const;
    await tree.keepSnapshot(tenant, snapshot)
      .catch((error) => this.#parts.report?.("caching a state failed", error));
  }

  /** Persists the finished turn, or gives it to its client, if the request asked for that. */
  async end(
    request: TurnRequest,
    seed: number,
    start: TurnStart,
    answer: SplitAnswer,
    sequence: Sequence,
    { came, tokens, ...how }: TurnOutcome,
  ): Promise<TurnEnd> {
    const { ephemeral = false, onKept, sealAs, instructions, tenant } = request;
    let end: TurnEnd = { type: "end", ...came };
    if (!keepsAnything(request)) return end;
    const exact = await sequence.state();
    // Continuing must give the same bits from the store as from memory.
    const state = request.storeAs === undefined ? exact : roundState(exact, this.#precision);
    const reply = this.#reply(request, answer, start.prefill?.message);
    const messages = reply.map(({ message }) => message);
    const added = joinContinued([...start.prefill ? [start.prefill.message] : [], ...messages]);
    const prefix = (await extendPrefix(start.prefix, added)).at(-1) ?? start.prefix;
    if (!ephemeral) {
      await this.#store(request, seed, reply, { state, tokens, prefix }, how, end);
    }
    if (sealAs !== undefined) {
      const sealed = await this.#parts.sealer.seal(this.#parts.starts.owner(tenant), {
        response: sealAs,
        parent: start.sealedParent ?? request.previous ?? null,
        state,
        tokens,
        instructions: await nameOfInstructions(instructions),
        prefix,
      });
      end = { ...end, sealed };
    }
    if (onKept === undefined) return end;
    const said = [...await this.#parts.starts.before(request), ...request.messages, ...messages];
    const { modelFingerprint } = this.#parts.inference;
    onKept({ state, modelFingerprint, tokens, prefix, instructions, messages: said });
    return end;
  }

  /** The messages of an answer. The first one may continue another. */
  #reply(
    { toReply, readOnly = false }: TurnRequest,
    answer: SplitAnswer,
    continued: Message | undefined,
  ): readonly Item[] {
    if (readOnly) return [];
    const reply = toReply?.(answer) ??
      [{ id: "", message: { role: "assistant", text: answer.answer } }];
    if (continued === undefined) return reply;
    return reply.map(({ id, message }, index) =>
      index === 0 ? { id, message: { ...message, continues: true } } : { id, message }
    );
  }

  async #store(
    request: TurnRequest,
    seed: number,
    reply: readonly Item[],
    reached: Pick<TurnCommit, "state" | "tokens" | "prefix">,
    { computed, prompt }: Pick<TurnOutcome, "computed" | "prompt">,
    end: TurnEnd,
  ): Promise<void> {
    const { tree, inference } = this.#parts;
    const { modelFingerprint, fingerprint: engineFingerprint } = inference;
    const { storeAs, itemIds, toReply } = request;
    const named = itemIds !== undefined && (toReply !== undefined || reply.length === 0);
    const node = storeAs === undefined ? {} : {
      node: {
        id: storeAs,
        parent: request.previous ?? null,
        instructions: request.instructions ?? null,
        messages: [...request.messages, ...reply.map(({ message }) => message)],
        ...(named ? { itemIds: [...itemIds, ...reply.map(({ id }) => id)] } : {}),
        engineFingerprint,
        seed,
        ...computed === undefined ? {} : { computed },
      },
    };
    const turn: TurnCommit = {
      ...node,
      ...reached,
      ...prompt === undefined ? {} : { prompt },
      modelFingerprint,
      // A cached state must not change later answers.
      precision: storeAs === undefined ? "f32" : this.#precision,
    };
    const more = request.commitWith && (() => request.commitWith!(end));
    try {
      await tree.commitTurn(request.tenant, turn, more);
    } catch (error) {
      // The state of a turn that is not stored goes into the cache only.
      const spared = request.storeAs === undefined && error instanceof StoreUnavailableError;
      if (!spared) throw error;
      this.#parts.report?.("caching a state failed", error);
    }
  }
}
