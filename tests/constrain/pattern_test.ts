import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { complementOf } from "../../src/constrain/dfa.ts";
import { Nfa } from "../../src/constrain/nfa.ts";
import { parsePattern, PatternError } from "../../src/constrain/pattern.ts";
import { UnicodeClasses } from "../../src/constrain/unicode_classes.ts";
import { hasPoint } from "../../src/constrain/code_points.ts";
import { Fuzz } from "../fuzz.ts";

const PATTERNS = [
  "^a+$",
  "a|^b|c$",
  "(^|,)a(,|$)",
  "^$",
  "^",
  "$",
  "a^b",
  "^(a$|b)",
  "(?:^a)+b?$",
  "\\ba\\b",
  "a\\Bb",
  "\\b",
  "^\\b$",
  "\\B",
  "(a|\\b)+,",
  "^(?=.*b).+$",
  "^(?!a)",
  "^(?!a$|b$)[ab]+$",
  "a(?=b)",
  "a(?!b)",
  "^(?=.*a)(?=.*b)(?!.*,)",
  "(?=a)b",
  "^a(?=b.?$)",
  "^(?:ab?){2,3}$",
  "(?:a{0}|b{2,})",
  "^[^a]*$",
  "^\\w+ \\W\\w$",
  "^(?<n>a)b*?$",
  "^\\p{Lu}",
  "\\P{L}$",
  "^[\\p{L}\\d]+$",
  "\\bé",
  "^.?é.$",
  // Valid only without the flag `u`.
  "^a\\-b$",
  "[\\w-,]",
  "^{a}$",
  "^a\\_b",
];
const ALPHABET = ["a", "a", "b", "b", ",", " ", "é", "A", "-", "_", "{", "}", "\n", "😀"];

describe("parsePattern", () => {
  for (const pattern of PATTERNS) {
    it(`agrees with the runtime's regular expressions: ${pattern}`, () => {
      let regex: RegExp;
      try {
        regex = new RegExp(pattern, "u");
      } catch {
        regex = new RegExp(pattern);
      }
      const fuzz = new Fuzz(pattern);
      const nfa = parsePattern(pattern);
      const { least, most } = nfa.lengths();
      const others = complementOf(nfa);
      for (let round = 0; round < 300; round++) {
        // V8 matches \\B between the halves of a surrogate pair, against ECMA-262.
        const alphabet = pattern === "\\B" ? ALPHABET.slice(0, -1) : ALPHABET;
        const chars = Array.from({ length: fuzz.below(5) }, () => fuzz.pick(alphabet));
        const text = chars.join("");
        const matches = regex.test(text);
        assert.equal(nfa.matches(text), matches, JSON.stringify(text));
        assert.equal(others.matches(text), !matches, JSON.stringify(text));
        if (matches) assert(chars.length >= least && chars.length <= most, JSON.stringify(text));
      }
    });
  }

  for (
    const pattern of [
      "[",
      "(a)\\1",
      "(?<=a)b",
      "(?<!a)b",
      "(?i:a)",
      "((?=a)b)+",
      "a(?=\\b)",
      "a{1001}",
    ]
  ) {
    it(`rejects ${pattern}`, () => {
      assert.throws(() => parsePattern(pattern), PatternError);
    });
  }
});

describe("Nfa.lengths", () => {
  for (
    const [pattern, least, most] of [
      ["^$", 0, 0],
      ["^a{2,5}(bc)?$", 2, 7],
      ["^(a|bcd)$", 1, 3],
      ["^a*$", 0, Infinity],
      ["a", 1, Infinity],
      ["^[^\\s\\S]*a$", 1, 1],
    ] as const
  ) {
    it(`are ${least} and ${most} for ${pattern}`, () => {
      assert.deepEqual(parsePattern(pattern).lengths(), { least, most });
    });
  }

  it("are correct for a set of texts", () => {
    assert.deepEqual(Nfa.ofTexts(["", "ab", "😀"]).lengths(), { least: 0, most: 2 });
  });
});

describe("UnicodeClasses", () => {
  const classes = new UnicodeClasses();
  for (const property of ["L", "Lu", "Nd", "Script=Han", "Cn", "Co", "ASCII", "Emoji", "Any"]) {
    it(`agree with the runtime: ${property}`, () => {
      const set = classes.get(property);
      const regex = new RegExp(`^\\p{${property}}$`, "u");
      for (let point = 0; point <= 0x10ffff; point++) {
        if (point === 0xd800) point = 0xe000;
        if (regex.test(String.fromCodePoint(point)) !== hasPoint(set, point)) {
          assert.fail(`U+${point.toString(16)}`);
        }
      }
    });
  }
});
