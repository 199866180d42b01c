/** There is no such response, or it is another tenant's: nobody can tell which. */
export class UnknownResponseError extends Error {
  override readonly name = "UnknownResponseError";

  constructor(
    /** The id that was asked for. */
    readonly id: string,
  ) {
    super("There is no stored response of this id");
  }
}

/** Something stored is damaged or gone. None of it is used. */
export class CorruptSnapshotError extends Error {
  override readonly name = "CorruptSnapshotError";

  constructor(
    /** What is at fault, as in `chunk 3 of state 5f…`. */
    readonly what: string,
    why: string,
    options?: ErrorOptions,
  ) {
    super(`${what}: ${why}`, options);
  }
}

/** A response of this id is stored already. */
export class ResponseExistsError extends Error {
  override readonly name = "ResponseExistsError";

  constructor(readonly id: string) {
    super(`A response ${id} is stored already`);
  }
}
