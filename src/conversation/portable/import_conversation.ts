import { z } from "zod";
import { decodeState } from "../../state/codec.ts";
import { StateError, StateLayoutError, StateMismatchError } from "../../state/errors.ts";
import type { Commit, KvStore, StoreOptions, Write } from "../../store/kv_store.ts";
import { type SplitBlob, splitBlob } from "../blob.ts";
import { conversationBytes, conversationWrite } from "../conversation_write.ts";
import type { Conversation } from "../conversations.ts";
import { sha256, toText } from "../digest.ts";
import { LeaseLostError, TextNotKeptError } from "../errors.ts";
import { headWrite } from "../head.ts";
import { bornKey, importKey, manifestKey, nodeKey, refKey, runKey } from "../keys.ts";
import {
  encodeRecord,
  type Item,
  itemsSchema,
  logSchema,
  manifestSchema,
  nodeSchema,
} from "../records.ts";
import { deletedWrite } from "../remove.ts";
import type { Quotas } from "../quota.ts";
import { runSchema } from "../run.ts";
import { logWrites } from "../run_log.ts";
import type { ExpectedState } from "../snapshot.ts";
import { commitWithin, RECORD_BYTES } from "../usage.ts";
import type { Cards } from "./cards.ts";
import {
  type FileHead,
  fileHeadSchema,
  type FileResponse,
  fileResponseSchema,
  HEAD,
  MAX_JSON_BYTES,
  readJson,
  RESPONSE,
  STATE,
  STATE_OVERHEAD,
} from "./contents.ts";
import { ConversationFileError, FileOfOtherModelError } from "./errors.ts";
import { type ImportNames, importNames, ImportNote, pendingName } from "./import_note.ts";
import { PartReader } from "./parts.ts";

/** Writes of one commit that have the size of a chunk: with room beside them for records. */
const WRITES_PER_COMMIT = 10;

/** Where a conversation is imported to. */
export interface ImportParts {
  readonly store: KvStore;
  readonly now: () => number;
  /** The model that is to go on from the states. */
  readonly expected: ExpectedState;
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
 * @throws {FileOfOtherModelError} if its states are of another model.
 * @throws what the stream throws
 */
export async function importConversation(
  parts: ImportParts,
  request: ImportRequest,
  options?: StoreOptions,
): Promise<Conversation> {
  const reader = new PartReader(request.file);
  try {
    const head = readJson(fileHeadSchema, await reader.next(HEAD, MAX_JSON_BYTES), "its head");
    const reading = new FileReading(reader, head, parts.expected);
    return request.reread
      ? await importText(parts, request, reading, options)
      : await importTree(parts, request, reading, options);
  } catch (error) {
    await reader.cancel(error).catch(() => {});
    throw error;
  }
}

/** A response as it was read, with its encoded state. */
interface ReadResponse {
  readonly response: FileResponse;
  readonly state: Uint8Array<ArrayBuffer>;
}

/** Reads the responses of a file, and sees to it that they are a tree. */
class FileReading {
  readonly head: FileHead;
  readonly #reader: PartReader;
  readonly #expected: ExpectedState;
  readonly #seen = new Set<string>();
  /** Those that nothing continues. */
  readonly #leaves = new Set<string>();

  constructor(reader: PartReader, head: FileHead, expected: ExpectedState) {
    this.#reader = reader;
    this.head = head;
    this.#expected = expected;
  }

  /** The responses that the conversation ends with, the current one first. */
  get ends(): string[] {
    const { head, branches } = this.head;
    return head === null ? branches : [head, ...branches];
  }

  /** All responses, and then the end of the file. */
  async *responses(): AsyncGenerator<ReadResponse> {
    const stateLimit = this.#expected.layout.length * 4 + STATE_OVERHEAD;
    for (let n = 1; n <= this.head.responses; n++) {
      const content = await this.#reader.next(RESPONSE, MAX_JSON_BYTES);
      const response = readJson(fileResponseSchema, content, `response ${n}`);
      this.#place(response, n);
      // A state of another model may have any size, which is none of an error's business.
      const known = response.modelFingerprint === this.#expected.modelFingerprint;
      const state = await this.#reader.next(STATE, known ? stateLimit : MAX_JSON_BYTES);
      yield { response, state };
    }
    await this.#reader.end();
    const ends = new Set(this.ends);
    if (ends.size < this.ends.length || [...ends].some((end) => !this.#seen.has(end))) {
      throw new ConversationFileError("it ends with a response that it does not have");
    }
    if (!this.#leaves.isSubsetOf(ends)) {
      throw new ConversationFileError("it has a response that it does not need");
    }
  }

  #place({ id, parent }: FileResponse, n: number): void {
    if (this.#seen.has(id)) throw new ConversationFileError(`response ${n} is there twice`);
    if (parent !== null && !this.#seen.has(parent)) {
      throw new ConversationFileError(`what response ${n} continues does not come before it`);
    }
    this.#seen.add(id);
    this.#leaves.add(id);
    if (parent !== null) this.#leaves.delete(parent);
  }
}

/** Keeps the words alone: the next response reads them. */
async function importText(
  parts: ImportParts,
  { tenant, id }: ImportRequest,
  reading: FileReading,
  options: StoreOptions | undefined,
): Promise<Conversation> {
  const said = new Map<string, { readonly parent: string | null; readonly items: Item[] }>();
  for await (const { response: { id, parent, log } } of reading.responses()) {
    if (log.messages.some(({ ingested }) => ingested)) throw new TextNotKeptError();
    const items = log.messages.map((message, i) => ({ id: log.itemIds[i]!, message }));
    said.set(id, { parent, items });
  }
  const { store, now } = parts;
  const turns: Item[][] = [reading.head.pending];
  for (let at = reading.head.head; at !== null; at = said.get(at)!.parent) {
    turns.push(said.get(at)!.items);
  }
  const secret = parts.newId();
  const note = new ImportNote(store, now, tenant, secret, 0);
  try {
    const pending = turns.reverse().flat();
    const head = { ...reading.head, head: null, branches: [], pending };
    const made = { names: new Map(), more: [], charged: 0, responses: 0 };
    return await finish(parts, tenant, id, secret, note, head, made, options);
  } catch (error) {
    await note.discard().catch(() => {});
    throw error;
  }
}

async function importTree(
  parts: ImportParts,
  { tenant, id }: ImportRequest,
  reading: FileReading,
  options: StoreOptions | undefined,
): Promise<Conversation> {
  const { store, now, expected } = parts;
  const { head } = reading;
  let [charged, responses] = [0, 0];
  requireModel(expected, head.modelFingerprint);
  const secret = parts.newId();
  const note = new ImportNote(store, now, tenant, secret, head.responses);
  const names = new Map<string, string>();
  /** What is to be written when something needs one that was deleted. */
  const deleted = new Map<string, Write>();
  try {
    for await (const { response, state } of reading.responses()) {
      const { parent } = response;
      const own = await importNames(secret, names.size);
      names.set(response.id, own.response);
      const more: Write[] = [];
      if (parent !== null) {
        more.push({ key: refKey(tenant, names.get(parent)!, own.response), value: NOTHING });
        const gone = deleted.get(parent);
        if (gone !== undefined) more.push(gone);
      }
      const above = parent === null ? null : names.get(parent)!;
      const placed = { own, parent: above, conversation: id };
      charged += await writeResponse(parts, tenant, placed, response, state, more, note, options);
      if (response.run !== null) responses++;
      if (response.deleted) {
        const request = { id: own.request, bytes: 0, chunks: [] };
        deleted.set(response.id, deletedWrite(tenant, own.response, above, request));
      }
    }
    const garbage = reading.ends.flatMap((end) => deleted.get(end) ?? []);
    const made = { names, more: garbage, charged, responses };
    return await finish(parts, tenant, id, secret, note, head, made, options);
  } catch (error) {
    // What cannot be taken away now is swept.
    await note.discard().catch(() => {});
    throw error;
  }
}

const NOTHING = new Uint8Array();

/** @throws {FileOfOtherModelError} */
function requireModel({ modelFingerprint }: ExpectedState, actual: string | null): void {
  if (actual === null || actual === modelFingerprint) return;
  throw new FileOfOtherModelError(modelFingerprint, actual);
}

/** Where a response is placed. */
interface Placed {
  readonly own: ImportNames;
  readonly parent: string | null;
  readonly conversation: string;
}

/** @returns the bytes that it counts for, as soon as the conversation is there */
async function writeResponse(
  { store, expected, cards }: ImportParts,
  tenant: string,
  { own, parent, conversation }: Placed,
  response: FileResponse,
  state: Uint8Array<ArrayBuffer>,
  more: readonly Write[],
  note: ImportNote,
  options: StoreOptions | undefined,
): Promise<number> {
  const { log, run, id: before, ...node } = response;
  requireModel(expected, node.modelFingerprint);
  await requireState(state, expected, before);
  const { response: id, manifest } = own;
  const [snapshot, words] = await Promise.all([
    splitBlob(tenant, own.state, state),
    splitBlob(tenant, own.log, encodeRecord(logSchema, log)),
  ]);
  const blobs: SplitBlob[] = [snapshot, words];
  const records: Write[] = [{
    key: manifestKey(tenant, manifest),
    value: encodeRecord(manifestSchema, { tokens: node.tokens, state: snapshot.blob }),
  }];
  const charged = snapshot.blob.bytes + words.blob.bytes + RECORD_BYTES;
  let all = charged;
  const entries: Write[] = [];
  if (run !== null) {
    const { createdAt, end, pieces } = run;
    const names = { response: id, parent, conversation };
    const text = pieces.map(([text]) => text).join("");
    const request = await splitBlob(
      tenant,
      own.request,
      new TextEncoder().encode(JSON.stringify(unpack(cards, run.card, names, { text, end }))),
    );
    blobs.push(request);
    const said = logWrites(tenant, id, 0, pieces.map(([text, tokens]) => ({ text, tokens })));
    entries.push(...said);
    all += said.reduce((sum, { value }) => sum + value.length, request.blob.bytes + RECORD_BYTES);
    const record = {
      id,
      createdAt,
      parent,
      conversation,
      request: request.blob,
      charged: request.blob.bytes + RECORD_BYTES,
      reserved: 0,
      leaving: "continue" as const,
      start: null,
      end,
    };
    records.push({ key: runKey(tenant, id), value: encodeRecord(runSchema, record) });
  }
  // No text has this for its hash: nothing else goes on from a state that somebody says is of a text.
  const prefix = toText(await sha256(new TextEncoder().encode(`import/${id}`)));
  records.push({
    key: nodeKey(tenant, id),
    value: encodeRecord(nodeSchema, {
      ...node,
      id,
      parent,
      manifest,
      prefix,
      log: words.blob,
      charged,
    }),
  });
  const chunks = [...blobs.flatMap(({ writes }) => writes), ...entries];
  await writeChunks(store, chunks, [...records, ...more], note, options);
  return all;
}

/** @throws {ConversationFileError} unless the bytes are a state that the model can go on from. */
async function requireState(
  bytes: Uint8Array<ArrayBuffer>,
  expected: ExpectedState,
  response: string,
): Promise<void> {
  try {
    const { data } = await decodeState(bytes, expected);
    if (data.every(Number.isFinite)) return;
  } catch (cause) {
    if (cause instanceof StateMismatchError) {
      throw new FileOfOtherModelError(cause.expected, cause.actual);
    }
    if (cause instanceof StateLayoutError) {
      throw new FileOfOtherModelError(cause.expected, cause.actual);
    }
    if (!(cause instanceof StateError)) throw cause;
    throw new ConversationFileError(`the state of ${response}: ${cause.message}`, { cause });
  }
  throw new ConversationFileError(`the state of ${response} has numbers that are none`);
}

function unpack(cards: Cards, ...args: Parameters<Cards["unpack"]>): unknown {
  try {
    return cards.unpack(...args);
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    throw new ConversationFileError("a response in it cannot be shown", { cause });
  }
}

/**
 * Writes what is large first, and in the last commit the records with it.
 *
 * @param commit makes the last commit
 */
async function writeChunks(
  store: KvStore,
  chunks: Write[],
  records: readonly Write[],
  note: ImportNote,
  options: StoreOptions | undefined,
  commit = async (last: Commit) => (await store.commit(last, options)).ok,
): Promise<void> {
  for (let at = 0;; at += WRITES_PER_COMMIT) {
    const last = at + WRITES_PER_COMMIT >= chunks.length;
    const part = {
      checks: [await note.check(options)],
      writes: [...chunks.slice(at, at + WRITES_PER_COMMIT), ...last ? records : []],
    };
    const ok = last ? await commit(part) : (await store.commit(part, options)).ok;
    if (!ok) throw new LeaseLostError("that is being imported");
    if (last) return;
  }
}

/** What an import has written. */
interface Made {
  /** What each response is called here. */
  readonly names: ReadonlyMap<string, string>;
  /** What is to be written with the conversation. */
  readonly more: readonly Write[];
  /** Bytes that the responses count for. */
  readonly charged: number;
  /** The responses that are there for clients. */
  readonly responses: number;
}

/**
 * Makes the conversation, with which all is there that was written for it. All of it counts from then on.
 *
 * @throws {QuotaExceededError}
 */
async function finish(
  { store, now, quotas }: ImportParts,
  tenant: string,
  id: string,
  secret: string,
  note: ImportNote,
  { conversation, head, branches, pending }: FileHead,
  { names, more, charged, responses }: Made,
  options: StoreOptions | undefined,
): Promise<Conversation> {
  const named = (name: string) => names.get(name)!;
  const { metadata } = conversation;
  const createdAt = now();
  const record = { id, createdAt, metadata, charged: conversationBytes(metadata) };
  const ends = [...head === null ? [] : [head], ...branches].map(named);
  const blob = pending.length === 0
    ? undefined
    : await splitBlob(tenant, pendingName(secret), encodeRecord(itemsSchema, pending));
  const records: Write[] = [
    conversationWrite(tenant, record),
    headWrite(tenant, id, {
      head: head === null ? null : named(head),
      branches: branches.map(named),
      running: null,
      pending: blob?.blob ?? null,
      charged: blob?.blob.bytes ?? 0,
      changedAt: createdAt,
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
    return commitWithin(store, tenant, quotas(tenant), charge, last, options);
  });
  return record;
}
