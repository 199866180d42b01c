import { AnswerOfOtherModelError } from "../../turn/answer_of_other_model_error.ts";
import {
  BlankTextError,
  OtherRoleError,
  TextOfOtherModelError,
  UploadCutError,
  UploadStalledError,
} from "../../ingest/ingest_errors.ts";
import { NothingToAnswerError } from "../../turn/nothing_to_answer_error.ts";
import { OtherInstructionsError } from "../../turn/other_instructions_error.ts";
import { RateLimitError } from "../../limits/rate_limits.ts";
import { TurnQueueFullError } from "../../limits/turn_queue.ts";
import {
  ConversationBusyError,
  CorruptSnapshotError,
  IngestOffsetError,
  QuotaExceededError,
  ResponseConflictError,
  ResponseNotFinishedError,
  TextNotKeptError,
  UnknownConversationError,
  UnknownIngestError,
  UnknownResponseError,
} from "../../records/errors.ts";
import { ConversationFileError } from "../../portable/errors.ts";
import { type Refusal, StoreRefusedError, StoreUnavailableError } from "../../store/errors.ts";
import { StateError, StateLayoutError, StateMismatchError } from "../../state/errors.ts";
import { NoStateSecretError, SealedStateError } from "../../state/sealed_state.ts";
import { InvalidUtf8Error } from "../../tokenizer/utf8_reader.ts";
import { toDuration } from "./duration.ts";
import {
  ApiError,
  type ErrorBody,
  INTERNAL_ERROR,
  isAbortError,
  type WireError,
} from "./errors.ts";

/**
 * The reply to whatever a route threw: the one place that turns errors into the wire's.
 *
 * @returns `null` if the client went away: there is nobody to reply to.
 */
export function toWireError(error: unknown): WireError | null {
  if (error instanceof ApiError) return error;
  if (error instanceof UnknownResponseError) {
    return new ApiError(404, "The response to continue was not found.", {
      param: "previous_response_id",
      code: "previous_response_not_found",
    });
  }
  if (error instanceof UnknownConversationError) {
    return new ApiError(404, "The conversation was not found.", {
      param: "conversation",
      code: "conversation_not_found",
    });
  }
  if (error instanceof ResponseNotFinishedError) {
    return error.running
      ? conflict("The response to continue is still being made.", "response_in_progress")
      : new ApiError(400, "The response to continue did not end with an answer.", {
        param: "previous_response_id",
        code: "response_not_continuable",
      });
  }
  if (error instanceof NothingToAnswerError) {
    return new ApiError(
      400,
      "Invalid 'input': there is no message to answer, and no answer to continue.",
      { param: "input", code: "invalid_value" },
    );
  }
  if (error instanceof QuotaExceededError) {
    const { what, limit } = error;
    return new ApiError(
      429,
      `You keep as much as you may: ${limit} ${
        UNITS[what]
      }. Delete responses or conversations that you no longer need.`,
      {
        type: "too_many_requests",
        // As OpenAI calls it. Waiting does not help, so clients are told not to.
        code: "insufficient_quota",
        headers: { "x-should-retry": "false" },
      },
    );
  }
  if (error instanceof ConversationBusyError) {
    return conflict("Something else is being added to the conversation.", "conversation_busy");
  }
  if (error instanceof ResponseConflictError) {
    return conflict("The response to continue was deleted meanwhile.", "response_conflict");
  }
  if (error instanceof StateMismatchError || error instanceof StateLayoutError) {
    return new ApiError(
      400,
      "The response to continue was made with another model, so the model served now cannot continue it.",
      { param: "previous_response_id", code: "state_mismatch" },
    );
  }
  if (error instanceof StateError || error instanceof CorruptSnapshotError) {
    return new ApiError(
      400,
      `The stored state of the response to continue cannot be used. ${error.message}.`,
      { param: "previous_response_id", code: "state_unusable" },
    );
  }
  if (error instanceof UnknownIngestError) {
    return new ApiError(404, "No text is being read into the conversation.", {
      code: "ingest_not_found",
    });
  }
  if (error instanceof IngestOffsetError) {
    const { offset } = error;
    return new ApiError(409, `The text goes on at byte ${offset}.`, {
      param: "Upload-Offset",
      code: "mismatching_upload_offset",
      headers: { "x-should-retry": "false", "upload-offset": `${offset}` },
    });
  }
  if (error instanceof InvalidUtf8Error) {
    return new ApiError(400, `The text is not valid UTF-8 at byte ${error.offset}.`, {
      code: "invalid_utf8",
    });
  }
  if (error instanceof BlankTextError) {
    return new ApiError(400, "There is nothing to read in the text.", { code: "blank_text" });
  }
  if (error instanceof OtherRoleError) {
    return new ApiError(400, `${error.message}, and goes on with it.`, {
      param: "role",
      code: "invalid_value",
    });
  }
  if (error instanceof UploadCutError) {
    const { offset } = error;
    return new ApiError(
      400,
      `The body broke off. The text is kept up to byte ${offset}: go on there.`,
      {
        code: "upload_incomplete",
        headers: { "upload-offset": `${offset}` },
      },
    );
  }
  if (error instanceof UploadStalledError) {
    return new ApiError(408, "No more of the text came. Go on at the byte that is next.", {
      code: "upload_stalled",
    });
  }
  if (error instanceof TextOfOtherModelError) {
    return conflict(
      "The beginning of the text was read by another model, or an earlier version of the server, and is not kept. Forget it with DELETE /v1/conversations/{id}/ingest, and send the text again from its first byte.",
      "text_not_kept",
    );
  }
  if (error instanceof TextNotKeptError) {
    return conflict(TEXT_NEEDS[error.need], "text_not_kept");
  }
  if (error instanceof ConversationFileError) {
    return new ApiError(400, `${error.message}.`, { code: "invalid_file" });
  }
  if (error instanceof SealedStateError) {
    return new ApiError(
      400,
      "The sealed state cannot be opened: it was changed, or sealed for another key, model or server.",
      { param: "input", code: "invalid_encrypted_content" },
    );
  }
  if (error instanceof NoStateSecretError) {
    return new ApiError(
      400,
      "This server seals no states: its setting TERN_STATE_SECRETS names no secret to do it with.",
      { param: error.wanted === "seal" ? "include" : "input", code: "state_secret_missing" },
    );
  }
  if (error instanceof OtherInstructionsError) {
    return new ApiError(
      400,
      "The sealed state has read other instructions. They are sent with each request, always the same; to change them, begin again.",
      { param: "instructions", code: "instructions_changed" },
    );
  }
  if (error instanceof AnswerOfOtherModelError) {
    return new ApiError(
      500,
      "The answer was begun by another model than the one served now, which cannot go on with it. What there is of it stays. Ask again.",
      { type: "server_error", code: "other_model" },
    );
  }
  if (error instanceof StoreRefusedError) {
    return new ApiError(503, `${REFUSALS[error.refusal]} Try again later.`, {
      type: "server_error",
      code: "store_unavailable",
      headers: { "retry-after": REFUSED_SECONDS },
      cause: error,
    });
  }
  if (error instanceof StoreUnavailableError) {
    return new ApiError(503, "The store of conversations does not answer. Try again later.", {
      type: "server_error",
      code: "store_unavailable",
      headers: { "retry-after": "1" },
    });
  }
  if (error instanceof RateLimitError) {
    const { budget, perMinute, retryAfterMs } = error;
    return new ApiError(
      429,
      `Rate limit reached: ${perMinute} ${budget} a minute. Try again in ${
        toDuration(retryAfterMs)
      }.`,
      {
        type: "too_many_requests",
        code: "rate_limit_exceeded",
        headers: {
          "retry-after": `${Math.ceil(retryAfterMs / 1000)}`,
          // What OpenAI's clients look for first.
          "retry-after-ms": `${retryAfterMs}`,
        },
      },
    );
  }
  if (error instanceof TurnQueueFullError) {
    return new ApiError(429, "Too many of your requests are waiting to be answered.", {
      type: "too_many_requests",
      code: "queue_full",
      headers: { "retry-after": `${error.retryAfter}` },
    });
  }
  return isAbortError(error) ? null : INTERNAL_ERROR;
}

/** What keeps a text that was not kept from being read again, and what to do. */
const TEXT_NEEDS = {
  instructions:
    "The conversation has read a text that is not kept after instructions, which cannot be taken back. Send those, or others, which are then read after the text.",
  model:
    "The conversation has read a text that is not kept, with another model or an earlier version of the server, so it cannot be read again. Send the text to POST /v1/conversations/{id}/ingest of a new conversation, or serve the model that has read it.",
  item:
    "The conversation has read a text that is not kept, so nothing can be taken out that came before it.",
  import:
    "The file holds a conversation that has read a text which is not kept, so it cannot be read again. Import it without 'reread'.",
} as const satisfies Record<TextNotKeptError["need"], string>;

/** When to try again: somebody has to make room, or mend something. */
const REFUSED_SECONDS = "10";

/** What clients are told of a store that refuses. Which file it is, is in the log. */
const REFUSALS = {
  full: "The store of conversations is full, so that nothing can be stored or changed.",
  "read-only": "The store of conversations is read-only, so that nothing can be stored or changed.",
  damaged:
    "The database file of the store of conversations is damaged where this request needs it.",
  failing: "The store of conversations failed to read or write its files.",
  removed: "The database file of the store of conversations was removed while the server ran.",
} as const satisfies Record<Refusal, string>;

/** What quotas are in. */
const UNITS = {
  bytes: "bytes",
  responses: "stored responses",
  conversations: "conversations",
} as const satisfies Record<QuotaExceededError["what"], string>;

/** Two requests wanted the same. Trying again by itself would not do what its sender meant, so clients are told not to. */
function conflict(message: string, code: string): ApiError {
  return new ApiError(409, message, { code, headers: { "x-should-retry": "false" } });
}

/** What a stream that already began says of the failure that ends it. */
export function toErrorBody(error: unknown): ErrorBody {
  return (toWireError(error) ?? INTERNAL_ERROR).body;
}
