import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { KEY, MODEL, startServer } from "../clients/server.ts";
import type { ServerProcess } from "../e2e/server_process.ts";
import { AgentPackage } from "./agent_package.ts";
import { ForcingProxy } from "./forcing_proxy.ts";

const VERSION = "0.171.0";

const eventSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("thread.started"), thread_id: z.string() }),
  z.object({ type: z.literal("turn.started") }),
  z.object({
    type: z.enum(["item.started", "item.updated", "item.completed"]),
    item: z.looseObject({ type: z.string() }),
  }),
  z.object({ type: z.literal("turn.completed"), usage: z.looseObject({ input_tokens: z.int() }) }),
]);
const commandSchema = z.object({
  type: z.literal("command_execution"),
  aggregated_output: z.string(),
  exit_code: z.literal(0),
});
const messageSchema = z.object({ type: z.literal("agent_message"), text: z.string() });

describe(`Codex CLI ${VERSION}, against the running server`, () => {
  let server: ServerProcess;
  let proxy: ForcingProxy;
  let codex: AgentPackage;

  beforeAll(async () => {
    server = await startServer();
    // The only command that can be called, so that it may run without a sandbox.
    proxy = new ForcingProxy(server.url, { name: "exec_command", arguments: { cmd: "echo tern" } });
    codex = await AgentPackage.install(`@openai/codex@${VERSION}`);
    await Deno.writeTextFile(
      `${codex.home}/config.toml`,
      `model = "${MODEL}"
model_provider = "tern"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
[analytics]
enabled = false
[model_providers.tern]
name = "Tern"
base_url = "${proxy.url}/v1"
env_key = "TERN_KEY"
wire_api = "responses"
request_max_retries = 0
stream_max_retries = 0
`,
    );
  });

  afterAll(async () => {
    await codex[Symbol.asyncDispose]();
    await proxy[Symbol.asyncDispose]();
    await server.kill();
  });

  /** Runs `codex exec`. @returns what it tells, event by event */
  async function exec(...args: string[]) {
    const { stdout } = await codex.run(
      ["node"],
      "@openai/codex/bin/codex.js",
      ["exec", ...args, "--skip-git-repo-check", "--json"],
      { CODEX_HOME: codex.home, TERN_KEY: KEY },
    );
    const events = stdout.trim().split("\n").map((line) => eventSchema.parse(JSON.parse(line)));
    assert.equal(events.at(-1)?.type, "turn.completed");
    return events.flatMap((event) => event.type === "item.completed" ? [event.item] : []);
  }

  it("runs a command, and takes its output", async () => {
    const items = await exec("Hello! How are you?");
    const ran = items.filter(({ type }) => type === "command_execution");
    assert(ran.length > 0);
    for (const item of ran) assert.equal(commandSchema.parse(item).aggregated_output, "tern\n");
    messageSchema.parse(items.at(-1));
  });

  it("goes on with a session", async () => {
    const items = await exec("resume", "--last", "And then?");
    assert(items.some(({ type }) => type === "command_execution"));
    messageSchema.parse(items.at(-1));
  });

  it("gets an object as it asks for, with its tools at hand", async () => {
    const schema = `${codex.home}/schema.json`;
    await Deno.writeTextFile(
      schema,
      JSON.stringify({
        type: "object",
        properties: { kind: { enum: ["note", "task"] }, done: { type: "boolean" } },
        required: ["kind", "done"],
        additionalProperties: false,
      }),
    );
    const items = await exec("--output-schema", schema, "Hello!");
    const { text } = messageSchema.parse(items.at(-1));
    z.strictObject({ kind: z.enum(["note", "task"]), done: z.boolean() }).parse(JSON.parse(text));
  });

  it("was refused nothing", () => {
    assert(proxy.statuses.length >= 6);
    assert.deepEqual(new Set(proxy.statuses), new Set([200]));
  });
});
