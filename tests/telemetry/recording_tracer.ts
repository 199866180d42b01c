import type { Span, SpanAttributes, Tracer } from "../../src/telemetry/tracer.ts";

/** A recorded span. */
export interface RecordedSpan {
  readonly name: string;
  /** The span inside which it was started synchronously, if any. */
  readonly parent: string | undefined;
  readonly attributes: Record<string, unknown>;
  ends: number;
  error?: unknown;
}

/** Records spans for assertions. */
export class RecordingTracer implements Tracer {
  readonly spans: RecordedSpan[] = [];
  readonly #inside: string[] = [];

  get names(): string[] {
    return this.spans.map(({ name }) => name);
  }

  start(name: string, attributes: SpanAttributes = {}): Span {
    const parent = this.#inside.at(-1);
    const span: RecordedSpan = { name, parent, attributes: { ...attributes }, ends: 0 };
    this.spans.push(span);
    return {
      run: (body) => {
        this.#inside.push(name);
        try {
          return body();
        } finally {
          this.#inside.pop();
        }
      },
      set: (more) => void Object.assign(span.attributes, more),
      end: (error) => {
        if (span.ends++ === 0 && error !== undefined) span.error = error;
      },
    };
  }
}
