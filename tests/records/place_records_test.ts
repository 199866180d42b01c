import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { besideId, homeOf } from "../../src/records/home.ts";
import { isResponseId, newBlobId } from "../../src/records/ids.ts";
import {
  BORN,
  bornKey,
  chunkKey,
  conversationKey,
  headKey,
  leaseKey,
  LEASES,
  logKey,
  logPrefix,
  manifestKey,
  nodeKey,
  prefixKey,
  refKey,
  refPrefix,
  runKey,
  usageKey,
} from "../../src/records/keys.ts";
import { placeRecords } from "../../src/records/place_records.ts";
import { StoreKeyError } from "../../src/store/errors.ts";
import { planCommit } from "../../src/store/plan_commit.ts";

const conversation = `conv_${"0a".repeat(24)}`;
const response = besideId(`resp_${"bc".repeat(24)}`, conversation);
const OWN = `acme/${"0a".repeat(12)}`;
const placement = placeRecords(["beta", "acme"]);
const value = new Uint8Array(100);

describe("placeRecords", () => {
  it("keeps a conversation and its responses in one object", () => {
    assert(isResponseId(response));
    const blob = newBlobId(response);
    for (
      const key of [
        headKey("acme", conversation),
        runKey("acme", response),
        nodeKey("acme", response),
        logKey("acme", response, 3),
        leaseKey("acme", response),
        refKey("acme", response, conversation),
        manifestKey("acme", blob),
        chunkKey("acme", blob, 0),
      ]
    ) assert.equal(placement.objectOf(key), OWN, key.join());
    for (const prefix of [logPrefix("acme", response), refPrefix("acme", response)]) {
      assert.deepEqual(placement.objectsOf(prefix), [OWN]);
    }
  });

  it("keeps lists, quotas and what only saves work in an object of the tenant", () => {
    for (
      const key of [
        conversationKey("acme", conversation),
        usageKey("acme", "bytes"),
        prefixKey("acme", "hash"),
        bornKey("acme", 1, "response", response),
        manifestKey("acme", newBlobId()),
      ]
    ) assert.equal(placement.objectOf(key), "acme", key.join());
  });

  it("shares no object between tenants, not even for the same id", () => {
    const objects = ["acme", "beta"].map((tenant) => placement.objectOf(runKey(tenant, response)));
    assert.equal(new Set(objects).size, 2);
  });

  it("lists what is everyone's by tenant, and refuses to list what is spread", () => {
    assert.deepEqual(placement.objectsOf(LEASES), ["acme", "beta"]);
    assert.deepEqual(placement.objectsOf([...BORN, "beta"]), ["beta"]);
    for (const prefix of [[], ["acme"], ["acme", "run"], ["*"]]) {
      assert.throws(() => placement.objectsOf(prefix), StoreKeyError);
    }
  });

  it("takes what is no id for one of the tenant", () => {
    for (const id of ["", "resp_", "resp_1", `resp_${"0A".repeat(24)}`, `${"0a".repeat(16)}`]) {
      assert.equal(homeOf(id), undefined);
      assert.equal(placement.objectOf(runKey("acme", id)), "acme");
      assert.equal(besideId(response, id), response);
    }
  });
});

describe("planCommit, of records", () => {
  const lease = leaseKey("acme", response);
  const run = { key: runKey("acme", response), value };

  it("makes a response in one object, with what lists it ahead, and the counters later", () => {
    const plan = planCommit(placement, {
      checks: [{ key: run.key, version: undefined }],
      writes: [
        run,
        { key: lease, value },
        { key: bornKey("acme", 1, "response", response), value: new Uint8Array() },
        { key: usageKey("acme", "bytes"), add: 7 },
        { key: usageKey("acme", "bytes"), add: 2 },
      ],
    });
    assert.deepEqual([plan.home, [...plan.parts.keys()], plan.takesOwed], [OWN, [OWN], false]);
    assert.deepEqual(Object.values(plan.owed), [9]);
    const ahead = plan.ahead.get("acme")!.writes.map(({ key }) => key);
    assert.deepEqual(ahead, [lease, bornKey("acme", 1, "response", response)]);
  });

  it("leaves the pointer of a lease that is renewed, and deletes it with the lease", () => {
    const renewed = planCommit(placement, {
      checks: [{ key: lease, version: "1" }],
      writes: [{ key: lease, value }],
    });
    assert.deepEqual([[...renewed.parts.keys()], renewed.ahead.size], [[OWN], 0]);
    const ended = planCommit(placement, { writes: [run, { key: lease, delete: true }] });
    assert.deepEqual([...ended.parts.keys()], [OWN, "acme"]);
    assert.deepEqual(ended.parts.get("acme")!.writes, [{ key: lease, delete: true }]);
    assert.equal(ended.takesOwed, true);
  });

  it("lets no counter lag for a record that is not listed", () => {
    const plan = planCommit(placement, {
      writes: [run, { key: usageKey("acme", "bytes"), add: 7 }],
    });
    assert.deepEqual([[...plan.parts.keys()], plan.owed], [[OWN, "acme"], {}]);
  });

  it("lets the object decide whose lease ends, however little it writes", () => {
    const other = `resp_${"de".repeat(24)}`;
    const plan = planCommit(placement, {
      writes: [
        { key: leaseKey("acme", other), delete: true },
        { ...run, value: new Uint8Array(9999) },
      ],
    });
    assert.equal(plan.home, `acme/${"de".repeat(12)}`);
  });

  it("does not let a counter lag that the commit checks", () => {
    const plan = planCommit(placement, {
      checks: [{ key: usageKey("acme", "bytes"), version: "1" }],
      writes: [run, { key: usageKey("acme", "bytes"), add: 7 }],
    });
    assert.deepEqual([...plan.parts.keys()].sort(), ["acme", OWN]);
    assert.deepEqual(plan.owed, {});
  });
});
