import assert from "node:assert/strict";
import { Fuzz } from "../fuzz.ts";
import { CarefulClient, MODES, type TurnOfClient } from "./careful_client.ts";
import { startDispatcher } from "./dispatcher.ts";
import { ServerProcess } from "./server_process.ts";

/** What {@linkcode manyProcesses} does. */
export interface ManyOptions {
  /** Settings of all servers: above all, their store. */
  readonly env: Readonly<Record<string, string>>;
  readonly processes: number;
  readonly conversations: number;
  readonly turns: number;
  readonly kills: number;
  readonly onKill?: (kill: number, done: number) => void;
}

/** What happened. */
export interface ManyResult {
  readonly turns: number;
  /** Times that a client was cut off. */
  readonly cuts: number;
}

/** Conversations with the same script are the same. */
const SCRIPTS = 5;

/** Conversations that go on at once. */
const AT_ONCE = 8;

const INPUTS = ["Hi! My name is Sarah.", "Tell me a story.", "What is my name?", "Go on, please."];

/** What is said in a conversation. How it is asked for is left to chance, and makes no difference. */
function script(number: number, turns: number): Omit<TurnOfClient, "mode">[] {
  return Array.from({ length: turns }, (_, turn) => ({
    input: INPUTS[(number + turn) % INPUTS.length]!,
    seed: 100 * number + turn,
  }));
}

/**
 * Holds many conversations with several servers over one store, of which any is asked for anything, and kills them on
 * the way. At the end each conversation must be what an undisturbed one is, turn by turn.
 */
export async function manyProcesses(options: ManyOptions): Promise<ManyResult> {
  const { env, processes, conversations, turns, kills, onKill } = options;
  const fuzz = new Fuzz("many processes");
  const start = () => ServerProcess.start({ TERN_LEASE_MS: "1000", ...env });
  await using resources = new AsyncDisposableStack();
  const servers: ServerProcess[] = [];
  resources.defer(async () => void await Promise.allSettled(servers.map((each) => each.kill())));
  for (let i = 0; i < processes; i++) servers.push(await start());

  const calm = new CarefulClient(servers[0]!.url);
  const expected: string[][] = [];
  for (let number = 0; number < SCRIPTS; number++) {
    const id = await calm.begin();
    for (const turn of script(number, turns)) await calm.turn(id, { ...turn, mode: "whole" });
    expected.push(await calm.said(id));
  }
  assert.equal(calm.cuts, 0);

  const dispatcher = resources.use(startDispatcher(() => fuzz.pick(servers).url));
  const client = new CarefulClient(dispatcher.url);
  const ids: string[] = [];
  let next = 0;
  let done = 0;
  let killed = 0;
  const restarts: Promise<unknown>[] = [];
  const total = conversations * turns;
  const killSome = async () => {
    const due = () => killed < kills && done >= (killed + 1) * total / (kills + 1);
    // Those that were killed before may not be back yet.
    while (due() && servers.length <= 1) await new Promise((resolve) => setTimeout(resolve, 50));
    if (!due()) return;
    killed++;
    onKill?.(killed, done);
    const [victim] = servers.splice(fuzz.below(servers.length), 1);
    restarts.push(start().then((server) => servers.push(server)));
    await victim!.kill();
  };
  const hold = async () => {
    while (next < conversations) {
      const number = next++;
      const id = ids[number] = await client.begin();
      for (const turn of script(number % SCRIPTS, turns)) {
        await client.turn(id, { ...turn, mode: fuzz.pick(MODES) });
        done++;
        await killSome();
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, hold));
  await Promise.all(restarts);
  assert.equal(killed, kills);
  for (const [number, id] of ids.entries()) {
    assert.deepEqual(await client.said(id), expected[number % SCRIPTS], `conversation ${number}`);
  }
  await client.verify();
  return { turns: done, cuts: client.cuts };
}
