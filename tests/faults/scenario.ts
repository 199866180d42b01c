import assert from "node:assert/strict";
import type { Client } from "./client.ts";

/**
 * Everything that a client may do with what is stored, once. Each step checks itself; a step that is refused is tried
 * again.
 */
export async function scenario(client: Client): Promise<void> {
  const items = [{ type: "message", role: "user", content: "Remember the sea." }];
  const created = await client.insist("POST", "/v1/conversations", { items });
  const { id: first } = await created.json();
  const path = `/v1/conversations/${first}`;
  await client.turn(first, "Hello", 1, "stream");
  await client.turn(first, "And then?", 2, "whole");

  const { id: fork } = await (await client.insist("POST", `${path}/fork`, {})).json();
  assert.deepEqual(await client.said(fork), await client.said(first));
  await client.turn(fork, "Or else?", 3, "stream");

  const more = [{ type: "message", role: "user", content: "By the way." }];
  const before = await client.said(first);
  await client.once(async () => {
    await client.ask("POST", `${path}/items`, { items: more });
  }, async () => (await client.said(first)).length > before.length);
  await client.turn(first, "Well?", 4, "background");

  // The state after the first answer is no longer kept: it is computed again.
  const all = await (await client.insist("GET", `${path}/items?limit=100&order=asc`)).json();
  const answer = all.data.find(({ role }: { role: string }) => role === "assistant");
  const from = { response_id: `resp_${answer.id.slice("msg_".length)}` };
  const { id: early } = await (await client.insist("POST", `${path}/fork`, from)).json();
  await client.turn(early, "Once more?", 9, "stream");

  const continued = await client.again(async () => {
    return await client.readOn(await client.leave({ input: "A story", seed: 5 }));
  });
  await client.again(() => {
    return client.respond({ input: "Go on", seed: 6, previous_response_id: continued }, "whole");
  });
  const body = { model: "hash", input: "A long one", seed: 7, background: true };
  const queued = await (await client.insist("POST", "/v1/responses", body)).json();
  const cancelled = await client.insist("POST", `/v1/responses/${queued.id}/cancel`);
  const { status } = await cancelled.json();
  const ended = ["cancelled", "completed", "incomplete", ...client.mayFail ? ["failed"] : []];
  assert.ok(ended.includes(status), status);

  await client.verify();
  // Back to before the last turn, which stays as a branch, and then goes.
  const branches = await (await client.insist("GET", `${path}/branches`)).json();
  const [{ id: last }] = branches.data;
  const { data } = await (await client.insist("GET", `${path}/items?limit=100&order=asc`)).json();
  await client.insist("POST", `${path}/rewind`, { response_id: null });
  assert.deepEqual(await client.said(first), []);
  await client.insist("DELETE", `${path}/branches/${last}`, undefined, [404]);
  assert.equal(data.length, before.length + 3);

  const forked = `/v1/conversations/${fork}`;
  const inFork = await (await client.insist("GET", `${forked}/items?limit=100&order=asc`)).json();
  await client.insist("DELETE", `${forked}/items/${inFork.data[0].id}`, undefined, [404]);
  await client.turn(fork, "Without that?", 8, "stream");
  await client.insist("POST", forked, { metadata: { topic: "sea" } });

  const chat = { model: "hash", messages: [{ role: "user", content: "Hi" }], max_tokens: 5 };
  await client.insist("POST", "/v1/chat/completions", chat);

  await client.insist("DELETE", `/v1/responses/${continued}`, undefined, [404]);
  await client.insist("DELETE", path, undefined, [404]);
}
