import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Message } from "../../src/prompt/message.ts";
import { extendPrefix, prefixHashes } from "../../src/turn/state_names.ts";

const MESSAGES: readonly Message[] = [
  { role: "system", text: "Be brief." },
  { role: "user", text: "Hello" },
  { role: "assistant", text: "Hi" },
];

describe("prefixHashes", () => {
  it("gives one hash a message, and the same for a shorter conversation", async () => {
    const hashes = await prefixHashes("seed", MESSAGES);
    assert.equal(hashes.length, 3);
    assert.equal(new Set(hashes).size, 3);
    for (let length = 0; length <= 3; length++) {
      assert.deepEqual(
        await prefixHashes("seed", MESSAGES.slice(0, length)),
        hashes.slice(0, length),
      );
    }
  });

  it("goes on from any of them", async () => {
    const hashes = await prefixHashes("seed", MESSAGES);
    for (let length = 1; length <= 3; length++) {
      assert.deepEqual(
        await extendPrefix(hashes[length - 1]!, MESSAGES.slice(length)),
        hashes.slice(length),
      );
    }
  });

  it("stays what it was, so that stored conversations are found again", async () => {
    const last = (await prefixHashes("seed", MESSAGES)).at(-1);
    let hash = createHash("sha256").update("seed").digest();
    for (const message of MESSAGES) {
      const link = createHash("sha256").update(hash);
      for (const field of [message.role, message.text]) {
        const length = new Uint8Array(4);
        new DataView(length.buffer).setUint32(0, new TextEncoder().encode(field).length, true);
        link.update(length).update(field);
      }
      hash = link.digest();
    }
    assert.equal(last, hash.toString("base64url"));
  });

  it("tells apart conversations whose texts run into each other", async () => {
    const user = (text: string): Message => ({ role: "user", text });
    const assistant = (text: string): Message => ({ role: "assistant", text });
    const conversations: readonly (readonly Message[])[] = [
      [user("ab")],
      [user("a"), user("b")],
      [user("b"), user("a")],
      [user("a"), assistant("b")],
      [assistant("ab")],
      [user("")],
      [user(""), user("")],
      [user("ab"), user("")],
      [user(""), user("ab")],
      [user("é")],
      [user("e\u0301")],
      [user("a\0")],
      [user("a")],
    ];
    const hashes = await Promise.all(conversations.map((messages) => prefixHashes("s", messages)));
    assert.equal(new Set(hashes.map((each) => each.at(-1))).size, conversations.length);
  });

  it("depends on the seed", async () => {
    const [a] = await prefixHashes("model a", MESSAGES);
    const [b] = await prefixHashes("model b", MESSAGES);
    assert.notEqual(a, b);
  });
});
