import { z } from "zod";
import type { IngestedText } from "../prompt/message.ts";
import { abandonWrite } from "../records/blob.ts";
import { UnknownConversationError } from "../records/errors.ts";
import { isConversationId } from "../records/ids.ts";
import { ingestKey, manifestKey } from "../records/keys.ts";
import { decodeRecord } from "../records/record.ts";
import { Sha256State } from "../records/sha256_state.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";

/** The progress of an ingest: everything that is needed to continue with the next byte, except the recurrent state. */
const ingestProgressSchema = z.object({
  /** Number of bytes taken in. */
  offset: z.int().nonnegative(),
  /** Number of tokens that the state has read of this turn: of the text and of pending items before it. */
  tokens: z.int().nonnegative(),
  /** Text that was taken in but is not a complete segment yet. */
  rest: z.string(),
  /** State of the text cleaner. */
  cleaning: z.object({ started: z.boolean(), newline: z.boolean() }),
  /** Internal state of SHA-256 over the bytes taken in, in base64. */
  sha256: z.string(),
});

/** The progress of an ingest. */
export type IngestProgress = z.infer<typeof ingestProgressSchema>;

/** The progress before the first byte. */
export const NO_PROGRESS: IngestProgress = {
  offset: 0,
  tokens: 0,
  rest: "",
  cleaning: { started: false, newline: false },
  sha256: new Sha256State().save().toBase64(),
};

/** The roles that a text may have. */
export const INGEST_ROLES = ["user", "system"] as const;

/** The record of an ingest: a text that is being read into a conversation. It is also the lease of its writer. */
export const ingestSchema = z.object({
  /** The id of the response that it becomes. */
  id: z.string(),
  /** The id of its item. */
  item: z.string(),
  createdAt: z.number(),
  conversation: z.string(),
  /** The name of the model that reads it. Absent: the default model. */
  model: z.string().exactOptional(),
  /** The response that it continues. */
  parent: z.string().nullable(),
  role: z.enum(INGEST_ROLES),
  /** Bytes charged until it ends: an upper bound of what it will store. */
  reserved: z.int().positive(),
  /** The instance that holds the lease. `null`: any instance may continue. */
  owner: z.string().nullable(),
  /** Incremented with each owner. */
  epoch: z.int().positive(),
  /** When the lease expires, in milliseconds since the epoch. */
  expiresAt: z.number(),
  progress: ingestProgressSchema,
  /** The snapshot of the state at this progress. Snapshots alternate between two places. */
  snapshot: z.object({ place: z.literal([0, 1]), chunks: z.int().positive() }).nullable(),
});

/** The record of an ingest. */
export type Ingest = z.infer<typeof ingestSchema>;

/** A record with its version in the store. */
export interface FoundIngest {
  readonly ingest: Ingest;
  readonly version: string;
}

/**
 * Finds the ingest of a conversation.
 *
 * @throws {UnknownConversationError} if the id is malformed
 */
export async function findIngest(
  store: KvStore,
  tenant: string,
  conversation: string,
  options?: StoreOptions,
): Promise<FoundIngest | undefined> {
  if (!isConversationId(conversation)) throw new UnknownConversationError(conversation);
  const entry = await store.get(ingestKey(tenant, conversation), options);
  return entry && {
    ingest: decodeRecord(ingestSchema, entry.value, conversation),
    version: entry.version,
  };
}

/** The name of a snapshot's manifest, and of its only blob. */
export function snapshotName({ id }: Pick<Ingest, "id">, place: 0 | 1): string {
  return `${id}.${place}`;
}

/** The writes that end an ingest: they delete its record, and leave its snapshots to a sweep. */
export function endWrites(tenant: string, ingest: Ingest): Write[] {
  const { conversation, snapshot } = ingest;
  const places = [0, 1] as const;
  const names = places.map((place) => snapshotName(ingest, place));
  return [
    { key: ingestKey(tenant, conversation), delete: true },
    ...names.map((name): Write => ({ key: manifestKey(tenant, name), delete: true })),
    ...snapshot === null
      ? []
      : [abandonWrite(tenant, names[0]!, names.map((id) => ({ id, chunks: snapshot.chunks })))],
  ];
}

/** The durable progress of an ingest. */
export interface IngestStatus {
  readonly conversation: string;
  readonly status: "in_progress" | "paused" | "completed";
  /** Number of bytes taken in, which is the offset of the next byte to send. */
  readonly offset: number;
  /** Number of tokens read in this turn: of the text and of pending items before it. */
  readonly tokens: number;
  /** The result. Absent until it is complete. */
  readonly completed?: {
    readonly response: string;
    readonly item: string;
    readonly text: IngestedText;
  };
}

/** The status of a completed ingest. */
export function completedStatus(
  conversation: string,
  response: string,
  item: string,
  text: IngestedText,
): IngestStatus {
  const { bytes: offset, tokens } = text;
  return { conversation, status: "completed", offset, tokens, completed: { response, item, text } };
}
