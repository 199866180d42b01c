import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { parseTenantClaim, Tenants } from "../../src/api/access/tenants.ts";
import { apiKeys } from "../../src/settings/api_keys.ts";
import { tenantNotices } from "../../src/settings/tenant_notices.ts";
import { loadConfig } from "../../src/settings/config.ts";
import { quotasOf } from "../../src/settings/tenant_quotas.ts";
import { unclaimedData } from "../../src/settings/unclaimed_data.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { errorOf } from "../error_of.ts";
import { server, StandingClock } from "../faults/world.ts";
import { keyDigests } from "../key_digests.ts";

const [OLD, NEW, OTHER] = keyDigests("old", "new", "other") as [string, string, string];

/** Servers over one store, one after the other, as an operator changes their settings. */
function operator() {
  const store = new MemoryStore();
  const clock = new StandingClock();
  return (env: Record<string, string>) => {
    const { ask } = server(store, clock, env);
    const as = async (key: string | undefined, method: string, path: string, body?: unknown) => {
      const headers: Record<string, string> = {};
      if (key !== undefined) headers.authorization = `Bearer ${key}`;
      return await ask(method, path, body, { headers });
    };
    return {
      as,
      /** A conversation with a turn in it. */
      async talk(key?: string): Promise<string> {
        const begun = await as(key, "POST", "/v1/conversations", {});
        const { id } = await begun.json();
        const body = { model: "hash", input: "Hi", conversation: id, max_output_tokens: 4 };
        assert.equal((await as(key, "POST", "/v1/responses", body)).status, 200);
        return id;
      },
      /** The status of reading a conversation, and whether it can be continued. */
      async sees(key: string | undefined, conversation: string): Promise<boolean> {
        const read = await as(key, "GET", `/v1/conversations/${conversation}/items`);
        if (read.status === 404) return false;
        assert.equal(read.status, 200, await read.clone().text());
        assert.equal((await read.json()).data.length, 2);
        const body = { model: "hash", input: "Go on", conversation, max_output_tokens: 4 };
        const next = await as(key, "POST", "/v1/responses", body);
        const { usage } = await next.json();
        return usage.input_tokens_details.cached_tokens > 0;
      },
    };
  };
}

describe("keys of one name", () => {
  it("see the same conversations, and those of no other name", async () => {
    const start = operator();
    const { talk, sees } = start({
      TERN_API_KEYS: `acme=${OLD},acme=${NEW},beta=${OTHER}`,
    });
    const conversation = await talk("old");
    assert.equal(await sees("other", conversation), false);
    assert.equal(await sees("new", conversation), true);
  });

  it("replace each other without losing anything", async () => {
    const start = operator();
    const conversation = await start({ TERN_API_KEYS: `acme=${OLD}` }).talk("old");
    const { sees, as } = start({ TERN_API_KEYS: `acme=${NEW}` });
    assert.equal(await sees("new", conversation), true);
    await errorOf(await as("old", "GET", "/v1/models"), 401);
  });

  it("have what a key had stored before it had a name, if the settings say so", async () => {
    const start = operator();
    const conversation = await start({ TERN_API_KEYS: OLD }).talk("old");
    const without = start({ TERN_API_KEYS: `acme=${NEW},acme=${OLD}` });
    assert.equal(await without.sees("old", conversation), false);
    const env = { TERN_API_KEYS: `acme=${NEW}`, TERN_TENANTS: `acme=${OLD}` };
    assert.equal(await start(env).sees("new", conversation), true);
  });

  it("have what was stored without keys, if the settings say so", async () => {
    const start = operator();
    const conversation = await start({}).talk();
    const env = { TERN_API_KEYS: `acme=${NEW},beta=${OTHER}`, TERN_TENANTS: "acme=public" };
    const { sees, as } = start(env);
    assert.equal(await sees("other", conversation), false);
    assert.equal(await sees("new", conversation), true);
    await errorOf(await as(undefined, "GET", `/v1/conversations/${conversation}`), 401);
  });

  it("may be renamed", async () => {
    const start = operator();
    const conversation = await start({ TERN_API_KEYS: `old=${OLD}` }).talk("old");
    const env = { TERN_API_KEYS: `new=${OLD}`, TERN_TENANTS: "new=@old" };
    assert.equal(await start(env).sees("old", conversation), true);
  });

  it("share what they may ask for in a minute", async () => {
    const start = operator();
    const { as } = start({
      TERN_API_KEYS: `acme=${OLD},acme=${NEW},beta=${OTHER}`,
      TERN_REQUESTS_PER_MINUTE: "2",
    });
    assert.equal((await as("old", "GET", "/v1/models")).status, 200);
    assert.equal((await as("new", "GET", "/v1/models")).status, 200);
    await errorOf(await as("old", "GET", "/v1/models"), 429);
    assert.equal((await as("other", "GET", "/v1/models")).status, 200);
  });

  it("have the quotas that are given to the name", async () => {
    const start = operator();
    const { as } = start({
      TERN_API_KEYS: `acme=${OLD},acme=${NEW},beta=${OTHER}`,
      TERN_KEY_QUOTAS: "acme conversations=1",
    });
    assert.equal((await as("old", "POST", "/v1/conversations", {})).status, 200);
    await errorOf(await as("new", "POST", "/v1/conversations", {}), 429);
    for (let i = 0; i < 2; i++) {
      assert.equal((await as("other", "POST", "/v1/conversations", {})).status, 200);
    }
  });
});

describe("a key without a name", () => {
  it("is the tenant that it always was, and a name is never that of a digest", () => {
    const tenants = new Tenants([OLD, `acme=${NEW}`]);
    const digest = OLD.slice("sha256:".length);
    assert.equal(tenants.ofDigest(digest), digest.slice(0, 32));
    assert.equal(tenants.ofDigest(digest.toUpperCase()), digest.slice(0, 32));
    assert.equal(tenants.ofName(digest.slice(0, 32)), `@${digest.slice(0, 32)}`);
    assert(tenants.includes("@acme") && !tenants.includes("public"));
    assert(new Tenants([]).includes("public"));
  });
});

describe("quotas", () => {
  it("are found by a key's digest whether or not it has a name", () => {
    const config = loadConfig({
      TERN_API_KEYS: `acme=${OLD},${OTHER}`,
      TERN_TENANTS: "acme=public",
      TERN_KEY_QUOTAS: `${OLD} bytes=5, ${OTHER} bytes=6`,
    });
    const quotas = quotasOf(config);
    assert.equal(quotas("public").bytes, 5);
    assert.equal(quotas(OTHER.slice(7, 39)).bytes, 6);
    assert.equal(quotas("@acme").bytes, Infinity);
  });
});

describe("stored data that no key reaches", () => {
  it("is told of, with what to set, until a name has it", async () => {
    const store = new MemoryStore();
    const start = (env: Record<string, string>) => {
      const { ask } = server(store, new StandingClock(), env);
      const { apiKeys, tenants } = loadConfig(env);
      return { ask, told: () => unclaimedData(store, new Tenants(apiKeys, tenants)) };
    };
    const open = start({});
    await open.ask("POST", "/v1/conversations", {});
    assert.deepEqual(await open.told(), []);
    const keyed = start({ TERN_API_KEYS: OLD });
    assert.match((await keyed.told()).join(), /^[^,]*TERN_TENANTS=NAME=public/);
    const headers = { authorization: "Bearer old" };
    await keyed.ask("POST", "/v1/conversations", {}, { headers });
    const named = await start({ TERN_API_KEYS: `acme=${OLD},beta=${NEW}` }).told();
    assert.equal(named.length, 2);
    assert.match(named[1]!, /TERN_TENANTS=acme=sha256:/);
    assert(!named[1]!.includes(OLD), "a digest is not repeated");
    const claimed = start({
      TERN_API_KEYS: `acme=${OLD},beta=${NEW}`,
      TERN_TENANTS: `acme=${OLD},beta=public`,
    });
    assert.deepEqual(await claimed.told(), []);
  });
});

describe("settings that name tenants", () => {
  it("are told of where a name is no key's, and where two entries are of one tenant", () => {
    const notices = (env: Record<string, string>) => tenantNotices(loadConfig(env));
    assert.deepEqual(notices({ TERN_API_KEYS: `acme=${OLD}`, TERN_TENANTS: "acme=public" }), []);
    const [first, second] = notices({
      TERN_API_KEYS: `acme=${OLD}`,
      TERN_TENANTS: "amce=public",
      TERN_KEY_QUOTAS: "beta bytes=1",
    });
    assert.match(first!, /TERN_TENANTS names amce/);
    assert.match(second!, /TERN_KEY_QUOTAS names beta/);
    const twice = { TERN_API_KEYS: `acme=${OLD}`, TERN_KEY_QUOTAS: `acme bytes=1,${OLD} bytes=2` };
    assert.match(notices(twice).join(), /several entries for one tenant/);
  });

  it("give a key one name", () => {
    for (const entries of [`a=${OLD},b=${OLD}`, `a=${OLD},${OLD}`, `public=${OLD}`, `a b=${OLD}`]) {
      assert.equal(apiKeys(entries), undefined, entries);
    }
    assert.equal(apiKeys(`a=${OLD},a=${NEW}`)?.length, 2);
    assert.equal(parseTenantClaim(`a=b=${OLD}`), undefined);
  });
});
