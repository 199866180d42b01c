import type { z } from "zod";

/** A body, by its media type: a schema, the schema of each event, or text of which there is no more to say. */
export type Content = z.ZodType | { readonly events: z.ZodType } | "text";

/** What can be known of a route from outside. */
export interface Operation {
  /** What it does, in a few words. */
  readonly summary: string;
  /** The heading that it stands under. */
  readonly tag: string;
  /** The body that it reads: what the route validates with. */
  readonly request?: z.ZodType;
  /** The media type of the body that it reads, if that is no JSON. */
  readonly stream?: string;
  /** The parameters of the query, by name. */
  readonly query?: z.ZodObject;
  /** Headers that it reads, and what they say. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Its stream goes on after the event that `Last-Event-ID` names: what that says. */
  readonly resumes?: string;
  /** What it replies when nothing is wrong, by media type. */
  readonly replies: Readonly<Record<string, Content>>;
  /** The statuses of errors that it may reply besides those that all have. */
  readonly errors?: readonly number[];
}

/** A method and a path as hono has them, which name a route. */
export type RouteName = `${string} ${string}`;
