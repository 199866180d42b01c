import type { AnswerStream } from "../../stream/answer_stream.ts";
import type { Latest } from "../../stream/latest.ts";
import { encodeEvent, encodeRetry, type SseMessage } from "../../stream/sse.ts";
import type { SseSource } from "../../stream/sse_body.ts";
import type { PromptProgress } from "../../turn/prompt_progress.ts";

/** What every event of an answer has. */
export interface AnyEvent {
  readonly type: string;
}

/** Writes the events of an answer in a wire format. It waits for nothing. */
export interface EventWriter<E extends AnyEvent> {
  /** What comes at once, even if the answer has to wait. */
  opening?(): SseMessage[];
  /** What comes when the answer has begun, or could not begin. */
  begun?(): SseMessage[];
  next(event: E | PromptProgress): SseMessage[];
  /** What comes last if it failed. */
  failed(error: unknown, begun: boolean): SseMessage[];
}

/** An answer that is to be streamed. */
export interface StreamedAnswer<E extends AnyEvent> {
  /** Its events: a promise while it waits to begin. */
  readonly begun: AnswerStream<E> | Promise<AnswerStream<E>>;
  readonly writer: EventWriter<E>;
  /** Aborted if the client leaves: it ends an answer that waits to begin. */
  readonly left: AbortController;
  /** How much of the prompt has been read, if that is to be told. */
  readonly progress?: Latest<PromptProgress> | undefined;
  /** Milliseconds after which a reader that was cut off is to come back, if it is told. */
  readonly retryMs?: number | undefined;
}

/** The server-sent events of an answer. A failure becomes the event that the format has for it. */
export class AnswerEvents<E extends AnyEvent> implements SseSource {
  readonly #answer: StreamedAnswer<E>;
  #stage: "opening" | "waiting" | "reading" | "over" = "opening";
  #events: AnswerStream<E> | undefined;
  #next: ReturnType<AnswerStream<E>["next"]> | undefined;

  constructor(answer: StreamedAnswer<E>) {
    this.#answer = answer;
    // Whoever reads is told.
    Promise.resolve(answer.begun).catch(() => {});
  }

  async next(): Promise<Uint8Array<ArrayBuffer>[] | undefined> {
    const { begun, writer, retryMs } = this.#answer;
    const stage = this.#stage;
    try {
      switch (stage) {
        case "opening": {
          this.#stage = "waiting";
          const retry = retryMs === undefined ? [] : [encodeRetry(retryMs)];
          return [...retry, ...(writer.opening?.() ?? []).map(encodeEvent)];
        }
        case "waiting":
          this.#events = await begun;
          this.#stage = "reading";
          return (writer.begun?.() ?? []).map(encodeEvent);
        case "reading": {
          const event = await this.#event();
          if (event !== undefined) return writer.next(event).map(encodeEvent);
        }
      }
    } catch (error) {
      this.#stage = "over";
      // Where writing failed, the answer goes on.
      await this.#events?.return();
      const before = stage === "waiting" ? writer.begun?.() ?? [] : [];
      return [...before, ...writer.failed(error, stage === "reading")].map(encodeEvent);
    }
    return undefined;
  }

  async leave(reason: unknown): Promise<void> {
    this.#answer.left.abort(reason);
    const events = await Promise.resolve(this.#answer.begun).catch(() => undefined);
    await events?.return();
  }

  /** The next event; how much of the prompt has been read comes between them. */
  async #event(): Promise<E | PromptProgress | undefined> {
    const { progress } = this.#answer;
    if (progress === undefined) return (await this.#events!.next()).value;
    this.#next ??= this.#events!.next();
    // Whoever takes it is told.
    this.#next.catch(() => {});
    const step = await Promise.race([progress.changed, this.#next]);
    if (step === undefined) return progress.take();
    this.#next = undefined;
    return step.value;
  }
}
