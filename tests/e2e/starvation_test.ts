import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ServerProcess } from "./server_process.ts";

const LEASE_MS = 400;
const HEARTBEAT_MS = 100;
const COMMENT = ": heartbeat\n\n";
/** At each server. */
const READERS = 2;

/** Keeps every core busy with twice as many processes as there are cores, until it is disposed of. */
function busyCores(): AsyncDisposable {
  const children = Array.from(
    { length: 2 * navigator.hardwareConcurrency },
    () => new Deno.Command(Deno.execPath(), { args: ["eval", "for (;;);"] }).spawn(),
  );
  return {
    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(children.map((child) => child.status));
    },
  };
}

/** A response as one reader sees it, over a single connection. */
async function read(url: string, id: string): Promise<string> {
  const reply = await fetch(`${url}/v1/responses/${id}?stream=true`);
  assert.equal(reply.status, 200);
  return await reply.text();
}

describe("a reader whose server is busy", () => {
  for (const store of ["deno-kv", "sqlite"]) {
    it(`is told that it waits, and gets all that others make, with ${store}`, async () => {
      const data = await Deno.makeTempDir();
      const env = {
        TERN_STORE: store,
        TERN_DATA: data,
        TERN_LEASE_MS: `${LEASE_MS}`,
        TERN_HEARTBEAT_MS: `${HEARTBEAT_MS}`,
      };
      const [dying, living, third] = await Promise.all([
        ServerProcess.start(env),
        ServerProcess.start(env),
        ServerProcess.start(env),
      ]);
      try {
        await using _ = busyCores();
        const reply = await fetch(`${dying.url}/v1/responses`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({
            model: "tern-7m",
            input: "Tell me a long story.",
            background: true,
            seed: 1,
          }),
        });
        const { id } = await reply.json();
        await dying.kill();
        // Both servers may take it over, one from the other, if a renewal comes late.
        const texts = await Promise.all(
          Array.from({ length: READERS }, () => [living.url, third.url]).flat()
            .map((url) => read(url, id)),
        );
        for (const text of texts) {
          assert.match(text, /event: response\.(completed|incomplete)\n/);
          assert.doesNotMatch(text, /^event: error$/m);
          assert(text.endsWith("data: [DONE]\n\n"));
          assert.equal(text.replaceAll(COMMENT, ""), texts[0]!.replaceAll(COMMENT, ""));
        }
        // The lease of the dead server holds for longer than streams are silent.
        assert(texts.every((text) => text.includes(COMMENT)));
      } finally {
        await Promise.allSettled([dying.kill(), living.kill(), third.kill()]);
        await Deno.remove(data, { recursive: true });
      }
    });
  }
});
