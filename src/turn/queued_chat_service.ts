import { ChatServiceOver } from "./chat_service_over.ts";
import type { Meter } from "./meter.ts";
import type { RateLimits } from "../limits/rate_limits.ts";
import type { ChatService, Turn, TurnEvent, TurnRequest } from "./turn.ts";
import type { Release, TurnQueue } from "../limits/turn_queue.ts";

/** Options for a {@linkcode QueuedChatService}. */
export interface QueuedChatServiceOptions {
  /** Turns a tenant away who has no tokens left. */
  readonly limits?: Pick<RateLimits, "requireTokens">;
  readonly meter?: Pick<Meter, "waited" | "answering">;
  /** Milliseconds from any moment on. */
  readonly now?: () => number;
}

/** Answers turns with another service, so many at a time. A turn has its place until its stream has ended. */
export class QueuedChatService extends ChatServiceOver {
  readonly #queue: TurnQueue;
  readonly #options: QueuedChatServiceOptions;

  constructor(service: ChatService, queue: TurnQueue, options: QueuedChatServiceOptions = {}) {
    super(service);
    this.#queue = queue;
    this.#options = options;
  }

  /**
   * Waits for a place, then starts the turn.
   *
   * @throws {RateLimitError}
   * @throws {TurnQueueFullError}
   * @throws what the service throws
   */
  async begin(request: TurnRequest): Promise<Turn> {
    const { limits, meter, now = Date.now } = this.#options;
    limits?.requireTokens(request.tenant);
    const asked = now();
    const release = await this.#queue.enter(request.tenant, request.signal, request.onWait);
    try {
      meter?.waited(now() - asked);
      const { events, ...turn } = await this.inner.begin(request);
      const onText = () => meter?.answering(now() - asked);
      return { ...turn, events: releasing(events, release, onText) };
    } catch (error) {
      release();
      throw error;
    }
  }
}

/**
 * The same stream, which releases the turn's place however it ends.
 *
 * @param onText called at the first text
 */
function releasing(
  events: ReadableStream<TurnEvent>,
  release: Release,
  onText: () => void,
): ReadableStream<TurnEvent> {
  const reader = events.getReader();
  let answering = false;
  return new ReadableStream<TurnEvent>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (!answering && value?.type === "text") {
          answering = true;
          onText();
        }
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
