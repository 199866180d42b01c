import { ChatServiceOver } from "../turn/chat_service_over.ts";
import type { ChatService, Turn, TurnEvent, TurnRequest } from "../turn/turn.ts";
import type { Span, Tracer } from "./tracer.ts";

/** Another service, whose turns are spans: from being asked for to the end of the answer, waiting included. */
export class TracedChatService extends ChatServiceOver {
  readonly #tracer: Tracer;

  constructor(service: ChatService, tracer: Tracer) {
    super(service);
    this.#tracer = tracer;
  }

  async begin(request: TurnRequest): Promise<Turn> {
    const span = this.#tracer.start("turn", {
      "tern.model": this.inner.model,
      "tern.continued": request.previous !== undefined,
    });
    try {
      const turn = await span.run(() => this.inner.begin(request));
      return { ...turn, events: traced(turn.events, span) };
    } catch (error) {
      span.end(error);
      throw error;
    }
  }
}

/** The same stream. What is done for the turn is done inside of its span, whoever reads. */
function traced(events: ReadableStream<TurnEvent>, span: Span): ReadableStream<TurnEvent> {
  const reader = events.getReader();
  return new ReadableStream<TurnEvent>({
    async pull(controller) {
      try {
        const { done, value } = await span.run(() => reader.read());
        if (value?.type === "end") {
          const { prompt, cached, completion } = value.usage;
          span.set({
            "tern.tokens.prompt": prompt,
            "tern.tokens.cached": cached,
            "tern.tokens.completion": completion,
            "tern.finish_reason": value.reason,
          });
          span.end();
        }
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        span.end(error);
        controller.error(error);
      }
    },
    async cancel(reason) {
      try {
        span.set({ "tern.cancelled": true });
        await span.run(() => reader.cancel(reason));
      } finally {
        span.end();
      }
    },
  }, { highWaterMark: 0 });
}
