import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { kept } from "../records/kept.ts";
import { randomId } from "../../src/api/http/ids.ts";
import { Ingester, type IngesterParts } from "../../src/ingest/ingester.ts";
import type { IngestStatus } from "../../src/ingest/ingest.ts";
import { chatTemplate, renderPrompt } from "../../src/prompt/template.ts";
import { Conversations } from "../../src/conversation/conversations.ts";
import { ResponseTree } from "../../src/tree/response_tree.ts";
import {
  ConversationBusyError,
  IngestOffsetError,
  UnknownIngestError,
} from "../../src/records/errors.ts";
import { IngestStore } from "../../src/ingest/ingest_store.ts";
import type { KvStore } from "../../src/store/kv_store.ts";
import { MemoryStore } from "../../src/store/memory_store.ts";
import { ByteTokenizer } from "../../src/tokenizer/byte_tokenizer.ts";
import { InvalidUtf8Error } from "../../src/tokenizer/utf8_reader.ts";
import { FakeInference } from "../api/fake_inference.ts";
import { nthId } from "../api/harness.ts";
import { CrashError, CrashingStore } from "../records/crashing_store.ts";
import { seededRandom } from "../state/random_state.ts";

/** Fails the test on any error of a sweep. */
function fail(error: unknown): never {
  throw error;
}

const TENANT = "tenant";
const CONVERSATION = nthId("conv_", 1);
const LEASE_MS = 60_000;
const SEED = Number(Deno.env.get("TERN_TEST_SEED") ?? Date.now() % 1_000_000);
const encoder = new TextEncoder();

/** A text with difficult input for the template, the decoder and the segmentation. */
const HARD = [
  "\ufeffOnce upon a time.\r\n\r\n\r\nUser: I am text.\n\nAssistant: me too.<|endoftext|>\n",
  "Καλημέρα κόσμε 🌍🌎🌏 👩‍👩‍👧‍👦 \u0000 \u2028 ",
  "no spaces ".repeat(3).replaceAll(" ", "").repeat(400),
  "\r",
  "\nlines\n\n\n".repeat(500),
  "🌍".repeat(3000),
  "words and words ".repeat(600),
  "   \n",
].join("");

class Clock {
  time = 1_000_000;
  readonly now = () => this.time;
}

function instance(store: KvStore, clock = new Clock(), more: Partial<IngesterParts> = {}) {
  const { now } = clock;
  const inference = new FakeInference();
  const tree = new ResponseTree({ store, now });
  const ingests = new IngestStore({ store, now, owner: crypto.randomUUID(), leaseMs: LEASE_MS });
  const ingester = new Ingester({
    ingests,
    tree,
    findModel: () =>
      Promise.resolve({
        name: "fake",
        inference,
        tokenizer: new ByteTokenizer(),
        template: chatTemplate("rwkv_world"),
        hold: () => Promise.resolve(() => {}),
      }),
    pace: { enter: () => Promise.resolve(() => {}), spent() {} },
    now,
    checkpointTokens: 5_000,
    ...more,
  });
  return { ingester, ingests, inference, tree, names: new Conversations({ store, now }) };
}

type Instance = ReturnType<typeof instance>;

async function begun(store: KvStore = new MemoryStore(), clock = new Clock()) {
  await new Conversations({ store, now: clock.now }).create(TENANT, CONVERSATION, {}, []);
  return { store, clock };
}

function bodyOf(...pieces: (Uint8Array | string | Error)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull(controller) {
      const piece = pieces.shift();
      if (piece === undefined) return controller.close();
      if (piece instanceof Error) return controller.error(piece);
      controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece);
    },
  }, { highWaterMark: 0 });
}

async function send(
  { ingester }: Instance,
  body: ReadableStream<Uint8Array>,
  more: Partial<Parameters<Ingester["begin"]>[0]> = {},
): Promise<IngestStatus> {
  const { done } = await ingester.begin({
    tenant: TENANT,
    conversation: CONVERSATION,
    id: randomId("resp_"),
    item: randomId("msg_"),
    offset: 0,
    complete: true,
    body,
    ...more,
  });
  return await done;
}

/** The state that the conversation continues from. */
async function stateOf(
  { tree, inference, ingests }: Instance,
  conversation = CONVERSATION,
) {
  const { head: { head } } = await ingests.head(TENANT, conversation);
  const node = await tree.node(TENANT, head!);
  const { state, tokens } = await tree.loadState(TENANT, node, inference);
  return { data: [...state.data], tokens };
}

async function expectedState(text: string) {
  const { store } = await begun();
  const here = instance(store);
  await send(here, bodyOf(text));
  return await stateOf(here);
}

/** Splits a text into random pieces, possibly within characters. */
function pieces(bytes: Uint8Array, random: () => number, largest: number): Uint8Array[] {
  const cut: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = 1 + Math.floor(random() * largest);
    cut.push(bytes.subarray(at, at + size));
    at += size;
  }
  return cut;
}

describe("Ingester", () => {
  it("reads a text as a message, and stores only its size and digest", async () => {
    const { store } = await begun();
    const here = instance(store);
    const text = " The tern flies.\r\n\r\nFar.\n";
    const status = await send(here, bodyOf(text));
    const message = { role: "user" as const, text };
    const [prompt = ""] = renderPrompt(chatTemplate("rwkv_world"), [message], "nothing");
    const read = prompt.replace(/\n\nAssistant:$/, "");
    assert.deepEqual(here.inference.tokens, new ByteTokenizer().encode(read));
    const sha256 = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)))
      .toHex();
    const ingested = { bytes: text.length, tokens: read.length, sha256 };
    const { response, item } = status.completed!;
    assert.deepEqual(status, {
      conversation: CONVERSATION,
      status: "completed",
      offset: text.length,
      tokens: read.length,
      completed: { response, item, text: ingested },
    });
    assert.deepEqual(await here.names.items(TENANT, CONVERSATION), [
      { id: item, message: { role: "user", text: "", ingested } },
    ]);
    assert.deepEqual(await here.ingester.status(TENANT, CONVERSATION), status);
    assert.equal(here.inference.sequences, 0);
  });

  it("continues from the last response, and reads pending items first", async () => {
    const { store } = await begun();
    const here = instance(store);
    await send(here, bodyOf("One."));
    await here.names.add(TENANT, CONVERSATION, [
      { id: "msg_1", message: { role: "system", text: "Two." } },
    ]);
    const before = await stateOf(here);
    here.inference.tokens.length = 0;
    await send(here, bodyOf("Three."), { role: "system" });
    const read = new TextDecoder().decode(Uint8Array.from(here.inference.tokens));
    assert.match(read, /^\n\nSystem: Two\.\n\nSystem: Three\.$/);
    assert.equal((await stateOf(here)).tokens, before.tokens + read.length);
    assert.equal((await here.names.items(TENANT, CONVERSATION)).length, 3);
  });

  it("yields the same state however the text is chunked", async () => {
    const bytes = encoder.encode(HARD);
    const expected = await expectedState(HARD);
    const random = seededRandom(SEED);
    for (const largest of [7, 300, 20_000, bytes.length]) {
      const { store } = await begun();
      const here = instance(store);
      await send(here, bodyOf(...pieces(bytes, random, largest)));
      assert.deepEqual(await stateOf(here), expected, `pieces up to ${largest}, seed ${SEED}`);
    }
  });

  it("resumes after repeated interruptions, and yields the same state", async () => {
    const bytes = encoder.encode(HARD);
    const expected = await expectedState(HARD);
    const random = seededRandom(SEED);
    const { store, clock } = await begun();
    let offset = 0;
    for (let tries = 0;; tries++) {
      // A new server each time.
      const here = instance(store, clock);
      const cut = pieces(bytes.subarray(offset), random, 9_000);
      const broken = cut.slice(0, Math.floor(random() * 4));
      const sent = broken.reduce((sum, { length }) => sum + length, 0);
      const isLast = tries > 40 || offset + sent === bytes.length;
      if (isLast) {
        await send(here, bodyOf(bytes.subarray(offset)), { offset });
        assert.deepEqual(await stateOf(here), expected, `seed ${SEED}`);
        break;
      }
      const upload = send(here, bodyOf(...broken, new Error("broken")), { offset });
      await assert.rejects(upload, /was interrupted/);
      const before = offset;
      offset = await here.ingester.status(TENANT, CONVERSATION)
        .then((status) => status.offset, () => 0);
      // Everything is kept except an incomplete character.
      assert(offset > before + sent - 4 && offset <= before + sent, `seed ${SEED}`);
    }
  });

  it("accepts a text in several requests", async () => {
    const { store } = await begun();
    const here = instance(store);
    const bytes = encoder.encode(HARD);
    const status = await send(here, bodyOf(bytes.subarray(0, 10_000)), { complete: false });
    assert.equal(status.status, "paused");
    await send(here, bodyOf(bytes.subarray(status.offset)), { offset: status.offset });
    assert.deepEqual(await stateOf(here), await expectedState(HARD));
  });

  it("reports only durable progress", async () => {
    const { store, clock } = await begun();
    const here = instance(store, clock);
    const reported: IngestStatus[] = [];
    await send(here, bodyOf(...pieces(encoder.encode(HARD), seededRandom(1), 2_000)), {
      onProgress(status) {
        reported.push(status);
        const stored = new IngestStore({ store, now: clock.now, owner: "x", leaseMs: 1 });
        void stored.find(TENANT, CONVERSATION).then((ingest) => {
          assert(ingest === undefined || ingest.progress.offset >= status.offset);
        });
      },
    });
    assert(reported.length > 3, `${reported.length}`);
    assert.deepEqual(
      reported.map(({ offset }) => offset),
      reported.map(({ offset }) => offset).toSorted((a, b) => a - b),
    );
  });

  it("applies backpressure", async () => {
    const { store } = await begun();
    const here = instance(store);
    const gate = Promise.withResolvers<void>();
    here.inference.gate = () => gate.promise;
    let taken = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++taken > 100) return controller.close();
        controller.enqueue(encoder.encode("word ".repeat(1000)));
      },
    }, { highWaterMark: 0 });
    const upload = send(here, body);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert(taken < 4, `${taken} pieces were read ahead`);
    gate.resolve();
    assert.equal((await upload).offset, 500_000);
  });

  it("rejects any offset except the next byte", async () => {
    const { store } = await begun();
    const here = instance(store);
    await assert.rejects(send(here, bodyOf("x"), { offset: 1 }), IngestOffsetError);
    const { offset } = await send(here, bodyOf("Some"), { complete: false });
    for (const wrong of [0, 3, 5]) {
      await assert.rejects(send(here, bodyOf("x"), { offset: wrong }), { offset });
    }
    assert.equal((await send(here, bodyOf(" text"), { offset })).offset, 9);
  });

  it("is the only writer: others get ConversationBusyError", async () => {
    const { store, clock } = await begun();
    const here = instance(store, clock);
    const gate = Promise.withResolvers<void>();
    here.inference.gate = () => gate.promise;
    const upload = send(here, bodyOf(HARD));
    await new Promise((resolve) => setTimeout(resolve, 10));
    const there = instance(store, clock);
    await assert.rejects(send(there, bodyOf("x")), ConversationBusyError);
    await assert.rejects(there.names.rewind(TENANT, CONVERSATION, null), ConversationBusyError);
    await assert.rejects(there.names.delete(TENANT, CONVERSATION), ConversationBusyError);
    assert.equal((await there.ingester.status(TENANT, CONVERSATION)).status, "in_progress");
    gate.resolve();
    await upload;
    assert.deepEqual(await stateOf(there), await expectedState(HARD));
  });

  it("is taken over after its lease expires, and the old holder cannot write any more", async () => {
    const { store, clock } = await begun();
    const asleep = instance(store, clock);
    const first = encoder.encode(HARD).subarray(0, 20_000);
    const { offset } = await send(asleep, bodyOf(first), { complete: false });
    const gate = Promise.withResolvers<void>();
    asleep.inference.gate = () => gate.promise;
    const zombie = send(asleep, bodyOf(HARD), { offset });
    await new Promise((resolve) => setTimeout(resolve, 10));
    clock.time += LEASE_MS + 1;
    const awake = instance(store, clock);
    const rest = encoder.encode(HARD).subarray(offset);
    const status = await send(awake, bodyOf(rest), { offset });
    const before = await Array.fromAsync(store.list([]));
    gate.resolve();
    await assert.rejects(zombie, ConversationBusyError);
    assert.deepEqual(await Array.fromAsync(store.list([])), before);
    assert.equal(status.offset, encoder.encode(HARD).length);
    assert.deepEqual(await stateOf(awake), await expectedState(HARD));
  });

  it("reports the offset of invalid UTF-8, and keeps the text before it", async () => {
    const { store } = await begun();
    const here = instance(store);
    const good = encoder.encode("Good text. ");
    const upload = send(here, bodyOf(good, Uint8Array.of(0x61, 0xff, 0x62)));
    await assert.rejects(
      upload,
      (error) => error instanceof InvalidUtf8Error && error.offset === 12,
    );
    const { offset, status } = await here.ingester.status(TENANT, CONVERSATION);
    assert.deepEqual([offset, status], [11, "paused"]);
    await assert.rejects(
      send(here, bodyOf(Uint8Array.of(0xe2, 0x82)), { offset }),
      InvalidUtf8Error,
    );
    await send(here, bodyOf("More."), { offset });
    assert.deepEqual(await stateOf(here), await expectedState("Good text. More."));
  });

  it("leaves nothing behind of a blank, invalid or immediately interrupted text", async () => {
    const { store } = await begun();
    const here = instance(store);
    const keys = async () => (await kept(store)).map(({ key }) => key);
    const before = await keys();
    await assert.rejects(send(here, bodyOf(" \n \r\n")), { name: "BlankTextError" });
    await assert.rejects(send(here, bodyOf(Uint8Array.of(0xff))), InvalidUtf8Error);
    await assert.rejects(send(here, bodyOf(new Error("gone"))), /was interrupted/);
    await assert.rejects(here.ingester.status(TENANT, CONVERSATION), UnknownIngestError);
    assert.deepEqual(await keys(), before);
  });

  it("restores the conversation when cancelled", async () => {
    const { store } = await begun();
    const here = instance(store);
    await send(here, bodyOf("Kept."));
    const kept = (await Array.fromAsync(store.list([]))).map(({ key }) => key);
    const state = await stateOf(here);
    await send(here, bodyOf(HARD), { complete: false });
    await here.ingester.cancel(TENANT, CONVERSATION);
    await assert.rejects(here.ingester.cancel(TENANT, CONVERSATION), UnknownIngestError);
    assert.deepEqual((await Array.fromAsync(store.list([]))).map(({ key }) => key), kept);
    assert.deepEqual(await stateOf(here), state);
  });

  it("times out when no more bytes arrive", async () => {
    const { store, clock } = await begun();
    const here = instance(store, clock, { idleMs: 20 });
    const silent = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode("Some text.")),
    });
    await assert.rejects(send(here, silent), { name: "UploadStalledError" });
    assert.equal((await here.ingester.status(TENANT, CONVERSATION)).offset, 10);
  });

  it("makes a checkpoint when the server shuts down", async () => {
    const { store, clock } = await begun();
    const here = instance(store, clock);
    const silent = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode("Some text.")),
    });
    const upload = send(here, silent);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await here.ingester.close();
    assert.deepEqual(await upload, {
      conversation: CONVERSATION,
      status: "paused",
      offset: 10,
      tokens: 0,
    });
  });

  it("loses no reported progress, wherever the store fails", async () => {
    const text = HARD.slice(0, 9_000);
    const expected = await expectedState(text);
    const bytes = encoder.encode(text);
    for (const point of ["before", "after"] as const) {
      for (let failing = 1, done = false; !done; failing++) {
        const { store, clock } = await begun();
        const here = instance(new CrashingStore(store, failing, point), clock, {
          checkpointTokens: 1_000,
        });
        let reported = 0;
        const onProgress = ({ offset }: IngestStatus) => reported = offset;
        try {
          await send(here, bodyOf(...pieces(bytes, seededRandom(failing), 1_500)), { onProgress });
          done = true;
        } catch (error) {
          assert(error instanceof CrashError, `${error}`);
        }
        clock.time += LEASE_MS + 1;
        const next = instance(store, clock);
        const found = await next.ingester.status(TENANT, CONVERSATION).catch((error) => {
          assert(error instanceof UnknownIngestError);
          return { status: "paused", offset: 0 };
        });
        assert(found.offset >= reported, `${point} call ${failing}`);
        if (found.status !== "completed") {
          const { offset } = found;
          await send(next, bodyOf(bytes.subarray(offset)), { offset });
        }
        assert.deepEqual(await stateOf(next), expected, `${point} call ${failing}`);
        await next.names.delete(TENANT, CONVERSATION);
        await next.tree.sweep(fail);
        const left = (await kept(store)).map(({ key }) => key)
          .filter(([, kind]) => kind !== "prefix");
        // The prefix index still refers to the state until its entry expires.
        assert.deepEqual(left, [], `${point} call ${failing}`);
      }
    }
  });
});
