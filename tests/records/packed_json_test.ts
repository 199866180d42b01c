import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { JSON_WORDS } from "../../src/records/json_words.ts";
import { packJson, unpackJson } from "../../src/records/packed_json.ts";
import { Fuzz } from "../fuzz.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** What packing treats in its own way, or nearly. */
const PIECES: readonly ((fuzz: Fuzz) => string)[] = [
  (fuzz) => fuzz.text(8),
  (fuzz) => fuzz.pick(JSON_WORDS),
  (fuzz) => fuzz.pick(JSON_WORDS).slice(1),
  (fuzz) => digits(fuzz, 1 + fuzz.below(80)),
  (fuzz) => digits(fuzz, 600),
  (fuzz) => digits(fuzz, 12).toUpperCase(),
  (fuzz) => hash(fuzz),
  (fuzz) => `${hash(fuzz)}a`,
  // The last character of a hash has two bits that are zero.
  (fuzz) => `${hash(fuzz).slice(0, -1)}_`,
  () => "0123456789abcdef".repeat(2),
];

function digits(fuzz: Fuzz, length: number): string {
  return Array.from({ length }, () => fuzz.below(16).toString(16)).join("");
}

function hash(fuzz: Fuzz): string {
  const bytes = Uint8Array.from({ length: 32 }, () => fuzz.below(256));
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

describe("packJson", () => {
  it("gives back every text, and is never longer", () => {
    const fuzz = new Fuzz("packJson");
    for (let round = 0; round < 300; round++) {
      const texts = Array.from({ length: fuzz.below(12) }, () => fuzz.pick(PIECES)(fuzz));
      const again = texts.filter(() => fuzz.below(2) === 0);
      const json = JSON.stringify({ [texts.join("")]: [...again, again.join(""), round] });
      const packed = packJson(json);
      assert.equal(unpackJson(packed), json);
      assert.ok(packed.length <= utf8(json).length);
    }
  });

  it("numbers no run beyond what a byte holds", () => {
    const fuzz = new Fuzz("packJson, many runs");
    const runs = Array.from({ length: 300 }, () => digits(fuzz, 16));
    const json = JSON.stringify([...runs, ...runs]);
    assert.equal(unpackJson(packJson(json)), json);
  });

  it("halves a record of a response", () => {
    const [id, parent] = ["1f".repeat(24), "2e".repeat(24)];
    const fingerprint = "3d".repeat(32);
    const json = JSON.stringify({
      id: `resp_${id}`,
      parent: `resp_${parent}`,
      createdAt: 1_796_078_219_905,
      modelFingerprint: fingerprint,
      engineFingerprint: `${fingerprint}/simd-3-0a0e8a52/int8`,
    });
    assert.ok(packJson(json).length < json.length / 2);
  });
});

describe("unpackJson", () => {
  it("reads JSON that was never packed", () => {
    const json = JSON.stringify({ text: "Grüße\n\u0001\u{1f30a}", id: "ab".repeat(24) });
    assert.equal(unpackJson(utf8(json)), json);
  });

  it("refuses what nothing was packed to", () => {
    const damaged: [string, number[]][] = [
      ["a run that is cut off", [0x01, 4, 0xab]],
      ["a hash that is cut off", [0x02, 32]],
      ["a run that did not stand before", [0x03, 0]],
      ["a word that there is not", [0x04, 255]],
      ["what is not UTF-8", [0x22, 0xff, 0x22]],
    ];
    for (const [what, bytes] of damaged) {
      assert.throws(() => unpackJson(Uint8Array.from(bytes)), TypeError, what);
    }
  });
});

describe("JSON_WORDS", () => {
  it("has no word twice, and none that is not shorter as a number", () => {
    assert.equal(new Set(JSON_WORDS).size, JSON_WORDS.length);
    assert.ok(JSON_WORDS.length <= 256);
    assert.deepEqual(JSON_WORDS.filter((word) => word.length < 3 || word < " "), []);
  });
});
