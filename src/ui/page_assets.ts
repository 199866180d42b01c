/** A static file of the pages. */
export interface Asset {
  readonly type: "text/javascript" | "text/css";
  /** Loads its text lazily, to keep start-up fast. */
  readonly load: () => Promise<string>;
}

/** The static files of the pages, by name. */
export const PAGE_ASSETS = {
  "page.js": {
    type: "text/javascript",
    load: async () => (await import("./page.min.js", { with: { type: "text" } })).default,
  },
  "page.css": {
    type: "text/css",
    load: async () => (await import("./page.css", { with: { type: "text" } })).default,
  },
  "comparison.js": {
    type: "text/javascript",
    load: async () => (await import("./comparison.min.js", { with: { type: "text" } })).default,
  },
  "reference.js": {
    type: "text/javascript",
    load: async () => (await import("./reference.min.js", { with: { type: "text" } })).default,
  },
} as const satisfies Readonly<Record<string, Asset>>;

/** The name of a static file. */
export type AssetName = keyof typeof PAGE_ASSETS;

/** Length of a version in hexadecimal digits. */
const DIGITS = 16;

/** The version of a text: a prefix of its SHA-256. */
export async function versionOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, DIGITS);
}
