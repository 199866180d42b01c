/** A location in a schema: property names and indices from its root. */
export type Path = readonly PropertyKey[];

/** A schema, or a part of one, cannot be enforced. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";

  constructor(
    /** The location of the problem. */
    readonly path: Path,
    /** The problem, as a clause about that location, such as "it must be a number". */
    readonly why: string,
  ) {
    super(`${path.join(".") || "The schema"}: ${why}`);
  }
}

/** A schema exceeds the limits of time or memory for its compilation. */
export class SchemaTooLargeError extends SchemaError {
  constructor(path: Path, what: string) {
    super(path, `it is too large: ${what}`);
  }
}

/** The grammar does not allow a token. */
export class TokenNotAllowedError extends Error {
  override readonly name = "TokenNotAllowedError";
  constructor(readonly token: number) {
    super(`Token ${token} is not allowed here`);
  }
}
