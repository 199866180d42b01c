import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { StopMatcher } from "../../src/stream/stop_matcher.ts";
import { Fuzz } from "../fuzz.ts";

interface Outcome {
  text: string;
  matched: string | undefined;
}

/** Pushes the chunks until a stop sequence is found. */
function run(stops: readonly string[], chunks: readonly string[]): Outcome {
  const matcher = new StopMatcher(stops);
  let text = "";
  for (const chunk of chunks) {
    const match = matcher.push(chunk);
    text += match.text;
    if (match.matched !== undefined) return { text, matched: match.matched };
  }
  return { text: text + matcher.end(), matched: undefined };
}

/** Reference implementation: the stop sequence that ends first, and of those that end there the longest. */
function search(stops: readonly string[], text: string): Outcome {
  for (let end = 1; end <= text.length; end++) {
    const ending = stops.filter((stop) => text.slice(0, end).endsWith(stop));
    if (ending.length === 0) continue;
    const matched = ending.reduce((a, b) => b.length > a.length ? b : a);
    return { text: text.slice(0, end - matched.length), matched };
  }
  return { text, matched: undefined };
}

const cases: [stops: string[], text: string, expected: Outcome][] = [
  [[], "anything", { text: "anything", matched: undefined }],
  [["\n\nUser:"], "Bye.\n\nUser: hi", { text: "Bye.", matched: "\n\nUser:" }],
  [["\n\nUser:"], "Bye.\n\nUse", { text: "Bye.\n\nUse", matched: undefined }],
  [["stop"], "stop", { text: "", matched: "stop" }],
  [["aab"], "aaab", { text: "a", matched: "aab" }],
  [["abab"], "abacabab", { text: "abac", matched: "abab" }],
  [["\n\n"], "a\n\n\nb", { text: "a", matched: "\n\n" }],
  // The sequence that ends first wins, even over one that began earlier.
  [["abcd", "bc"], "abcd", { text: "a", matched: "bc" }],
  [["ab", "abc"], "abc", { text: "", matched: "ab" }],
  // Of several that end at the same place, the longest wins.
  [["c", "bc", "abc"], "abc", { text: "", matched: "abc" }],
  [["end", "end"], "the end", { text: "the ", matched: "end" }],
  [["😀"], "a😁😀b", { text: "a😁", matched: "😀" }],
];

describe("StopMatcher", () => {
  for (const [stops, text, expected] of cases) {
    it(`finds ${JSON.stringify(expected.matched)} of ${JSON.stringify(stops)} in ${JSON.stringify(text)}, however it is chunked`, () => {
      for (let a = 0; a <= text.length; a++) {
        for (let b = a; b <= text.length; b++) {
          assert.deepEqual(
            run(stops, [text.slice(0, a), text.slice(a, b), text.slice(b)]),
            expected,
          );
        }
      }
      assert.deepEqual(run(stops, text.split("")), expected);
    });
  }

  it("agrees with a search of the whole text, and releases text as early as possible", () => {
    const fuzz = new Fuzz("stop matcher");
    const word = (length: number) =>
      Array.from({ length }, () => fuzz.pick(["a", "b", "c"])).join("");
    for (let round = 0; round < 3000; round++) {
      const stops = Array.from({ length: fuzz.below(4) }, () => word(1 + fuzz.below(5)));
      const whole = word(fuzz.below(30));
      const expected = search(stops, whole);
      const matcher = new StopMatcher(stops);
      let text = "";
      let matched: string | undefined;
      let read = 0;
      while (read < whole.length && matched === undefined) {
        const chunk = whole.slice(read, read + fuzz.below(4));
        read += chunk.length;
        const match = matcher.push(chunk);
        text += match.text;
        matched = match.matched;
        if (matched !== undefined) break;
        const held = whole.slice(text.length, read);
        assert.equal(matcher.pending, held !== "");
        const mayBegin = (suffix: string) => stops.some((stop) => stop.startsWith(suffix));
        assert(held === "" || mayBegin(held), "holds back only the start of a stop sequence");
        for (let at = 0; at < text.length; at++) {
          assert(!mayBegin(whole.slice(at, read)), "releases no start of a stop sequence");
        }
      }
      assert.deepEqual(
        { text: text + matcher.end(), matched },
        expected,
        JSON.stringify({ stops, whole }),
      );
    }
  });

  it("releases nothing after a stop sequence", () => {
    const matcher = new StopMatcher(["x"]);
    assert.deepEqual(matcher.push("axb"), { text: "a", matched: "x" });
    assert.deepEqual(matcher.push("c"), { text: "", matched: "x" });
    assert.equal(matcher.pending, false);
    assert.equal(matcher.end(), "");
  });

  it("releases the text it held back when the stream ends", () => {
    const matcher = new StopMatcher(["\n\nUser:"]);
    assert.deepEqual(matcher.push("a\n\nU"), { text: "a" });
    assert.equal(matcher.pending, true);
    assert.equal(matcher.end(), "\n\nU");
    assert.equal(matcher.pending, false);
  });

  it("never splits a surrogate pair of one chunk", () => {
    const matcher = new StopMatcher(["😀!", "\ude00"]);
    for (const chunk of ["😁", "a😀", "😀?", "😂"]) assert(matcher.push(chunk).text.isWellFormed());
  });

  it("matches U+FFFD for a lone surrogate, and reports the original sequence", () => {
    assert.deepEqual(run(["\ud83d"], ["a\ufffd"]), { text: "a", matched: "\ud83d" });
  });

  it("rejects an empty stop sequence", () => {
    assert.throws(() => new StopMatcher(["a", ""]), RangeError);
  });
});
