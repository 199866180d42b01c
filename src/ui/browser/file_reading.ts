import { type Api, newName } from "./api.ts";
import { bytes, count, h } from "./dom.ts";
import { begunUpload, dropUpload, uploadText } from "./upload.ts";
import type { Conversation, IngestState } from "./wire.ts";

const NAMES = "tern.files";

/** Dependencies and callbacks of a {@linkcode FileReading}. */
export interface FileReadingPorts {
  /** The API that serves the open conversation. */
  readonly api: () => Api;
  readonly report: (error: unknown) => void;
  /** Called when a conversation was created for a file. */
  readonly onCreated: (id: string) => void;
  /** Called when a file was read into a conversation. */
  readonly onRead: (id: string) => void;
  /** Asks the user for the file again. */
  readonly choose: () => void;
}

/** Reads text files into conversations and shows the progress. */
export class FileReading {
  readonly #ports: FileReadingPorts;
  readonly #element: HTMLElement;
  #conversation: string | null = null;
  #abort: AbortController | undefined;

  constructor(ports: FileReadingPorts, element: HTMLElement) {
    this.#ports = ports;
    this.#element = element;
  }

  /** Whether a file is being read into the open conversation. */
  get busy(): boolean {
    return this.#abort !== undefined;
  }

  /** Shows another conversation. Offers to resume an interrupted upload. */
  open(conversation: string | null): void {
    if (this.busy && conversation === this.#conversation) return;
    this.#abort?.abort(new Error("left"));
    this.#abort = undefined;
    this.#conversation = conversation;
    this.#element.hidden = true;
    const begun = conversation === null ? undefined : begunUpload(conversation);
    if (begun === undefined) return;
    const again = h("button", {
      type: "button",
      class: "small primary",
      onclick: this.#ports.choose,
    }, "Choose file");
    const forget = h("button", {
      type: "button",
      class: "small",
      onclick: () => void this.#forget(conversation!).catch(this.#ports.report),
    }, "Discard");
    this.#show(
      h(
        "p",
        {},
        `Reading “${begun.name}” was interrupted. Choose the same file again to resume.`,
      ),
      again,
      forget,
    );
  }

  /** Reads a file into the open conversation, or into a new one. */
  async read(file: File): Promise<void> {
    const { onCreated, onRead, report } = this.#ports;
    const api = this.#ports.api();
    const abort = this.#abort = new AbortController();
    const bar = h("progress", { max: file.size, value: 0, "aria-label": `Reading ${file.name}` });
    const text = h("span", { class: "dim" });
    const cancel = h("button", { type: "button", class: "small" }, "Cancel");
    cancel.onclick = () => abort.abort(new Error("cancelled"));
    this.#show(h("p", {}, `Reading “${file.name}”`), bar, text, cancel);
    const progress = ({ offset, tokens }: IngestState) => {
      bar.value = offset;
      text.textContent = `${bytes(offset)} of ${bytes(file.size)}, ${count(tokens)} tokens`;
    };
    try {
      let conversation = this.#conversation;
      if (conversation === null) {
        const json = { title: file.name.slice(0, 200) };
        const once = newName();
        const made = await api.json<Conversation>("/v1/conversations", {
          method: "POST",
          json,
          once,
        });
        conversation = this.#conversation = made.id;
        onCreated(conversation);
      }
      const { sha256 } = await uploadText(api, conversation, file, progress, abort.signal);
      if (sha256 !== undefined) keepName(sha256, file.name);
      onRead(conversation);
    } catch (error) {
      if (!abort.signal.aborted) report(error);
      else if (this.#conversation !== null) await this.#forget(this.#conversation).catch(report);
    } finally {
      if (this.#abort === abort) {
        this.#abort = undefined;
        this.#element.hidden = true;
      }
    }
  }

  async #forget(conversation: string): Promise<void> {
    dropUpload(conversation);
    this.#element.hidden = true;
    await this.#ports.api().persist(`/v1/conversations/${conversation}/ingest`, {
      method: "DELETE",
    });
  }

  #show(...content: readonly HTMLElement[]): void {
    this.#element.replaceChildren(...content);
    this.#element.hidden = false;
  }
}

/** The name of a file that was read in this browser, by the digest of its content. */
export function fileName(sha256: string): string | undefined {
  return names()[sha256];
}

function keepName(sha256: string, name: string): void {
  localStorage.setItem(NAMES, JSON.stringify({ ...names(), [sha256]: name }));
}

function names(): Readonly<Record<string, string>> {
  return JSON.parse(localStorage.getItem(NAMES) ?? "{}");
}
