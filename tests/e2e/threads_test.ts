import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { ServerProcess } from "./server_process.ts";

const replySchema = z.object({
  output: z.tuple([z.object({ content: z.tuple([z.object({ text: z.string() })]) })]),
});

/** The answers of a server with so many threads, and the code that it ends with. */
async function answers(threads: string): Promise<{ texts: string[]; code: number }> {
  const server = await ServerProcess.start({ TERN_STORE: "memory", TERN_THREADS: threads });
  const ask = async (input: string) => {
    const reply = await fetch(`${server.url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "tern-7m", input, seed: 7, max_output_tokens: 100 }),
    });
    assert.equal(reply.status, 200);
    return replySchema.parse(await reply.json()).output[0].content[0].text;
  };
  try {
    const texts = [await ask("Tell me a long story."), ...await Promise.all(["a", "b"].map(ask))];
    return { texts, code: await server.stop() };
  } catch (error) {
    await server.kill();
    throw error;
  }
}

describe("TERN_THREADS", () => {
  it("changes no answer, and threads end with the server", async () => {
    const one = await answers("1");
    assert.ok(one.texts.every((text) => text !== ""));
    assert.equal(one.code, 0);
    assert.deepEqual(await answers("2"), one);
    // More than there are cores, perhaps.
    assert.deepEqual(await answers("3"), one);
  });
});
