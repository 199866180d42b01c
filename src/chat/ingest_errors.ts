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
