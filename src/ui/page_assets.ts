import script from "./page.min.js" with { type: "text" };
import style from "./page.css" with { type: "text" };

/** A file that pages load, under an address of its own for every version. */
export interface Asset {
  readonly type: "text/javascript" | "text/css";
  readonly text: string;
}

/** The files of the page, by their names. */
export const PAGE_ASSETS = {
  "page.js": { type: "text/javascript", text: script },
  "page.css": { type: "text/css", text: style },
} as const satisfies Readonly<Record<string, Asset>>;

/** Digits of a version. */
const DIGITS = 16;

/** Names the version of a text: other texts have others. */
export async function versionOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, DIGITS);
}
