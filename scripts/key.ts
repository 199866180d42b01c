/**
 * Makes an API key, and prints it with the digest that the server is given in its place.
 *
 * @module
 */
import { toText } from "@std/streams/to-text";
import { z } from "zod";
import { isKey, toKeyDigest } from "../src/api/access/key_entry.ts";
import { isTenantName } from "../src/api/access/tenants.ts";
import { randomId } from "../src/api/http/ids.ts";
import { readFlags, UNUSABLE, UsageError } from "./flags.ts";

const USAGE = `Usage: deno task key --name NAME   make a key for the tenant NAME
       deno task key               make a key for a new tenant
       deno task key --digest      print the digest of the key on standard input`;

const flagsSchema = z.strictObject({
  digest: z.boolean().default(false),
  name: z.string().refine(
    isTenantName,
    "a name has up to 64 letters, digits, '.', '_' and '-', and is not 'public'",
  ).optional(),
});

/** Characters of the random part of a name: with fewer, two tenants might soon have one name. */
const NAME_DIGITS = 8;

async function printNewKey(name: string): Promise<void> {
  const key = randomId("sk-tern-");
  console.log(`The key, for who uses the API. It is not shown again:

  ${key}

What the server is given. Further keys follow a comma:

  TERN_API_KEYS=${name}=${await toKeyDigest(key)}

Keys with the name ${name} see the same conversations. Make another with
\`deno task key --name ${name}\`.`);
}

async function printDigest(): Promise<void> {
  const key = (await toText(Deno.stdin.readable)).trim();
  if (!isKey(key)) {
    throw new UsageError("A key is one word of letters, digits and - . _ ~ + /");
  }
  console.log(await toKeyDigest(key));
}

try {
  const options = { digest: { type: "boolean" }, name: { type: "string" } } as const;
  const { digest, name } = readFlags(Deno.args, options, flagsSchema, USAGE);
  const random = () => randomId("tenant-").slice(0, "tenant-".length + NAME_DIGITS);
  await (digest ? printDigest() : printNewKey(name ?? random()));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
