import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { Constrainer } from "../../src/constrain/constrainer.ts";
import { toolGrammar } from "../../src/constrain/tool_grammar.ts";
import { compileSchema } from "../../src/constrain/json_schema/compile_schema.ts";
import {
  generate,
  type Generated,
  type GenerateOptions,
  type Piece,
} from "../../src/engine/generate.ts";
import type { Rewindable } from "../../src/engine/rewindable.ts";
import type { OnLogits } from "../../src/engine/engine.ts";
import { stateLayout } from "../../src/state/layout.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import type { Tokenizer } from "../../src/tokenizer/tokenizer.ts";
import { Fuzz } from "../fuzz.ts";

const LAYOUT = stateLayout({ version: "4", n_layer: 1, n_embd: 4, head_size: 0 });
const END = 0;
const never = new AbortController().signal;
const PROMPT = [1];
const encoder = new TextEncoder();

/** Tokens are bytes plus one, and these longer pieces. */
const PIECES = ["\n\nUser:", "\n\n", ".\n\n", "Hello", " world", ">\n", ">Hi", "</"].map((text) =>
  encoder.encode(text)
);

const tokenizer: Tokenizer = {
  vocabSize: 257 + PIECES.length,
  encode: (text) => [...encoder.encode(text)].map((byte) => byte + 1),
  *encoding(text) {
    yield;
    return this.encode(text);
  },
  bytes: (token) =>
    token === END ? new Uint8Array() : PIECES[token - 257] ?? new Uint8Array([token - 1]),
};

/** The token of a piece. */
function piece(text: string): number {
  return 257 + PIECES.findIndex((bytes) => new TextDecoder().decode(bytes) === text);
}

/** A sequence that wants to say certain tokens, and remembers what it was fed. */
class Script implements Rewindable {
  /** Without the prompt. */
  fed: number[] = [];
  #marked: number[] | undefined;
  reads = 0;

  /** @param peak how likely the token that it wants to say is */
  constructor(
    readonly tokens: readonly number[],
    readonly peak = 1,
    readonly mayReadAhead = false,
  ) {}

  logits(): Float32Array<ArrayBuffer> {
    const logits = new Float32Array(tokenizer.vocabSize);
    logits[this.tokens[this.fed.length] ?? END] = this.peak;
    return logits;
  }

  read(
    tokens: readonly number[],
    signal: AbortSignal,
    _onRead?: (tokens: number) => void,
    onLogits?: OnLogits,
  ): Promise<Float32Array<ArrayBuffer>> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (tokens !== PROMPT) {
      for (const [index, token] of tokens.entries()) {
        this.fed.push(token);
        if (index < tokens.length - 1) onLogits?.(this.logits(), index);
      }
      this.reads++;
    }
    return Promise.resolve(this.logits());
  }

  mark(): void {
    this.#marked = [...this.fed];
  }

  rewind(): void {
    assert.ok(this.#marked, "rewound to a state that was never marked");
    this.fed = [...this.#marked];
  }

  state(): Promise<RecurrentState> {
    const state = RecurrentState.empty(LAYOUT);
    state.data[0] = this.fed.length;
    return Promise.resolve(state);
  }
}

interface Outcome extends Pick<Generated, "reason"> {
  readonly tokens: number;
  /** Of each piece, the tokens that came with it, if it was asked for them. */
  readonly told: number[][];
  readonly text: string;
  readonly pieces: string[];
  /** The text that the state has read. */
  readonly read: string;
  readonly fed: number;
}

function greedy(options: Partial<GenerateOptions>): GenerateOptions {
  return {
    prompt: PROMPT,
    sampling: {
      temperature: 0,
      topP: 1,
      topK: 0,
      presencePenalty: 0,
      frequencyPenalty: 0,
      penaltyDecay: 1,
      seed: 0,
    },
    endOfText: END,
    stop: ["\n\nUser:"],
    maxTokens: 100,
    signal: never,
    ...options,
  };
}

/** What comes of it, whether tokens are guessed or not. */
async function run(
  tokens: readonly number[],
  options: Partial<GenerateOptions> = {},
): Promise<Outcome> {
  const outcome = await runOn(new Script(tokens), options);
  assert.deepEqual(await runOn(new Script(tokens, 1, true), options), outcome);
  return outcome;
}

async function runOn(sequence: Script, options: Partial<GenerateOptions>): Promise<Outcome> {
  const generation = generate(sequence, tokenizer, greedy(options));
  const pieces: string[] = [];
  const told: number[][] = [];
  let step = await generation.next();
  for (; !step.done; step = await generation.next()) {
    pieces.push(step.value.text);
    told.push((step.value.logprobs ?? []).map(({ token }) => token));
  }
  const bytes = sequence.fed.flatMap((token) => [...tokenizer.bytes(token)]);
  const read = new TextDecoder().decode(new Uint8Array(bytes));
  const { reason, tokens: said } = step.value;
  // What the state has read after the prompt, token by token.
  assert.deepEqual(said, sequence.fed.slice(sequence.fed.length - said.length));
  return {
    reason,
    tokens: said.length,
    pieces,
    told,
    text: pieces.join(""),
    read,
    fed: sequence.fed.length,
  };
}

async function pieces(generation: AsyncGenerator<Piece, Generated>) {
  const pieces: Piece[] = [];
  let step = await generation.next();
  for (; !step.done; step = await generation.next()) pieces.push(step.value);
  return { pieces, end: step.value };
}

const text = (value: string) => tokenizer.encode(value);

describe("generate", () => {
  it("ends at end of text, and counts what the state has read", async () => {
    const outcome = await run([piece("Hello"), piece(" world"), END, ...text("never")]);
    assert.deepEqual(outcome.pieces, ["Hello", " world"]);
    assert.equal(outcome.reason, "stop");
    assert.equal(outcome.tokens, 2);
    assert.equal(outcome.read, "Hello world");
  });

  it("ends at the limit, with the last token read", async () => {
    const outcome = await run(text("abcdef"), { maxTokens: 3 });
    assert.equal(outcome.text, "abc");
    assert.equal(outcome.reason, "length");
    assert.equal(outcome.tokens, 3);
    assert.equal(outcome.read, "abc");
  });

  it("ends at a stop sequence of one token without feeding it", async () => {
    const outcome = await run([piece("Hello"), piece("\n\nUser:")]);
    assert.equal(outcome.text, "Hello");
    assert.equal(outcome.read, "Hello");
    assert.equal(outcome.tokens, 1);
    assert.equal(outcome.reason, "stop");
  });

  it("takes back the tokens of a stop sequence that came in parts", async () => {
    const outcome = await run([piece("Hello"), piece("\n\n"), ...text("User:")]);
    assert.equal(outcome.text, "Hello");
    assert.equal(outcome.read, "Hello");
    assert.equal(outcome.tokens, 1);
  });

  it("keeps the part of a token that stands before a stop sequence", async () => {
    const outcome = await run([piece("Hello"), piece(".\n\n"), ...text("User:")]);
    assert.equal(outcome.text, "Hello.");
    assert.equal(outcome.read, "Hello.");
    assert.equal(outcome.tokens, 2);
  });

  it("releases what only looked like a stop sequence", async () => {
    const outcome = await run([piece("Hello"), piece("\n\n"), ...text("Us all"), END]);
    assert.equal(outcome.text, "Hello\n\nUs all");
    assert.equal(outcome.read, outcome.text);
    assert.equal(outcome.tokens, 8);
  });

  it("shows what is held back when the text ends before the stop sequence does", async () => {
    for (const tail of [[END], []]) {
      const tokens = [piece("Hello"), piece("\n\n"), ...tail];
      const outcome = await run(tokens, { maxTokens: tail.length === 0 ? 2 : 100 });
      assert.equal(outcome.text, "Hello\n\n");
      assert.equal(outcome.read, "Hello\n\n");
      assert.equal(outcome.tokens, 2);
    }
  });

  it("never shows half a character, and takes it back at the end", async () => {
    const smile = text("a😀");
    const outcome = await run([...smile, ...smile.slice(0, 3)], { maxTokens: 8 });
    assert.deepEqual(outcome.pieces, ["a", "😀", "a"]);
    assert.equal(outcome.read, "a😀a");
    assert.equal(outcome.tokens, 6);
  });

  it("may end before the first token", async () => {
    const outcome = await run([END]);
    assert.deepEqual([outcome.text, outcome.tokens, outcome.fed], ["", 0, 0]);
  });

  it("leaves the state with exactly the text that was shown, whatever comes", async () => {
    const fuzz = new Fuzz("generate");
    for (let round = 0; round < 2_000; round++) {
      const parts = ["a", ".", "\n", "\n\n", "\n\nUs", "er:", "\n\nUser:", "😀", "é", ".\n\n"];
      const script = Array.from({ length: fuzz.below(13) }, () => fuzz.pick(parts)).flatMap(
        (part) => {
          const known = piece(part);
          return known >= 257 && fuzz.below(2) === 0 ? [known] : text(part);
        },
      );
      const stop = fuzz.below(2) === 0 ? ["\n\nUser:"] : ["\n\nUser:", "a.", "😀"];
      const outcome = await run(script, { stop, maxTokens: 1 + fuzz.below(20) });
      const what = `script ${JSON.stringify(script)}`;
      assert.equal(outcome.read, outcome.text, what);
      assert.equal(outcome.fed, outcome.tokens, what);
      assert.ok(!stop.some((sequence) => outcome.text.includes(sequence)), what);
    }
  });

  it("does not let the model end before the least number of tokens", async () => {
    const sampling = { ...greedy({}).sampling, minTokens: 3 };
    // Where it wants to end it takes the next best: the lowest of the other tokens, which are alike.
    const early = await run([...text("a"), END, END, END], { sampling });
    assert.deepEqual([early.text, early.reason], ["a\0\0", "stop"]);
    const late = await run([...text("abc"), END], { sampling });
    assert.deepEqual([late.text, late.reason], ["abc", "stop"]);
    const limited = await run([END], { sampling, maxTokens: 2 });
    assert.deepEqual([limited.text, limited.reason], ["\0\0", "length"]);
  });

  it("takes the tokens before that for text, even if they are a stop sequence", async () => {
    const sampling = { ...greedy({}).sampling, minTokens: 2 };
    const tokens = [piece("\n\nUser:"), ...text("a"), piece("\n\nUser:"), ...text("b")];
    const { text: said, read, reason } = await run(tokens, { sampling });
    assert.deepEqual([said, read, reason], ["\n\nUser:a", "\n\nUser:a", "stop"]);
    // One that begins before and ends after is none either.
    const across = [...text("ab"), piece("\n\n"), ...text("User:"), END];
    const cut = await run(across, { sampling: { ...sampling, minTokens: 4 } });
    assert.equal(cut.text, "ab\n\nUser:");
  });

  it("goes on until the limit or a stop sequence if the model may not end at all", async () => {
    const sampling = { ...greedy({}).sampling, ignoreEnd: true };
    const tokens = [...text("a"), END, ...text("b"), END];
    const endless = await run(tokens, { sampling, maxTokens: 5 });
    assert.deepEqual([endless.text, endless.reason], ["a\0b\0\0", "length"]);
    const stopped = await run([...text("a"), piece("\n\nUser:")], { sampling });
    assert.deepEqual([stopped.text, stopped.reason], ["a", "stop"]);
  });

  it("ends with a grammar that is complete, whatever the least number of tokens", async () => {
    const constrainer = new Constrainer(tokenizer);
    const say = async (schema: unknown, said: string, sampling: object) => {
      const grammar = compileSchema(JSON.stringify(schema), schema);
      const matcher = constrainer.open(grammar, { endOfText: END, stop: [] });
      const options = greedy({ stop: [], sampling: { ...greedy({}).sampling, ...sampling } });
      const script = new Script([...text(said), END]);
      const { pieces: all, end } = await pieces(generate(script, tokenizer, options, matcher));
      return [all.map(({ text }) => text).join(""), end.reason];
    };
    const closed = { enum: ["ab"] };
    assert.deepEqual(await say(closed, '"ab"', { minTokens: 20 }), ['"ab"', "stop"]);
    assert.deepEqual(await say(closed, '"ab"', { ignoreEnd: true }), ['"ab"', "stop"]);
    // A number may go on after any digit.
    const open = { type: "integer" };
    assert.deepEqual(await say(open, "12", {}), ["12", "stop"]);
    const [longer] = await say(open, "12", { minTokens: 4 });
    assert.match(String(longer), /^12\d\d$/);
  });

  it("only reads the prompt if there may be no tokens", async () => {
    const read: number[] = [];
    const onPrompt = () => read.push(1);
    const outcome = await run(text("ab"), { maxTokens: 0, onPrompt });
    assert.deepEqual([outcome.text, outcome.reason, outcome.tokens, outcome.fed], [
      "",
      "length",
      0,
      0,
    ]);
    assert.deepEqual(read, [1, 1], "once with guesses, and once without");
  });

  it("applies the repetition penalty to what was seen before", async () => {
    const sampling = { ...greedy({}).sampling, repetitionPenalty: 4 };
    const script = [...text("aaa"), END];
    // After its first token, "a" is as unlikely as all that has a logit of 0 or less.
    assert.equal((await run(script, {})).text, "aaa");
    const seen = text("b");
    const sure = new Script(script, 8);
    const said = await pieces(generate(sure, tokenizer, greedy({ sampling, seen })));
    assert.equal(said.pieces.map(({ text }) => text).join(""), "aaa");
    const unsure = greedy({ sampling: { ...sampling, presencePenalty: 1 }, seen: text("a") });
    const other = await pieces(generate(new Script(script, 3), tokenizer, unsure));
    assert.notEqual(other.pieces[1]?.text, "a", "3 / 4 less 1 is below 0");
  });

  it("tells how likely the prompt was in pieces before the text, and then every token", async () => {
    const prompt = text("x".repeat(64) + "y".repeat(64) + "abcdefghij");
    /** Expects each token to come again. */
    class Repeating extends Script {
      override read(
        tokens: readonly number[],
        signal: AbortSignal,
        _onRead?: (tokens: number) => void,
        onLogits?: OnLogits,
      ): Promise<Float32Array<ArrayBuffer>> {
        if (onLogits === undefined) return super.read(tokens, signal);
        const after = tokens.map((token) => {
          const logits = this.logits().fill(0);
          logits[token] = 5;
          return logits;
        });
        for (const [index, logits] of after.slice(0, -1).entries()) onLogits(logits, index);
        return Promise.resolve(after.at(-1)!);
      }
    }
    const sequence = new Repeating([]);
    const options = greedy({ prompt, topLogprobs: 1, tellPrompt: true, maxTokens: 2 });
    const { pieces: all } = await pieces(generate(sequence, tokenizer, options));
    const told = all.flatMap(({ prompt = [] }) => prompt);
    assert.deepEqual(told.map(({ token }) => token), prompt.slice(1));
    assert.deepEqual(told.map(({ top }) => top[0]!.token), prompt.slice(0, -1));
    assert(all.every(({ prompt, text }) => prompt === undefined || text === ""));
    // "j" again, then the script ends.
    const said = all.filter(({ prompt }) => prompt === undefined);
    assert.deepEqual(said.map(({ text }) => text), ["j", ""]);
    assert.deepEqual(
      said.flatMap(({ logprobs = [] }) => logprobs.map(({ token }) => token)),
      [...text("j"), END],
    );
  });

  it("goes on from any piece of an earlier run as that run did, and reads what it knows together", async () => {
    const fuzz = new Fuzz("replay");
    for (let round = 0; round < 500; round++) {
      const parts = ["a", ".", "\n\n", "\n\nUs", "er:", "\n\nUser:", "😀", ".\n\n"];
      const script = Array.from({ length: fuzz.below(13) }, () => text(fuzz.pick(parts))).flat();
      const options = greedy({
        maxTokens: 1 + fuzz.below(30),
        seen: text("abU"),
        sampling: {
          ...greedy({}).sampling,
          temperature: 1,
          frequencyPenalty: 0.01,
          ...fuzz.pick([{}, {
            repetitionPenalty: 1.05,
            repeatLastN: fuzz.pick([2, 64]),
            minTokens: fuzz.below(6),
            minP: 0.001,
            typicalP: 0.99,
          }]),
        },
      });
      const whole = await pieces(generate(new Script(script, 40), tokenizer, options));
      const seen = fuzz.below(whole.pieces.length + 1);
      const replay = whole.pieces.slice(0, seen).flatMap(({ tokens }) => tokens);
      const sequence = new Script(script, 40);
      const resumed = await pieces(generate(sequence, tokenizer, { ...options, replay }));
      assert.deepEqual(resumed, whole, `script ${JSON.stringify(script)}, ${seen} pieces`);
    }
    const tokens = text("abcdefgh");
    const sequence = new Script(tokens);
    await pieces(generate(sequence, tokenizer, greedy({ replay: tokens.slice(0, 7) })));
    assert.equal(sequence.reads, 2, "what it knows, and the last token");
  });

  it("does not let stop sequences cut a call, and lets them end a text", async () => {
    const constrainer = new Constrainer(tokenizer);
    const grammar = toolGrammar("calls", {
      tools: [{ name: "f", parameters: { type: "object" }, path: [] }],
      format: { marker: "<call>", open: "<call>", between: " ", close: "</call>", separator: "\n" },
      text: true,
      parallel: true,
    });
    const call = '<call>f {"a": "x, y", "b": 1}</call>';
    for (const [said, expected] of [[call, call], ["One, two", "One"]] as const) {
      const matcher = constrainer.open(grammar, { endOfText: END, stop: [] });
      const options = greedy({ grammar, stop: [","], maxTokens: 100 });
      const script = new Script([...text(said), END]);
      const { pieces: all, end } = await pieces(generate(script, tokenizer, options, matcher));
      assert.equal(all.map(({ text }) => text).join(""), expected);
      assert.equal(end.reason, "stop");
    }
  });

  it("ends what a grammar holds in time for the limit, and says so", async () => {
    const constrainer = new Constrainer(tokenizer);
    const grammar = compileSchema("word", { type: "array", items: { type: "string" } });
    const say = async (said: string, maxTokens: number, replay: readonly number[] = []) => {
      const matcher = constrainer.open(grammar, { endOfText: END, stop: [] });
      const options = greedy({ maxTokens, replay, stop: [] });
      const { pieces: all, end } = await pieces(
        generate(new Script(text(said)), tokenizer, options, matcher),
      );
      const tokens = all.flatMap(({ tokens }) => tokens);
      return { text: all.map(({ text }) => text).join(""), tokens, reason: end.reason };
    };
    const told = async (said: string, maxTokens: number) => {
      const { text, reason } = await say(said, maxTokens);
      return [text, reason];
    };
    assert.deepEqual(await told('["abc"]', 20), ['["abc"]', "stop"]);
    assert.deepEqual(await told('["abcdefghijklmnop', 9), ['["abcde"]', "length"]);
    assert.deepEqual(await told('["a","b","c"', 9), ['["a","b"]', "length"]);
    assert.deepEqual(await told('["a","b"', 8), ['["a",""]', "length"]);
    assert.deepEqual(await told('["a","b"', 7), ['["a"]', "stop"], "another would not fit");
    assert.deepEqual(await told('["a', 1), ["[", "length"], "no limit to end within");

    const whole = await say('["abcdefghijklmnop', 9);
    for (let known = 0; known < whole.tokens.length; known++) {
      const resumed = await say('["abcdefghijklmnop', 9, whole.tokens.slice(0, known));
      assert.deepEqual(resumed, whole, `${known} tokens`);
    }
  });

  it("tells with each piece how likely its tokens were", async () => {
    const tokens = [piece("Hello"), piece(".\n\n"), ...text("User:")];
    const stopped = await run(tokens, { topLogprobs: 1 });
    assert.deepEqual(stopped.pieces, ["Hello", "."]);
    assert.deepEqual(stopped.told, [[piece("Hello")], [piece(".\n\n")]]);

    const half = await run([...text("a😀"), ...text("😀").slice(0, 2)], {
      topLogprobs: 0,
      maxTokens: 7,
    });
    assert.deepEqual(half.pieces, ["a", "😀"]);
    assert.deepEqual(half.told, [text("a"), text("😀")]);

    const held = await run([piece("\n\n"), ...text("Us!"), END], { topLogprobs: 0 });
    assert.deepEqual(held.told, [[piece("\n\n"), ...text("Us!")]]);
    assert.deepEqual((await run(text("ab"))).told, [[], []]);
  });

  describe("with thoughts before the answer", () => {
    const marks = { lead: ">", close: "</think>", stop: ["\n\nUser:"] };
    const thought = (tokens: readonly number[], options: Partial<GenerateOptions> = {}) =>
      run(tokens, { thoughts: marks, ...options });

    it("has both, and stops only within the answer", async () => {
      const said = [piece(">\n"), ...text("a, b</think>"), piece("Hello"), ...text(", you")];
      const outcome = await thought(said, { stop: [","] });
      assert.equal(outcome.text, ">\na, b</think>Hello");
      assert.equal(outcome.read, outcome.text);
      assert.equal(outcome.reason, "stop");
      const generation = generate(new Script(said), tokenizer, greedy({ thoughts: marks }));
      const { end } = await pieces(generation);
      assert.equal(end.thoughts, 13, "up to the mark");
    });

    it("completes the mark that the prompt ends in, whatever the model would rather say", async () => {
      for (const tokens of [[END], text("b"), [piece("Hello")]]) {
        assert.match((await thought(tokens, { maxTokens: 12 })).text, /^>/);
        const none = await run(tokens, { thoughts: { lead: ">" }, maxTokens: 12 });
        assert.doesNotMatch(none.text, />/);
        assert.match(none.read, /^>/);
      }
    });

    it("takes the end of the turn for the end of the thoughts", async () => {
      assert.equal((await thought([...text(">a"), END])).text, ">a</think>");
      const stopped = await thought([...text(">a"), piece("\n\n"), ...text("User:"), ...text("b")]);
      assert.equal(stopped.text, ">a</think>");
      assert.equal(stopped.read, stopped.text);
      const whole = await thought([...text(">a"), piece("\n\nUser:")]);
      assert.equal(whole.text, ">a</think>");
    });

    it("shows what only looked like the end of the turn", async () => {
      const outcome = await thought([...text(">a\n\nUs"), piece("</"), ...text("think>b"), END]);
      assert.equal(outcome.text, ">a\n\nUs</think>b");
      assert.equal(outcome.read, outcome.text);
    });

    it("closes the mark at the budget, also where it has begun", async () => {
      const budget = (said: string, maxTokens: number) =>
        thought(text(said), { thoughts: { ...marks, maxTokens } });
      assert.match((await budget(">abcdefghijklmnop", 4)).text, /^>abc<\/think>/);
      assert.match((await budget(">a</thabcdefg", 5)).text, /^>a<\/th?ink>|^>a<\/think>/);
      assert.match((await budget(">abcdefghijklmnop", 0)).text, /^><\/think>/);
    });

    it("leaves the grammar all of the answer, and room for it", async () => {
      const constrainer = new Constrainer(tokenizer);
      const grammar = compileSchema("array", { type: "array", items: { type: "string" } });
      const say = async (tokens: readonly number[], maxTokens: number) => {
        const matcher = constrainer.open(grammar, { endOfText: END, stop: [] });
        const options = greedy({ thoughts: marks, maxTokens });
        const { pieces: all } = await pieces(
          generate(new Script(tokens), tokenizer, options, matcher),
        );
        return all.map(({ text }) => text).join("");
      };
      assert.equal(await say([...text('>a</think["x"]'), END], 60), '>a</think["x"]</think>[]');
      // A token that has the end of the mark and some of the answer.
      const joined = [...text(">a</think"), piece(">Hi"), ...text('["x"]')];
      assert.match(await say(joined, 60), /^>a<\/think>\["x?"?/);
      for (const maxTokens of [11, 12, 20]) {
        assert.match(await say(text(`>${"a".repeat(60)}`), maxTokens), /^>a*<\/think>\[\]$/);
      }
    });

    it("comes out the same wherever it is gone on with", async () => {
      const said = [...text(">ab"), piece("\n\n"), ...text("User: x")];
      const tell = async (replay: readonly number[]) => {
        const options = greedy({ thoughts: marks, replay, topLogprobs: 0, maxTokens: 40 });
        return await pieces(generate(new Script(said), tokenizer, options));
      };
      const whole = await tell([]);
      for (let count = 0; count <= whole.pieces.length; count++) {
        const known = whole.pieces.slice(0, count).flatMap(({ tokens }) => tokens);
        assert.deepEqual(await tell(known), whole, `after ${count} pieces`);
      }
    });
  });

  it("computes nothing before the last piece was taken", async () => {
    const sequence = new Script(text("abcdefgh"));
    const generation = generate(sequence, tokenizer, greedy({}));
    assert.deepEqual((await generation.next()).value, {
      type: "text",
      text: "a",
      tokens: text("a"),
    });
    assert.equal(sequence.reads, 0);
    assert.deepEqual((await generation.next()).value, {
      type: "text",
      text: "b",
      tokens: text("b"),
    });
    assert.equal(sequence.reads, 1);
    await generation.return({ reason: "stop", tokens: [] });
    assert.equal(sequence.reads, 1);
  });
});
