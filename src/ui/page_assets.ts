/** A file that pages load. */
export interface Asset {
  readonly type: "text/javascript" | "text/css";
  /** Its text, read when somebody asks for it: a start needs none of them. */
  readonly load: () => Promise<string>;
}

/** The files of the pages, by their names. */
export const PAGE_ASSETS = {
  "page.js": {
    type: "text/javascript",
    load: async () => (await import("./page.min.js", { with: { type: "text" } })).default,
  },
  "page.css": {
    type: "text/css",
    load: async () => (await import("./page.css", { with: { type: "text" } })).default,
  },
  "reference.js": {
    type: "text/javascript",
    load: async () => (await import("./reference.min.js", { with: { type: "text" } })).default,
  },
} as const satisfies Readonly<Record<string, Asset>>;

/** The name of a file that pages load. */
export type AssetName = keyof typeof PAGE_ASSETS;

/** Digits of a version. */
const DIGITS = 16;

/** Names the version of a text: other texts have others. */
export async function versionOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, DIGITS);
}
