import type { Inference } from "../engine/inference.ts";
import { roundState } from "../state/codec.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { FoundState } from "./state_finder.ts";

/**
 * The state that was looked for: loaded, or recomputed along its path if it was not kept. It has the original bits,
 * because each response on the path is read from the rounded state of the one before it.
 *
 * @throws the signal's reason when it aborts
 */
export async function computeState(
  inference: Pick<Inference, "open">,
  { state: found, path }: Pick<FoundState, "state" | "path">,
  signal: AbortSignal,
): Promise<RecurrentState> {
  let state = found;
  for (const { tokens, precision } of path?.steps ?? []) {
    const sequence = inference.open(state);
    try {
      if (tokens.length > 0) await sequence.read(tokens, signal);
      state = roundState(await sequence.state(), precision);
    } finally {
      sequence.close();
    }
  }
  return state;
}
