/**
 * A conversation that a second process goes on with. Run it twice, with the id that the first run prints:
 *
 *     deno run -A examples/second_process.ts
 *     deno run -A examples/second_process.ts resp_...
 *
 * @module
 */
import { createTern } from "../src/mod.ts";

const model = new URL("../models/tern-7m", import.meta.url).pathname;
const data = Deno.env.get("TERN_DATA") ?? "./.tern";
await using tern = await createTern({ model, store: "sqlite", settings: { TERN_DATA: data } });

const [previous] = Deno.args;
const reply = await tern.app.request("http://127.0.0.1/v1/responses", {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({
    model: tern.model,
    temperature: 0,
    ...previous === undefined
      ? { input: "My name is Sarah." }
      : { previous_response_id: previous, input: "What is my name?" },
  }),
});
const { id, output, usage } = await reply.json();
console.log(id);
console.log(output[0].content[0].text);
console.log(`${usage.input_tokens_details.cached_tokens} tokens did not have to be read again.`);
