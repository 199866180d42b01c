import { emptyPrefix, extendPrefix, prefillName, promptName } from "./prefix_hashes.ts";
import type { EngineInfo } from "../engine/engine.ts";
import type { StartedAnswer } from "./prefill.ts";
import { type ChatTemplate, templateSignature } from "../prompt/template.ts";
import type { TurnStart } from "./turn_start.ts";

/** What {@linkcode StateNames} are derived from. */
export interface StateNamesParts {
  readonly inference: Pick<EngineInfo, "modelFingerprint" | "fingerprint">;
  readonly template: ChatTemplate;
}

/** Names of states: hashes of what they have read, and of what determines how it was read. */
export class StateNames {
  readonly #seed: string;
  readonly #fingerprint: string;

  constructor({ inference, template }: StateNamesParts) {
    this.#seed = `${inference.modelFingerprint}/${templateSignature(template)}`;
    this.#fingerprint = inference.fingerprint;
  }

  /** The name of the empty conversation. */
  async ofNothing(): Promise<string> {
    return await emptyPrefix(this.#seed);
  }

  /** The name of the state after the prompt of a turn. */
  async ofPrompt({ prefix, prefill }: Pick<TurnStart, "prefix" | "prefill">): Promise<string> {
    if (prefill === undefined || prefill.read === "") {
      return await promptName(prefix, this.#fingerprint);
    }
    const read = await extendPrefix(prefix, [{ role: "assistant", text: prefill.read }]);
    return await prefillName(read[0]!, this.#fingerprint);
  }

  /** The names of the state of a prompt: without a prefill, and with it. */
  async ofPrompts(prefix: string, prefill: StartedAnswer | undefined): Promise<string[]> {
    const without = await this.ofPrompt({ prefix });
    return prefill?.unread ? [without, await this.ofPrompt({ prefix, prefill })] : [without];
  }
}
