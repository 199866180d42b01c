import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { WorldTokenizer } from "../../src/tokenizer/world_tokenizer.ts";
import { Fuzz } from "../fuzz.ts";
import { hasShared, shared } from "../shared.ts";
import { decodeAll } from "./decode_all.ts";
import { singleByteLines } from "./single_byte_lines.ts";

function tokenizerOf(...more: string[]): WorldTokenizer {
  return new WorldTokenizer(new TextEncoder().encode([...singleByteLines(), ...more].join("\n")));
}

describe("WorldTokenizer", () => {
  it("matches greedily instead of minimising the number of tokens", () => {
    const tokenizer = tokenizerOf("300 'ab' 2", "301 'abcd' 4", "302 'cde' 3");
    assert.deepEqual(tokenizer.encode("abcde"), [301, 0x65 + 1]);
  });

  it("falls back to the last complete token when a longer match fails", () => {
    const tokenizer = tokenizerOf("300 'ab' 2", "301 'abcdefgh' 8");
    assert.deepEqual(tokenizer.encode("abcdefg"), [
      300,
      ...[..."cdefg"].map((c) => c.charCodeAt(0) + 1),
    ]);
  });

  it("encodes to the higher of two ids with the same bytes", () => {
    assert.deepEqual(tokenizerOf("301 'ab' 2", "300 'ab' 2").encode("ab"), [301]);
  });

  it("does not depend on the order of the lines", () => {
    const tokenizer = tokenizerOf("900 'xyz' 3", "300 'xy' 2");
    assert.deepEqual(tokenizer.encode("xyzxy"), [900, 300]);
    assert.equal(tokenizer.vocabSize, 901);
  });

  it("returns no bytes for end of text, unused ids and ids beyond the vocabulary", () => {
    const tokenizer = tokenizerOf("300 'ab' 2");
    for (const token of [0, 299, 301, 65535]) {
      assert.deepEqual(tokenizer.bytes(token), new Uint8Array());
    }
  });

  it("returns copies of its bytes", () => {
    const tokenizer = tokenizerOf();
    tokenizer.bytes(0x61 + 1).fill(0);
    assert.deepEqual([...tokenizer.bytes(0x61 + 1)], [0x61]);
  });

  it("encodes a lone surrogate as U+FFFD", () => {
    const tokenizer = tokenizerOf();
    assert.deepEqual(tokenizer.encode("a\ud83d"), tokenizer.encode("a\ufffd"));
  });
});

describe({
  name: "WorldTokenizer with the World vocabulary",
  ignore: !hasShared,
  fn() {
    const tokenizer = hasShared
      ? new WorldTokenizer(Deno.readFileSync(shared("conformance/vocab/rwkv_vocab_v20230424.txt")))
      : tokenizerOf();

    const golden: [text: string, tokens: number[]][] = [
      ["", []],
      ["User:", [24281, 59]],
      ["Assistant:", [5585, 41693, 59]],
      ["\n", [11]],
      ["\n\n", [261]],
      ["\n\n\n", [3328]],
      [" ", [33]],
      ["<think", [61, 35762]],
      ["</think>", [754, 35762, 63]],
      ["User: hi\n\nAssistant:", [24281, 59, 4571, 261, 5585, 41693, 59]],
      ["Hello, World!", [33155, 45, 37576, 34]],
      ["你好，世界", [10464, 11685, 19137, 10267, 14610]],
      ["😀", [3319, 153, 129]],
      [
        "The Eiffel tower is in the city of",
        [6699, 304, 25740, 109, 39990, 4600, 4596, 22590, 30449, 4706],
      ],
      // From the tests of rwkv.cpp. Also shows that the names of special tokens stay text.
      [
        "I'll 'd test блабла 以下は、]) -> <|endoftext|><|padding|> int",
        [
          ...[74, 5229, 274, 101, 32223, 5092, 27980, 2795, 27980, 33, 10399, 10258, 10139, 10079],
          ...[1682, 3463, 295, 125, 25258, 7588, 2318, 125, 790, 125, 49520, 125, 63, 21888],
        ],
      ],
    ];
    for (const [text, tokens] of golden) {
      it(`encodes ${JSON.stringify(text)} like the official tokenizer`, () => {
        assert.deepEqual(tokenizer.encode(text), tokens);
        assert.equal(decodeAll(tokenizer, tokens), text);
      });
    }

    it("encodes the text of every token to that token", () => {
      const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
      for (let token = 1; token < tokenizer.vocabSize; token++) {
        const text = decoder.decode(tokenizer.bytes(token));
        if (!text.includes("\ufffd")) assert.deepEqual(tokenizer.encode(text), [token]);
      }
    });

    it("round-trips every text", () => {
      const fuzz = new Fuzz("World round trip");
      for (let round = 0; round < 500; round++) {
        const text = fuzz.text(fuzz.below(40));
        const tokens = tokenizer.encode(text);
        assert(!tokens.includes(0));
        assert.equal(decodeAll(tokenizer, tokens), text.toWellFormed());
      }
    });

    it("agrees with trying all lengths at each position", () => {
      const ids = new Map<string, number>();
      for (let id = 1; id < tokenizer.vocabSize; id++) ids.set(tokenizer.bytes(id).join(), id);
      const fuzz = new Fuzz("World longest match");
      for (let round = 0; round < 50; round++) {
        const text = fuzz.text(20);
        const bytes = new TextEncoder().encode(text);
        const expected: number[] = [];
        for (let at = 0; at < bytes.length;) {
          let length = 128;
          while (!ids.has(bytes.subarray(at, at + length).join())) length--;
          expected.push(ids.get(bytes.subarray(at, at + length).join())!);
          at += Math.min(length, bytes.length - at);
        }
        assert.deepEqual(tokenizer.encode(text), expected);
      }
    });
  },
});

describe({
  name: "WorldTokenizer with the vocabulary of the default model",
  ignore: !hasShared,
  fn() {
    it("encodes the prompts of the model's goldens", () => {
      const tokenizer = new WorldTokenizer(Deno.readFileSync(shared("model/vocab.txt")));
      const { cases } = JSON.parse(Deno.readTextFileSync(shared("model/goldens.json")));
      let compared = 0;
      for (const { text, tokens } of cases) {
        if (text === undefined) continue;
        assert.deepEqual(tokenizer.encode(text), tokens);
        assert.equal(decodeAll(tokenizer, tokens), text);
        compared++;
      }
      assert(compared > 0);
    });
  },
});
