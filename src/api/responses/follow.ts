import type { ResponseEvent } from "../../response/stored_response.ts";
import type { Turn } from "../../turn/turn.ts";
import type { ApiPorts, RequestOutcome } from "../http/context.ts";
import { isAbortError } from "../errors/errors.ts";
import { toErrorBody, toWireError } from "../errors/to_wire_error.ts";
import { type TurnOutcome, turnOutcomes } from "../answers/turn_outcome.ts";
import type { ResponseOutcome } from "./events.ts";

/** Whose request it is, and which. */
export interface Requester {
  readonly tenant: string;
  readonly requestId: string;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** Whether a repeated request finds the response by its id, even if nobody was told that it was made. */
  readonly findable?: boolean;
}

/** What comes of a response, for one client. */
export interface Following {
  /** Read as the client takes it. Cancelling it means that the client leaves. */
  readonly outcomes: ReadableStream<ResponseOutcome>;
  /** How it came out for the client, once all is done that its leaving asks for. */
  readonly concluded: Promise<RequestOutcome>;
}

/**
 * Follows a stored response: what there is of it, and then what comes.
 *
 * @param onLeave called if the client leaves before the end
 */
export function followStored(
  { responses, log }: ApiPorts,
  { tenant, requestId, signal: left }: Requester,
  id: string,
  onLeave: () => Promise<void> = () => Promise.resolve(),
): Following {
  const gone = new AbortController();
  const signal = AbortSignal.any([left, gone.signal]);
  const events = responses.follow(tenant, id, signal);
  const { promise: concluded, resolve } = Promise.withResolvers<RequestOutcome>();
  let over = false;
  const conclude = (outcome: RequestOutcome): void => {
    if (over) return;
    over = true;
    if (outcome.end !== "cancelled") return resolve(outcome);
    // This reader must be gone, or it would count as one who still wants the response.
    events.return(undefined).catch(() => {}).then(onLeave).catch((error) => {
      log.error("a response could not be left", { request_id: requestId, error });
    }).then(() => resolve(outcome));
  };
  const outcomes = new ReadableStream<ResponseOutcome>({
    async pull(controller) {
      try {
        const { done, value } = await events.next();
        if (done) return controller.close();
        if (value.type !== "text") conclude(toRequestOutcome(value));
        controller.enqueue(value);
      } catch (error) {
        if (signal.aborted) {
          conclude({ end: "cancelled" });
          return controller.error(error);
        }
        conclude({ end: "failed" });
        if ((toWireError(error)?.status ?? 0) >= 500) {
          log.error("stream failed", { request_id: requestId, error });
        }
        controller.enqueue({ type: "broken", cause: error });
        controller.close();
      }
    },
    cancel(reason) {
      gone.abort(reason);
      conclude({ end: "cancelled" });
    },
  }, { highWaterMark: 0 });
  return { outcomes, concluded };
}

/** What comes of a response that has to wait before it begins. If it cannot begin, that is how it ends. */
export function followLate(
  { clock, log }: Pick<ApiPorts, "clock" | "log">,
  { requestId, signal }: Requester,
  begun: Promise<Following>,
): { readonly outcomes: Promise<ReadableStream<ResponseOutcome>> } & Pick<Following, "concluded"> {
  const failed = (error: unknown): Following => {
    if (signal.aborted) {
      return { outcomes: new ReadableStream(), concluded: Promise.resolve({ end: "cancelled" }) };
    }
    if ((toWireError(error)?.status ?? 0) >= 500) {
      log.error("stream failed", { request_id: requestId, error });
    }
    const end = { type: "failed", at: clock.now(), failure: { ...toErrorBody(error) } } as const;
    return {
      outcomes: ReadableStream.from<ResponseOutcome>([end]),
      concluded: Promise.resolve({ end: "failed" }),
    };
  };
  const following = begun.catch(failed);
  return {
    outcomes: following.then(({ outcomes }) => outcomes),
    concluded: following.then(({ concluded }) => concluded),
  };
}

/**
 * Follows a turn that is not stored.
 *
 * @param onLeave called if the client leaves before the end
 */
export function followTurn(
  { clock, log }: ApiPorts,
  { requestId }: Requester,
  { events }: Turn,
  onLeave: () => void,
): Following {
  const { promise: concluded, resolve } = Promise.withResolvers<RequestOutcome>();
  const outcomes = turnOutcomes(events, (conclusion) => {
    switch (conclusion.type) {
      case "end":
        return resolve({ end: "completed", usage: conclusion.usage });
      case "cancelled":
        onLeave();
        return resolve({ end: "cancelled" });
      case "error":
        if ((toWireError(conclusion.error)?.status ?? 0) >= 500) {
          log.error("stream failed", { request_id: requestId, error: conclusion.error });
        }
        resolve({ end: isAbortError(conclusion.error) ? "cancelled" : "failed" });
    }
  });
  const dated = new TransformStream<TurnOutcome, ResponseOutcome>(
    {
      transform(outcome, controller) {
        switch (outcome.type) {
          case "text":
            return controller.enqueue(outcome);
          case "end":
            return controller.enqueue({ ...outcome, at: clock.now() });
          case "error": {
            const failure = { ...toErrorBody(outcome.error) };
            return controller.enqueue({ type: "failed", at: clock.now(), failure });
          }
        }
      },
    },
    undefined,
    { highWaterMark: 0 },
  );
  return { outcomes: outcomes.pipeThrough(dated), concluded };
}

function toRequestOutcome(event: Exclude<ResponseEvent, { type: "text" }>): RequestOutcome {
  switch (event.type) {
    case "end":
      return { end: "completed", usage: event.usage };
    case "failed":
      return { end: "failed" };
    case "cancelled":
      return { end: "completed" };
  }
}
