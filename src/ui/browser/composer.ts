import { byId } from "./dom.ts";

/** Maximum height of the box as it grows, as a fraction of the window. */
const MAX_HEIGHT = 0.4;

/** Callbacks of a {@linkcode Composer}. */
export interface ComposerPorts {
  readonly onSend: (text: string) => void;
  readonly onStop: () => void;
  readonly onEditLast: () => void;
  readonly onFile: (file: File) => void;
}

/** The box for writing messages. Saves a draft for each conversation. */
export class Composer {
  readonly #box = byId("text", HTMLTextAreaElement);
  readonly #send = byId("send", HTMLButtonElement);
  readonly #file = byId("file", HTMLInputElement);
  readonly #ports: ComposerPorts;
  #draft = "";
  #running = false;

  constructor(ports: ComposerPorts) {
    this.#ports = ports;
    this.#box.oninput = () => this.#changed();
    this.#box.onkeydown = (event) => this.#key(event);
    byId("form", HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      if (this.#running && this.#box.value.trim() === "") ports.onStop();
      else this.#submit();
    };
    byId("attach", HTMLButtonElement).onclick = () => this.#file.click();
    this.#file.onchange = () => {
      const [file] = this.#file.files ?? [];
      this.#file.value = "";
      if (file !== undefined) ports.onFile(file);
    };
  }

  /** Shows the draft of a conversation. */
  open(conversation: string | null): void {
    this.#draft = `tern.draft.${conversation ?? "new"}`;
    this.#box.value = localStorage.getItem(this.#draft) ?? "";
    this.#resize();
  }

  /** Moves the draft of a new conversation to its id. */
  rename(conversation: string): void {
    const { value } = this.#box;
    localStorage.removeItem(this.#draft);
    this.#draft = `tern.draft.${conversation}`;
    if (value !== "") localStorage.setItem(this.#draft, value);
  }

  /** Whether an answer is running, which can be stopped. */
  set running(running: boolean) {
    if (running === this.#running) return;
    this.#running = running;
    this.#label();
  }

  focus(): void {
    this.#box.focus();
  }

  #label(): void {
    const stops = this.#running && this.#box.value.trim() === "";
    this.#send.textContent = stops ? "Stop" : "Send";
    this.#send.classList.toggle("stop", stops);
  }

  #submit(): void {
    const text = this.#box.value.trim();
    if (text === "") return;
    this.#box.value = "";
    this.#changed();
    this.#ports.onSend(text);
  }

  #changed(): void {
    const { value } = this.#box;
    if (value === "") localStorage.removeItem(this.#draft);
    else localStorage.setItem(this.#draft, value);
    this.#resize();
    this.#label();
  }

  #resize(): void {
    this.#box.style.height = "auto";
    this.#box.style.height = `${Math.min(this.#box.scrollHeight + 2, MAX_HEIGHT * innerHeight)}px`;
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "ArrowUp" && this.#box.value === "") {
      event.preventDefault();
      this.#ports.onEditLast();
    }
  }
}
