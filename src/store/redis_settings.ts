import { createClient } from "@redis/client";

/** Settings of a Redis server, by their names. */
export type RedisSettings = Readonly<Record<string, string>>;

/** What a setting means for what is stored. */
export interface Judgement {
  readonly status: "ok" | "warn" | "fail";
  readonly detail: string;
}

/** The settings on which it depends whether a server keeps what it is given. */
const NAMES = ["maxmemory", "maxmemory-policy", "appendonly", "appendfsync", "save"];

/**
 * Reads the settings of a server on which it depends whether it keeps what it is given.
 *
 * @throws {Error} if it does not tell them: managed servers may forbid `CONFIG`
 */
export async function readRedisSettings(url: string): Promise<RedisSettings> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => {}); // Told by the call that fails.
  try {
    await client.connect();
    return await client.configGet(NAMES);
  } finally {
    client.destroy();
  }
}

/** What an operator should know of a server's settings. Nothing, if the server does not tell them. */
export async function redisWarnings(url: string): Promise<string[]> {
  const settings = await readRedisSettings(url).catch(() => undefined);
  if (settings === undefined) return [];
  return [judgeEviction(settings), judgePersistence(settings)]
    .filter(({ status }) => status !== "ok")
    .map(({ detail }) => `Redis: ${detail}.`);
}

/**
 * A server that evicts keys when its memory is full loses parts of conversations.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * assert.equal(judgeEviction({ maxmemory: "0", "maxmemory-policy": "noeviction" }).status, "ok");
 * assert.equal(judgeEviction({ maxmemory: "1000", "maxmemory-policy": "allkeys-lru" }).status, "fail");
 * ```
 */
export function judgeEviction(settings: RedisSettings): Judgement {
  const policy = settings["maxmemory-policy"] ?? "unknown";
  if (policy === "noeviction") return { status: "ok", detail: policy };
  const isBounded = settings["maxmemory"] !== "0";
  const detail = `maxmemory-policy is ${policy}: when memory is full, parts of conversations are ` +
    "deleted. Set it to noeviction";
  return { status: isBounded ? "fail" : "warn", detail };
}

/** A server that keeps data in memory alone loses it when it stops. */
export function judgePersistence(settings: RedisSettings): Judgement {
  if (settings["appendonly"] === "yes") {
    const fsync = settings["appendfsync"] ?? "unknown";
    if (fsync === "always") return { status: "ok", detail: "appendonly, appendfsync always" };
    const detail = `appendfsync is ${fsync}: a power failure loses the last writes. ` +
      "Set it to always to keep all of them";
    return { status: "warn", detail };
  }
  const hasSnapshots = (settings["save"] ?? "") !== "";
  const detail = hasSnapshots
    ? "appendonly is no: a crash loses everything since the last snapshot. Set it to yes"
    : "Nothing is written to disk (appendonly is no, save is empty): set appendonly to yes";
  return { status: hasSnapshots ? "warn" : "fail", detail };
}
