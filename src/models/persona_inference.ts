import type { Inference } from "../engine/inference.ts";
import { InferenceOver } from "../engine/inference_over.ts";
import { fingerprintWith } from "../state/persona_fingerprint.ts";
import type { RecurrentState } from "../state/recurrent_state.ts";
import type { Persona } from "./read_persona.ts";

/** A model whose texts begin with the state of a persona. To whoever keeps states it is a model of its own. */
export class PersonaInference extends InferenceOver<Inference> {
  readonly #persona: Persona;

  constructor(inner: Inference, persona: Persona) {
    super(inner);
    this.#persona = persona;
  }

  override get modelFingerprint(): string {
    return fingerprintWith(this.inner.modelFingerprint, this.#persona.fingerprint);
  }

  override get fingerprint(): string {
    return fingerprintWith(this.inner.fingerprint, this.#persona.fingerprint);
  }

  override get initialState(): RecurrentState {
    return this.#persona.state;
  }

  /** Tokens that the state has read. */
  override get initialTokens(): number {
    return this.#persona.tokens;
  }

  open(state: RecurrentState = this.#persona.state) {
    return this.inner.open(state);
  }
}
