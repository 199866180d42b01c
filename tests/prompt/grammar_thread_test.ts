import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { EffortExceededError, MAX_STEPS } from "../../src/constrain/effort.ts";
import { type AnswerForm, compileForm } from "../../src/prompt/answer_form.ts";
import { GrammarThread } from "../../src/prompt/grammar_thread.ts";

const CHARACTERS = Array.from({ length: 9_000 }, (_, i) => String.fromCodePoint(0x4e00 + 2 * i))
  .join("");

/** Strings that a pattern matches. */
function matching(pattern: string): AnswerForm {
  return { type: "json", schema: { type: "string", pattern } };
}

describe("GrammarThread", () => {
  it("gives the grammar that is compiled without it, whether it is small or large", async () => {
    using thread = new GrammarThread();
    for (const pattern of ["^a{1,3}$", `^[${CHARACTERS}]{1,50}$`]) {
      const form = matching(pattern);
      assert.deepEqual(await thread.compile("id", form), compileForm("id", form));
    }
  });

  it("leaves this thread to others while it compiles", async () => {
    using thread = new GrammarThread();
    await thread.compile("warm", matching(`^[${CHARACTERS.slice(0, 3_000)}]{2}$`));
    let done = false;
    const compiled = thread.compile("id", matching(`^[${CHARACTERS}]{1,400}$`))
      .finally(() => done = true);
    let turns = 0;
    while (!done) {
      turns++;
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    await compiled;
    assert(turns > 1, `${turns} turns of the event loop`);
  });

  it("refuses what takes too many steps, and says how many it may take", async () => {
    using thread = new GrammarThread();
    const pattern = `^(?!.*(a[${CHARACTERS.slice(0, 2_000)}]{20}|b.{9}c)).{1,300}$`;
    await assert.rejects(thread.compile("id", matching(pattern)), (error) => {
      assert(error instanceof EffortExceededError);
      assert.equal(error.limit, MAX_STEPS);
      assert.match(error.clientMessage, new RegExp(`more than ${MAX_STEPS} steps`));
      return true;
    });
    assert((await thread.compile("id", matching("^b$"))).edges.length > 0);
  });
});
