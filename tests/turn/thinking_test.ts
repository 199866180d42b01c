import assert from "node:assert/strict";
import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import { type AnswerForm, compileForm } from "../../src/prompt/answer_form.ts";
import { splitThoughts } from "../../src/prompt/answer_parser.ts";
import type { Message } from "../../src/prompt/message.ts";
import { EFFORTS, THOUGHTS_CLOSE } from "../../src/prompt/thinking.ts";
import type { KeptTurn } from "../../src/turn/turn.ts";
import { collect, loadTern, type Tern, ternService } from "./tern_service.ts";

const FIRST = `resp_${"1".repeat(48)}`;
const SECOND = `resp_${"2".repeat(48)}`;
const QUESTION: Message = { role: "user", text: "My name is Sarah. What is my name?" };
const NEXT: Message = { role: "user", text: "And who are you?" };
const assistant = (text: string): Message => ({ role: "assistant", text });

describe("a turn of a model that thinks", () => {
  let tern: Tern;
  let parts: ReturnType<typeof ternService>;
  const fresh = () => ternService(tern, {}, { template: "rwkv_g1" });

  beforeAll(async () => void (tern = await loadTern()));
  afterAll(() => tern.scheduler.close());
  beforeEach(() => void (parts = fresh()));

  const textOf = (tokens: readonly number[]) =>
    new TextDecoder().decode(
      new Uint8Array(tokens.flatMap((token) => [...tern.tokenizer.bytes(token)])),
    );
  /** The answer to what follows a conversation that is read whole, by a server that knows nothing. */
  const fromText = (messages: readonly Message[]) => fresh().ask({ messages });

  for (const effort of EFFORTS) {
    it(`leaves the state that has not read the thoughts behind: ${effort}`, async () => {
      const opening = { effort, maxThoughts: 12 };
      let kept: KeptTurn | undefined;
      const first = await parts.ask({
        messages: [QUESTION],
        opening,
        ephemeral: true,
        onKept: (turn) => kept = turn,
      });
      const { thoughts, answer } = splitThoughts(first.text);
      assert.equal(thoughts !== undefined, effort !== "off" && effort !== "none", first.text);
      assert.deepEqual(kept?.messages, [QUESTION, assistant(answer)]);
      const second = await parts.ask({ messages: [NEXT], kept: kept!, ephemeral: true });
      const whole = await fromText([QUESTION, assistant(answer), NEXT]);
      assert.equal(second.text, whole.text);
      assert.equal(second.usage.prompt, whole.usage.prompt);
    });
  }

  it("goes on with thoughts from a state that has read none", async () => {
    const opening = { effort: "low", maxThoughts: 8 } as const;
    const first = await parts.ask({ messages: [QUESTION], opening });
    const messages = [QUESTION, assistant(splitThoughts(first.text).answer), NEXT];
    const second = await parts.ask({ messages, opening });
    assert.ok(second.usage.cached > 0, "the state was found by its messages");
    const whole = await fresh().ask({ messages, opening });
    assert.deepEqual([second.text, second.usage.prompt], [whole.text, whole.usage.prompt]);
  });

  it("asks for thoughts behind what the user said, whatever was asked before", async () => {
    const plain = await parts.ask({ messages: [QUESTION] });
    const opening = { effort: "high", maxThoughts: 8 } as const;
    // The state of the whole prompt is kept, and has read too much.
    const asked = await parts.ask({ messages: [QUESTION], opening });
    const whole = await fresh().ask({ messages: [QUESTION], opening });
    assert.deepEqual([asked.text, asked.usage.prompt], [whole.text, whole.usage.prompt]);
    assert.equal((await parts.ask({ messages: [QUESTION] })).text, plain.text);
  });

  it("logs what computes the state again: the prompt and the answer without thoughts", async () => {
    const opening = { effort: "medium", maxThoughts: 8 } as const;
    const first = await parts.ask({ messages: [QUESTION], opening, storeAs: FIRST });
    const { answer } = splitThoughts(first.text);
    const node = await parts.tree.node("public", FIRST);
    assert.equal(
      textOf(node.computed?.tokens ?? []),
      `User: ${QUESTION.text}\n\nAssistant: ${answer.trim()}`,
    );
    assert.equal(node.tokens, node.computed?.tokens.length);
    await parts.ask({ messages: [NEXT], previous: FIRST, storeAs: SECOND, opening });
    const second = await parts.tree.node("public", SECOND);
    assert.equal(second.tokens, node.tokens + second.computed!.tokens.length);
    assert.match(textOf(second.computed!.tokens), /^\n\nUser: And who are you\?\n\nAssistant: /);
  });

  it("comes out the same wherever it is gone on with", async () => {
    const opening = { effort: "low", maxThoughts: 10 } as const;
    const request = { messages: [QUESTION], opening, ephemeral: true, topLogprobs: 0 } as const;
    const turn = await parts.service.begin(parts.request(request));
    const { start } = turn;
    const pieces = await Array.fromAsync(turn.events);
    for (let count = 0; count < pieces.length; count++) {
      const tokens = pieces.slice(0, count)
        .flatMap((piece) => piece.type === "text" ? [...piece.tokens] : []);
      const again = await fresh().service.begin(
        parts.request({ ...request, resume: { start, tokens } }),
      );
      const same = await Array.fromAsync(again.events);
      assert.equal(JSON.stringify(same), JSON.stringify(pieces), `after ${count} pieces`);
    }
  });

  it("ends its thoughts at their budget, or so that an answer has room", async () => {
    for (const [maxThoughts, maxTokens, most] of [[5, 60, 5], [0, 60, 0], [undefined, 40, 30]]) {
      const bias = tern.tokenizer.encode("a").map((token) => [token, 100] as const);
      const { text, usage } = await parts.ask({
        messages: [QUESTION],
        opening: { effort: "any", ...maxThoughts === undefined ? {} : { maxThoughts } },
        maxTokens: maxTokens!,
        sampling: { ...parts.service.defaults, seed: 1, logitBias: bias },
      });
      // Besides the thoughts these are the tokens of the mark.
      const spelled = tern.tokenizer.encode(THOUGHTS_CLOSE).length + 1;
      assert.ok(usage.thoughts! <= most! + spelled, `${usage.thoughts} tokens of ${most}`);
      assert.match(text, /^<think>a*<\/think>a+$/);
    }
  });

  const SCHEMA = {
    type: "object",
    properties: { name: { type: "string", maxLength: 8 } },
    required: ["name"],
  };
  for (
    const [name, form, isRight] of [
      [
        "JSON",
        { type: "json", schema: SCHEMA },
        (text: string) => typeof JSON.parse(text).name === "string",
      ],
      [
        "a call",
        {
          type: "calls",
          tools: [{ name: "greet", parameters: SCHEMA }],
          text: false,
          parallel: false,
        },
        (text: string) => text.startsWith('```json\n{"name":"greet","arguments":{"'),
      ],
    ] as const
  ) {
    it(`is held to ${name} after its thoughts, and ends them in time`, async () => {
      const held: AnswerForm = { ...form, format: "g1" };
      const grammar = compileForm("form", held);
      for (const effort of ["none", "low", "any"] as const) {
        for (const maxTokens of [75, 120]) {
          const { text } = await parts.ask({
            messages: [QUESTION],
            opening: { effort, maxThoughts: 1000 },
            grammar,
            maxTokens,
          });
          const { thoughts, answer } = splitThoughts(text);
          assert.equal(thoughts !== undefined, effort !== "none", text);
          assert.ok(isRight(answer), text);
        }
      }
    });
  }

  it("does not think before it goes on with an answer", async () => {
    const messages = [QUESTION, assistant("Your name")];
    const asked = await parts.ask({ messages, opening: { effort: "high" } });
    assert.equal(asked.text, (await fresh().ask({ messages })).text);
  });

  it("reads paragraphs of its answers, and ends no turn within one", async () => {
    const prompt = async (text: string) =>
      textOf(await parts.service.promptTokens({ messages: [QUESTION, assistant(text), NEXT] }));
    assert.match(await prompt("One.\n\nTwo."), /Assistant: One\.\n\nTwo\.\n\nUser: And/);
    assert.match(await prompt("One.\n\nUser: Two."), /Assistant: One\.\nUser: Two\.\n\nUser: And/);
    const { text } = await parts.ask({ messages: [QUESTION, assistant("One.\n\nTwo")] });
    assert.equal(
      text,
      (await fresh().ask({ messages: [QUESTION, assistant("One.\n\nTwo")] })).text,
    );
  });

  it("is asked for no thoughts if it was not taught to think", async () => {
    const world = ternService(tern);
    const opening = { effort: "high" } as const;
    const asked = await collect(
      await world.service.begin(world.request({ messages: [QUESTION], opening })),
    );
    assert.equal(asked.text, (await ternService(tern).ask({ messages: [QUESTION] })).text);
    assert.equal(world.service.effort, undefined);
  });
});
