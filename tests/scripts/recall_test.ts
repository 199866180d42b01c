import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { type Ask, askServer, type Reply } from "../../scripts/recall/ask.ts";
import { containsValue } from "../../scripts/recall/contains_value.ts";
import { readConversations } from "../../scripts/recall/conversation.ts";
import { holdConversation } from "../../scripts/recall/hold_conversation.ts";
import { mapConcurrently } from "../../scripts/recall/map_concurrently.ts";
import { assertWellFormed } from "./assert_well_formed.ts";
import { refusal, runScript } from "./run_script.ts";

const FOLDER = new URL("../../models/tern-7m", import.meta.url).pathname;

const CONVERSATIONS = [
  { kind: "name", distance: 0, turns: ["My name is Sarah.", "What is my name?"], value: "Sarah" },
  {
    kind: "pet",
    distance: 1,
    turns: ["I have a dog called Max.", "I like apples.", "What is my dog called?"],
    value: "Max",
  },
];

const tallySchema = z.strictObject({
  n: z.int(),
  recalled: z.int(),
  percent: z.number(),
  low: z.number(),
  high: z.number(),
});

const outputSchema = z.array(z.strictObject({
  model: z.string(),
  overall: tallySchema,
  by_distance: z.array(tallySchema.extend({ distance: z.int() })),
  by_kind: z.array(tallySchema.extend({ kind: z.string() })),
  replies: z.array(z.strictObject({
    kind: z.string(),
    distance: z.int(),
    value: z.string(),
    question: z.string(),
    reply: z.string(),
    recalled: z.boolean(),
    cached_tokens: z.int().min(1),
  })),
}));

async function withTempDir(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

describe("deno task recall", () => {
  it("holds conversations with the real server, and writes what came of them", async () => {
    await withTempDir(async (folder) => {
      const [input, figure, json] = ["in.jsonl", "out.svg", "out.json"].map((n) =>
        `${folder}/${n}`
      );
      const lines = [...CONVERSATIONS, CONVERSATIONS[0]].map((line) => JSON.stringify(line));
      await Deno.writeTextFile(input!, lines.join("\n"));
      const { code, stdout, stderr } = await runScript("recall.ts", [
        ...["--model", FOLDER, "--conversations", input!, "--limit", "2"],
        ...["--figure", figure!, "--json", json!, "--concurrency", "2"],
      ]);
      assert.equal(code, 0, stderr);
      const [recall, ...rest] = outputSchema.parse(JSON.parse(await Deno.readTextFile(json!)));
      assert.deepEqual(rest, []);
      assert.equal(recall!.model, "tern-7m");
      assert.deepEqual(
        recall!.replies.map(({ question }) => question),
        CONVERSATIONS.map(({ turns }) => turns.at(-1)),
      );
      assert.deepEqual(recall!.by_distance.map(({ distance }) => distance), [0, 1]);
      const rows = stdout.trimEnd().split("\n").slice(1);
      assert.deepEqual(
        rows.map((row) => row.split(/ {2,}/).slice(0, 2).join(": ")),
        ["distance 0", "distance 1", "name", "pet", "all"].map((group) => `tern-7m: ${group}`),
      );
      assert.match(stderr, /^5 turns in/m);
      assertWellFormed(await Deno.readTextFile(figure!));
    });
  });

  it("refuses flags, files and models that it cannot use", async () => {
    await withTempDir(async (folder) => {
      const input = `${folder}/in.jsonl`;
      await Deno.writeTextFile(input, JSON.stringify(CONVERSATIONS[0]));
      const model = ["--model", FOLDER];
      const cases: readonly [args: readonly string[], problem: RegExp][] = [
        [[], /--model is missing[^]*Usage: deno task recall/],
        [model, /--conversations is missing[^]*Usage/],
        [[...model, "--conversations", input, "--limit", "0"], /--limit must be[^]*Usage/],
        [[...model, "--conversations", input, "--loud"], /--loud[^]*Usage/],
        [[...model, "--conversations", `${folder}/absent`], /absent: .*No such file/],
        [[...model, "--conversations", input, "--json", `${folder}/no/out`], /no\/out: /],
        [
          ["--model", folder, "--conversations", input],
          /none of model\.safetensors[^]*did not start: it ended/,
        ],
        [["--model", `${folder}/no`, "--conversations", input], /did not start: .*No such file/],
      ];
      for (const [args, problem] of cases) assert.match(await refusal("recall.ts", args), problem);
    });
  });
});

describe("readConversations", () => {
  it("names the line that is wrong", async () => {
    await withTempDir(async (folder) => {
      const path = `${folder}/in.jsonl`;
      const [good] = CONVERSATIONS;
      const cases: readonly [line: string, problem: RegExp][] = [
        ["{", /in\.jsonl:2: it is not JSON/],
        [JSON.stringify({ ...good, distance: -1 }), /:2: [^]*distance/],
        [JSON.stringify({ ...good, turns: [] }), /:2: [^]*turns/],
        [JSON.stringify({ ...good, turns: [" "] }), /:2: [^]*it is blank/],
        [JSON.stringify({ ...good, value: "?!" }), /:2: [^]*it has no words/],
      ];
      for (const [line, problem] of cases) {
        await Deno.writeTextFile(path, `${JSON.stringify(good)}\n${line}\n`);
        await assert.rejects(readConversations(path), problem);
        assert.deepEqual(await readConversations(path, 1), [good]);
      }
      await Deno.writeTextFile(path, "\n");
      await assert.rejects(readConversations(path), /it holds no conversations/);
    });
  });
});

describe("containsValue", () => {
  it("finds whole words, whatever their case and punctuation", () => {
    assert.ok(containsValue("You are SARAH.", "Sarah"));
    assert.ok(containsValue("It's Sarah's dog", "sarah"));
    assert.ok(containsValue("You like ice-cream, I think.", "Ice cream"));
    assert.ok(containsValue('"José"', "José"));
    assert.ok(containsValue("Your friend is Zoë!", "Zoe\u0308"));
    assert.ok(!containsValue("You are Sarahs.", "Sarah"));
    assert.ok(!containsValue("Your car is a dark blue.", "dark green"));
    assert.ok(!containsValue("blue dark", "dark blue"));
    assert.ok(!containsValue("", "Sarah"));
  });

  it("passes over separators of digit groups", () => {
    assert.ok(containsValue("It has 1,250 pages.", "1250"));
    assert.ok(containsValue("It has 1250 pages.", "1,250"));
    assert.ok(containsValue("It is 12\u202f345\u202f678.", "12345678"));
    assert.ok(!containsValue("It has 12500 pages.", "1250"));
    assert.ok(!containsValue("In 1, 250 came.", "1250"));
    assert.ok(containsValue("Room 7,12", "12"));
  });
});

describe("holdConversation", () => {
  const conversation = CONVERSATIONS[1]!;

  /** Answers with the message itself; each turn adds ten tokens. */
  const echo: Ask = (input, previous): Promise<Reply> => {
    const cachedTokens = Number(previous ?? 0);
    const totalTokens = cachedTokens + 10;
    return Promise.resolve({ id: `${totalTokens}`, text: input, cachedTokens, totalTokens });
  };

  it("goes on from turn to turn, and judges the last reply", async () => {
    let turns = 0;
    assert.deepEqual(await holdConversation(echo, conversation, () => turns++), {
      kind: "pet",
      distance: 1,
      value: "Max",
      question: "What is my dog called?",
      reply: "What is my dog called?",
      recalled: false,
      cached_tokens: 20,
    });
    assert.equal(turns, 3);
    const answered = { ...conversation, value: "dog" };
    assert.ok((await holdConversation(echo, answered)).recalled);
  });

  it("refuses a turn that does not go on from the stored state", async () => {
    const forgetful: Ask = async (input, previous) => ({
      ...await echo(input, previous),
      cachedTokens: 0,
    });
    await assert.rejects(holdConversation(forgetful, conversation), {
      name: "NotContinuedError",
      turn: 2,
      cachedTokens: 0,
      expectedTokens: 10,
    });
  });

  it("fails at an answer that is none, and tries no second time", async () => {
    let requests = 0;
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
      requests++;
      return requests === 1
        ? Response.json({ error: { message: "busy" } }, { status: 503 })
        : Response.json({ id: 1 });
    });
    const ask = askServer({ url: `http://127.0.0.1:${server.addr.port}`, model: "fake" });
    try {
      await assert.rejects(ask("Hi", undefined), {
        name: "AnswerError",
        message: /HTTP 503.*busy/,
      });
      await assert.rejects(ask("Hi", undefined), { name: "AnswerError", message: /id/ });
      assert.equal(requests, 2);
    } finally {
      await server.shutdown();
    }
    await assert.rejects(ask("Hi", undefined), { name: "AnswerError" });
    const left = AbortSignal.abort(new Error("left"));
    await assert.rejects(ask("Hi", undefined, left), /left/);
  });
});

describe("mapConcurrently", () => {
  it("runs so many at a time, and keeps the order", async () => {
    let running = 0;
    let most = 0;
    const results = await mapConcurrently([3, 1, 2, 0, 1], 2, async (item) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, item));
      running--;
      return item * 2;
    });
    assert.deepEqual(results, [6, 2, 4, 0, 2]);
    assert.equal(most, 2);
  });

  it("throws the first failure when all have ended", async () => {
    const seen: number[] = [];
    const run = async (item: number, signal: AbortSignal) => {
      seen.push(item);
      if (item === 2) throw new Error("two");
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      signal.throwIfAborted();
    };
    await assert.rejects(mapConcurrently([1, 2, 3], 2, run), /two/);
    assert.deepEqual(seen, [1, 2]);
  });

  it("starts nothing once it is told to stop", async () => {
    const stopped = AbortSignal.abort(new Error("stopped"));
    const run = () => assert.fail();
    await assert.rejects(mapConcurrently([1], 1, run, stopped), /stopped/);
  });
});
