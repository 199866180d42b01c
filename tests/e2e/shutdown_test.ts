import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { hasRedis, startRedis } from "../store/redis_server.ts";
import { frames, readOn } from "./response_reader.ts";
import { ServerProcess } from "./server_process.ts";

/** Streams that run when the server is told to stop. */
const STREAMS = 4;
/** Events of each that a client reads before. */
const READ = 12;

function post(server: ServerProcess, body: object): Promise<Response> {
  return fetch(`${server.url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "tern-7m", input: "Tell me a story.", stream: true, ...body }),
  });
}

/** An answer long enough to be in its middle when the server stops. */
const story = (seed: number) => ({
  seed,
  max_output_tokens: 120,
  min_tokens: 120,
  temperature: 1,
});

const deltaSchema = z.looseObject({ delta: z.string() });

/** Begins a stored stream. @returns its id, and what was read of it */
async function begin(server: ServerProcess, seed: number) {
  const stream = frames(await post(server, story(seed)));
  let text = "";
  let last = -1;
  while (last < READ) {
    const { value } = await stream.next();
    assert(value !== undefined && value.number === last + 1);
    text += value.text;
    last = value.number;
  }
  const id = /resp_[0-9a-f]{48}/.exec(text)![0];
  return { id, text, last, stream };
}

/** The text of a stream. What it cost may differ, as the prompt is in the cache the second time. */
function said(stream: string): string {
  return stream.split("\n").filter((line) => line.includes('.output_text.delta",')).map((line) =>
    deltaSchema.parse(JSON.parse(line.slice("data: ".length))).delta
  ).join("");
}

describe("a server that is told to stop under load", () => {
  it("hands its stored streams to another server, with sqlite", async () => {
    const data = await Deno.makeTempDir();
    try {
      await handOver({ TERN_DATA: data, TERN_STORE: "sqlite" });
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  });

  it("hands its stored streams to another server, with redis", { ignore: !hasRedis }, async () => {
    await using redis = await startRedis();
    await handOver({ TERN_STORE: redis.url });
  });

  it("ends what it cannot hand over with an error event, after a while", async () => {
    const server = await ServerProcess.start({ TERN_STORE: "memory" });
    try {
      const endless = { max_tokens: 30_000, min_tokens: 30_000, temperature: 1, seed: 1 };
      const reply = await fetch(`${server.url}/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          model: "tern-7m",
          messages: [{ role: "user", content: "Tell me a story." }],
          stream: true,
          ...endless,
        }),
      });
      const unstored = await post(server, {
        ...story(1),
        store: false,
        max_output_tokens: 30_000,
        min_tokens: 30_000,
      });
      const [, chat, response] = await Promise.all([server.stop(), reply.text(), unstored.text()]);
      for (const text of [chat, response]) {
        assert.match(text, /server_stopping/);
        assert.match(text, /The server is stopping. The answer is not stored: ask again/);
      }
    } finally {
      await Promise.allSettled([server.kill()]);
    }
  });

  async function handOver(env: Record<string, string>): Promise<void> {
    // A lease that nobody gives back would be waited for longer than any test runs.
    const settings = { ...env, TERN_LEASE_MS: "600000", TERN_MAX_RUNNING: `${2 * STREAMS}` };
    const first = await ServerProcess.start(settings);
    const second = await ServerProcess.start(settings);
    try {
      const begun = await Promise.all(
        Array.from({ length: STREAMS }, (_, seed) => begin(first, seed)),
      );
      let reconnected = 0;
      const silences: number[] = [];
      const texts = begun.map(({ id, last, stream }) => {
        let before = performance.now();
        const onFrame = () => {
          silences.push(performance.now() - before);
          before = performance.now();
        };
        const url = () => {
          reconnected++;
          return second.url;
        };
        return readOn(url, id, { after: last, first: stream, onFrame });
      });
      assert.equal(await first.stop(), 0);
      for (const [seed, rest] of (await Promise.all(texts)).entries()) {
        const { text } = begun[seed]!;
        const undisturbed = await (await post(second, story(seed))).text();
        assert.equal(said(text + rest), said(undisturbed), `stream ${seed}`);
      }
      assert(reconnected > 0, "no stream was still running when the server stopped");
      console.log(
        `${STREAMS} streams, longest silence of one: ${Math.max(...silences).toFixed(0)} ms`,
      );
    } finally {
      await Promise.allSettled([first.kill(), second.kill()]);
    }
  }
});
