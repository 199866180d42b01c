import { Api, ApiError, describe } from "./api.ts";
import { Chat } from "./chat.ts";
import { Composer } from "./composer.ts";
import { askForKey } from "./dialogs.ts";
import { byId, h } from "./dom.ts";
import { fileName, FileReading } from "./file_reading.ts";
import { Inspector } from "./inspector.ts";
import { LocalTern } from "./local_tern.ts";
import { LogView } from "./log_view.ts";
import { Mover } from "./mover.ts";
import { ModelMenu } from "./model_menu.ts";
import { loadPreferences, savePreferences } from "./preferences.ts";
import { optionFields, optionNames } from "./request_options.ts";
import { settingsDialog } from "./settings_dialog.ts";
import { Sidebar } from "./sidebar.ts";

/** Number of alternatives requested for each token while the inspector is open. */
const ALTERNATIVES = 5;

/** A message between tabs. */
interface Notice {
  readonly conversation: string;
  readonly deleted: boolean;
}

/** The page: connects its parts. The fragment of the URL is the id of the open conversation. */
class Page {
  readonly #api = new Api({
    askForKey: (refused) => this.#askForKey(refused),
    onConnection: (reached) => this.#connection(reached),
  });
  readonly #channel = new BroadcastChannel("tern");
  readonly #report = (error: unknown) => this.#showProblem(error);
  readonly #sidebar = new Sidebar(
    {
      api: this.#api,
      report: this.#report,
      onChange: (id, deleted) => this.#changedInList(id, deleted),
      onLoad: () => this.#title(),
    },
    byId("list", HTMLElement),
    byId("search", HTMLInputElement),
    byId("more", HTMLButtonElement),
  );
  readonly #models = new ModelMenu(
    byId("model", HTMLSelectElement),
    this.#api,
    () => this.#mover.update(),
  );
  readonly #log = new LogView(
    byId("log", HTMLElement),
    byId("messages", HTMLElement),
    byId("welcome", HTMLElement),
    fileName,
    this.#report,
  );
  readonly #local = new LocalTern({
    api: this.#api,
    model: () => this.#models.chosen,
    onProgress: (done, total) => this.#mover.progress(done, total),
  });
  readonly #mover: Mover = new Mover(
    {
      local: this.#local,
      chat: () => this.#chat,
      goTo: (id) => this.#goTo(id),
      report: this.#report,
    },
    byId("move", HTMLButtonElement),
    byId("here", HTMLElement),
  );
  readonly #inspector = new Inspector(
    { api: () => this.#apiOf(this.#chat.id), report: this.#report },
    byId("inspector", HTMLElement),
  );
  readonly #composer = new Composer({
    onSend: (text) => void this.#send(text).catch(this.#report),
    onStop: () => void this.#chat.stop().catch(this.#report),
    onEditLast: () => this.#log.editLast(),
    onFile: (file) => void this.#take(file).catch(this.#report),
  });
  readonly #files = new FileReading({
    api: () => this.#apiOf(this.#chat.id),
    report: this.#report,
    onCreated: (id) => this.#adopt(id),
    onRead: (id) => this.#fileWasRead(id),
    choose: () => byId("file", HTMLInputElement).click(),
  }, byId("reading", HTMLElement));
  #chat!: Chat;
  #asking: Promise<boolean> | undefined;
  #wasRunning = false;

  start(): void {
    byId("new", HTMLButtonElement).onclick = () => this.#new();
    byId("settings", HTMLButtonElement).onclick = () => void this.#settings().catch(this.#report);
    byId("inspect", HTMLButtonElement).onclick = () => this.#toggleInspector();
    byId("inspector-close", HTMLButtonElement).onclick = () => this.#toggleInspector();
    byId("menu", HTMLButtonElement).onclick = () => this.#toggleMenu();
    byId("scrim", HTMLElement).onclick = () => this.#toggleMenu(false);
    byId("problem-close", HTMLButtonElement).onclick = () =>
      byId("problem", HTMLElement).hidden = true;
    const importing = byId("import-file", HTMLInputElement);
    byId("import", HTMLButtonElement).onclick = () => importing.click();
    importing.onchange = () => {
      const [file] = importing.files ?? [];
      importing.value = "";
      if (file !== undefined) void this.#import(file).catch(this.#report);
    };
    byId("compare", HTMLButtonElement).onclick = () => {
      this.#showInspector(savePreferences({ inspector: true }).inspector);
      this.#inspector.compare();
    };
    for (const example of document.querySelectorAll<HTMLButtonElement>("#welcome li button")) {
      example.onclick = () => void this.#send(example.textContent ?? "").catch(this.#report);
    }
    addEventListener("hashchange", () => this.#open());
    addEventListener("keydown", (event) => this.#key(event));
    addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#refresh();
    });
    addEventListener("online", () => this.#refresh());
    this.#channel.onmessage = ({ data }: MessageEvent<Notice>) => this.#heard(data);
    this.#acceptDrops();
    this.#showInspector(loadPreferences().inspector);
    this.#open();
    void this.#sidebar.load();
    this.#showOptions();
    void this.#models.load().then(() => this.#mover.start()).catch(this.#report);
  }

  /** Opens the conversation in the URL, or a new one. */
  #open(again = false): void {
    const id = /^#(conv_[0-9a-f]+)$/.exec(location.hash)?.[1] ?? null;
    if (!again && this.#chat !== undefined && id !== null && id === this.#chat.id) return;
    this.#chat?.close();
    const chat = this.#chat = new Chat(
      {
        api: this.#apiOf(id),
        onChange: () => this.#changed(chat),
        onText: () => this.#grew(chat),
        onConversation: (id) => this.#conversation(chat, id),
        onConnection: (reached) => this.#connection(reached),
        fields: (fresh) => this.#fields(fresh),
      },
      id,
      id === null ? loadPreferences().instructions : "",
    );
    this.#wasRunning = false;
    byId("problem", HTMLElement).hidden = true;
    this.#log.open(chat);
    this.#composer.open(id);
    this.#files.open(id);
    this.#inspector.open(chat);
    this.#sidebar.select(id);
    this.#mover.update();
    this.#title();
    this.#toggleMenu(false);
    this.#composer.running = false;
    if (matchMedia("(hover: hover)").matches) this.#composer.focus();
    void chat.open().catch((error) => {
      if (chat !== this.#chat) return;
      if (error instanceof ApiError && error.status === 404) void this.#missing(id!);
      else this.#report(error);
    });
  }

  /** Handles a conversation that the server does not have: it was in this browser, or is deleted. */
  async #missing(id: string): Promise<void> {
    try {
      const restored = await this.#local.restore(id);
      if (restored !== undefined) return this.#goTo(restored);
      this.#new();
      this.#showProblem(new Error("This conversation no longer exists."));
    } catch (error) {
      this.#report(error);
    }
  }

  /** Opens a conversation, even if it is already open. */
  #goTo(id: string): void {
    history.replaceState(null, "", `#${id}`);
    this.#chat.close();
    this.#open(true);
    void this.#sidebar.load();
  }

  /** The API that serves a conversation. */
  #apiOf(id: string | null): Api {
    return this.#local.has(id) ? this.#local.api : this.#api;
  }

  #new(): void {
    if (location.hash === "") this.#reopen();
    else location.hash = "";
    this.#composer.focus();
  }

  #reopen(): void {
    if (this.#chat.id === null && this.#chat.running === undefined) return this.#toggleMenu(false);
    history.replaceState(null, "", location.pathname);
    this.#open();
  }

  #changed(chat: Chat): void {
    if (chat !== this.#chat) return;
    const running = chat.running !== undefined;
    this.#composer.running = running;
    this.#log.schedule();
    this.#inspector.update();
    if (running === this.#wasRunning) return;
    this.#wasRunning = running;
    if (!running && chat.id !== null) void this.#local.keep(chat.id).catch(this.#report);
    // Screen readers announce the start and end of an answer instead of each piece.
    byId("status", HTMLElement).textContent = running
      ? "Tern is answering."
      : chat.failed === undefined
      ? "The answer is complete."
      : "";
  }

  #grew(chat: Chat): void {
    if (chat !== this.#chat) return;
    this.#log.schedule();
    this.#inspector.grow();
  }

  /** Handles a new id or a change of a conversation. */
  #conversation(chat: Chat, id: string): void {
    if (chat === this.#chat) this.#adopt(id);
    this.#tell(id, false);
    void this.#sidebar.load();
  }

  /** Puts the id of a new conversation into the URL. */
  #adopt(id: string): void {
    if (location.hash === `#${id}`) return;
    history.replaceState(null, "", `#${id}`);
    this.#composer.rename(id);
    this.#sidebar.select(id);
    if (this.#chat.id !== id) this.#open();
    this.#mover.update();
  }

  #fileWasRead(id: string): void {
    this.#tell(id, false);
    if (this.#chat.id === id) void this.#chat.refresh().catch(this.#report);
    void this.#sidebar.load();
  }

  #tell(conversation: string, deleted: boolean): void {
    this.#channel.postMessage({ conversation, deleted } satisfies Notice);
  }

  #heard({ conversation, deleted }: Notice): void {
    void this.#sidebar.load();
    if (conversation !== this.#chat.id) return;
    if (deleted) this.#new();
    else void this.#chat.refresh().catch(this.#report);
  }

  #changedInList(id: string, deleted: boolean): void {
    this.#tell(id, deleted);
    if (deleted && id === this.#chat.id) this.#new();
  }

  #refresh(): void {
    void this.#sidebar.load();
    void this.#chat.refresh().catch(this.#report);
  }

  async #send(text: string): Promise<void> {
    if (this.#files.busy) {
      throw new Error("A file is being read. Ask again when it is done, or cancel it.");
    }
    // A new message replaces the rest of the running answer.
    await this.#chat.stop();
    await this.#chat.send([{ role: "user", content: text }]);
  }

  async #take(file: File): Promise<void> {
    if (file.name.endsWith(".tern")) return await this.#import(file);
    if (this.#files.busy) throw new Error("Another file is being read.");
    await this.#chat.stop();
    await this.#files.read(file);
  }

  async #import(file: File): Promise<void> {
    location.hash = await this.#sidebar.import(file);
  }

  /** Shows the choices that change all answers, each as a button that opens the settings. */
  #showOptions(): void {
    byId("options", HTMLElement).replaceChildren(
      ...optionNames(loadPreferences()).map((name) =>
        h("button", {
          type: "button",
          class: "small",
          onclick: () => void this.#settings().catch(this.#report),
        }, name)
      ),
    );
  }

  async #fields(fresh?: "fresh"): Promise<Readonly<Record<string, unknown>>> {
    if (fresh !== undefined || this.#models.chosen === "") await this.#models.load();
    const preferences = loadPreferences();
    return {
      model: this.#models.chosen,
      ...preferences.sampling,
      ...optionFields(preferences),
      ...this.#inspector.isOpen
        ? { include: ["message.output_text.logprobs"], top_logprobs: ALTERNATIVES }
        : {},
    };
  }

  async #settings(): Promise<void> {
    await this.#models.load();
    const chosen = await settingsDialog(
      this.#api,
      this.#models.defaults,
      this.#chat.instructions,
    );
    if (chosen === undefined) return;
    this.#chat.instructions = chosen.instructions;
    this.#showOptions();
    this.#inspector.update();
  }

  /** Asks once even if several requests are refused at the same time. */
  #askForKey(refused: boolean): Promise<boolean> {
    return this.#asking ??= (async () => {
      const key = await askForKey(refused);
      if (key !== undefined) this.#api.key = key;
      return key !== undefined;
    })().finally(() => this.#asking = undefined);
  }

  #toggleInspector(): void {
    const { inspector } = savePreferences({ inspector: !this.#inspector.isOpen });
    this.#showInspector(inspector);
    if (!inspector) byId("inspect", HTMLButtonElement).focus();
  }

  #showInspector(open: boolean): void {
    document.body.classList.toggle("inspecting", open);
    byId("inspect", HTMLButtonElement).ariaExpanded = String(open);
    byId("inspector-panel", HTMLElement).hidden = !open;
    this.#inspector.toggle(open);
  }

  #toggleMenu(open = !document.body.classList.contains("menu")): void {
    document.body.classList.toggle("menu", open);
    byId("menu", HTMLButtonElement).ariaExpanded = String(open);
  }

  #title(): void {
    const { id } = this.#chat;
    const title = this.#local.titleOf(id) ?? this.#sidebar.titleOf(id);
    byId("title", HTMLElement).textContent = title ?? "New chat";
    document.title = title === null ? "Tern" : `${title} – Tern`;
  }

  #connection(reached: boolean): void {
    byId("offline", HTMLElement).hidden = reached;
  }

  #showProblem(error: unknown): void {
    if (error instanceof Error && error.message === "closed") return;
    byId("problem-text", HTMLElement).textContent = describe(error);
    byId("problem", HTMLElement).hidden = false;
  }

  #key(event: KeyboardEvent): void {
    const control = event.ctrlKey || event.metaKey;
    if (event.key === "Escape" && document.querySelector("dialog[open]") === null) {
      if (document.body.classList.contains("menu")) this.#toggleMenu(false);
      else void this.#chat.stop().catch(this.#report);
    } else if (control && event.shiftKey && event.key.toLowerCase() === "o") {
      event.preventDefault();
      this.#new();
    } else if (control && !event.shiftKey && event.key === "k") {
      event.preventDefault();
      this.#toggleMenu(true);
      byId("search", HTMLInputElement).focus();
    } else if (control && !event.shiftKey && event.key === "i") {
      event.preventDefault();
      this.#toggleInspector();
    }
  }

  /** Accepts files dropped anywhere: imports exported conversations, reads texts. */
  #acceptDrops(): void {
    const drop = byId("drop", HTMLElement);
    addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      drop.hidden = false;
    });
    addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) drop.hidden = true;
    });
    addEventListener("drop", (event) => {
      event.preventDefault();
      drop.hidden = true;
      const [file] = event.dataTransfer?.files ?? [];
      if (file !== undefined) void this.#take(file).catch(this.#report);
    });
  }
}

new Page().start();
