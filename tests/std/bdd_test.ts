import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";

const log: string[] = [];

describe("bdd", () => {
  beforeAll(() => void log.push("beforeAll"));
  beforeEach(() => void log.push("beforeEach"));
  afterEach(() => void log.push("afterEach"));
  afterAll(() => void log.push("afterAll"));

  it("runs a test between the hooks", async () => {
    await Promise.resolve();
    log.push("first");
  });

  describe("nested", () => {
    beforeAll(async () => {
      await Promise.resolve();
      log.push("inner beforeAll");
    });
    beforeEach(() => void log.push("inner beforeEach"));
    afterEach(() => void log.push("inner afterEach"));
    afterAll(() => void log.push("inner afterAll"));
    it({ name: "runs a nested test inside both groups' hooks", fn: () => void log.push("second") });
  });

  it.skip("skips a test", () => assert.fail("ran"));
  it.ignore("ignores a test", () => assert.fail("ran"));
  it({ name: "ignores a test by its options", ignore: true, fn: () => assert.fail("ran") });
  describe.skip("skipped", () => it("is never declared", () => assert.fail("ran")));
});

// Tests run in the order of their declaration, so the group above has ended.
it("runs the hooks in order, before and after each test and group", () => {
  assert.deepEqual(log, [
    ...["beforeAll", "beforeEach", "first", "afterEach"],
    ...["inner beforeAll", "beforeEach", "inner beforeEach", "second", "inner afterEach"],
    ...["afterEach", "inner afterAll", "afterAll"],
  ]);
});

it("fails the run when a test, a nested test or a hook fails, and names it", async () => {
  const file = await Deno.makeTempFile({ suffix: "_test.ts" });
  try {
    await Deno.writeTextFile(
      file,
      `import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
      describe("outer", () => {
        afterAll(() => { throw new Error("hook failed"); });
        describe("inner", () => {
          it("breaks", async () => { await Promise.resolve(); throw new Error("by design"); });
          it("still runs", () => {});
        });
      });`,
    );
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-check", "--config", config, file],
      env: { NO_COLOR: "1" },
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.equal(code, 1);
    assert.match(text, /outer \.\.\. inner \.\.\. breaks/);
    assert.match(text, /by design/);
    assert.match(text, /hook failed/);
    assert.match(text, /still runs \.\.\. .*ok/);
  } finally {
    await Deno.remove(file);
  }
});
