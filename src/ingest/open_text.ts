import type { ResponseTree } from "../tree/response_tree.ts";
import { sha256, toText } from "../records/digest.ts";
import type { HeldIngest } from "./held_ingest.ts";
import type { Message } from "../prompt/message.ts";
import type { Inference, Sequence } from "../engine/inference.ts";
import type { StatePrecision } from "../state/precision.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";
import { BlankTextError } from "./ingest_errors.ts";
import type { IngestPace } from "./ingest_pace.ts";
import { completedStatus, type IngestStatus } from "./ingest.ts";
import { type ChatTemplate, renderUpTo } from "../prompt/template.ts";
import { TextReading } from "./text_reading.ts";

/** A model that reads texts. */
export interface TextModel {
  /** Its name in the API. */
  readonly name: string;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
}

/** Dependencies and options of {@linkcode OpenText}. */
export interface OpenTextParts extends TextModel {
  readonly tree: ResponseTree;
  readonly pace: Pick<IngestPace, "enter" | "spent">;
  /** The precision in which the final state is stored. */
  readonly statePrecision: StatePrecision;
  /** The time, in milliseconds since the epoch. */
  readonly now: () => number;
  /** Maximum number of tokens between checkpoints. */
  readonly checkpointTokens: number;
  /** Maximum time between checkpoints, in milliseconds. */
  readonly checkpointMs: number;
}

/** The turn that a text is part of. */
export interface IngestTurn {
  /** Number of tokens that the state had read before this turn. */
  readonly tokensBefore: number;
  readonly instructions: string | null;
  /** Items that were added before the text and that no response has read. */
  readonly pending: readonly { readonly id: string; readonly message: Message }[];
}

/** A text that this instance is reading: the bytes go in, and the engine's sequence reads their tokens. */
export class OpenText {
  readonly #parts: OpenTextParts;
  readonly #held: HeldIngest;
  readonly #sequence: Sequence;
  readonly #turn: IngestTurn;
  readonly #reading: TextReading;
  /** Tokens of the turn so far. */
  #tokens: number;
  /** The last checkpoint: its number of tokens and its time. */
  #saved: { readonly tokens: number; readonly at: number };
  /** Whether the state lags behind the bytes taken in, so that no checkpoint is possible. */
  #behind = false;
  readonly #lost: AbortSignal;

  /** @param lost aborts when the lease is lost */
  constructor(
    parts: OpenTextParts,
    held: HeldIngest,
    sequence: Sequence,
    turn: IngestTurn,
    lost: AbortSignal,
  ) {
    const { progress } = held.ingest;
    this.#parts = parts;
    this.#held = held;
    this.#sequence = sequence;
    this.#turn = turn;
    this.#lost = lost;
    this.#reading = new TextReading(progress);
    this.#tokens = progress.tokens;
    this.#saved = { tokens: progress.tokens, at: parts.now() };
  }

  /** The current progress. */
  get progress() {
    return { ...this.#reading.progress, tokens: this.#tokens };
  }

  /** Whether it is time for a checkpoint. */
  get isCheckpointDue(): boolean {
    const { checkpointTokens, checkpointMs, now } = this.#parts;
    return this.#tokens - this.#saved.tokens >= checkpointTokens ||
      (this.#reading.offset > this.#held.ingest.progress.offset &&
        now() - this.#saved.at >= checkpointMs);
  }

  /** Reads tokens that come before the text and do not count as its own. */
  async readBefore(tokens: readonly number[], stop: AbortSignal): Promise<void> {
    const { pace, name } = this.#parts;
    const { tenant } = this.#held;
    const release = await pace.enter(tenant, stop);
    try {
      await this.#sequence.read(tokens, this.#lost);
    } finally {
      release();
    }
    pace.spent(tenant, tokens.length, name);
  }

  /**
   * Takes bytes in and reads the segments that they complete.
   *
   * @param stop aborts the wait in the queue
   */
  async push(bytes: Uint8Array, stop: AbortSignal): Promise<void> {
    const started = this.#reading.started;
    await this.#readAll(started, this.#reading.push(bytes), stop);
  }

  /** Persists the progress and the state, unless the state lags behind or nothing is new. */
  async checkpoint(): Promise<void> {
    const { progress } = this;
    if (this.#behind) return;
    if (progress.offset === this.#held.ingest.progress.offset) return;
    const { inference: { modelFingerprint }, now } = this.#parts;
    await this.#held.checkpoint(progress, await this.#sequence.state(), modelFingerprint);
    this.#saved = { tokens: progress.tokens, at: now() };
  }

  /**
   * Ends the text and commits it to the conversation as a response.
   *
   * @throws {BlankTextError}
   * @throws {InvalidUtf8Error} if the last character is incomplete
   */
  async finish(stop: AbortSignal): Promise<IngestStatus> {
    const { tree, inference, now } = this.#parts;
    const { tenant, ingest } = this.#held;
    const started = this.#reading.started;
    await this.#readAll(started, this.#reading.end(), stop);
    // No checkpoint is possible any more.
    this.#behind = true;
    if (!this.#reading.started) throw new BlankTextError();
    const { tokensBefore, instructions, pending } = this.#turn;
    const text = {
      bytes: this.#reading.offset,
      tokens: this.#tokens,
      sha256: this.#reading.digest,
    };
    const tokens = tokensBefore + this.#tokens;
    const usage = { prompt: tokens, cached: tokensBefore, completion: 0 };
    await tree.commitTurn(
      tenant,
      {
        node: {
          id: ingest.id,
          parent: ingest.parent,
          instructions,
          messages: [
            ...pending.map(({ message }) => message),
            { role: ingest.role, text: "", ingested: text },
          ],
          itemIds: [...pending.map(({ id }) => id), ingest.item],
          engineFingerprint: inference.fingerprint,
          seed: 0,
        },
        // Not the hash of any messages: the text is not stored, so requests cannot be matched with it.
        prefix: toText(await sha256(new TextEncoder().encode(`ingest/${ingest.id}`))),
        state: await this.#sequence.state(),
        tokens,
        modelFingerprint: inference.modelFingerprint,
        precision: this.#parts.statePrecision,
      },
      () =>
        this.#held.closing({ type: "end", at: now(), reason: "stop", usage }, {
          card: null,
          turn: { model: this.#parts.name },
        }),
    );
    await this.#held.clear().catch(() => {});
    return completedStatus(ingest.conversation, ingest.id, ingest.item, text);
  }

  /** Closes the engine's sequence. */
  close(): void {
    this.#sequence.close();
  }

  /** The prompt before the text: the pending items and the label of the text's role. */
  #opening(): string[] {
    const { template } = this.#parts;
    const { pending, tokensBefore } = this.#turn;
    const messages = pending.map(({ message }) => message);
    return renderUpTo(
      this.#held.ingest.role,
      template,
      messages,
      tokensBefore > 0 ? "messages" : "nothing",
    );
  }

  async #readAll(
    started: boolean,
    segments: readonly string[],
    stop: AbortSignal,
  ): Promise<void> {
    this.#behind = true;
    for (const [i, segment] of segments.entries()) {
      const opening = started || i > 0 ? undefined : this.#opening();
      await this.#readSegment(opening, segment, stop);
    }
    this.#behind = false;
  }

  async #readSegment(
    opening: readonly string[] | undefined,
    segment: string,
    stop: AbortSignal,
  ): Promise<void> {
    const { tokenizer, pace, name } = this.#parts;
    const { tenant } = this.#held;
    // The label and the start of the text are tokenized together, as in any message.
    const pieces = opening === undefined
      ? [segment]
      : [...opening.slice(0, -1), `${opening.at(-1)} ${segment}`];
    const tokens = pieces.flatMap((piece) => tokenizer.encode(piece));
    const release = await pace.enter(tenant, stop);
    try {
      await this.#sequence.read(tokens, this.#lost);
    } finally {
      release();
    }
    this.#tokens += tokens.length;
    pace.spent(tenant, tokens.length, name);
  }
}
