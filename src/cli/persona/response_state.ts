import type { Inference } from "../../engine/inference.ts";
import { PersonaFolder } from "../../models/persona_folder.ts";
import { PersonaInference } from "../../models/persona_inference.ts";
import type { Persona } from "../../models/read_persona.ts";
import { openStore } from "../../open_store.ts";
import type { Config } from "../../settings/config.ts";
import { differInPersona } from "../../state/persona_fingerprint.ts";
import { ResponseTree } from "../../tree/response_tree.ts";
import { computeState } from "../../turn/compute_state.ts";
import { StateFinder } from "../../turn/state_finder.ts";
import { UsageError } from "../usage_error.ts";

/** A stored response. */
export interface ResponseStateRequest {
  readonly response: string;
  readonly tenant: string;
  readonly config: Pick<Config, "store" | "dataDirectory">;
  readonly signal: AbortSignal;
}

/**
 * The state after a stored response, and how many tokens it has read.
 *
 * @param inference the model that made it
 * @param folders of the model's personas
 * @throws {UsageError} if another model made it
 * @throws {UnknownResponseError}
 */
export async function responseState(
  inference: Inference,
  folders: readonly string[],
  { response, tenant, config, signal }: ResponseStateRequest,
): Promise<Pick<Persona, "state" | "tokens">> {
  const store = await openStore(config);
  try {
    const tree = new ResponseTree({ store, now: Date.now });
    const node = await tree.node(tenant, response);
    const model = await modelOf(inference, folders, node.modelFingerprint);
    const found = await new StateFinder({ inference: model, tree }).ofResponse(tenant, node);
    return { state: await computeState(model, found, signal), tokens: found.tokens };
  } finally {
    await store.close();
  }
}

/** The model with the persona, if it has one, that has this fingerprint. */
async function modelOf(
  inference: Inference,
  folders: readonly string[],
  fingerprint: string,
): Promise<Inference> {
  if (fingerprint === inference.modelFingerprint) return inference;
  if (!differInPersona(fingerprint, inference.modelFingerprint)) {
    throw new UsageError("The response was made by another model: name it with --model");
  }
  const personas = new PersonaFolder("", folders, () => {});
  for (const name of await personas.names(inference)) {
    const own = new PersonaInference(inference, await personas.find(name, inference));
    if (own.modelFingerprint === fingerprint) return own;
  }
  throw new UsageError(
    "The response was made with a persona whose file was changed or removed: put it back",
  );
}
