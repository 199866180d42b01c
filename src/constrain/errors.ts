/** Where in a schema something is: property names and indices from its root. */
export type Path = readonly PropertyKey[];

/** A schema that answers cannot be constrained to. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";

  constructor(
    /** Where in the schema the fault is. */
    readonly path: Path,
    /** What is wrong there, as the end of a sentence that names the place. */
    readonly why: string,
  ) {
    super(`${path.join(".") || "The schema"}: ${why}`);
  }
}

/** A schema that would take too much time or memory to compile. */
export class SchemaTooLargeError extends SchemaError {
  constructor(path: Path, what: string) {
    super(path, `it is too large: ${what}`);
  }
}

/** A token that the mask does not allow. */
export class TokenNotAllowedError extends Error {
  override readonly name = "TokenNotAllowedError";
  constructor(readonly token: number) {
    super(`Token ${token} cannot come here`);
  }
}
