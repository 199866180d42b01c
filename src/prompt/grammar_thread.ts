import { Effort, EffortExceededError } from "../constrain/effort.ts";
import type { Grammar } from "../constrain/grammar.ts";
import { WorkThread } from "../thread/work_thread.ts";
import type { AnswerForm } from "./answer_form.ts";
import type { CompiledForm, GrammarTask } from "./grammar_protocol.ts";

/** Steps that are tried without the thread: less than 20 ms, measured. Most schemas take fewer. */
const STEPS_HERE = 50_000;
/** Characters of the JSON of a form that is looked at without the thread. */
const CHARACTERS_HERE = 20_000;

/** Compiles grammars: small ones at once, larger ones in a thread, so that they keep no other request waiting. */
export class GrammarThread implements Disposable {
  readonly #thread = new WorkThread<GrammarTask, CompiledForm>(
    new URL("./grammar_main.ts", import.meta.url),
  );

  /**
   * Compiles the grammar of a form.
   *
   * @throws {EffortExceededError}
   * @throws {WorkThreadError}
   */
  readonly compile = async (id: string, form: AnswerForm): Promise<Grammar> => {
    const { compileForm } = await import("./answer_form.ts");
    if (JSON.stringify(form).length <= CHARACTERS_HERE) {
      try {
        return compileForm(id, form, new Effort(STEPS_HERE));
      } catch (error) {
        if (!(error instanceof EffortExceededError)) throw error;
      }
    }
    const compiled = await this.#thread.run({ id, form });
    if ("limit" in compiled) throw new EffortExceededError(compiled.limit);
    return compiled.grammar;
  };

  [Symbol.dispose](): void {
    this.#thread.close();
  }
}
