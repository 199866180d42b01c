import {
  type Conversation,
  conversationBytes,
  conversationWrite,
} from "../conversation/conversation_record.ts";
import { headWrites } from "../conversation/head.ts";
import { defaultTitle } from "../conversation/title.ts";
import {
  type Charge,
  commitWithin,
  type Quotas,
  RECORD_BYTES,
  requireRoom,
} from "../limits/quota.ts";
import { splitBlob } from "../records/blob.ts";
import { TextNotKeptError } from "../records/errors.ts";
import { bornKey, headKey, importKey, refKey } from "../records/keys.ts";
import { encodeRecord } from "../records/record.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { deletedWrite } from "../tree/remove.ts";
import type { ExpectedStates } from "../tree/snapshot.ts";
import { type Item, itemsSchema } from "../tree/transcript.ts";
import {
  type Cards,
  type FileHead,
  fileHeadSchema,
  HEAD,
  MAX_JSON_BYTES,
  readJson,
} from "./contents.ts";
import { importNames, ImportNote, pendingName, writeChunks } from "./import_note.ts";
import { PartReader } from "./parts.ts";
import { ResponseReader } from "./response_reader.ts";
import { runningWrites } from "./running.ts";
import { writeResponse } from "./write_response.ts";

const NOTHING = new Uint8Array();

/** Dependencies of {@linkcode importConversation}. */
export interface ImportParts {
  readonly store: KvStore;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
  /** The models that continue the states. */
  readonly expected: ExpectedStates;
  readonly cards: Cards;
  /** Generates a secret, unique id. */
  readonly newId: () => string;
  readonly quotas: Quotas;
}

/** A file to import. */
export interface ImportRequest {
  readonly tenant: string;
  /** The id of the new conversation. */
  readonly id: string;
  readonly file: ReadableStream<Uint8Array>;
  /** Whether to import only the messages, without states, so that the next response reads all of them again. */
  readonly reread: boolean;
}

/**
 * Imports a conversation from a file that was exported here or elsewhere. Its responses get new ids.
 *
 * Nothing is reachable before the last commit, which creates the conversation. If the import fails, its writes are
 * deleted, now or by a later sweep.
 *
 * The file's claim that a state has read the given messages is only trusted within the imported conversation: the state
 * is not used for other conversations that start with the same messages.
 *
 * @throws {ConversationFileError} if the file is not a conversation file, incomplete or modified
 * @throws {QuotaExceededError} if it exceeds the tenant's quota, as soon as that is known
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
    const head = await readJson(
      fileHeadSchema,
      await reader.next(HEAD, MAX_JSON_BYTES),
      "the head",
    );
    await requireRoom(store, request.tenant, quota, leastCharge(head, request, expected), options);
    const responses = new ResponseReader(reader, head, expected);
    const secret = newId();
    const all = head.responses + (head.running === undefined ? 0 : 1);
    note = new ImportNote(store, now, request.tenant, secret, request.reread ? 0 : all);
    const imported = request.reread
      ? await readMessages(responses)
      : await writeTree(parts, request, secret, note, responses, options);
    return await commitConversation(parts, request, secret, note, imported, options);
  } catch (error) {
    // A sweep deletes whatever cannot be deleted now.
    await note?.discard().catch(() => {});
    await reader.cancel(error).catch(() => {});
    throw error;
  }
}

/** A lower bound of an import's charge, known from the first part of the file. */
function leastCharge(
  { responses, pending, conversation: { metadata, title }, modelFingerprint }: FileHead,
  { reread }: ImportRequest,
  expected: ExpectedStates,
): Required<Pick<Charge, "bytes" | "conversations">> {
  // At least the head has a state. Its precision is not known yet, so assume f16; the size for another model is
  // unknown.
  const model = modelFingerprint === null ? undefined : expected(modelFingerprint);
  const known = model?.modelFingerprint === modelFingerprint ? model : undefined;
  const state = known && responses > 0 && !reread ? known.layout.length * 2 : 0;
  const pendingBytes = pending.length === 0 ? 0 : encodeRecord(itemsSchema, pending).length;
  const bytes = conversationBytes(metadata, title) + pendingBytes +
    (reread ? 0 : responses * RECORD_BYTES) +
    state;
  return { conversations: 1, bytes };
}

/** Reads only the messages of the current branch, as pending items of a conversation without responses. */
async function readMessages(reader: ResponseReader): Promise<Imported> {
  const turnOf = new Map<string, { readonly parent: string | null; readonly items: Item[] }>();
  for await (const { response: { id, parent, log } } of reader.responses()) {
    if (log.messages.some(({ ingested }) => ingested)) throw new TextNotKeptError("import");
    const items = log.messages.map((message, i) => ({ id: log.itemIds[i]!, message }));
    turnOf.set(id, { parent, items });
  }
  const turns: Item[][] = [unreadItems(reader.head)];
  for (let at = reader.head.head; at !== null; at = turnOf.get(at)!.parent) {
    turns.push(turnOf.get(at)!.items);
  }
  const head = { ...reader.head, head: null, branches: [], pending: turns.reverse().flat() };
  const opening = defaultTitle(head.pending.map(({ message }) => message));
  return { head, names: new Map(), more: [], charged: 0, responses: 0, opening };
}

/** The items that no finished response has read. The input of a running response includes the pending items. */
function unreadItems({ running, pending }: FileHead): Item[] {
  if (running === undefined) return pending;
  const { messages, itemIds = [] } = running.turn;
  return messages.map((message, index) => ({ id: itemIds[index] ?? "", message }));
}

/**
 * Drops a running response of a model that the server does not have. Its input becomes pending, as if it had not been
 * answered.
 */
function withoutForeignRun(head: FileHead, expected: ExpectedStates): FileHead {
  const { running, ...rest } = head;
  if (running === undefined) return head;
  const { modelFingerprint: own } = running;
  if (own !== null && expected(own).modelFingerprint === own) return head;
  return { ...rest, pending: unreadItems(head) };
}

/** Writes all responses with their states. */
async function writeTree(
  parts: ImportParts,
  { tenant, id }: ImportRequest,
  secret: string,
  note: ImportNote,
  reader: ResponseReader,
  options: StoreOptions | undefined,
): Promise<Imported> {
  const head = withoutForeignRun(reader.head, parts.expected);
  let [charged, responses] = [0, 0];
  let opening: string | undefined;
  const quota = parts.quotas(tenant);
  const names = new Map<string, string>();
  const depths = new Map<string | null, number>();
  /** Writes that mark a deleted response as such. They are made when the first reference to it is written. */
  const deleted = new Map<string, Write>();
  for await (const { response, state } of reader.responses()) {
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
    const depth = (depths.get(parent) ?? 0) + 1;
    depths.set(response.id, depth);
    const placed = {
      own,
      parent: above,
      depth,
      ...base === undefined ? {} : { base: base === null ? null : names.get(base)! },
      conversation: id,
    };
    charged += await writeResponse(parts, tenant, placed, response, state, more, note, options);
    if (response.run !== null) responses++;
    // Stop reading as soon as the quota is exceeded.
    await requireRoom(parts.store, tenant, quota, { bytes: charged, responses }, options);
    if (response.deleted) {
      const request = { id: own.request, bytes: 0, chunks: [] };
      deleted.set(response.id, deletedWrite(tenant, own.response, above, request));
    }
  }
  const more = reader.ends.flatMap((end) => deleted.get(end) ?? []);
  opening ??= defaultTitle(unreadItems(head).map(({ message }) => message));
  if (head.running === undefined) return { head, names, more, charged, responses, opening };
  const own = await importNames(secret, names.size);
  const running = await runningWrites(parts.cards, tenant, head.running, {
    own,
    parent: head.head === null ? null : names.get(head.head)!,
    conversation: id,
    stateBytes: parts.expected(head.running.modelFingerprint ?? "").layout.length * 4,
    now: parts.now(),
  });
  return {
    ...{ head, names, opening },
    more: [...more, ...running.records],
    charged: charged + running.charged,
    responses: responses + 1,
    running: { id: own.response, chunks: running.chunks },
  };
}

/** The result of reading a file, before the conversation is created. */
interface Imported {
  /** The head, with the file's ids. */
  readonly head: FileHead;
  /** The new ids of the responses, by their ids in the file. */
  readonly names: ReadonlyMap<string, string>;
  /** Writes to commit with the conversation. */
  readonly more: readonly Write[];
  /** Bytes charged for the responses. */
  readonly charged: number;
  /** Number of responses that are not deleted. */
  readonly responses: number;
  /** The default title, from the first message. */
  readonly opening: string | undefined;
  /** The running response and its chunks, which are written before the records. */
  readonly running?: { readonly id: string; readonly chunks: readonly Write[] };
}

/**
 * Creates the conversation. The same commit makes the imported responses reachable and charges for them.
 *
 * @throws {QuotaExceededError}
 */
async function commitConversation(
  { store, now, quotas }: ImportParts,
  { tenant, id }: ImportRequest,
  secret: string,
  note: ImportNote,
  { head: { conversation, head, branches, pending }, names, running, ...made }: Imported,
  options: StoreOptions | undefined,
): Promise<Conversation> {
  const { more, charged, responses, opening } = made;
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
      running: running?.id ?? null,
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
  const chunks = [...blob?.writes ?? [], ...running?.chunks ?? []];
  await writeChunks(store, chunks, records, note, options, (last) => {
    const checks = [...last.checks ?? [], { key: headKey(tenant, id), version: undefined }];
    return commitWithin(store, tenant, quotas(tenant), charge, { ...last, checks }, options);
  });
  return record;
}
