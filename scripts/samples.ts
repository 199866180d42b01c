/**
 * Holds the conversations of `scripts/samples/conversations.json` with a model, through the real server, and prints them
 * uncut as Markdown. Sampling is the model's own default, the seed is the number of the conversation: the same model
 * says the same again.
 *
 * Ends with 2 and a message on standard error if a flag or the model cannot be used.
 *
 * @module
 */
import OpenAI from "openai";
import { z } from "zod";
import { readFlags, UNUSABLE, UsageError } from "./flags.ts";
import { InterruptedError, interruptSignal } from "../src/cli/interrupt.ts";
import { ServerStartError, startServer } from "./start_server.ts";
import conversations from "./samples/conversations.json" with { type: "json" };

const USAGE = "Usage: deno task samples --model FOLDER";

const flagsSchema = z.object({
  model: z.string("--model is missing").min(1, "--model is empty"),
});

const FLAGS = { model: { type: "string" } } as const;

/** A conversation as a list of quotes. */
async function hold(
  client: OpenAI,
  model: string,
  says: readonly string[],
  seed: number,
  signal: AbortSignal,
): Promise<string> {
  const messages: { role: "user" | "assistant"; content: string }[] = [];
  for (const content of says) {
    messages.push({ role: "user", content });
    const answer = await client.chat.completions.create({ model, messages, seed }, { signal });
    messages.push({ role: "assistant", content: answer.choices[0]?.message.content ?? "" });
  }
  const lines = messages.map(({ role, content }) =>
    `> **${role === "user" ? "User" : "Tern"}:** ${content.replaceAll("\n", "  \n> ")}`
  );
  return lines.join("\n>\n");
}

try {
  const signal = interruptSignal();
  const { model: folder } = readFlags(Deno.args, FLAGS, flagsSchema, USAGE);
  await using server = await startServer({ model: folder, store: "memory", signal });
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "none", maxRetries: 0 });
  const parts: string[] = [];
  for (const [i, says] of conversations.entries()) {
    const text = await hold(client, server.model, says, i + 1, signal);
    parts.push(`Seed ${i + 1}:\n\n${text}\n`);
  }
  await new Blob([parts.join("\n")]).stream().pipeTo(Deno.stdout.writable);
} catch (error) {
  if (error instanceof InterruptedError) Deno.exit(error.exitCode);
  if (!(error instanceof UsageError || error instanceof ServerStartError)) throw error;
  console.error(error.message);
  Deno.exit(UNUSABLE);
}
Deno.exit(0); // A listener for signals keeps the process.
