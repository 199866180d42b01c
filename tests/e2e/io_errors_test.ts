import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ServerProcess } from "./server_process.ts";
import { waitFor } from "./wait_for.ts";

/** Whether system calls of other processes can be made to fail here. */
const hasStrace = await (async () => {
  try {
    const { success } = await new Deno.Command("strace", {
      args: ["-o", "/dev/null", "-e", "inject=getuid:error=EPERM", "true"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch {
    return false;
  }
})();
if (!hasStrace) console.warn("SKIPPED: there is no strace, so failing system calls are not tested");

/** Lets system calls of a process fail until it is disposed of. */
async function failing(pid: number, calls: string, error: string): Promise<AsyncDisposable> {
  const args = ["-f", "-qq", "-o", "/dev/null", "-p", `${pid}`];
  const strace = new Deno.Command("strace", {
    args: [...args, "-e", `trace=${calls}`, "-e", `inject=${calls}:error=${error}`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  // Attached once the tracer is named.
  await waitFor(async () =>
    /TracerPid:\s+[1-9]/.test(await Deno.readTextFile(`/proc/${pid}/status`))
  );
  return {
    async [Symbol.asyncDispose]() {
      strace.kill("SIGINT");
      await strace.status;
    },
  };
}

async function ask(url: string, path: string, body: object): Promise<Response> {
  return await fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "tern-7m", ...body }),
  });
}

describe("a server whose database fails", { ignore: !hasStrace }, () => {
  for (const store of ["sqlite", "deno-kv"]) {
    for (
      const [error, calls] of [
        ["EIO", "pwrite64"],
        ["ENOSPC", "pwrite64"],
        ["EIO", "fsync,fdatasync"],
        ["EMFILE", "openat"],
      ] as const
    ) {
      it(`answers what it can, and recovers by itself, with ${store} and ${error} of ${calls}`, async () => {
        const data = await Deno.makeTempDir();
        const server = await ServerProcess.start({ TERN_STORE: store, TERN_DATA: data });
        try {
          const response = { input: "Hello", max_output_tokens: 3 };
          const before = await ask(server.url, "/v1/responses", response);
          assert.equal(before.status, 200, await before.clone().text());
          const { id } = await before.json();
          const messages = [{ role: "user", content: "Hello" }];
          {
            await using _ = await failing(server.pid, calls, error);
            const stored = await ask(server.url, "/v1/responses", response);
            const text = await stored.text();
            // A call that the store does not make cannot fail.
            if (stored.status !== 200) {
              assert.equal(stored.status, 503, text);
              assert.equal(JSON.parse(text).error.code, "store_unavailable");
              assert(Number(stored.headers.get("retry-after")) > 0);
            } else assert(error === "EMFILE" || calls.startsWith("fsync"), text);
            const chat = await ask(server.url, "/v1/chat/completions", { messages, max_tokens: 3 });
            assert.equal(chat.status, 200, await chat.text());
          }
          await waitFor(async () => {
            const after = await ask(server.url, "/v1/responses", response);
            await after.body?.cancel();
            return after.status === 200;
          });
          const kept = await fetch(`${server.url}/v1/responses/${id}`);
          assert.equal(kept.status, 200, await kept.text());
        } finally {
          await server.stop();
          await Deno.remove(data, { recursive: true });
        }
      });
    }
  }
});

describe("a server whose data folder is removed", () => {
  for (const store of ["sqlite", "deno-kv"]) {
    it(`says so at /health and to the next request, with ${store}`, async () => {
      const data = await Deno.makeTempDir();
      const server = await ServerProcess.start({ TERN_STORE: store, TERN_DATA: data });
      try {
        const sound = await fetch(`${server.url}/health`);
        assert.equal(sound.status, 200, await sound.text());
        await Deno.remove(data, { recursive: true });
        for (
          const reply of [
            await fetch(`${server.url}/health`),
            await ask(server.url, "/v1/responses", { input: "Hello", max_output_tokens: 3 }),
          ]
        ) {
          assert.equal(reply.status, 503);
          const { error } = await reply.json();
          assert.equal(error.code, "store_unavailable");
          assert.match(error.message, /removed/);
        }
      } finally {
        await server.stop();
      }
    });
  }
});
