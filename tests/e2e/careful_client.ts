import assert from "node:assert/strict";
import { CutOffError, frames, readOn } from "./response_reader.ts";

/** How a turn is asked for. */
export const MODES = ["stream", "whole", "background"] as const;

/** A turn of a conversation. */
export interface TurnOfClient {
  readonly input: string;
  readonly seed: number;
  readonly mode: (typeof MODES)[number];
}

/** An item that a conversation has not, of the right form. */
const NO_ITEM = `msg_${"0".repeat(48)}`;

/** Statuses of a server that is gone, or whose store is locked by one that is. */
const PASSING = [502, 503];

/** Times that something is tried again, and the pause between. */
const ATTEMPTS = 300;
const PAUSE_MS = 100;

/**
 * A client of servers that are killed. When it is cut off, it looks whether what it wanted was done before it asks again:
 * so it never says anything twice.
 */
export class CarefulClient {
  readonly #url: string;
  /** The texts of the responses that it was told are complete. */
  readonly told = new Map<string, string>();
  /** Times that it was cut off. */
  cuts = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Begins a conversation. One that was begun unheard does not matter. */
  async begin(): Promise<string> {
    const { id } = await this.#insist(() => this.#post("/v1/conversations", {}));
    return id;
  }

  /** What was said in a conversation: roles and texts. */
  async said(conversation: string): Promise<string[]> {
    const path = `/v1/conversations/${conversation}/items?order=asc&limit=100`;
    const { data } = await this.#insist(() => this.#get(path));
    return data.map(({ role, content }: { role: string; content: { text: string }[] }) =>
      `${role}: ${content[0]!.text}`
    );
  }

  /** Adds a turn to a conversation. */
  async turn(conversation: string, turn: TurnOfClient): Promise<void> {
    const before = (await this.said(conversation)).length;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        return await this.#respond(conversation, turn);
      } catch (error) {
        if (!isCutOff(error)) throw error;
        this.cuts++;
      }
      await this.#idle(conversation);
      if ((await this.said(conversation)).length > before) return;
    }
    throw new Error(`${conversation} takes no turn`);
  }

  /** Checks that all is there that it was told is complete. */
  async verify(): Promise<void> {
    for (const [id, text] of this.told) {
      const response = await this.#insist(() => this.#get(`/v1/responses/${id}`));
      assert.equal(textOf(response), text);
    }
  }

  async #respond(conversation: string, { input, seed, mode }: TurnOfClient): Promise<void> {
    const body = {
      model: "tern-7m",
      conversation,
      input,
      seed,
      max_output_tokens: 24,
      stream: mode === "stream",
      background: mode === "background",
    };
    const reply = await this.#send("/v1/responses", body);
    if (mode === "whole") {
      const response = await reply.json();
      this.told.set(response.id, textOf(response));
      return;
    }
    let id: string;
    if (mode === "background") {
      id = (await reply.json()).id;
      await readOn(() => this.#url, id);
    } else {
      const first = frames(reply);
      const { value } = await first.next();
      id = /resp_[0-9a-f]{48}/.exec(value!.text)![0];
      await readOn(() => this.#url, id, { after: 0, first });
    }
    const response = await this.#insist(() => this.#get(`/v1/responses/${id}`));
    this.told.set(id, textOf(response));
  }

  /** Waits until nothing is being added to a conversation. Only then is what was said all that will be. */
  async #idle(conversation: string): Promise<void> {
    await this.#insist(async () => {
      const path = `${this.#url}/v1/conversations/${conversation}/items/${NO_ITEM}`;
      const reply = await fetch(path, { method: "DELETE" });
      const text = await reply.text();
      if (reply.status === 404) return;
      assert.ok([409, ...PASSING].includes(reply.status), `${reply.status} ${text}`);
      throw new CutOffError(text);
    });
  }

  async #get(path: string) {
    return await this.#json(await fetch(this.#url + path));
  }

  async #post(path: string, body: object) {
    return await this.#json(await this.#send(path, body));
  }

  async #send(path: string, body: object): Promise<Response> {
    const reply = await fetch(this.#url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    // Who was cut off and comes back too early is in its own way.
    return await this.#checked(reply, [409]);
  }

  async #json(reply: Response) {
    return await (await this.#checked(reply)).json();
  }

  async #checked(reply: Response, passing: readonly number[] = []): Promise<Response> {
    if (reply.status === 200) return reply;
    const text = await reply.text();
    assert.ok([...PASSING, ...passing].includes(reply.status), `${reply.status} ${text}`);
    throw new CutOffError(text);
  }

  async #insist<T>(act: () => Promise<T>): Promise<T> {
    for (let attempt = 1;; attempt++) {
      try {
        return await act();
      } catch (error) {
        if (!isCutOff(error) || attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  }
}

/** A reply that breaks off is a `TypeError` of fetch, or half of a JSON text. */
function isCutOff(error: unknown): boolean {
  return error instanceof CutOffError || error instanceof TypeError || error instanceof SyntaxError;
}

function textOf({ output }: { output: { content: { text: string }[] }[] }): string {
  return output.map(({ content }) => content[0]!.text).join("");
}
