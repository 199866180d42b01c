/**
 * Meters what requests take on Cloudflare, on workerd, and prints a table and the bill for a million tokens:
 *
 *     deno task edge-cost
 *
 * @module
 */
import { buildForCloudflare } from "./cloudflare.ts";
import { type Metered, MeteredWorker } from "./deploy/metered_worker.ts";

/** US dollars a million, beyond what is included. Sources: docs/deploy.md. */
const PRICES = { calls: 0.15, rows: 1, cpuMs: 0.02 } as const;
/** Tokens of the stored answer for which the bill is made. */
const ANSWER_TOKENS = 161;

const MODEL = "tern-7m";
const message = (content: string) => ({ role: "user", content });
/** Of a stop at the end of a text nothing is left. */
const long = { model: MODEL, temperature: 0, logit_bias: { 0: -100 } };

const folder = await Deno.makeTempDir();
await buildForCloudflare(folder);
await using worker = await MeteredWorker.start(folder, { persist: `${folder}/objects` });

async function post(path: string, body: object): Promise<string> {
  const reply = await fetch(worker.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await reply.text();
  if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text}`);
  return text;
}

async function respond(body: object): Promise<string> {
  return JSON.parse(await post("/v1/responses", { ...long, ...body })).id;
}

const story = "Tell me a long story about a cat, a dog and a bird.";
let first = "";
const requests: readonly (readonly [string, () => Promise<unknown>])[] = [
  ["the first request, which loads the model", () => fetch(`${worker.url}/health`)],
  ["GET /health", () => fetch(`${worker.url}/health`)],
  [
    "chat, 8 tokens",
    () => post("/v1/chat/completions", { ...long, messages: [message("Hello.")], max_tokens: 8 }),
  ],
  [
    "chat, 100 tokens",
    () => post("/v1/chat/completions", { ...long, messages: [message("Hi.")], max_tokens: 100 }),
  ],
  [
    "chat, second turn, sent whole",
    () =>
      post("/v1/chat/completions", {
        ...long,
        messages: [message("Hello."), { role: "assistant", content: "Hi." }, message("Who?")],
        max_tokens: 8,
      }),
  ],
  ["response, not stored", () => respond({ input: "Hello.", max_output_tokens: 8, store: false })],
  [
    "stored response, 8 tokens",
    async () => first = await respond({ input: "Hello.", max_output_tokens: 8 }),
  ],
  [
    "its second turn",
    () => respond({ input: "Go on.", previous_response_id: first, max_output_tokens: 8 }),
  ],
  [
    `stored response, ${ANSWER_TOKENS} tokens`,
    () => respond({ input: story, max_output_tokens: ANSWER_TOKENS }),
  ],
  [
    "the same, streamed",
    () => respondStreamed({ input: `${story} Again.`, max_output_tokens: ANSWER_TOKENS }),
  ],
];

async function respondStreamed(body: object): Promise<void> {
  await post("/v1/responses", { ...long, ...body, stream: true });
}

const measured = new Map<string, Metered>();
for (const [name, request] of requests) measured.set(name, await worker.measure(request));

console.log("| request | object calls | rows written | bytes kept | CPU ms |");
console.log("| --- | --- | --- | --- | --- |");
for (const [name, { calls, rows, bytes, cpuMs }] of measured) {
  console.log(`| ${name} | ${calls} | ${rows} | ${bytes} | ${cpuMs} |`);
}
const answer = measured.get(`stored response, ${ANSWER_TOKENS} tokens`)!;
const answers = 1e6 / ANSWER_TOKENS;
const parts = Object.entries(PRICES).map(([unit, price]) => {
  const count = answer[unit as keyof typeof PRICES] * answers;
  return { unit, count, dollars: count / 1e6 * price };
});
console.log(`\nA million tokens in stored answers of ${ANSWER_TOKENS}:`);
for (const { unit, count, dollars } of parts) {
  console.log(`  ${unit}: ${Math.round(count)}, $${dollars.toFixed(3)}`);
}
console.log(`  together: $${parts.reduce((sum, { dollars }) => sum + dollars, 0).toFixed(2)}`);
await worker[Symbol.asyncDispose]();
await Deno.remove(folder, { recursive: true });
Deno.exit(0);
