import { z } from "zod";
import type { IngestedText } from "../prompt/message.ts";

/** How far the reading of a text got: all that it takes to go on with the next byte. */
const ingestProgressSchema = z.object({
  /** Bytes of the text that were taken in. */
  offset: z.int().nonnegative(),
  /** Tokens that the state has read of it, and of what came before it in the same turn. */
  tokens: z.int().nonnegative(),
  /** Characters that were taken in, and are too few to be read without what follows. */
  rest: z.string(),
  /** Where the cleaning of the text is. */
  cleaning: z.object({ started: z.boolean(), newline: z.boolean() }),
  /** What SHA-256 holds after these bytes, in base64. */
  sha256: z.string(),
});

/** How far the reading of a text got. */
export type IngestProgress = z.infer<typeof ingestProgressSchema>;

/** Who may speak a text. */
export const INGEST_ROLES = ["user", "system"] as const;

/** The record of a text that is being read into a conversation, which is its writer's lease at the same time. */
export const ingestSchema = z.object({
  /** The response that it is to become. */
  id: z.string(),
  /** What its item is to be called. */
  item: z.string(),
  createdAt: z.number(),
  conversation: z.string(),
  /** The name of the model that reads it. Absent: the main one. */
  model: z.string().exactOptional(),
  /** The response that it goes on from. */
  parent: z.string().nullable(),
  role: z.enum(INGEST_ROLES),
  /** Bytes that it counts for until it ends: what it will need in the store then. */
  reserved: z.int().positive(),
  /** The instance that reads. `null`: nobody does, and whoever brings the next byte may. */
  owner: z.string().nullable(),
  /** One more for each owner. */
  epoch: z.int().positive(),
  /** When it is free for others, milliseconds since the epoch. */
  expiresAt: z.number(),
  progress: ingestProgressSchema,
  /** The snapshot of the state that has read so far: of two places, which are written in turn. */
  snapshot: z.object({ place: z.literal([0, 1]), chunks: z.int().positive() }).nullable(),
});

/** The record of a text that is being read into a conversation. */
export type Ingest = z.infer<typeof ingestSchema>;

/** How a snapshot is called, and its one blob. */
export function snapshotName({ id }: Pick<Ingest, "id">, place: 0 | 1): string {
  return `${id}.${place}`;
}

/** How far a text is read. All of it is durable. */
export interface IngestStatus {
  readonly conversation: string;
  readonly status: "in_progress" | "paused" | "completed";
  /** Bytes that were taken in: the next one to send. */
  readonly offset: number;
  /** Tokens that were read of it, with what came before it in the same turn. */
  readonly tokens: number;
  /** What is known of it when it is complete. */
  readonly completed?: {
    readonly response: string;
    readonly item: string;
    readonly text: IngestedText;
  };
}

/** What there is to say of a text that is part of a conversation. */
export function completedStatus(
  conversation: string,
  response: string,
  item: string,
  text: IngestedText,
): IngestStatus {
  const { bytes: offset, tokens } = text;
  return { conversation, status: "completed", offset, tokens, completed: { response, item, text } };
}
