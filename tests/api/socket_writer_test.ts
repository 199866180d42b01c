import { afterEach, beforeEach, describe, it } from "@std/testing/bdd";
import { FakeTime } from "@std/testing/time";
import assert from "node:assert/strict";
import { SocketWriter } from "../../src/api/responses/socket_writer.ts";

/** A socket that keeps what is sent until its client takes it. */
class SlowSocket {
  readyState: number = WebSocket.OPEN;
  bufferedAmount: number | undefined = 0;
  readonly sent: string[] = [];
  readonly closed: [code: number, reason: string][] = [];

  send(text: string): void {
    this.sent.push(text);
    if (this.bufferedAmount !== undefined) this.bufferedAmount += text.length;
  }

  close(code: number, reason: string): void {
    this.readyState = WebSocket.CLOSING;
    this.closed.push([code, reason]);
  }
}

const LARGE = "x".repeat(300 * 1024);

describe("what goes out through a socket", () => {
  let time: FakeTime;
  beforeEach(() => void (time = new FakeTime()));
  afterEach(() => time.restore());

  /** Lets time pass as timers see it that are set one after the other. */
  async function pass(seconds: number): Promise<void> {
    for (let step = 0; step < seconds * 50; step++) await time.tickAsync(20);
  }

  function open() {
    const socket = new SlowSocket();
    const gone = new AbortController();
    const writer = new SocketWriter(
      socket as unknown as WebSocket,
      gone.signal,
      () => gone.abort(new DOMException("stalled", "AbortError")),
      { stallMs: 1_000 },
    );
    return { socket, gone, writer };
  }

  it("waits until the client has taken what was sent before", async () => {
    const { socket, writer } = open();
    await writer.send(LARGE);
    let sent = false;
    const next = writer.send("next").then(() => sent = true);
    await pass(0.5);
    assert.equal(sent, false);
    socket.bufferedAmount = 0;
    await pass(0.1);
    await next;
    assert.deepEqual(socket.sent, [LARGE, "next"]);
  });

  it("waits for as long as something is taken, however slowly", async () => {
    const { socket, writer } = open();
    await writer.send(LARGE);
    const next = writer.send("next");
    for (let taken = 0; taken < 5; taken++) {
      await pass(0.8);
      socket.bufferedAmount! -= 1;
    }
    assert.deepEqual(socket.closed, []);
    socket.bufferedAmount = 0;
    await pass(0.1);
    await next;
  });

  it("closes when nothing is taken any more, and lets go of what is being made", async () => {
    const { socket, gone, writer } = open();
    await writer.send(LARGE);
    const next = assert.rejects(writer.send("next"), { name: "AbortError" });
    await pass(1.1);
    await next;
    assert.deepEqual(socket.closed.map(([code]) => code), [1008]);
    assert(gone.signal.aborted);
    assert.deepEqual(socket.sent, [LARGE]);
  });

  it("ends when the client leaves meanwhile", async () => {
    const { gone, writer } = open();
    await writer.send(LARGE);
    const next = assert.rejects(writer.send("next"), /left/);
    gone.abort(new Error("left"));
    await pass(0.1);
    await next;
  });

  it("sends at once where the runtime does not tell what waits", async () => {
    const { socket, writer } = open();
    socket.bufferedAmount = undefined;
    for (let i = 0; i < 3; i++) await writer.send(LARGE);
    assert.equal(socket.sent.length, 3);
  });

  it("says nothing of a failure to a socket that is closing", () => {
    const { socket, writer } = open();
    assert.equal(writer.sendError(new Error("secret")).status, 500);
    assert.doesNotMatch(socket.sent[0]!, /secret/);
    writer.close(1001, "bye");
    writer.close(1001, "again");
    writer.sendError(new Error("late"));
    assert.deepEqual([socket.sent.length, socket.closed.length], [1, 1]);
  });
});
