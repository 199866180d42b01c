import { z } from "zod";

/**
 * How the values of schemas are described where more than one shape is understood as the same: by the loosest of them. What is
 * understood of each shape is for {@linkcode RequestKind.translate}.
 */
export const OPEN_SHAPES: z.core.$ZodRegistry<z.core.JSONSchema.BaseSchema> = z.registry();
