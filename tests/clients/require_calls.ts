import { z } from "zod";

const said = z.array(z.looseObject({ role: z.string().optional() }));
const requestSchema = z.looseObject({
  tools: z.array(z.unknown()).min(1),
  tool_choice: z.enum(["auto"]).optional(),
  messages: said.optional(),
  input: said.optional(),
});

/**
 * `fetch`, with a call required in reply to whatever the user says last, where the client leaves it
 * to the model, and with a seed. The embedded model is too small to choose tools, and many clients
 * have no way to require a call just once. Several drop `temperature: 0`, and a sampled answer is
 * empty now and then.
 */
export async function fetchRequiringCalls(
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const body = typeof init?.body === "string" ? seeded(requireCall(init.body)) : init?.body;
  return await fetch(input, body === undefined ? init : { ...init, body });
}

/** The body of a request, with a call required if the last message is the user's. */
export function requireCall(body: string): string {
  const request = requestSchema.safeParse(JSON.parse(body));
  if (!request.success) return body;
  const { messages, input } = request.data;
  const last = (messages ?? input)?.at(-1);
  return last?.role === "user"
    ? JSON.stringify({ ...request.data, tool_choice: "required" })
    : body;
}

/** The body of a request, with a seed if it has none. */
function seeded(body: string): string {
  return JSON.stringify({ seed: 1, ...JSON.parse(body) });
}
