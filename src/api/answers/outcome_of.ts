import type { AnswerStream } from "../../stream/answer_stream.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { TurnUsage } from "../../turn/turn.ts";
import { isAbortError } from "../errors/errors.ts";
import { logFailure } from "../errors/log_failure.ts";
import type { RequestOutcome } from "../http/context.ts";
import type { AnyEvent } from "./answer_events.ts";

/** Whose outcome it is, and where failures are logged. */
export interface OutcomeOptions {
  /** Absent: whoever reads the events logs why they failed. */
  readonly log?: Pick<Logger, "error">;
  readonly requestId: string;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
}

/** How an answer turns out for its client. Resolves when everything is released. */
export function outcomeOf<E extends AnyEvent>(
  begun: AnswerStream<E> | Promise<AnswerStream<E>>,
  { log, requestId, signal }: OutcomeOptions,
): Promise<RequestOutcome> {
  const { promise, resolve } = Promise.withResolvers<RequestOutcome>();
  const failed = (error: unknown): void => {
    if (signal.aborted || isAbortError(error)) return resolve({ end: "cancelled" });
    if (log !== undefined) logFailure(log, "stream failed", requestId, error);
    resolve({ end: "failed" });
  };
  const watch = (events: AnswerStream<E>): void => {
    let outcome: RequestOutcome | undefined;
    events.watch({
      onEvent: (event) => outcome = toOutcome(event) ?? outcome,
      onOver(end) {
        if (outcome !== undefined) return resolve(outcome);
        if (end.type === "failed") failed(end.error);
        else resolve({ end: "cancelled" });
      },
    });
  };
  if (begun instanceof Promise) begun.then(watch, failed);
  else watch(begun);
  return promise;
}

function toOutcome(
  event: AnyEvent & { readonly usage?: TurnUsage },
): RequestOutcome | undefined {
  switch (event.type) {
    case "end":
      return { end: "completed", ...(event.usage ? { usage: event.usage } : {}) };
    case "failed":
      return { end: "failed" };
    case "cancelled":
      return { end: "completed" };
  }
  return undefined;
}
