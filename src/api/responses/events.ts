import type { ResponseEvent } from "../../chat/stored_response.ts";
import type { SseMessage } from "../../stream/sse.ts";
import {
  failureOf,
  messageItem,
  outputText,
  progressOf,
  type ResponseHead,
  responseObject,
  type SealedEnd,
} from "./wire.ts";

/** What comes of a response, or the error for which no more can be told of it. */
export type ResponseOutcome =
  | ResponseEvent
  | SealedEnd
  | { readonly type: "broken"; readonly error: object };

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
  after = -1,
): TransformStream<ResponseOutcome, SseMessage> {
  const item = { item_id: head.messageId, output_index: 0, content_index: 0 };
  let sequence = 0;
  let opened = false;
  let text = "";

  /** No event if it is left out, so that it costs nothing. */
  const event = (type: string, fields: () => object): SseMessage[] => {
    const sequence_number = sequence++;
    if (sequence_number <= after) return [];
    return [{ event: type, data: JSON.stringify({ type, sequence_number, ...fields() }) }];
  };
  const response = (outcome: ResponseEvent | SealedEnd | null, begun = true) => () => ({
    response: responseObject(
      head,
      progressOf(head, text, outcome?.type === "text" ? null : outcome, begun),
    ),
  });

  const beginning = (): SseMessage[] => [
    ...event("response.created", response(null, false)),
    ...head.request.background ? event("response.queued", response(null, false)) : [],
    ...event("response.in_progress", response(null)),
  ];

  const opening = (): SseMessage[] => {
    if (opened) return [];
    opened = true;
    return [
      ...event("response.output_item.added", () => ({
        output_index: 0,
        item: messageItem(head.messageId, "in_progress", []),
      })),
      ...event("response.content_part.added", () => ({ ...item, part: outputText("") })),
    ];
  };

  const next = (outcome: ResponseOutcome): SseMessage[] => {
    switch (outcome.type) {
      case "text": {
        const delta = outcome.text;
        const events = opening();
        text += delta;
        return [
          ...events,
          ...event("response.output_text.delta", () => ({ ...item, delta, logprobs: [] })),
        ];
      }
      case "end": {
        const { status, output } = progressOf(head, text, outcome, true);
        const [done = messageItem(head.messageId, "completed", [outputText("")]), ...more] = output;
        return [
          ...opening(),
          ...event("response.output_text.done", () => ({ ...item, text, logprobs: [] })),
          ...event("response.content_part.done", () => ({ ...item, part: outputText(text) })),
          ...event("response.output_item.done", () => ({ output_index: 0, item: done })),
          ...more.flatMap((item, index) => [
            // What may be long comes once the item is done.
            ...event("response.output_item.added", () => ({
              output_index: index + 1,
              item: { ...item, encrypted_content: "" },
            })),
            ...event("response.output_item.done", () => ({ output_index: index + 1, item })),
          ]),
          ...event(`response.${status}`, response(outcome)),
        ];
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
      case "broken":
        return event("error", () => ({ ...outcome.error, type: "error", error: outcome.error }));
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
