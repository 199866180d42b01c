import type { Conversation } from "../conversation/conversation_record.ts";
import type { Head } from "../conversation/head.ts";
import { pendingItems } from "../conversation/items.ts";
import { endsOf } from "../conversation/move_head.ts";
import { readBlob } from "../records/blob.ts";
import { CorruptSnapshotError } from "../records/errors.ts";
import { manifestKey, runKey } from "../records/keys.ts";
import { decodeJson, decodeRecord } from "../records/record.ts";
import { LOG_START, readLog } from "../response/run_log.ts";
import type { KvStore, StoreOptions } from "../store/kv_store.ts";
import { ancestry, loadNode, type StoredNode } from "../tree/response_node.ts";
import { type Run, runSchema } from "../tree/run.ts";
import { manifestSchema } from "../tree/snapshot.ts";
import { logSchema } from "../tree/transcript.ts";
import {
  type Cards,
  type FileHead,
  fileHeadSchema,
  type FileResponse,
  fileResponseSchema,
  HEAD,
  RESPONSE,
  STATE,
  writeJson,
} from "./contents.ts";
import { type FilePart, writeParts } from "./parts.ts";
import { exportRunning } from "./running.ts";

/** A snapshot of a conversation. The responses that it references are immutable. */
export interface ExportedConversation {
  readonly conversation: Conversation;
  readonly head: Head;
  /** Whether to include the running response. */
  readonly withRunning: boolean;
}

/** Dependencies of {@linkcode exportConversation}. */
export interface ExportParts {
  readonly store: KvStore;
  readonly cards: Cards;
}

/**
 * Generates the bytes of a conversation file: all responses with their states, each after the one it continues. Holds
 * one response at a time in memory.
 *
 * @throws {UnknownResponseError | CorruptSnapshotError} if a record is missing or damaged, or was deleted meanwhile
 */
export function exportConversation(
  parts: ExportParts,
  tenant: string,
  exported: ExportedConversation,
  options?: StoreOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  return writeParts(contents(parts, tenant, exported, options));
}

async function* contents(
  { store, cards }: ExportParts,
  tenant: string,
  { conversation, head, withRunning }: ExportedConversation,
  options: StoreOptions | undefined,
): AsyncGenerator<FilePart> {
  const running = withRunning && head.running !== null
    ? await exportRunning({ store, cards }, tenant, head.running, options)
    : undefined;
  const ids = await responsesInOrder(store, tenant, head, options);
  const fileHead: FileHead = {
    conversation,
    head: head.head,
    branches: head.branches,
    pending: await pendingItems(store, tenant, head, options),
    modelFingerprint: head.head === null
      ? null
      : (await loadNode(store, tenant, head.head, options)).modelFingerprint,
    responses: ids.length,
    ...running === undefined ? {} : { running },
  };
  yield { type: HEAD, content: writeJson(fileHeadSchema, fileHead) };
  for (const id of ids) {
    const node = await loadNode(store, tenant, id, options);
    const response = await toFileResponse(store, cards, tenant, node, options);
    yield { type: RESPONSE, content: writeJson(fileResponseSchema, response) };
    yield { type: STATE, content: await stateOf(store, tenant, node, options) };
  }
}

/** The ids of all responses of a conversation in topological order: each after the one it continues. */
async function responsesInOrder(
  store: KvStore,
  tenant: string,
  head: Head,
  options: StoreOptions | undefined,
): Promise<string[]> {
  const ids = new Set<string>();
  for (const end of endsOf(head)) {
    const branch: string[] = [];
    for await (const { id } of ancestry(store, tenant, end, options)) {
      if (ids.has(id)) break;
      branch.push(id);
    }
    for (const id of branch.reverse()) ids.add(id);
  }
  return [...ids];
}

async function toFileResponse(
  store: KvStore,
  cards: Cards,
  tenant: string,
  node: StoredNode,
  options: StoreOptions | undefined,
): Promise<FileResponse> {
  const { id, parent, createdAt, tokens, modelFingerprint, engineFingerprint, seed, log } = node;
  const { base, precision } = node;
  const entry = node.deleted ? undefined : await store.get(runKey(tenant, id), options);
  const run = entry && decodeRecord(runSchema, entry.value, id);
  return {
    id,
    parent,
    createdAt,
    tokens,
    // A deleted response has no run record any more.
    deleted: run === undefined,
    modelFingerprint,
    engineFingerprint,
    seed,
    ...base === undefined ? {} : { base },
    precision,
    log: decodeRecord(logSchema, await readBlob(store, tenant, log, options), log.id),
    run: run === undefined ? null : await toFileRun(store, cards, tenant, run, options),
  };
}

async function toFileRun(
  store: KvStore,
  cards: Cards,
  tenant: string,
  { id, createdAt, end, request }: Run,
  options: StoreOptions | undefined,
): Promise<NonNullable<FileResponse["run"]>> {
  if (end === null) throw new CorruptSnapshotError(id, "it has an answer but has not ended");
  const bytes = await readBlob(store, tenant, request, options);
  const card = cards.pack(decodeJson(bytes));
  const pieces: [string, number[]][] = [];
  for await (const read of readLog(store, tenant, id, LOG_START, options)) {
    for (const { text, tokens } of read.pieces) pieces.push([text, [...tokens]]);
  }
  return { createdAt, card, end, pieces };
}

/** The encoded state of a response; empty if it was not kept. */
async function stateOf(
  store: KvStore,
  tenant: string,
  { manifest, base }: StoredNode,
  options: StoreOptions | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = manifestKey(tenant, manifest);
  const entry = await store.get(key, options);
  if (entry === undefined) {
    if (base === undefined) throw new CorruptSnapshotError(manifest, "its manifest is missing");
    return new Uint8Array();
  }
  const { state } = decodeRecord(manifestSchema, entry.value, manifest);
  try {
    return await readBlob(store, tenant, state, options);
  } catch (error) {
    // The state may have been deleted between the two reads.
    if (await store.get(key, options) !== undefined || base === undefined) throw error;
    return new Uint8Array();
  }
}
