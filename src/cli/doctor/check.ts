/** One finding of `tern doctor`. */
export interface Check {
  /** What was looked at. */
  readonly name: string;
  /** `fail`: the server would not start or would lose data. `warn`: it works, but not as well as it could. */
  readonly status: "ok" | "warn" | "fail";
  /** What was found, and what to do about it unless that is nothing. */
  readonly detail: string;
}

/** The message of an error. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`;
}
