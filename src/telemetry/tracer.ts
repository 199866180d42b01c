/** Facts that go with a span. Never the text of a message. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Something that takes time. */
export interface Span {
  /** Does something within this span: spans that begin there are inside it. */
  run<T>(body: () => T): T;
  set(attributes: SpanAttributes): void;
  /** Ends the span, with the error if it failed. Ending twice does nothing. */
  end(error?: unknown): void;
}

/** Port: begins spans, each inside the one in which it is called. */
export interface Tracer {
  start(name: string, attributes?: SpanAttributes): Span;
}

const NO_SPAN: Span = { run: (body) => body(), set() {}, end() {} };

/** Where nobody traces. */
export const NO_TRACER: Tracer = { start: () => NO_SPAN };
