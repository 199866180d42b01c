/**
 * The whole way of an answer, from a generation to the bytes of a reply: what happens when a stage fails, when the client
 * leaves, and when it reads slowly.
 *
 * @module
 */
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { AnswerEvents, type EventWriter } from "../../src/api/answers/answer_events.ts";
import type { Sequence } from "../../src/engine/inference.ts";
import { TurnQueue } from "../../src/limits/turn_queue.ts";
import { AnswerStream } from "../../src/stream/answer_stream.ts";
import { sseBody } from "../../src/stream/sse_body.ts";
import { queueTurns } from "../../src/turn/queue_turns.ts";
import { type PreparedTurn, runTurn, type RunTurnParts } from "../../src/turn/run_turn.ts";
import type { Turn, TurnEvent, TurnRequest } from "../../src/turn/turn.ts";
import { chatTemplate } from "../../src/prompt/template.ts";
import { FakeChatService } from "../api/fake_chat_service.ts";

const STAGES = ["begin", "open", "prefill", "generate", "store", "write"] as const;
type Stage = (typeof STAGES)[number];

const settle = async () => {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
};

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/**
 * A turn whose answer is "a", "b", "c", as a reply.
 *
 * @param fails the stage that throws
 * @param hangs the stage that goes on until it is aborted
 */
function reply({ fails, hangs }: { fails?: Stage; hangs?: Stage } = {}) {
  const counts = { opened: 0, closed: 0, generated: 0, finallies: 0, spent: 0 };
  const reach = async (stage: Stage, signal: AbortSignal): Promise<void> => {
    await Promise.resolve();
    if (fails === stage) throw new RangeError(stage);
    if (hangs === stage) await untilAborted(signal);
  };
  const sequence: Sequence = {
    read: () => Promise.reject(new Error("nothing is read besides the prompt")),
    async *generate({ signal }) {
      try {
        await reach("prefill", signal);
        for (const text of ["a", "b", "c"]) {
          counts.generated++;
          yield { type: "text", text, tokens: [1] };
          await reach("generate", signal);
        }
        return { reason: "stop", tokens: [1, 1, 1] };
      } finally {
        counts.finallies++;
      }
    },
    state: () => Promise.reject(new Error("nobody asks for it")),
    close: () => void counts.closed++,
  };
  const left = new AbortController();
  const parts = {
    inference: {
      open() {
        if (fails === "open") throw new RangeError("open");
        counts.opened++;
        return sequence;
      },
    },
    keeper: {
      async end(...[, , , , , came]: Parameters<RunTurnParts["keeper"]["end"]>) {
        await reach("store", left.signal);
        return { type: "end", ...came };
      },
    },
    template: chatTemplate("rwkv_world"),
    meter: { spent: () => void counts.spent++ },
    now: () => 0,
  } as unknown as RunTurnParts;
  const queue = new TurnQueue({ running: 1, waiting: 1 }, () => 0);
  const request: TurnRequest = {
    tenant: "a",
    messages: [],
    sampling: new FakeChatService().defaults,
    stop: [],
    maxTokens: 10,
    ephemeral: true,
    signal: left.signal,
  };
  const start = { tokens: 0, state: undefined, origin: "nothing" };
  const prepared = { request, seed: 1, start, prompt: [1], plain: [1], generation: {} };
  const begin = queueTurns(queue)(async ({ signal }): Promise<Turn> => {
    await reach("begin", signal);
    const steps = (signal: AbortSignal) =>
      runTurn(parts, prepared as unknown as PreparedTurn, signal);
    return { events: new AnswerStream(steps, signal) } as Turn;
  });
  const writer: EventWriter<TurnEvent> = {
    opening: () => [{ data: "opening" }],
    next(event) {
      if (fails === "write") throw new RangeError("write");
      return [{ data: event.type === "text" ? event.text : event.type }];
    },
    failed: (error, begun) => [{ data: `${(error as Error).message}, begun: ${begun}` }],
  };
  const begun = begin(request).then(({ events }) => events);
  const body = sseBody(new AnswerEvents({ begun, writer, left }), 0);
  return { body, counts, queue };
}

/** Everything that was taken was given back, once. */
function assertReleased({ counts, queue }: ReturnType<typeof reply>): void {
  assert.equal(queue.running, 0, "a place in the queue");
  assert.equal(counts.closed, counts.opened, "sequences");
  assert.equal(counts.spent, counts.opened, "what a turn cost is told once");
  assert(counts.finallies <= 1, "finally blocks run once");
}

const data = (body: ReadableStream<Uint8Array<ArrayBuffer>>) =>
  new Response(body).text().then((text) =>
    text.split("\n\n").slice(0, -1).map((event) => event.replace("data: ", ""))
  );

describe("the stream of a turn", () => {
  it("has all pieces and the end", async () => {
    const made = reply();
    assert.deepEqual(await data(made.body), ["opening", "a", "b", "c", "end"]);
    assertReleased(made);
    assert.equal(made.counts.finallies, 1);
  });

  for (const stage of STAGES) {
    it(`tells its client of a failure, and releases everything: ${stage}`, async () => {
      const made = reply({ fails: stage });
      const events = await data(made.body);
      assert.equal(events.at(-1), `${stage}, begun: ${stage !== "begin"}`);
      assertReleased(made);
    });
  }

  for (const stage of ["begin", "prefill", "generate"] as const) {
    it(`ends when its client leaves, and releases everything: ${stage}`, async () => {
      const made = reply({ hangs: stage });
      const reader = made.body.getReader();
      await reader.read();
      const reading = reader.read();
      await settle();
      if (stage === "generate") {
        await reading;
        void reader.read().catch(() => {});
        await settle();
      }
      await reader.cancel("enough");
      assertReleased(made);
      assert.equal(made.counts.finallies, stage === "begin" ? 0 : 1);
    });
  }

  it("does not begin if its client leaves before it has read anything", async () => {
    const made = reply();
    await made.body.cancel();
    assertReleased(made);
    assert.equal(made.counts.generated, 0);
  });

  it("ends when its client leaves while it waits for a place", async () => {
    const queue = new TurnQueue({ running: 1, waiting: 1 }, () => 0);
    const release = await queue.enter("a", new AbortController().signal);
    const chat = new FakeChatService();
    const left = new AbortController();
    const request: TurnRequest = {
      tenant: "a",
      messages: [],
      sampling: chat.defaults,
      stop: [],
      maxTokens: 10,
      signal: left.signal,
    };
    const begun = queueTurns(queue)((request) => chat.begin(request))(request)
      .then(({ events }) => events);
    const writer: EventWriter<TurnEvent> = { next: () => [], failed: () => [{ data: "failed" }] };
    const body = sseBody(new AnswerEvents({ begun, writer, left }), 0);
    await settle();
    await body.cancel();
    release();
    await settle();
    assert.equal(queue.running, 0);
    assert.deepEqual(chat.requests, []);
  });

  it("makes nothing that a slow client has not asked for", async () => {
    const made = reply();
    const reader = made.body.getReader();
    await settle();
    assert.equal(made.counts.opened, 0);
    await reader.read(); // what comes at once
    for (const generated of [1, 2]) {
      await reader.read();
      await settle();
      assert.equal(made.counts.generated, generated);
    }
    await reader.cancel();
    assertReleased(made);
  });
});
