import createInstructor from "@instructor-ai/instructor";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import OpenAI from "openai";
// The version of zod that instructor reads.
import { z } from "zod/v3";
import type { ServerProcess } from "../e2e/server_process.ts";
import { KEY, MODEL, startServer } from "./server.ts";

const Task = z.object({
  kind: z.enum(["note", "task"]).describe("What it is"),
  title: z.string().max(20),
  done: z.boolean(),
});
const asked = {
  model: MODEL,
  messages: [{ role: "user" as const, content: "Buy milk, please." }],
  temperature: 0,
  max_tokens: 200,
};

describe("@instructor-ai/instructor, against the running server", () => {
  let server: ServerProcess;
  let client: OpenAI;

  beforeAll(async () => {
    server = await startServer();
    client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: KEY, maxRetries: 0 });
  });

  afterAll(() => server.kill());

  for (const mode of ["TOOLS", "FUNCTIONS", "JSON_SCHEMA"] as const) {
    it(`extracts objects, whole and streamed, by ${mode}`, async () => {
      const instructor = createInstructor({ client, mode });
      const response_model = { schema: Task, name: "Task" };
      const whole = await instructor.chat.completions.create({ ...asked, response_model });
      Task.parse(whole);
      const stream = await instructor.chat.completions.create({
        ...asked,
        response_model,
        stream: true,
      });
      let last: unknown;
      let count = 0;
      for await (const partial of stream) {
        last = partial;
        count++;
      }
      assert(count > 1);
      Task.parse(last);
    });
  }

  it("gets an object by JSON, which tells the model alone what to write", async () => {
    const instructor = createInstructor({ client, mode: "JSON" });
    const response_model = { schema: z.object({}).passthrough(), name: "Anything" };
    const { _meta, ...found } = await instructor.chat.completions.create({
      ...asked,
      response_model,
    });
    assert.equal(typeof found, "object");
    assert((_meta?.usage?.completion_tokens ?? 0) > 0);
  });
});
