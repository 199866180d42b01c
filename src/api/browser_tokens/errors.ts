import { ApiError, AuthenticationError } from "../errors/errors.ts";

/** A browser token that is malformed, sealed with another secret, or whose tenant or conversation is gone. */
export class InvalidBrowserTokenError extends ApiError {
  override readonly name = "InvalidBrowserTokenError";

  constructor(reason: "invalid" | "expired") {
    super(401, `The browser token is ${reason === "expired" ? "too old" : "not valid here"}.`, {
      code: `${reason}_browser_token`,
      headers: { ...new AuthenticationError(true).headers },
    });
  }
}

/** A browser token may not do this. */
export class BrowserTokenForbiddenError extends ApiError {
  override readonly name = "BrowserTokenForbiddenError";

  /** @param param the field at fault, if it is one */
  constructor(message: string, param: string | null = null) {
    super(403, message, { code: "browser_token_forbidden", param });
  }
}

/** The settings name no secret that browser tokens are made with. */
export class NoTokenSecretError extends ApiError {
  override readonly name = "NoTokenSecretError";

  constructor() {
    super(
      400,
      "This server makes no browser tokens: its setting TERN_TOKEN_SECRETS names no secret to do it with.",
      { code: "token_secret_missing" },
    );
  }
}
