import type { ResponseNode } from "../tree/response_node.ts";
import type { ResponseTree, StateStep } from "../tree/response_tree.ts";
import { CorruptSnapshotError, StateNotKeptError } from "../records/errors.ts";
import type { LoadedState, Snapshot } from "../tree/snapshot.ts";
import { type EngineInfo, firstState } from "../engine/engine.ts";
import { StateError, StateMismatchError } from "../state/errors.ts";
import { StoreUnavailableError } from "../store/errors.ts";

/** A state, and the snapshot that it is of: `null` if it is the empty one. */
export type FoundState = LoadedState & {
  readonly manifest: string | null;
  /** What has to be read after the state to get the one that was looked for, if that was not kept. */
  readonly path?: UnreadPath;
};

/** What leads from a state that is kept to one that is not. */
export interface UnreadPath {
  /** Tokens that the kept state has read. */
  readonly cached: number;
  readonly steps: readonly StateStep[];
  /** What the state at the end is filed under, to be found the next time. */
  readonly name: string;
}

/** Times that a path is looked for whose first state is removed meanwhile. */
const ATTEMPTS = 3;

/** What a {@linkcode StateFinder} looks with. */
export interface StateFinderParts {
  readonly inference: Pick<
    EngineInfo,
    "layout" | "modelFingerprint" | "initialState" | "initialTokens"
  >;
  readonly tree: ResponseTree;
  /** Told of what went wrong and kept nobody from an answer. */
  readonly report?: ((message: string, error: unknown) => void) | undefined;
}

/** Finds stored states of one model by their names. */
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
   * @returns `tokens` are always those that the state of the response itself has read
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
      // No hash of messages is one of these.
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
   * The last of these names that a state is found by.
   *
   * These states only save work: damaged ones are passed over, and a store that does not answer finds none.
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
          this.#parts.report?.("no state was looked for", error);
        } else if (!(error instanceof CorruptSnapshotError || error instanceof StateError)) {
          throw error;
        }
        end = before;
      }
    }
    return undefined;
  }
}
