import type { SseMessage } from "../../stream/sse.ts";
import { toErrorBody } from "../errors.ts";
import type { TurnOutcome } from "../turn_outcome.ts";
import { finished, messageItem, outputText, type ResponseHead, responseObject } from "./wire.ts";

/**
 * Turns what comes of a turn into the events of a streamed response, each with its number and its name, and `[DONE]`.
 * After an error there are `error` and `response.failed`.
 *
 * Source: Open Responses, "Streaming"; OpenAI API reference, "Responses streaming events".
 *
 * @param head What is known of the response from its beginning.
 * @param now Seconds since the epoch.
 */
export function responseEvents(
  head: ResponseHead,
  now: () => number,
): TransformStream<TurnOutcome, SseMessage> {
  const item = { item_id: head.messageId, output_index: 0, content_index: 0 };
  const inProgress = responseObject(head, { status: "in_progress", output: [] });
  let sequence = 0;
  let opened = false;
  let text = "";

  const event = (type: string, fields: object): SseMessage => ({
    event: type,
    data: JSON.stringify({ type, sequence_number: sequence++, ...fields }),
  });

  const opening = (): SseMessage[] => {
    if (opened) return [];
    opened = true;
    return [
      event("response.output_item.added", {
        output_index: 0,
        item: messageItem(head.messageId, "in_progress", []),
      }),
      event("response.content_part.added", { ...item, part: outputText("") }),
    ];
  };

  const next = (outcome: TurnOutcome): SseMessage[] => {
    switch (outcome.type) {
      case "text": {
        const events = opening();
        text += outcome.text;
        events.push(
          event("response.output_text.delta", { ...item, delta: outcome.text, logprobs: [] }),
        );
        return events;
      }
      case "end": {
        const events = opening();
        const part = outputText(text);
        const progress = finished(head, { ...outcome, text }, now());
        events.push(
          event("response.output_text.done", { ...item, text, logprobs: [] }),
          event("response.content_part.done", { ...item, part }),
          event("response.output_item.done", { output_index: 0, item: progress.output[0] }),
          event(`response.${progress.status}`, { response: responseObject(head, progress) }),
        );
        return events;
      }
      case "error": {
        const error = toErrorBody(outcome.error);
        const output = opened
          ? [messageItem(head.messageId, "incomplete", [outputText(text)])]
          : [];
        return [
          // OpenAI has the fields of the error in the event, Open Responses under `error`.
          event("error", { ...error, type: "error", error }),
          event("response.failed", {
            response: responseObject(head, { status: "failed", output, error }),
          }),
        ];
      }
    }
  };

  return new TransformStream<TurnOutcome, SseMessage>({
    start(controller) {
      controller.enqueue(event("response.created", { response: inProgress }));
      controller.enqueue(event("response.in_progress", { response: inProgress }));
    },
    transform(outcome, controller) {
      for (const event of next(outcome)) controller.enqueue(event);
      if (outcome.type !== "text") controller.enqueue({ data: "[DONE]" });
    },
  });
}
