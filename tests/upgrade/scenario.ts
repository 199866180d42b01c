import type { RecordingClient } from "./recorded.ts";

const MODEL = "recorded";

/** What every request of the scenario has. */
const ask = (fields: object) => ({
  model: MODEL,
  max_output_tokens: 24,
  temperature: 1,
  ...fields,
});

const TOOLS = [{
  type: "function",
  name: "weather",
  parameters: {
    type: "object",
    properties: { unit: { enum: ["C", "F"] } },
    required: ["unit"],
    additionalProperties: false,
  },
}];

/** A text of which the first part was sent. */
export const TEXT = "The kestrel hovers over the meadow.\n\nThe swift never lands. ".repeat(40);
export const SENT = 1500;

/** What the scenario leaves behind, by what it is called in continuations. */
export type Left = Readonly<Record<string, string>>;

/** What a server without keys is asked for. */
export async function withoutKeys(client: RecordingClient): Promise<Left> {
  const { id } = await client.post("nobody", "/v1/conversations", { metadata: { of: "nobody" } });
  await client.post("nobody", "/v1/responses", ask({ conversation: id, input: "Hi", seed: 1 }));
  return { open: id };
}

/** What a server with keys is asked for: some of everything that is stored. */
export async function withKeys(client: RecordingClient): Promise<Left> {
  const post = (path: string, body: object) => client.post("alpha", path, body);
  const conversation = async (body: object = {}): Promise<string> =>
    (await post("/v1/conversations", body)).id;
  const respond = async (fields: object): Promise<string> =>
    (await post("/v1/responses", ask(fields))).id;

  const birds = await conversation({ metadata: { topic: "birds", title: "On birds" } });
  const turns: string[] = [];
  for (const [index, input] of ["What flies?", "How far?", "Über alles: 🐦?"].entries()) {
    turns.push(
      await respond({ conversation: birds, input, instructions: "Be brief.", seed: index + 1 }),
    );
  }
  const fork = (await post(`/v1/conversations/${birds}/fork`, { response_id: turns[1] })).id;
  await respond({ conversation: fork, input: "And back?", instructions: "Be brief.", seed: 4 });
  await post(`/v1/conversations/${birds}/rewind`, { response_id: turns[0] });
  await respond({ conversation: birds, input: "Else?", instructions: "Be brief.", seed: 5 });

  const tools = await conversation({ items: [{ role: "user", content: "It is cold." }] });
  const called = await post(
    "/v1/responses",
    ask({
      conversation: tools,
      input: "How cold?",
      tools: TOOLS,
      tool_choice: "required",
      seed: 6,
    }),
  );
  await post(`/v1/conversations/${tools}/items`, {
    items: [{
      type: "function_call_output",
      call_id: called.output[0].call_id,
      output: '{"degrees": -3}',
    }],
  });

  const forgetful = await conversation();
  await respond({ conversation: forgetful, input: "One. Two.", seed: 7 });
  const { data } = await client.get("alpha", `/v1/conversations/${forgetful}/items?order=asc`);
  await client.send("alpha", "DELETE", `/v1/conversations/${forgetful}/items/${data[0].id}`);

  const book = await conversation({ metadata: { title: "A book" } });
  const text = (path: string, body: string, headers: HeadersInit) =>
    client.send("alpha", "POST", path, {
      headers: { "content-type": "text/plain", ...headers },
      body,
    }).then((reply) => reply.body?.cancel());
  await text(`/v1/conversations/${book}/ingest`, TEXT, {});
  await respond({ conversation: book, input: "What hovers?", seed: 8 });
  const half = await conversation();
  await text(`/v1/conversations/${half}/ingest`, TEXT.slice(0, SENT), { "upload-complete": "?0" });

  const first = await respond({ input: "Count.", seed: 9, metadata: { n: "1" } });
  const second = await respond({ input: "On.", previous_response_id: first, seed: 10 });
  await client.send("alpha", "DELETE", `/v1/responses/${first}`);
  const schema = { type: "object", properties: { yes: { type: "boolean" } }, required: ["yes"] };
  const held = await respond({
    input: "Yes?",
    seed: 11,
    include: ["message.output_text.logprobs"],
    top_logprobs: 2,
    text: { format: { type: "json_schema", name: "a", schema } },
  });
  const compaction = await post("/v1/responses/compact", {
    model: MODEL,
    previous_response_id: second,
  });
  const sealed = await post(
    "/v1/responses",
    ask({ input: "Keep it.", seed: 12, store: false, include: ["state.encrypted_content"] }),
  );
  const completion = await post("/v1/chat/completions", {
    model: MODEL,
    messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Hello" }],
    max_tokens: 24,
    seed: 13,
    store: true,
    metadata: { kind: "greeting" },
  });
  const cancelled = await post(
    "/v1/responses",
    ask({ input: "Long.", seed: 14, background: true, max_output_tokens: 2_000 }),
  );
  await post(`/v1/responses/${cancelled.id}/cancel`, {});
  const other = (await client.post("beta", "/v1/conversations", {})).id;
  await client.post("beta", "/v1/responses", ask({ conversation: other, input: "Hi", seed: 15 }));
  return {
    ...{ birds, fork, tools, forgetful, book, half, second, held, other },
    ...{ first: turns[0]!, completion: completion.id, cancelled: cancelled.id },
    compaction: compaction.output[0].encrypted_content,
    sealed: sealed.output.at(-1).encrypted_content,
  };
}

/** Begins an answer in the background that is long enough to be cut off, and waits until some of it is there. */
export async function begin(client: RecordingClient): Promise<Left> {
  const { id: long } = await client.post("alpha", "/v1/conversations", {});
  const { id } = await client.post(
    "alpha",
    "/v1/responses",
    ask({
      conversation: long,
      input: "Tell me all.",
      seed: 16,
      background: true,
      max_output_tokens: 3_000,
    }),
  );
  const reply = await client.send("alpha", "GET", `/v1/responses/${id}?stream=true`);
  let deltas = 0;
  for await (const chunk of reply.body!.pipeThrough(new TextDecoderStream())) {
    deltas += chunk.split("output_text.delta").length - 1;
    if (deltas > 100) break;
  }
  return { long, cut: id };
}

/** What is looked at. */
export function paths(left: Left) {
  const all = [
    ...["birds", "fork", "tools", "forgetful", "book", "half", "long"].flatMap((name) => {
      const path = `/v1/conversations/${left[name]}`;
      // The answer that was cut off is stored when it ends, which is another time each time.
      const branches = name === "long" ? [] : [`${path}/branches`];
      return [path, `${path}/items?limit=100&order=asc`, ...branches];
    }),
    `/v1/conversations/${left["half"]}/ingest`,
    ...["second", "held", "cancelled", "cut", "first"].flatMap((name) => {
      const path = `/v1/responses/${left[name]}`;
      const long = name === "cut" || name === "cancelled";
      return [path, ...long ? [] : [`${path}?stream=true`], `${path}/input_items`];
    }),
    `/v1/chat/completions/${left["completion"]}`,
    `/v1/chat/completions/${left["completion"]}/messages`,
    "/v1/chat/completions?metadata[kind]=greeting",
  ].map((path) => ({ who: "alpha", path } as const));
  const open = `/v1/conversations/${left["open"]}`;
  const other = `/v1/conversations/${left["other"]}`;
  return [
    ...all,
    ...[other, `${other}/items`].map((path) => ({ who: "beta", path } as const)),
    ...[open, `${open}/items`].map((path) => ({ who: "nobody", path } as const)),
  ];
}

/** What is gone on with, and whether how much of it is read again depends on states that are kept for a day. */
export function continuations(left: Left) {
  const alpha = (fields: object, ofADay = false) => ({
    who: "alpha" as const,
    path: "/v1/responses",
    body: ask({ seed: 20, input: "And then?", ...fields }),
    ofADay,
  });
  const brief = { instructions: "Be brief." };
  return [
    alpha({ conversation: left["birds"], ...brief }),
    alpha({ conversation: left["fork"], ...brief }),
    alpha({ conversation: left["fork"], instructions: "Be long." }, true),
    alpha({ conversation: left["tools"], tools: TOOLS, tool_choice: "auto" }),
    alpha({ conversation: left["forgetful"] }, true),
    alpha({ conversation: left["book"] }),
    alpha({ conversation: left["long"] }),
    alpha({ previous_response_id: left["second"] }),
    alpha({ previous_response_id: left["held"] }),
    alpha({
      input: [
        { type: "compaction", encrypted_content: left["compaction"] },
        { role: "user", content: "And then?" },
      ],
    }, true),
    alpha({
      store: false,
      input: [
        { type: "state", encrypted_content: left["sealed"] },
        { role: "user", content: "And then?" },
      ],
    }),
    { ...alpha({ conversation: left["other"] }), who: "beta" as const },
    { ...alpha({ conversation: left["open"] }), who: "nobody" as const },
  ];
}
