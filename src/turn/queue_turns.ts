import type { RateLimits } from "../limits/rate_limits.ts";
import type { TurnQueue } from "../limits/turn_queue.ts";
import type { Meter } from "./meter.ts";
import type { AroundTurns } from "./turn.ts";

/** Options of {@linkcode queueTurns}. */
export interface QueueTurnsOptions {
  /** Rejects a tenant whose token budget is used up. */
  readonly limits?: Pick<RateLimits, "requireTokens">;
  readonly meter?: Pick<Meter, "waited" | "answering">;
  /** Monotonic clock in milliseconds. */
  readonly now?: () => number;
}

/**
 * Makes turns wait for a place in a queue. A turn keeps its place until its events have ended.
 *
 * Beginning a turn may fail with {@linkcode RateLimitError} or {@linkcode TurnQueueFullError}.
 */
export function queueTurns(
  queue: TurnQueue,
  { limits, meter, now = Date.now }: QueueTurnsOptions = {},
): AroundTurns {
  return (begin) => async (request) => {
    limits?.requireTokens(request.tenant);
    const asked = now();
    const release = await queue.enter(request.tenant, request.signal, request.onWait);
    try {
      meter?.waited(now() - asked);
      const turn = await begin(request);
      let answering = false;
      turn.events.watch({
        onEvent({ type }) {
          if (!answering && type === "text") meter?.answering(now() - asked);
          answering ||= type === "text";
        },
        onOver: release,
      });
      return turn;
    } catch (error) {
      release();
      throw error;
    }
  };
}
