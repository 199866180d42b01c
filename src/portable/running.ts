import { RECORD_BYTES } from "../limits/quota.ts";
import { readBlob, splitBlob } from "../records/blob.ts";
import { leaseKey, refKey, runKey } from "../records/keys.ts";
import { decodeJson, encodeJson, encodeRecord } from "../records/record.ts";
import { LOG_START, logWrites, readLog } from "../response/run_log.ts";
import { filedSchema } from "../response/stored_response.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { leaseSchema, readRun, runSchema } from "../tree/run.ts";
import type { Cards } from "./contents.ts";
import { ConversationFileError } from "./errors.ts";
import type { ImportNames } from "./import_note.ts";
import { type FileRunning, fileRunningSchema } from "./running_schema.ts";

/** How long an imported running response stays paused before it expires, in milliseconds. */
const WAIT_MS = 60 * 60_000;

/**
 * Exports a running response. It must be paused: what it generates afterwards is not in the file.
 *
 * @returns `undefined` if it has ended meanwhile, or is an ingest
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
  const filed = filedSchema.parse(decodeJson(bytes));
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

/** Where a running response is imported to. */
export interface PlacedRunning {
  readonly own: ImportNames;
  /** The response that it continues. */
  readonly parent: string | null;
  readonly conversation: string;
  /** Size of its final state, in bytes. */
  readonly stateBytes: number;
  /** The current time, in milliseconds since the epoch. */
  readonly now: number;
}

/** The writes that import a running response. */
export interface RunningWrites {
  /** The large values. They are unreachable until the records are written. */
  readonly chunks: readonly Write[];
  readonly records: readonly Write[];
  /** Bytes charged to the quota. */
  readonly charged: number;
}

/**
 * Makes the writes that import a running response. It stays paused until a client requests it, and then continues with
 * the same tokens: the model reads the prompt again from the state of the parent, and then the tokens generated so far.
 *
 * @throws {ConversationFileError} if it is invalid
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
    throw new ConversationFileError("the running response has as many item ids as messages");
  }
  const text = pieces.map(([text]) => text).join("");
  const names = { response: id, parent, conversation };
  const { card } = filedSchema.parse(cards.unpack(running.card, names, { text, end: null }));
  const filed = encodeJson({ card, turn });
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
    // No snapshot has this name, so the initial state is looked up here.
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
