/**
 * The entry of the thread that compiles grammars.
 *
 * @module
 */
import { EffortExceededError } from "../constrain/effort.ts";
import { answerJobs } from "../thread/answer_jobs.ts";
import { compileForm } from "./answer_form.ts";
import type { CompiledForm, GrammarTask } from "./grammar_protocol.ts";

answerJobs(({ id, form }: GrammarTask): CompiledForm => {
  try {
    return { grammar: compileForm(id, form) };
  } catch (error) {
    if (error instanceof EffortExceededError) return { limit: error.limit };
    throw error;
  }
});
