/** An entry as it crosses between objects. */
export interface StoredEntry {
  /** The key, encoded. */
  readonly key: Uint8Array;
  readonly value: Uint8Array<ArrayBuffer>;
  readonly version: string;
}

/** A change as it crosses between objects. With neither a value nor what is to be added, the key is deleted. */
export interface StoredWrite {
  readonly key: Uint8Array;
  readonly value?: Uint8Array;
  readonly add?: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** A condition as it crosses between objects. */
export interface StoredCheck {
  readonly key: Uint8Array;
  readonly version: string | undefined;
}
