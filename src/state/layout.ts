/** The versions of RWKV that Tern runs, oldest first. 5.1 has one decay per head, 5.2 one per channel. */
export const RWKV_VERSIONS = ["4", "5.1", "5.2", "6", "7"] as const;

/** One of {@linkcode RWKV_VERSIONS}. */
export type RwkvVersion = (typeof RWKV_VERSIONS)[number];

/** The sizes that fix the shape of a recurrent state. */
export interface StateDimensions {
  readonly version: RwkvVersion;
  /** L, the number of blocks. */
  readonly n_layer: number;
  /** D, the width of the residual stream. */
  readonly n_embd: number;
  /** N, the size of a head. RWKV-4 has no heads: 0. */
  readonly head_size: number;
}

/**
 * Where each part of a recurrent state lies in its one flat array.
 *
 * A state is `shift` followed by `wkv`:
 *
 * | part | RWKV-4 | RWKV-5, 6, 7 |
 * |---|---|---|
 * | shift | `[L, 2, D]`: what time mix, then channel mix, saw at the last token | the same |
 * | wkv | `[L, 3, D]`: aa, bb, pp | `[L, H, N, N]`: S, rows are keys, columns are values |
 *
 * S is stored key-major for every version. The official RWKV-7 code keeps its transpose.
 */
export interface StateLayout extends StateDimensions {
  /** Names the layout exactly: two states with the same id have the same meaning, number by number. */
  readonly id: string;
  readonly shift: { readonly offset: number; readonly shape: readonly [number, 2, number] };
  readonly wkv: { readonly offset: number; readonly shape: readonly number[] };
  /** Numbers in the whole state. */
  readonly length: number;
}

/**
 * The layout of the state of a model with these dimensions.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const layout = stateLayout({ version: "7", n_layer: 12, n_embd: 768, head_size: 64 });
 * assert.equal(layout.length * 4, 2_433_024); // bytes in float32
 * ```
 */
export function stateLayout(dimensions: StateDimensions): StateLayout {
  const { version, n_layer: L, n_embd: D, head_size: N } = dimensions;
  const shift = { offset: 0, shape: [L, 2, D] as const };
  const wkvShape = version === "4" ? [L, 3, D] : [L, D / N, N, N];
  const wkv = { offset: L * 2 * D, shape: wkvShape };
  const length = wkv.offset + wkvShape.reduce((product, size) => product * size, 1);
  const id = `rwkv-${version}/L${L}/D${D}` + (version === "4" ? "" : `/N${N}`);
  return { version, n_layer: L, n_embd: D, head_size: N, id, shift, wkv, length };
}
