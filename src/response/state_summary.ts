import type { ResponseTree } from "../tree/response_tree.ts";
import type { RwkvVersion } from "../state/layout.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { ExpectedState } from "../tree/snapshot.ts";
import type { RunStore } from "./run_store.ts";
import type { ResponseService } from "./stored_response.ts";

/** RWKV-4 has no heads. Its channels are averaged in this many groups. */
const CHANNEL_GROUPS = 16;

/** Magnitudes of a recurrent state, for display. */
export interface StateSummary {
  readonly version: RwkvVersion;
  /** Bytes of the state in float32, independent of how many tokens it has read. */
  readonly bytes: number;
  /**
   * Root mean square of each head's matrix S, `[L][H]`. For RWKV-4, which has no heads, that of `aa / bb` (the weighted
   * average of the values so far) over each of 16 groups of channels.
   */
  readonly wkv: readonly (readonly number[])[];
  /** Root mean square of the token-shift rows of time mix and channel mix, `[L][2]`. */
  readonly shift: readonly (readonly number[])[];
}

/**
 * Summarises a state by layer and head.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { stateLayout } from "../state/layout.ts";
 * import { RecurrentState } from "../state/recurrent_state.ts";
 * const layout = stateLayout({ version: "7", n_layer: 2, n_embd: 8, head_size: 4 });
 * const state = RecurrentState.empty(layout);
 * state.wkv(1).fill(3, 16);
 * assert.deepEqual(summarizeState(state).wkv, [[0, 0], [0, 3]]);
 * ```
 */
export function summarizeState(state: RecurrentState): StateSummary {
  const { version, n_layer: L, n_embd: D, head_size: N } = state.layout;
  const layers = Array.from({ length: L }, (_, layer) => layer);
  return {
    version,
    bytes: state.data.byteLength,
    wkv: layers.map((layer) => {
      const wkv = state.wkv(layer); // [3, D] or [H, N, N]
      return version === "4"
        ? groupsOf(averages(wkv, D), Math.ceil(D / CHANNEL_GROUPS))
        : groupsOf(wkv, N * N);
    }),
    shift: layers.map((layer) => groupsOf(state.shift(layer), D)),
  };
}

/** RWKV-4's `aa / bb`, `[D]`: 0 where nothing was read yet. */
function averages(wkv: Float32Array, D: number): Float32Array {
  const [aa, bb] = [wkv.subarray(0, D), wkv.subarray(D, 2 * D)];
  return aa.map((sum, channel) => bb[channel] === 0 ? 0 : sum / bb[channel]!);
}

/** The root mean square of each run of `size` numbers. */
function groupsOf(numbers: Float32Array, size: number): number[] {
  const groups: number[] = [];
  for (let start = 0; start < numbers.length; start += size) {
    const group = numbers.subarray(start, start + size);
    const squares = group.reduce((sum, x) => sum + x * x, 0);
    groups.push(Math.sqrt(squares / group.length));
  }
  return groups;
}

/** What a {@linkcode StateReader} needs. */
export interface StateReaderParts {
  readonly runs: Pick<RunStore, "load">;
  readonly tree: Pick<ResponseTree, "node" | "loadState">;
  readonly modelOf: ResponseService["modelOf"];
  /** The model whose states can be read: by fingerprint, or by name if that is not known. */
  readonly expected: (
    modelFingerprint: string,
    name: () => Promise<string | undefined>,
  ) => Promise<ExpectedState>;
}

/** Reads stored states for display. */
export class StateReader {
  readonly #parts: StateReaderParts;

  constructor(parts: StateReaderParts) {
    this.#parts = parts;
  }

  /**
   * The state after a finished response, and how many tokens it has read.
   *
   * @throws {UnknownResponseError}
   * @throws {StateMismatchError} if another model made the state.
   * @throws {StateNotKeptError} if the state was thinned out, as those of earlier responses are.
   * @throws {CorruptSnapshotError} if the state cannot be read.
   */
  async summary(
    tenant: string,
    response: string,
  ): Promise<StateSummary & { readonly tokens: number }> {
    const { runs, tree, expected } = this.#parts;
    // A deleted response's state is kept while a conversation needs it.
    await runs.load(tenant, response);
    const node = await tree.node(tenant, response);
    const name = () => this.#parts.modelOf(tenant, { previous: response });
    const model = await expected(node.modelFingerprint, name);
    const { state, tokens } = await tree.loadState(tenant, node, model);
    return { ...summarizeState(state), tokens };
  }
}
