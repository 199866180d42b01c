import { h } from "./dom.ts";
import { MarkdownView } from "./markdown.ts";

/** A text with indentation, if it is JSON. */
export function indentedJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

/** Markdown that shows a text as a block of JSON. */
export function jsonMarkdown(text: string): string {
  return `~~~~json\n${text}\n~~~~`;
}

/** Shows a text as indented JSON if it is JSON or the start of an object, and unchanged otherwise. */
export function jsonView(text: string): HTMLElement {
  const json = indentedJson(text) ?? (text.startsWith("{") ? text : undefined);
  if (json === undefined) return h("div", { class: "mono" }, text);
  const view = new MarkdownView();
  view.show(jsonMarkdown(json));
  return view.element;
}
