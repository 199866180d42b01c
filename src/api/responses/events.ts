import type { PromptProgress } from "../../turn/prompt_progress.ts";
import type { ResponseEvent, ResponseText } from "../../response/stored_response.ts";
import type { SseMessage } from "../../stream/sse.ts";
import { promptProgress } from "../chat_completions/wire.ts";
import { padding } from "../answers/padding.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import { toErrorBody } from "../errors/to_wire_error.ts";
import { OutputEvents } from "./output_events.ts";
import { failureOf, progressOf, responseObject } from "./wire.ts";
import type { SealedEnd } from "./output.ts";
import type { ResponseHead } from "./asked.ts";

/** What comes of a response, or the error for which no more can be told of it. */
export type ResponseOutcome =
  | ResponseEvent
  | SealedEnd
  | PromptProgress
  | { readonly type: "broken"; readonly cause: unknown };

/** The event that tells how much of the prompt has been read, to who asked for it. OpenAI has none. */
const PROGRESS = "tern.prompt_progress";

/** What an event has besides its name and its number. */
type EventFields = object & {
  /** Some of the answer. */
  readonly delta?: string;
  readonly logprobs?: unknown;
};

/** Options of {@linkcode responseEvents}. */
export interface EventOptions {
  readonly after?: number;
  readonly padded?: boolean;
  /** Whether the first event names what of the request was ignored. */
  readonly ignored?: boolean;
}

/**
 * Turns what comes of a response into the events of its stream, each with its name and its number, which is also its id
 * for `Last-Event-ID`, and `[DONE]`. The same of a response always gives the same bytes. After a failure there are `error` and `response.failed`.
 *
 * Source: Open Responses, "Streaming"; OpenAI API reference, "Responses streaming events".
 *
 * @param head What is known of the response from its beginning.
 * @param options.after The number of the last event that is left out. All come if it is -1.
 * @param options.ignored Whether `response.created` has the names of ignored fields, where there are any.
 * @param options.padded Whether what brings text is padded. As the request had it, if it is not given.
 */
export function responseEvents(
  head: ResponseHead,
  tokenizer: Tokenizer,
  {
    after = -1,
    padded = head.request.stream_options?.include_obfuscation ?? true,
    ignored = false,
  }: EventOptions = {},
): TransformStream<ResponseOutcome, SseMessage> {
  let sequence = 0;
  const pieces: ResponseText[] = [];

  /** No event if it is left out, so that it costs nothing. */
  const event = (type: string, fields: () => EventFields): SseMessage[] => {
    const sequence_number = sequence++;
    if (sequence_number <= after) return [];
    const own = fields();
    const { delta, logprobs } = own;
    const pad = padded && delta !== undefined ? { obfuscation: padding([delta, logprobs]) } : {};
    return [{
      event: type,
      id: `${sequence_number}`,
      data: JSON.stringify({ type, sequence_number, ...own, ...pad }),
    }];
  };
  const output = new OutputEvents(head, tokenizer, event);
  const response = (outcome: ResponseEvent | SealedEnd | null, begun = true) => () => {
    const end = outcome?.type === "text" ? null : outcome;
    return { response: responseObject(head, progressOf(head, tokenizer, { pieces, end, begun })) };
  };

  const beginning = (): SseMessage[] => [
    ...event("response.created", () => ({
      ...response(null, false)(),
      ...ignored && head.ignored ? { ignored: head.ignored } : {},
    })),
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
        return [...output.end(status, outcome), ...event(`response.${status}`, response(outcome))];
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
      case "progress":
        // No event of the response, which are the same whenever they are told: it has no number.
        return [{
          event: PROGRESS,
          data: JSON.stringify({ type: PROGRESS, ...promptProgress(outcome) }),
        }];
      case "broken": {
        // No event of the response: it has the number of the last one that the client has, so that what it asks for next
        // is what comes after that.
        const error = toErrorBody(outcome.cause);
        const fields = { sequence_number: Math.max(after, sequence - 1), ...error };
        return [{ event: "error", data: JSON.stringify({ ...fields, type: "error", error }) }];
      }
    }
  };

  return new TransformStream<ResponseOutcome, SseMessage>({
    start(controller) {
      for (const event of beginning()) controller.enqueue(event);
    },
    transform(outcome, controller) {
      for (const event of next(outcome)) controller.enqueue(event);
      const over = !["text", "progress", "broken"].includes(outcome.type);
      if (over) controller.enqueue({ data: "[DONE]" });
    },
  });
}
