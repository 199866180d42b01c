import type { GenerationWatch, WatchGeneration } from "../turn/meter.ts";
import { type Logger, roundMs } from "./logger.ts";
import type { ModelMeter } from "./server_metrics.ts";
import type { Tracer } from "./tracer.ts";

/** Where {@linkcode watchGeneration} reports its measurements. */
export interface GenerationObservers {
  readonly metrics: Pick<ModelMeter, "prefilled" | "decoded">;
  readonly tracer: Tracer;
  readonly log: Logger;
  /** Milliseconds since an arbitrary origin. */
  readonly now: () => number;
}

/**
 * Measures the prefill (until the first text) and the decoding of each generation. Time between steps, in which the
 * engine waits for the reader, does not count. Writes one debug entry per generation.
 */
export function watchGeneration(
  { metrics, tracer, log, now }: GenerationObservers,
): WatchGeneration {
  return (promptTokens): GenerationWatch => {
    let span = tracer.start("prefill", { "tern.tokens": promptTokens });
    let phase: "prefill" | "decode" = "prefill";
    const ms = { prefill: 0, decode: 0 };
    /** Absent while the generation is incomplete. */
    let outcome: { tokens: number; finish_reason: string } | undefined;
    return {
      async step(make) {
        const start = now();
        try {
          const step = await span.run(make);
          ms[phase] += now() - start;
          // Pieces with log probabilities of the prompt come during the prefill.
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
            outcome = { tokens: tokens.length, finish_reason: reason };
          }
          return step;
        } catch (error) {
          span.end(error);
          throw error;
        }
      },
      end() {
        span.end();
        log.debug(outcome === undefined ? "generation cut off" : "generation", {
          prompt_tokens: promptTokens,
          prefill_ms: roundMs(ms.prefill),
          decode_ms: roundMs(ms.decode),
          ...outcome,
        });
      },
    };
  };
}
