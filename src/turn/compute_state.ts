import type { Inference } from "../engine/inference.ts";
import { roundState } from "../state/codec.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { FoundState } from "./state_finder.ts";

/**
 * The state that was looked for: as it was found, or if it was not kept, computed again along its path. It has the bits
 * that it had at first, because each response on the way is read from the rounded state of the one before it.
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
