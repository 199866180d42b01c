/** How much of a prompt has been read. */
export interface PromptProgress {
  readonly type: "progress";
  /** Tokens of the prompt. */
  readonly total: number;
  /** Of these, the tokens that a stored state had read. */
  readonly cached: number;
  /** Of all, the tokens that have been read by now, the cached ones included. */
  readonly processed: number;
  /** Milliseconds since reading began. */
  readonly ms: number;
}

/** What a {@linkcode PromptReading} reports with. */
export interface PromptReadingOptions {
  /** Absent: nobody wants to know. */
  readonly onProgress: ((progress: PromptProgress) => void) | undefined;
  readonly total: number;
  readonly cached: number;
  /** Tokens that have been read before, the cached ones included. */
  readonly processed: number;
  /** Milliseconds from any moment on. */
  readonly now: () => number;
}

/** Reports how much of a prompt has been read, over however many reads. */
export class PromptReading {
  /** For each read: told how many tokens of it have been read. Undefined if nobody wants to know. */
  readonly onRead: ((tokens: number) => void) | undefined;
  #read: number;

  constructor({ onProgress, total, cached, processed, now }: PromptReadingOptions) {
    const started = now();
    this.#read = processed;
    this.onRead = onProgress && ((tokens) =>
      onProgress({
        type: "progress",
        total,
        cached,
        processed: this.#read + tokens,
        ms: now() - started,
      }));
  }

  /** Counts the tokens of a read that is complete. */
  add(tokens: number): void {
    this.#read += tokens;
  }
}
