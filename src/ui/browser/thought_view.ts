import { h } from "./dom.ts";

/** Shows thoughts, which are folded unless the user opens them. */
export class ThoughtView {
  readonly #title = h("summary", {});
  readonly #text = h("div", { class: "said" });
  readonly element: HTMLElement = h("details", { class: "dim" }, this.#title, this.#text);

  show(text: string, running: boolean): void {
    this.#title.textContent = running ? "Thinking…" : "Thoughts";
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}
