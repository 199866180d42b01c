import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { z } from "zod";
import { jsonRecord } from "../../src/records/json_record.ts";

/** Names that objects have of themselves. */
const NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "", "0", "é"];

describe("a record of keys that senders choose", () => {
  it("has every key that JSON can have, with its value, in the same order", () => {
    const sent = `{${NAMES.map((name, i) => `${JSON.stringify(name)}:"${i}"`)}}`;
    const kept = jsonRecord(z.string(), z.string()).parse(JSON.parse(sent));
    assert.equal(JSON.stringify(kept), JSON.stringify(JSON.parse(sent)));
    assert.equal(Object.getPrototypeOf(kept), Object.prototype);
    assert.equal(
      JSON.stringify(
        z.object({ kept: jsonRecord(z.string(), z.unknown()) }).parse({
          kept: JSON.parse('{"__proto__":{"__proto__":1}}'),
        }),
      ),
      '{"kept":{"__proto__":{"__proto__":1}}}',
    );
  });

  it("refuses what is no object, a key, and a value, by name", () => {
    const record = jsonRecord(z.string().max(10), z.string());
    for (const value of [null, undefined, "a", 1, [], [["a", "b"]]]) {
      const issue = record.safeParse(value).error?.issues[0];
      assert.deepEqual([issue?.code, issue?.path], ["invalid_type", []], JSON.stringify(value));
    }
    const [long] = record.safeParse({ ["k".repeat(11)]: "v" }).error!.issues;
    assert.deepEqual([long?.code, long?.path], ["invalid_key", ["k".repeat(11)]]);
    const [wrong] = record.safeParse(JSON.parse('{"__proto__": 1}')).error!.issues;
    assert.deepEqual([wrong?.code, wrong?.path], ["invalid_type", ["__proto__"]]);
  });
});
