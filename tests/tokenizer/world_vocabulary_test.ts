import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { VocabularyError } from "../../src/tokenizer/vocabulary_error.ts";
import { parseWorldVocabulary } from "../../src/tokenizer/world_vocabulary.ts";
import { hasShared, shared } from "../shared.ts";
import { singleByteLines } from "./single_byte_lines.ts";

const encoder = new TextEncoder();

/** Parses a file of the 256 single bytes followed by the given lines, which start at line 257. */
function parse(...more: string[]) {
  return parseWorldVocabulary(encoder.encode([...singleByteLines(), ...more].join("\n")));
}

function token(vocabulary: ReturnType<typeof parse>, id: number): number[] {
  return [...vocabulary.pool.subarray(vocabulary.starts[id], vocabulary.ends[id])];
}

describe("parseWorldVocabulary", () => {
  const literals: [repr: string, bytes: number[]][] = [
    ["'ab'", [0x61, 0x62]],
    [`"it's"`, [0x69, 0x74, 0x27, 0x73]],
    ["'a b'", [0x61, 0x20, 0x62]],
    ["' '", [0x20]],
    ["'é'", [0xc3, 0xa9]],
    ["'😀'", [0xf0, 0x9f, 0x98, 0x80]],
    [String.raw`'\n\r\t\\\'\"\a\b\f\v'`, [10, 13, 9, 0x5c, 0x27, 0x22, 7, 8, 12, 11]],
    [String.raw`'\x41\xe9'`, [0x41, 0xc3, 0xa9]],
    [String.raw`'\u3042\U0001f600'`, [0xe3, 0x81, 0x82, 0xf0, 0x9f, 0x98, 0x80]],
    [String.raw`'\0\101\x7f'`, [0, 0x41, 0x7f]],
    [String.raw`'\1012'`, [0x41, 0x32]],
    [String.raw`b'\xff\x00a\377'`, [0xff, 0, 0x61, 0xff]],
    [String.raw`b"'\n"`, [0x27, 10]],
  ];
  for (const [repr, bytes] of literals) {
    it(`reads the Python literal ${repr}`, () => {
      assert.deepEqual(token(parse(`257 ${repr} ${bytes.length}`), 257), bytes);
    });
  }

  it("accepts LF, CRLF and a last line without a line break", () => {
    const lines = [...singleByteLines(), "257 'ab' 2"];
    const expected = parseWorldVocabulary(encoder.encode(lines.join("\n")));
    for (const text of [lines.join("\n") + "\n", lines.join("\r\n"), lines.join("\r\n") + "\r\n"]) {
      assert.deepEqual(parseWorldVocabulary(encoder.encode(text)), expected);
    }
  });

  it("accepts ids in any order and with gaps", () => {
    const vocabulary = parse("900 'ab' 2", "300 'abc' 3");
    assert.equal(vocabulary.size, 901);
    assert.deepEqual(token(vocabulary, 300), [0x61, 0x62, 0x63]);
    assert.deepEqual(token(vocabulary, 301), []);
  });

  const broken: [what: string, line: string, message: RegExp][] = [
    ["a wrong length", "257 'ab' 3", /token 257 has 2 bytes/],
    ["a length in characters", "257 'é' 1", /token 257 has 2 bytes/],
    ["a length that is not a number", "257 'ab' 2x", /not the length stated/],
    ["a missing length", "257 'ab'", /expected `id token length`/],
    ["a missing token", "257 2", /expected `id token length`/],
    ["an id that appears twice", "7 'ab' 2", /id 7 appears twice/],
    ["the id 0", "0 'ab' 2", /the id is not a number from 1/],
    ["a negative id", "-1 'ab' 2", /the id is not a number from 1/],
    ["an id that is not a number", "x 'ab' 2", /the id is not a number from 1/],
    ["a missing id", " 'ab' 2", /the id is not a number from 1/],
    ["a huge id", "99999999999999999999 'ab' 2", /the id is not a number from 1/],
    ["an empty token", "257 '' 0", /token 257 is empty/],
    ["a token without quotes", "257 ab 2", /not a quoted Python literal/],
    ["a lone quote", "257 ' 1", /not a quoted Python literal/],
    ["mismatched quotes", `257 'ab" 2`, /not a quoted Python literal/],
    ["a quote inside", "257 'a'b' 3", /unescaped quote/],
    ["an escaped closing quote", String.raw`257 'ab\' 2`, /closing quote is escaped/],
    ["an unknown escape", String.raw`257 '\q' 1`, /unknown escape \\q/],
    ["a named escape", String.raw`257 '\N{DIGIT ONE}' 1`, /unknown escape \\N/],
    ["a \\u escape in bytes", String.raw`257 b'\u0041' 1`, /unknown escape \\u/],
    ["too few hexadecimal digits", String.raw`257 '\x4' 1`, /needs 2 hexadecimal digits/],
    ["a lone surrogate", String.raw`257 '\ud800' 3`, /U\+D800 is not a character/],
    ["a code point out of range", String.raw`257 '\U00110000' 4`, /U\+110000 is not a character/],
    ["an octal escape above a byte", String.raw`257 b'\400' 1`, /above \\377/],
    ["non-ASCII in bytes", "257 b'é' 2", /only ASCII/],
  ];
  for (const [what, line, message] of broken) {
    it(`reports the line of ${what}`, () => {
      assert.throws(() => parse("258 'fine' 4", line, "259 'fine too' 8"), (error) => {
        assert(error instanceof VocabularyError);
        assert.equal(error.line, 258);
        assert.match(error.message, message);
        return true;
      });
    });
  }

  it("reports an empty line in the middle", () => {
    assert.throws(() => parse("", "257 'ab' 2"), { name: "VocabularyError", line: 257 });
  });

  it("reports the line of invalid UTF-8", () => {
    const file = encoder.encode([...singleByteLines(), "257 'ab?' 3", ""].join("\n"));
    file[file.lastIndexOf(0x3f)] = 0xff;
    assert.throws(() => parseWorldVocabulary(file), { name: "VocabularyError", line: 257 });
  });

  it("rejects a vocabulary that lacks a single byte", () => {
    const lines = singleByteLines();
    lines.splice(0xab, 1);
    assert.throws(() => parseWorldVocabulary(encoder.encode(lines.join("\n"))), {
      name: "VocabularyError",
      line: undefined,
      message: /single byte 0xab/,
    });
  });

  it("rejects an empty file and a file of zeros", () => {
    assert.throws(() => parseWorldVocabulary(new Uint8Array()), VocabularyError);
    assert.throws(() => parseWorldVocabulary(new Uint8Array(1000)), VocabularyError);
  });

  it("rejects a file that is too large", () => {
    assert.throws(() => parseWorldVocabulary(new Uint8Array(2 ** 23 + 1)), VocabularyError);
  });

  it({
    name: "reads all tokens of the World vocabulary",
    ignore: !hasShared,
    fn() {
      const path = shared("conformance/vocab/rwkv_vocab_v20230424.txt");
      const vocabulary = parseWorldVocabulary(Deno.readFileSync(path));
      assert.equal(vocabulary.size, 65530);
      const lengths = Array.from(vocabulary.ends, (end, id) => end - vocabulary.starts[id]!);
      assert.equal(lengths.filter((length) => length > 0).length, 65529);
      assert.equal(lengths[0], 0);
      assert.equal(Math.max(...lengths), 128);
      const decoder = new TextDecoder("utf-8", { fatal: true });
      const invalid = lengths.keys().filter((id) => {
        try {
          decoder.decode(Uint8Array.from(token(vocabulary, id)));
          return false;
        } catch {
          return true;
        }
      });
      assert.equal(invalid.toArray().length, 486);
    },
  });
});
