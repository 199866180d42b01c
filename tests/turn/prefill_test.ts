import { afterAll, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { compileForm } from "../../src/prompt/answer_form.ts";
import type { Message, SplitAnswer } from "../../src/prompt/message.ts";
import { TOOL_FORMATS } from "../../src/prompt/tool_format.ts";
import { NothingToAnswerError } from "../../src/turn/errors.ts";
import { beginsCall, joinContinued, prefillText } from "../../src/turn/prefill.ts";
import type { KeptTurn } from "../../src/turn/turn.ts";
import { collect, loadTern, type Tern, ternService } from "./tern_service.ts";

const FIRST = `resp_${"1".repeat(48)}`;
const SECOND = `resp_${"2".repeat(48)}`;
const THIRD = `resp_${"3".repeat(48)}`;

const user = (text: string): Message => ({ role: "user", text });
const assistant = (text: string): Message => ({ role: "assistant", text });

describe("prefillText", () => {
  it("cleans lines as in any message, and keeps the end", () => {
    for (
      const [text, heals, expected] of [
        [" \n a\r\n\r\nb", true, ["a\nb", ""]],
        ["a \t ", true, ["a", " \t "]],
        ["a \t ", false, ["a \t ", ""]],
        ["a\n\n", true, ["a\n", ""]],
        ["a\n  ", true, ["a\n", "  "]],
        [" \n ", true, ["", ""]],
        ["", true, ["", ""]],
      ] as const
    ) {
      const { read, lead } = prefillText(text, heals);
      assert.deepEqual([read, lead], expected, JSON.stringify(text));
    }
  });
});

describe("joinContinued", () => {
  it("joins what continues a message of the assistant, and nothing else", () => {
    const call = { type: "call", callId: "c", name: "f", arguments: "{}" } as const;
    const more = (text: string): Message => ({ ...assistant(text), continues: true });
    assert.deepEqual(
      joinContinued([user("u"), assistant("a"), more("b"), more("c"), assistant("d")]),
      [user("u"), assistant("abc"), assistant("d")],
    );
    assert.deepEqual(joinContinued([user("u"), more("b")]), [user("u"), assistant("b")]);
    assert.deepEqual(joinContinued([assistant("a"), { ...more("b"), tool: call }]), [
      { ...assistant("ab"), tool: call },
    ]);
  });
});

describe("beginsCall", () => {
  it("knows a call from its first character to its end", () => {
    for (const text of ["<", " <tool_call>", '<tool_call>{"name": "f', '<tool_call>{"name": "']) {
      assert(beginsCall(text, TOOL_FORMATS.hermes), text);
    }
    for (const text of ["", " ", "<b>", "a <tool_call>"]) {
      assert(!beginsCall(text, TOOL_FORMATS.hermes), text);
    }
  });
});

describe("RwkvChatService, where the last message is the assistant's", () => {
  let tern: Tern;
  let parts: ReturnType<typeof ternService>;

  beforeAll(async () => {
    tern = await loadTern();
  });

  afterAll(() => tern.scheduler.close());

  beforeEach(() => {
    parts = ternService(tern);
  });

  const greedy = () => ({ ...parts.service.defaults, temperature: 0, seed: 1 });
  const QUESTION = user("Tell me a story.");

  it("goes on from the state after its tokens, with nothing between", async () => {
    const { ask } = parts;
    const sampling = { ...greedy(), presencePenalty: 0, frequencyPenalty: 0 };
    const messages = [QUESTION, assistant("Once upon a time, there was a")];
    const answer = await ask({ messages, sampling, maxTokens: 12 });
    const text = "User: Tell me a story.\n\nAssistant:";
    const prompt = [text, " Once upon a time, there was a"]
      .flatMap((piece) => tern.tokenizer.encode(piece));
    const raw = await ask({ prompt, sampling, maxTokens: 12, messages: [] });
    assert.equal(answer.text, raw.text);
    assert.match(answer.text, /^ \w/);
    assert.equal(answer.usage.prompt, prompt.length);
    assert.equal(answer.usage.completion, 12);
  });

  it("continues an answer that was cut as if it had not been cut, for the same seed", async () => {
    const { service } = parts;
    let compared = 0;
    for (const seed of [1, 2, 3]) {
      const { ask } = ternService(tern);
      const sampling = { ...service.defaults, temperature: 1.2, topP: 0.9, seed };
      const whole = await ask({ messages: [QUESTION], sampling });
      for (const maxTokens of [1, 2, 7, 13]) {
        const cut = await ask({ messages: [QUESTION], sampling, maxTokens });
        assert(whole.text.startsWith(cut.text));
        // Clients send text. That its tokens are those of the answer is usual, and not certain.
        const same = tern.tokenizer.encode(` ${cut.text}`).join() === cut.tokens.join();
        if (!same || cut.reason !== "length") continue;
        const messages = [QUESTION, assistant(cut.text)];
        const rest = await ask({ messages, sampling, maxTokens: 40 - maxTokens });
        assert.equal(cut.text + rest.text, whole.text, `seed ${seed}, ${maxTokens} tokens`);
        assert.equal(rest.reason, whole.reason);
        // What came before the answer is not read again.
        assert(rest.usage.cached >= cut.usage.prompt, `${rest.usage.cached} cached`);
        compared++;
      }
    }
    assert(compared > 6, `${compared} compared`);
  });

  it("takes the space at its end for the one that the next word begins with", async () => {
    const { ask } = parts;
    const sampling = greedy();
    for (const text of ["Once upon a", "My name is"]) {
      const without = await ask({ messages: [QUESTION, assistant(text)], sampling });
      const heard = await ask({ messages: [QUESTION, assistant(`${text} `)], sampling });
      assert.match(without.text, /^ \w/);
      assert.equal(heard.text, without.text.slice(1));
      // Even if something is to end the answer that the space is part of.
      const stop = [without.text.slice(0, 3)];
      const stopped = await ask({ messages: [QUESTION, assistant(`${text} `)], sampling, stop });
      assert.notEqual(stopped.text, "");
    }
  });

  it("is read together with its continuation where it comes back as one message", async () => {
    for (const text of ["Once upon", "Once upon ", "Once\n\nupon "]) {
      const { ask } = ternService(tern);
      const first = await ask({ messages: [QUESTION, assistant(text)], maxTokens: 9 });
      const messages = [QUESTION, assistant(text + first.text), user("And then?")];
      const next = await ask({ messages });
      assert.equal(next.usage.cached, first.usage.prompt + first.usage.completion, text);
    }
  });

  it("is answered like nothing if it is blank", async () => {
    const plain = await parts.ask({ messages: [QUESTION] });
    for (const text of ["", " ", "\n\n"]) {
      const { ask } = ternService(tern);
      const answer = await ask({ messages: [QUESTION, assistant(text)] });
      assert.deepEqual(answer, plain);
    }
  });

  it("may be the only message", async () => {
    const { ask, service, request } = parts;
    const messages = [assistant("Once upon a")];
    const answer = await ask({ messages, sampling: greedy() });
    assert.match(answer.text, /^ time/);
    assert.equal(answer.usage.prompt, await service.count(request({ messages })));
  });

  it("is followed by an answer of its own if that is asked for", async () => {
    const { ask, service, request } = parts;
    const turn = { messages: [QUESTION, assistant("Once upon a")], newAnswer: true };
    const answer = await ask({ ...turn, sampling: greedy() });
    assert.doesNotMatch(answer.text, /^ /);
    const text = "User: Tell me a story.\n\nAssistant: Once upon a\n\nAssistant:";
    assert.equal(answer.usage.prompt, tern.tokenizer.encode(text).length);
    assert.equal(await service.count(request(turn)), answer.usage.prompt);
  });

  it("gives several answers that differ, and reads nothing for a second one", async () => {
    const { ask, service } = parts;
    const messages = [QUESTION, assistant("Once upon a")];
    const sampling = { ...service.defaults, temperature: 1.5, topP: 1 };
    const first = await ask({ messages, sampling: { ...sampling, seed: 1 } });
    const second = await ask({ messages, sampling: { ...sampling, seed: 2 } });
    const again = await ask({ messages, sampling: { ...sampling, seed: 1 } });
    assert.notEqual(first.text, second.text);
    assert.equal(again.text, first.text);
    assert.deepEqual([first.usage.cached, second.usage.cached], [0, first.usage.prompt]);
  });

  it("tells how likely the tokens of the continuation were, and of no others", async () => {
    const { request, service } = parts;
    const turn = await service.begin(
      request({ messages: [QUESTION, assistant("Once upon ")], topLogprobs: 0, maxTokens: 5 }),
    );
    let told = 0;
    for await (const event of turn.events) {
      if (event.type === "text") told += event.logprobs!.length;
    }
    assert.equal(told, 5);
  });

  it("goes on after a crash with the tokens that were chosen", async () => {
    for (const text of ["Once upon a", "Once upon a "]) {
      const { service, request, ask } = ternService(tern);
      const messages = [QUESTION, assistant(text)];
      // From nothing, from the state without the prefill, and from the one with it.
      for (const before of [undefined, [QUESTION], messages]) {
        if (before) await ask({ messages: before, maxTokens: 1 });
        const turn = await service.begin(request({ messages }));
        const whole = await collect(turn);
        assert(whole.tokens.length > 5);
        const resume = { start: turn.start, tokens: whole.tokens.slice(0, 4) };
        assert.deepEqual(await collect(await service.begin(request({ messages, resume }))), whole);
      }
    }
    // Without messages it continues those before it.
    const { service, request, ask } = parts;
    await ask({ messages: [QUESTION], storeAs: FIRST, maxTokens: 5 });
    const more = { messages: [], previous: FIRST };
    const turn = await service.begin(request(more));
    const whole = await collect(turn);
    const resume = { start: turn.start, tokens: whole.tokens.slice(0, 3) };
    assert.deepEqual(await collect(await service.begin(request({ ...more, resume }))), whole);
  });

  describe("in stored responses", () => {
    const GREETING = user("My name is Sarah.");

    it("continues the answer before it if there is no input", async () => {
      const { ask } = parts;
      const sampling = greedy();
      const whole = await ask({ messages: [QUESTION], sampling, ephemeral: true });
      const start = await ask({ messages: [GREETING], storeAs: FIRST });
      const cut = await ask({
        messages: [QUESTION],
        previous: FIRST,
        storeAs: SECOND,
        sampling,
        maxTokens: 5,
      });
      const rest = await ask({ messages: [], previous: SECOND, storeAs: THIRD, sampling });
      const uncut = await ask({ messages: [QUESTION], previous: FIRST, sampling, maxTokens: 45 });
      assert.equal(cut.text + rest.text, uncut.text);
      assert.equal(rest.usage.cached, start.usage.prompt + start.usage.completion);
      assert.equal(start.usage.cached, 0);
      assert.notEqual(whole.text, "");

      // All of it is one message of the assistant, for those who go on and for those who send it back.
      const next = await ask({ messages: [user("Bye.")], previous: THIRD });
      assert.equal(next.usage.cached, rest.usage.prompt + rest.usage.completion);
      const messages = [
        GREETING,
        assistant(start.text),
        QUESTION,
        assistant(cut.text + rest.text),
        user("Bye."),
      ];
      const sent = await ask({ messages });
      assert.deepEqual([sent.text, sent.usage.prompt], [next.text, next.usage.prompt]);
      const other = { instructions: "Be brief.", sampling } as const;
      const reread = await ask({ messages: [user("Bye.")], previous: THIRD, ...other });
      assert.deepEqual(reread.text, (await ask({ messages, ...other })).text);
    });

    it("continues again and again, and with other instructions", async () => {
      const { ask } = parts;
      const sampling = greedy();
      let text = (await ask({ messages: [QUESTION], storeAs: FIRST, sampling, maxTokens: 4 })).text;
      let previous = FIRST;
      for (let i = 2; i < 5; i++) {
        const storeAs = `resp_${String(i).repeat(48)}`;
        const more = await ask({ messages: [], previous, storeAs, sampling, maxTokens: 4 });
        text += more.text;
        previous = storeAs;
      }
      const uncut = await ask({ messages: [QUESTION], sampling, maxTokens: 16 });
      assert.equal(text, uncut.text);
      const turn = { sampling, instructions: "Be brief.", maxTokens: 4 };
      const last = await ask({ messages: [], previous, ...turn });
      assert.equal(
        last.text,
        (await ask({ messages: [QUESTION, assistant(text)], ...turn })).text,
      );
    });

    it("answers what was only read if there is no input", async () => {
      const { ask } = parts;
      await ask({ messages: [GREETING, QUESTION], storeAs: FIRST, readOnly: true });
      const answer = await ask({ messages: [], previous: FIRST, sampling: greedy() });
      const plain = await ask({ messages: [GREETING, QUESTION], sampling: greedy() });
      assert.equal(answer.text, plain.text);
    });

    it("may end with what the answer is to begin with", async () => {
      const { ask } = parts;
      const first = await ask({ messages: [GREETING], storeAs: FIRST });
      const messages = [user("What is my name?"), assistant("Your name is ")];
      const answer = await ask({ messages, previous: FIRST, storeAs: SECOND, sampling: greedy() });
      assert.match(answer.text, /^Sarah/);
      assert.equal(answer.usage.cached, first.usage.prompt + first.usage.completion);
      const node = await parts.tree.node("public", SECOND);
      assert.deepEqual(node.messages, [
        ...messages,
        { ...assistant(answer.text), continues: true },
      ]);
      const sealed = await ask({ messages: [GREETING], ephemeral: true, sealAs: FIRST });
      const unsealed = await ask({
        messages,
        sealed: sealed.sealed!,
        ephemeral: true,
        sampling: greedy(),
      });
      assert.equal(unsealed.text, answer.text);
    });

    it("cannot continue a call, or what nobody knows", async () => {
      const { ask } = parts;
      const tool = { type: "call", callId: "c", name: "f", arguments: "{}" } as const;
      const toReply = ({ answer }: SplitAnswer) => [
        { id: "fc", message: { ...assistant(answer), tool } },
      ];
      await ask({ messages: [QUESTION], storeAs: FIRST, toReply, maxTokens: 2 });
      await assert.rejects(ask({ messages: [], previous: FIRST }), NothingToAnswerError);
      await assert.rejects(ask({ messages: [] }), NothingToAnswerError);
    });

    it("continues what is kept in memory", async () => {
      const { ask } = parts;
      let kept: KeptTurn | undefined;
      const keep = { ephemeral: true, onKept: (turn: KeptTurn) => kept = turn, sampling: greedy() };
      const cut = await ask({ messages: [QUESTION], maxTokens: 6, ...keep });
      const rest = await ask({ messages: [], kept: kept!, maxTokens: 10, ...keep });
      const uncut = await ask({ messages: [QUESTION], maxTokens: 16, sampling: greedy() });
      assert.equal(cut.text + rest.text, uncut.text);
      const next = await ask({ messages: [user("Bye.")], kept: kept!, ephemeral: true });
      assert.equal(next.usage.cached, rest.usage.prompt + rest.usage.completion);
      await assert.rejects(
        ask({ messages: [], kept: { ...kept!, messages: [] } }),
        NothingToAnswerError,
      );
    });
  });

  describe("with a grammar", () => {
    const form = {
      type: "json",
      schema: {
        type: "object",
        properties: { name: { enum: ["Sarah", "Tom"] } },
        required: ["name"],
        additionalProperties: false,
      },
    } as const;
    const grammar = compileForm("form", form);

    it("makes one value of both, if it may begin one", async () => {
      for (const text of ["{", '{"name"', '{"name": ', '{"name": "To', '{"name": "Tom"}']) {
        const messages = [user("Who?"), assistant(text)];
        const { text: rest } = await parts.ask({ messages, grammar, grammarFrom: "answer" });
        const value = JSON.parse(text + rest) as { name: string };
        assert(["Sarah", "Tom"].includes(value.name), text + rest);
        if (text.includes("To")) assert.equal(value.name, "Tom");
      }
    });

    it("begins after it if it may not, or if that is asked for", async () => {
      for (const [text, grammarFrom] of [["Here: ", "answer"], ["{", "continuation"]] as const) {
        const messages = [user("Who?"), assistant(text)];
        const { text: rest } = await parts.ask({ messages, grammar, grammarFrom });
        assert.deepEqual(Object.keys(JSON.parse(rest)), ["name"]);
      }
    });
  });
});
