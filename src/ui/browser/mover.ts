import type { Chat } from "./chat.ts";
import { bytes } from "./dom.ts";
import type { LocalTern } from "./local_tern.ts";

/** What a {@linkcode Mover} asks of the page around it. */
export interface MoverPorts {
  readonly local: LocalTern;
  /** The conversation that is open. */
  readonly chat: () => Chat;
  /** Opens a conversation. */
  readonly goTo: (id: string) => void;
  readonly report: (error: unknown) => void;
}

/** The button that takes a conversation into this browser and gives it back, and the line that says where it is. */
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

  /** Finds out whether conversations can be taken. */
  async start(): Promise<void> {
    this.#offered = await this.#ports.local.isOffered();
    this.update();
  }

  /** Shows what can be done with the conversation that is open. */
  update(): void {
    if (this.#busy) return;
    const { local, chat } = this.#ports;
    const { id } = chat();
    const here = local.has(id);
    this.#button.hidden = id === null || !(here || this.#offered);
    this.#button.disabled = false;
    this.#button.textContent = here ? "Give back" : "Take offline";
    this.#button.title = here
      ? "Give this conversation back to the server, as it is now"
      : "Go on with this conversation in this browser, without the server: in the middle of an answer, too";
    this.#banner.hidden = !here;
    this.#banner.textContent = here
      ? "This conversation is in your browser now. It needs no server, and no network."
      : "";
  }

  /** Shows how much of the model is there. */
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
      // Who follows an answer has it made where it is.
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
