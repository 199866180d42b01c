/** One setting: everything there is to know of it. */
export interface Setting<T> {
  /** The environment variable that sets it. */
  readonly env: string;
  /** What it is when the variable is absent or empty, as one would write it there. */
  readonly default: string;
  /** What it is for. */
  readonly meaning: string;
  /** What may be written there, in words. */
  readonly allowed: string;
  /** Its value is never shown. */
  readonly secret?: true;
  /** Reads what is written there. `undefined` if that is not allowed. */
  readonly parse: (text: string) => T | undefined;
}

/** A setting, with the type of its value. */
export function setting<T>(setting: Setting<T>): Setting<T> {
  return setting;
}

/*
 * Texts are read by hand: the engine's thread is told what to load before anything else is, and a library for schemas takes
 * longer to load than that.
 */

/** A whole number in decimal digits. */
export function integer(minimum: number, maximum: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    return value >= minimum && value <= maximum ? value : undefined;
  };
}

/** One of these words. */
export function oneOf<const Word extends string>(words: readonly Word[]) {
  return (text: string): Word | undefined => words.find((word) => word === text);
}

/** A text of which something is true. */
export function textThat(
  isAllowed: (text: string) => boolean,
): (text: string) => string | undefined {
  return (text) => isAllowed(text) ? text : undefined;
}

/** Items between commas, without the spaces around them, of each of which something is true. */
export function listOf(isAllowed: (item: string) => boolean) {
  return (text: string): string[] | undefined => {
    const items = text === "" ? [] : text.split(",").map((item) => item.trim());
    return items.every(isAllowed) ? items : undefined;
  };
}

/** The name of a host, or an IP address. */
export const isHost = (text: string): boolean => /^[A-Za-z0-9._:-]+$/.test(text);

/** The URL of a Redis server. */
export function isRedis(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^rediss?:$/.test(url.protocol) && url.hostname !== "";
}

/** The URL of a web server. A slash at the end is dropped. */
export function server(text: string): string | undefined {
  const url = URL.parse(text);
  const isServer = url !== null && /^https?:$/.test(url.protocol) && url.search === "";
  return isServer ? text.replace(/\/+$/, "") : undefined;
}

/** A number in decimal digits. */
export function amount(text: string): number | undefined {
  return /^\d{1,15}(\.\d+)?$/.test(text) ? Number(text) : undefined;
}

/** What the units of {@linkcode bytes} stand for. */
const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
};

/**
 * An amount of memory, with or without a unit.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(bytes("1.5GB"), 1_500_000_000);
 * assert.equal(bytes("1 GiB"), 1_073_741_824);
 * assert.equal(bytes("1 apple"), undefined);
 * ```
 */
export function bytes(text: string): number | undefined {
  const [, number = "", unit = ""] = /^([\d.]+) ?([KMG]i?B)?$/i.exec(text) ?? [];
  const value = amount(number);
  return value === undefined || value === 0
    ? undefined
    : Math.floor(value * UNITS[unit.toUpperCase()]!);
}

/** Days, or parts of them. */
export function days(text: string): number | undefined {
  const value = amount(text);
  return value !== undefined && value <= 100_000 ? value : undefined;
}
