import { Api, newName } from "./api.ts";
import type { Conversation, Tree } from "./wire.ts";

/** The module that runs a model in the page, loaded on first use. */
const MODULE: string = "/assets/client.js";

/** The media type of a conversation as a file. */
const FILE_TYPE = "application/vnd.tern.conversation";

/** The cache that keeps the conversations in this browser across reloads. */
const KEPT = "tern-conversations";

/** The used part of the module. */
interface Module {
  openTern(options: {
    readonly model: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly onProgress: (done: number, total: number) => void;
  }): Promise<{ fetch(path: string, init: RequestInit): Promise<Response> }>;
}

/** The origin of a conversation. */
interface Origin {
  /** The conversation on the server. */
  readonly id: string;
  readonly title: string | null;
  /** When it was last updated on the server, before it was taken. */
  readonly updated: number;
}

/** Ports of {@linkcode LocalTern} to the page. */
export interface LocalTernPorts {
  /** The API of the server. */
  readonly api: Api;
  /** The name of the model that the conversations use. */
  readonly model: () => string;
  /** Called with the number of loaded bytes of the model. */
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * The conversations that run in this browser, without the server. The model is downloaded from the server once, and
 * then loaded from the browser's cache.
 */
export class LocalTern {
  readonly #ports: LocalTernPorts;
  readonly #origins = new Map<string, Origin>();
  #tern: ReturnType<Module["openTern"]> | undefined;
  /** The API of the model in this browser. */
  readonly api: Api;

  constructor(ports: LocalTernPorts) {
    this.#ports = ports;
    this.api = new Api({
      askForKey: () => Promise.resolve(false),
      onConnection: () => {},
      send: async (path, init) => await (await this.#open()).fetch(path, init),
    });
  }

  /** The name of the model that conversations use. */
  get model(): string {
    return this.#ports.model();
  }

  /** Whether the server shares its model. */
  async isOffered(): Promise<boolean> {
    try {
      await this.#ports.api.fetch(`${this.#files()}files.json`, { method: "HEAD" });
      return true;
    } catch {
      return false;
    }
  }

  /** Whether a conversation is in this browser. */
  has(id: string | null): boolean {
    return id !== null && this.#origins.has(id);
  }

  /** The title of a conversation in this browser. */
  titleOf(id: string | null): string | null {
    return id === null ? null : this.#origins.get(id)?.title ?? null;
  }

  /**
   * Takes a conversation from the server, with its running answer. The server keeps its copy unchanged.
   *
   * @param leave called first, to stop following the answer: while a client follows it, the server generates it
   * @returns its id in this browser
   */
  async take(id: string, leave: () => void): Promise<string> {
    const { api } = this.#ports;
    // First the model: if it cannot be loaded, nothing has changed.
    await this.#open();
    leave();
    const file = await (await api.persist(`/v1/conversations/${id}/export?running=true`)).blob();
    const { title, updated_at: updated } = await api.json<Conversation>(`/v1/conversations/${id}`);
    return await this.#import(file, { id, title, updated });
  }

  /**
   * Gives a conversation back to the server, with its running answer. It replaces the server's copy unless that has
   * changed in the meantime.
   *
   * @returns its id on the server
   */
  async giveBack(here: string): Promise<string> {
    const { api } = this.#ports;
    const origin = this.#origins.get(here)!;
    const file = await this.#export(here);
    const { id } = await api.json<Conversation>("/v1/conversations/import", {
      method: "POST",
      body: file,
      headers: { "content-type": FILE_TYPE },
      once: newName(),
    });
    await this.#replace(origin);
    this.#origins.delete(here);
    await this.#forget(here);
    return id;
  }

  /** Saves the current state of a conversation, in case the page is closed. */
  async keep(here: string): Promise<void> {
    const origin = this.#origins.get(here);
    if (origin === undefined || !("caches" in globalThis)) return;
    const file = await this.#export(here);
    if (!this.has(here)) return;
    const headers = { "content-type": FILE_TYPE, "x-tern-origin": JSON.stringify(origin) };
    await (await caches.open(KEPT)).put(addressOf(here), new Response(file, { headers }));
  }

  /**
   * Restores a conversation that was in this browser when the page was closed.
   *
   * @returns its new id, or `undefined` if it was not here
   */
  async restore(before: string): Promise<string | undefined> {
    if (!("caches" in globalThis)) return undefined;
    const kept = await (await caches.open(KEPT)).match(addressOf(before));
    if (kept === undefined) return undefined;
    const origin: Origin = JSON.parse(kept.headers.get("x-tern-origin")!);
    const id = await this.#import(await kept.blob(), origin);
    await this.#forget(before);
    return id;
  }

  async #import(file: Blob, origin: Origin): Promise<string> {
    const { id } = await this.api.json<Conversation>("/v1/conversations/import", {
      method: "POST",
      body: file,
      headers: { "content-type": FILE_TYPE },
    });
    this.#origins.set(id, origin);
    await this.keep(id);
    return id;
  }

  /** Exports a conversation in this browser. A running answer pauses, and continues when a client follows it. */
  async #export(here: string): Promise<Blob> {
    const reply = await this.api.fetch(`/v1/conversations/${here}/export?running=true`);
    return await reply.blob();
  }

  /** Deletes the server's copy of a conversation that was given back, unless it has changed. */
  async #replace({ id, updated }: Origin): Promise<void> {
    const { api } = this.#ports;
    const path = `/v1/conversations/${id}`;
    try {
      const { updated_at } = await api.json<Conversation>(path);
      if (updated_at !== updated) return;
      const { running } = await api.json<Tree>(`${path}/tree`);
      if (running !== null) {
        await api.persist(`/v1/responses/${running}/cancel`, { method: "POST" });
      }
      await api.persist(path, { method: "DELETE" });
    } catch {
      // The copy is already deleted, or stays: nothing is lost.
    }
  }

  async #forget(here: string): Promise<void> {
    if ("caches" in globalThis) await (await caches.open(KEPT)).delete(addressOf(here));
  }

  #files(): string {
    return `/v1/models/${encodeURIComponent(this.model)}/files/`;
  }

  #open(): ReturnType<Module["openTern"]> {
    return this.#tern ??= this.#load().catch((error) => {
      this.#tern = undefined;
      throw error;
    });
  }

  async #load(): Promise<Awaited<ReturnType<Module["openTern"]>>> {
    const { api: { key }, onProgress } = this.#ports;
    const { openTern } = await import(MODULE) as Module;
    return await openTern({
      model: this.#files(),
      headers: key === "" ? {} : { authorization: `Bearer ${key}` },
      onProgress,
    });
  }
}

/** The URL of a conversation in the cache. It is never requested. */
function addressOf(id: string): string {
  return `/kept/${id}`;
}
