import { type Api, newName } from "./api.ts";
import { askForText, askIn } from "./dialogs.ts";
import { h, icon, iconButton } from "./dom.ts";
import type { Conversation, ConversationPage } from "./wire.ts";

/** Number of conversations per page of the list. */
const PAGE = 40;

/** The media type of exported conversations. */
const FILE_TYPE = "application/vnd.tern.conversation";

/** The metadata of a pinned conversation. Its value is unique, so that a search finds pinned conversations. */
const PIN = { pinned: "tern:pinned" };

/** Dependencies and callbacks of a {@linkcode Sidebar}. */
export interface SidebarPorts {
  readonly api: Api;
  readonly report: (error: unknown) => void;
  /** Called when a conversation was created, renamed or deleted in this tab. */
  readonly onChange: (id: string, deleted: boolean) => void;
  /** Called when the list was loaded: titles may have changed. */
  readonly onLoad: () => void;
}

/** The list of conversations. */
export class Sidebar {
  readonly #ports: SidebarPorts;
  readonly #list: HTMLElement;
  readonly #search: HTMLInputElement;
  readonly #more: HTMLButtonElement;
  #current: string | null = null;
  #shown: Conversation[] = [];
  #pinned: ReadonlySet<string> = new Set();
  #next: string | null = null;
  #timer: number | undefined;
  #loads = 0;

  constructor(
    ports: SidebarPorts,
    list: HTMLElement,
    search: HTMLInputElement,
    more: HTMLButtonElement,
  ) {
    this.#ports = ports;
    this.#list = list;
    this.#search = search;
    this.#more = more;
    search.oninput = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.load(), 200);
    };
    more.onclick = () => void this.load(this.#next);
  }

  /** Marks the open conversation. */
  select(id: string | null): void {
    this.#current = id;
    this.#render();
  }

  /** The title of a conversation in the list. */
  titleOf(id: string | null): string | null {
    return this.#shown.find((conversation) => conversation.id === id)?.title ?? null;
  }

  /** Reloads the list, or loads the page after a conversation. */
  async load(after: string | null = null): Promise<void> {
    const { api, report } = this.#ports;
    const load = ++this.#loads;
    const q = this.#search.value.trim();
    const get = (q: string, after: string | null) => {
      const query = new URLSearchParams({ limit: `${PAGE}` });
      if (q !== "") query.set("q", q);
      if (after !== null) query.set("after", after);
      return api.json<ConversationPage>(`/v1/conversations?${query}`);
    };
    try {
      const [page, pinned] = await Promise.all([
        get(q, after),
        q === "" && after === null ? get(PIN.pinned, null) : undefined,
      ]);
      // A newer search was started meanwhile.
      if (load !== this.#loads) return;
      const before = after === null ? pinned?.data ?? [] : this.#shown;
      if (pinned !== undefined) this.#pinned = new Set(pinned.data.map(({ id }) => id));
      const known = new Set(before.map(({ id }) => id));
      this.#shown = [...before, ...page.data.filter(({ id }) => !known.has(id))];
      this.#next = page.has_more ? page.next : null;
      this.#render();
      this.#ports.onLoad();
    } catch (error) {
      report(error);
    }
  }

  #render(): void {
    const focused = document.activeElement instanceof HTMLElement &&
        this.#list.contains(document.activeElement)
      ? document.activeElement.dataset.of
      : undefined;
    this.#list.replaceChildren(...this.#shown.map((conversation) => this.#item(conversation)));
    if (this.#shown.length === 0) {
      const none = this.#search.value === "" ? "No conversations yet" : "Nothing found";
      this.#list.append(h("li", { class: "dim none" }, none));
    }
    this.#more.hidden = this.#next === null;
    if (focused === undefined) return;
    this.#list.querySelector<HTMLElement>(`[data-of="${CSS.escape(focused)}"]`)?.focus();
  }

  #item(conversation: Conversation): HTMLElement {
    const { id, title } = conversation;
    const name = title ?? "New conversation";
    const link = h("a", {
      href: `#${id}`,
      title: name,
      "data-of": `link ${id}`,
      "aria-current": id === this.#current ? "page" : null,
    }, name);
    if (this.#pinned.has(id)) link.prepend(icon("pin"));
    const more = iconButton("more", `More for ${name}`, () => void this.#menu(conversation), {
      "data-of": `more ${id}`,
    });
    return h("li", {}, link, more);
  }

  /** Shows the actions for a conversation. */
  async #menu(conversation: Conversation): Promise<void> {
    const { id, title } = conversation;
    const pinned = this.#pinned.has(id);
    const pin = pinned ? "Unpin" : "Pin";
    const choice = await askIn(title ?? "New conversation", [], [
      { name: "Delete", danger: true },
      { name: "Export" },
      { name: "Fork" },
      { name: pin },
      { name: "Rename" },
    ]);
    const { report } = this.#ports;
    const actions: Record<string, () => Promise<void>> = {
      Rename: () => this.#rename(conversation),
      Export: () => this.#export(conversation),
      Fork: () => this.#fork(conversation),
      Delete: () => this.#delete(conversation),
      [pin]: () => this.#pin(conversation, !pinned),
    };
    await actions[choice ?? ""]?.().catch(report);
  }

  async #rename({ id, title }: Conversation): Promise<void> {
    const name = await askForText("Rename", "Title", title ?? "", "Rename");
    if (name === undefined) return;
    const json = { title: name };
    await this.#ports.api.json(`/v1/conversations/${id}`, { method: "POST", json });
    this.#changed(id);
  }

  /** Opens a copy that continues on its own. */
  async #fork({ id, title }: Conversation): Promise<void> {
    const json = title === null ? {} : { title: forkTitle(title) };
    const path = `/v1/conversations/${id}/fork`;
    const fork = await this.#ports.api.json<Conversation>(path, {
      method: "POST",
      json,
      once: newName(),
    });
    location.hash = fork.id;
    this.#changed(fork.id);
  }

  async #pin({ id, metadata }: Conversation, pinned: boolean): Promise<void> {
    const { pinned: _, ...others } = metadata;
    const json = { metadata: { ...others, ...pinned ? PIN : {} } };
    await this.#ports.api.json(`/v1/conversations/${id}`, { method: "POST", json });
    this.#changed(id);
  }

  async #delete({ id, title }: Conversation): Promise<void> {
    const text = h(
      "p",
      {},
      `“${title ?? "New conversation"}” and all its branches will be deleted from the server.`,
    );
    const confirmed = await askIn("Delete this conversation?", [text], [{
      name: "Delete",
      danger: true,
    }]);
    if (confirmed === undefined) return;
    await this.#ports.api.json(`/v1/conversations/${id}`, { method: "DELETE" });
    this.#changed(id, true);
  }

  async #export({ id, title }: Conversation): Promise<void> {
    const reply = await this.#ports.api.persist(`/v1/conversations/${id}/export`);
    const url = URL.createObjectURL(await reply.blob());
    const name = (title ?? "conversation").replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 60);
    h("a", { href: url, download: `${name}.tern` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }

  /** Imports a conversation from a file. @returns its id */
  async import(file: File): Promise<string> {
    const { id } = await this.#ports.api.json<Conversation>("/v1/conversations/import", {
      method: "POST",
      body: file,
      headers: { "content-type": FILE_TYPE },
      once: newName(),
    });
    this.#changed(id);
    return id;
  }

  #changed(id: string, deleted = false): void {
    this.#ports.onChange(id, deleted);
    void this.load();
  }
}

/** The longest title that the server accepts. */
const MAX_TITLE = 200;

/** The title of a fork: that of the original with the next number behind it. */
function forkTitle(title: string): string {
  const [, name = title, number = "1"] = /^(.*) \((\d+)\)$/s.exec(title) ?? [];
  const suffix = ` (${Number(number) + 1})`;
  return [...name].slice(0, MAX_TITLE - suffix.length).join("") + suffix;
}
