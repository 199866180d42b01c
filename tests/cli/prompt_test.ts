import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openLocalServer } from "../../src/cli/chat/local_server.ts";
import { renderRequest } from "../../src/cli/prompt/render_request.ts";
import { loadConfig } from "../../src/settings/config.ts";
import { runTern } from "./run_tern.ts";

const MODEL = new URL("../../models/tern-7m", import.meta.url).pathname;

describe("tern prompt", () => {
  it("prints the prompt of a request, byte for byte", async () => {
    const messages = [
      { role: "system", content: "Be brief." },
      { role: "user", content: " Hi!\n\nHow are you? " },
    ];
    const { code, stdout, stderr } = await runTern(["prompt", "-", "--model", MODEL], {
      input: JSON.stringify({ messages, reasoning_effort: "high" }),
    });
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "System: Be brief.\n\nUser: Hi!\nHow are you?\n\nAssistant:");
    assert.equal(stderr, "without effect: reasoning_effort\n");
  });

  it("ends with 2 for what is no request", async () => {
    for (const [input, says] of [["{", /JSON/], ["[]", /must have 'messages'/]] as const) {
      const { code, stdout, stderr } = await runTern(["prompt", "-"], { input });
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, says);
    }
    const { code, stderr } = await runTern(["prompt", "./no-such.json"]);
    assert.equal(code, 2);
    assert.match(stderr, /no-such\.json: No such file/);
  });

  it("takes requests for responses as well, and says what the server would refuse", async () => {
    await using server = await openLocalServer(MODEL, loadConfig({}));
    const { prompt, tokens } = await renderRequest(server, {
      instructions: "Be brief.",
      input: "Hi!",
    });
    assert.equal(prompt, "System: Be brief.\n\nUser: Hi!\n\nAssistant:");
    assert.ok(tokens.length > 5);
    const refused = renderRequest(server, {
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:," } }] }],
    });
    await assert.rejects(refused, { name: "UsageError" });
  });
});
