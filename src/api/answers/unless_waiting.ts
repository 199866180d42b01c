/** Something that was begun, and may have to wait. In an object, because what is returned is waited for otherwise. */
export interface Begun<T> {
  readonly begun: Promise<T>;
}

/**
 * Begins something, and comes back when it is there or as soon as it has to wait: then a reply can begin meanwhile.
 *
 * @param begin calls `onWait` if it has to wait
 * @throws what `begin` throws before that
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 *
 * const { begun } = await unlessWaiting((onWait) => {
 *   onWait();
 *   return new Promise<string>((resolve) => setTimeout(() => resolve("there"), 10));
 * });
 * assert.equal(await begun, "there");
 * await assert.rejects(unlessWaiting(() => Promise.reject(new Error("at once"))), /at once/);
 * ```
 */
export async function unlessWaiting<T>(
  begin: (onWait: () => void) => Promise<T>,
): Promise<Begun<T>> {
  const waits = Promise.withResolvers<void>();
  const begun = begin(waits.resolve);
  // Whoever waits for it is told later.
  begun.catch(() => {});
  await Promise.race([begun, waits.promise]);
  return { begun };
}
