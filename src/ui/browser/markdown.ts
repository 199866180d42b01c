import DOMPurify from "dompurify";
import { Marked, type Token } from "marked";
import { copyText, h } from "./dom.ts";
import { highlight } from "./highlight.ts";

/**
 * Shows HTML of a model as text, and images as links, since loading them would reveal the reader to others. The result
 * is sanitised as well.
 */
const parser = new Marked({
  renderer: {
    html: ({ text }) => escapeHtml(text),
    image: ({ href, text }) => `<a href="${escapeHtml(href)}">${escapeHtml(text || href)}</a>`,
  },
});

function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = { "&": "amp", "<": "lt", ">": "gt", '"': "quot" };
  return text.replace(/[&<>"]/g, (character) => `&${names[character]};`);
}

/** The allowed elements and attributes: no scripts, styles, forms, frames or images. */
const ALLOWED = {
  ALLOWED_TAGS: [
    ...["p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "li"],
    ...["strong", "em", "del", "code", "pre", "a", "table", "thead", "tbody", "tr", "th", "td"],
    ...["span", "sup", "sub", "input"],
  ],
  ALLOWED_ATTR: ["href", "title", "class", "start", "align", "type", "checked", "disabled"],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
  RETURN_DOM_FRAGMENT: true as const,
};

/** The highest heading level of an answer. Higher levels are the page's own. */
const HEADINGS = 3;

/**
 * Shows a growing text as Markdown. Only changed blocks are rendered again, so that long answers stay cheap and the
 * selection is kept.
 */
export class MarkdownView {
  readonly element: HTMLElement = h("div", { class: "markdown" });
  #blocks: { readonly raw: string; readonly nodes: readonly ChildNode[] }[] = [];
  #text = "";

  /** Replaces the text. */
  show(text: string): void {
    if (text === this.#text) return;
    this.#text = text;
    const tokens = parser.lexer(text);
    const links = tokens.links;
    let same = 0;
    while (same < tokens.length && this.#blocks[same]?.raw === tokens[same]?.raw) same++;
    for (const { nodes } of this.#blocks.splice(same)) for (const node of nodes) node.remove();
    for (const token of tokens.slice(same)) {
      const nodes = render(token, links);
      this.element.append(...nodes);
      this.#blocks.push({ raw: token.raw, nodes });
    }
  }
}

function render(token: Token, links: ReturnType<typeof parser.lexer>["links"]): ChildNode[] {
  if (token.type === "code") {
    return [codeBlock(token.text, (token.lang ?? "").split(/\s/)[0] ?? "")];
  }
  const one = Object.assign([token], { links });
  const fragment: DocumentFragment = DOMPurify.sanitize(parser.parser(one), ALLOWED);
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
  }
  for (const box of fragment.querySelectorAll("input")) {
    box.disabled = true;
    box.type = "checkbox";
    box.ariaLabel = "Task";
  }
  for (const table of fragment.querySelectorAll("table")) {
    const scroller = h("div", {
      class: "table",
      tabindex: 0,
      role: "group",
      "aria-label": "Table",
    });
    table.replaceWith(scroller);
    scroller.append(table);
  }
  for (const code of fragment.querySelectorAll("pre > code")) {
    const lang = /language-(\S+)/.exec(code.className)?.[1] ?? "";
    code.parentElement!.replaceWith(codeBlock(code.textContent ?? "", lang));
  }
  for (const heading of fragment.querySelectorAll("h1, h2")) {
    const lower = h(`h${HEADINGS}`);
    lower.append(...heading.childNodes);
    heading.replaceWith(lower);
  }
  return [...fragment.childNodes];
}

/** A code block with its language and a copy button. */
function codeBlock(text: string, lang: string): HTMLElement {
  const code = h("code");
  const html = highlight(text, lang);
  if (html === undefined) code.textContent = text;
  else code.append(DOMPurify.sanitize(html, ALLOWED));
  const button = h("button", { type: "button", class: "small" }, "Copy");
  button.onclick = async () => {
    await copyText(text);
    button.textContent = "Copied";
    setTimeout(() => button.textContent = "Copy", 1_500);
  };
  return h(
    "div",
    { class: "code" },
    h("div", { class: "code-head" }, h("span", {}, lang || "text"), button),
    h("pre", { tabindex: 0, role: "group", "aria-label": `Code, ${lang || "text"}` }, code),
  );
}
