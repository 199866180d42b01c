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
