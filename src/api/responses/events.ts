import type { ResponseEvent, ResponseText } from "../../chat/stored_response.ts";
import type { SseMessage } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { toErrorBody } from "../errors.ts";
import { OutputEvents } from "./output_events.ts";
import { failureOf, progressOf, type ResponseHead, responseObject } from "./wire.ts";

/** What comes of a response, or the error for which no more can be told of it. */
export type ResponseOutcome = ResponseEvent | { readonly type: "broken"; readonly cause: unknown };

/**
 * Turns what comes of a response into the events of its stream, each with its number and its name, and `[DONE]`. The
 * same of a response always gives the same bytes. After a failure there are `error` and `response.failed`.
 *
 * Source: Open Responses, "Streaming"; OpenAI API reference, "Responses streaming events".
 *
 * @param head What is known of the response from its beginning.
 * @param after The number of the last event that is left out. All come if it is -1.
 */
export function responseEvents(
  head: ResponseHead,
  tokenizer: Tokenizer,
  after = -1,
): TransformStream<ResponseOutcome, SseMessage> {
  let sequence = 0;
  const pieces: ResponseText[] = [];

  /** No event if it is left out, so that it costs nothing. */
  const event = (type: string, fields: () => object): SseMessage[] => {
    const sequence_number = sequence++;
    if (sequence_number <= after) return [];
    return [{ event: type, data: JSON.stringify({ type, sequence_number, ...fields() }) }];
  };
  const output = new OutputEvents(head, tokenizer, event);
  const response = (outcome: ResponseEvent | null, begun = true) => () => {
    const end = outcome?.type === "text" ? null : outcome;
    return { response: responseObject(head, progressOf(head, tokenizer, { pieces, end, begun })) };
  };

  const beginning = (): SseMessage[] => [
    ...event("response.created", response(null, false)),
    ...head.request.background ? event("response.queued", response(null, false)) : [],
    ...event("response.in_progress", response(null)),
  ];

  const next = (outcome: ResponseOutcome): SseMessage[] => {
    switch (outcome.type) {
      case "text":
        pieces.push(outcome);
        return output.push(outcome);
      case "end": {
        const status = outcome.reason === "length" ? "incomplete" : "completed";
        return [...output.end(status), ...event(`response.${status}`, response(outcome))];
      }
      case "failed": {
        const error = failureOf(outcome);
        return [
          // OpenAI has the fields of the error in the event, Open Responses under `error`.
          ...event("error", () => ({ ...error, type: "error", error })),
          ...event("response.failed", response(outcome)),
        ];
      }
      case "cancelled":
        return event("response.incomplete", response(outcome));
      case "broken": {
        const error = toErrorBody(outcome.cause);
        return event("error", () => ({ ...error, type: "error", error }));
      }
    }
  };

  return new TransformStream<ResponseOutcome, SseMessage>({
    start(controller) {
      for (const event of beginning()) controller.enqueue(event);
    },
    transform(outcome, controller) {
      for (const event of next(outcome)) controller.enqueue(event);
      const over = outcome.type !== "text" && outcome.type !== "broken";
      if (over) controller.enqueue({ data: "[DONE]" });
    },
  });
}
