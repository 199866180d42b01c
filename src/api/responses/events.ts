import type { Piece } from "../../engine/generate.ts";
import type { ResponseEvent } from "../../response/stored_response.ts";
import type { SseMessage } from "../../stream/sse.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";
import type { TurnEvent } from "../../turn/turn.ts";
import type { EventWriter } from "../answers/answer_events.ts";
import { padding } from "../answers/padding.ts";
import { promptProgress } from "../chat_completions/wire.ts";
import { toErrorBody } from "../errors/to_wire_error.ts";
import { OutputEvents } from "./output_events.ts";
import { failureOf, storedFailure } from "./stored_failure.ts";
import { progressOf, responseObject } from "./wire.ts";
import type { SealedEnd } from "./output.ts";
import type { ResponseHead } from "./asked.ts";

/** The events of one response: stored, or of a turn. */
export type AnyResponseEvent = ResponseEvent | TurnEvent;

/** An event with the time of the end. A turn that is not stored ends when its reader is told. */
type DatedEvent = ResponseEvent | SealedEnd;

/** The event that tells how much of the prompt has been read, to who asked for it. OpenAI has none. */
const PROGRESS = "tern.prompt_progress";

const DONE: SseMessage = { data: "[DONE]" };

/** What an event has besides its name and its number. */
type EventFields = object & {
  /** Some of the answer. */
  readonly delta?: string;
  readonly logprobs?: unknown;
};

/** Options of {@linkcode responseEvents}. */
export interface EventOptions {
  /** The number of the last event that is left out. All come if it is -1. */
  readonly after?: number;
  /** Whether what brings text is padded. As the request had it, if it is not given. */
  readonly padded?: boolean;
  /** Whether `response.created` has the names of ignored fields, where there are any. */
  readonly ignored?: boolean;
  /** Whether the response is stored, so that it goes on even if these events fail. */
  readonly stored?: boolean;
}

/**
 * Writes the events of a response, each with its name and its number, which is also its id for `Last-Event-ID`, and
 * `[DONE]`. The same of a response always gives the same bytes. After a failure there are `error` and `response.failed`.
 *
 * Source: Open Responses, "Streaming"; OpenAI API reference, "Responses streaming events".
 *
 * @param head What is known of the response from its beginning.
 */
export function responseEvents(
  head: ResponseHead,
  tokenizer: Tokenizer,
  now: () => number,
  {
    after = -1,
    padded = head.request.stream_options?.include_obfuscation ?? true,
    ignored = false,
    stored = false,
  }: EventOptions = {},
): EventWriter<AnyResponseEvent> {
  let sequence = 0;
  const pieces: Piece[] = [];

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
  const response = (end: Exclude<DatedEvent, Piece> | null, begun = true) => () => {
    return { response: responseObject(head, progressOf(head, tokenizer, { pieces, end, begun })) };
  };

  const next = (outcome: DatedEvent): SseMessage[] => {
    switch (outcome.type) {
      case "text":
        pieces.push(outcome);
        return output.push(outcome);
      case "end": {
        const status = outcome.reason === "length" ? "incomplete" : "completed";
        return [
          ...output.end(status, outcome),
          ...event(`response.${status}`, response(outcome)),
          DONE,
        ];
      }
      case "failed": {
        const error = failureOf(outcome);
        return [
          // OpenAI has the fields of the error in the event, Open Responses under `error`.
          ...event("error", () => ({ ...error, type: "error", error })),
          ...event("response.failed", response(outcome)),
          DONE,
        ];
      }
      case "cancelled":
        return [...event("response.incomplete", response(outcome)), DONE];
    }
  };

  return {
    begun: () => [
      ...event("response.created", () => ({
        ...response(null, false)(),
        ...ignored && head.ignored ? { ignored: head.ignored } : {},
      })),
      ...head.request.background ? event("response.queued", response(null, false)) : [],
      ...event("response.in_progress", response(null)),
    ],
    next(told) {
      switch (told.type) {
        case "progress":
          // No event of the response, which are the same whenever they are told: it has no number.
          return [{
            event: PROGRESS,
            data: JSON.stringify({ type: PROGRESS, ...promptProgress(told) }),
          }];
        case "end":
          return next({ at: now(), ...told });
        default:
          return next(told);
      }
    },
    failed(failure, begun) {
      if (!stored || !begun) {
        return next({ type: "failed", at: now(), failure: storedFailure(failure) });
      }
      // No event of the response: it has the number of the last one that the client has, so that what it asks for next
      // is what comes after that.
      const error = toErrorBody(failure);
      const fields = { sequence_number: Math.max(after, sequence - 1), ...error };
      return [{ event: "error", data: JSON.stringify({ ...fields, type: "error", error }) }];
    },
  };
}
