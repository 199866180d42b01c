/** The media type of a file that holds a conversation. */
export const FILE_TYPE = "application/vnd.tern.conversation";

/** The media type of a text. */
export const TEXT_TYPE = "text/plain";

/**
 * The headers in which a text is sent in several requests.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpbis-resumable-upload/
 */
export const UPLOAD_OFFSET = "upload-offset";
export const UPLOAD_COMPLETE = "upload-complete";

/** The headers that tell a client how far a text is read. */
export const UPLOAD_HEADERS: readonly string[] = [UPLOAD_OFFSET, UPLOAD_COMPLETE];
