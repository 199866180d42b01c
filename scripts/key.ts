/**
 * Makes an API key, and prints it with the digest that the server is given in its place.
 *
 * @module
 */
import { toText } from "@std/streams/to-text";
import { z } from "zod";
import { isKey, toKeyDigest } from "../src/api/key_entry.ts";
import { randomId } from "../src/api/ids.ts";
import { readFlags, UNUSABLE, UsageError } from "./flags.ts";

const USAGE = `Usage: deno task key            make a key
       deno task key --digest   print the digest of the key on standard input`;

const flagsSchema = z.strictObject({ digest: z.boolean().default(false) });

async function printNewKey(): Promise<void> {
  const key = randomId("sk-tern-");
  console.log(`The key, for who uses the API. It is not shown again:

  ${key}

What the server is given. Further keys follow a comma:

  TERN_API_KEYS=${await toKeyDigest(key)}`);
}

async function printDigest(): Promise<void> {
  const key = (await toText(Deno.stdin.readable)).trim();
  if (!isKey(key)) {
    throw new UsageError("A key is one word of letters, digits and - . _ ~ + /");
  }
  console.log(await toKeyDigest(key));
}

try {
  const options = { digest: { type: "boolean" } } as const;
  const { digest } = readFlags(Deno.args, options, flagsSchema, USAGE);
  await (digest ? printDigest() : printNewKey());
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
