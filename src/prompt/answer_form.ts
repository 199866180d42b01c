import type { Effort } from "../constrain/effort.ts";
import type { Grammar } from "../constrain/grammar.ts";
import { compileSchema } from "../constrain/json_schema/compile_schema.ts";
import { plainTextGrammar, toolGrammar } from "../constrain/tool_grammar.ts";
import { TOOL_FORMATS, type ToolFormatName } from "./tool_format.ts";

/** A function that an answer may call. */
export interface CallableFunction {
  readonly name: string;
  /** JSON Schema of its arguments, which are an object: any, if there is none. */
  readonly parameters?: Readonly<Record<string, unknown>> | null | undefined;
}

/**
 * What an answer is held to, its thoughts aside. Plain JSON, so that it can be kept with a response, and compiled again by
 * who goes on.
 */
export type AnswerForm =
  & {
    /** How the model writes calls. Absent: as Hermes does. */
    readonly format?: ToolFormatName;
  }
  & AnyForm;

type AnyForm =
  /** JSON that a schema allows. */
  | { readonly type: "json"; readonly schema: unknown }
  /** Calls of functions, or text where that is allowed. */
  | {
    readonly type: "calls";
    readonly tools: readonly CallableFunction[];
    readonly text: boolean;
    /** The schema of JSON that it may be as well. */
    readonly schema?: unknown;
    /** Whether it may be several calls. */
    readonly parallel: boolean;
  }
  /** Text, which does not begin as calls do. */
  | { readonly type: "text" };

const ANY_OBJECT = { type: "object" };

/**
 * Compiles the grammar of a form.
 *
 * No form is refused for what it asks. What the grammar does not enforce is in its `unenforced`, with a path from the
 * schema; or from the list of tools, or after `schema`. A request that asked for strictness is refused before its form is
 * kept, so whoever continues an answer need not know whether it did.
 *
 * @param id names the grammar
 * @param effort counts the steps that it takes
 * @throws {EffortExceededError}
 */
export function compileForm(id: string, form: AnswerForm, effort?: Effort): Grammar {
  const format = TOOL_FORMATS[form.format ?? "hermes"];
  const lineEnds = form.format === "g1";
  switch (form.type) {
    case "json":
      return compileSchema(id, form.schema, { lineEnds, effort });
    case "calls": {
      const tools = form.tools.map(({ name, parameters }, index) => ({
        name,
        parameters: parameters ?? ANY_OBJECT,
        path: [index],
      }));
      const json = form.schema === undefined
        ? undefined
        : { schema: form.schema, path: ["schema"] };
      const { text, parallel } = form;
      return toolGrammar(id, { tools, text, json, parallel, format, lineEnds }, effort);
    }
    case "text":
      return plainTextGrammar(id, format.marker);
  }
}
