import { z } from "zod";
import { decodeState } from "../state/codec.ts";
import {
  StateError,
  StateLayoutError,
  StateMismatchError,
  StateVersionError,
} from "../state/errors.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { type SplitBlob, splitBlob } from "../records/blob.ts";
import { sha256, toText } from "../records/digest.ts";
import { manifestKey, nodeKey, runKey } from "../records/keys.ts";
import { encodeRecord } from "../records/record.ts";
import { type ExpectedState, type ExpectedStates, manifestSchema } from "../tree/snapshot.ts";
import { nodeSchema } from "../tree/stored_node.ts";
import { logSchema } from "../tree/transcript.ts";
import { runSchema } from "../tree/run.ts";
import { logWrites } from "../response/run_log.ts";
import { RECORD_BYTES } from "../limits/enforce_quota.ts";
import type { Cards } from "./cards.ts";
import type { FileResponse } from "./contents.ts";
import { ConversationFileError } from "./errors.ts";
import type { ImportNames, ImportNote } from "./import_note.ts";
import { writeChunks } from "./write_chunks.ts";

/** What a response is written with. */
export interface WriteResponseParts {
  readonly store: KvStore;
  /** The models that are to go on from states. */
  readonly expected: ExpectedStates;
  readonly cards: Cards;
}

/** Where a response is placed. */
export interface Placed {
  readonly own: ImportNames;
  readonly parent: string | null;
  /** What its state is computed from. Absent: that is not known. */
  readonly base?: string | null;
  readonly conversation: string;
}

/**
 * Writes a response of a file where nobody finds it before its conversation is there.
 *
 * @returns the bytes that it counts for from then on
 * @throws {ConversationFileError} if it is none, or its state is none that a model can go on from.
 */
export async function writeResponse(
  { store, expected, cards }: WriteResponseParts,
  tenant: string,
  { own, parent, base, conversation }: Placed,
  response: FileResponse,
  state: Uint8Array<ArrayBuffer>,
  more: readonly Write[],
  note: ImportNote,
  options: StoreOptions | undefined,
): Promise<number> {
  const { log, run, id: before, base: _, ...node } = response;
  const isKept = state.length > 0;
  if (isKept) await requireState(state, expected(node.modelFingerprint), before);
  else if (base === undefined || log.read === undefined) {
    throw new ConversationFileError(`${before} has no state`);
  }
  const { response: id, manifest } = own;
  const [snapshot, words] = await Promise.all([
    splitBlob(tenant, own.state, state),
    splitBlob(tenant, own.log, encodeRecord(logSchema, log)),
  ]);
  const blobs: SplitBlob[] = [snapshot, words];
  const records: Write[] = !isKept ? [] : [{
    key: manifestKey(tenant, manifest),
    value: encodeRecord(manifestSchema, { tokens: node.tokens, state: snapshot.blob, charged: 0 }),
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
    const said = logWrites(
      tenant,
      id,
      0,
      pieces.map(([text, tokens]) => ({ type: "text", text, tokens })),
    );
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
      ...base === undefined ? {} : { base },
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

/**
 * Refuses bytes that are no state. One of another model is kept as it is: here its conversation is read again, and where
 * it is taken back to that model, it is not.
 *
 * @throws {ConversationFileError}
 */
async function requireState(
  bytes: Uint8Array<ArrayBuffer>,
  expected: ExpectedState,
  response: string,
): Promise<void> {
  try {
    const { data } = await decodeState(bytes, expected);
    if (data.every(Number.isFinite)) return;
  } catch (cause) {
    if (OF_OTHERS.some((type) => cause instanceof type)) return;
    if (!(cause instanceof StateError)) throw cause;
    throw new ConversationFileError(`the state of ${response}: ${cause.message}`, { cause });
  }
  throw new ConversationFileError(`the state of ${response} contains NaN or infinity`);
}

/** Why a state cannot be loaded that is sound, and another model's or another build's. */
const OF_OTHERS = [StateMismatchError, StateLayoutError, StateVersionError] as const;

function unpack(cards: Cards, ...args: Parameters<Cards["unpack"]>): unknown {
  try {
    return cards.unpack(...args);
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    throw new ConversationFileError("a response in it cannot be shown", { cause });
  }
}
