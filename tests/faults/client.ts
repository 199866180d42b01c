import assert from "node:assert/strict";
import { LOG_START } from "../../src/response/run_log.ts";
import { RunStore } from "../../src/response/run_store.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { type Oracle, type Said, textOf, TOKENS } from "./oracle.ts";
import { LEASE_MS, type StandingClock, type TestServer } from "./world.ts";

/** Whose everything is, on a server without keys. */
const TENANT = "public";

/** Times that something is asked for again, until that must have helped. */
const ATTEMPTS = 4;

/** The client was refused, and does not know whether what it wanted was done. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
}

/** How a response is asked for. */
export type Mode = "whole" | "stream" | "background";

/** What a client is connected with. */
export interface ClientParts {
  /** The server that it asks, whose store goes wrong. */
  readonly front: TestServer;
  /** Another server, whose store does not: the truth. */
  readonly back: TestServer;
  /** That store. */
  readonly store: KvStore;
  readonly clock: StandingClock;
  /** Does at last what the store was slow with. */
  readonly catchUp: () => Promise<void>;
  readonly oracle: Oracle;
  /** Statuses with which a server may refuse. */
  readonly refusals: readonly number[];
}

/** What was read of a stream. */
interface StreamRead {
  readonly frames: string[];
  /** The number of the last event, whatever it was. */
  last: number;
  end: "done" | "broken" | "failed" | undefined;
}

/**
 * A client that does what a careful one does: asks again when it is refused, after looking whether it was done after all;
 * and reads on where a stream was cut off. It checks what it is told against the store.
 */
export class Client {
  readonly #parts: ClientParts;
  readonly #runs: RunStore;
  /** The texts of responses that it was told are complete. */
  readonly told = new Map<string, string>();
  /** Whether responses may end as failed. */
  get mayFail(): boolean {
    return this.#parts.refusals.includes(500);
  }

  /** Times that it was refused. */
  refusals = 0;

  constructor(parts: ClientParts) {
    this.#parts = parts;
    const { store, clock } = parts;
    this.#runs = new RunStore({ store, now: clock.now, owner: "", leaseMs: LEASE_MS });
  }

  /**
   * Asks for something, and checks that the reply is a good one or a refusal.
   *
   * @param allowed other statuses that are good: of what was done at an attempt before
   * @throws {RefusedError}
   */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    allowed: readonly number[] = [],
    init: RequestInit = {},
  ): Promise<Response> {
    const { front, refusals } = this.#parts;
    const reply = await this.#patiently(front.ask(method, path, body, init));
    if (reply.status === 200 || allowed.includes(reply.status)) return reply;
    const text = await reply.text();
    assert.ok(refusals.includes(reply.status), `${method} ${path}: ${reply.status} ${text}`);
    this.refusals++;
    throw new RefusedError(text);
  }

  /** Asks again until it is done. After an attempt was refused, others statuses than 200 may say that it was. */
  async insist(method: string, path: string, body?: unknown, done: readonly number[] = []) {
    let attempts = 0;
    return await this.again(() => this.ask(method, path, body, attempts++ === 0 ? [] : done));
  }

  /** Waits for longer than any lease. */
  async rest(): Promise<void> {
    const { back, front, clock, catchUp } = this.#parts;
    await catchUp();
    await front.responses.settled();
    clock.time += LEASE_MS + 1;
    await back.responses.sweep();
    await back.responses.settled();
  }

  /** What was said in a conversation, in truth. */
  async said(conversation: string): Promise<Said[]> {
    const path = `/v1/conversations/${conversation}/items?order=asc&limit=100`;
    const { data } = await (await this.#truth(path)).json();
    return data.map(({ role, content }: Item): Said => [role, content[0]!.text]);
  }

  /** Does something again until it is not refused. */
  async again<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1;; attempt++) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof RefusedError) || attempt === ATTEMPTS) throw error;
        await this.rest();
      }
    }
  }

  /** Does something that must not be done twice, after looking whether it was when it was refused. */
  async once(act: () => Promise<unknown>, isDone: () => Promise<boolean>): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        return void await act();
      } catch (error) {
        if (!(error instanceof RefusedError) || attempt === ATTEMPTS) throw error;
        await this.rest();
        if (await isDone()) return;
      }
    }
  }

  /** Checks that all responses are there that it was told are complete. */
  async verify(): Promise<void> {
    for (const [id, text] of this.told) {
      assert.equal(textOf(await (await this.#truth(`/v1/responses/${id}`)).json()), text);
    }
  }

  /**
   * Reads a text into a conversation, from the byte that is next, until all of it is read.
   *
   * @returns how it is told of then
   */
  async read(conversation: string, text: string): Promise<{ offset: number; sha256: string }> {
    const path = `/v1/conversations/${conversation}/ingest`;
    const bytes = new TextEncoder().encode(text);
    await this.again(async () => {
      const found = await this.ask("GET", path, undefined, [404]);
      const { offset, status } = found.status === 404
        ? { offset: 0, status: "new" }
        : await found.json();
      if (status === "completed") return;
      const headers = { "content-type": "text/plain", "upload-offset": `${offset}` };
      await this.ask("POST", path, undefined, [], { body: bytes.slice(offset), headers });
    });
    return await (await this.#truth(path)).json();
  }

  /** The file of a conversation. */
  async file(conversation: string): Promise<Uint8Array<ArrayBuffer>> {
    return await this.again(async () => {
      const reply = await this.ask("GET", `/v1/conversations/${conversation}/export`);
      try {
        return new Uint8Array(await this.#patiently(reply.arrayBuffer()));
      } catch (error) {
        // It was cut off.
        throw new RefusedError(`${error}`);
      }
    });
  }

  /** Makes a conversation of a file. @returns its id */
  async import(file: Uint8Array<ArrayBuffer>): Promise<string> {
    const headers = { "content-type": "application/octet-stream" };
    const init = { body: file, headers };
    const made = await this.again(() =>
      this.ask("POST", "/v1/conversations/import", undefined, [], init)
    );
    return (await made.json()).id;
  }

  /** The answer that belongs after what was said. */
  answer(said: readonly Said[], seed: number): Promise<string> {
    return this.#parts.oracle.answer(said, seed);
  }

  /** Adds a turn to a conversation that has read a text, and checks that its answer is the one that belongs there. */
  async turnAfter(
    conversation: string,
    items: readonly unknown[],
    text: string,
    input: string,
    seed: number,
  ): Promise<void> {
    const before = await this.items(conversation);
    await this.once(
      () => this.respond({ conversation, input, seed }, "whole"),
      async () => (await this.items(conversation)).length > before.length,
    );
    const after = await this.items(conversation) as Item[];
    assert.equal(after.length, before.length + 2);
    const answer = await this.#parts.oracle.answerAfter(items, text, before, input, seed);
    assert.equal(after.at(-1)!.content[0]!.text, answer);
  }

  /** What a conversation has of each item. */
  async items(conversation: string): Promise<unknown[]> {
    const path = `/v1/conversations/${conversation}/items?order=asc&limit=100`;
    return (await (await this.#truth(path)).json()).data;
  }

  /** Adds a turn to a conversation, and checks that it is there once, with the answer that belongs there. */
  async turn(conversation: string, text: string, seed: number, mode: Mode): Promise<void> {
    const before = await this.said(conversation);
    await this.once(() => this.respond({ conversation, input: text, seed }, mode), async () => {
      const now = await this.said(conversation);
      if (now.length > before.length) return true;
      assert.deepEqual(now, before);
      return false;
    });
    const asked: Said[] = [...before, ["user", text]];
    const answer = await this.#parts.oracle.answer(asked, seed);
    assert.deepEqual(await this.said(conversation), [...asked, ["assistant", answer]]);
  }

  /**
   * Asks for a response once, and reads it to its end.
   *
   * @returns its id
   * @throws {RefusedError} if it does not know of it, or if it failed
   */
  async respond(fields: object, mode: Mode): Promise<string> {
    const body = {
      model: "hash",
      max_output_tokens: TOKENS,
      ...fields,
      stream: mode === "stream",
      background: mode === "background",
    };
    const reply = await this.ask("POST", "/v1/responses", body);
    if (mode === "stream") {
      const read = newRead();
      await this.#read(reply, read);
      return await this.readOn(read);
    }
    const response = await reply.json();
    if (mode === "background") return await this.readOn(newRead(), response.id);
    this.told.set(response.id, textOf(response));
    return response.id;
  }

  /** Asks for a response as a stream, and leaves after its first text. */
  async leave(fields: object): Promise<StreamRead> {
    const body = { model: "hash", max_output_tokens: TOKENS, ...fields, stream: true };
    const read = newRead();
    await this.#read(await this.ask("POST", "/v1/responses", body), read, true);
    return read;
  }

  /**
   * Reads a stream on to its end, and checks that it was given all events once, as another reader is given them.
   *
   * @returns the id of the response
   */
  async readOn(read: StreamRead, id = idOf(read)): Promise<string> {
    for (let attempt = 1; read.end !== "done" && read.end !== "failed"; attempt++) {
      const cursor = read.last < 0 ? "" : `&starting_after=${read.last}`;
      try {
        const reply = await this.ask("GET", `/v1/responses/${id}?stream=true${cursor}`);
        await this.#read(reply, read);
      } catch (error) {
        if (!(error instanceof RefusedError) || attempt === ATTEMPTS) throw error;
      }
      assert.ok(attempt < ATTEMPTS, `${id} cannot be read to its end: ${read.frames.at(-1)}`);
    }
    const whole = await (await this.#truth(`/v1/responses/${id}?stream=true`)).text();
    same(read.frames.join(""), whole);
    if (read.end === "failed") throw new RefusedError(`${id} failed`);
    this.told.set(id, textOf(await (await this.#truth(`/v1/responses/${id}`)).json()));
    return id;
  }

  /** Reads a stream, and checks that all text was durable before it came. */
  async #read(reply: Response, read: StreamRead, leave = false): Promise<void> {
    const reader = reply.body!.pipeThrough(new TextDecoderStream()).getReader();
    read.end = undefined;
    let error = "";
    for (;;) {
      const { done, value: frame } = await this.#patiently(reader.read());
      if (done) break;
      if (frame === "data: [DONE]\n\n") {
        read.frames.push(frame);
        read.end ??= "done";
        continue;
      }
      const event = JSON.parse(/^data: (.*)$/m.exec(frame)![1]!);
      assert.equal(typeof event.sequence_number, "number");
      read.last = event.sequence_number;
      if (event.type === "error") {
        // A response that failed says so once more, and this was an event of it. Else only this reading broke off.
        error = frame;
        read.end = "broken";
        continue;
      }
      if (event.type === "response.failed") {
        read.frames.push(error);
        read.end = "failed";
      }
      read.frames.push(frame);
      if (event.type !== "response.output_text.delta") continue;
      const text = read.frames.map(deltaOf).join("");
      const durable = await this.#durable(idOf(read));
      assert.ok(durable.startsWith(text), `${text} was seen, and ${durable} was durable`);
      if (leave) return await reader.cancel();
    }
    assert.ok(read.end !== undefined, `a stream ended with ${read.frames.at(-1)}`);
  }

  /** The text of a response that is durable. */
  async #durable(id: string): Promise<string> {
    let text = "";
    for await (const { pieces } of this.#runs.log(TENANT, id, LOG_START)) {
      for (const piece of pieces) text += piece.text;
    }
    return text;
  }

  async #truth(path: string): Promise<Response> {
    const reply = await this.#parts.back.ask("GET", path);
    assert.equal(reply.status, 200, `${path}: ${reply.status}`);
    return reply;
  }

  /** Waits, and lets leases expire while it does. */
  async #patiently<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const end = promise.then(() => {}, () => {}).then(() => void (over = true));
    while (!over) {
      const { promise: pause, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, 10);
      await Promise.race([end, pause]);
      clearTimeout(timer);
      if (!over) this.#parts.clock.time += LEASE_MS + 1;
    }
    return await promise;
  }
}

interface Item {
  readonly role: string;
  readonly content: readonly { readonly text: string }[];
}

function newRead(): StreamRead {
  return { frames: [], last: -1, end: undefined };
}

function idOf({ frames }: StreamRead): string {
  const id = /resp_[0-9a-f]{48}/.exec(frames[0] ?? "")?.[0];
  assert.ok(id !== undefined, "a stream does not say its response");
  return id;
}

function deltaOf(frame: string): string {
  const { type, delta } = JSON.parse(/^data: (.*)$/m.exec(frame)![1]!);
  return type === "response.output_text.delta" ? delta : "";
}

/** Compares cheaply, and shows where two texts part. */
function same(actual: string, expected: string): void {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const near = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 80), at + 80));
  assert.fail(`another reader is given ${near(expected)} where one was given ${near(actual)}`);
}
