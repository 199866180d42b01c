import { type Api, ApiError, newName } from "./api.ts";
import { followResponse } from "./follow.ts";
import { dropSending, exclusively, keepSending, keptSendings, type Sending } from "./outbox.ts";
import { ConversationTree } from "./tree.ts";
import {
  asInput,
  type Conversation,
  type InputItem,
  type Item,
  message,
  type ResponseObject,
  textOf,
  type TokenLogprob,
  type Tree,
  type TreeNode,
} from "./wire.ts";

/** An answer that is being made. */
export interface Running {
  /** `undefined` until the server has it. */
  id: string | undefined;
  /** The response that it continues. */
  readonly parent: string | null;
  /** What it answers. */
  input: readonly Item[];
  text: string;
  logprobs: TokenLogprob[];
  /** Set when the user wants it stopped before the server has it. */
  stopped: boolean;
  readonly abort: AbortController;
}

/** A question that the server could not answer. */
export interface Failed {
  readonly input: readonly Item[];
  readonly text: string;
  readonly error: string;
  readonly parent: string | null;
}

/** What a {@linkcode Chat} asks of the page around it. */
export interface ChatPorts {
  readonly api: Api;
  /** Something that is shown has changed. */
  readonly onChange: () => void;
  /** The text of the running answer has grown. */
  readonly onText: () => void;
  /** The conversation got an id, or something that others should know of happened in it. */
  readonly onConversation: (id: string) => void;
  /** Told whether the server can be reached. */
  readonly onConnection: (reached: boolean) => void;
  /**
   * Fields of requests that the user chose: model and sampling.
   *
   * @param fresh whether the server is asked which models it serves now
   */
  readonly fields: (fresh?: "fresh") => Promise<Readonly<Record<string, unknown>>>;
}

/**
 * One conversation in one tab. Everything that was said is on the server; this follows what happens there, and can
 * begin anew at any moment.
 */
export class Chat {
  readonly tree = new ConversationTree();
  readonly #ports: ChatPorts;
  #id: string | null;
  running: Running | undefined;
  failed: Failed | undefined;
  /** The system prompt of the next turn. */
  instructions: string;
  #closed = new AbortController();

  constructor(ports: ChatPorts, id: string | null, instructions: string) {
    this.#ports = ports;
    this.#id = id;
    this.instructions = instructions;
  }

  get id(): string | null {
    return this.#id;
  }

  /** Leaves the conversation. An answer that is being made goes on without this tab. */
  close(): void {
    this.#closed.abort(new Error("closed"));
    this.running?.abort.abort(new Error("closed"));
  }

  /**
   * Loads the conversation, follows its running answer, and sends what was being sent when the page was left.
   *
   * @throws {ApiError} if there is no such conversation
   */
  async open(): Promise<void> {
    if (this.#id !== null) await this.refresh();
    for (const sending of keptSendings(this.#id)) {
      void exclusively(sending.key, () => this.#run(sending, sending.input.map(shownItem)));
    }
  }

  /** Takes over what other tabs, or others, did in this conversation. */
  async refresh(): Promise<void> {
    if (this.#id === null) return;
    const { signal } = this.#closed;
    const tree = await this.#ports.api.json<Tree>(`/v1/conversations/${this.#id}/tree`, { signal });
    this.tree.load(tree);
    // Something else was said since.
    if (this.failed?.parent !== this.tree.leaf) this.failed = undefined;
    const last = this.tree.path().at(-1);
    if (last !== undefined) this.instructions = last.instructions ?? "";
    this.#ports.onChange();
    const { running } = tree;
    if (running !== null && this.running === undefined) await this.#join(running);
  }

  /** Follows an answer that somebody else asked for. */
  async #join(id: string): Promise<void> {
    const { api } = this.#ports;
    const { signal } = this.#closed;
    const { data } = await api.json<{ data: Item[] }>(
      `/v1/responses/${id}/input_items?order=asc&limit=100`,
      { signal },
    );
    const running = this.#begin(this.tree.head, data);
    running.id = id;
    void this.#follow(running, { id });
  }

  #begin(parent: string | null, input: readonly Item[]): Running {
    const running: Running = {
      id: undefined,
      parent,
      input,
      text: "",
      logprobs: [],
      stopped: false,
      abort: new AbortController(),
    };
    this.running = running;
    this.failed = undefined;
    this.tree.leaf = parent;
    this.#ports.onChange();
    return running;
  }

  /** Says something after a response, and has it answered. */
  async send(
    input: readonly InputItem[],
    at: string | null = this.tree.leaf,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    const sending: Sending = {
      key: newName(),
      conversation: this.#id,
      at,
      ready: false,
      input,
      instructions: this.instructions,
      fields: { ...await this.#ports.fields(), ...more },
    };
    keepSending(sending);
    await exclusively(sending.key, () => this.#run(sending, input.map(shownItem)));
  }

  async #run(sending: Sending, input: readonly Item[]): Promise<void> {
    const running = this.#begin(sending.at, input);
    let ready = sending;
    try {
      ready = await this.#prepare(sending);
    } catch (error) {
      if (this.#closed.signal.aborted) return;
      dropSending(sending.key);
      return this.#fail(running, error);
    }
    await this.#follow(running, {
      create: (signal) => this.#create(ready, signal),
    }, ready.key);
  }

  /** Brings the conversation to where the answer is to begin. */
  async #prepare(sending: Sending): Promise<Sending> {
    if (sending.ready) return sending;
    const { api } = this.#ports;
    const { signal } = this.#closed;
    if (this.#id === null) {
      const { id } = await api.json<Conversation>("/v1/conversations", {
        method: "POST",
        json: {},
        once: `${sending.key}-conversation`,
        signal,
      });
      this.#id = id;
      this.#ports.onConversation(id);
    } else if (sending.at !== this.tree.head) {
      await this.#goTo(sending.at);
    }
    const ready = { ...sending, conversation: this.#id, ready: true };
    keepSending(ready);
    return ready;
  }

  /** Makes the conversation go on from a response. What was said after it stays as a branch. */
  async #goTo(response: string | null): Promise<void> {
    await this.#keepPending();
    const path = `/v1/conversations/${this.#id}/rewind`;
    const { signal } = this.#closed;
    const json = { response_id: response };
    await this.#ports.api.json(path, { method: "POST", json, signal });
    this.tree.head = response;
    this.tree.pending = [];
  }

  /** Makes a stopped answer part of the tree: what no response has read would be dropped. */
  async #keepPending(): Promise<void> {
    const { pending, head } = this.tree;
    const last = pending.at(-1);
    if (last?.type !== "message" || last.role !== "assistant") return;
    const { api, fields } = this.#ports;
    const { signal } = this.#closed;
    const kept = await api.json<ResponseObject>("/v1/responses", {
      method: "POST",
      json: {
        ...await fields(),
        conversation: this.#id,
        ...this.instructions === "" ? {} : { instructions: this.instructions },
        max_output_tokens: 0,
      },
      once: `${last.id}-kept`,
      signal,
    });
    this.tree.add(nodeOf(kept, head, pending));
    this.tree.head = kept.id;
    this.tree.pending = [];
  }

  async #create(
    { key, conversation, input, instructions, fields }: Sending,
    signal: AbortSignal,
  ): Promise<Response> {
    const { api } = this.#ports;
    const ask = (fields: Readonly<Record<string, unknown>>, once: string) =>
      api.fetch("/v1/responses", {
        method: "POST",
        json: {
          ...fields,
          conversation,
          ...input.length > 0 ? { input } : {},
          ...instructions === "" ? {} : { instructions },
          stream: true,
          background: true,
        },
        once,
        signal,
        headers: { prefer: "wait=30" },
      });
    try {
      return await ask(fields, key);
    } catch (error) {
      // Another model is served than when the page was loaded.
      if (!(error instanceof ApiError && error.code === "model_not_found")) throw error;
      const { model } = await this.#ports.fields("fresh");
      return await ask({ ...fields, model }, `${key}-${model}`);
    }
  }

  /** Shows an answer as it comes, to its end. */
  async #follow(
    running: Running,
    followed: Parameters<typeof followResponse>[1],
    key?: string,
  ): Promise<void> {
    const { api, onText, onConnection, onConversation } = this.#ports;
    try {
      const signal = AbortSignal.any([running.abort.signal, this.#closed.signal]);
      for await (const event of followResponse(api, followed, signal, onConnection)) {
        if (event.type === "response.created" && running.id === undefined) {
          running.id = event.response!.id;
          if (key !== undefined) dropSending(key);
          if (this.#id !== null) onConversation(this.#id);
          if (running.stopped) return void await this.#cancel(running);
        } else if (event.type === "response.output_text.delta") {
          running.text += event.delta ?? "";
          running.logprobs.push(...event.logprobs ?? []);
          onText();
        } else if (event.response !== undefined && isLast(event.type)) {
          await this.#end(running, event.response);
        }
      }
    } catch (error) {
      if (running.abort.signal.aborted || this.#closed.signal.aborted) return;
      if (key !== undefined) dropSending(key);
      this.#fail(running, error);
    }
  }

  async #end(running: Running, response: ResponseObject): Promise<void> {
    if (this.running === running) this.running = undefined;
    if (response.status === "failed") {
      return this.#fail(running, new Error(response.error?.message ?? "The answer failed."));
    }
    if (response.status === "cancelled") return await this.refresh();
    const { tree } = this;
    const input = [...tree.pending, ...running.input];
    tree.add(nodeOf(response, running.parent, input));
    tree.head = response.id;
    if (tree.leaf === running.parent) tree.leaf = response.id;
    tree.pending = [];
    this.#ports.onChange();
    if (this.#id !== null) this.#ports.onConversation(this.#id);
  }

  #fail(running: Running, error: unknown): void {
    if (this.running === running) this.running = undefined;
    const { input, text, parent } = running;
    const said = error instanceof Error ? error.message : String(error);
    this.failed = { input, text, parent, error: said };
    this.#ports.onChange();
  }

  /** Stops the running answer. What there is of it stays, and the conversation can go on at once. */
  async stop(): Promise<void> {
    const { running } = this;
    if (running === undefined) return;
    if (running.id === undefined) running.stopped = true;
    else await this.#cancel(running);
  }

  async #cancel(running: Running): Promise<void> {
    const { api } = this.#ports;
    const { signal } = this.#closed;
    running.abort.abort(new Error("stopped"));
    await api.persist(`/v1/responses/${running.id}/cancel`, { method: "POST", signal });
    if (this.running === running) this.running = undefined;
    await this.refresh();
    if (this.#id !== null) this.#ports.onConversation(this.#id);
  }

  /** Answers a turn once more, as a branch beside the other answers. */
  async regenerate(node: TreeNode | undefined): Promise<void> {
    // A stopped answer is no response yet: it becomes one, and then has a sibling.
    const { pending, head } = this.tree;
    const [at, items] = node === undefined ? [head, pending] : [node.parent, node.items];
    const last = items.findLastIndex(isQuestion);
    if (last < 0) return;
    if (node === undefined) {
      await this.#keepPending();
      if (this.tree.head === head) return await this.send([], head);
    }
    await this.send(items.slice(0, last + 1).map(asInput), at);
  }

  /** Asks something else instead of a message, as a branch beside it. */
  async edit(node: TreeNode | undefined, item: Item, text: string): Promise<void> {
    const { pending, head } = this.tree;
    const [at, items] = node === undefined ? [head, pending] : [node.parent, node.items];
    const before = items.slice(0, items.indexOf(item)).map(asInput);
    if (node === undefined) await this.#goTo(head);
    await this.send([...before, { role: "user", content: text }], at);
  }

  /** Answers with another beginning, as a branch beside the answer. */
  async branchFrom(node: TreeNode, beginning: string): Promise<void> {
    const last = node.items.findLastIndex(isQuestion);
    const before = node.items.slice(0, last + 1).map(asInput);
    await this.send([...before, { role: "assistant", content: beginning }], node.parent);
  }

  /** Goes on with the last answer where it was cut off or stopped. */
  async continue(): Promise<void> {
    await this.send([]);
  }

  /** Shows another branch. The server goes there when something is said. */
  show(node: TreeNode): void {
    this.tree.leaf = this.tree.latestLeaf(node.id);
    this.failed = undefined;
    this.#ports.onChange();
  }
}

function isLast(type: string): boolean {
  return /^response\.(completed|incomplete|failed)$/.test(type);
}

/** Whether an item is something that the user said, and not an ingested text. */
export function isQuestion(item: Item): boolean {
  return item.type === "message" && item.role !== "assistant";
}

function shownItem(item: InputItem): Item {
  return "type" in item
    ? item
    : message(item.role === "assistant" ? "assistant" : "user", item.content);
}

/** A response that has ended as a node of the tree. */
function nodeOf(
  { id, created_at, status, instructions, usage, output }: ResponseObject,
  parent: string | null,
  input: readonly Item[],
): TreeNode {
  return {
    id,
    parent,
    created_at,
    status: status === "incomplete" ? "incomplete" : "completed",
    instructions,
    usage,
    tokens: usage === null ? 0 : usage.input_tokens + usage.output_tokens,
    items: [...input, ...output.filter((item) => item.type !== "message" || textOf(item) !== "")],
  };
}
