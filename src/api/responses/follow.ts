import type { ResponseEvent } from "../../response/stored_response.ts";
import type { AnswerStream } from "../../stream/answer_stream.ts";
import type { ApiPorts } from "../http/context.ts";

/** Whose request it is, and which. */
export interface Requester {
  readonly tenant: string;
  readonly requestId: string;
  /** Aborts when the client leaves. */
  readonly signal: AbortSignal;
  /** Whether a repeated request finds the response by its id, even if nobody was told that it was made. */
  readonly findable?: boolean;
}

/** Follows a stored response for a client: the events that there are, then those to come. */
export function followStored(
  { responses }: Pick<ApiPorts, "responses">,
  { tenant, signal }: Requester,
  id: string,
): AnswerStream<ResponseEvent> {
  return responses.follow(tenant, id, signal);
}

/** Follows a response for the client that created it. If that client leaves, perhaps nobody wants the response. */
export function followCreated(
  ports: Pick<ApiPorts, "responses" | "log">,
  requester: Requester,
  id: string,
): AnswerStream<ResponseEvent> {
  const { responses, log } = ports;
  const { tenant, requestId } = requester;
  return followStored(ports, requester, id).watch({
    // By then this reader is gone, and does not count as one who still wants the response.
    async onOver(end) {
      if (end.type !== "left") return;
      await responses.left(tenant, id).catch((error) => {
        log.error("a response could not be left", { request_id: requestId, error });
      });
    },
  });
}
