import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { KEY, MODEL, startServer } from "../clients/server.ts";
import type { ServerProcess } from "../e2e/server_process.ts";
import { AgentPackage } from "./agent_package.ts";
import { ForcingProxy } from "./forcing_proxy.ts";

const VERSION = "0.24.4";

const eventsSchema = z.array(z.looseObject({ type: z.string() }));
const part = z.looseObject({ type: z.string(), name: z.string().optional() });
const saidSchema = z.object({ message: z.object({ content: z.array(part) }) });
const resultSchema = z.object({ type: z.literal("result"), is_error: z.literal(false) });

describe(`Qwen Code ${VERSION}, against the running server`, () => {
  let server: ServerProcess;
  let proxy: ForcingProxy;
  let qwen: AgentPackage;

  beforeAll(async () => {
    server = await startServer();
    proxy = new ForcingProxy(server.url, { name: "glob", arguments: { pattern: "*.md" } });
    // The optional packages are for terminals, images and clipboards.
    qwen = await AgentPackage.install(`@qwen-code/qwen-code@${VERSION}`, ["--omit=optional"]);
    await Deno.writeTextFile(`${qwen.work}/notes.md`, "Milk\n");
  });

  afterAll(async () => {
    await qwen[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await server.kill();
  });

  /** Asks by the command line, as scripts do. @returns the parts of what was said */
  async function ask(...args: string[]) {
    // It needs a newer Node than some machines have. Deno runs it as well.
    const { stdout } = await qwen.run(
      [Deno.execPath(), "run", "-A", "--no-config", "--no-lock"],
      "@qwen-code/qwen-code/cli.js",
      ["--auth-type", "openai", "--output-format", "json", ...args],
      {
        HOME: qwen.home,
        OPENAI_API_KEY: KEY,
        OPENAI_BASE_URL: `${proxy.url}/v1`,
        OPENAI_MODEL: MODEL,
        // One process, which ends when it is told to.
        QWEN_CODE_NO_RELAUNCH: "true",
      },
    );
    const events = eventsSchema.parse(JSON.parse(stdout));
    resultSchema.parse(events.at(-1));
    return events.flatMap((event) => {
      const said = saidSchema.safeParse(event);
      return said.success ? said.data.message.content : [];
    });
  }

  it("calls a tool, and takes its result", async () => {
    const parts = await ask("--prompt", "Hello! How are you?");
    assert(parts.some(({ type, name }) => type === "tool_use" && name === "glob"));
    const results = parts.filter(({ type }) => type === "tool_result");
    assert.match(JSON.stringify(results), /Found 1 matching file/);
    assert.equal(parts.at(-1)?.type, "text");
  });

  it("goes on with a session", async () => {
    const parts = await ask("--continue", "--prompt", "And then?");
    assert(parts.some(({ type, name }) => type === "tool_use" && name === "glob"));
    assert.equal(parts.at(-1)?.type, "text");
  });

  it("was refused nothing", () => {
    assert(proxy.statuses.length >= 4);
    assert.deepEqual(new Set(proxy.statuses), new Set([200]));
  });
});
