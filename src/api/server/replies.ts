import { z } from "zod";

export const description = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

const modelStatus = z.looseObject({
  id: z.string(),
  status: z.enum(["loaded", "loading", "unloaded", "failed"])
    .describe("`failed`: it could not be loaded the last time. The next request tries again."),
  percent: z.number().optional().describe("How much of it is loaded, while it is loading."),
});

export const health = z.looseObject({
  status: z.literal("ok"),
  version: z.string().optional(),
  models: z.array(modelStatus).optional().describe("Of a server with several models."),
});

const part = z.enum(["ok", "failing"]);

export const readiness = z.strictObject({
  status: z.enum(["ok", "failing", "stopping"]),
  store: part,
  model: part,
});
