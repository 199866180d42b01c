import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import {
  PLAIN_PARSER,
  splitThoughts,
  ThoughtsParser,
  ToolCallParser,
} from "../../src/prompt/answer_parser.ts";
import { TOOL_FORMATS, writeCalls } from "../../src/prompt/tool_format.ts";
import { Fuzz } from "../fuzz.ts";

const CALLS = [{ name: "add", arguments: '{"a":"```\\n</think>"}' }, {
  name: "now",
  arguments: "{}",
}];

/** What a parser makes of texts, put together. */
function parsed(texts: readonly string[]) {
  const parser = new ThoughtsParser(new ToolCallParser(TOOL_FORMATS.g1));
  let [thoughts, content] = ["", ""];
  const calls: { name: string; arguments: string }[] = [];
  const order: string[] = [];
  for (const part of [...texts.flatMap((text) => parser.push(text)), ...parser.end()]) {
    if (order.at(-1) !== part.type) order.push(part.type);
    if (part.type === "thought") thoughts += part.text;
    else if (part.type === "content") content += part.text;
    else if (part.type === "call") calls.push({ name: part.name, arguments: "" });
    else if (part.type === "arguments") calls[part.call]!.arguments += part.text;
  }
  return { thoughts, content, calls, order };
}

describe("ThoughtsParser", () => {
  it("reads what was written, wherever the pieces break", () => {
    const fuzz = new Fuzz("thoughts");
    const answers = [
      ["<think>\n a </thin b\n\nc \n</think>\n\n", "a </thin b\n\nc"],
      ["<think>a</think>", "a"],
      ["<think>\n</think>\n", ""],
      ["<think></think>", ""],
      ["", ""],
    ] as const;
    const rests = [["d\n\n</think> e", []], ["<think>f", []], ["", []], [
      writeCalls(CALLS, TOOL_FORMATS.g1),
      CALLS,
    ]] as const;
    for (let round = 0; round < 500; round++) {
      const [marked, thoughts] = fuzz.pick(answers);
      const [rest, calls] = fuzz.pick(rests);
      // Without thoughts before it, it would be them itself.
      if (marked === "" && rest.startsWith("<think>")) continue;
      let text = marked + rest;
      const pieces: string[] = [];
      while (text !== "") {
        const length = 1 + fuzz.below(9);
        pieces.push(text.slice(0, length));
        text = text.slice(length);
      }
      const { order, ...found } = parsed(pieces);
      const content = calls.length > 0 ? "" : rest;
      assert.deepEqual(found, { thoughts, content, calls }, JSON.stringify(pieces));
      const both = thoughts === "" ? [] : ["thought", "thought out"];
      assert.deepEqual(order.slice(0, both.length), both);
    }
  });

  it("has as much of the thoughts as there is", () => {
    assert.deepEqual(splitThoughts("<think>a b"), { thoughts: "a b", answer: "" });
    assert.deepEqual(splitThoughts("<think>a\n"), { thoughts: "a", answer: "" });
    assert.deepEqual(splitThoughts("<thin"), { answer: "<thin" });
    assert.deepEqual(splitThoughts("a <think>b</think>"), { answer: "a <think>b</think>" });
  });

  it("holds back only what may be the mark, or white space at the end", () => {
    const parser = new ThoughtsParser(PLAIN_PARSER);
    assert.deepEqual(parser.push("<think>"), []);
    assert.deepEqual(parser.push("a <"), [{ type: "thought", text: "a" }]);
    assert.deepEqual(parser.push("b"), [{ type: "thought", text: " <b" }]);
    assert.equal(parser.isThinking, true);
    assert.deepEqual(parser.push("</think>"), [{ type: "thought out" }]);
    assert.equal(parser.isThinking, false);
  });
});
