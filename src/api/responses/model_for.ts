import type { ResponseService } from "../../response/stored_response.ts";

/** What of a request decides which model answers it. */
interface AskedOfModel {
  readonly model?: string | null | undefined;
  readonly previous_response_id?: string | null | undefined;
  readonly conversation?: string | null | undefined;
}

/**
 * The name of the model that a request is for: the one that it names, or else the one that made what it continues.
 * `undefined`: the main one.
 */
export async function modelFor(
  responses: Pick<ResponseService, "modelOf">,
  tenant: string,
  { model, previous_response_id, conversation }: AskedOfModel,
): Promise<string | undefined> {
  if (model) return model;
  const place = {
    previous: previous_response_id ?? undefined,
    conversation: conversation ?? undefined,
  };
  return await responses.modelOf(tenant, place);
}
