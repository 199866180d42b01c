/** Media types of replies. */
export const JSON_TYPE = "application/json";
export const EVENT_STREAM = "text/event-stream";
export const HTML = "text/html";
