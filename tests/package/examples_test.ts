import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

function run(name: string, args: readonly string[] = [], env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--config", `${EXAMPLES}../deno.json`, `${EXAMPLES}${name}.ts`, ...args],
    env,
    stdout: "piped",
    stderr: "piped",
  });
}

async function outputOf(command: Deno.Command): Promise<string[]> {
  const { success, stdout, stderr } = await command.output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  return decoder.decode(stdout).trimEnd().split("\n");
}

/** A port that was free just now. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

describe("the examples", () => {
  it("mount the server in an app, which answers beside it", async () => {
    const port = freePort();
    const child = run("mounted", [], { PORT: `${port}` }).spawn();
    const url = `http://127.0.0.1:${port}`;
    try {
      let up = false;
      for (let tries = 0; !up && tries < 600; tries++) {
        up = await fetch(url).then((reply) => reply.text(), () => "") !== "";
        if (!up) await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.match(await (await fetch(url)).text(), /^My own app/);
      const reply = await fetch(`${url}/ai/v1/chat/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          model: "tern-7m",
          messages: [{ role: "user", content: "Hello." }],
          max_tokens: 8,
        }),
      });
      assert.equal(reply.status, 200);
      assert.notEqual((await reply.json()).choices[0].message.content, "");
      const unknown = await fetch(`${url}/ai/v1/responses/resp_${"0".repeat(48)}`);
      assert.equal(unknown.status, 404);
      assert.equal((await unknown.json()).error.type, "invalid_request_error");
      assert.equal((await fetch(`${url}/v1/models`)).status, 404);
    } finally {
      child.kill("SIGKILL");
      await child.output();
    }
  });

  it("go on with a conversation in a second process, without reading it again", async () => {
    const data = await Deno.makeTempDir();
    const env = { TERN_DATA: data };
    const [id = ""] = await outputOf(run("second_process", [], env));
    assert.match(id, /^resp_/);
    const lines = await outputOf(run("second_process", [id], env));
    assert.match(lines.slice(1, -1).join("\n"), /Sarah/);
    assert(Number.parseInt(lines.at(-1)!) > 5, lines.at(-1));
    await Deno.remove(data, { recursive: true });
  });

  it("take tokens straight from the engine, and go on from the bytes of a state", async () => {
    const lines = await outputOf(run("tokens"));
    const bytes = Number(/has (\d+) bytes/.exec(lines.join("\n"))?.[1]);
    assert(bytes > 10_000 && bytes < 1_000_000, `${bytes}`);
    assert.match(lines.at(-1)!, /Sarah/);
  });
});
