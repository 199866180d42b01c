import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { g1Prompt, readG1Answer } from "../../scripts/battery/g1.ts";
import { type Check, type Part, PARTS, readItems } from "../../scripts/battery/item.ts";
import {
  type Answer,
  isCall,
  isRight,
  isStory,
  lastNumber,
  saysUnknown,
} from "../../scripts/battery/score.ts";

const parts = Object.keys(PARTS) as Part[];

function answer(text: string, ended = true): Answer {
  return { text, calls: [], ended };
}

const STORY = "Once there was a girl called Mira. She found a lantern. Then her friend Tom came. " +
  '"Where is the boat?" asked Tom. Mira showed him the way. They went home and were happy.';

describe("the items of the battery", () => {
  it("has as many as its goals are counted of, each with an id of its own", async () => {
    const sizes = {
      facts: 60,
      honest: 30,
      sums: 30,
      stories: 20,
      memory: 40,
      tools: 30,
      system: 20,
    };
    for (const part of parts) {
      const items = await readItems(part);
      assert.equal(items.length, sizes[part]);
      assert.equal(new Set(items.map(({ id }) => id)).size, items.length);
      assert.ok(PARTS[part] < items.length);
    }
  });

  it("asks for what one of the three tools of the item can do", async () => {
    for (const { id, tools, check } of await readItems("tools")) {
      assert.equal(tools!.length, 3, id);
      assert(check.kind === "call");
      const tool = tools!.find(({ name }) => name === check.name);
      assert.ok(tool, id);
      for (const key of Object.keys(check.arguments)) {
        assert.ok(key in tool.parameters.properties, `${id}: ${key}`);
      }
    }
  });

  it("tells what it asks for, 0 to 15 turns before", async () => {
    const distances = (await readItems("memory")).map(({ turns, check }) => {
      assert(check.kind === "contains");
      assert.ok(isRight(answer(turns[0]!), check, ""), turns[0]!);
      assert.ok(!isRight(answer(turns.at(-1)!), check, ""), turns.at(-1));
      return turns.length - 2;
    });
    assert.equal(Math.min(...distances), 0);
    assert.equal(Math.max(...distances), 15);
  });
});

describe("the rules", () => {
  it("finds one of the answers as whole words", () => {
    const check: Check = { kind: "contains", any: ["four", "4"] };
    assert.ok(isRight(answer("A horse has 4 legs."), check, ""));
    assert.ok(isRight(answer("Four!"), check, ""));
    assert.ok(!isRight(answer("A horse has 14 legs."), check, ""));
    assert.ok(!isRight(answer("Fourteen."), check, ""));
  });

  it("takes the last number, in figures or in words", () => {
    assert.equal(lastNumber("8 + 5 is 13."), 13);
    assert.equal(lastNumber("It is twelve"), 12);
    assert.equal(lastNumber("8 and 5: thirteen, not 14."), 14);
    assert.equal(lastNumber("I do not know."), undefined);
  });

  it("knows an honest answer from an invention", () => {
    for (
      const text of [
        "I do not know.",
        "I don't know that.",
        "I cannot see you, so I do not know.",
        "You have not told me.",
        "Nobody can see the future.",
        "I have never heard of Quiblington.",
      ]
    ) assert.ok(saysUnknown(text, "Where is Quiblington?"), text);
    for (
      const text of [
        "It is in France.",
        "I know it well.",
        "I don't know, but I think it is far away.",
        "I don't know, it was called Kyle.",
        "I do not know. It has 400 people.",
        "",
      ]
    ) assert.ok(!saysUnknown(text, "Where is Quiblington?"), text);
  });

  it("wants both words, an end, and names that stay", () => {
    assert.ok(isStory(STORY, ["lantern", "boat"]));
    assert.ok(!isStory(STORY, ["lantern", "kite"]));
    assert.ok(!isStory(STORY.slice(0, -8), ["lantern", "boat"]), "it breaks off");
    assert.ok(!isStory("A lantern and a boat met. The end.", ["lantern", "boat"]), "too short");
    assert.ok(
      !isStory(`${STORY} Then they met Ben.`, ["lantern", "boat"]),
      "a new name at the end",
    );
    assert.ok(!isStory(`${STORY} So. So. So.`, ["lantern", "boat"]), "it goes round in circles");
    const check: Check = { kind: "story", words: ["lantern", "boat"] };
    assert.ok(isRight(answer(STORY), check, ""));
    assert.ok(!isRight(answer(STORY, false), check, ""), "it came to the limit of tokens");
  });

  it("finds plurals of the words, and no parts of others", () => {
    assert.ok(isStory(STORY.replace("a lantern", "two lanterns"), ["lantern", "boat"]));
    assert.ok(!isStory(STORY.replace("boat", "boathouse"), ["lantern", "boat"]));
  });

  it("compares a call by name and by every argument", () => {
    const wanted: Extract<Check, { kind: "call" }> = {
      kind: "call",
      name: "set",
      arguments: { room: ["the hall", "hall"], level: [5] },
    };
    const call = (name: string, args: Record<string, unknown>) =>
      isCall({ name, arguments: args }, wanted);
    assert.ok(call("set", { room: "Hall", level: 5 }));
    assert.ok(call("set", { room: "hall", level: "5", unit: "" }));
    assert.ok(!call("get", { room: "hall", level: 5 }));
    assert.ok(!call("set", { room: "hall" }));
    assert.ok(!call("set", { room: "hall", level: 5, unit: "lux" }));
    assert.ok(!call("set", { room: ["hall"], level: 5 }));
    const right = { name: "set", arguments: { room: "hall", level: 5 } };
    assert.ok(isRight({ text: "", calls: [right], ended: true }, wanted, ""));
    assert.ok(!isRight({ text: "", calls: [right, right], ended: true }, wanted, ""));
  });

  it("matches patterns in any case unless that counts", () => {
    assert.ok(isRight(answer("ARR!"), { kind: "matches", pattern: "^arr" }, ""));
    assert.ok(!isRight(answer("Moo"), { kind: "matches", pattern: "^[^A-Z]+$", case: true }, ""));
  });
});

describe("prompts of G1", () => {
  const tools = [{
    name: "get_time",
    description: "Get the time.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  }];

  it("has tools in the system turn and ends in the fence", () => {
    assert.equal(
      g1Prompt({ system: "Be brief.", tools }, [{ role: "user", text: "Time?" }], undefined),
      'System: Be brief.\nTools:\n[\n{"name":"get_time","description":"Get the time.",' +
        '"arguments":{"city":{"type":"string"}}}\n]\nReturn only a JSON function call.\n\n' +
        "User: Time?\n\nAssistant: ```json",
    );
  });

  it("asks for a thought behind the last user text alone", () => {
    const said = [
      { role: "user", text: "Hi\n\n\nthere" },
      { role: "assistant", text: "Hello." },
      { role: "user", text: "2 + 2?" },
    ] as const;
    const before = "User: Hi\nthere\n\nAssistant: Hello.\n\nUser: 2 + 2?";
    assert.equal(g1Prompt({}, said, undefined), `${before}\n\nAssistant:`);
    assert.equal(g1Prompt({}, said, "low"), `${before} (think a bit)\n\nAssistant: <think`);
    assert.equal(g1Prompt({}, said, "none"), `${before}\n\nAssistant: <think>\n</think`);
  });

  it("reads the answer behind the thought, and the call in its fence", () => {
    assert.deepEqual(readG1Answer("> 2 + 2 = 4.</think> It is 4.", false, "medium"), {
      answer: "It is 4.",
    });
    assert.deepEqual(readG1Answer("> and on and on", false, "medium"), { answer: "" });
    assert.deepEqual(readG1Answer("> It is 4.", false, "none"), { answer: "It is 4." });
    const text = '\n{"name":"get_time","arguments":{"city":"Rome"}}\n```';
    const { call } = readG1Answer(text, true, undefined);
    assert.deepEqual(call, { name: "get_time", arguments: { city: "Rome" } });
    assert.equal(readG1Answer('\n{"name":"get_time"}', true, undefined).call, undefined);
    assert.equal(readG1Answer("\n{oops", true, undefined).call, undefined);
  });
});
