import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import { readDocuments, splitDocuments, takeBytes } from "../../scripts/eval/documents.ts";
import { scoreDocuments, surprise } from "../../scripts/eval/score.ts";
import { loadEngine } from "../../scripts/load_engine.ts";
import { Progress } from "../../src/cli/progress.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { RecurrentState } from "../../src/state/recurrent_state.ts";
import { loadTokenizer } from "../../src/tokenizer/load_tokenizer.ts";
import { refusal, runScript } from "./run_script.ts";

const FOLDER = new URL("../../models/tern-7m", import.meta.url).pathname;
const END_OF_TEXT = 0;

const DOCUMENTS = [
  "User: Hi!\n\nAssistant: Hello! How are you?",
  "Once upon a time there was a little bird.",
  "é",
  "The cat sat.\nThe dog ran.",
];

const outputSchema = z.array(z.strictObject({
  file: z.string(),
  documents: z.int(),
  bytes: z.int(),
  tokens: z.int(),
  nats: z.number(),
  nats_per_token: z.number(),
  bits_per_byte: z.number(),
}));

/** Nats of a document, token by token, with no thought for time or overflow. */
async function plainNats(engine: Engine, tokens: readonly number[]): Promise<number> {
  let state = RecurrentState.empty(engine.layout);
  let nats = 0;
  let token = END_OF_TEXT;
  for (const next of [...tokens, END_OF_TEXT]) {
    const [result] = await engine.forward([{ state, tokens: [token] }]);
    const sum = result!.logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
    nats -= Math.log(Math.exp(result!.logits[next]!) / sum);
    state = result!.state;
    token = next;
  }
  return nats;
}

/** An engine whose logits are always these. */
function constantEngine(engine: Engine, logits: Float32Array<ArrayBuffer>): Engine {
  const { config, layout, modelFingerprint, fingerprint, chunkSize } = engine;
  return {
    config,
    layout,
    modelFingerprint,
    fingerprint,
    chunkSize,
    forward: (batch) => Promise.resolve(batch.map(({ state }) => ({ state, logits }))),
    close: () => Promise.resolve(),
  };
}

describe("deno task eval", () => {
  let engine: Engine;
  let tokens: number[][];
  let expected: number[];
  let folder: string;
  let file: string;

  beforeAll(async () => {
    engine = await loadEngine(FOLDER);
    const tokenizer = await loadTokenizer("rwkv_world", await Deno.readFile(`${FOLDER}/vocab.txt`));
    tokens = DOCUMENTS.map((text) => tokenizer.encode(text));
    expected = [];
    for (const document of tokens) expected.push(await plainNats(engine, document));
    folder = await Deno.makeTempDir();
    file = `${folder}/held_out.txt`;
    await Deno.writeTextFile(file, DOCUMENTS.join("\n<|endoftext|>\n"));
  });

  afterAll(async () => {
    await Deno.remove(folder, { recursive: true });
    await engine.close();
  });

  it("gives what a plain computation gives, and a row for each file", async () => {
    const short = `${folder}/short.txt`;
    await Deno.writeTextFile(short, `\n${DOCUMENTS[2]}\n<|endoftext|>\n`);
    const args = ["--model", FOLDER, "--file", file, "--file", short];
    const { code, stdout, stderr } = await runScript("eval.ts", [...args, "--json"]);
    assert.equal(code, 0, stderr);
    const [whole, last] = outputSchema.parse(JSON.parse(stdout));

    const nats = expected.reduce((sum, part) => sum + part, 0);
    const bytes = new TextEncoder().encode(DOCUMENTS.join("")).length + DOCUMENTS.length;
    assert.equal(whole!.file, file);
    assert.equal(whole!.documents, DOCUMENTS.length);
    assert.equal(whole!.bytes, bytes);
    assert.equal(whole!.tokens, tokens.flat().length + DOCUMENTS.length);
    assert.ok(Math.abs(whole!.nats - nats) < 1e-4 * nats, `${whole!.nats} is not ${nats}`);
    assert.equal(whole!.nats_per_token, whole!.nats / whole!.tokens);
    assert.equal(whole!.bits_per_byte, whole!.nats / Math.LN2 / bytes);
    assert.equal(last!.file, short);
    assert.equal(last!.bytes, 3);
    assert.match(stderr, /^\d0 %, [\d.]+ tokens\/s, 0:0\d left$/m);

    const table = await runScript("eval.ts", [...args, "--max-bytes", "1"]);
    const rows = table.stdout.trimEnd().split("\n");
    assert.match(rows[0]!, /^file +documents +bytes +tokens +nats a token +bits a byte$/);
    assert.deepEqual(rows[1]!.split(/ +/).slice(0, 3), [file, "1", "42"]);
    assert.equal(rows.length, 3);
  });

  for (const batch of [1, 3, 16]) {
    it(`gives the same bits in batches of ${batch}`, async () => {
      let scored = 0;
      const nats = await scoreDocuments(engine, tokens, {
        endOfText: END_OF_TEXT,
        batch,
        onScored: (count) => scored += count,
      });
      const one = await scoreDocuments(engine, tokens, { endOfText: END_OF_TEXT, batch: 2 });
      assert.deepEqual(nats, one);
      for (const [i, part] of nats.entries()) {
        assert.ok(Math.abs(part - expected[i]!) < 1e-4 * expected[i]!, `document ${i}`);
      }
      assert.equal(scored, tokens.flat().length + tokens.length);
    });
  }

  it("refuses logits that are no numbers, and tokens that the model does not have", async () => {
    const logits = new Float32Array(engine.config.vocab_size);
    const options = { endOfText: END_OF_TEXT, batch: 2 };
    const [nats] = await scoreDocuments(constantEngine(engine, logits), [[1]], options);
    assert.ok(Math.abs(nats! - 2 * Math.log(logits.length)) < 1e-12);
    for (const logit of [NaN, Infinity, -Infinity]) {
      const broken = constantEngine(engine, logits.with(7, logit));
      await assert.rejects(scoreDocuments(broken, [[1]], options), {
        name: "NoNumberError",
        message: `The logit of token 7 is ${logit}: the weights are damaged`,
      });
    }
    await assert.rejects(scoreDocuments(engine, [[4096]], options), { name: "InvalidTokenError" });
  });

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    const options = { endOfText: END_OF_TEXT, batch: 1, signal: stop.signal };
    const onScored = () => stop.abort(new Error("enough"));
    await assert.rejects(scoreDocuments(engine, tokens, { ...options, onScored }), /enough/);
  });

  it("refuses wrong flags, and says how it is used", async () => {
    const model = ["--model", FOLDER];
    const cases: readonly [args: readonly string[], problem: RegExp][] = [
      [[], /--model is missing/],
      [model, /--file is missing/],
      [[...model, "--file", file, "--batch", "0"], /--batch must be a whole number/],
      [[...model, "--file", file, "--max-bytes", "few"], /--max-bytes must be a whole number/],
      [
        [...model, "--file", file, "--engine", "abacus"],
        /--engine must be auto or simd or ort or native/,
      ],
      [[...model, "--file", file, "--loud"], /--loud/],
      [[...model, file], /Unexpected argument/],
    ];
    for (const [args, problem] of cases) {
      const message = await refusal("eval.ts", args);
      assert.match(message, problem);
      assert.match(message, /Usage: deno task eval/);
    }
  });

  it("refuses files and models that it cannot read", async () => {
    const absent = `${folder}/absent`;
    const asFile = (path: string) => ["--model", FOLDER, "--file", path];
    assert.ok((await refusal("eval.ts", asFile(absent))).startsWith(absent));
    assert.ok((await refusal("eval.ts", asFile(folder))).startsWith(folder));
    for (const model of [absent, folder, `${FOLDER}/vocab.txt`]) {
      const message = await refusal("eval.ts", ["--model", model, "--file", file]);
      assert.ok(message.startsWith(model), message);
    }
  });

  it("refuses text that is not UTF-8, and no text", async () => {
    const path = `${folder}/wrong.txt`;
    await Deno.writeFile(path, Uint8Array.of(0x61, 0xff));
    await assert.rejects(readDocuments(path, Infinity), {
      name: "TextFileError",
      message: `${path}: it is not UTF-8`,
    });
    await Deno.writeTextFile(path, "<|endoftext|>\n \n<|endoftext|>\n");
    await assert.rejects(readDocuments(path, Infinity), /it holds no text/);
  });
});

describe("splitDocuments", () => {
  const texts = (text: string) => splitDocuments(text).map(({ text }) => text);

  it("splits at lines that are exactly the separator", () => {
    assert.deepEqual(texts("a\n<|endoftext|>\nb"), ["a", "b"]);
    assert.deepEqual(texts("<|endoftext|>\na\n<|endoftext|>"), ["a"]);
    for (const line of [" <|endoftext|>", "<|endoftext|> ", "x<|endoftext|>", "<|EndOfText|>"]) {
      assert.deepEqual(texts(`a\n${line}\nb`), [`a\n${line}\nb`]);
    }
  });

  it("drops the white space around documents, and what is empty", () => {
    assert.deepEqual(texts("\n a\n\n b \n\n<|endoftext|>\n<|endoftext|>\n \n<|endoftext|>\nc\n"), [
      "a\n\n b",
      "c",
    ]);
    assert.deepEqual(texts(""), []);
  });

  it("counts bytes, and one for the end", () => {
    assert.deepEqual(splitDocuments("aé€😀"), [{ text: "aé€😀", bytes: 11 }]);
  });
});

describe("takeBytes", () => {
  it("takes whole documents until there are enough bytes", () => {
    const documents = splitDocuments("abc\n<|endoftext|>\nde\n<|endoftext|>\nf");
    const taken = (bytes: number) => takeBytes(documents, bytes).map(({ text }) => text);
    assert.deepEqual(taken(1), ["abc"]);
    assert.deepEqual(taken(4), ["abc"]);
    assert.deepEqual(taken(5), ["abc", "de"]);
    assert.deepEqual(taken(Infinity), ["abc", "de", "f"]);
  });
});

describe("surprise", () => {
  it("does not overflow", () => {
    assert.equal(surprise(new Float32Array([3e38, 0]), 0), 0);
    assert.equal(surprise(new Float32Array([0, 1e4]), 0), 1e4);
  });
});

describe("Progress", () => {
  /** What is written as four quarters of 400 tokens are done, a second each. */
  function written(isTerminal: boolean): string[] {
    let now = 0;
    const texts: string[] = [];
    const output = { isTerminal, write: (text: string) => void texts.push(text), now: () => now };
    const progress = new Progress(400, "tokens", { output });
    for (let i = 0; i < 4; i++) {
      now += 1000;
      progress.advance(100);
    }
    progress.end();
    return texts;
  }

  it("draws a bar on a terminal, and takes it away at the end", () => {
    const texts = written(true);
    assert.equal(
      texts[0],
      "\r\x1b[2K[######..................] 25 %, 100 tokens/s, 0:03 left",
    );
    assert.deepEqual(texts.slice(-2), ["\r\x1b[2K", "400 tokens in 0:04, 100 tokens/s\n"]);
  });

  it("writes a line every 10 % elsewhere", () => {
    assert.deepEqual(written(false), [
      "20 %, 100 tokens/s, 0:03 left\n",
      "50 %, 100 tokens/s, 0:02 left\n",
      "70 %, 100 tokens/s, 0:01 left\n",
      "400 tokens in 0:04, 100 tokens/s\n",
    ]);
  });
});
