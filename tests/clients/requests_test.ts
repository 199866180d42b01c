import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { z } from "zod";
import type { ServerProcess } from "../e2e/server_process.ts";
import { hasShared, shared } from "../shared.ts";
import { KEY, MODEL, startServer } from "./server.ts";

/** A request as a real client sends it, and what is wanted of its reply. */
const caseSchema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  path: z.string(),
  body: z.looseObject({}),
  want: z.strictObject({
    status: z.int(),
    /** A word that the error's message or param must hold. */
    names: z.string().optional(),
    /** Whether the answer goes on with the last message, and does not say it again. */
    continues: z.literal(true).optional(),
  }),
});

const cases = hasShared
  ? (await Deno.readTextFile(shared("conformance/clients/requests.jsonl"))).trim().split("\n")
    .map((line) => caseSchema.parse(JSON.parse(line.replaceAll("$MODEL", MODEL))))
  : [];

/** What both APIs reply with, as far as the text goes. */
const answerSchema = z.union([
  z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })) })
    .transform(({ choices }) => choices[0]!.message.content),
  z.object({
    output: z.array(z.object({ content: z.array(z.object({ text: z.string() })) })),
  }).transform(({ output }) => output[0]!.content[0]!.text),
]);

const errorSchema = z.object({
  error: z.object({ message: z.string(), param: z.string().nullable() }),
});

describe("requests of real clients", { ignore: !hasShared }, () => {
  let server: ServerProcess;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(async () => {
    await server.stop();
  });

  for (const { id, kind, path, body, want } of cases) {
    it(`behave as they are wanted to: ${kind}: ${id}`, async () => {
      const reply = await fetch(`${server.url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${KEY}` },
        body: JSON.stringify(body),
      });
      const text = await reply.text();
      assert.equal(reply.status, want.status, text);
      if (want.names !== undefined) {
        const { message, param } = errorSchema.parse(JSON.parse(text)).error;
        assert(`${param} ${message}`.includes(want.names), text);
      }
      if (want.continues) {
        const messages = z.array(z.object({ content: z.string() }))
          .parse(body["messages"] ?? body["input"]);
        const beginning = messages.at(-1)!.content;
        const answer = answerSchema.parse(JSON.parse(text));
        assert(answer.trim() !== "", "the answer is empty");
        assert(!answer.includes(beginning), `the beginning is there again: ${answer}`);
        // A new sentence would not go on with the one that was begun.
        assert.match(answer, /^\s*[\p{L}\p{N}'"]/u);
      }
    });
  }
});
