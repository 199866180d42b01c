import assert from "node:assert/strict";
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { type ModelFolder, readModelFolder } from "../../src/checkpoint/model_folder.ts";
import type { Piece } from "../../src/engine/generate.ts";
import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { loadWebRuntime } from "../../src/engine/ort/web_runtime.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import type { Message } from "../../src/prompt/message.ts";
import { CorruptSnapshotError, UnknownResponseError } from "../../src/records/errors.ts";
import { Sampler } from "../../src/sampling/sampler.ts";
import { StateSealer } from "../../src/state/sealed_state.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import { RwkvChatService } from "../../src/turn/chat_service.ts";
import type { TurnCost } from "../../src/turn/meter.ts";
import type { KeptTurn, Turn, TurnEvent, TurnRequest, TurnUsage } from "../../src/turn/turn.ts";
import { CountingInference } from "./counting_inference.ts";

const MODEL = new URL("../../models/tern-7m", import.meta.url).pathname;
const FIRST = `resp_${"1".repeat(48)}`;
const SECOND = `resp_${"2".repeat(48)}`;
const never = new AbortController().signal;

interface Answer {
  readonly text: string;
  readonly usage: TurnUsage;
  readonly reason: string;
}

async function collect(turn: Turn): Promise<Answer> {
  let text = "";
  for await (const event of turn.events) {
    if (event.type === "text") text += event.text;
    else return { text, usage: event.usage, reason: event.reason };
  }
  throw new Error("no end event");
}

describe("RwkvChatService", () => {
  let folder: ModelFolder;
  let tokenizer: Tokenizer;
  let scheduler: Scheduler;
  let inference: CountingInference;
  let store: MemoryStore;
  let service: RwkvChatService;
  let costs: TurnCost[];

  beforeAll(async () => {
    folder = await readModelFolder(MODEL);
    tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(folder.vocabPath!));
    const checkpoint = await openCheckpoint(await openFile(folder.weightsPath), "tern-7m");
    scheduler = new Scheduler(await OrtEngine.load(checkpoint, await loadWebRuntime()), tokenizer);
    checkpoint.close();
  });

  afterAll(() => scheduler.close());

  beforeEach(() => {
    inference = new CountingInference(scheduler);
    store = new MemoryStore();
    costs = [];
    service = new RwkvChatService({
      model: "tern-7m",
      folder: folder.config,
      inference,
      tokenizer,
      tree: new ResponseTree({ store, now: Date.now }),
      sealer: new StateSealer({ secrets: ["s".repeat(32)], precision: "f32" }),
      meter: { spent: (cost) => costs.push(cost) },
      now: Date.now,
      randomSeed: () => 5,
    });
  });

  const request = (text: string, more: Partial<TurnRequest> = {}): TurnRequest => ({
    tenant: "public",
    messages: [{ role: "user", text }],
    sampling: { ...service.defaults, seed: 1 },
    stop: [],
    maxTokens: 40,
    signal: never,
    ...more,
  });
  const ask = async (text: string, more: Partial<TurnRequest> = {}): Promise<Answer> =>
    await collect(await service.begin(request(text, more)));

  it("reads the prompt once, and counts what the state has read", async () => {
    const { text, usage, reason } = await ask("Hello! How are you today?");
    assert.equal(reason, "stop");
    assert.equal(usage.prompt, 9);
    assert.equal(usage.cached, 0);
    assert.equal(usage.completion, tokenizer.encode(` ${text}`).length);
    assert.deepEqual(inference.prompts, [9]);
    assert.deepEqual([inference.open_sequences, inference.open_generations], [0, 0]);
  });

  it("tells once what each turn has cost, and what it went on from", async () => {
    const first = await ask("My name is Sarah.", { storeAs: FIRST, maxTokens: 3 });
    const second = await ask("Bye.", { previous: FIRST, maxTokens: 3 });
    const messages: Message[] = [
      { role: "user", text: "My name is Sarah." },
      { role: "assistant", text: first.text },
      { role: "user", text: "Hm." },
    ];
    const third = await ask("", { messages, tenant: "public", maxTokens: 3 });
    assert.deepEqual(costs, [
      { tenant: "public", origin: "nothing", usage: first.usage },
      { tenant: "public", origin: "response", usage: second.usage },
      { tenant: "public", origin: "prefix", usage: third.usage },
    ]);
  });

  it("tells what a turn has cost that was cut off", async () => {
    const { events } = await service.begin(request("Tell me a story."));
    const reader = events;
    for (let i = 0; i < 4; i++) await reader.next();
    await reader.return();
    assert.equal(costs.length, 1);
    const [{ usage, origin } = {}] = costs;
    assert.equal(origin, "nothing");
    assert.equal(usage?.prompt, tokenizer.encode("User: Tell me a story.\n\nAssistant:").length);
    assert(usage.completion >= 4, `${usage.completion} pieces`);
  });

  it("gives the same answer for the same seed, and says which seed it drew", async () => {
    const sampling = { ...service.defaults, temperature: 1.5, topP: 1 };
    const turn = await service.begin(request("Tell me a story.", { sampling }));
    assert.equal(turn.seed, 5);
    const drawn = await collect(turn);
    const given = await ask("Tell me a story.", { sampling: { ...sampling, seed: 5 } });
    const other = await ask("Tell me a story.", { sampling: { ...sampling, seed: 6 } });
    assert.equal(given.text, drawn.text);
    assert.notEqual(other.text, drawn.text);
  });

  it("goes on from a stored response by reading only what is new", async () => {
    const first = await ask("My name is Sarah.", { storeAs: FIRST });
    const second = await ask("What is my name?", { previous: FIRST, storeAs: SECOND });
    const total = first.usage.prompt + first.usage.completion;
    assert.equal(second.usage.cached, total);
    assert.equal(inference.prompts[1], second.usage.prompt - total);
    assert.match(second.text, /Sarah/);

    const third = await ask("Bye.", { previous: SECOND });
    assert.equal(third.usage.cached, second.usage.prompt + second.usage.completion);
  });

  it("gives the state of one long reading what it gives a state that went through the store", async () => {
    await ask("My name is Sarah.", { storeAs: FIRST, maxTokens: 3 });
    const stored = await ask("What is my name?", { previous: FIRST });
    const sequence = scheduler.open();
    const text = "User: My name is Sarah.\n\nAssistant:";
    let logits = await sequence.read(tokenizer.encode(text), never);
    const speak = async (prompt: readonly number[], limit: number) => {
      const sampler = new Sampler({ ...service.defaults, seed: 1 });
      if (prompt.length > 0) logits = await sequence.read(prompt, never);
      const bytes: number[] = [];
      for (let i = 0; i < limit; i++) {
        const token = sampler.sample(logits);
        if (token === 0 || new TextDecoder().decode(tokenizer.bytes(token)).startsWith("\n\n")) {
          break;
        }
        bytes.push(...tokenizer.bytes(token));
        logits = await sequence.read([token], never);
      }
      return new TextDecoder().decode(new Uint8Array(bytes)).trim();
    };
    await speak([], 3);
    const direct = await speak(tokenizer.encode("\n\nUser: What is my name?\n\nAssistant:"), 40);
    assert.equal(stored.text, direct);
    sequence.close();
  });

  it("goes on from the deepest state that has read the same messages", async () => {
    const messages: Message[] = [{ role: "user", text: "I like cats." }];
    const totals: number[] = [];
    for (const next of ["Do you?", "And dogs?", "And soup?"]) {
      const { text, usage } = await ask("", { messages: [...messages] });
      assert.equal(usage.cached, totals.at(-1) ?? 0);
      totals.push(usage.prompt + usage.completion);
      messages.push({ role: "assistant", text }, { role: "user", text: next });
    }
    const edited = messages.with(4, { role: "user", text: "And cows?" });
    assert.equal((await ask("", { messages: edited })).usage.cached, totals[1]);
    assert.equal((await ask("", { messages, tenant: "other" })).usage.cached, 0);
  });

  it("goes on from the last turn that had the instructions which come back", async () => {
    const kind = { instructions: "Be kind." };
    const first = await ask("I like cats.", { storeAs: FIRST, ...kind });
    await ask("Do you?", { previous: FIRST, storeAs: SECOND, instructions: "Be brief." });
    // However long ago it was: what is found by its messages alone is not kept so long.
    for (const key of await keys(store)) {
      if (key.includes("\0prefix\0")) {
        await store.commit({ writes: [{ key: key.split("\0"), delete: true }] });
      }
    }
    const { usage } = await ask("Bye.", { previous: SECOND, ...kind });
    assert.equal(usage.cached, first.usage.prompt + first.usage.completion);
    assert.equal((await ask("Bye.", { previous: SECOND })).usage.cached, 0);
  });

  it("only reads if asked to, and goes on from there", async () => {
    const read = await ask("My name is Sarah.", { storeAs: FIRST, readOnly: true });
    assert.equal(read.text, "");
    assert.equal(read.usage.prompt, tokenizer.encode("User: My name is Sarah.").length);
    assert.equal(read.usage.completion, 0);
    const next = await ask("What is my name?", { previous: FIRST });
    assert.equal(next.usage.cached, read.usage.prompt);
    assert.match(next.text, /Sarah/);
    const nothing = { previous: FIRST, messages: [], readOnly: true };
    assert.equal((await ask("", nothing)).usage.prompt, read.usage.prompt);
  });

  it("goes on from what it kept in memory as from what it stored", async () => {
    let kept: KeptTurn | undefined;
    const onKept = (turn: KeptTurn) => kept = turn;
    const first = await ask("My name is Sarah.", { ephemeral: true, onKept });
    assert.deepEqual(await keys(store), []);
    await ask("My name is Sarah.", { storeAs: FIRST });
    const stored = await ask("What is my name?", { previous: FIRST });
    const second = await ask("What is my name?", { kept: kept!, ephemeral: true, onKept });
    assert.deepEqual(second, stored);
    assert.equal(second.usage.cached, first.usage.prompt + first.usage.completion);
    const changed = await ask("Bye.", { kept: kept!, ephemeral: true, instructions: "Be brief." });
    const messages = [...kept!.messages, { role: "user", text: "Bye." }] as const;
    assert.deepEqual(
      changed,
      await ask("", { messages, ephemeral: true, instructions: "Be brief." }),
    );
  });

  it("counts what a turn would have to read", async () => {
    const first = await ask("I like cats.", { storeAs: FIRST });
    for (
      const more of [
        { previous: FIRST },
        { previous: FIRST, instructions: "Be brief." },
        { instructions: "Be brief." },
      ]
    ) {
      const counted = await service.count(request("Do you?", more));
      assert.equal(counted, (await ask("Do you?", more)).usage.prompt);
      assert(counted > 0 && first.usage.prompt > 0);
    }
  });

  it("passes over a damaged state that only saves work, and goes on from the one before", async () => {
    const first = await ask("I like cats.");
    const two = [
      { role: "user", text: "I like cats." },
      { role: "assistant", text: first.text },
      { role: "user", text: "Do you?" },
    ] as const;
    const before = new Set(await keys(store));
    const second = await ask("", { messages: two });
    for (const key of await keys(store)) {
      if (before.has(key) || !key.includes("\0chunk\0")) continue;
      const parts = key.split("\0");
      await store.commit({ writes: [{ key: parts, value: new Uint8Array(60_000) }] });
    }
    const messages = [...two, { role: "assistant", text: second.text }, {
      role: "user",
      text: "Good.",
    }] as const;
    const { usage } = await ask("", { messages });
    assert.equal(usage.cached, first.usage.prompt + first.usage.completion);
  });

  it("refuses to go on from a response whose state is damaged", async () => {
    await ask("Hi!", { storeAs: FIRST });
    for (const key of await keys(store)) {
      if (key.includes("\0chunk\0")) {
        await store.commit({ writes: [{ key: key.split("\0"), delete: true }] });
      }
    }
    await assert.rejects(
      service.begin(request("Go on.", { previous: FIRST })),
      CorruptSnapshotError,
    );
  });

  it("does not use the state of another model, but reads the conversation again", async () => {
    const first = await ask("Hi!", { storeAs: FIRST });
    inference.pretended = "another model";
    const { usage } = await ask("Go on.", { previous: FIRST });
    assert.equal(usage.cached, 0);
    assert(usage.prompt > first.usage.prompt + first.usage.completion, JSON.stringify(usage));
  });

  it("does not know responses that were never stored, or are another tenant's", async () => {
    await ask("Hi!", { storeAs: FIRST, tenant: "alpha" });
    for (
      const more of [{ previous: SECOND, tenant: "alpha" }, {
        previous: FIRST,
        tenant: "beta",
      }]
    ) {
      await assert.rejects(service.begin(request("Go on.", more)), UnknownResponseError);
    }
  });

  it("answers again without reading a token, with the same bits (regenerating)", async () => {
    const sampling = { ...service.defaults, temperature: 1.5, topP: 1, seed: 9 };
    const system = "Be very brief.";
    const messages: Message[] = [{ role: "system", text: system }, { role: "user", text: "Hi!" }];
    const first = await ask("Tell me a story.", { storeAs: FIRST });
    const variants = {
      "a first turn": { messages },
      "a stored response": { previous: FIRST, messages: [{ role: "user", text: "Go on." }] },
      "a first turn with instructions": { instructions: system },
    } as const;
    for (const [name, more] of Object.entries(variants)) {
      // With nothing kept, in another tenant or as it was before.
      const plain = await ask("Hm?", { ...more, sampling, ephemeral: true, topLogprobs: 3 });
      assert.notEqual(plain.usage.cached, plain.usage.prompt, name);
      const other = await ask("Hm?", more);
      assert.equal(other.usage.prompt, plain.usage.prompt, name);
      const before = inference.tokensRead;
      const again = await ask("Hm?", { ...more, sampling, topLogprobs: 3 });
      assert.equal(inference.tokensRead, before, name);
      assert.deepEqual(again, { ...plain, usage: { ...plain.usage, cached: plain.usage.prompt } });
      assert.equal(costs.at(-1)?.origin, "prompt");
    }
    assert.equal(first.usage.cached, 0);
  });

  it("goes on from the prompt when another answer than its own follows", async () => {
    const messages: Message[] = [{ role: "user", text: "I like cats." }];
    const { usage } = await ask("", { messages });
    messages.push({ role: "assistant", text: "So do I, a lot." }, { role: "user", text: "Good." });
    const plain = await ask("", { messages, tenant: "nobody", ephemeral: true });
    const edited = await ask("", { messages });
    assert.equal(edited.usage.cached, usage.prompt);
    assert.deepEqual(edited, { ...plain, usage: { ...plain.usage, cached: usage.prompt } });
  });

  it("goes on with an answer that was begun from a kept prompt, be it kept still or not", async () => {
    await ask("Tell me a story.");
    const sampling = { ...service.defaults, temperature: 1.5, topP: 1, seed: 3 };
    const again = request("Tell me a story.", { sampling });
    const turn = await service.begin(again);
    const { start } = turn;
    const whole = await collect(turn);
    assert.equal(start.unread, 0);
    for (const gone of [false, true]) {
      for (const key of gone ? await keys(store) : []) {
        await store.commit({ writes: [{ key: key.split("\0"), delete: true }] });
      }
      const resumed = await collect(
        await service.begin({ ...again, resume: { start, tokens: [] } }),
      );
      assert.equal(resumed.text, whole.text);
      assert.equal(resumed.usage.cached, gone ? 0 : whole.usage.prompt);
    }
  });

  it("goes on with the same tokens elsewhere, whatever penalties and limits its sampling has", async () => {
    const sampling = {
      ...service.defaults,
      temperature: 1.2,
      topP: 0.95,
      minP: 0.01,
      typicalP: 0.97,
      repetitionPenalty: 1.3,
      repeatLastN: 20,
      frequencyPenalty: 0.2,
      penaltyDecay: 0.98,
      minTokens: 12,
      seed: 11,
    };
    await ask("My name is Sarah, and I have a red ball.", { storeAs: FIRST });
    const turn = request("Tell me a story about my ball.", { sampling, previous: FIRST });
    const begun = await service.begin(turn);
    const events: Piece[] = [];
    for await (const event of begun.events) if (event.type === "text") events.push(event);
    const whole = events.map(({ text }) => text).join("");
    const all = events.flatMap(({ tokens }) => tokens);
    assert(all.length >= 12);
    for (const known of [0, 1, 5, all.length - 1]) {
      const resume = { start: begun.start, tokens: all.slice(0, known) };
      // A run is kept as JSON.
      const kept = { ...turn, sampling: JSON.parse(JSON.stringify(sampling)), resume };
      assert.equal((await collect(await service.begin(kept))).text, whole, `${known} tokens`);
    }
    // What the penalty applies to is not what happened to be read for the turn.
    const again = await collect(await service.begin(turn));
    assert.equal(again.usage.cached, again.usage.prompt, "all was cached");
    assert.equal(again.text, whole);
    const plain = { ...sampling, repetitionPenalty: 1 };
    assert.notEqual(
      (await ask("Tell me a story about my ball.", {
        sampling: plain,
        previous: FIRST,
      })).text,
      whole,
    );
  });

  it("does not let the model end its turn where it may not", async () => {
    const said = await ask("Hello! How are you today?");
    assert.equal(said.reason, "stop");
    for (const more of [{ ignoreEnd: true }, { minTokens: 40 }]) {
      const sampling = { ...service.defaults, seed: 1, ...more };
      const longer = await ask("Hello! How are you today?", { sampling });
      assert.equal(longer.reason, "length");
      assert(longer.text.startsWith(said.text));
    }
    const none = await ask("Hello! How are you today?", { maxTokens: 0 });
    assert.deepEqual([none.text, none.reason, none.usage.completion], ["", "length", 0]);
  });

  it("reads a system message once for all conversations that begin with it", async () => {
    const text = "You are a kind teacher of biology who speaks slowly.";
    const begin = (question: string, tenant = "public") =>
      ask("", {
        tenant,
        messages: [{ role: "system", text }, { role: "user", text: question }],
        maxTokens: 5,
      });
    const system = tokenizer.encode(`System: ${text}`).length;
    const first = await begin("What is a cell?");
    assert.equal(first.usage.cached, 0);
    assert.equal(inference.tokensRead, first.usage.prompt);
    for (const question of ["What is a leaf?", "Why?"]) {
      const before = inference.tokensRead;
      const { usage } = await begin(question);
      assert.equal(usage.cached, system);
      assert.equal(inference.tokensRead - before, usage.prompt - system);
    }
    // As instructions of a response it is the same message.
    const response = await ask("Hm?", { instructions: text, storeAs: FIRST, maxTokens: 5 });
    assert.equal(response.usage.cached, system);
    // Another tenant reads all of it, and so learns nothing of who has read it (I6).
    const before = inference.tokensRead;
    const other = await begin("What is a leaf?", "other");
    assert.equal(other.usage.cached, 0);
    assert.equal(inference.tokensRead - before, other.usage.prompt);
    assert.equal(costs.at(-1)?.origin, "nothing");
  });

  it("reads a system message at most once more for each that comes at the same time", async () => {
    const text = "You are a kind teacher of biology who speaks slowly.";
    const begin = (question: string) =>
      ask("", {
        messages: [{ role: "system", text }, { role: "user", text: question }],
        maxTokens: 3,
      });
    const system = tokenizer.encode(`System: ${text}`).length;
    const at = await Promise.all(["a", "b", "c"].map(begin));
    // One that looks after another has read it finds it; how many do is for the clock to say.
    assert(at.every(({ usage }) => usage.cached === 0 || usage.cached === system));
    const states = (await keys(store)).filter((key) => key.startsWith("public\0prefix"));
    const later = await Promise.all(["d", "e", "f"].map(begin));
    assert(later.every(({ usage }) => usage.cached === system));
    // The system message, and of each conversation the prompt and the answer.
    assert.equal(states.length, 1 + 2 * 3);
  });

  it("gives the same answer with a system message that was read before as without", async () => {
    const messages: Message[] = [
      { role: "system", text: "You are a teacher." },
      { role: "user", text: "Hi!" },
    ];
    const plain = await ask("", { messages, ephemeral: true });
    await ask("", { messages: messages.with(1, { role: "user", text: "Bye!" }) });
    const { usage, text } = await ask("", { messages });
    assert(usage.cached > 0);
    assert.equal(text, plain.text);
  });

  it("keeps nothing of an ephemeral turn", async () => {
    await ask("Hi!", { ephemeral: true });
    assert.deepEqual(await keys(store), []);
  });

  it("stops within one step when the stream is cancelled, and keeps nothing", async () => {
    const turn = await service.begin(
      request("Tell me a story.", { storeAs: FIRST, maxTokens: 1000 }),
    );
    const reader = turn.events;
    await reader.next();
    const { pieces } = inference;
    await reader.return();
    assert.deepEqual([inference.open_sequences, inference.open_generations], [0, 0]);
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.equal(inference.pieces, pieces, "nothing was generated after the cancel");
    assert.deepEqual(await keys(store), []);
  });

  it("stops a long prompt when it is cancelled, or the signal aborts", async () => {
    const text = "The cat sat on the mat. ".repeat(3_000);
    const left = new AbortController();
    for (const leave of ["cancel", "abort"] as const) {
      const turn = await service.begin(request(text, { signal: left.signal }));
      const reader = turn.events;
      const first = reader.next();
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (leave === "cancel") {
        await reader.return();
        assert.deepEqual(await first, { done: true, value: undefined });
      } else {
        left.abort(new Error("gone"));
        await assert.rejects(first, { message: "gone" });
      }
      assert.deepEqual([inference.open_sequences, inference.open_generations], [0, 0]);
    }
  });

  it("generates no more than a reader takes", async () => {
    const turn = await service.begin(request("Tell me a story.", { maxTokens: 1000 }));
    const reader = turn.events;
    const events: TurnEvent[] = [];
    for (let i = 0; i < 3; i++) events.push((await reader.next()).value!);
    await new Promise((resolve) => setTimeout(resolve, 50));
    // The first piece is only the space before the answer, or begins with it.
    assert.ok(inference.pieces <= 4, `${inference.pieces} pieces`);
    await reader.return();
  });
});

async function keys(store: MemoryStore): Promise<string[]> {
  const entries = await Array.fromAsync(store.list([]));
  return entries.map(({ key }) => key.join("\0"));
}
