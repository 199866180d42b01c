import { context, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Span, SpanAttributes, Tracer } from "./tracer.ts";

/**
 * A tracer over the OpenTelemetry API. The runtime exports the spans: Deno does so with `OTEL_DENO=true`. Without an
 * exporter they are dropped.
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
          // Only the name of the error: its message may contain text of users.
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
