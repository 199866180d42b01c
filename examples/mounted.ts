/**
 * Tern inside an app of your own, under a path of it. Run it with
 *
 *     deno run -A examples/mounted.ts
 *
 * @module
 */
import { Hono } from "hono";
import { createTern } from "../src/mod.ts";

const model = new URL("../models/tern-7m", import.meta.url).pathname;
const tern = await createTern({ model, store: "memory" });

const app = new Hono();
app.get("/", (c) => c.text("My own app. The API is at /ai/v1."));
app.route("/ai", tern.app);

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT") ?? 8000) }, app.fetch);
