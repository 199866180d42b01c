import { Failure } from "../failure/failure.ts";

/** The text is empty or contains only whitespace. */
export class BlankTextError extends Failure {
  override readonly name = "BlankTextError";
  override readonly category = "invalid";
  override readonly code = "blank_text";
  constructor() {
    super("The text is blank");
  }

  override get clientMessage(): string {
    return "The text is empty or contains only whitespace.";
  }
}

/** The text was started with another role. */
export class OtherRoleError extends Failure {
  override readonly name = "OtherRoleError";
  override readonly category = "invalid";
  override readonly code = "invalid_value";
  override readonly param = "role";
  constructor(readonly role: string) {
    super(`The text was started with the role '${role}'`);
  }

  override get clientMessage(): string {
    return `${this.message}, which cannot change.`;
  }
}

/** The body of an upload ended early or failed. The bytes before are kept. */
export class UploadCutError extends Failure {
  override readonly name = "UploadCutError";
  override readonly category = "invalid";
  override readonly code = "upload_incomplete";

  /** @param offset the byte at which to resume: all bytes before it are kept */
  constructor(readonly offset: number, options: ErrorOptions) {
    super(`The upload was interrupted: resume at byte ${offset}`, options);
  }

  override get clientMessage(): string {
    return `The upload was interrupted. The text before byte ${this.offset} is kept: resume there.`;
  }

  override get headers() {
    return { "upload-offset": `${this.offset}` };
  }
}

/** The upload was idle for too long. */
export class UploadStalledError extends Failure {
  override readonly name = "UploadStalledError";
  override readonly category = "stalled";
  override readonly code = "upload_stalled";
  constructor() {
    super("Idle timeout of an upload");
  }

  override get clientMessage(): string {
    return "The upload stalled: no more data arrived. Resume at the next byte.";
  }
}

/** The start of the text was read by another model and is not stored, so the ingest cannot continue. */
export class TextOfOtherModelError extends Failure {
  override readonly name = "TextOfOtherModelError";
  override readonly category = "conflict";
  override readonly code = "text_not_kept";
  constructor(options?: ErrorOptions) {
    super("The start of the text was read by another model", options);
  }

  override get clientMessage(): string {
    return "The start of the text was read by another model or an earlier version of the server, and the text is not stored. Delete it with DELETE /v1/conversations/{id}/ingest, then send it again from the first byte.";
  }
}
