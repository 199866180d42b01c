import type { Api } from "./api.ts";
import type { Chat } from "./chat.ts";
import { count, h, shown } from "./dom.ts";
import { isAnswerNext, promptMessages } from "./prompt_messages.ts";
import { visible } from "./visible.ts";

/** Maximum number of displayed tokens. */
const MAX_TOKENS = 1_000;

/** A token of a prompt. */
interface PromptToken {
  readonly id: number;
  readonly piece: string | readonly number[];
}

/** Shows the tokens of a conversation's prompt. Loads them only while it is expanded. */
export class PromptView {
  readonly element: HTMLDetailsElement;
  readonly #api: () => Api;
  readonly #content = h("div", {});
  #chat: Chat | undefined;

  constructor(api: () => Api) {
    this.#api = api;
    this.element = h(
      "details",
      { ontoggle: () => void this.update(this.#chat) },
      h("summary", {}, "The prompt, token by token"),
      h(
        "p",
        { class: "dim" },
        "The conversation as the model reads it, after its template and tokenizer.",
      ),
      this.#content,
    );
  }

  /** Shows the current state of a conversation. */
  async update(chat: Chat | undefined): Promise<void> {
    this.#chat = chat;
    if (chat === undefined || !this.element.open) return;
    const messages = promptMessages(chat);
    const json = { messages, with_pieces: true, add_generation_prompt: isAnswerNext(messages) };
    const { tokens } = await this.#api().json<{ tokens: PromptToken[] }>("/v1/tokenize", {
      method: "POST",
      json,
    });
    const rest = tokens.length - MAX_TOKENS;
    this.#content.replaceChildren(...shown([
      h("p", {}, `${count(tokens.length)} tokens`),
      h(
        "div",
        { class: "tokens", tabindex: 0, role: "group", "aria-label": "Tokens" },
        ...tokens.slice(-MAX_TOKENS).map(({ id, piece }) =>
          h("span", { class: "token", title: `Token ${id}` }, pieceText(piece))
        ),
      ),
      rest > 0 ? h("p", { class: "dim" }, `${count(rest)} earlier tokens are not shown.`) : null,
    ]));
  }
}

function pieceText(piece: PromptToken["piece"]): string {
  if (typeof piece === "string") return visible(piece);
  return piece.map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
