import type { Key } from "./kv_store.ts";

/**
 * Which object keeps a key, for a store that consists of many. Any placement is correct: a commit over several objects
 * is atomic too. A good one lets most commits stay within one object.
 */
export interface Placement {
  /** The name of the object that keeps a key. */
  objectOf(key: Key): string;

  /**
   * The objects that may keep keys that continue a prefix.
   *
   * @throws {StoreKeyError} if they cannot be enumerated.
   */
  objectsOf(prefix: Key): readonly string[];

  /**
   * The object that lists a key which another one keeps: it gets a pointer before the key is created, and loses it when
   * the key is deleted.
   */
  listedBy?(key: Key): string | undefined;

  /**
   * Whether a key says nothing by itself, so that it may be written ahead of the commit that it is part of: it only
   * leads to a record, and readers expect that the record may be missing.
   */
  isHint?(key: Key): boolean;

  /** Whether additions to a counter may wait in the object of their commit, until a commit that reaches the counter's. */
  mayLag?(key: Key): boolean;
}

/** Everything in one object. */
export function inOneObject(name: string): Placement {
  return { objectOf: () => name, objectsOf: () => [name] };
}
