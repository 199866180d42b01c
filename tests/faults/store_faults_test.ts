import assert from "node:assert/strict";
import { it } from "@std/testing/bdd";
import { LEASES } from "../../src/records/keys.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { kept } from "../records/kept.ts";
import { Fuzz } from "../fuzz.ts";
import { onEachDenoStore, type OpenStore } from "../store/each_deno_store.ts";
import { Client } from "./client.ts";
import { type Fault, FAULTS, FaultStore } from "./fault_store.ts";
import { Oracle } from "./oracle.ts";
import { portableScenario } from "./portable_scenario.ts";
import { scenario } from "./scenario.ts";
import { LEASE_MS, server, StandingClock } from "./world.ts";

/** Where what is kept is shown and deleted. */
const ROUTES = {
  conversation: "conversations",
  run: "responses",
  completion: "chat/completions",
} as const;

const ENV = { TERN_STATE_SECRETS: btoa("s".repeat(32)) };

/** After so many problems no more are looked for. */
const MOST_PROBLEMS = 10;

/** What goes by itself is gone after this time. */
const TWO_DAYS_MS = 48 * 60 * 60_000;

const ORACLE = new Oracle();

const SCENARIOS = { "answers": scenario, "texts and files": portableScenario };

/** Runs a scenario with a fault at one call. @returns the calls that were made */
async function run(
  act: (client: Client) => Promise<void>,
  open: OpenStore,
  fault: Fault,
  at: number,
): Promise<number> {
  const clock = new StandingClock();
  const store = await open(clock.now);
  const faulty = new FaultStore(store, fault, at);
  try {
    const front = server(faulty, clock, ENV);
    const back = server(store, clock, ENV);
    const client = new Client({
      front,
      back,
      store,
      clock,
      oracle: ORACLE,
      catchUp: () => faulty.catchUp(),
      refusals: fault === "breaks" ? [409, 503, 500] : [409, 503],
    });
    await act(client);
    const { calls } = faulty;
    await front.responses.sweep().catch(() => {});
    await front.responses.settled();
    await leavesNothing(store, back, clock);
    return calls;
  } finally {
    await store.close();
  }
}

/** Checks that what is there can be read, and that nothing remains when all of it is deleted. */
async function leavesNothing(
  store: KvStore,
  { ask, responses, lines }: ReturnType<typeof server>,
  clock: StandingClock,
): Promise<void> {
  clock.time += LEASE_MS + 1;
  await responses.sweep();
  await responses.settled();
  clock.time += TWO_DAYS_MS;
  await responses.sweep();
  assert.deepEqual(await Array.fromAsync(store.list(LEASES)), [], "a lease is stuck");
  for (const [kind, route] of Object.entries(ROUTES)) {
    for (const { key } of await Array.fromAsync(store.list(["public", kind]))) {
      const path = `/v1/${route}/${key[2]}`;
      const shown = await ask("GET", path);
      // What a conversation alone needed went with it.
      if (kind === "run" && shown.status === 404) continue;
      assert.equal(shown.status, 200, await shown.text());
      const deleted = await ask("DELETE", path);
      assert.equal(deleted.status, 200, await deleted.text());
    }
  }
  clock.time += TWO_DAYS_MS;
  await responses.sweep();
  const left = (await kept(store)).map(({ key }) => key.join("/"));
  assert.deepEqual(left, [], `${left.length} entries are orphans`);
  assert.deepEqual(lines.filter((line) => line.includes('"level":"error"')), []);
}

/** With the environment variable `FAULTS=all` every call goes wrong in turn, without it one of so many. */
const STRIDE = Deno.env.get("FAULTS") === "all" ? 1 : 23;

/** Runs that are under way at once: they wait for most of their time. */
const AT_ONCE = 6;

onEachDenoStore((name) => `A server whose store in ${name} goes wrong once`, (open, name) => {
  for (
    const [fault, [what, act]] of FAULTS.flatMap((fault) =>
      Object.entries(SCENARIOS).map((scenario) => [fault, scenario] as const)
    )
  ) {
    it(`keeps all its promises when a call ${fault}, whichever it is (${what})`, async () => {
      const fuzz = new Fuzz(`${fault}, ${name}, ${what}`);
      let next = 1 + fuzz.below(STRIDE);
      let calls = Infinity;
      const problems: string[] = [];
      const work = async () => {
        while (next <= calls) {
          const at = next;
          next += STRIDE;
          try {
            calls = await run(act, open, fault, at);
          } catch (error) {
            problems.push(`Call ${at} ${fault}: ${error instanceof Error ? error.stack : error}`);
            if (problems.length >= MOST_PROBLEMS) calls = 0;
          }
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));
      assert.ok(problems.length === 0, problems.join("\n\n"));
    });
  }
});
