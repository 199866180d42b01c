import assert from "node:assert/strict";
import type { Fuzz } from "../fuzz.ts";

/** Times that something is tried again, and the pause between. */
const ATTEMPTS = 300;
const PAUSE_MS = 50;
/** Who adds to one conversation at once. */
const APPENDERS = 3;
/** Statuses after which the same request is sent again: in the way of others, or of a server that is gone. */
const AGAIN = [409, 502, 503];

/**
 * Changes conversations while servers are killed: several add items to one at once, it is forked, rewound, deleted.
 * Each request has a key, with which it is sent again until it is answered. It knows what must be in each conversation.
 */
export class ConversationChurn {
  readonly #url: () => string;
  readonly #fuzz: Fuzz;
  /** What is said in each conversation; `undefined` if it was deleted. */
  readonly #expected = new Map<string, readonly string[] | undefined>();
  #count = 0;
  /** Times that a request was sent again. */
  again = 0;

  /** @param url gives a server to ask */
  constructor(url: () => string, fuzz: Fuzz) {
    this.#url = url;
    this.#fuzz = fuzz;
  }

  /** Changes that were made. */
  changes = 0;

  /** Does something with one of the conversations, or begins one. */
  async change(): Promise<void> {
    this.changes++;
    const there = [...this.#expected].flatMap(([id, texts]) => texts ? [{ id, texts }] : []);
    if (there.length === 0) return await this.#begin();
    const { id, texts } = this.#fuzz.pick(there);
    switch (this.#fuzz.pick(["begin", "append", "append", "append", "fork", "rewind", "delete"])) {
      case "begin":
        return await this.#begin();
      case "append":
        return await this.#append(id, texts);
      case "fork": {
        const fork = await this.#post(`/v1/conversations/${id}/fork`, {});
        this.#expected.set(fork.id, texts);
        return;
      }
      case "rewind":
        await this.#post(`/v1/conversations/${id}/rewind`, { response_id: null });
        this.#expected.set(id, []);
        return;
      case "delete":
        await this.#ask("DELETE", `/v1/conversations/${id}`, undefined, [200, 404]);
        this.#expected.set(id, undefined);
    }
  }

  /** Asserts that each conversation holds what it must: nothing is lost, repeated or changed. */
  async verify(): Promise<void> {
    for (const [id, texts] of this.#expected) {
      if (texts !== undefined) assert.deepEqual(await this.#said(id), texts, id);
      else await this.#ask("GET", `/v1/conversations/${id}`, undefined, [404]);
    }
  }

  async #begin(): Promise<void> {
    const texts = [this.#text()];
    const { id } = await this.#post("/v1/conversations", { items: texts.map(toItem) });
    this.#expected.set(id, texts);
  }

  /** Several add one item each, in whichever order they come. */
  async #append(id: string, before: readonly string[]): Promise<void> {
    const added = Array.from({ length: APPENDERS }, () => this.#text());
    await Promise.all(
      added.map((text) => this.#post(`/v1/conversations/${id}/items`, { items: [toItem(text)] })),
    );
    const now = await this.#said(id);
    assert.deepEqual(now.slice(0, before.length), before, id);
    assert.deepEqual(now.slice(before.length).sort(), added.sort(), id);
    this.#expected.set(id, now);
  }

  #text(): string {
    return `message ${String(++this.#count).padStart(5, "0")}`;
  }

  async #said(id: string): Promise<string[]> {
    const texts: string[] = [];
    for (let after = "";;) {
      const path = `/v1/conversations/${id}/items?order=asc&limit=100${after}`;
      const { data, last_id, has_more } = await (await this.#ask("GET", path)).json();
      for (const { content } of data) texts.push(content[0].text);
      if (!has_more) return texts;
      after = `&after=${last_id}`;
    }
  }

  async #post(path: string, body: object) {
    return await (await this.#ask("POST", path, body)).json();
  }

  async #ask(
    method: string,
    path: string,
    body?: object,
    right: readonly number[] = [200],
  ): Promise<Response> {
    const key = crypto.randomUUID();
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        const reply = await fetch(this.#url() + path, {
          method,
          ...body === undefined ? {} : { body: JSON.stringify(body) },
          headers: { "content-type": "application/json", "idempotency-key": key },
        });
        const text = await reply.text();
        if (right.includes(reply.status)) return new Response(text);
        assert(AGAIN.includes(reply.status), `${method} ${path}: ${reply.status} ${text}`);
      } catch (error) {
        // The server that was asked is gone, or goes while it answers.
        if (!(error instanceof TypeError)) throw error;
      }
      this.again++;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
    throw new Error(`${method} ${path} is not answered`);
  }
}

function toItem(text: string) {
  return { type: "message", role: "user", content: text };
}
