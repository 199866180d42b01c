import type { ChatService, Turn, TurnEvent, TurnRequest } from "./turn.ts";
import type { Release, TurnQueue } from "./turn_queue.ts";

/** Answers turns with another service, so many at a time. A turn has its place until its stream has ended. */
export class QueuedChatService implements ChatService {
  readonly #service: ChatService;
  readonly #queue: TurnQueue;

  constructor(service: ChatService, queue: TurnQueue) {
    this.#service = service;
    this.#queue = queue;
  }

  get model(): string {
    return this.#service.model;
  }

  get created(): number {
    return this.#service.created;
  }

  get fingerprint(): string {
    return this.#service.fingerprint;
  }

  get tokenizer(): ChatService["tokenizer"] {
    return this.#service.tokenizer;
  }

  get defaults(): ChatService["defaults"] {
    return this.#service.defaults;
  }

  /**
   * Waits for a place, then starts the turn.
   *
   * @throws {TurnQueueFullError}
   * @throws what the service throws
   */
  async begin(request: TurnRequest): Promise<Turn> {
    const release = await this.#queue.enter(request.tenant, request.signal);
    try {
      const { seed, events } = await this.#service.begin(request);
      return { seed, events: releasing(events, release) };
    } catch (error) {
      release();
      throw error;
    }
  }
}

/** The same stream, which releases the turn's place however it ends. */
function releasing(events: ReadableStream<TurnEvent>, release: Release): ReadableStream<TurnEvent> {
  const reader = events.getReader();
  return new ReadableStream<TurnEvent>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        // Nothing is computed after the end event, whether or not anybody reads on.
        if (done || value.type === "end") release();
        if (done) controller.close();
        else controller.enqueue(value);
      } catch (error) {
        release();
        controller.error(error);
      }
    },
    async cancel(reason) {
      try {
        await reader.cancel(reason);
      } finally {
        release();
      }
    },
  }, { highWaterMark: 0 });
}
