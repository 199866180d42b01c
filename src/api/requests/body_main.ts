/**
 * The entry of the thread that understands large bodies.
 *
 * @module
 */
import { answerJobs } from "../../thread/answer_jobs.ts";
import { ApiError } from "../errors/errors.ts";
import { parseJson } from "../http/body.ts";
import { accept, type RequestKind } from "./accept.ts";
import type { BodyTask, KindName, UnderstoodBody } from "./body_protocol.ts";
import { RequestNotes } from "./request_notes.ts";

/** Schemas are loaded with the first body of their kind. */
const KINDS: Readonly<Record<KindName, () => Promise<RequestKind<unknown>>>> = {
  "chat completion": async () => (await import("../chat_completions/schema.ts")).CHAT_COMPLETION,
  "completion": async () => (await import("../completions/schema.ts")).COMPLETION,
  "response": async () => (await import("../responses/schema.ts")).RESPONSE,
  "input tokens": async () => (await import("../responses/schema.ts")).INPUT_TOKENS,
  "compaction": async () => (await import("../responses/schema.ts")).COMPACT,
  "conversation": async () => (await import("../conversations/schema.ts")).CREATE,
  "items": async () => (await import("../conversations/schema.ts")).ADD,
  "tokens": async () => (await import("../tokens/schema.ts")).DETOKENIZE,
};

answerJobs(async ({ kind, text, isStrict }: BodyTask): Promise<UnderstoodBody> => {
  const notes = new RequestNotes();
  try {
    const request = accept(await KINDS[kind](), parseJson(text), isStrict, notes);
    return { notes: notes.toRecord(), result: { json: JSON.stringify(request) } };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, message, headers, body: { type, param, code } } = error;
    return {
      notes: notes.toRecord(),
      result: { refusal: { status, message, headers, type, param, code } },
    };
  }
});
