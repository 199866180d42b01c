/** Attributes of a span. Never the text of a message. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** A traced operation. */
export interface Span {
  /** Runs a function inside this span: spans started in it become children. */
  run<T>(body: () => T): T;
  set(attributes: SpanAttributes): void;
  /** Ends the span, with an error if the operation failed. Idempotent. */
  end(error?: unknown): void;
}

/** Port: starts spans, each as a child of the active span. */
export interface Tracer {
  start(name: string, attributes?: SpanAttributes): Span;
}

const NO_SPAN: Span = { run: (body) => body(), set() {}, end() {} };

/** Tracing disabled. */
export const NO_TRACER: Tracer = { start: () => NO_SPAN };
