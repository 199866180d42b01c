import type { Api } from "./api.ts";
import type { Chat } from "./chat.ts";
import { isQuestion } from "./chat.ts";
import { bytes, count, h, shown } from "./dom.ts";
import { heatMap } from "./heat_map.ts";
import { readingChart } from "./reading_chart.ts";
import {
  type Item,
  message,
  type ResponseObject,
  type StateObject,
  textOf,
  type TokenLogprob,
  type TreeNode,
} from "./wire.ts";

/** Tokens of a prompt that are shown. */
const MOST_TOKENS = 1_000;

/** What a {@linkcode Inspector} asks of the page around it. */
export interface InspectorPorts {
  /** Where the conversation is that is open. */
  readonly api: () => Api;
  readonly report: (error: unknown) => void;
}

/** A token of a prompt. */
interface PromptToken {
  readonly id: number;
  readonly piece: string | readonly number[];
}

/** Shows what the model keeps and reads, and how sure it was. While it is closed it does nothing. */
export class Inspector {
  readonly #ports: InspectorPorts;
  readonly #element: HTMLElement;
  readonly #memory = h("div", {});
  readonly #tokens = h("div", {});
  readonly #alternatives = h("div", { "aria-live": "polite" });
  readonly #state = h("div", {});
  readonly #prompt = h("div", {});
  readonly #branches = h("div", {});
  readonly #promptBox: HTMLDetailsElement;
  #chat: Chat | undefined;
  #loaded = "";
  #shownTokens = 0;
  #picked: { readonly node: TreeNode | undefined; readonly index: number } | undefined;
  #logprobs = new Map<string, readonly TokenLogprob[]>();

  constructor(ports: InspectorPorts, element: HTMLElement) {
    this.#ports = ports;
    this.#element = element;
    this.#promptBox = h(
      "details",
      { ontoggle: () => void this.#showPrompt() },
      h("summary", {}, "The prompt, token by token"),
      h(
        "p",
        { class: "dim" },
        "What the model reads of this conversation, as its template and tokenizer write it.",
      ),
      this.#prompt,
    );
    element.append(
      section(
        "Memory",
        "The text grows with every message. The state that the model goes on from does not.",
        this.#memory,
      ),
      section(
        "The state, by layer and head",
        "All that is kept of the conversation. The brighter, the larger the numbers of that head.",
        this.#state,
      ),
      section(
        "How sure the model was",
        "Each token of the last answer: the stronger its colour, the less likely it was. Choose one to see the alternatives, and one of these to branch.",
        this.#tokens,
        this.#alternatives,
      ),
      this.#promptBox,
      section("Branches", "Every way that this conversation has taken.", this.#branches),
    );
  }

  get isOpen(): boolean {
    return !this.#element.hidden;
  }

  /** Opens or closes it. */
  toggle(open: boolean): void {
    this.#element.hidden = !open;
    this.#loaded = "";
    this.update();
  }

  /** Shows another conversation. */
  open(chat: Chat): void {
    this.#chat = chat;
    this.#loaded = "";
    this.#picked = undefined;
    this.#logprobs.clear();
    this.update();
  }

  /** The running answer has grown. */
  grow(): void {
    if (!this.isOpen || this.#chat?.running === undefined) return;
    this.#showTokens(this.#chat.running.logprobs, undefined, true);
  }

  /** Shows the conversation as it is now. */
  update(): void {
    const chat = this.#chat;
    if (!this.isOpen || chat === undefined) return;
    const path = chat.tree.path();
    const name = JSON.stringify([
      chat.id,
      path.map(({ id }) => id),
      chat.tree.nodes.length,
      chat.running?.id,
    ]);
    if (name === this.#loaded) return;
    this.#loaded = name;
    this.#showBranches(chat);
    void this.#load(chat, path, name).catch(this.#ports.report);
  }

  async #load(chat: Chat, path: readonly TreeNode[], name: string): Promise<void> {
    const last = path.at(-1);
    const state = last && await this.#stateOf(last);
    if (name !== this.#loaded) return;
    this.#showMemory(path, state);
    this.#state.replaceChildren(
      state === undefined
        ? h("p", { class: "dim" }, "It is shown after the first answer.")
        : heatMap(state),
    );
    if (chat.running === undefined) {
      const answer = path.findLast(({ items }) => items.some((item) => !isQuestion(item)));
      const logprobs = answer && await this.#logprobsOf(answer);
      if (name !== this.#loaded) return;
      this.#showTokens(logprobs ?? [], answer, false);
    }
    await this.#showPrompt();
  }

  async #stateOf({ id }: TreeNode): Promise<StateObject | undefined> {
    try {
      return await this.#ports.api().json<StateObject>(`/v1/responses/${id}/state`);
    } catch {
      // The state of another model: it is made anew by the next turn.
      return undefined;
    }
  }

  async #logprobsOf({ id, usage }: TreeNode): Promise<readonly TokenLogprob[]> {
    const known = this.#logprobs.get(id);
    // Ingested texts and answers without tokens have none.
    if (known !== undefined || !usage?.output_tokens) return known ?? [];
    const api = this.#ports.api();
    const asked = await api.json<ResponseObject>(`/v1/responses/${id}`);
    const include = "include[]=message.output_text.logprobs";
    const { output } = asked.top_logprobs > 0
      ? await api.json<ResponseObject>(`/v1/responses/${id}?${include}`)
      : { output: [] };
    const logprobs = output.flatMap((item) =>
      item.type === "message" ? item.content.flatMap(({ logprobs = [] }) => logprobs) : []
    );
    this.#logprobs.set(id, logprobs);
    return logprobs;
  }

  #showMemory(path: readonly TreeNode[], state: StateObject | undefined): void {
    const items = path.flatMap(({ items }) => items);
    const transcript = items.reduce((sum, item) => sum + bytesOf(item), 0);
    const turns = path.filter(({ usage }) => usage !== null).map(({ usage }) => ({
      read: usage!.input_tokens - usage!.input_tokens_details.cached_tokens,
      all: usage!.input_tokens,
    }));
    const last = turns.at(-1);
    const sum = (of: "read" | "all") => turns.reduce((sum, turn) => sum + turn[of], 0);
    this.#memory.replaceChildren(...shown([
      figures([
        ["Text so far", bytes(transcript)],
        ["State", state === undefined ? "–" : bytes(state.bytes)],
        ["Tokens in the state", state === undefined ? "–" : count(state.tokens)],
      ]),
      last && figures([
        ["Read for the last answer", `${count(last.read)} tokens`],
        ["Without a kept state", `${count(last.all)} tokens`],
        ["Read in all", `${count(sum("read"))} instead of ${count(sum("all"))}`],
      ]),
      last && readingChart(turns),
      last && h(
        "p",
        { class: "dim" },
        "Tokens read so far: the lower line here, the upper line without a kept state. A server that keeps nothing between requests reads the whole conversation again for every answer, as one does for a Transformer whose cache is gone.",
      ),
    ]));
  }

  #showTokens(
    logprobs: readonly TokenLogprob[],
    node: TreeNode | undefined,
    grows: boolean,
  ): void {
    if (grows && this.#shownTokens > 0 && this.#shownTokens <= logprobs.length) {
      const list = this.#tokens.querySelector(".tokens");
      list?.append(
        ...logprobs.slice(this.#shownTokens).map((token, index) =>
          this.#token(logprobs, node, token, this.#shownTokens + index)
        ),
      );
      this.#shownTokens = logprobs.length;
      return;
    }
    this.#shownTokens = logprobs.length;
    this.#alternatives.replaceChildren();
    this.#tokens.replaceChildren(
      logprobs.length === 0
        ? h(
          "p",
          { class: "dim" },
          "Nothing is known of the last answer: probabilities are only asked for while the inspector is open.",
        )
        : h(
          "div",
          { class: "tokens", tabindex: 0, role: "group", "aria-label": "Tokens" },
          ...logprobs.map((token, index) => this.#token(logprobs, node, token, index)),
        ),
    );
  }

  #token(
    logprobs: readonly TokenLogprob[],
    node: TreeNode | undefined,
    token: TokenLogprob,
    index: number,
  ): HTMLElement {
    const probability = Math.exp(token.logprob);
    const level = Math.min(4, Math.floor((1 - probability) * 5));
    return h("button", {
      type: "button",
      class: `token doubt-${level}`,
      title: percent(probability),
      onclick: () => this.#pick(logprobs, node, index),
    }, visible(token.token));
  }

  #pick(logprobs: readonly TokenLogprob[], node: TreeNode | undefined, index: number): void {
    const token = logprobs[index]!;
    this.#picked = { node, index };
    const before = logprobs.slice(0, index);
    const options = token.top_logprobs ?? [];
    this.#alternatives.replaceChildren(
      h("h4", {}, `In place of “${visible(token.token)}”`),
      h(
        "ul",
        { class: "alternatives" },
        ...options.map((option) =>
          this.#option(before, node, option, option.token === token.token)
        ),
      ),
    );
  }

  #option(
    before: readonly TokenLogprob[],
    node: TreeNode | undefined,
    option: TokenLogprob,
    chosen: boolean,
  ): HTMLElement {
    const probability = Math.exp(option.logprob);
    const meter = h("meter", { min: 0, max: 1, value: probability, "aria-hidden": "true" });
    const label = [visible(option.token), " ", percent(probability)];
    const chat = this.#chat;
    const canBranch = !chosen && node !== undefined && chat?.running === undefined;
    const branch = () => {
      const text = textOfTokens([...before, option]).trimStart();
      void chat!.branchFrom(node!, text).catch(this.#ports.report);
    };
    return h(
      "li",
      {},
      meter,
      canBranch
        ? h(
          "button",
          { type: "button", class: "small", title: "Go on from here", onclick: branch },
          ...label,
        )
        : h("span", {}, ...label, chosen ? " (taken)" : ""),
    );
  }

  async #showPrompt(): Promise<void> {
    const chat = this.#chat;
    if (!this.isOpen || chat === undefined || !this.#promptBox.open) return;
    const items = [...chat.tree.path().flatMap(({ items }) => items), ...chat.running?.input ?? []];
    const messages = items.filter(({ type }) => type === "message").map((item) => ({
      role: item.type === "message" ? item.role : "user",
      content: textOf(item),
    }));
    if (chat.instructions !== "") {
      messages.unshift({ role: "system", content: chat.instructions });
    }
    if (messages.length === 0) {
      messages.push({ role: "user", content: textOf(message("user", "Hi!")) });
    }
    const { tokens } = await this.#ports.api().json<{ tokens: PromptToken[] }>("/v1/tokenize", {
      method: "POST",
      json: {
        messages,
        with_pieces: true,
        add_generation_prompt: messages.at(-1)?.role !== "assistant",
      },
    });
    const rest = tokens.length - MOST_TOKENS;
    this.#prompt.replaceChildren(...shown([
      h("p", {}, `${count(tokens.length)} tokens`),
      h(
        "div",
        { class: "tokens", tabindex: 0, role: "group", "aria-label": "Tokens" },
        ...tokens.slice(-MOST_TOKENS).map(({ id, piece }) =>
          h("span", { class: "token", title: `Token ${id}` }, pieceText(piece))
        ),
      ),
      rest > 0
        ? h("p", { class: "dim" }, `${count(rest)} earlier tokens are left out here.`)
        : null,
    ]));
  }

  /** The tree, as a list in lists. A response without siblings stands below its parent without a new level. */
  #showBranches(chat: Chat): void {
    const path = new Set(chat.tree.path().map(({ id }) => id));
    const list = (nodes: readonly TreeNode[]): HTMLElement =>
      h(
        "ul",
        { class: "branches" },
        ...nodes.flatMap((node) => {
          const line: TreeNode[] = [node];
          let children = chat.tree.children(node.id);
          while (children.length === 1) {
            line.push(children[0]!);
            children = chat.tree.children(children[0]!.id);
          }
          const items = line.map((node) => h("li", {}, this.#branchButton(chat, node, path)));
          if (children.length > 1) items.at(-1)!.append(list(children));
          return items;
        }),
      );
    const roots = chat.tree.children(null);
    this.#branches.replaceChildren(
      roots.length === 0 ? h("p", { class: "dim" }, "Nothing was said yet.") : list(roots),
    );
  }

  #branchButton(chat: Chat, node: TreeNode, path: ReadonlySet<string>): HTMLElement {
    const items = node.items.filter((item) => textOf(item) !== "");
    const said = items.map(textOf).join(" → ") || "A text";
    return h("button", {
      type: "button",
      class: path.has(node.id) ? "branch on" : "branch",
      "aria-current": path.has(node.id) ? "true" : null,
      title: said.slice(0, 400),
      onclick: () => chat.show(node),
    }, said.slice(0, 80));
  }
}

function section(title: string, about: string, ...content: readonly HTMLElement[]): HTMLElement {
  return h("section", {}, h("h3", {}, title), h("p", { class: "dim" }, about), ...content);
}

function figures(rows: readonly (readonly [string, string])[]): HTMLElement {
  return h(
    "dl",
    { class: "figures" },
    ...rows.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
  );
}

const encoder = new TextEncoder();

function bytesOf(item: Item): number {
  return item.type === "ingested_text" ? item.bytes : encoder.encode(textOf(item)).length;
}

function textOfTokens(tokens: readonly TokenLogprob[]): string {
  const all = tokens.flatMap(({ token, bytes }) => bytes ?? [...encoder.encode(token)]);
  return new TextDecoder().decode(new Uint8Array(all));
}

function pieceText(piece: PromptToken["piece"]): string {
  if (typeof piece === "string") return visible(piece);
  return piece.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

/** A token's text, with what cannot be seen made visible. */
function visible(text: string): string {
  return text.replaceAll("\n", "↵").replaceAll("\t", "⇥").replace(/^ /, "·");
}

function percent(probability: number): string {
  return probability < 0.001 ? "<0.1 %" : `${(100 * probability).toFixed(1)} %`;
}
