/**
 * Counts requests whose replies have not been sent whole, for servers whose listener does not wait for them itself.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const requests = new UnderWay();
 * const reply = await requests.track(new Response("text"));
 * const ended = requests.ended();
 * assert.equal(await reply.text(), "text");
 * await ended;
 * ```
 */
export class UnderWay {
  #count = 0;
  #waiting: PromiseWithResolvers<void> | undefined;

  /** The same reply. It is counted from now on until its body was read or given up. */
  async track(replying: Response | Promise<Response>): Promise<Response> {
    this.#count++;
    let body: Response["body"] = null;
    try {
      const reply = await replying;
      ({ body } = reply);
      return body === null ? reply : new Response(this.#watched(body), reply);
    } finally {
      if (body === null) this.#end();
    }
  }

  /** Resolves when no request is under way. */
  async ended(): Promise<void> {
    if (this.#count > 0) await (this.#waiting ??= Promise.withResolvers()).promise;
  }

  #watched(body: ReadableStream<Uint8Array<ArrayBuffer>>): typeof body {
    const reader = body.getReader();
    return new ReadableStream({
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          if (!done) return controller.enqueue(value);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        this.#end();
      },
      cancel: async (reason) => {
        this.#end();
        await reader.cancel(reason);
      },
    }, { highWaterMark: 0 });
  }

  #end(): void {
    if (--this.#count === 0) this.#waiting?.resolve();
  }
}
