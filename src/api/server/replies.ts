import { z } from "zod";

export const description = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

const part = z.enum(["ok", "failing"]);

export const readiness = z.strictObject({
  status: z.enum(["ok", "failing", "stopping"]),
  store: part,
  model: part,
});

export const health = z.looseObject({ status: z.literal("ok"), version: z.string().optional() });
