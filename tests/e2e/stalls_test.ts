import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { heavyRequests } from "./heavy_requests.ts";
import { heavyStored, storeMuch } from "./heavy_stored.ts";
import { ServerProcess } from "./server_process.ts";

/** Milliseconds between an answer of `/health` and the next question. */
const PAUSE_MS = 5;
/** Answers of `/health` after which a request has run for long enough. */
const ENOUGH = 60;
/** Answers of `/health` during a compilation that show that it leaves the request thread to others. */
const LEAST_BESIDE = 3;

describe("a request that makes the server compute much", () => {
  let server: ServerProcess;
  let longest = { name: "none", ms: 0 };

  beforeAll(async () => {
    server = await ServerProcess.start({
      TERN_STORE: "memory",
      TERN_REQUESTS_PER_MINUTE: "0",
      TERN_TOKENS_PER_MINUTE: "0",
    });
    // The modules are loaded, and the threads started, with the first requests.
    for (const { path, body, refused } of heavyRequests("tern-7m")) {
      if (refused !== undefined) await (await post(path, body)).text();
    }
  });

  afterAll(async () => {
    console.log(
      `  the longest that /health took: ${longest.ms.toFixed(0)} ms, beside ${longest.name}`,
    );
    await server.stop();
  });

  function post(path: string, body: string, signal?: AbortSignal): Promise<Response> {
    return fetch(server.url + path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      ...signal ? { signal } : {},
    });
  }

  /** Asks for `/health` until told to stop, and notes how long the answers take. */
  async function ask(name: string, signal: AbortSignal, answered: () => void): Promise<void> {
    while (!signal.aborted) {
      const begin = performance.now();
      const health = await fetch(`${server.url}/health`);
      assert.equal((await health.json()).status, "ok");
      const ms = performance.now() - begin;
      if (ms > longest.ms) longest = { name, ms };
      answered();
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  for (const { name, path, body, compiles, refused } of heavyRequests("tern-7m")) {
    it(`is answered or refused beside others: ${name}`, async () => {
      const done = new AbortController();
      const enough = new AbortController();
      let beside = 0;
      const asking = ask(name, done.signal, () => {
        if (++beside === ENOUGH && refused === undefined) enough.abort();
      });
      try {
        const reply = await post(path, body, enough.signal);
        const text = await reply.text();
        if (refused === undefined) assert.equal(reply.status, 200, text);
        else {
          assert(reply.status === 400 || reply.status === 404, `${reply.status}`);
          assert.match(JSON.parse(text).error.message, refused);
        }
      } catch (error) {
        if (!enough.signal.aborted) throw error;
      } finally {
        done.abort();
        await asking;
      }
      if (compiles) assert(beside >= LEAST_BESIDE, `/health was answered ${beside} times`);
    });
  }

  describe("and grows with what is stored", () => {
    let id: string;

    beforeAll(async () => {
      id = await storeMuch(server.url);
    });

    for (const { name, method, path, type, body } of heavyStored("tern-7m")) {
      it(`is answered beside others: ${name}`, async () => {
        const done = new AbortController();
        const enough = new AbortController();
        let beside = 0;
        const sent = await body?.(id);
        const asking = ask(name, done.signal, () => {
          if (++beside === ENOUGH) enough.abort();
        });
        try {
          const reply = await fetch(server.url + path(id), {
            method,
            ...type === undefined ? {} : { headers: { "content-type": type } },
            ...sent === undefined ? {} : { body: sent },
            signal: enough.signal,
          });
          const text = await reply.text();
          assert(reply.ok, `${reply.status} ${text.slice(0, 500)}`);
        } catch (error) {
          if (!enough.signal.aborted) throw error;
        } finally {
          done.abort();
          await asking;
        }
      });
    }
  });
});
