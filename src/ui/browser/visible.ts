/** A token's text, with what cannot be seen made visible. */
export function visible(text: string): string {
  return text.replaceAll("\n", "↵").replaceAll("\t", "⇥").replace(/^ /, "·");
}
