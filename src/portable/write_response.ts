import { z } from "zod";
import { RECORD_BYTES } from "../limits/quota.ts";
import { type SplitBlob, splitBlob } from "../records/blob.ts";
import { sha256, toText } from "../records/digest.ts";
import { manifestKey, nodeKey, runKey } from "../records/keys.ts";
import { encodeJson, encodeRecord } from "../records/record.ts";
import { logWrites } from "../response/run_log.ts";
import { decodeState } from "../state/codec.ts";
import {
  StateError,
  StateLayoutError,
  StateMismatchError,
  StateVersionError,
} from "../state/errors.ts";
import type { KvStore, StoreOptions, Write } from "../store/kv_store.ts";
import { nodeSchema } from "../tree/response_node.ts";
import { runSchema } from "../tree/run.ts";
import { type ExpectedState, type ExpectedStates, manifestSchema } from "../tree/snapshot.ts";
import { logSchema } from "../tree/transcript.ts";
import type { Cards, FileResponse } from "./contents.ts";
import { ConversationFileError } from "./errors.ts";
import { type ImportNames, type ImportNote, writeChunks } from "./import_note.ts";

/** Dependencies of {@linkcode writeResponse}. */
export interface WriteResponseParts {
  readonly store: KvStore;
  /** The models that continue the state. */
  readonly expected: ExpectedStates;
  readonly cards: Cards;
}

/** The new ids of a response and its relatives. */
export interface Placed {
  readonly own: ImportNames;
  readonly parent: string | null;
  /** Where it stands in its chain, counted from 1. */
  readonly depth: number;
  /** The response whose state this state was computed from. `null`: the empty state. Absent: unknown. */
  readonly base?: string | null;
  readonly conversation: string;
}

/**
 * Writes a response of a file. It is unreachable until its conversation is created.
 *
 * @param more further writes of the last commit
 * @returns the bytes to charge when the conversation is created
 * @throws {ConversationFileError} if the response or its state is invalid
 */
export async function writeResponse(
  { store, expected, cards }: WriteResponseParts,
  tenant: string,
  { own, parent, depth, base, conversation }: Placed,
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
    throw new ConversationFileError(`response ${before} has no state`);
  }
  const { response: id, manifest } = own;
  const [snapshot, transcript] = await Promise.all([
    splitBlob(tenant, own.state, state),
    splitBlob(tenant, own.log, encodeRecord(logSchema, log)),
  ]);
  const blobs: SplitBlob[] = [snapshot, transcript];
  const records: Write[] = !isKept ? [] : [{
    key: manifestKey(tenant, manifest),
    value: encodeRecord(manifestSchema, {
      tokens: node.tokens,
      state: snapshot.blob,
      charged: snapshot.blob.bytes,
      // Which states it keeps is looked up when it is continued.
      chain: { depth, kept: [] },
    }),
  }];
  const charged = transcript.blob.bytes + RECORD_BYTES;
  let all = charged + snapshot.blob.bytes;
  const entries: Write[] = [];
  if (run !== null) {
    const { createdAt, end, pieces } = run;
    const names = { response: id, parent, conversation };
    const text = pieces.map(([text]) => text).join("");
    const request = await splitBlob(
      tenant,
      own.request,
      encodeJson(unpack(cards, run.card, names, { text, end })),
    );
    blobs.push(request);
    const pieceWrites = logWrites(
      tenant,
      id,
      0,
      pieces.map(([text, tokens]) => ({ type: "text", text, tokens })),
    );
    entries.push(...pieceWrites);
    all += pieceWrites.reduce(
      (sum, { value }) => sum + value.length,
      request.blob.bytes + RECORD_BYTES,
    );
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
  // Not the hash of any messages: the file's claim about what the state has read is not trusted for other
  // conversations.
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
      log: transcript.blob,
      charged,
    }),
  });
  const chunks = [...blobs.flatMap(({ writes }) => writes), ...entries];
  await writeChunks(store, chunks, [...records, ...more], note, options);
  return all;
}

/**
 * Rejects an invalid state. A state of another model is accepted and stored unchanged: here the conversation is read
 * again, but after an export back to that model it need not be.
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
    if (FOREIGN_STATE_ERRORS.some((type) => cause instanceof type)) return;
    if (!(cause instanceof StateError)) throw cause;
    throw new ConversationFileError(`the state of ${response}: ${cause.message}`, { cause });
  }
  throw new ConversationFileError(`the state of ${response} contains NaN or infinity`);
}

/** Errors of a valid state that belongs to another model or build. */
const FOREIGN_STATE_ERRORS = [StateMismatchError, StateLayoutError, StateVersionError] as const;

function unpack(cards: Cards, ...args: Parameters<Cards["unpack"]>): unknown {
  try {
    return cards.unpack(...args);
  } catch (cause) {
    if (!(cause instanceof z.ZodError)) throw cause;
    throw new ConversationFileError("the card of a response is invalid", { cause });
  }
}
