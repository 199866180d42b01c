import type { Grammar } from "../constrain/grammar.ts";
import { GrammarCache } from "../constrain/grammar_cache.ts";
import type { AnswerForm } from "./answer_form.ts";

/** Compiles the grammar of a form, and gives it this id. */
export type CompileForm = (id: string, form: AnswerForm) => Promise<Grammar>;

/** The grammars of what answers are held to. The same form of the same tenant always gives the same. */
export class AnswerGrammars {
  readonly #cache = new GrammarCache();
  readonly #compile: CompileForm;

  /** @param compile by default on this thread, however long it takes */
  constructor(compile: CompileForm = compileHere) {
    this.#compile = compile;
  }

  /**
   * The grammar of a form, compiled if it is not kept.
   *
   * @throws {EffortExceededError} if it takes too long to compile
   */
  get(tenant: string, form: AnswerForm): Promise<Grammar> {
    return this.#cache.get(tenant, JSON.stringify(form), (id) => this.#compile(id, form));
  }
}

/** The compiler is loaded with the first answer that is held to something. */
async function compileHere(id: string, form: AnswerForm): Promise<Grammar> {
  const { compileForm } = await import("./answer_form.ts");
  return compileForm(id, form);
}
