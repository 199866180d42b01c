import assert from "node:assert/strict";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { server, StandingClock } from "./world.ts";

/** Tokens of an answer at the most. */
export const TOKENS = 6;

/** An item of a conversation, less its name. */
export type Said = readonly [role: string, text: string];

/** Knows the answer that belongs after what was said, from a server that nothing is wrong with. */
export class Oracle {
  readonly #server = server(new MemoryStore(), new StandingClock());
  readonly #answers = new Map<string, string>();

  /**
   * The answer that belongs into a conversation that has read a text.
   *
   * @param items what was there before the text
   * @param said all that was there before the question
   */
  async answerAfter(
    items: readonly unknown[],
    text: string,
    said: readonly unknown[],
    input: string,
    seed: number,
  ): Promise<string> {
    const turns = said.slice(items.length + 1) as readonly { content: { text: string }[] }[];
    const key = JSON.stringify([items, text, turns.map(({ content }) => content), input, seed]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const { ask } = this.#server;
    const { id } = await (await ask("POST", "/v1/conversations", { items })).json();
    const headers = { "content-type": "text/plain" };
    const path = `/v1/conversations/${id}`;
    await ask("POST", `${path}/ingest`, undefined, { body: text, headers });
    // What was answered since is not asked for again, but told.
    if (turns.length > 0) {
      const before = turns.map(({ content }, i) => ({
        role: i % 2 === 0 ? "user" : "assistant",
        content: content[0]!.text,
      }));
      await ask("POST", `${path}/items`, { items: before });
    }
    const body = { model: "hash", conversation: id, input, seed, max_output_tokens: TOKENS };
    const reply = await ask("POST", "/v1/responses", body);
    assert.equal(reply.status, 200);
    const answer = textOf(await reply.json());
    this.#answers.set(key, answer);
    return answer;
  }

  async answer(said: readonly Said[], seed: number): Promise<string> {
    const key = JSON.stringify([said, seed]);
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const input = said.map(([role, content]) => ({ role, content }));
    const body = { model: "hash", input, seed, store: false, max_output_tokens: TOKENS };
    const reply = await this.#server.ask("POST", "/v1/responses", body);
    assert.equal(reply.status, 200);
    const answer = textOf(await reply.json());
    this.#answers.set(key, answer);
    return answer;
  }
}

/** The text of a response. */
export function textOf({ output }: { output: { content: { text: string }[] }[] }): string {
  return output.map(({ content: [part] }) => part!.text).join("");
}
