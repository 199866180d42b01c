/** How much of a prompt has been read. */
export interface PromptProgress {
  readonly type: "progress";
  /** Tokens of the prompt. */
  readonly total: number;
  /** Of these, the tokens that a stored state had read. */
  readonly cached: number;
  /** Of all, the tokens read so far, including cached ones. */
  readonly processed: number;
  /** Milliseconds since reading began. */
  readonly ms: number;
}

/** Options of a {@linkcode PromptReading}. */
export interface PromptReadingOptions {
  /** Absent: progress is not reported. */
  readonly onProgress: ((progress: PromptProgress) => void) | undefined;
  readonly total: number;
  readonly cached: number;
  /** Tokens read before, including cached ones. */
  readonly processed: number;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** Reports how much of a prompt has been read, over any number of reads. */
export class PromptReading {
  /** Callback for each read, given the tokens read in it. `undefined` if progress is not reported. */
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

  /** Counts the tokens of a completed read. */
  add(tokens: number): void {
    this.#read += tokens;
  }
}
