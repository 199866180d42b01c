import { Failure } from "../failure/failure.ts";

/** A text has ended, and there is nothing to read in it. */
export class BlankTextError extends Failure {
  override readonly name = "BlankTextError";
  override readonly category = "invalid";
  override readonly code = "blank_text";
  constructor() {
    super("The text is blank");
  }

  override get clientMessage(): string {
    return "There is nothing to read in the text.";
  }
}

/** A text was begun as that of another speaker. */
export class OtherRoleError extends Failure {
  override readonly name = "OtherRoleError";
  override readonly category = "invalid";
  override readonly code = "invalid_value";
  override readonly param = "role";
  constructor(readonly role: string) {
    super(`The text was begun with the role '${role}'`);
  }

  override get clientMessage(): string {
    return `${this.message}, and goes on with it.`;
  }
}

/** The body of an upload broke off before its end, or could not be read on. What came before is kept. */
export class UploadCutError extends Failure {
  override readonly name = "UploadCutError";
  override readonly category = "invalid";
  override readonly code = "upload_incomplete";

  /** @param offset the byte at which the text goes on: all before it are kept */
  constructor(readonly offset: number, options: ErrorOptions) {
    super(`The upload broke off: it goes on at byte ${offset}`, options);
  }

  override get clientMessage(): string {
    return `The body broke off. The text is kept up to byte ${this.offset}: go on there.`;
  }

  override get headers() {
    return { "upload-offset": `${this.offset}` };
  }
}

/** Nothing more came of a text for too long. */
export class UploadStalledError extends Failure {
  override readonly name = "UploadStalledError";
  override readonly category = "stalled";
  override readonly code = "upload_stalled";
  constructor() {
    super("No more of the text came");
  }

  override get clientMessage(): string {
    return "No more of the text came. Go on at the byte that is next.";
  }
}

/** The beginning of a text was read by another model, and is not kept, so it cannot be gone on with. */
export class TextOfOtherModelError extends Failure {
  override readonly name = "TextOfOtherModelError";
  override readonly category = "conflict";
  override readonly code = "text_not_kept";
  constructor(options?: ErrorOptions) {
    super("The beginning of the text was read by another model", options);
  }

  override get clientMessage(): string {
    return "The beginning of the text was read by another model, or an earlier version of the server, and is not kept. Forget it with DELETE /v1/conversations/{id}/ingest, and send the text again from its first byte.";
  }
}
