import type { Block } from "./blocks.ts";
import { blocksOf } from "./blocks.ts";
import { type Chat, isQuestion } from "./chat.ts";
import { bytes, copyText, count, h, iconButton, shown } from "./dom.ts";
import { indentedJson, jsonMarkdown, jsonView } from "./json_view.ts";
import { MarkdownView } from "./markdown.ts";
import { resultsForm } from "./results_form.ts";
import { ThoughtView } from "./thought_view.ts";
import { asInput, type TreeNode } from "./wire.ts";

/** Maximum distance from the end of the log at which it scrolls with new text, in pixels. */
const NEAR = 80;

/** The parts of an answer. */
const ANSWER: ReadonlySet<Block["role"]> = new Set(["assistant", "call", "thought"]);

/** Finds the name of an ingested file by the digest of its content. */
export type FileNames = (sha256: string) => string | undefined;

/** Shows the messages of a conversation with their actions. */
export class LogView {
  readonly #scroller: HTMLElement;
  readonly #list: HTMLElement;
  readonly #fileName: FileNames;
  readonly #report: (error: unknown) => void;
  readonly #welcome: HTMLElement;
  #views = new Map<string, BlockView>();
  #chat: Chat | undefined;
  #frame = 0;

  constructor(
    scroller: HTMLElement,
    list: HTMLElement,
    welcome: HTMLElement,
    fileName: FileNames,
    report: (error: unknown) => void,
  ) {
    this.#scroller = scroller;
    this.#list = list;
    this.#welcome = welcome;
    this.#fileName = fileName;
    this.#report = report;
  }

  /** Shows another conversation. */
  open(chat: Chat): void {
    this.#chat = chat;
    this.#views.clear();
    this.#list.replaceChildren();
    this.render();
    this.#toEnd();
  }

  /** Schedules a rendering for the next frame. */
  schedule(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.render();
    });
  }

  /** Renders the conversation now. */
  render(): void {
    const chat = this.#chat;
    if (chat === undefined) return;
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    const follows = scrollHeight - scrollTop - clientHeight < NEAR;
    const blocks = blocksOf(chat);
    this.#welcome.hidden = blocks.length > 0;
    const views = new Map<string, BlockView>();
    blocks.forEach((block, index) => {
      const view = this.#views.get(block.key) ?? new BlockView(this.#report);
      views.set(block.key, view);
      view.show(block, chat, index === blocks.length - 1, this.#fileName);
      const there = this.#list.children[index];
      if (there !== view.element) this.#list.insertBefore(view.element, there ?? null);
    });
    while (this.#list.children.length > blocks.length) this.#list.lastElementChild!.remove();
    this.#views = views;
    if (follows) this.#toEnd();
  }

  /** Edits the user's last message. */
  editLast(): void {
    [...this.#views.values()].findLast(({ canEdit }) => canEdit)?.edit();
  }

  #toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}

/** The view of one message. */
class BlockView {
  readonly element = h("li", {});
  readonly #body = h("div", { class: "body" });
  readonly #foot = h("div", { class: "foot" });
  readonly #markdown = new MarkdownView();
  readonly #thoughts = new ThoughtView();
  readonly #report: (error: unknown) => void;
  #shown: { readonly block: Block; readonly chat: Chat } | undefined;
  #looks = "";
  #editing = false;

  constructor(report: (error: unknown) => void) {
    this.#report = report;
    this.element.append(this.#body, this.#foot);
  }

  show(block: Block, chat: Chat, last: boolean, fileName: FileNames): void {
    this.#shown = { block, chat };
    if (block.role === "assistant") {
      if (!this.#body.contains(this.#markdown.element)) {
        this.#body.replaceChildren(
          h("h2", { class: "visually-hidden" }, "Tern"),
          this.#markdown.element,
        );
      }
      this.#markdown.show(markdownOf(block));
    } else if (block.role === "thought") {
      if (!this.#body.contains(this.#thoughts.element)) {
        this.#body.replaceChildren(this.#thoughts.element);
      }
      this.#thoughts.show(block.text, block.state === "running");
    }
    // The rest is rendered only when it changes, so that buttons keep their focus.
    const siblings = siblingsOf(block, chat);
    const looks = JSON.stringify([
      block.role === "assistant" || block.role === "thought" ? "" : block.text,
      ...[block.role, block.state, block.error, last, chat.running !== undefined],
      block.nodes.map(({ id }) => id),
      siblings?.all.map(({ id }) => id),
    ]);
    if (looks === this.#looks || this.#editing) return;
    this.#looks = looks;
    this.element.className = `message ${block.role} ${block.state}`;
    this.#showBody(block, fileName);
    if (last) this.#askForResults(block, chat);
    this.#foot.replaceChildren(...shown(this.#actions(block, chat, last, siblings)));
    this.#foot.hidden = this.#foot.childElementCount === 0;
  }

  /** Shows the body of a block that is neither a text nor a thought of the model. */
  #showBody({ role, text, item }: Block, fileName: FileNames): void {
    if (role === "assistant" || role === "thought") return;
    if (item?.type === "function_call") {
      this.#body.replaceChildren(h("h2", {}, "Calls ", h("code", {}, item.name)), jsonView(text));
    } else if (role === "result") {
      this.#body.replaceChildren(h("h2", {}, "Result"), jsonView(text));
    } else if (item?.type === "ingested_text") {
      const name = fileName(item.sha256) ?? "A text";
      this.#body.replaceChildren(
        h("p", {}, h("strong", {}, name), " was read into the memory of this conversation."),
        h(
          "p",
          { class: "dim" },
          `${bytes(item.bytes)}, ${count(item.tokens)} tokens. `,
          "The text itself is not stored, and its size does not affect later answers.",
        ),
      );
    } else {
      this.#body.replaceChildren(
        h("h2", { class: "visually-hidden" }, "You"),
        h("div", { class: "said" }, text),
      );
    }
  }

  /** Asks for the results of the calls with which the conversation ends. */
  #askForResults({ role, nodes }: Block, chat: Chat): void {
    if (role !== "call" || chat.running !== undefined) return;
    const items = nodes.at(-1)?.items ?? [];
    const calls = items.slice(items.findLastIndex(isQuestion) + 1)
      .filter((item) => item.type === "function_call");
    if (calls.length === 0) return;
    this.#body.append(
      resultsForm(calls, (results) => void chat.send(results).catch(this.#report)),
    );
  }

  #actions(
    block: Block,
    chat: Chat,
    last: boolean,
    siblings: ReturnType<typeof siblingsOf>,
  ): (HTMLElement | undefined)[] {
    const { role, state, nodes, text } = block;
    if (state === "running") return [];
    const idle = chat.running === undefined;
    const act = (action: () => Promise<void>) => () => void action().catch(this.#report);
    if (state === "failed") {
      const { failed } = chat;
      return [
        h("p", { class: "problem", role: "alert" }, block.error ?? ""),
        h("button", {
          type: "button",
          class: "small",
          onclick: act(() => chat.send(failed!.input.map(asInput), failed!.parent)),
        }, "Try again"),
      ];
    }
    const asked = nodes.findLast(({ items }) => items.some(isQuestion));
    const more = last && idle && (state === "incomplete" || state === "stopped");
    const usage = nodes.at(-1)?.usage;
    return [
      siblings && navigation(siblings, chat),
      role === "user" && idle ? iconButton("edit", "Edit", () => this.edit()) : undefined,
      role === "user" || role === "assistant" ? this.#copyButton(text) : undefined,
      ANSWER.has(role) && idle &&
        (asked === undefined ? nodes.length === 0 : answers(block, asked))
        ? iconButton("again", "Answer again", act(() => chat.regenerate(asked)))
        : undefined,
      more
        ? h(
          "button",
          { type: "button", class: "small", onclick: act(() => chat.continue()) },
          "Continue",
        )
        : undefined,
      state === "stopped" && role === "assistant"
        ? h("span", { class: "dim" }, "stopped")
        : undefined,
      state === "incomplete" ? h("span", { class: "dim" }, "cut off by the limit") : undefined,
      usage && (role === "assistant" || last && ANSWER.has(role)) ? usageNote(usage) : undefined,
    ];
  }

  #copyButton(text: string): HTMLElement {
    const button = iconButton("copy", "Copy", async () => {
      await copyText(this.#shown?.block.text ?? text);
      button.replaceWith(done);
      done.focus();
      setTimeout(() => done.replaceWith(button), 1_500);
    });
    const done = iconButton("check", "Copied", () => {});
    return button;
  }

  get canEdit(): boolean {
    return this.#shown?.block.role === "user" && this.#shown.chat.running === undefined;
  }

  /** Replaces the message by an editor. */
  edit(): void {
    const { block, chat } = this.#shown!;
    this.#editing = true;
    const area = h("textarea", { "aria-label": "Edit your message", rows: 3 });
    area.value = block.text;
    const finish = () => {
      this.#editing = false;
      this.#looks = "";
      this.show(block, chat, false, () => undefined);
    };
    const save = async () => {
      const text = area.value.trim();
      finish();
      if (text === "" || block.item === undefined) return;
      await chat.edit(block.nodes[0], block.item, text);
    };
    area.onkeydown = (event) => {
      if (event.key === "Escape") {
        event.stopPropagation();
        finish();
      } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        void save().catch(this.#report);
      }
    };
    this.#body.replaceChildren(area);
    this.#foot.hidden = false;
    this.#foot.replaceChildren(
      h("button", {
        type: "button",
        class: "small primary",
        onclick: () => void save().catch(this.#report),
      }, "Send"),
      h("button", { type: "button", class: "small", onclick: finish }, "Cancel"),
    );
    area.focus();
  }
}

/** Whether a block contains the answer of a response, not only an answer that was stopped before its last question. */
function answers({ key, nodes }: Block, node: TreeNode): boolean {
  return key === node.id || nodes.indexOf(node) > 0;
}

/** The alternatives to a message, if any: the siblings of its last response that has siblings. */
function siblingsOf(
  block: Block,
  { tree }: Chat,
): { readonly all: readonly TreeNode[]; readonly at: number } | undefined {
  for (const node of block.nodes.toReversed()) {
    // They are shown under the last message of a response.
    const last = ANSWER.has(block.role) ? answers(block, node) : node.items.at(-1) === block.item;
    if (!last) continue;
    const all = tree.siblings(node);
    if (all.length > 1) return { all, at: all.indexOf(node) };
  }
  return undefined;
}

/** The Markdown of an answer. An answer that is JSON is shown as such. */
function markdownOf({ text, state }: Block): string {
  if (!/^\s*[{[]/.test(text)) return text;
  const json = indentedJson(text);
  if (json !== undefined) return jsonMarkdown(json);
  return state === "running" && /^\s*\{\s*"/.test(text) ? jsonMarkdown(text) : text;
}

function navigation(
  { all, at }: { readonly all: readonly TreeNode[]; readonly at: number },
  chat: Chat,
): HTMLElement {
  const go = (step: number) => () => chat.show(all[at + step]!);
  const name = `Version ${at + 1} of ${all.length}`;
  return h(
    "span",
    { class: "versions", role: "group", "aria-label": name },
    iconButton("left", "Previous version", go(-1), { disabled: at === 0 }),
    h("span", {}, `${at + 1}/${all.length}`),
    iconButton("right", "Next version", go(1), { disabled: at === all.length - 1 }),
  );
}

function usageNote(
  { input_tokens: all, input_tokens_details, output_tokens }: NonNullable<TreeNode["usage"]>,
) {
  const cached = input_tokens_details.cached_tokens;
  const title = "Tokens read for this answer; tokens already in the state; tokens of the answer";
  return h(
    "span",
    { class: "dim usage", title },
    `read ${count(all - cached)}, remembered ${count(cached)}, wrote ${count(output_tokens)}`,
  );
}
