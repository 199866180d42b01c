import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Span, SpanAttributes, Tracer } from "./tracer.ts";

/**
 * Spans of OpenTelemetry. They go wherever the runtime sends them: Deno does so itself with `OTEL_DENO=true`. Without a
 * runtime that does, they go nowhere.
 */
export class OtelTracer implements Tracer {
  readonly #tracer = trace.getTracer("tern");

  start(name: string, attributes: SpanAttributes = {}): Span {
    const span = this.#tracer.startSpan(name, { attributes });
    const inside = trace.setSpan(context.active(), span);
    let ended = false;
    return {
      run: (body) => context.with(inside, body),
      set: (attributes) => void span.setAttributes(attributes),
      end(error) {
        if (ended) return;
        ended = true;
        if (error !== undefined) {
          // Its name says what kind of failure it was; its message may hold what users wrote.
          span.setStatus({
            code: SpanStatusCode.ERROR,
            message: error instanceof Error ? error.name : "error",
          });
        }
        span.end();
      },
    };
  }
}
