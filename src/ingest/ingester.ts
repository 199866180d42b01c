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
import { untilAborted } from "../stream/until_aborted.ts";

/** Number of bytes read between two tests of whether a checkpoint is due. */
const SLICE_BYTES = 16 * 1024;

/** Polling interval of {@linkcode Ingester.follow}. */
const FOLLOW_MS = 250;

/** A model that can be kept loaded: `hold` does so until the returned function is called. */
interface HeldModel extends TextModel {
  readonly hold: () => Promise<() => void>;
}

/** Dependencies and options of {@linkcode Ingester}. */
export interface IngesterParts extends
  Omit<
    OpenTextParts,
    keyof TextModel | "checkpointTokens" | "checkpointMs" | "statePrecision"
  > {
  readonly ingests: IngestStore;
  /** Finds a model by name, or the default one, and loads it. */
  readonly findModel: (name?: string) => Promise<HeldModel>;
  /** Maximum number of tokens between checkpoints. */
  readonly checkpointTokens?: number;
  /** Maximum time between checkpoints, in milliseconds. */
  readonly checkpointMs?: number;
  /** Idle timeout of uploads, in milliseconds. */
  readonly idleMs?: number;
  /** The precision in which final states are stored. @default "f16" */
  readonly statePrecision?: StatePrecision;
}

/** A running ingest request. */
export interface IngestUnderWay {
  /** The status before this request. */
  readonly before: IngestStatus;
  /**
   * The status after all bytes of the request were read.
   *
   * Rejects with {@linkcode InvalidUtf8Error}; {@linkcode UploadCutError} if the stream fails (the bytes before are
   * kept); {@linkcode BlankTextError} if the complete text is blank; {@linkcode UploadStalledError} on idle timeout;
   * {@linkcode ConversationBusyError} if another instance took it over or it was cancelled.
   */
  readonly done: Promise<IngestStatus>;
}

/** A text, or a part of one. */
export interface IngestRequest {
  readonly tenant: string;
  readonly conversation: string;
  /** The id of the response that a new text becomes. */
  readonly id: string;
  /** The id of a new text's item. */
  readonly item: string;
  /** The position of the first byte in the text. */
  readonly offset: number;
  /** Whether the text ends with this request. */
  readonly complete: boolean;
  /** Absent: the role with which the text was started, or `user`. */
  readonly role?: (typeof INGEST_ROLES)[number] | undefined;
  /** The name of the model to read it with. Absent: the default model. */
  readonly model?: string | undefined;
  readonly body: ReadableStream<Uint8Array>;
  /** Called after each checkpoint, with the durable status. */
  readonly onProgress?: (status: IngestStatus) => void;
}

/**
 * Reads texts of any length into the states of conversations, as they arrive.
 *
 * A text is read in segments, with backpressure, so memory use does not depend on its length. Checkpoints persist the
 * state and everything else that is needed to continue: after any failure the text resumes at the last checkpoint, and
 * the final state is the same as without the failure.
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
   * Starts or resumes an ingest.
   *
   * @returns resolves once the request is accepted and reading has started
   * @throws {UnknownConversationError}
   * @throws {ConversationBusyError} if another ingest or response is running in the conversation
   * @throws {IngestOffsetError} if `offset` is not the next byte
   * @throws {OtherRoleError} if the text was started with another role
   * @throws {QuotaExceededError} if the result would exceed the tenant's quota
   * @throws {TextOfOtherModelError} if another model has read the start of the text
   * @throws {TextNotKeptError} if another model has read an earlier text of the conversation
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
    const fresh = { id, item, role: role ?? "user", model: model.name, stateBytes };
    const held = await ingests.open(tenant, conversation, offset, fresh);
    const lost = new AbortController();
    const stopRenewing = keepLease(
      held,
      ingests.leaseMs,
      () => lost.abort(new LeaseLostError(conversation)),
    );
    try {
      const startedAs = held.ingest.role;
      if (role !== undefined && role !== startedAs) throw new OtherRoleError(startedAs);
      const text = await this.#open(model, held, lost.signal);
      const done = this.#run(request, held, text, lost.signal).finally(stopRenewing);
      this.#running.add(done);
      done.catch(() => {}).finally(() => this.#running.delete(done));
      return { before: { ...paused(held), status: "in_progress" }, done };
    } catch (error) {
      stopRenewing();
      await this.#release(held).catch(() => {});
      throw error;
    }
  }

  /**
   * The status of a conversation's running, paused or last completed ingest.
   *
   * @throws {UnknownConversationError}
   * @throws {UnknownIngestError} if there is no ingest and the last response is not an ingested text
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

  /** The name of the model of a conversation's interrupted ingest, if it has one. */
  async modelOf(tenant: string, conversation: string): Promise<string | undefined> {
    return (await this.#parts.ingests.find(tenant, conversation))?.model;
  }

  /** The status of the completed ingest that became the response `id`. Undefined if that does not exist. */
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
   * Polls the status of an ingest, which may run in any instance. Yields each durable progress, and ends when the
   * ingest is paused or completed.
   *
   * @throws like {@linkcode Ingester.status}
   */
  async *follow(
    tenant: string,
    conversation: string,
    signal: AbortSignal,
  ): AsyncGenerator<IngestStatus> {
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    let reported = -1;
    for (;;) {
      const status = await this.status(tenant, conversation);
      if (status.status !== "in_progress") return yield status;
      if (status.offset > reported) yield status;
      reported = status.offset;
      await sleep(FOLLOW_MS, stop);
    }
  }

  /**
   * Cancels an incomplete ingest. The conversation is left as it was before.
   *
   * @throws {UnknownIngestError} if the conversation has no ingest
   */
  async cancel(tenant: string, conversation: string): Promise<void> {
    await this.#parts.ingests.cancel(tenant, conversation);
  }

  /** Waits until no ingest runs in this instance. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  /** Stops all ingests of this instance: makes a checkpoint of each and releases its lease. */
  async close(): Promise<void> {
    this.#closing.abort(new DOMException("The server is shutting down", "AbortError"));
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
      const completed = await this.#read(request, text, AbortSignal.any([lost, closing]));
      if (completed !== undefined) return completed;
      await held.release();
      return paused(held);
    } catch (error) {
      if (!lost.aborted) {
        // So that the client need not send these bytes again.
        await text.checkpoint().catch(() => {});
        await this.#release(held).catch(() => {});
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

  /** Releases the lease. An ingest without progress is cancelled, so that it does not keep the conversation busy. */
  async #release(held: HeldIngest): Promise<void> {
    const { conversation, progress } = held.ingest;
    if (progress.offset > 0) return await held.release();
    await this.#parts.ingests.cancel(held.tenant, conversation);
  }

  /** Opens the text at its progress: loads or computes the state, and reads what comes before the text. */
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

  /** @returns the final status if the text is complete */
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
          if (!text.isCheckpointDue) continue;
          await text.checkpoint();
          const { offset, tokens } = text.progress;
          onProgress?.({ conversation, status: "in_progress", offset, tokens });
        }
      }
      if (complete) return await text.finish(stop);
      await text.checkpoint();
      return undefined;
    } finally {
      reader.releaseLock();
    }
  }

  /** Reads the next bytes, with an idle timeout. */
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

/** The durable status of an ingest that nobody continues at the moment. */
function paused(
  { ingest: { conversation, progress: { offset, tokens } } }: HeldIngest,
): IngestStatus {
  return { conversation, status: "paused", offset, tokens };
}
