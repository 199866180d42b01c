import { InvalidRequestError } from "../errors/errors.ts";

/** Levels of objects and arrays in a body. Nothing that says something is nested deeper. */
const MAX_DEPTH = 500;

/**
 * Refuses a body nested so deeply that functions which look at all of it would run out of stack.
 *
 * @throws {InvalidRequestError}
 */
export function refuseDeep(body: unknown): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) {
      throw new InvalidRequestError(
        `The body is nested more than ${MAX_DEPTH} levels deep.`,
        null,
        "invalid_value",
      );
    }
    level = level.flatMap((value) =>
      typeof value === "object" && value !== null ? Object.values(value) : []
    );
  }
}
