import { z } from "zod";
import { storedBlobSchema } from "../records/blob.ts";
import { UnknownResponseError } from "../records/errors.ts";
import { isResponseId } from "../records/ids.ts";
import { leaseKey, runKey } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";

/** Where the making of an answer begins. Kept, so that who goes on with it begins at the same place. */
const runStartSchema = z.object({
  /** The snapshot that was gone on from; `null` for the empty state. */
  manifest: z.string().nullable(),
  /** Tokens that it has read. */
  tokens: z.int().nonnegative(),
  /** Messages that it has not read: so many from the end. */
  unread: z.int().nonnegative(),
  /** Of the first of these, the tokens that it has read. Absent: none. */
  begun: z.int().nonnegative().exactOptional(),
  /** The hash of all messages, the unread ones included. */
  prefix: z.string(),
  /** The seed that tokens are drawn with. */
  seed: z.number(),
  /** The fingerprint of the model that makes it. Absent in what was begun before this was kept. */
  model: z.string().exactOptional(),
});

/** Where the making of an answer begins. */
export type RunStart = z.infer<typeof runStartSchema>;

/** How a response ended. `at` is in milliseconds since the epoch. */
export const runEndSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("end"),
    at: z.number(),
    reason: z.enum(["stop", "length"]),
    usage: z.object({
      prompt: z.int().nonnegative(),
      cached: z.int().nonnegative(),
      completion: z.int().nonnegative(),
      thoughts: z.int().nonnegative().exactOptional(),
    }),
  }),
  /** What to tell of the failure, as the rooms above say it. */
  z.object({ type: z.literal("failed"), at: z.number(), failure: z.json() }),
  z.object({ type: z.literal("cancelled"), at: z.number() }),
]);

/** How a response ended. */
export type RunEnd = z.infer<typeof runEndSchema>;

/** What becomes of a response when the client that asked for it leaves. */
export const LEAVING = ["drop", "pause", "continue"] as const;

/** The record of a response: from the moment it is accepted until it is deleted. */
export const runSchema = z.object({
  id: z.string(),
  createdAt: z.number(),
  parent: z.string().nullable(),
  conversation: z.string().nullable(),
  /** What it is made from, as the rooms above write it. */
  request: storedBlobSchema,
  /** Bytes that it counts for from beginning to end, less its log. */
  charged: z.int().nonnegative().default(0),
  /** Bytes that it counts for besides while it is being made, for the state that is to come. */
  reserved: z.int().nonnegative().default(0),
  leaving: z.enum(LEAVING),
  /** `null` until its turn has come, and after it has ended. */
  start: runStartSchema.nullable(),
  /** `null` while it is being made. */
  end: runEndSchema.nullable(),
  /** Entries of its log, once it has ended. Absent before, and in what ended before this was kept. */
  entries: z.int().nonnegative().exactOptional(),
});

/** The record of a response. */
export type Run = z.infer<typeof runSchema>;

/** Who makes a response. */
export const leaseSchema = z.object({
  /** The instance. `null`: nobody does, and whoever wants it may. */
  owner: z.string().nullable(),
  /** One more for each owner. */
  epoch: z.int().positive(),
  /** When it is free for others, milliseconds since the epoch. */
  expiresAt: z.number(),
  /** Its client left: it goes on when somebody asks for it, and is given up when the lease expires. */
  paused: z.boolean(),
});

/** Who makes a response. */
export type RunLease = z.infer<typeof leaseSchema>;

/** A lease as it was read. */
export interface FoundLease {
  readonly lease: RunLease;
  readonly version: string;
}

/**
 * The record of a response as it is now.
 *
 * @throws {UnknownResponseError} if this tenant has none of this id.
 */
export async function readRun(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
): Promise<{ readonly run: Run; readonly version: string }> {
  const entry = isResponseId(id) ? await store.get(runKey(tenant, id), options) : undefined;
  if (entry === undefined) throw new UnknownResponseError(id);
  return { run: decodeRecord(runSchema, entry.value, id), version: entry.version };
}

/** The lease of a response, unless it has ended. */
export async function readLease(
  store: KvStore,
  tenant: string,
  id: string,
  options: StoreOptions | undefined,
): Promise<FoundLease | undefined> {
  const entry = await store.get(leaseKey(tenant, id), options);
  return entry && { lease: decodeRecord(leaseSchema, entry.value, id), version: entry.version };
}
