import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { Window } from "../../src/engine/window.ts";

const never = new AbortController().signal;

describe("Window", () => {
  it("lets the producer be exactly its size ahead", async () => {
    const window = new Window(3, never);
    let made = 0;
    const producer = (async () => {
      for (; made < 10; made++) await window.acquire();
    })();
    const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
    await settle();
    assert.equal(made, 3);
    assert.equal(window.full, true);
    window.release(2);
    await settle();
    assert.equal(made, 5);
    window.release(1);
    await settle();
    assert.equal(made, 6);
    window.release(10);
    await producer;
    assert.equal(made, 10);
    assert.equal(window.full, false);
  });

  it("wakes a producer that waits when the signal aborts, and takes no more", async () => {
    const left = new AbortController();
    const window = new Window(0, left.signal);
    const waiting = assert.rejects(window.acquire(), { message: "gone" });
    left.abort(new Error("gone"));
    await waiting;
    await assert.rejects(window.acquire(), { message: "gone" });
  });
});
