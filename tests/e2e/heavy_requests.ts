/** A request that makes a server compute much. */
export interface HeavyRequest {
  readonly name: string;
  readonly path: string;
  readonly body: string;
  /** Whether a grammar is compiled before the first token, which is to take its time beside other requests. */
  readonly compiles?: true;
  /** What the server says if it refuses. Absent: it does not refuse. */
  readonly refused?: RegExp;
}

const CHAT = "/v1/chat/completions";
const MEGABYTE = 1_000_000;
const CHARACTERS = Array.from({ length: 9_000 }, (_, i) => String.fromCodePoint(0x4e00 + 2 * i))
  .join("");

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function entries<T>(count: number, make: (index: number) => readonly [string, T]) {
  return Object.fromEntries(times(count, make));
}

function deep(levels: number): unknown {
  let schema: unknown = { type: "string" };
  for (let i = 0; i < levels; i++) schema = { type: "object", properties: { a: schema } };
  return schema;
}

function said(index: number) {
  return { role: index % 2 ? "assistant" : "user", content: `m${index}` };
}

function tool(index: number) {
  const properties = entries(20, (k) => [
    `p${k}_${index}`,
    {
      type: k % 2 ? "string" : "number",
      ...k % 5 === 1 ? { pattern: `^[a-z]{1,${20 + index}}$` } : {},
    },
  ]);
  const parameters = { type: "object", properties, required: [`p1_${index}`] };
  return { type: "function", function: { name: `tool_${index}`, parameters } };
}

/** Schemas that take long to compile, by name. */
const SCHEMAS: Readonly<Record<string, unknown>> = {
  "a pattern of 9,000 characters, 50 times": { pattern: `^[${CHARACTERS}]{1,50}$` },
  "a pattern of 9,000 characters, 400 times": { pattern: `^[${CHARACTERS}]{1,400}$` },
  "16 Unicode properties": {
    properties: Object.fromEntries(
      ["L", "Lu", "Ll", "N", "P", "S", "Z", "M", "C", "Lo", "Lt", "Nd", "Nl", "No", "Sc", "Sm"]
        .map((name) => [name, { type: "string", pattern: `^\\p{${name}}{1,30}$` }]),
    ),
  },
  "9,999 listed values": { enum: times(9_999, (i) => `value ${i * 7919}`) },
  "9,999 listed values and a pattern": {
    pattern: "^.*e.*[0-9]{2,90}.*7$",
    enum: times(9_999, (i) => `value ${i * 7919}`),
  },
  "4,900 properties": {
    properties: entries(4_900, (i) => [
      `p${i}`,
      { type: "string", minLength: i % 7, maxLength: 10 + i },
    ]),
  },
  "300 alternatives with patterns": {
    oneOf: times(300, (i) => ({ type: "string", pattern: `^a{${i}}[b-x]{0,50}$` })),
  },
  "alternatives within alternatives": {
    allOf: times(14, (i) => ({
      anyOf: times(
        3,
        (k) => ({ type: "object", properties: { [`a${i}_${k}`]: { maxLength: k } } }),
      ),
    })),
  },
  "30,000 constants": { anyOf: times(30_000, (i) => ({ const: `v${i}` })) },
  "5,000 references": {
    $ref: "#/$defs/a0",
    $defs: entries(5_000, (i) => [`a${i}`, i === 4_999 ? {} : { $ref: `#/$defs/a${i + 1}` }]),
  },
};

function formatOf(schema: unknown) {
  return { type: "json_schema", json_schema: { name: "x", schema } };
}

/** All that a request can make a server compute, as large as it may be. */
export function heavyRequests(model: string): readonly HeavyRequest[] {
  const chat = (name: string, fields: object, more: Partial<HeavyRequest> = {}): HeavyRequest => {
    const messages = [{ role: "user", content: "Hi" }];
    return {
      name,
      path: CHAT,
      body: JSON.stringify({ model, messages, max_tokens: 1, ...fields }),
      ...more,
    };
  };
  const text = (name: string, content: string) =>
    chat(`a message of ${name}`, { messages: [{ role: "user", content }] });
  const response = (
    name: string,
    fields: object,
    more: Partial<HeavyRequest> = {},
  ): HeavyRequest => ({
    name,
    path: "/v1/responses",
    body: JSON.stringify({ model, input: "Hi", max_output_tokens: 1, ...fields }),
    ...more,
  });
  const post = (path: string, fields: object, more: Partial<HeavyRequest> = {}): HeavyRequest => ({
    name: path,
    path,
    body: JSON.stringify({ model, ...fields }),
    ...more,
  });
  return [
    ...Object.entries(SCHEMAS).map(([name, schema]) =>
      chat(name, { response_format: formatOf(schema) }, { compiles: true })
    ),
    chat("look-ahead over 2,000 characters", {
      response_format: formatOf({
        pattern: `^(?!.*(a[${CHARACTERS.slice(0, 2_000)}]{20}|b.{9}c)).{1,300}$`,
      }),
    }, { compiles: true, refused: /take more than 10000000 steps to compile/ }),
    chat("a schema 5,000 levels deep", { response_format: formatOf(deep(5_000)) }, {
      refused: /nested more than 500 levels deep/,
    }),
    response("a pattern in a response", {
      text: { format: { type: "json_schema", name: "x", schema: Object.values(SCHEMAS)[0] } },
    }),
    chat("128 tools", { tools: times(128, tool) }, { compiles: true }),
    chat("25,000 messages", { messages: times(25_000, said) }),
    chat("12,000 messages in parts", {
      messages: times(12_000, (i) => ({
        ...said(i),
        content: [{ type: "text", text: `m${i}` }],
      })),
    }),
    chat("20,000 messages with unknown fields", {
      messages: times(20_000, (i) => ({ ...said(i), foo: 1 })),
    }),
    chat("20,000 wrong messages", {
      messages: times(20_000, () => ({ role: "nobody", content: "" })),
    }, { refused: /messages\[0\]\.role/ }),
    chat("25,000 parts of a message", {
      messages: [{ role: "user", content: times(25_000, () => ({ type: "text", text: "a" })) }],
    }),
    response("20,000 items", { input: times(20_000, said) }),
    response("20,000 items, not stored", { store: false, input: times(20_000, said) }),
    response("8,000 calls and results", {
      store: false,
      input: times(
        8_000,
        (i) =>
          i % 2
            ? { type: "function_call_output", call_id: `c${i - 1}`, output: "1" }
            : { type: "function_call", call_id: `c${i}`, name: "f", arguments: "{}" },
      ),
    }),
    response("20,000 references", {
      input: times(20_000, (i) => ({ type: "item_reference", id: `msg_${i}` })),
    }, { refused: /no such item/ }),
    text("one letter", "a".repeat(MEGABYTE)),
    text("line breaks", `x${"\n".repeat(MEGABYTE / 2)}x`),
    text("spaces", `x${" ".repeat(MEGABYTE)}x`),
    text("words", "the quick brown fox ".repeat(MEGABYTE / 20)),
    text("Chinese", CHARACTERS.repeat(37)),
    chat("50,000 unknown fields", entries(50_000, (i) => [`field${i}`, i])),
    {
      name: "lists 490,000 levels deep",
      path: CHAT,
      body: `{"model":"${model}","metadata":${"[".repeat(490_000)}${"]".repeat(490_000)}}`,
      refused: /nested more than 500 levels deep/,
    },
    chat("490,000 numbers", { foo: times(490_000, () => 1) }),
    chat("60,000 stop sequences", { stop: times(60_000, (i) => `s${i}`) }, {
      refused: /'stop'.*at most 16/,
    }),
    chat("60,000 biases", { logit_bias: entries(60_000, (i) => [String(i), 1]) }, {
      refused: /'logit_bias'.*at most 1024/,
    }),
    response("50,000 pairs of metadata", { metadata: entries(50_000, (i) => [`k${i}`, "v"]) }, {
      refused: /'metadata'.*at most 16/,
    }),
    post("/v1/responses/input_tokens", { input: "word ".repeat(MEGABYTE / 5) }),
    post("/v1/tokenize", { content: "\n".repeat(MEGABYTE / 2), with_pieces: true }),
    post("/v1/detokenize", { tokens: times(250_000, (i) => 1 + i % 300) }),
    post("/v1/completions", { prompt: times(300_000, (i) => 1 + i % 200), max_tokens: 1 }),
    post("/v1/completions", { prompt: times(2_000, (i) => `p${i}`), max_tokens: 1 }),
    post("/v1/conversations", { items: times(15_000, said) }, { refused: /'items'.*at most 20/ }),
  ];
}
