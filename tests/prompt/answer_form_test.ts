import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { openCheckpoint } from "../../src/checkpoint/open_checkpoint.ts";
import { openFile } from "../../src/checkpoint/deno_file.ts";
import { type ModelFolder, readModelFolder } from "../../src/checkpoint/model_folder.ts";
import type { Piece } from "../../src/engine/generate.ts";
import { OrtEngine } from "../../src/engine/ort/ort_engine.ts";
import { loadWebRuntime } from "../../src/engine/ort/web_runtime.ts";
import { Scheduler } from "../../src/engine/scheduler.ts";
import { type AnswerForm, compileForm } from "../../src/prompt/answer_form.ts";
import { writeCalls } from "../../src/prompt/tool_format.ts";
import { parseAnswer, replyItems } from "../../src/response/answer_items.ts";
import { StateSealer } from "../../src/state/sealed_state.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import { RwkvChatService } from "../../src/turn/chat_service.ts";
import type { Turn, TurnRequest } from "../../src/turn/turn.ts";
import {
  Clock,
  hang,
  instance,
  LEASE_MS,
  newResponse,
  read,
  TENANT,
} from "../response/maker_instance.ts";

const MODEL = new URL("../../models/tern-7m", import.meta.url).pathname;
const never = new AbortController().signal;
const RESPONSE = `resp_${"1".repeat(48)}`;

const PERSON = {
  type: "object",
  properties: { name: { type: "string", maxLength: 20 }, age: { type: "integer", maximum: 99 } },
  required: ["name", "age"],
};
const STORY = { type: "object", properties: { story: { type: "string" } }, required: ["story"] };
const calls = (more: Partial<AnswerForm> = {}): AnswerForm => ({
  type: "calls",
  tools: [{ name: "greet", parameters: PERSON }],
  text: false,
  parallel: false,
  ...more,
} as AnswerForm);

describe("an answer that is held to a form", () => {
  let folder: ModelFolder;
  let tokenizer: Tokenizer;
  let scheduler: Scheduler;
  let service: RwkvChatService;

  beforeAll(async () => {
    folder = await readModelFolder(MODEL);
    tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(folder.vocabPath!));
    const checkpoint = await openCheckpoint(await openFile(folder.weightsPath), "tern-7m");
    scheduler = new Scheduler(await OrtEngine.load(checkpoint, await loadWebRuntime()), tokenizer);
    checkpoint.close();
    service = new RwkvChatService({
      model: "tern-7m",
      folder: folder.config,
      inference: scheduler,
      tokenizer,
      tree: new ResponseTree({ store: new MemoryStore(), now: Date.now }),
      sealer: new StateSealer({ secrets: [], precision: "f32" }),
      now: Date.now,
      randomSeed: () => 5,
    });
  });

  afterAll(() => scheduler.close());

  const request = (form: AnswerForm, more: Partial<TurnRequest> = {}): TurnRequest => ({
    tenant: TENANT,
    messages: [{ role: "user", text: "Sarah is 9 years old." }],
    sampling: { ...service.defaults, seed: 1 },
    stop: [],
    maxTokens: 80,
    topLogprobs: 2,
    grammar: compileForm(JSON.stringify(form), form),
    ephemeral: true,
    signal: never,
    ...more,
  });

  async function collect({ events }: Turn): Promise<Piece[]> {
    const texts: Piece[] = [];
    for await (const event of events) if (event.type === "text") texts.push(event);
    return texts;
  }

  for (
    const [name, form] of [
      ["JSON", { type: "json", schema: PERSON }],
      ["calls", calls()],
      ["calls or JSON", calls({ schema: PERSON })],
    ] as const
  ) {
    it(`is ${name}, and the same wherever it is gone on with`, async () => {
      const turn = await service.begin(request(form));
      const { start } = turn;
      const whole = await collect(turn);
      const answer = whole.map(({ text }) => text).join("");
      const parsed = parseAnswer({ form }, answer);
      const json = parsed.calls[0]?.arguments ?? parsed.text;
      assert.deepEqual(Object.keys(JSON.parse(json)), ["name", "age"]);
      for (const count of [0, 1, 5, whole.length - 1, whole.length]) {
        const tokens = whole.slice(0, count).flatMap(({ tokens }) => tokens);
        // Compiled anew, as by another instance.
        const grammar = compileForm(`again ${JSON.stringify(form)}`, form);
        const again = await collect(
          await service.begin(request(form, { resume: { start, tokens }, grammar })),
        );
        assert.equal(JSON.stringify(again), JSON.stringify(whole), `after ${count}`);
      }
    });
  }

  for (
    const [name, form, shortest] of [
      ["JSON", { type: "json", schema: STORY }, '{"story":""}'],
      [
        "a call",
        calls({ tools: [{ name: "tell", parameters: STORY }] }),
        writeCalls([{ name: "tell", arguments: '{"story":""}' }]),
      ],
    ] as const
  ) {
    it(`is ${name} that is whole near its limit, and says that it was the limit`, async () => {
      // What is likeliest goes on for ever.
      const bias = tokenizer.encode("a").map((token) => [token, 100] as const);
      const sampling = { ...service.defaults, seed: 1, logitBias: bias };
      for (const more of [0, 1, 2, 7]) {
        const maxTokens = shortest.length + more;
        const turn = await service.begin(request(form, { sampling, maxTokens }));
        let answer = "", reason: string | undefined;
        for await (const event of turn.events) {
          if (event.type === "text") answer += event.text;
          else reason = event.reason;
        }
        assert.equal(reason, "length", answer);
        const parsed = parseAnswer({ form }, answer);
        const json = parsed.calls[0]?.arguments ?? parsed.text;
        assert.match(JSON.parse(json).story, /^a*$/, answer);
      }
    });
  }

  it("is text where calls are not wanted, however it begins", async () => {
    // Nothing is likelier than the beginning of a call.
    const bias = tokenizer.encode("<").map((token) => [token, 100] as const);
    const sampling = { ...service.defaults, seed: 1, logitBias: bias };
    const texts = await collect(
      await service.begin(request({ type: "text" }, { sampling, maxTokens: 12 })),
    );
    const answer = texts.map(({ text }) => text).join("");
    assert.doesNotMatch(answer, /^\s*<tool_call>/);
  });
});

describe("replyItems", () => {
  const CALLS = [{ name: "add", arguments: '{"a":1}' }, { name: "now", arguments: "{}" }];

  it("has a message for each call, whose texts are what was written", () => {
    const answer = writeCalls(CALLS);
    for (let end = 20; end <= answer.length; end++) {
      const cut = answer.slice(0, end);
      const items = replyItems(RESPONSE, calls(), { answer: cut });
      const texts = items.map(({ message }) => message.text);
      // A line end that nothing comes after belongs to no call.
      assert.equal(texts.join("\n"), cut, cut);
      assert.equal(new Set(items.map(({ id }) => id)).size, items.length);
    }
  });

  it("is one message where there are no calls", () => {
    for (const form of [undefined, calls({ text: true } as Partial<AnswerForm>)]) {
      assert.deepEqual(replyItems(RESPONSE, form, { answer: "Hi" }), [
        { id: `msg_${"1".repeat(48)}`, message: { role: "assistant", text: "Hi" } },
      ]);
    }
  });
});

describe("ResponseMaker", () => {
  it("goes on under the same form, with what was told of tokens", async () => {
    const store = new MemoryStore();
    const clock = new Clock();
    const logprobs = [
      [{ token: 1, logprob: -0.1234567, top: [{ token: 1, logprob: -0.1234567 }] }],
      [{ token: 2, logprob: -Infinity, top: [] }],
    ];
    const turn = { ...newResponse().turn, form: calls(), topLogprobs: 1 };
    const response = newResponse({ mode: "background", turn });
    const dying = instance(store, clock, []);
    dying.chat.script = { pieces: ["a", "b", hang()], logprobs };
    await dying.maker.create(response, never);
    const before = dying.maker.follow(TENANT, response.id, never);
    const seen = [(await before.next()).value, (await before.next()).value];
    assert.deepEqual(seen.map((event) => event?.type === "text" && event.logprobs), logprobs);

    clock.time += 2 * LEASE_MS;
    const other = instance(store, clock, []);
    other.chat.script = { pieces: ["a", "b", "c"], logprobs: [...logprobs, []] };
    const events = await read(other.maker, response.id);
    assert.deepEqual(events.slice(0, 2), seen);
    assert.equal(other.chat.request.grammar?.id, dying.chat.request.grammar?.id);
    assert.equal(other.chat.request.topLogprobs, 1);
    assert(!("form" in other.chat.request));
    await dying.maker.close();
  });
});
