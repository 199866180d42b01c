/** A text has ended, and there is nothing to read in it. */
export class BlankTextError extends Error {
  override readonly name = "BlankTextError";
  constructor() {
    super("The text is blank");
  }
}

/** A text was begun as that of another speaker. */
export class OtherRoleError extends Error {
  override readonly name = "OtherRoleError";
  constructor(readonly role: string) {
    super(`The text was begun with the role '${role}'`);
  }
}

/** The body of an upload broke off before its end, or could not be read on. What came before is kept. */
export class UploadCutError extends Error {
  override readonly name = "UploadCutError";

  /** @param offset the byte at which the text goes on: all before it are kept */
  constructor(readonly offset: number, options: ErrorOptions) {
    super(`The upload broke off: it goes on at byte ${offset}`, options);
  }
}

/** Nothing more came of a text for too long. */
export class UploadStalledError extends Error {
  override readonly name = "UploadStalledError";
  constructor() {
    super("No more of the text came");
  }
}

/** The beginning of a text was read by another model, and is not kept, so it cannot be gone on with. */
export class TextOfOtherModelError extends Error {
  override readonly name = "TextOfOtherModelError";
  constructor(options?: ErrorOptions) {
    super("The beginning of the text was read by another model", options);
  }
}
