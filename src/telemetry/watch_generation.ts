import type { GenerationWatch, WatchGeneration } from "../turn/generation_watch.ts";
import type { ModelMeter } from "./server_metrics.ts";
import type { Tracer } from "./tracer.ts";

/** What generations are reported to. */
export interface GenerationObservers {
  readonly metrics: Pick<ModelMeter, "prefilled" | "decoded">;
  readonly tracer: Tracer;
  /** Milliseconds from any moment on. */
  readonly now: () => number;
}

/**
 * Measures generations until their first text, and after it. The time in which nobody asks for a piece is not the
 * engine's, and is left out.
 */
export function watchGeneration(
  { metrics, tracer, now }: GenerationObservers,
): WatchGeneration {
  return (promptTokens): GenerationWatch => {
    let span = tracer.start("prefill", { "tern.tokens": promptTokens });
    let phase: "prefill" | "decode" = "prefill";
    const ms = { prefill: 0, decode: 0 };
    return {
      async step(make) {
        const start = now();
        try {
          const step = await span.run(make);
          ms[phase] += now() - start;
          // Pieces that only tell how likely the prompt was come while it is read.
          const reads = !step.done && step.value.prompt !== undefined;
          if (phase === "prefill" && !reads) {
            metrics.prefilled(ms.prefill);
            span.end();
            span = tracer.start("decode");
            phase = "decode";
          }
          if (step.done) {
            const { tokens, reason } = step.value;
            metrics.decoded(ms.decode, tokens.length - 1);
            span.set({ "tern.tokens": tokens.length, "tern.finish_reason": reason });
          }
          return step;
        } catch (error) {
          span.end(error);
          throw error;
        }
      },
      end: () => span.end(),
    };
  };
}
