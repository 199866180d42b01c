import { WorkThread } from "../../thread/work_thread.ts";
import { ApiError } from "../errors/errors.ts";
import type { BodyTask, UnderstandLarge, UnderstoodBody } from "./body_protocol.ts";
import { RequestNotes } from "./request_notes.ts";

/** Understands large bodies in a thread, so that they keep no other request waiting. */
export class BodyThread implements Disposable {
  readonly #thread = new WorkThread<BodyTask, UnderstoodBody>(
    new URL("./body_main.ts", import.meta.url),
  );

  /** @throws {WorkThreadError} */
  readonly understand: UnderstandLarge = async (task) => {
    const { notes, result } = await this.#thread.run(task);
    return {
      notes: new RequestNotes(notes),
      request() {
        // Text is taken over from another thread faster than objects are.
        if ("json" in result) return JSON.parse(result.json);
        const { status, message, ...options } = result.refusal;
        throw new ApiError(status as ApiError["status"], message, options);
      },
    };
  };

  [Symbol.dispose](): void {
    this.#thread.close();
  }
}
