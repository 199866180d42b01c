import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ServerProcess } from "../e2e/server_process.ts";
import {
  ENV,
  goOn,
  importBirds,
  keysOf,
  RECORDED,
  type Recording,
  RecordingClient,
} from "./recorded.ts";

/**
 * What later builds tell in another way on purpose: since 2026-11-30 whether strictness was asked for, where before it was
 * said to be there.
 */
const TOLD_ANEW: readonly string[] = ["strict"];

/** Checks that everything is there that was. Later builds may say more. */
function assertStillThere(actual: unknown, expected: unknown, where: string): void {
  if (Array.isArray(expected)) {
    assert(Array.isArray(actual), `${where} is no longer a list`);
    assert.equal(actual.length, expected.length, `${where} has another length`);
    for (const [i, item] of expected.entries()) assertStillThere(actual[i], item, `${where}[${i}]`);
  } else if (typeof expected === "object" && expected !== null) {
    assert(typeof actual === "object" && actual !== null, `${where} is ${actual}`);
    for (const [key, value] of Object.entries(expected)) {
      if (TOLD_ANEW.includes(key)) continue;
      const found = (actual as Readonly<Record<string, unknown>>)[key];
      assertStillThere(found, value, `${where}.${key}`);
    }
  } else assert.equal(actual, expected, where);
}

/** Padding is random. */
const withoutPadding = (text: string): string =>
  text.replaceAll(/,\s*"obfuscation":\s*"[^"]*"/g, "");

async function copyOf(folder: string): Promise<string> {
  const copy = await Deno.makeTempDir();
  for await (const { name } of Deno.readDir(folder)) {
    await Deno.copyFile(`${folder}/${name}`, `${copy}/${name}`);
  }
  return copy;
}

describe("a data folder that an earlier build wrote", () => {
  for (const store of ["sqlite", "deno-kv"]) {
    it(`is read whole, and gone on with bit by bit, with ${store}`, () => reads(store));
  }

  async function reads(store: string): Promise<void> {
    const json = await Deno.readTextFile(`${RECORDED}${store}.json`);
    const { looks, continuations, ingest, imported }: Recording = JSON.parse(withoutPadding(json));
    const data = await copyOf(`${RECORDED}${store}`);
    try {
      for (const keyed of [false, true]) {
        const mine = ({ who }: { readonly who: string }) => (who !== "nobody") === keyed;
        const env = { ...ENV, TERN_STORE: store, TERN_DATA: data };
        const server = await ServerProcess.start({
          ...env,
          ...keysOf(keyed ? "alpha" : "nobody"),
        });
        try {
          const client = new RecordingClient(server.url);
          for (const { who, path } of looks.filter(mine)) {
            // The answer that was cut off is gone on with: with the token that would have come next.
            if (/^\/v1\/responses\/\w+$/.test(path)) await client.ended(who, path.split("/")[3]!);
          }
          for (const { who, path, reply } of looks.filter(mine)) {
            assertStillThere(await client.get(who, path), reply, path);
          }
          await assertListed(client, looks.filter(mine));
          for (const { output, usage, ...asked } of continuations.filter(mine)) {
            if (asked.body["conversation"] === ingest.conversation) {
              const reply = await client.send(
                "alpha",
                "POST",
                `/v1/conversations/${ingest.conversation}/ingest`,
                {
                  headers: { "content-type": "text/plain", "upload-offset": `${ingest.offset}` },
                  body: ingest.rest,
                },
              );
              assertStillThere(await reply.json(), ingest.reply, "the text");
            }
            assertGoesOn(await goOn(client, asked), { output, usage }, JSON.stringify(asked.body));
          }
          if (!keyed) continue;
          const { body } = continuations.at(-1)!;
          const birds = { conversation: await importBirds(client), instructions: "Be brief." };
          const next = { ...body, ...birds, input: "And then?" };
          const asked = { who: "alpha", path: "/v1/responses", body: next } as const;
          assertGoesOn(await goOn(client, asked), imported, "the file");
        } finally {
          await server.stop();
        }
      }
    } finally {
      await Deno.remove(data, { recursive: true });
    }
  }

  /** Every conversation is in the list, though the build that wrote it had none. */
  async function assertListed(client: RecordingClient, looks: Recording["looks"]): Promise<void> {
    for (const owner of new Set(looks.map(({ who }) => who))) {
      const { data } = await client.get(owner, "/v1/conversations?limit=100");
      const listed = new Set(data.map(({ id }: { id: string }) => id));
      for (const { who, path } of looks) {
        const [, id] = /^\/v1\/conversations\/(conv_\w+)$/.exec(path) ?? [];
        if (who === owner && id !== undefined) assert(listed.has(id), `${id} is not in the list`);
      }
    }
  }

  function assertGoesOn(
    actual: Recording["imported"],
    { output, usage: { cached_tokens = 0, ...usage } }: Recording["imported"],
    where: string,
  ): void {
    assertStillThere(actual.output, output, where);
    assertStillThere(actual.usage, usage, where);
    assert((actual.usage.cached_tokens ?? 0) >= cached_tokens, `${where} was read again`);
  }
});
