import type { Api } from "./api.ts";
import type { Chat } from "./chat.ts";
import { isQuestion } from "./chat.ts";
import { bytes, count, h, shown } from "./dom.ts";
import { branchesView } from "./branches_view.ts";
import { ComparisonView } from "./comparison_view.ts";
import { ForgettingView } from "./forgetting_view.ts";
import { heatMap } from "./heat_map.ts";
import { lookAt } from "./look.ts";
import { promptMessages } from "./prompt_messages.ts";
import { PromptView } from "./prompt_view.ts";
import { readingChart } from "./reading_chart.ts";
import {
  type Item,
  type ResponseObject,
  type StateObject,
  textOf,
  type TokenLogprob,
  type TreeNode,
} from "./wire.ts";
import { visible } from "./visible.ts";

/** Minimum interval between drawings of the state while an answer runs, in milliseconds. */
const LIVE_MS = 1_000;

/** Dependencies of an {@linkcode Inspector}. */
export interface InspectorPorts {
  /** The API that serves the open conversation. */
  readonly api: () => Api;
  readonly report: (error: unknown) => void;
}

/** Shows the model's state, prompt and token probabilities. Makes no requests while it is closed. */
export class Inspector {
  readonly #ports: InspectorPorts;
  readonly #element: HTMLElement;
  readonly #memory = h("div", {});
  readonly #tokens = h("div", {});
  readonly #alternatives = h("div", { "aria-live": "polite" });
  readonly #state = h("div", {});
  readonly #forgetting: ForgettingView;
  readonly #prompt: PromptView;
  readonly #branches = h("div", {});
  readonly #comparison: ComparisonView;
  #chat: Chat | undefined;
  #loaded = "";
  #shownTokens = 0;
  #drawing = false;
  #picked: { readonly node: TreeNode | undefined; readonly index: number } | undefined;
  #logprobs = new Map<string, readonly TokenLogprob[]>();

  constructor(ports: InspectorPorts, element: HTMLElement) {
    this.#ports = ports;
    this.#element = element;
    this.#forgetting = new ForgettingView(ports);
    this.#prompt = new PromptView(ports.api);
    this.#comparison = new ComparisonView(ports.report);
    element.append(
      section(
        "Memory",
        "The text grows with every message. The model's state does not.",
        this.#memory,
      ),
      section(
        "The state, by layer and head",
        "Everything that the model remembers of the conversation. Brighter cells are heads with larger values.",
        this.#state,
      ),
      section(
        "How sure the model was",
        "Each token of the last answer: the stronger its colour, the less likely it was. Select a token to see the alternatives, and an alternative to branch.",
        this.#tokens,
        this.#alternatives,
      ),
      this.#forgetting.element,
      this.#prompt.element,
      section("Branches", "All branches of this conversation.", this.#branches),
      this.#comparison.element,
    );
  }

  get isOpen(): boolean {
    return !this.#element.hidden;
  }

  /** Opens or closes the inspector. */
  toggle(open: boolean): void {
    this.#element.hidden = !open;
    this.#loaded = "";
    this.update();
  }

  /** Runs RWKV beside a Transformer. */
  compare(): void {
    this.#comparison.start();
    this.#comparison.element.scrollIntoView();
  }

  /** Shows another conversation. */
  open(chat: Chat): void {
    this.#chat = chat;
    this.#loaded = "";
    this.#picked = undefined;
    this.#logprobs.clear();
    this.update();
  }

  /** Shows new text of the running answer. */
  grow(): void {
    if (!this.isOpen || this.#chat?.running === undefined) return;
    this.#showTokens(this.#chat.running.logprobs, undefined, true);
    void this.#drawLive(this.#chat);
  }

  /**
   * Draws the state of the running answer. It is not stored yet, so the model reads the conversation again. Skipped if
   * the conversation is too long to be read completely.
   */
  async #drawLive(chat: Chat): Promise<void> {
    if (this.#drawing) return;
    this.#drawing = true;
    try {
      const { running } = chat;
      const messages = promptMessages(chat);
      if (running === undefined || running.text === "") return;
      const answer = { role: "assistant", content: running.text };
      const found = await lookAt(this.#ports.api(), [...messages, answer], 1);
      if (chat.running !== running || chat !== this.#chat || found.left_out > 0) return;
      this.#state.replaceChildren(heatMap(found));
    } catch {
      // The finished answer's state is drawn in any case.
    } finally {
      setTimeout(() => this.#drawing = false, LIVE_MS);
    }
  }

  /** Shows the current state of the conversation. */
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
    this.#branches.replaceChildren(branchesView(chat));
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
    await Promise.all([this.#prompt.update(chat), this.#forgetting.update(chat)]);
  }

  async #stateOf({ id }: TreeNode): Promise<StateObject | undefined> {
    try {
      return await this.#ports.api().json<StateObject>(`/v1/responses/${id}/state`);
    } catch {
      // The state belongs to another model; the next turn computes a new one.
      return undefined;
    }
  }

  async #logprobsOf({ id, usage }: TreeNode): Promise<readonly TokenLogprob[]> {
    const known = this.#logprobs.get(id);
    // Ingested texts and empty answers have no log probabilities.
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
        ["Without a stored state", `${count(last.all)} tokens`],
        ["Total read", `${count(sum("read"))} instead of ${count(sum("all"))}`],
      ]),
      last && readingChart(turns),
      last && h(
        "p",
        { class: "dim" },
        "Tokens read so far: the lower line with the stored state, the upper line without. A server that stores nothing between requests reads the whole conversation again for every answer, like a Transformer without its cache.",
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
          "No probabilities for the last answer: they are only requested while the inspector is open.",
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
      h("h4", {}, `Alternatives to “${visible(token.token)}”`),
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
          { type: "button", class: "small", title: "Continue from here", onclick: branch },
          ...label,
        )
        : h("span", {}, ...label, chosen ? " (taken)" : ""),
    );
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

function percent(probability: number): string {
  return probability < 0.001 ? "<0.1 %" : `${(100 * probability).toFixed(1)} %`;
}
