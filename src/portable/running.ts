import { RECORD_BYTES } from "../limits/enforce_quota.ts";
import { readBlob, splitBlob } from "../records/blob.ts";
import { leaseKey, refKey, runKey } from "../records/keys.ts";
import { encodeRecord } from "../records/record.ts";
import { LOG_START, logWrites, readLog } from "../response/run_log.ts";
import { filedSchema } from "../response/stored_response.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { leaseSchema, runSchema } from "../tree/run.ts";
import { readRun } from "../tree/run_records.ts";
import type { Cards } from "./contents.ts";
import { type FileRunning, fileRunningSchema } from "./running_schema.ts";
import { ConversationFileError } from "./errors.ts";
import type { ImportNames } from "./import_note.ts";

/** How long an imported answer waits for somebody to ask for it, milliseconds. */
const WAIT_MS = 60 * 60_000;

/**
 * An answer under way, as a file has it. Nobody may be making it: what is added to it afterwards is not in the file.
 *
 * @returns `undefined` if it has ended meanwhile, or is a text that is being read
 */
export async function exportRunning(
  { store, cards }: { readonly store: KvStore; readonly cards: Cards },
  tenant: string,
  id: string,
  options?: StoreOptions,
): Promise<FileRunning | undefined> {
  const { run: { createdAt, start, end, request } } = await readRun(store, tenant, id, options);
  if (end !== null) return undefined;
  const bytes = await readBlob(store, tenant, request, options);
  const filed = filedSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  if (filed.card === null) return undefined;
  const pieces: FileRunning["pieces"] = [];
  for await (const read of readLog(store, tenant, id, LOG_START, options)) {
    pieces.push(...read.pieces.map(({ text, tokens }): [string, number[]] => [text, [...tokens]]));
  }
  return fileRunningSchema.parse({
    createdAt,
    card: cards.pack(filed),
    turn: filed.turn,
    seed: start?.seed ?? null,
    modelFingerprint: start?.model ?? null,
    pieces,
  });
}

/** Where an answer under way is placed. */
export interface PlacedRunning {
  readonly own: ImportNames;
  /** What it continues. */
  readonly parent: string | null;
  readonly conversation: string;
  /** Bytes of the state that it will end with. */
  readonly stateBytes: number;
  /** The time, milliseconds since the epoch. */
  readonly now: number;
}

/** What there is to write for an answer under way. */
export interface RunningWrites {
  /** What is large. Nobody finds it before the records are there. */
  readonly chunks: readonly Write[];
  readonly records: readonly Write[];
  /** Bytes that it counts for. */
  readonly charged: number;
}

/**
 * What to write for an answer that was under way elsewhere. It waits until somebody asks for it, and then goes on with the
 * same tokens: the prompt is read again after the state of what it continues, and then the tokens that it has.
 *
 * @throws {ConversationFileError} if it cannot be shown
 */
export async function runningWrites(
  cards: Cards,
  tenant: string,
  running: FileRunning,
  { own, parent, conversation, stateBytes, now }: PlacedRunning,
): Promise<RunningWrites> {
  const { createdAt, seed, modelFingerprint: model, pieces, turn } = running;
  const { response: id } = own;
  if (turn.itemIds !== undefined && turn.itemIds.length !== turn.messages.length) {
    throw new ConversationFileError("each message of the answer under way has a name");
  }
  const text = pieces.map(([text]) => text).join("");
  const names = { response: id, parent, conversation };
  const { card } = filedSchema.parse(cards.unpack(running.card, names, { text, end: null }));
  const filed = new TextEncoder().encode(JSON.stringify({ card, turn }));
  const request = await splitBlob(tenant, own.request, filed);
  const log = logWrites(
    tenant,
    id,
    0,
    pieces.map(([text, tokens]) => ({ type: "text", text, tokens })),
  );
  const charged = request.blob.bytes + RECORD_BYTES;
  const reserved = stateBytes + charged + RECORD_BYTES;
  const run = {
    id,
    createdAt,
    parent,
    conversation,
    request: request.blob,
    charged,
    reserved,
    leaving: "pause" as const,
    // No snapshot has this name, so that what it began with is looked for here.
    start: seed === null ? null : {
      ...{ manifest: own.manifest, tokens: 0, unread: 0, prefix: "", seed },
      ...model === null ? {} : { model },
    },
    end: null,
  };
  const lease = { owner: null, epoch: 1, expiresAt: now + WAIT_MS, paused: true };
  return {
    chunks: [...request.writes, ...log],
    records: [
      { key: runKey(tenant, id), value: encodeRecord(runSchema, run) },
      { key: leaseKey(tenant, id), value: encodeRecord(leaseSchema, lease) },
      ...parent === null ? [] : [{ key: refKey(tenant, parent, id), value: new Uint8Array() }],
    ],
    charged: charged + reserved + log.reduce((sum, { value }) => sum + value.length, 0),
  };
}
