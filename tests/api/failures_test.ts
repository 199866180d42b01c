import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { toWireError } from "../../src/api/errors/to_wire_error.ts";
import { EffortExceededError } from "../../src/constrain/effort.ts";
import type { Failure } from "../../src/failure/failure.ts";
import {
  BlankTextError,
  OtherRoleError,
  TextOfOtherModelError,
  UploadCutError,
  UploadStalledError,
} from "../../src/ingest/ingest_errors.ts";
import { RateLimitError } from "../../src/limits/rate_limits.ts";
import { TurnQueueFullError } from "../../src/limits/turn_queue.ts";
import { ConversationFileError } from "../../src/portable/errors.ts";
import {
  ConversationBusyError,
  CorruptSnapshotError,
  IngestOffsetError,
  LeaseLostError,
  QuotaExceededError,
  ResponseConflictError,
  ResponseNotFinishedError,
  TextNotKeptError,
  UnknownCompletionError,
  UnknownConversationError,
  UnknownIngestError,
  UnknownItemError,
  UnknownResponseError,
} from "../../src/records/errors.ts";
import { StateLayoutError, StateMismatchError, StateVersionError } from "../../src/state/errors.ts";
import { NoStateSecretError, SealedStateError } from "../../src/state/sealed_state.ts";
import {
  StoreClosedError,
  StoreRefusedError,
  StoreUnavailableError,
} from "../../src/store/errors.ts";
import { InvalidUtf8Error } from "../../src/tokenizer/utf8_reader.ts";
import { ServerStoppingError } from "../../src/turn/end_turns.ts";
import {
  AnswerOfOtherModelError,
  ModelUnavailableError,
  NothingToAnswerError,
  OtherInstructionsError,
  UnknownPersonaError,
  UnusablePersonaError,
} from "../../src/turn/errors.ts";
import { UnknownModelError } from "../../src/turn/model_names.ts";

/** What clients get of each failure: status, code, param, headers, message. */
const ROWS: readonly (readonly [
  Failure,
  number,
  string,
  string | null,
  Readonly<Record<string, string>>,
  string,
])[] = [
  [
    new UnknownResponseError("x"),
    404,
    "previous_response_not_found",
    "previous_response_id",
    {},
    "The response to continue was not found.",
  ],
  [
    new ServerStoppingError("unstored"),
    503,
    "server_stopping",
    null,
    {},
    "The server is stopping. The answer is not stored: ask again.",
  ],
  [
    new UnknownModelError("x", ["a", "b"]),
    404,
    "model_not_found",
    "model",
    {},
    "The model 'x' does not exist: this server knows 'a', 'b'.",
  ],
  [
    new ModelUnavailableError("a", "it is not there"),
    503,
    "model_unavailable",
    "model",
    { "retry-after": "5" },
    "The model 'a' cannot be loaded: it is not there.",
  ],
  [
    new UnknownPersonaError("a", "x", ["p", "q"]),
    404,
    "model_not_found",
    "model",
    {},
    "The model 'a' has no persona 'x': its file does not exist, or was removed. It has 'p', 'q'.",
  ],
  [
    new UnusablePersonaError("a", "x", "it is for a model of 2 layers"),
    503,
    "persona_unusable",
    "model",
    {},
    "The persona 'x' cannot be used with the model 'a': it is for a model of 2 layers.",
  ],
  [
    new UnknownConversationError("x"),
    404,
    "conversation_not_found",
    "conversation",
    {},
    "The conversation was not found.",
  ],
  [
    new ResponseNotFinishedError("x", true),
    409,
    "response_in_progress",
    null,
    { "retry-after": "1", "x-should-retry": "false" },
    "The response to continue is still running.",
  ],
  [
    new ResponseNotFinishedError("x", false),
    400,
    "response_not_continuable",
    "previous_response_id",
    {},
    "The response to continue did not end with an answer.",
  ],
  [
    new ResponseConflictError("x"),
    409,
    "response_conflict",
    null,
    { "retry-after": "1", "x-should-retry": "false" },
    "The response to continue was deleted meanwhile.",
  ],
  [
    new ConversationBusyError("x"),
    409,
    "conversation_busy",
    null,
    { "retry-after": "1", "x-should-retry": "false" },
    "Something else is being added to the conversation.",
  ],
  [
    new CorruptSnapshotError("x", "it is gone"),
    400,
    "state_unusable",
    "previous_response_id",
    {},
    "The stored state of the response to continue cannot be used. The stored record x cannot be used: it is gone.",
  ],
  [
    new QuotaExceededError("bytes", 3),
    429,
    "insufficient_quota",
    null,
    { "x-should-retry": "false" },
    "Storage quota exceeded (limit: 3 bytes). Delete responses or conversations that you no longer need.",
  ],
  [
    new QuotaExceededError("responses", 3),
    429,
    "insufficient_quota",
    null,
    { "x-should-retry": "false" },
    "Storage quota exceeded (limit: 3 stored responses). Delete responses or conversations that you no longer need.",
  ],
  [
    new QuotaExceededError("conversations", 3),
    429,
    "insufficient_quota",
    null,
    { "x-should-retry": "false" },
    "Storage quota exceeded (limit: 3 conversations). Delete responses or conversations that you no longer need.",
  ],
  [
    new TextNotKeptError("instructions"),
    409,
    "text_not_kept",
    null,
    { "retry-after": "1", "x-should-retry": "false" },
    "The conversation has read instructions and then a text that is not kept, so the instructions cannot be removed. Send them again, or others, which are then read after the text.",
  ],
  [
    new TextNotKeptError("model"),
    409,
    "text_not_kept",
    null,
    { "retry-after": "1", "x-should-retry": "false" },
    "The conversation has read a text that is not kept, with another model or an earlier version of the server, so it cannot be reread. Send the text to POST /v1/conversations/{id}/ingest of a new conversation, or serve the model that read it.",
  ],
  [
    new TextNotKeptError("persona"),
    409,
    "text_not_kept",
    null,
    { "retry-after": "1", "x-should-retry": "false" },
    "The conversation has read a text that is not kept, with another persona of the model or another version of its file, so it cannot be reread. Name the model with that persona, or put its file back.",
  ],
  [
    new TextNotKeptError("item"),
    409,
    "text_not_kept",
    null,
    { "retry-after": "1", "x-should-retry": "false" },
    "The conversation has read a text that is not kept, so items before it cannot be deleted.",
  ],
  [
    new TextNotKeptError("import"),
    409,
    "text_not_kept",
    null,
    { "retry-after": "1", "x-should-retry": "false" },
    "The conversation in the file has read a text that is not kept, so it cannot be reread. Import it without 'reread'.",
  ],
  [
    new UnknownIngestError("x"),
    404,
    "ingest_not_found",
    null,
    {},
    "No text is being read into the conversation.",
  ],
  [
    new IngestOffsetError("x", 12),
    409,
    "mismatching_upload_offset",
    "Upload-Offset",
    { "retry-after": "1", "upload-offset": "12", "x-should-retry": "false" },
    "The next part of the text starts at byte 12.",
  ],
  [
    new LeaseLostError("x"),
    500,
    "internal_error",
    null,
    {},
    "The server failed to answer.",
  ],
  [
    new ConversationFileError("it is empty"),
    400,
    "invalid_file",
    null,
    {},
    "The file is not a valid conversation file: it is empty.",
  ],
  [
    new StateMismatchError("a", "b"),
    400,
    "state_mismatch",
    "previous_response_id",
    {},
    "The response to continue was made with another model, so the model served now cannot continue it.",
  ],
  [
    new StateLayoutError("a", "b"),
    400,
    "state_mismatch",
    "previous_response_id",
    {},
    "The response to continue was made with another model, so the model served now cannot continue it.",
  ],
  [
    new StateVersionError(2, 1),
    400,
    "state_unusable",
    "previous_response_id",
    {},
    "The stored state of the response to continue cannot be used. The state is in version 2 of the format, and this program reads up to version 1.",
  ],
  [
    new SealedStateError(),
    400,
    "invalid_encrypted_content",
    "input",
    {},
    "The sealed state cannot be opened: it was changed, or sealed for another key, model or server.",
  ],
  [
    new NoStateSecretError("seal"),
    400,
    "state_secret_missing",
    "include",
    {},
    "This server seals no states: its setting TERN_STATE_SECRETS names no secret to do it with.",
  ],
  [
    new NoStateSecretError("open"),
    400,
    "state_secret_missing",
    "input",
    {},
    "This server seals no states: its setting TERN_STATE_SECRETS names no secret to do it with.",
  ],
  [
    new InvalidUtf8Error(7),
    400,
    "invalid_utf8",
    null,
    {},
    "The text is not valid UTF-8 at byte 7.",
  ],
  [
    new BlankTextError(),
    400,
    "blank_text",
    null,
    {},
    "The text is empty or contains only whitespace.",
  ],
  [
    new OtherRoleError("user"),
    400,
    "invalid_value",
    "role",
    {},
    "The text was started with the role 'user', which cannot change.",
  ],
  [
    new UploadCutError(5, {}),
    400,
    "upload_incomplete",
    null,
    { "upload-offset": "5" },
    "The upload was interrupted. The text before byte 5 is kept: resume there.",
  ],
  [
    new UploadStalledError(),
    408,
    "upload_stalled",
    null,
    {},
    "The upload stalled: no more data arrived. Resume at the next byte.",
  ],
  [
    new TextOfOtherModelError(),
    409,
    "text_not_kept",
    null,
    { "retry-after": "1", "x-should-retry": "false" },
    "The start of the text was read by another model or an earlier version of the server, and the text is not stored. Delete it with DELETE /v1/conversations/{id}/ingest, then send it again from the first byte.",
  ],
  [
    new NothingToAnswerError(),
    400,
    "invalid_value",
    "input",
    {},
    "Invalid 'input': there is no message to answer, and no answer to continue.",
  ],
  [
    new OtherInstructionsError(),
    400,
    "instructions_changed",
    "instructions",
    {},
    "The sealed state has read other instructions. Send the same instructions with each request; to change them, start a new conversation.",
  ],
  [
    new AnswerOfOtherModelError("a", "b"),
    500,
    "other_model",
    null,
    {},
    "The answer was begun by another model than the one served now, which cannot continue it. The text so far stays. Ask again.",
  ],
  [
    new AnswerOfOtherModelError("a@1", "a@2"),
    500,
    "other_model",
    null,
    {},
    "The answer was begun with another persona, or another version of its file, than the one served now, which cannot continue it. The text so far stays. Ask again.",
  ],
  [
    new StoreUnavailableError(9, {}),
    503,
    "store_unavailable",
    null,
    { "retry-after": "1" },
    "The store of conversations does not answer. Try again later.",
  ],
  [
    new StoreRefusedError("full", "db", {}),
    503,
    "store_unavailable",
    null,
    { "retry-after": "10" },
    "The store of conversations is full, so that nothing can be stored or changed. Try again later.",
  ],
  [
    new StoreRefusedError("read-only", "db", {}),
    503,
    "store_unavailable",
    null,
    { "retry-after": "10" },
    "The store of conversations is read-only, so that nothing can be stored or changed. Try again later.",
  ],
  [
    new StoreRefusedError("damaged", "db", {}),
    503,
    "store_unavailable",
    null,
    { "retry-after": "10" },
    "The database file of the store of conversations is damaged where this request needs it. Try again later.",
  ],
  [
    new StoreRefusedError("failing", "db", {}),
    503,
    "store_unavailable",
    null,
    { "retry-after": "10" },
    "The store of conversations failed to read or write its files. Try again later.",
  ],
  [
    new StoreClosedError(),
    500,
    "internal_error",
    null,
    {},
    "The server failed to answer.",
  ],
  [
    new RateLimitError("tokens", 1000, 61_001),
    429,
    "rate_limit_exceeded",
    null,
    { "retry-after": "62", "retry-after-ms": "61001" },
    "Rate limit reached: 1000 tokens a minute. Try again in 1m1.001s.",
  ],
  [
    new RateLimitError("requests", 5, 61_000),
    429,
    "rate_limit_exceeded",
    null,
    { "retry-after": "61", "retry-after-ms": "61000" },
    "Rate limit reached: 5 requests a minute. Try again in 1m1s.",
  ],
  [
    new TurnQueueFullError(7),
    429,
    "queue_full",
    null,
    { "retry-after": "7" },
    "Too many of your requests are waiting to be answered.",
  ],
  [
    new UnknownItemError("x"),
    404,
    "item_not_found",
    null,
    {},
    "The conversation has no such item.",
  ],
  [
    new UnknownCompletionError("x"),
    404,
    "completion_not_found",
    null,
    {},
    "The chat completion was not found.",
  ],
  [
    new EffortExceededError(7),
    400,
    "schema_too_large",
    null,
    {},
    "The schemas of this request take more than 7 steps to compile. " +
    "Large character classes, many repetitions and look-ahead in patterns are the most expensive.",
  ],
];

function typeOf(status: number): string {
  if (status >= 500) return "server_error";
  return status === 429 ? "too_many_requests" : "invalid_request_error";
}

describe("a failure that describes itself", () => {
  for (const [failure, status, code, param, headers, message] of ROWS) {
    it(`becomes a reply: ${failure.name}, ${status} ${code}`, () => {
      assert.deepEqual(toWireError(failure), {
        status,
        headers,
        body: { message, type: typeOf(status), param, code },
      });
    });
  }

  it("has a row here for every class that declares something", async () => {
    const rows = new Set(ROWS.map(([{ name }]) => name));
    const declared = new Set<string>();
    for await (const text of sources(new URL("../../src/", import.meta.url))) {
      const classes = text.matchAll(/^export class (\w+) extends \w+ \{\n(.*?)^\}/gms);
      for (const [, name, body] of classes) {
        if (/^ {2}override readonly (category|code)\b/m.test(body!)) declared.add(name!);
      }
    }
    // The root of a family, of which only members are thrown.
    declared.delete("StateError");
    assert.ok(declared.size > 25, `${declared.size} classes were found`);
    assert.deepEqual([...declared].filter((name) => !rows.has(name)), []);
  });
});

async function* sources(folder: URL): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const url = new URL(isDirectory ? `${name}/` : name, folder);
    if (isDirectory) yield* sources(url);
    else if (name.endsWith(".ts")) yield await Deno.readTextFile(url);
  }
}
