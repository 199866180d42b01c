import { emptyPrefix, extendPrefix, prefillName, promptName } from "./prefix_hashes.ts";
import type { EngineInfo } from "../engine/engine.ts";
import type { StartedAnswer } from "./prefill.ts";
import { type ChatTemplate, templateSignature } from "../prompt/template.ts";
import type { TurnStart } from "./turn_start.ts";

/** What a {@linkcode StateNames} is made of. */
export interface StateNamesParts {
  readonly inference: Pick<EngineInfo, "modelFingerprint" | "fingerprint">;
  readonly template: ChatTemplate;
}

/** The names by which states are found: what they have read, and what decides what that means to them. */
export class StateNames {
  readonly #seed: string;
  readonly #fingerprint: string;

  constructor({ inference, template }: StateNamesParts) {
    this.#seed = `${inference.modelFingerprint}/${templateSignature(template)}`;
    this.#fingerprint = inference.fingerprint;
  }

  /** Names a conversation in which nothing was said. */
  async ofNothing(): Promise<string> {
    return await emptyPrefix(this.#seed);
  }

  /** What the state after the prompt of a turn is filed under. */
  async ofPrompt({ prefix, prefill }: Pick<TurnStart, "prefix" | "prefill">): Promise<string> {
    if (prefill === undefined || prefill.read === "") {
      return await promptName(prefix, this.#fingerprint);
    }
    const read = await extendPrefix(prefix, [{ role: "assistant", text: prefill.read }]);
    return await prefillName(read[0]!, this.#fingerprint);
  }

  /** What the state of a prompt is filed under: without the beginning of an answer, and with it. */
  async ofPrompts(prefix: string, prefill: StartedAnswer | undefined): Promise<string[]> {
    const without = await this.ofPrompt({ prefix });
    return prefill?.unread ? [without, await this.ofPrompt({ prefix, prefill })] : [without];
  }
}
