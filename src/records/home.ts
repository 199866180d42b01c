/** Hexadecimal digits of an id that say where it lives: those of the first response, or of the conversation. */
const HOME_DIGITS = 24;

const ID = new RegExp(`^[a-z]+[_-]([0-9a-f]{${HOME_DIGITS}})[0-9a-f]{${HOME_DIGITS}}$`);
const BLOB = new RegExp(`^([0-9a-f]{${HOME_DIGITS}})\\.`);

/** Where the records of a response, a conversation or a blob live, if the id says so. */
export function homeOf(id: string): string | undefined {
  return (ID.exec(id) ?? BLOB.exec(id))?.[1];
}

/**
 * An id that lives where another does.
 *
 * @param id random
 * @param other the id of a response or a conversation
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const [parent, id] = [`conv_${"0a".repeat(24)}`, `resp_${"bc".repeat(24)}`];
 * assert.equal(besideId(id, parent), `resp_${"0a".repeat(12)}${"bc".repeat(12)}`);
 * ```
 */
export function besideId(id: string, other: string): string {
  const [home, own] = [homeOf(other), homeOf(id)];
  return home === undefined || own === undefined ? id : id.replace(own, home);
}
