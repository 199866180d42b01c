import type { z } from "zod";
import type { RunEnd } from "../tree/run.ts";

/** How things are called where a file is read. */
export interface NewNames {
  readonly response: string;
  /** The response that it continues. */
  readonly parent: string | null;
  readonly conversation: string;
}

/** What is known of an answer. */
export interface KnownAnswer {
  readonly text: string;
  /** `null`: it is being made. */
  readonly end: RunEnd | null;
}

/** Port: what the rooms above keep with a response, as it goes through files. */
export interface Cards {
  /** What of the request is to be in a file: any JSON. */
  pack(request: unknown): unknown;
  /**
   * The request to keep, made from what stood in a file, whoever wrote it.
   *
   * @throws {z.ZodError} if that is nothing that can be shown.
   */
  unpack(card: unknown, names: NewNames, answer: KnownAnswer): z.core.util.JSONType;
}
