import { Api, newName } from "./api.ts";
import type { Conversation, Tree } from "./wire.ts";

/** The module that runs a model in a page. It is loaded when somebody wants that. */
const MODULE: string = "/assets/client.js";

/** The media type of a conversation as a file. */
const FILE_TYPE = "application/vnd.tern.conversation";

/** Where conversations are kept that are in this browser, so that a reload loses none. */
const KEPT = "tern-conversations";

/** What of the module is used. */
interface Module {
  openTern(options: {
    readonly model: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly onProgress: (done: number, total: number) => void;
  }): Promise<{ fetch(path: string, init: RequestInit): Promise<Response> }>;
}

/** Where a conversation came from. */
interface Origin {
  /** The conversation on the server. */
  readonly id: string;
  readonly title: string | null;
  /** When it was changed last there, before it was taken. */
  readonly updated: number;
}

/** What a {@linkcode LocalTern} asks of the page around it. */
export interface LocalTernPorts {
  /** Of the server. */
  readonly api: Api;
  /** The model that the conversations are of. */
  readonly model: () => string;
  /** Told the bytes of the model that are there. */
  readonly onProgress: (done: number, total: number) => void;
}

/**
 * The conversations that go on in this browser, without the server. The model comes from the server once, and then from the
 * browser's cache.
 */
export class LocalTern {
  readonly #ports: LocalTernPorts;
  readonly #origins = new Map<string, Origin>();
  #tern: ReturnType<Module["openTern"]> | undefined;
  /** Talks to the model in this browser as to a server. */
  readonly api: Api;

  constructor(ports: LocalTernPorts) {
    this.#ports = ports;
    this.api = new Api({
      askForKey: () => Promise.resolve(false),
      onConnection: () => {},
      send: async (path, init) => await (await this.#open()).fetch(path, init),
    });
  }

  /** Whether the server gives its model away. */
  async isOffered(): Promise<boolean> {
    try {
      await this.#ports.api.fetch(`${this.#files()}files.json`, { method: "HEAD" });
      return true;
    } catch {
      return false;
    }
  }

  /** Whether a conversation is here. */
  has(id: string | null): boolean {
    return id !== null && this.#origins.has(id);
  }

  /** What a conversation that is here is called. */
  titleOf(id: string | null): string | null {
    return id === null ? null : this.#origins.get(id)?.title ?? null;
  }

  /**
   * Takes a conversation from the server, with the answer that is being made. The server keeps it as it was.
   *
   * @param leave Called before: who follows the answer there has it made there.
   * @returns what it is called here
   */
  async take(id: string, leave: () => void): Promise<string> {
    const { api } = this.#ports;
    // First the model: if it cannot be had, nothing has happened.
    await this.#open();
    leave();
    const file = await (await api.persist(`/v1/conversations/${id}/export?running=true`)).blob();
    const { title, updated_at: updated } = await api.json<Conversation>(`/v1/conversations/${id}`);
    return await this.#import(file, { id, title, updated });
  }

  /**
   * Gives a conversation back to the server, with the answer that is being made. If the server's own has not changed
   * meanwhile, this takes its place.
   *
   * @returns what it is called there
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

  /** Keeps a conversation as it is now, in case that the page is left. */
  async keep(here: string): Promise<void> {
    const origin = this.#origins.get(here);
    if (origin === undefined || !("caches" in globalThis)) return;
    const file = await this.#export(here);
    if (!this.has(here)) return;
    const headers = { "content-type": FILE_TYPE, "x-tern-origin": JSON.stringify(origin) };
    await (await caches.open(KEPT)).put(addressOf(here), new Response(file, { headers }));
  }

  /**
   * The conversation that was here when the page was left.
   *
   * @returns what it is called now. `undefined`: there was none.
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

  /** The file of a conversation that is here. An answer that is being made pauses, and goes on with who follows it. */
  async #export(here: string): Promise<Blob> {
    const reply = await this.api.fetch(`/v1/conversations/${here}/export?running=true`);
    return await reply.blob();
  }

  /** Deletes the conversation on the server that another has taken the place of. */
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
      // It is gone, or stays: nothing is lost.
    }
  }

  async #forget(here: string): Promise<void> {
    if ("caches" in globalThis) await (await caches.open(KEPT)).delete(addressOf(here));
  }

  #files(): string {
    return `/v1/models/${encodeURIComponent(this.#ports.model())}/files/`;
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

/** The address under which a conversation is kept. No request is made to it. */
function addressOf(id: string): string {
  return `/kept/${id}`;
}
