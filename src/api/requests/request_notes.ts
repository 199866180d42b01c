import { ApiError } from "../errors/errors.ts";
import { Ignored, type IgnoredRecord } from "./ignored.ts";

/** Notes as plain JSON. */
export interface NotesRecord {
  readonly ignored: IgnoredRecord;
  readonly thinking: readonly string[];
  readonly thinkingDetails: readonly string[];
  readonly places: readonly (readonly [list: string, places: readonly number[]])[];
}

/** What was noted while a body was understood. */
export class RequestNotes {
  /** What of it has no effect. */
  readonly ignored: Ignored;
  /** What of it asks for thoughts: without effect on a model that has none. */
  readonly thinking: Set<string>;
  /** What of it asks for something about thoughts that no model here can do. */
  readonly thinkingDetails: Set<string>;
  readonly #places: Map<string, readonly number[]>;

  /** @param record notes that were taken in another thread */
  constructor(record?: NotesRecord) {
    this.ignored = new Ignored(record?.ignored);
    this.thinking = new Set(record?.thinking);
    this.thinkingDetails = new Set(record?.thinkingDetails);
    this.#places = new Map(record?.places);
  }

  /** The notes as plain JSON. */
  toRecord(): NotesRecord {
    return {
      ignored: this.ignored.toRecord(),
      thinking: [...this.thinking],
      thinkingDetails: [...this.thinkingDetails],
      places: [...this.#places],
    };
  }

  /**
   * Notes that items of a list moved, so that errors can name the places that the client knows.
   *
   * @param places of each item in the list as it is now, its index in the list as it came
   */
  moved(list: string, places: readonly number[]): void {
    if (places.some((place, index) => place !== index)) this.#places.set(list, places);
  }

  /** The same error, with the field named as the client sent it. */
  renamed(error: unknown): unknown {
    if (this.#places.size === 0 || !(error instanceof ApiError)) return error;
    const { status, headers, body } = error;
    const { param, message } = body;
    const [, list = "", index = "", rest = ""] = /^(\w+)\[(\d+)\](.*)$/s.exec(param ?? "") ?? [];
    const place = this.#places.get(list)?.[Number(index)];
    if (param === null || place === undefined) return error;
    const name = `${list}[${place}]${rest}`;
    return new ApiError(status, message.replace(param, name), {
      ...body,
      param: name,
      headers,
      cause: error,
    });
  }
}
