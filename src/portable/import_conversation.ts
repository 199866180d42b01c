import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { splitBlob } from "../records/blob.ts";
import {
  type Conversation,
  conversationBytes,
  conversationWrite,
} from "../conversation/conversation_record.ts";
import { TextNotKeptError } from "../records/errors.ts";
import { headWrites } from "../conversation/head.ts";
import { bornKey, headKey, importKey, refKey } from "../records/keys.ts";
import type { Quotas } from "../limits/quota.ts";
import { encodeRecord } from "../records/record.ts";
import { type Item, itemsSchema } from "../tree/transcript.ts";
import { deletedWrite } from "../tree/remove.ts";
import type { ExpectedStates } from "../tree/snapshot.ts";
import { defaultTitle } from "../conversation/title.ts";
import { type Charge, commitWithin, RECORD_BYTES, requireRoom } from "../limits/enforce_quota.ts";
import type { Cards } from "./cards.ts";
import { type FileHead, fileHeadSchema, HEAD, MAX_JSON_BYTES, readJson } from "./contents.ts";
import { FileReading } from "./file_reading.ts";
import { importNames, ImportNote, pendingName } from "./import_note.ts";
import { PartReader } from "./parts.ts";
import { writeChunks } from "./write_chunks.ts";
import { writeResponse } from "./write_response.ts";

const NOTHING = new Uint8Array();

/** Where a conversation is imported to. */
export interface ImportParts {
  readonly store: KvStore;
  readonly now: () => number;
  /** The models that are to go on from the states. */
  readonly expected: ExpectedStates;
  readonly cards: Cards;
  /** Makes a secret name, never the same twice. */
  readonly newId: () => string;
  readonly quotas: Quotas;
}

/** What is to be imported. */
export interface ImportRequest {
  readonly tenant: string;
  /** What the conversation is to be called here. */
  readonly id: string;
  readonly file: ReadableStream<Uint8Array>;
  /** Whether the states are left out, and the next response reads all again that was said. */
  readonly reread: boolean;
}

/**
 * Makes a conversation of a file that another was exported to, here or elsewhere. Its responses get new names.
 *
 * Nothing of it can be found before the commit that makes the conversation, which comes last. If it fails, what was
 * written until then is taken away, at once or by who sweeps.
 *
 * That a state has read the words that stand beside it is only believed within the conversation: no other one goes on
 * from it because it begins with the same words.
 *
 * @throws {ConversationFileError} if the file is none, or not whole, or was changed.
 * @throws {QuotaExceededError} if the tenant may not keep so much: as soon as that is known.
 * @throws what the stream throws
 */
export async function importConversation(
  parts: ImportParts,
  request: ImportRequest,
  options?: StoreOptions,
): Promise<Conversation> {
  const { store, now, newId, expected } = parts;
  const quota = parts.quotas(request.tenant);
  const reader = new PartReader(request.file);
  let note: ImportNote | undefined;
  try {
    await requireRoom(store, request.tenant, quota, { conversations: 1, bytes: 1 }, options);
    const head = readJson(fileHeadSchema, await reader.next(HEAD, MAX_JSON_BYTES), "its head");
    await requireRoom(store, request.tenant, quota, leastOf(head, request, expected), options);
    const reading = new FileReading(reader, head, expected);
    const secret = newId();
    note = new ImportNote(store, now, request.tenant, secret, request.reread ? 0 : head.responses);
    const made = request.reread
      ? await readText(reading)
      : await writeTree(parts, request, secret, note, reading, options);
    return await finish(parts, request, secret, note, made, options);
  } catch (error) {
    // What cannot be taken away now is swept.
    await note?.discard().catch(() => {});
    await reader.cancel(error).catch(() => {});
    throw error;
  }
}

/** The least that an import will count for, by the beginning of its file: there is more than its states. */
function leastOf(
  { responses, pending, conversation: { metadata, title }, modelFingerprint }: FileHead,
  { reread }: ImportRequest,
  expected: ExpectedStates,
): Required<Pick<Charge, "bytes" | "conversations">> {
  // Whether a state is in f16 or f32 is not known yet, nor how large another model's is. That of the head is always there.
  const model = modelFingerprint === null ? undefined : expected(modelFingerprint);
  const known = model?.modelFingerprint === modelFingerprint ? model : undefined;
  const state = known && responses > 0 && !reread ? known.layout.length * 2 : 0;
  const said = pending.length === 0 ? 0 : encodeRecord(itemsSchema, pending).length;
  const bytes = conversationBytes(metadata, title) + said +
    (reread ? 0 : responses * RECORD_BYTES) +
    state;
  return { conversations: 1, bytes };
}

/** Takes the words alone: the next response reads them. */
async function readText(reading: FileReading): Promise<Made> {
  const said = new Map<string, { readonly parent: string | null; readonly items: Item[] }>();
  for await (const { response: { id, parent, log } } of reading.responses()) {
    if (log.messages.some(({ ingested }) => ingested)) throw new TextNotKeptError("import");
    const items = log.messages.map((message, i) => ({ id: log.itemIds[i]!, message }));
    said.set(id, { parent, items });
  }
  const turns: Item[][] = [reading.head.pending];
  for (let at = reading.head.head; at !== null; at = said.get(at)!.parent) {
    turns.push(said.get(at)!.items);
  }
  const head = { ...reading.head, head: null, branches: [], pending: turns.reverse().flat() };
  const opening = defaultTitle(head.pending.map(({ message }) => message));
  return { head, names: new Map(), more: [], charged: 0, responses: 0, opening };
}

/** Writes all responses with their states. */
async function writeTree(
  parts: ImportParts,
  { tenant, id }: ImportRequest,
  secret: string,
  note: ImportNote,
  reading: FileReading,
  options: StoreOptions | undefined,
): Promise<Made> {
  const { head } = reading;
  let [charged, responses] = [0, 0];
  let opening: string | undefined;
  const quota = parts.quotas(tenant);
  const names = new Map<string, string>();
  /** What is to be written when something needs one that was deleted. */
  const deleted = new Map<string, Write>();
  for await (const { response, state } of reading.responses()) {
    const { parent } = response;
    opening ??= defaultTitle(response.log.messages);
    const own = await importNames(secret, names.size);
    names.set(response.id, own.response);
    const above = parent === null ? null : names.get(parent)!;
    const more: Write[] = [];
    if (parent !== null && above !== null) {
      more.push({ key: refKey(tenant, above, own.response), value: NOTHING });
      const gone = deleted.get(parent);
      if (gone !== undefined) more.push(gone);
    }
    const { base } = response;
    const placed = {
      own,
      parent: above,
      ...base === undefined ? {} : { base: base === null ? null : names.get(base)! },
      conversation: id,
    };
    charged += await writeResponse(parts, tenant, placed, response, state, more, note, options);
    if (response.run !== null) responses++;
    // What is there already may be too much: the rest need not be read.
    await requireRoom(parts.store, tenant, quota, { bytes: charged, responses }, options);
    if (response.deleted) {
      const request = { id: own.request, bytes: 0, chunks: [] };
      deleted.set(response.id, deletedWrite(tenant, own.response, above, request));
    }
  }
  const more = reading.ends.flatMap((end) => deleted.get(end) ?? []);
  opening ??= defaultTitle(head.pending.map(({ message }) => message));
  return { head, names, more, charged, responses, opening };
}

/** What an import has written. */
interface Made {
  /** Where the conversation is to be, in the names of the file. */
  readonly head: FileHead;
  /** What each response is called here. */
  readonly names: ReadonlyMap<string, string>;
  /** What is to be written with the conversation. */
  readonly more: readonly Write[];
  /** Bytes that the responses count for. */
  readonly charged: number;
  /** The responses that are there for clients. */
  readonly responses: number;
  /** What it is called by how it begins. */
  readonly opening: string | undefined;
}

/**
 * Makes the conversation, with which all is there that was written for it. All of it counts from then on.
 *
 * @throws {QuotaExceededError}
 */
async function finish(
  { store, now, quotas }: ImportParts,
  { tenant, id }: ImportRequest,
  secret: string,
  note: ImportNote,
  { head: { conversation, head, branches, pending }, names, more, charged, responses, opening }:
    Made,
  options: StoreOptions | undefined,
): Promise<Conversation> {
  const named = (name: string) => names.get(name)!;
  const { metadata, title } = conversation;
  const createdAt = now();
  const record = { id, createdAt, metadata, title, charged: conversationBytes(metadata, title) };
  const ends = [...head === null ? [] : [head], ...branches].map(named);
  const blob = pending.length === 0
    ? undefined
    : await splitBlob(tenant, pendingName(secret), encodeRecord(itemsSchema, pending));
  const records: Write[] = [
    conversationWrite(tenant, record),
    ...headWrites(tenant, id, undefined, {
      head: head === null ? null : named(head),
      branches: branches.map(named),
      running: null,
      pending: blob?.blob ?? null,
      charged: blob?.blob.bytes ?? 0,
      changedAt: createdAt,
      title: opening ?? null,
    }),
    { key: bornKey(tenant, createdAt, "conversation", id), value: NOTHING },
    ...ends.map((end) => ({ key: refKey(tenant, end, id), value: NOTHING })),
    ...more,
    { key: importKey(tenant, secret), delete: true },
  ];
  const charge = {
    bytes: charged + record.charged + (blob?.blob.bytes ?? 0),
    responses,
    conversations: 1,
  };
  await writeChunks(store, [...blob?.writes ?? []], records, note, options, (last) => {
    const checks = [...last.checks ?? [], { key: headKey(tenant, id), version: undefined }];
    return commitWithin(store, tenant, quotas(tenant), charge, { ...last, checks }, options);
  });
  return record;
}
