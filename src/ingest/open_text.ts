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

/** What reads a text. */
export interface TextModel {
  /** What clients call it. */
  readonly name: string;
  readonly inference: Inference;
  readonly tokenizer: Tokenizer;
  readonly template: ChatTemplate;
}

/** What texts are read with. */
export interface OpenTextParts extends TextModel {
  readonly tree: ResponseTree;
  readonly pace: Pick<IngestPace, "enter" | "spent">;
  /** How the state of a text that was read whole is written. */
  readonly statePrecision: StatePrecision;
  readonly now: () => number;
  /** How far one got is kept after so many tokens, or so much time, whichever comes first. */
  readonly checkpointTokens: number;
  readonly checkpointMs: number;
}

/** The turn that a text is part of. */
export interface IngestTurn {
  /** Tokens of the state before it. */
  readonly tokensBefore: number;
  readonly instructions: string | null;
  /** What was added to the conversation before the text, and no response has read. */
  readonly pending: readonly { readonly id: string; readonly message: Message }[];
}

/** A text that is being read here. */
export class OpenText {
  readonly #parts: OpenTextParts;
  readonly #held: HeldIngest;
  readonly #sequence: Sequence;
  readonly #turn: IngestTurn;
  readonly #reading: TextReading;
  /** Tokens of the turn so far. */
  #tokens: number;
  #kept: { readonly tokens: number; readonly at: number };
  /** Whether the state has not read all that was taken in: then it cannot be kept. */
  #behind = false;
  readonly #lost: AbortSignal;

  /** @param lost aborts when the text is another's to read */
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
    this.#kept = { tokens: progress.tokens, at: parts.now() };
  }

  get progress() {
    return { ...this.#reading.progress, tokens: this.#tokens };
  }

  /** Whether it is time to keep how far it got. */
  get isDue(): boolean {
    const { checkpointTokens, checkpointMs, now } = this.#parts;
    return this.#tokens - this.#kept.tokens >= checkpointTokens ||
      (this.#reading.offset > this.#held.ingest.progress.offset &&
        now() - this.#kept.at >= checkpointMs);
  }

  /** Reads what comes before the text, which is no part of its tokens. */
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
   * Takes bytes in, and reads what they complete.
   *
   * @param stop ends the waiting for a place
   */
  async push(bytes: Uint8Array, stop: AbortSignal): Promise<void> {
    const started = this.#reading.started;
    await this.#readAll(started, this.#reading.push(bytes), stop);
  }

  /** Makes durable what was read, if the state is where the text is. */
  async keep(): Promise<void> {
    const { progress } = this;
    if (this.#behind) return;
    if (progress.offset === this.#held.ingest.progress.offset) return;
    const { inference: { modelFingerprint }, now } = this.#parts;
    await this.#held.checkpoint(progress, await this.#sequence.state(), modelFingerprint);
    this.#kept = { tokens: progress.tokens, at: now() };
  }

  /** Makes what was read a part of the conversation. */
  async finish(stop: AbortSignal): Promise<IngestStatus> {
    const { tree, inference, now } = this.#parts;
    const { tenant, ingest } = this.#held;
    const started = this.#reading.started;
    await this.#readAll(started, this.#reading.end(), stop);
    // Nothing more can be taken in.
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
        // No messages have this for their hash: the text is not known by what it says.
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

  close(): void {
    this.#sequence.close();
  }

  /** What comes before the text: what was not read of the conversation, and who speaks. */
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
    // The label and the first words are one piece of text, as in any message.
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
