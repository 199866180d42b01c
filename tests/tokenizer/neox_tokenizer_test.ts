import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { NeoxTokenizer } from "../../src/tokenizer/neox_tokenizer.ts";
import { VocabularyError } from "../../src/tokenizer/vocabulary_error.ts";
import { Fuzz } from "../fuzz.ts";
import { hasShared, shared } from "../shared.ts";
import { decodeAll } from "./decode_all.ts";
import { neoxJson } from "./neox_json.ts";

type TokenizerJson = ReturnType<typeof neoxJson>;

function tokenizerOf(json: unknown): NeoxTokenizer {
  return new NeoxTokenizer(new TextEncoder().encode(JSON.stringify(json)));
}

/** A simple, slow reference implementation of byte-level BPE. */
function referenceEncode(json: TokenizerJson, text: string): number[] {
  const { vocab, merges } = json.model;
  const ranks = new Map(merges.map((merge, rank) => [merge, rank]));
  const runs = json.added_tokens.filter((token) => !token.special)
    .sort((a, b) => b.content.length - a.content.length);
  const words =
    /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;
  const alphabet = new Map<number, string>();
  let next = 0x100;
  for (let byte = 0; byte < 256; byte++) {
    const char = String.fromCharCode(byte);
    alphabet.set(
      byte,
      /[!-~¡-¬®-ÿ]/.test(char) ? char : String.fromCharCode(next++),
    );
  }
  return text.toWellFormed().normalize("NFC")
    .split(new RegExp(`(${runs.map((token) => token.content).join("|")})`))
    .flatMap((section) => {
      const run = runs.find((token) => token.content === section);
      if (run !== undefined) return [run.id];
      return (section.match(words) ?? []).flatMap((word) => {
        const pieces = Array.from(
          new TextEncoder().encode(word),
          (byte) => alphabet.get(byte)!,
        );
        while (true) {
          const rank = (at: number) => ranks.get(`${pieces[at]} ${pieces[at + 1]}`) ?? Infinity;
          let best = 0;
          for (let at = 1; at < pieces.length - 1; at++) {
            if (rank(at) < rank(best)) best = at;
          }
          if (rank(best) === Infinity) {
            return pieces.map((piece) => vocab[piece]!);
          }
          pieces.splice(best, 2, pieces[best]! + pieces[best + 1]!);
        }
      });
    });
}

describe("NeoxTokenizer", () => {
  const json = neoxJson();
  const tokenizer = tokenizerOf(json);

  it("applies merges in order of rank", () => {
    assert.deepEqual(tokenizer.encode("abc"), [json.model.vocab["abc"]]);
  });

  it("reads merges written as pairs", () => {
    const pairs = json.model.merges.map((merge) => merge.split(" "));
    const other = tokenizerOf({
      ...json,
      model: { ...json.model, merges: pairs },
    });
    assert.deepEqual(other.encode("abc ab"), tokenizer.encode("abc ab"));
  });

  it("has no bytes for special tokens and for ids beyond the vocabulary", () => {
    assert.deepEqual(tokenizer.bytes(0), new Uint8Array());
    assert.deepEqual(tokenizer.bytes(tokenizer.vocabSize), new Uint8Array());
  });

  it("has the bytes of added runs of spaces", () => {
    assert.deepEqual([...tokenizer.bytes(tokenizer.vocabSize - 1)], [
      32,
      32,
      32,
      32,
    ]);
    assert.deepEqual(tokenizer.encode("    "), [tokenizer.vocabSize - 1]);
  });

  const broken: [what: string, json: unknown, message: RegExp][] = [
    ["a missing model", { ...json, model: undefined }, /model/],
    [
      "another model",
      { ...json, model: { ...json.model, type: "WordPiece" } },
      /model\.type/,
    ],
    ["another pre-tokenizer", {
      ...json,
      pre_tokenizer: { type: "Whitespace" },
    }, /pre_tokenizer/],
    [
      "another normalizer",
      { ...json, normalizer: { type: "NFKC" } },
      /normalizer/,
    ],
    ["a non-list of added tokens", { ...json, added_tokens: {} }, /added_tokens/],
    [
      "a token that does not represent bytes",
      {
        ...json,
        model: { ...json.model, vocab: { ...json.model.vocab, "日": 999 } },
      },
      /token 999 has "日"/,
    ],
    [
      "a byte without a token",
      { ...json, model: { ...json.model, vocab: { "!": 1 }, merges: [] } },
      /no token for the byte/,
    ],
    ["a list instead of an object", [], /expected object/],
  ];
  for (const [what, json, message] of broken) {
    it(`rejects ${what}`, () => {
      assert.throws(() => tokenizerOf(json), (error) => {
        assert(error instanceof VocabularyError);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("rejects invalid JSON and invalid UTF-8", () => {
    assert.throws(
      () => new NeoxTokenizer(new TextEncoder().encode("{")),
      VocabularyError,
    );
    assert.throws(
      () => new NeoxTokenizer(Uint8Array.of(0xff)),
      VocabularyError,
    );
  });
});

describe({
  name: "NeoxTokenizer with the tokenizer of GPT-NeoX-20B",
  ignore: !hasShared,
  fn() {
    const file = hasShared
      ? Deno.readFileSync(shared("conformance/vocab/20B_tokenizer.json"))
      : new TextEncoder().encode(JSON.stringify(neoxJson()));
    const tokenizer = new NeoxTokenizer(file);

    const golden: [text: string, tokens: number[]][] = [
      ["", []],
      ["\n", [187]],
      ["\n\n", [535]],
      ["Hello, I am", [12092, 13, 309, 717]],
      ["a  b", [66, 50276, 67]],
    ];
    for (const [text, tokens] of golden) {
      it(`encodes ${JSON.stringify(text)} like the Hugging Face tokenizer`, () => {
        assert.deepEqual(tokenizer.encode(text), tokens);
        assert.equal(decodeAll(tokenizer, tokens), text);
      });
    }

    it("has 50277 tokens", () => {
      assert.equal(tokenizer.vocabSize, 50277);
    });

    it("encodes the names of special tokens as text", () => {
      const tokens = tokenizer.encode("<|endoftext|><|padding|>");
      assert(!tokens.includes(0) && !tokens.includes(1));
      assert.equal(decodeAll(tokenizer, tokens), "<|endoftext|><|padding|>");
    });

    // Quadratic merging takes more than a minute for each of these; the test would time out.
    for (
      const [what, unit] of [["one letter", "a"], ["line breaks", "\n"], [
        "spaces",
        " ",
      ]]
    ) {
      it(`encodes a megabyte of ${what}`, () => {
        const text = unit!.repeat(1_000_000);
        const tokens = tokenizer.encode(text);
        assert.equal(decodeAll(tokenizer, tokens), text);
        assert.deepEqual(
          tokenizer.encode(unit!.repeat(100)),
          referenceEncode(
            JSON.parse(new TextDecoder().decode(file)),
            unit!.repeat(100),
          ),
        );
      });
    }

    it("agrees with the reference implementation, and round-trips every text in NFC", () => {
      const json: TokenizerJson = JSON.parse(new TextDecoder().decode(file));
      const fuzz = new Fuzz("NeoX round trip");
      for (let round = 0; round < 300; round++) {
        const text = fuzz.text(fuzz.below(40));
        const tokens = tokenizer.encode(text);
        assert.deepEqual(
          tokens,
          referenceEncode(json, text),
          JSON.stringify(text),
        );
        assert.equal(
          decodeAll(tokenizer, tokens),
          text.toWellFormed().normalize("NFC"),
        );
      }
    });
  },
});
