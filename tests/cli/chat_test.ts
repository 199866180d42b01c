import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ChatError, ChatSession } from "../../src/cli/chat/chat_session.ts";
import { openLocalServer } from "../../src/cli/chat/local_server.ts";
import { Repl } from "../../src/cli/chat/repl.ts";
import { loadConfig } from "../../src/settings/config.ts";
import { runTern } from "./run_tern.ts";

const MODEL = new URL("../../models/tern-7m", import.meta.url).pathname;
const RWKV4 = new URL("../../models/tern-7m-rwkv4", import.meta.url).pathname;
const GREEDY = { temperature: 0, maxTokens: 40 };

/** Runs a chat over lines in this process, and gives what it wrote. */
async function chat(lines: readonly string[], model = MODEL): Promise<string> {
  await using server = await openLocalServer(model, loadConfig({}));
  let written = "";
  const output = { hasColour: false, write: (text: string) => void (written += text) };
  const repl = new Repl(await ChatSession.begin(server, "", GREEDY), output);
  await repl.run(ReadableStream.from(lines));
  return written;
}

describe("tern chat", () => {
  it("answers each line of a pipe from the state of the one before", async () => {
    const { code, stdout, stderr } = await runTern(["chat", "tern-7m", "--temperature", "0"], {
      input: "Hi! My name is Sarah.\nWhat is my name?\n/state",
    });
    assert.equal(code, 0, stderr);
    assert.equal(stderr, "");
    assert.match(stdout, /Your name is Sarah\./);
    assert.match(stdout, /^\d+ tokens in a state of 406 kB \(rwkv-7\/L6\/D256\/N64\)$/m);
  });

  it("ends with 2 if an option is not a number", async () => {
    const { code, stderr } = await runTern(["chat", "--temperature", "hot"]);
    assert.equal(code, 2);
    assert.match(stderr, /'hot' is invalid.*not a number/);
  });

  it("forks, switches and rewinds", async () => {
    const written = await chat([
      "My name is Sarah.",
      "/fork",
      "My dog is called Max.",
      "/history",
      "/switch 0",
      "/history",
      "/rewind",
      "/history",
      "What is my name?",
    ]);
    const histories = written.split(/Branch 1.*|Branch 0 of 2\.|0 turns are left\./);
    assert.match(histories[1]!, /user: My dog is called Max\./);
    assert.match(histories[2]!, /user: My name is Sarah\.\n/);
    assert.doesNotMatch(histories[2]!, /Max/);
    assert.match(histories[3]!, /Nothing was said\./);
    assert.doesNotMatch(histories[3]!, /Sarah/, "the state does not know what was taken back");
  });

  it("saves a conversation with its system message, and goes on with it in another process", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const file = `${folder}/chat.tern`;
      await chat(["/system You are kind.", "Hi! My name is Sarah.", `/save ${file}`]);
      const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
      assert.deepEqual(names, ["chat.tern"]);
      const written = await chat([`/load ${file}`, "/system", "What is my name?"]);
      assert.match(written, /Loaded, \d+ tokens\.[^]*You are kind\.[^]*Your name is Sarah\./);
      // Another model cannot use the state, and reads the words.
      const other = await chat([`/load ${file}`, "What is my name?"], RWKV4);
      assert.match(other, /Your name is Sarah\./);
      await Deno.writeTextFile(file, "not a conversation");
      const broken = await chat([`/load ${file}`, "/history"]);
      assert.match(broken, /^.*file.*\nNothing was said\./);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("says what is wrong with a command, and goes on", async () => {
    const written = await chat([
      "/frob",
      "/rewind",
      "/rewind x",
      "/switch 7",
      "/save",
      "/load ./no-such-file",
      "/save /no/such/folder/file",
      "/think hard",
      "/think low",
      "Hi!",
      "/exit",
      "never said",
      "/history",
    ]);
    const lines = written.split("\n");
    const says = [
      /no command \/frob/,
      /There are 0 turns to take back/,
      /"x" is not a number/,
      /There are branches 0 to 0/,
      /Name a file/,
      /no-such-file: No such file/,
      /no\/such\/folder\/file: /,
      /Thinking may be none, low, medium, high/,
      /Thinking: low/,
    ];
    for (const [i, pattern] of says.entries()) assert.match(lines[i]!, pattern);
    assert.match(written, /Without effect on this model: reasoning/);
    assert.doesNotMatch(written, /never said/);
  });

  it("joins lines that end in a backslash, and handles the last without a line end", async () => {
    const written = await chat(["a\\", "b", "/history", "last\\"]);
    assert.match(written, /user: a\nb\n/);
  });
});

describe("ChatSession", () => {
  it("keeps an answer that is interrupted so far, and goes on after it", async () => {
    await using server = await openLocalServer(MODEL, loadConfig({}));
    const session = await ChatSession.begin(server, "", { temperature: 0, maxTokens: 2_000 });
    const controller = new AbortController();
    let text = "";
    for await (const part of session.say("Tell me a long story about a cat.", controller.signal)) {
      text += part.text;
      controller.abort();
    }
    const [, answer] = await session.history();
    assert.ok(text.length > 0);
    assert.ok(answer!.text.startsWith(text.trim()));
    assert.equal(session.turns, 1);
    const parts = await Array.fromAsync(session.say("Hi!", new AbortController().signal));
    assert.ok(parts.length > 0);
    assert.equal((await session.history()).length, 4);
  });

  it("tells what the server refuses", async () => {
    await using server = await openLocalServer(MODEL, loadConfig({}));
    const session = await ChatSession.begin(server, "", { maxTokens: -5 });
    const asked = Array.fromAsync(session.say("Hi!", new AbortController().signal));
    await assert.rejects(
      asked,
      (error) => error instanceof ChatError && /max_output_tokens/.test(error.message),
    );
  });
});
