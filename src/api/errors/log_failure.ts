import type { Logger } from "../../telemetry/logger.ts";
import { toWireError } from "./to_wire_error.ts";

/**
 * Logs an error if the server is at fault: clients learn nothing of such errors, and of others everything.
 *
 * @param reply what the client gets. An aborted request gets nothing, and is not logged.
 */
export function logFailure(
  log: Pick<Logger, "error">,
  message: string,
  requestId: string,
  error: unknown,
  reply = toWireError(error),
): void {
  if (reply !== null && reply.status >= 500) log.error(message, { request_id: requestId, error });
}
