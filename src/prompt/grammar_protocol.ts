import type { Grammar } from "../constrain/grammar.ts";
import type { AnswerForm } from "./answer_form.ts";

/** What the thread that compiles grammars is asked for. */
export interface GrammarTask {
  readonly id: string;
  readonly form: AnswerForm;
}

/** A grammar, or the limit of steps that it exceeds. */
export type CompiledForm = { readonly grammar: Grammar } | { readonly limit: number };
