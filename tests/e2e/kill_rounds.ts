import assert from "node:assert/strict";
import { Fuzz } from "../fuzz.ts";
import { ConversationChurn } from "./conversation_churn.ts";
import { CutOffError, type Frame, frames, readOn, withoutNames } from "./response_reader.ts";
import { ServerProcess } from "./server_process.ts";

/**
 * How long a process is paused: several leases. It may have locked the file that it shares with the others, so it cannot
 * be for as long as these take to finish.
 */
const PAUSE_MS = 2_500;

/** What {@linkcode killRounds} does. */
export interface KillOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Processes that are ended in the middle of an answer. */
  readonly kills: number;
  /** What requests have besides. */
  readonly fields?: object;
  readonly onRound?: (round: KillRound) => void;
}

/** What was done beside the answers. */
export interface KillResult {
  /** Changes of conversations. */
  readonly changes: number;
  /** Requests among them that were sent again. */
  readonly again: number;
}

/** What happened in a round. */
export interface KillRound {
  readonly round: number;
  readonly mode: "stream" | "background";
  readonly shape: Shape;
  /** `pause` is SIGSTOP, and SIGCONT several leases later. */
  readonly end: "kill" | "pause";
  /** Events that the first reader had by then, and all there are. */
  readonly seen: number;
  readonly events: number;
  /** Milliseconds from the kill to the end of all readers. */
  readonly ms: number;
}

const PROMPTS = [
  "Hi! Tell me a story.",
  "Hello! My name is Sarah. Tell me a long story about a dragon.",
  "Tell me a story about the sea, please.",
];
const SEEDS = [1, 2, 3];

/** Changes of conversations beside each answer. */
const CHANGES = 4;

/** What answers are held to, and what they go on from. */
const SHAPES = ["text", "schema", "calls", "conversation"] as const;
type Shape = (typeof SHAPES)[number];

const PERSON = {
  type: "object",
  properties: {
    name: { type: "string", pattern: "^[A-Z][a-z]{2,30}$" },
    story: { type: "string" },
  },
  required: ["name", "story"],
  additionalProperties: false,
};

/** The fields of a request that ask for a shape. */
async function fieldsOf(shape: Shape, url: string): Promise<object> {
  switch (shape) {
    case "text":
      return {};
    case "schema":
      return { text: { format: { type: "json_schema", name: "person", schema: PERSON } } };
    case "calls": {
      const tools = [{ type: "function", name: "remember", parameters: PERSON }];
      return { tools, tool_choice: "required" };
    }
    case "conversation": {
      const items = [{ type: "message", role: "user", content: "My dog is called Rex." }];
      const reply = await fetch(`${url}/v1/conversations`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ items }),
      });
      return { conversation: (await reply.json()).id };
    }
  }
}

/** Of how many rounds one pauses the process instead of killing it. */
const PAUSE_EVERY = 8;

/**
 * Ends one process after the other in the middle of an answer, at random, with several readers at each; and checks that
 * every reader has had the same bytes, those of an undisturbed run with the same seed.
 */
export async function killRounds(
  { env, kills, fields: extra, onRound }: KillOptions,
): Promise<KillResult> {
  const fuzz = new Fuzz("kill rounds");
  // One guesses tokens ahead where another does not: that changes no byte.
  const start = () =>
    ServerProcess.start({
      TERN_LEASE_MS: "600",
      TERN_SPECULATION: fuzz.pick(["true", "false"]),
      ...env,
      TERN_LOG: "info",
    });
  const servers = await Promise.all([start(), start()]);
  try {
    const undisturbed = new Map<string, string>();
    const expectedOf = async (shape: Shape, input: string, seed: number): Promise<string> => {
      const name = `${shape}/${input}/${seed}`;
      const known = undisturbed.get(name);
      if (known !== undefined) return known;
      const { url } = servers[0]!;
      const fields = { ...await fieldsOf(shape, url), ...extra };
      const { response } = await create(url, { input, seed, stream: true, ...fields });
      let text = "";
      for await (const frame of frames(response)) text += frame.text;
      undisturbed.set(name, withoutNames(text));
      return undisturbed.get(name)!;
    };
    const churn = new ConversationChurn(() => fuzz.pick(servers).url, fuzz);
    for (let round = 1; round <= kills; round++) {
      const input = fuzz.pick(PROMPTS);
      const seed = fuzz.pick(SEEDS);
      const mode = fuzz.pick(["stream", "background"] as const);
      const end = round % PAUSE_EVERY === 0 ? "pause" : "kill";
      const victim = fuzz.below(2);
      const [dying, living] = [servers[victim]!, servers[1 - victim]!];
      const shape = fuzz.pick(SHAPES);
      const expected = await expectedOf(shape, input, seed);
      const events = expected.split("\n\n").length - 2;
      const seen = 1 + fuzz.below(Math.max(1, events - 6));

      const { response } = await create(dying.url, {
        ...await fieldsOf(shape, dying.url),
        input,
        seed,
        stream: mode === "stream",
        background: mode === "background",
        ...extra,
      });
      let first: AsyncGenerator<Frame> | undefined;
      let id: string;
      let head = "";
      let last = -1;
      const reached = Promise.withResolvers<void>();
      if (mode === "stream") {
        first = frames(response);
        const { value } = await first.next();
        head = value!.text;
        last = 0;
        id = /resp_[0-9a-f]{48}/.exec(head)![0];
      } else {
        id = (await response.json()).id;
      }
      const onFrame = ({ number }: Frame) => {
        if ((number ?? Infinity) >= seen) reached.resolve();
      };
      let broken = false;
      const where = () => broken ? living.url : dying.url;
      const after = fuzz.below(events);
      const readers = [
        readOn(where, id, { after: last, ...(first ? { first } : {}), onFrame })
          .then((text) => head + text),
        readOn(() => living.url, id),
        readOn(() => fuzz.below(2) === 0 ? living.url : where(), id, { after }),
      ];
      // Conversations are changed at the same time.
      const changing = (async () => {
        for (let change = 0; change < CHANGES; change++) await churn.change();
      })();
      changing.catch(() => {}); // waited for below
      await Promise.race([reached.promise, Promise.all(readers)]);
      const began = performance.now();
      broken = true;
      let replacement: Promise<ServerProcess> | undefined;
      if (end === "kill") {
        await dying.kill();
        // It starts while the readers go on with the other one.
        replacement = start();
        replacement.catch(() => {}); // awaited below
      } else {
        dying.pause();
        setTimeout(() => dying.resume(), PAUSE_MS);
      }
      if (replacement !== undefined) servers[victim] = await replacement;
      const [whole, other, part] = await Promise.all(readers);
      const ms = Math.round(performance.now() - began);

      same(other!, whole!, "two readers");
      const skipped = whole!.split("\n\n").slice(0, after + 1).map((text) => `${text}\n\n`);
      same(skipped.join("") + part!, whole!, "a reader that began in the middle");
      same(
        unqueued(withoutNames(whole!)),
        unqueued(expected),
        "an undisturbed run",
      );
      same(await readOn(() => servers[victim]!.url, id), whole!, "a reader afterwards");
      await changing;
      onRound?.({ round, mode, shape, end, seen, events, ms });
    }
    await churn.verify();
    return { changes: churn.changes, again: churn.again };
  } finally {
    await Promise.allSettled(servers.map((server) => server.kill()));
  }
}

async function create(url: string, fields: object): Promise<{ response: Response }> {
  const response = await fetch(`${url}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "tern-7m", ...fields }),
  });
  if (response.status !== 200) {
    throw new CutOffError(`${response.status} ${await response.text()}`);
  }
  return { response };
}

/**
 * One in the background has one event more, and other numbers for that. A prompt that was answered before is not read
 * again.
 */
function unqueued(text: string): string {
  return text.replace(/event: response\.queued\n.*\n\n/, "")
    .replaceAll(/"sequence_number":\d+/g, "")
    .replaceAll(/"(cached|cache_write)_tokens":\d+/g, "")
    .replaceAll('"status":"queued"', '"status":"in_progress"');
}

/** Compares cheaply: a diff of long texts takes very long. */
function same(actual: string, expected: string, what: string): void {
  if (actual === expected) return;
  let at = 0;
  while (actual[at] === expected[at]) at++;
  const near = (text: string) => JSON.stringify(text.slice(Math.max(0, at - 100), at + 200));
  assert.fail(`${what} differs at ${at}: ${near(actual)} and not ${near(expected)}`);
}
