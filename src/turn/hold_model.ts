import type { LoadedModel } from "./model_source.ts";
import type { AroundTurns } from "./turn.ts";

/** Keeps a model loaded from the beginning of each turn until its events have ended. */
export function holdModel({ hold }: Pick<LoadedModel, "hold">): AroundTurns {
  return (begin) => async (request) => {
    const release = await hold(request.signal);
    try {
      const turn = await begin(request);
      turn.events.watch({ onOver: release });
      return turn;
    } catch (error) {
      release();
      throw error;
    }
  };
}
