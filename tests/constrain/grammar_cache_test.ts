import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { GrammarCache } from "../../src/constrain/grammar_cache.ts";
import { compileSchema } from "../../src/constrain/json_schema/compile_schema.ts";

/** A cache that records compilations. */
function counted() {
  const cache = new GrammarCache();
  const compiled: string[] = [];
  const get = (tenant: string, key: string) =>
    cache.get(tenant, key, (id) => {
      compiled.push(id);
      return compileSchema(id, { const: key });
    });
  return { get, compiled };
}

describe("GrammarCache", () => {
  it("compiles a repeated schema once", () => {
    const { get, compiled } = counted();
    assert.equal(get("a", "x"), get("a", "x"));
    assert.equal(compiled.length, 1);
  });

  it("does not share grammars between tenants, even if names and keys concatenate equally", () => {
    const { get, compiled } = counted();
    assert.notEqual(get("a", "x"), get("b", "x"));
    assert.notEqual(get("a", "bc"), get("ab", "c"));
    assert.equal(new Set(compiled).size, 4);
  });

  it("evicts the least recently used grammar of a tenant, whatever others do", () => {
    const { get, compiled } = counted();
    const first = get("a", "0");
    for (let i = 1; i < 16; i++) get("a", `${i}`);
    for (let i = 0; i < 100; i++) get("b", `${i}`);
    assert.equal(get("a", "0"), first);
    get("a", "16"); // One too many: evicts "1", the least recently used.
    const before = compiled.length;
    assert.equal(get("a", "0"), first);
    assert.equal(compiled.length, before);
    get("a", "1");
    assert.equal(compiled.length, before + 1);
  });

  it("keeps grammars of 64 tenants", () => {
    const { get, compiled } = counted();
    for (let i = 0; i < 65; i++) get(`${i}`, "x");
    get("1", "x");
    assert.equal(compiled.length, 65);
    get("0", "x");
    assert.equal(compiled.length, 66);
  });

  it("does not cache a failed compilation", () => {
    const { get } = counted();
    const cache = new GrammarCache();
    const refuse = () => {
      throw new RangeError("too large");
    };
    assert.throws(() => cache.get("a", "x", refuse), /too large/);
    assert(cache.get("a", "x", () => get("a", "x")));
  });
});
