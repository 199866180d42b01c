import { findOfficialModel, similarNames } from "../official_models.ts";
import { UsageError } from "../usage_error.ts";

/** Addresses of hubs, which mirrors may replace. */
export interface Hubs {
  /** Without a slash at the end. */
  readonly huggingFace: string;
  readonly modelScope: string;
}

/** One file of a known address. */
export interface FileSource {
  readonly kind: "file";
  readonly url: string;
  /** The name that it is kept under, a plain file name. */
  readonly name: string;
  readonly bytes?: number;
  readonly sha256?: string;
}

/** A repository of Hugging Face, of which files have to be chosen. */
export interface RepositorySource {
  readonly kind: "repository";
  /** `OWNER/REPO`. */
  readonly repository: string;
  readonly revision: string;
}

const HUGGING_FACE = "https://huggingface.co";
const MODEL_SCOPE = "https://modelscope.cn";
const ID = "[\\w.-]+";
const REPOSITORY = new RegExp(
  `^(?:https://)?(?:hf\\.co|huggingface\\.co)/(${ID}/${ID})(?:@(${ID}))?(?::(.+))?/?$`,
);

/**
 * What an argument of `tern pull` means: a published model's name, `hf.co/OWNER/REPO[@REVISION][:FILE]`, the page of a
 * file on a hub, or any https URL.
 *
 * @throws {UsageError} When it is none of these.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * const hubs = { huggingFace: "https://mirror.example", modelScope: "https://modelscope.cn" };
 * const source = parseSource("hf.co/BlinkDL/rwkv7-g1:rwkv7-g1-0.1b-20250307-ctx4096.pth", hubs);
 * assert.deepEqual(source, {
 *   kind: "file",
 *   url: "https://mirror.example/BlinkDL/rwkv7-g1/resolve/main/rwkv7-g1-0.1b-20250307-ctx4096.pth",
 *   name: "rwkv7-g1-0.1b-20250307-ctx4096.pth",
 * });
 * ```
 */
export function parseSource(text: string, hubs: Hubs): FileSource | RepositorySource {
  const [, repository, revision = "main", file] = REPOSITORY.exec(text) ?? [];
  if (repository !== undefined && file === undefined) {
    return { kind: "repository", repository, revision };
  }
  if (repository !== undefined) return hubFile({ repository, revision }, file!, hubs);
  if (/^https?:\/\//.test(text)) {
    const url = mirrored(new URL(text), hubs);
    return { kind: "file", url, name: fileName(url) };
  }
  const official = findOfficialModel(text);
  if (official === undefined) {
    const similar = similarNames(text);
    const hint = similar.length > 0
      ? `did you mean ${similar.join(" or ")}?`
      : "see tern list --all";
    throw new UsageError(
      `${text} is not a published model's name, hf.co/OWNER/REPO[:FILE] or an https URL: ${hint}`,
    );
  }
  const { name, file: published, url, bytes, sha256 } = official;
  const ending = published.slice(published.lastIndexOf("."));
  const address = mirrored(new URL(url), hubs);
  return { kind: "file", url: address, name: name + ending, bytes, sha256 };
}

/** A file of a repository. */
export function hubFile(
  { repository, revision }: Pick<RepositorySource, "repository" | "revision">,
  file: string,
  { huggingFace }: Hubs,
): FileSource {
  const path = file.split("/").map(encodeURIComponent).join("/");
  const url = `${huggingFace}/${repository}/resolve/${revision}/${path}`;
  return { kind: "file", url, name: fileName(url) };
}

/** The address of a file, given its page or itself, at the mirror of its hub. */
function mirrored(url: URL, { huggingFace, modelScope }: Hubs): string {
  const [hub, mirror] = url.origin === HUGGING_FACE
    ? [HUGGING_FACE, huggingFace]
    : [MODEL_SCOPE, modelScope];
  if (url.origin !== hub) return url.href;
  const path = url.pathname.replace("/file/view/", "/resolve/").replace("/blob/", "/resolve/");
  return mirror + path;
}

/** The last part of a URL's path as a plain file name. */
function fileName(url: string): string {
  const last = new URL(url).pathname.split("/").at(-1)!;
  const name = decodeURIComponent(last);
  // deno-lint-ignore no-control-regex
  if (!/^[^/\\:\0-\x1f]+$/.test(name) || /^\.+$/.test(name)) {
    throw new UsageError(`${url} does not end in the name of a file`);
  }
  return name;
}
