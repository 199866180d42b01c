/** What the paths of the API begin with, as a segment. */
const ROOT = "v1";

/**
 * Finds the path that a client meant, whose base URL is set up a little wrong: the API's paths may begin without `/v1`,
 * or with it twice, or with more slashes than one; and they may have slashes doubled or at the end where no id is near.
 * Beside an id slashes stay, because an empty id, or one that is `..`, would else be taken for something larger: who
 * deletes one item must not delete the conversation.
 *
 * All other paths are left as they are, so that whoever guards one in front of the server guards all there is.
 *
 * Requests are not redirected: routes and middleware see the meant path alone, so that a key is asked for however the
 * path is written.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const paths = new ApiPaths(["/v1/models", "/v1/chat/completions", "/v1/responses/:id", "/metrics"]);
 * assert.equal(paths.meant("//v1/chat//completions/"), "/v1/chat/completions");
 * assert.equal(paths.meant("/chat/completions"), "/v1/chat/completions");
 * assert.equal(paths.meant("/v1/v1/models"), "/v1/models");
 * assert.equal(paths.meant("/v1/responses/resp_1/"), "/v1/responses/resp_1/");
 * assert.equal(paths.meant("//metrics"), "//metrics");
 * ```
 */
export class ApiPaths {
  /** The first names below `/v1`, as `chat` or `models`. */
  readonly #resources = new Set<string>();
  /** The paths below `/v1` that hold no id. */
  readonly #fixed = new Set<string>();
  /** The last names of those that hold one, where it is not the id itself. */
  readonly #actions = new Set<string>();

  /** @param routes the paths of all routes, as hono has them */
  constructor(routes: readonly string[]) {
    for (const route of routes) {
      const [, root, ...segments] = route.split("/");
      const [resource] = segments;
      if (root !== ROOT || resource === undefined) continue;
      this.#resources.add(resource);
      if (!route.includes(":")) this.#fixed.add(segments.join("/"));
      else if (!segments.at(-1)!.startsWith(":")) this.#actions.add(segments.at(-1)!);
    }
  }

  /** @param path as it is in the URL */
  meant(path: string): string {
    const [, roots = "", rest = ""] = /^\/+((?:v1(?:\/+|$))*)(.*)$/s.exec(path) ?? [];
    const segments = rest.split("/");
    if (roots === "" && !this.#resources.has(segments[0]!)) return path;
    const tidy = segments.filter((segment) => segment !== "");
    if (this.#fixed.has(tidy.join("/"))) return `/${ROOT}/${tidy.join("/")}`;
    const ended = rest.replace(/\/+$/, "");
    const last = ended.slice(ended.lastIndexOf("/") + 1);
    return `/${ROOT}/${this.#actions.has(last) ? ended : rest}`;
  }
}
