import type { ResponseNode } from "../tree/response_node.ts";
import type { ResponseTree, StateStep } from "../tree/response_tree.ts";
import { CorruptSnapshotError, StateNotKeptError } from "../records/errors.ts";
import type { LoadedState, Snapshot } from "../tree/snapshot.ts";
import { type EngineInfo, firstState } from "../engine/engine.ts";
import { StateError, StateMismatchError } from "../state/errors.ts";
import { StoreUnavailableError } from "../store/errors.ts";

/** A state, and its snapshot: `null` for the empty state. */
export type FoundState = LoadedState & {
  readonly manifest: string | null;
  /** What has to be read after the state to recompute the wanted one, if that was not kept. */
  readonly path?: UnreadPath;
};

/** The path from a kept state to one that was not. */
export interface UnreadPath {
  /** Tokens that the kept state has read. */
  readonly cached: number;
  readonly steps: readonly StateStep[];
  /** The name under which the recomputed state is cached. */
  readonly name: string;
}

/** How often a path is looked for again if its first state is removed meanwhile. */
const ATTEMPTS = 3;

/** What a {@linkcode StateFinder} needs. */
export interface StateFinderParts {
  readonly inference: Pick<
    EngineInfo,
    "layout" | "modelFingerprint" | "initialState" | "initialTokens"
  >;
  readonly tree: ResponseTree;
  /** Reports failures that did not stop an answer. */
  readonly report?: ((message: string, error: unknown) => void) | undefined;
}

/** Finds stored states of one model by name. */
export class StateFinder {
  readonly #parts: StateFinderParts;

  constructor(parts: StateFinderParts) {
    this.#parts = parts;
  }

  /** The state before the first token of a text. */
  empty(): FoundState {
    const { inference } = this.#parts;
    return { manifest: null, state: firstState(inference), tokens: inference.initialTokens ?? 0 };
  }

  /** @throws what {@linkcode ResponseTree.loadState} throws */
  async load(tenant: string, { manifest }: Snapshot): Promise<FoundState> {
    const { inference: { layout, modelFingerprint }, tree } = this.#parts;
    const expected = { layout, modelFingerprint };
    return { manifest, ...await tree.loadState(tenant, { manifest }, expected) };
  }

  /**
   * The state of a response, or if it was not kept the nearest one before it, with the path from there.
   *
   * @returns `tokens` always counts what the state of the response itself has read
   * @throws what {@linkcode ResponseTree.loadState} throws
   */
  async ofResponse(tenant: string, node: ResponseNode): Promise<FoundState> {
    const { inference: { modelFingerprint }, tree } = this.#parts;
    const { manifest, tokens } = node;
    for (let attempt = 1;; attempt++) {
      try {
        return await this.load(tenant, node);
      } catch (error) {
        if (!(error instanceof StateNotKeptError)) throw error;
      }
      if (node.modelFingerprint !== modelFingerprint) {
        throw new StateMismatchError(modelFingerprint, node.modelFingerprint);
      }
      // Cannot collide with a hash of messages.
      const name = `computed/${node.id}`;
      const again = await this.deepest(tenant, [name]);
      if (again !== undefined) return { ...again.loaded, manifest };
      const { from, steps } = await tree.pathTo(tenant, node);
      try {
        const { state, tokens: cached } = from === null
          ? this.empty()
          : await this.load(tenant, from);
        return { manifest, state, tokens, path: { cached, steps, name } };
      } catch (error) {
        if (!(error instanceof StateNotKeptError) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  /**
   * The state found under the last of these names that has one.
   *
   * These states are an optimization: damaged ones are skipped, and if the store does not answer, none is found.
   *
   * @returns the state, and the index of its name
   */
  async deepest(
    tenant: string,
    names: readonly string[],
  ): Promise<{ readonly loaded: FoundState; readonly index: number } | undefined> {
    const { tree } = this.#parts;
    for (let end = names.length; end > 0;) {
      let before = 0;
      try {
        const found = await tree.deepestPrefix(tenant, names.slice(0, end));
        if (found === undefined) return undefined;
        before = found.depth - 1;
        return { loaded: await this.load(tenant, found.snapshot), index: before };
      } catch (error) {
        if (error instanceof StoreUnavailableError) {
          before = 0;
          this.#parts.report?.("looking up a cached state failed", error);
        } else if (!(error instanceof CorruptSnapshotError || error instanceof StateError)) {
          throw error;
        }
        end = before;
      }
    }
    return undefined;
  }
}
