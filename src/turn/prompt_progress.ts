import type { Sequence } from "../engine/inference.ts";

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

/** How a {@linkcode withProgress} tells of its progress. */
export interface ProgressOptions {
  /** Absent: nobody wants to know. */
  readonly onProgress?: ((progress: PromptProgress) => void) | undefined;
  readonly cached: number;
  /** Tokens of the prompt: asked for when the first of them are read. */
  readonly total: () => number;
  /** Milliseconds from any moment on. */
  readonly now: () => number;
}

/** The same sequence, which tells how much of its prompt it has read, in however many reads. */
export function withProgress(
  sequence: Sequence,
  { onProgress, cached, total, now }: ProgressOptions,
): Sequence {
  if (onProgress === undefined) return sequence;
  const started = now();
  let read = cached;
  const onRead = (tokens: number): void =>
    onProgress({
      type: "progress",
      total: total(),
      cached,
      processed: read + tokens,
      ms: now() - started,
    });
  return {
    async read(tokens, signal) {
      const logits = await sequence.read(tokens, signal, onRead);
      read += tokens.length;
      return logits;
    },
    generate: (options) => sequence.generate({ ...options, onRead }),
    state: () => sequence.state(),
    close: () => sequence.close(),
  };
}
