import type { Chat } from "./chat.ts";
import { bytes } from "./dom.ts";
import type { LocalTern } from "./local_tern.ts";

/** Ports of {@linkcode Mover} to the page. */
export interface MoverPorts {
  readonly local: LocalTern;
  /** The open conversation. */
  readonly chat: () => Chat;
  /** Opens a conversation. */
  readonly goTo: (id: string) => void;
  readonly report: (error: unknown) => void;
}

/** The button that takes a conversation into this browser and gives it back, and the banner that shows where it is. */
export class Mover {
  readonly #ports: MoverPorts;
  readonly #button: HTMLButtonElement;
  readonly #banner: HTMLElement;
  #offered = false;
  #busy = false;

  constructor(ports: MoverPorts, button: HTMLButtonElement, banner: HTMLElement) {
    this.#ports = ports;
    this.#button = button;
    this.#banner = banner;
    button.onclick = () => void this.#move();
  }

  /** Asks the server whether conversations can be taken offline, unless the page already knows that they cannot. */
  async start(): Promise<void> {
    this.#offered = this.#button.dataset.offered === "true" && await this.#ports.local.isOffered();
    this.update();
  }

  /** Updates the button and the banner for the open conversation. */
  update(): void {
    if (this.#busy) return;
    const { local, chat } = this.#ports;
    const { id } = chat();
    const here = local.has(id);
    // A persona's state stays on the server.
    const canTake = this.#offered && !local.model.includes("@");
    this.#button.hidden = id === null || !(here || canTake);
    this.#button.disabled = false;
    this.#button.textContent = here ? "Give back" : "Take offline";
    this.#button.title = here
      ? "Give this conversation back to the server"
      : "Continue this conversation in this browser without the server, even in the middle of an answer";
    this.#banner.hidden = !here;
    this.#banner.textContent = here
      ? "This conversation is in your browser now. It needs neither the server nor a network."
      : "";
  }

  /** Shows how much of the model is loaded. */
  progress(done: number, total: number): void {
    this.#banner.hidden = false;
    this.#banner.textContent = `Loading the model into this browser: ${bytes(done)} of ${
      bytes(total)
    }`;
  }

  async #move(): Promise<void> {
    const { local, chat, goTo, report } = this.#ports;
    const moved = chat();
    const { id } = moved;
    if (id === null || this.#busy) return;
    this.#busy = true;
    this.#button.disabled = true;
    const here = local.has(id);
    try {
      // While the page follows an answer, it is generated where it is.
      if (here) moved.close();
      goTo(here ? await local.giveBack(id) : await local.take(id, () => moved.close()));
    } catch (error) {
      report(error);
      if (chat() === moved) goTo(id);
    } finally {
      this.#busy = false;
      this.update();
    }
  }
}
