import { z } from "zod";

export const description = z.looseObject({ openapi: z.string(), paths: z.looseObject({}) });

export const health = z.looseObject({ status: z.literal("ok"), version: z.string().optional() });
