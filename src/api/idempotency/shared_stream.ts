import type { SseSource } from "../../stream/sse_body.ts";

/** Bytes of a stream that are kept for those who join it. */
const MAX_BYTES = 4 * 1024 * 1024;

/** A comment of server-sent events: it is for one connection alone. */
const COLON = ":".charCodeAt(0);

/**
 * A stream of server-sent events that several clients read, each from its beginning and at its own pace. It is taken from as
 * fast as the fastest of them reads, and is cancelled when the last one has left. What there is of it is kept, as long as
 * it is no more than 4 MiB: of a longer one only those who came before get all.
 */
export class SharedStream {
  readonly #source: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  readonly #onEnd: (bytes: Uint8Array<ArrayBuffer> | undefined) => void;
  #bytes = 0;
  #readers = 0;
  #over = false;
  #next: Promise<boolean> | undefined;

  /**
   * @param events each chunk is one event
   * @param onEnd called once with all of it when it has ended; with nothing if it failed, was too long or everybody left
   */
  constructor(
    events: ReadableStream<Uint8Array<ArrayBuffer>>,
    onEnd: (bytes: Uint8Array<ArrayBuffer> | undefined) => void,
  ) {
    this.#source = events.getReader();
    this.#onEnd = onEnd;
  }

  /** Whether one who comes now gets all of it. */
  get canBeJoined(): boolean {
    return this.#bytes <= MAX_BYTES && (this.#readers > 0 || this.#over);
  }

  /** All of it, for one more client. */
  join(): SseSource {
    let at = 0;
    let left = false;
    this.#readers++;
    const leave = () => {
      if (!left) this.#readers--;
      left = true;
    };
    return {
      next: async () => {
        try {
          while (at === this.#chunks.length) {
            // Whoever needs more first asks for it, and all others wait for the same.
            this.#next ??= this.#read().finally(() => this.#next = undefined);
            if (this.#over || !await this.#next) {
              if (at < this.#chunks.length) break;
              leave();
              return undefined;
            }
          }
        } catch (error) {
          leave();
          throw error;
        }
        return [this.#chunks[at++]!.slice()];
      },
      leave: async (reason) => {
        leave();
        if (this.#readers > 0 || this.#over) return;
        this.#end(false);
        await this.#source.cancel(reason);
      },
    };
  }

  /** @returns whether there is more */
  async #read(): Promise<boolean> {
    try {
      for (;;) {
        const { done, value } = await this.#source.read();
        if (done) {
          this.#end(true);
          return false;
        }
        if (value[0] === COLON) continue;
        this.#chunks.push(value);
        this.#bytes += value.length;
        return true;
      }
    } catch (error) {
      this.#end(false);
      throw error;
    }
  }

  #end(whole: boolean): void {
    if (this.#over) return;
    this.#over = true;
    const kept = whole && this.#bytes <= MAX_BYTES;
    this.#onEnd(kept ? joined(this.#chunks, this.#bytes) : undefined);
  }
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
