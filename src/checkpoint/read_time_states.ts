import type { StateLayout } from "../state/layout.ts";
import { RecurrentState } from "../state/recurrent_state.ts";
import { type Checkpoint, readFloat32 } from "./checkpoint.ts";
import { UnsupportedTensorError } from "./checkpoint_error.ts";

/**
 * Reads a tuned initial state: `blocks.N.att.time_state` of every block, `[H, values, keys]` in every version. The
 * token-shift rows are zero. `undefined` where the checkpoint has none.
 *
 * Source: ChatRWKV, rwkv_pip_package/src/rwkv/model.py, which transposes it for version 5 and 6.
 *
 * @throws {MissingTensorError} When a block has none.
 * @throws {UnsupportedTensorError} When it was tuned for a model of other sizes.
 */
export async function readTimeStates(
  checkpoint: Checkpoint,
  layout: StateLayout,
): Promise<RecurrentState | undefined> {
  if (!checkpoint.tensors.has("blocks.0.att.time_state")) return undefined;
  const state = RecurrentState.empty(layout);
  const N = layout.head_size;
  for (let layer = 0; layer < layout.n_layer; layer++) {
    const name = `blocks.${layer}.att.time_state`;
    const stored = await readFloat32(checkpoint, name);
    const wkv = state.wkv(layer); // [H, keys, values]
    if (stored.length !== wkv.length) {
      const why = `has ${stored.length} numbers, where this model has ${wkv.length}`;
      throw new UnsupportedTensorError(checkpoint.name, name, why);
    }
    for (let head = 0; head < wkv.length; head += N * N) {
      for (let key = 0; key < N; key++) {
        for (let value = 0; value < N; value++) {
          wkv[head + key * N + value] = stored[head + value * N + key]!;
        }
      }
    }
  }
  return state;
}
