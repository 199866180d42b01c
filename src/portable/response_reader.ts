import type { ExpectedStates } from "../tree/snapshot.ts";
import {
  type FileHead,
  type FileResponse,
  fileResponseSchema,
  MAX_JSON_BYTES,
  readJson,
  RESPONSE,
  STATE,
  STATE_OVERHEAD,
} from "./contents.ts";
import { ConversationFileError } from "./errors.ts";
import type { PartReader } from "./parts.ts";

/** A response of a file with its encoded state. */
export interface ReadResponse {
  readonly response: FileResponse;
  readonly state: Uint8Array<ArrayBuffer>;
}

/** Reads the responses of a file and checks that they form a tree. */
export class ResponseReader {
  readonly head: FileHead;
  readonly #reader: PartReader;
  readonly #expected: ExpectedStates;
  readonly #seen = new Set<string>();
  /** Responses that no other response continues, so far. */
  readonly #leaves = new Set<string>();

  constructor(reader: PartReader, head: FileHead, expected: ExpectedStates) {
    this.#reader = reader;
    this.head = head;
    this.#expected = expected;
  }

  /** The last responses of the branches, the current branch first. */
  get ends(): string[] {
    const { head, branches } = this.head;
    return head === null ? branches : [head, ...branches];
  }

  /**
   * Reads all responses, then the end of the file.
   *
   * @throws {ConversationFileError}
   * @throws what the stream throws
   */
  async *responses(): AsyncGenerator<ReadResponse> {
    for (let n = 1; n <= this.head.responses; n++) {
      const content = await this.#reader.next(RESPONSE, MAX_JSON_BYTES);
      const response = await readJson(fileResponseSchema, content, `response ${n}`);
      this.#place(response, n);
      // A state of another model may have another size.
      const { layout, modelFingerprint } = this.#expected(response.modelFingerprint);
      const limit = modelFingerprint === response.modelFingerprint
        ? layout.length * 4 + STATE_OVERHEAD
        : MAX_JSON_BYTES;
      const state = await this.#reader.next(STATE, limit);
      yield { response, state };
    }
    await this.#reader.end();
    const ends = new Set(this.ends);
    if (ends.size < this.ends.length || [...ends].some((end) => !this.#seen.has(end))) {
      throw new ConversationFileError("a branch ends with a response that is not in the file");
    }
    if (!this.#leaves.isSubsetOf(ends)) {
      throw new ConversationFileError("it has a response that is on no branch");
    }
  }

  #place({ id, parent, base = null }: FileResponse, n: number): void {
    if (this.#seen.has(id)) throw new ConversationFileError(`response ${n} is a duplicate`);
    if (parent !== null && !this.#seen.has(parent)) {
      throw new ConversationFileError(`the response that response ${n} continues is not before it`);
    }
    if (base !== null && !this.#seen.has(base)) {
      throw new ConversationFileError(
        `the response that the state of response ${n} is based on is not before it`,
      );
    }
    this.#seen.add(id);
    this.#leaves.add(id);
    if (parent !== null) this.#leaves.delete(parent);
  }
}
