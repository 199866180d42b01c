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
      return Promise.resolve(compileSchema(id, { const: key }));
    });
  return { get, compiled };
}

describe("GrammarCache", () => {
  it("compiles a repeated schema once", async () => {
    const { get, compiled } = counted();
    assert.equal(await get("a", "x"), await get("a", "x"));
    assert.equal(compiled.length, 1);
  });

  it("compiles a schema that is requested several times at once only once", async () => {
    const { get, compiled } = counted();
    const [one, other] = await Promise.all([get("a", "x"), get("a", "x")]);
    assert.equal(one, other);
    assert.equal(compiled.length, 1);
  });

  it("does not share grammars between tenants, even if names and keys concatenate equally", async () => {
    const { get, compiled } = counted();
    assert.notEqual(await get("a", "x"), await get("b", "x"));
    assert.notEqual(await get("a", "bc"), await get("ab", "c"));
    assert.equal(new Set(compiled).size, 4);
  });

  it("evicts the least recently used grammar of a tenant, whatever others do", async () => {
    const { get, compiled } = counted();
    const first = await get("a", "0");
    for (let i = 1; i < 16; i++) await get("a", `${i}`);
    for (let i = 0; i < 100; i++) await get("b", `${i}`);
    assert.equal(await get("a", "0"), first);
    await get("a", "16"); // One too many: evicts "1", the least recently used.
    const before = compiled.length;
    assert.equal(await get("a", "0"), first);
    assert.equal(compiled.length, before);
    await get("a", "1");
    assert.equal(compiled.length, before + 1);
  });

  it("keeps grammars of 64 tenants", async () => {
    const { get, compiled } = counted();
    for (let i = 0; i < 65; i++) await get(`${i}`, "x");
    await get("1", "x");
    assert.equal(compiled.length, 65);
    await get("0", "x");
    assert.equal(compiled.length, 66);
  });

  it("does not cache a failed compilation", async () => {
    const { get } = counted();
    const cache = new GrammarCache();
    const refuse = () => Promise.reject(new RangeError("too large"));
    await assert.rejects(cache.get("a", "x", refuse), /too large/);
    assert(await cache.get("a", "x", () => get("a", "x")));
  });
});
