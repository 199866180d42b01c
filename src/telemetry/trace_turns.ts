import type { AroundTurns } from "../turn/turn.ts";
import type { Tracer } from "./tracer.ts";

/**
 * Wraps each turn in a span, from the request to the end of the answer, including the time in the queue. All steps of
 * the turn run inside its span, whoever reads the events.
 */
export function traceTurns(tracer: Tracer, model: string): AroundTurns {
  return (begin) => async (request) => {
    const span = tracer.start("turn", {
      "tern.model": model,
      "tern.continued": request.previous !== undefined,
    });
    try {
      const turn = await span.run(() => begin(request));
      turn.events.watch({
        within: (step) => span.run(step),
        onEvent(event) {
          if (event.type !== "end") return;
          const { prompt, cached, completion } = event.usage;
          span.set({
            "tern.tokens.prompt": prompt,
            "tern.tokens.cached": cached,
            "tern.tokens.completion": completion,
            "tern.finish_reason": event.reason,
          });
        },
        onOver(end) {
          if (end.type === "left") span.set({ "tern.cancelled": true });
          span.end(end.type === "failed" ? end.error : undefined);
        },
      });
      return turn;
    } catch (error) {
      span.end(error);
      throw error;
    }
  };
}
