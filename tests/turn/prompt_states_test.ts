import assert from "node:assert/strict";
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { cutNames, cutsToFind, cutsToKeep } from "../../src/prompt/prompt_cuts.ts";
import type { TurnRequest } from "../../src/turn/turn.ts";
import type { Message } from "../../src/prompt/message.ts";
import type { MemoryStore } from "../../src/store/memory_store.ts";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import { collect, loadTern, type Tern, ternService } from "./tern_service.ts";

const RULES = [
  "You are the assistant of a small shop that sells tea, cups and kettles.",
  "Answer in one or two sentences, and be kind to whoever asks.",
  "If somebody asks for the price of a thing, say that it is on the label.",
  "Do not talk about coffee, and never make up a delivery date.",
  "Orders above forty pounds are sent without cost; others cost three pounds.",
  "Cups can be given back within a month, if they are not broken.",
];

/** A prompt of so many tokens or a little more, with a last line of its own. */
function promptOf(tern: Tern, tokens: number, last: string): string {
  let text = "";
  for (let i = 0; tern.tokenizer.encode(text).length < tokens - 12; i++) {
    text += `${i + 1}. ${RULES[i % RULES.length]}\n`;
  }
  return text + last;
}

const user = (text: string): Message => ({ role: "user", text });
const system = (text: string): Message => ({ role: "system", text });

describe("cutsToKeep", () => {
  const tokenizer = new ByteTokenizer();
  const piece = (text: string, tail = 0) => ({ tokens: tokenizer.encode(text), tail });
  const line = `${"x".repeat(39)}\n`;

  it("cuts before the last line, before the last lines, and every 256 tokens", () => {
    for (
      const [text, tail, expected] of [
        ["x".repeat(127), 0, []],
        ["x".repeat(255), 0, []],
        ["x".repeat(300), 0, [256]],
        [line.repeat(4) + "Monday", 0, [80, 160]],
        [line.repeat(4) + "Monday\n\nAssistant:", 12, [80, 160]],
        // Before a long last line there is one state.
        [line.repeat(4) + "x".repeat(60), 0, [160]],
        [line.repeat(20) + "Monday", 0, [280, 520, 720, 800]],
        ["x".repeat(1000), 0, [256, 512, 768]],
      ] as const
    ) {
      assert.deepEqual(cutsToKeep(tokenizer, piece(text, tail)), expected);
    }
  });

  it("keeps few states however long a piece is, in places that longer pieces share", () => {
    const lengths = [1000, 3000, 10_000, 100_000, 1_000_000];
    const cuts = lengths.map((length) => cutsToKeep(tokenizer, piece("x".repeat(length))));
    for (const [index, some] of cuts.entries()) {
      assert(some.length <= 6, `${some.length} of ${lengths[index]}`);
      assert(some.at(-1)! > lengths[index]! / 2);
    }
    const found = cutsToFind(tokenizer, piece("x".repeat(6000)));
    const shared = cutsToKeep(tokenizer, piece("x".repeat(3500)));
    assert(shared.every((cut) => found.includes(cut)), `${found} has not all of ${shared}`);
    assert(found.length <= 30);
  });

  it("looks wherever a piece with other last lines keeps a state", () => {
    const rules = line.repeat(13);
    for (const [a, b] of [["Monday", "Tuesday, at nine"], ["A\nB\nC", "A\nBB\nCCC"]]) {
      const kept = cutsToKeep(tokenizer, piece(rules + a));
      const found = cutsToFind(tokenizer, piece(rules + b));
      const common = kept.filter((cut) => found.includes(cut));
      assert(common.at(-1)! >= rules.length - 88, `${kept} and ${found}`);
    }
  });
});

describe("cutNames", () => {
  it("names the tokens up to each place, whatever comes after it", async () => {
    const tokens = Array.from({ length: 5000 }, (_, index) => index % 300);
    const cuts = [64, 1023, 1024, 1025, 4000];
    const names = await cutNames("aa", "e", tokens, cuts);
    assert.equal(new Set(names).size, cuts.length);
    for (const [index, cut] of cuts.entries()) {
      assert.deepEqual(await cutNames("aa", "e", tokens.slice(0, cut), [cut]), [names[index]]);
    }
    const other = tokens.with(1024, 7);
    const same = (await cutNames("aa", "e", other, cuts)).map((name, i) => name === names[i]);
    assert.deepEqual(same, [true, true, true, false, false]);
    assert.notDeepEqual(await cutNames("ab", "e", tokens, [64]), names.slice(0, 1));
    assert.notDeepEqual(await cutNames("aa", "f", tokens, [64]), names.slice(0, 1));
  });
});

describe("RwkvChatService, with long prompts whose ends change", () => {
  let tern: Tern;
  let parts: ReturnType<typeof ternService>;

  beforeAll(async () => {
    tern = await loadTern();
  });

  afterAll(() => tern.scheduler.close());

  beforeEach(() => {
    parts = ternService(tern);
  });

  const turn = (prompt: string, more: Partial<TurnRequest> = {}): Partial<TurnRequest> => ({
    messages: [system(prompt), user("How are you?")],
    maxTokens: 8,
    ...more,
  });

  for (const tokens of [300, 3000]) {
    it(`reads little of a system prompt of ${tokens} tokens that it knows but for a line`, async () => {
      const { ask, inference } = parts;
      const days = ["Today is Monday.", "Today is Tuesday, the second."];
      for (const [index, day] of days.entries()) {
        const prompt = promptOf(tern, tokens, day);
        const read = inference.tokensRead;
        const answer = await ask(turn(prompt));
        const { prompt: all, cached } = answer.usage;
        assert.equal(inference.tokensRead - read, all - cached);
        assert(index === 0 ? cached === 0 : cached > 0.9 * all, `${cached} of ${all} cached`);
        if (index === 0) continue;
        // It has the bits of an answer for which nothing was cached.
        const undisturbed = await ternService(tern).ask(turn(prompt));
        assert.deepEqual({ ...answer, usage: { ...answer.usage, cached: 0 } }, undisturbed);
        // The next turn finds the state after this one.
        const messages: Message[] = [
          ...turn(prompt).messages!,
          { role: "assistant", text: answer.text },
          user("Bye."),
        ];
        const next = await ask({ messages, maxTokens: 2 });
        assert.equal(next.usage.cached, answer.usage.prompt + answer.usage.completion);
      }
    });
  }

  it("gives instructions and the end of a long document the same", async () => {
    const { ask } = parts;
    const document = promptOf(tern, 600, "");
    const request = (question: string, instructions: string) => ({
      messages: [user(`${document}${question}`)],
      instructions,
      maxTokens: 4,
    });
    await ask(request("What is sold?", "Be kind."));
    const second = await ask(request("Who may give a cup back?", "Be kind."));
    assert(second.usage.cached > 0.9 * second.usage.prompt, `${second.usage.cached}`);
    // After other instructions nothing that was read holds.
    assert.equal((await ask(request("What is sold?", "Be brief."))).usage.cached, 0);
    const fresh = await ternService(tern).ask(request("Who may give a cup back?", "Be kind."));
    assert.deepEqual(second.text, fresh.text);
  });

  it("finds what two prompts have in common where one has more after it", async () => {
    const { ask } = parts;
    const long = promptOf(tern, 1000, "");
    await ask(turn(long));
    const other = long.slice(0, Math.floor(long.length * 0.6)) + "\nSomething else.";
    const answer = await ask(turn(other));
    assert(answer.usage.cached > 250, `${answer.usage.cached}`);
    assert.equal(answer.text, (await ternService(tern).ask(turn(other))).text);
  });

  it("passes over states that are damaged or gone", async () => {
    const { ask, store } = parts;
    await ask(turn(promptOf(tern, 300, "Today is Monday."), { maxTokens: 1 }));
    const states = new Set((await keysOf(store)).filter((key) => key.includes("\0chunk\0")));
    const other = turn(promptOf(tern, 300, "It is June."), { ephemeral: true, maxTokens: 2 });
    const fresh = await ternService(tern).ask(other);
    const seen = new Set<number>();
    for (const [index, key] of [...states].entries()) {
      const write = { key: key.split("\0") };
      const damaged = { ...write, value: new Uint8Array(60_000) };
      await store.commit({ writes: [index % 2 ? { ...write, delete: true } : damaged] });
      const { usage, text } = await ask(other);
      seen.add(usage.cached);
      assert.equal(text, fresh.text);
    }
    // First the state before the last line, then the one before some lines, then none.
    assert(seen.size > 1 && seen.has(0), `${[...seen]}`);
  });

  it("shows nothing of it to another tenant", async () => {
    const { ask } = parts;
    await ask(turn(promptOf(tern, 300, "Today is Monday."), { tenant: "alpha" }));
    const other = turn(promptOf(tern, 300, "Today is Tuesday."), { tenant: "beta" });
    assert.equal((await ask(other)).usage.cached, 0);
  });

  it("keeps nothing of a turn that is to leave nothing behind, and uses what there is", async () => {
    const { ask, store } = parts;
    const ephemeral = { ephemeral: true };
    await ask(turn(promptOf(tern, 300, "Today is Monday."), ephemeral));
    assert.deepEqual(await keysOf(store), []);
    await ask(turn(promptOf(tern, 300, "Today is Monday.")));
    const { usage } = await ask(turn(promptOf(tern, 300, "Today is Tuesday."), ephemeral));
    assert(usage.cached > 200);
  });

  it("is bounded like all states that only save work", async () => {
    const stateBytes = 406_000;
    const cacheBytes = 12 * stateBytes;
    const { ask, store } = ternService(tern, { cacheBytes });
    for (let day = 1; day <= 6; day++) {
      // Prompts that differ from the first line on.
      await ask(turn(`${day}\n${promptOf(tern, 300, "End.")}`, { maxTokens: 1 }));
      const bytes = await bytesOf(store);
      assert(bytes <= 1.1 * cacheBytes, `${bytes} of ${cacheBytes} on day ${day}`);
    }
    // Where little room is, there are none inside.
    const little = ternService(tern, { cacheBytes: 4 * stateBytes });
    await little.ask(turn(promptOf(tern, 300, "Today is Monday.")));
    const again = await little.ask(turn(promptOf(tern, 300, "Today is Tuesday.")));
    assert.equal(again.usage.cached, 0);
  });

  it("continues what was stored when the template was another, and finds nothing else of it", async () => {
    const { ask, store } = ternService(tern, {}, { template: "rwkv4_world" });
    const id = `resp_${"1".repeat(48)}`;
    const long = turn(promptOf(tern, 300, "Today is Monday."));
    const before = await ask({ ...long, storeAs: id });
    const now = ternService(tern, {}, { store });
    const next = await now.ask({ messages: [user("Bye.")], previous: id });
    assert.equal(next.usage.cached, before.usage.prompt + before.usage.completion);
    assert.equal((await now.ask(long)).usage.cached, 0);
  });

  it("goes on after a crash from the middle of a prompt", async () => {
    const { ask, service, request } = parts;
    await ask(turn(promptOf(tern, 300, "Today is Monday.")));
    const more = request(turn(promptOf(tern, 300, "Today is Tuesday.")));
    const begun = await service.begin(more);
    assert(begun.start.begun! > 200);
    const whole = await collect(begun);
    const resume = { start: begun.start, tokens: whole.tokens.slice(0, 3) };
    assert.deepEqual(await collect(await service.begin({ ...more, resume })), whole);
    assert.equal(await service.count(more), whole.usage.prompt);
  });
});

async function keysOf(store: MemoryStore): Promise<string[]> {
  return (await Array.fromAsync(store.list([]))).map(({ key }) => key.join("\0"));
}

async function bytesOf(store: MemoryStore): Promise<number> {
  const entries = await Array.fromAsync(store.list([]));
  return entries.reduce((sum, { value }) => sum + value.length, 0);
}
