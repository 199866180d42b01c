import {
  ConversationBusyError,
  LeaseLostError,
  ResponseConflictError,
  UnknownIngestError,
  UnknownResponseError,
} from "../records/errors.ts";
import type { HeldIngest } from "./held_ingest.ts";
import type { IngestStore } from "./ingest_store.ts";
import { completedStatus, type INGEST_ROLES, type IngestStatus, snapshotName } from "./ingest.ts";
import { type StatePrecision, STORED_PRECISION } from "../state/precision.ts";
import { StateError } from "../state/errors.ts";
import { beforeText } from "./before_text.ts";
import { computeState } from "../turn/compute_state.ts";
import {
  OtherRoleError,
  TextOfOtherModelError,
  UploadCutError,
  UploadStalledError,
} from "./ingest_errors.ts";

import { keepLease } from "../records/keep_lease.ts";
import { OpenText, type OpenTextParts, type TextModel } from "./open_text.ts";
import { sleep } from "../stream/sleep.ts";
import { TextReading } from "./text_reading.ts";
import { untilAborted } from "../stream/until_aborted.ts";

/** Bytes that are read between two looks at whether to keep how far one got. */
const SLICE_BYTES = 16 * 1024;

/** How often one that is followed is looked at. */
const FOLLOW_MS = 250;

/** A model that stays loaded from when it is held until what that returns is called. */
interface HeldModel extends TextModel {
  readonly hold: () => Promise<() => void>;
}

/** What an {@linkcode Ingester} is made of. */
export interface IngesterParts extends
  Omit<
    OpenTextParts,
    keyof TextModel | "checkpointTokens" | "checkpointMs" | "statePrecision"
  > {
  readonly ingests: IngestStore;
  /** Finds the model of a name, or the main one, and loads it. */
  readonly findModel: (name?: string) => Promise<HeldModel>;
  /** How far one got is kept after so many tokens, or so much time, whichever comes first. */
  readonly checkpointTokens?: number;
  readonly checkpointMs?: number;
  /** How long to wait for the next bytes. */
  readonly idleMs?: number;
  /** How the states of texts that were read whole are written. @default "f16" */
  readonly statePrecision?: StatePrecision;
}

/** A text that is being read. */
export interface IngestUnderWay {
  /** How far it was before. */
  readonly before: IngestStatus;
  /**
   * How far it got, when all bytes were read that were sent.
   *
   * Rejects with {@linkcode InvalidUtf8Error}, {@linkcode UploadCutError} if the stream fails (then what came before is kept),
   * {@linkcode BlankTextError} if it ends and there is nothing to read in it, {@linkcode UploadStalledError} if no more
   * comes, {@linkcode ConversationBusyError} if another took it over, or it was cancelled.
   */
  readonly done: Promise<IngestStatus>;
}

/** Some of a text, or all of it. */
export interface IngestRequest {
  readonly tenant: string;
  readonly conversation: string;
  /** What the response is called that the text becomes, and its item, if it is a new one. */
  readonly id: string;
  readonly item: string;
  /** The byte of the text that comes first here. */
  readonly offset: number;
  /** Whether the text ends with these bytes. */
  readonly complete: boolean;
  /** Who speaks. Absent: as it was begun, or the user. */
  readonly role?: (typeof INGEST_ROLES)[number] | undefined;
  /** The name of the model that is to read it. Absent: the main one. */
  readonly model?: string | undefined;
  readonly body: ReadableStream<Uint8Array>;
  /** Told when something has become durable. */
  readonly onProgress?: (status: IngestStatus) => void;
}

/**
 * Reads texts of any length into the states of conversations, as they arrive.
 *
 * A text is read in segments. The sender is asked for more when those before were read, so that memory stays the same
 * however long the text is. Again and again the state is kept, with all that it takes to go on from there: whatever
 * happens, the text goes on at the byte that was kept last, and gives the same state as if nothing had happened.
 */
export class Ingester {
  readonly #parts: Required<IngesterParts>;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<unknown>>();

  constructor(parts: IngesterParts) {
    this.#parts = {
      checkpointTokens: 16_384,
      checkpointMs: 5_000,
      idleMs: 60_000,
      statePrecision: STORED_PRECISION,
      ...parts,
    };
  }

  /**
   * Begins to read bytes into a conversation.
   *
   * @returns when it is known that they can be: what becomes of them
   * @throws {UnknownConversationError}
   * @throws {ConversationBusyError} if somebody else reads a text into it or adds something.
   * @throws {IngestOffsetError} if another byte is next.
   * @throws {OtherRoleError} if the text was begun as somebody else's.
   * @throws {QuotaExceededError} if the tenant may not keep what will be left of it.
   * @throws {TextOfOtherModelError} if another model has read the beginning of it.
   * @throws {TextNotKeptError} if another model has read an earlier text.
   */
  async begin(request: IngestRequest): Promise<IngestUnderWay> {
    const { hold, ...model } = await this.#parts.findModel(request.model);
    const release = await hold();
    try {
      const underWay = await this.#begin(request, model);
      underWay.done.catch(() => {}).finally(release);
      return underWay;
    } catch (error) {
      release();
      throw error;
    }
  }

  async #begin(request: IngestRequest, model: TextModel): Promise<IngestUnderWay> {
    const { ingests } = this.#parts;
    const { tenant, conversation, offset, id, item, role } = request;
    const stateBytes = model.inference.layout.length * Float32Array.BYTES_PER_ELEMENT;
    const progress = { ...new TextReading().progress, tokens: 0 };
    const fresh = { id, item, role: role ?? "user", model: model.name, progress, stateBytes };
    const held = await ingests.open(tenant, conversation, offset, fresh);
    const lost = new AbortController();
    const stopRenewing = keepLease(
      held,
      ingests.leaseMs,
      () => lost.abort(new LeaseLostError(conversation)),
    );
    try {
      const begun = held.ingest.role;
      if (role !== undefined && role !== begun) throw new OtherRoleError(begun);
      const text = await this.#open(model, held, lost.signal);
      const done = this.#run(request, held, text, lost.signal).finally(stopRenewing);
      this.#running.add(done);
      done.catch(() => {}).finally(() => this.#running.delete(done));
      return { before: { ...paused(held), status: "in_progress" }, done };
    } catch (error) {
      stopRenewing();
      await this.#letGo(held).catch(() => {});
      throw error;
    }
  }

  /**
   * How far a text is read, or was.
   *
   * @throws {UnknownConversationError}
   * @throws {UnknownIngestError} if the last thing that was added to the conversation is no text.
   */
  async status(tenant: string, conversation: string): Promise<IngestStatus> {
    const { ingests, tree } = this.#parts;
    const { head: { head } } = await ingests.head(tenant, conversation);
    const ingest = await ingests.find(tenant, conversation);
    if (ingest !== undefined) {
      const { offset, tokens } = ingest.progress;
      const status = ingests.isHeld(ingest) ? "in_progress" : "paused";
      return { conversation, status, offset, tokens };
    }
    const node = head === null ? undefined : await tree.node(tenant, head);
    const text = node?.messages.at(-1)?.ingested;
    if (node === undefined || text === undefined) throw new UnknownIngestError(conversation);
    return completedStatus(conversation, node.id, node.itemIds?.at(-1) ?? "", text);
  }

  /** The name of the model that has read the beginning of a text, if one is being read. */
  async modelOf(tenant: string, conversation: string): Promise<string | undefined> {
    return (await this.#parts.ingests.find(tenant, conversation))?.model;
  }

  /** What became of a text that was read to its end, as a response of this id. `undefined`: there is none. */
  async made(
    tenant: string,
    conversation: string,
    id: string,
  ): Promise<IngestStatus | undefined> {
    try {
      const node = await this.#parts.tree.node(tenant, id);
      const text = node.messages.at(-1)?.ingested;
      return text && completedStatus(conversation, id, node.itemIds?.at(-1) ?? "", text);
    } catch (error) {
      if (error instanceof UnknownResponseError) return undefined;
      throw error;
    }
  }

  /**
   * Tells how far a text is whenever more of it is durable, wherever it is read, until nobody reads it any more.
   *
   * @throws what {@linkcode Ingester.status} throws
   */
  async *follow(
    tenant: string,
    conversation: string,
    signal: AbortSignal,
  ): AsyncGenerator<IngestStatus> {
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    let told = -1;
    for (;;) {
      const status = await this.status(tenant, conversation);
      if (status.status !== "in_progress") return yield status;
      if (status.offset > told) yield status;
      told = status.offset;
      await sleep(FOLLOW_MS, stop);
    }
  }

  /**
   * Forgets a text that is not complete. The conversation is where it was before.
   *
   * @throws {UnknownIngestError} if there is none.
   */
  async cancel(tenant: string, conversation: string): Promise<void> {
    await this.#parts.ingests.cancel(tenant, conversation);
  }

  /** Waits until nothing is being read here. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Keeps how far everything got that is read here, and lets go of it. */
  async close(): Promise<void> {
    this.#closing.abort(new DOMException("The server stops", "AbortError"));
    await this.settled();
  }

  async #run(
    request: IngestRequest,
    held: HeldIngest,
    text: OpenText,
    lost: AbortSignal,
  ): Promise<IngestStatus> {
    const { conversation } = request;
    const closing = this.#closing.signal;
    try {
      const told = await this.#read(request, text, AbortSignal.any([lost, closing]));
      if (told !== undefined) return told;
      await held.release();
      return paused(held);
    } catch (error) {
      if (!lost.aborted) {
        // What was taken in is not to be sent again.
        await text.keep().catch(() => {});
        await this.#letGo(held).catch(() => {});
        if (error === closing.reason) return paused(held);
        if (error instanceof UploadCutError) {
          throw new UploadCutError(paused(held).offset, { cause: error.cause });
        }
      }
      const taken = error instanceof LeaseLostError || error instanceof ResponseConflictError;
      throw taken ? new ConversationBusyError(conversation) : error;
    } finally {
      text.close();
      await request.body.cancel().catch(() => {});
    }
  }

  /** Lets go of a text that somebody may go on with. One of which nothing is kept is not to be in the way. */
  async #letGo(held: HeldIngest): Promise<void> {
    const { conversation, progress } = held.ingest;
    if (progress.offset > 0) return await held.release();
    await this.#parts.ingests.cancel(held.tenant, conversation);
  }

  /** Goes on where the text is. */
  async #open(model: TextModel, held: HeldIngest, lost: AbortSignal): Promise<OpenText> {
    const { tree, ingests } = this.#parts;
    const { inference } = model;
    const parts = { ...this.#parts, ...model };
    const { tenant, ingest: { parent, snapshot, conversation } } = held;
    const { layout, modelFingerprint } = inference;
    const node = parent === null ? undefined : await tree.node(tenant, parent);
    const { head } = await ingests.head(tenant, conversation);
    const pending = await ingests.pending(tenant, head);
    const before = await beforeText(parts, tenant, node);
    let { state, unread } = before;
    if (snapshot === null) state = await computeState(inference, before, lost);
    else {
      const manifest = snapshotName(held.ingest, snapshot.place);
      try {
        const expected = { layout, modelFingerprint };
        ({ state } = await tree.loadState(tenant, { manifest }, expected));
        unread = [];
      } catch (error) {
        throw error instanceof StateError ? new TextOfOtherModelError({ cause: error }) : error;
      }
    }
    const sequence = inference.open(state);
    const turn = {
      tokensBefore: before.tokens,
      instructions: node?.instructions ?? null,
      pending,
    };
    const text = new OpenText(parts, held, sequence, turn, lost);
    try {
      for (const tokens of unread) await text.readBefore(tokens, lost);
      return text;
    } catch (error) {
      text.close();
      throw error;
    }
  }

  /** @returns what became of the text, if it ended */
  async #read(
    { body, complete, onProgress, conversation }: IngestRequest,
    text: OpenText,
    stop: AbortSignal,
  ): Promise<IngestStatus | undefined> {
    const reader = body.getReader();
    try {
      for (;;) {
        const { done, value } = await this.#next(reader, stop);
        if (done) break;
        for (let at = 0; at < value.length; at += SLICE_BYTES) {
          stop.throwIfAborted();
          await text.push(value.subarray(at, at + SLICE_BYTES), stop);
          if (!text.isDue) continue;
          await text.keep();
          const { offset, tokens } = text.progress;
          onProgress?.({ conversation, status: "in_progress", offset, tokens });
        }
      }
      if (complete) return await text.finish(stop);
      await text.keep();
      return undefined;
    } finally {
      reader.releaseLock();
    }
  }

  /** The next bytes, if they come in time. */
  async #next(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    stop: AbortSignal,
  ): Promise<ReadableStreamReadResult<Uint8Array>> {
    stop.throwIfAborted();
    const idle = new AbortController();
    const timer = setTimeout(() => idle.abort(new UploadStalledError()), this.#parts.idleMs);
    try {
      const read = reader.read().catch((cause) => {
        throw new UploadCutError(0, { cause });
      });
      return await untilAborted(untilAborted(read, idle.signal), stop);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** What is durable of a text that nobody reads now. */
function paused(
  { ingest: { conversation, progress: { offset, tokens } } }: HeldIngest,
): IngestStatus {
  return { conversation, status: "paused", offset, tokens };
}
