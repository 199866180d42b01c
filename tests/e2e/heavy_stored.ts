import { fileHeadSchema, HEAD, writeJson } from "../../src/portable/contents.ts";
import { writeParts } from "../../src/portable/parts.ts";

/** A request whose work grows with what is stored. */
export interface HeavyStored {
  readonly name: string;
  readonly method: "GET" | "POST";
  /** @param id a conversation of {@linkcode MESSAGES} messages */
  readonly path: (id: string) => string;
  readonly type?: string;
  readonly body?: (id: string) => Promise<BodyInit> | BodyInit;
}

/** Messages of the conversation that is stored: 1 MB. */
const MESSAGES = 15_000;
/** Conversations in the list. It looks at 2,000 for a page. */
const CONVERSATIONS = 2_500;
const AT_ONCE = 20;
const MEGABYTE = 1_000_000;
const FILE_TYPE = "application/vnd.tern.conversation";

/** A conversation file of {@linkcode MESSAGES} messages that no response has read. */
export async function largeFile(): Promise<Blob> {
  const pending = Array.from({ length: MESSAGES }, (_, i) => ({
    id: `msg_${i}`,
    message: { role: i % 2 ? "assistant" as const : "user" as const, text: `message ${i}` },
  }));
  const content = writeJson(fileHeadSchema, {
    conversation: { id: "conv_1", createdAt: 0, metadata: {}, title: null, charged: 0 },
    head: null,
    branches: [],
    pending,
    modelFingerprint: null,
    responses: 0,
  });
  const file = writeParts(async function* () {
    await Promise.resolve();
    yield { type: HEAD, content };
  }());
  return new Blob(await Array.fromAsync(file));
}

/** Stores a large conversation, and many small ones. @returns the id of the large one */
export async function storeMuch(url: string): Promise<string> {
  const make = async (path: string, type: string, body: BodyInit): Promise<string> => {
    const headers = { "content-type": type };
    const reply = await fetch(url + path, { method: "POST", headers, body });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${text}`);
    return JSON.parse(text).id;
  };
  for (let made = 0; made < CONVERSATIONS; made += AT_ONCE) {
    await Promise.all(
      Array.from(
        { length: AT_ONCE },
        () => make("/v1/conversations", "application/json", `{"metadata":{"topic":"birds"}}`),
      ),
    );
  }
  return await make("/v1/conversations/import", FILE_TYPE, await largeFile());
}

/** Requests whose work grows with what is stored, or with a body that is not JSON. */
export function heavyStored(model: string): readonly HeavyStored[] {
  const json = "application/json";
  return [
    {
      name: "an import of 15,000 messages",
      method: "POST",
      path: () => "/v1/conversations/import",
      type: FILE_TYPE,
      body: largeFile,
    },
    {
      name: "an export of 15,000 messages",
      method: "GET",
      path: (id) => `/v1/conversations/${id}/export`,
    },
    {
      name: "the last items of 15,000",
      method: "GET",
      path: (id) => `/v1/conversations/${id}/items?limit=100`,
    },
    {
      name: "the tree of 15,000 messages",
      method: "GET",
      path: (id) => `/v1/conversations/${id}/tree`,
    },
    {
      name: "a fork of 15,000 messages",
      method: "POST",
      path: (id) => `/v1/conversations/${id}/fork`,
      type: json,
      body: () => "{}",
    },
    {
      name: "a search in 2,500 conversations",
      method: "GET",
      path: () => "/v1/conversations?limit=100&q=fish",
    },
    {
      name: "a look at a megabyte",
      method: "POST",
      path: () => "/v1/look",
      type: json,
      body: () => JSON.stringify({ model, content: "a".repeat(MEGABYTE), last: 256, top: 100 }),
    },
    {
      name: "a text of 8 megabytes",
      method: "POST",
      path: (id) => `/v1/conversations/${id}/ingest`,
      type: "text/plain",
      body: () => "\n".repeat(8 * MEGABYTE) + "end",
    },
  ];
}
