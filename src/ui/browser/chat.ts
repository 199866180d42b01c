import { type Api, ApiError, newName } from "./api.ts";
import { followResponse } from "./follow.ts";
import { dropSending, exclusively, keepSending, keptSendings, type Sending } from "./outbox.ts";
import { addToOutput, beginRunning, type Failed, type Running } from "./running.ts";
import { ConversationTree } from "./tree.ts";
import {
  asInput,
  type Conversation,
  type InputItem,
  type Item,
  message,
  type ResponseObject,
  textOf,
  type Tree,
  type TreeNode,
} from "./wire.ts";

/** Dependencies and callbacks of a {@linkcode Chat}. */
export interface ChatPorts {
  readonly api: Api;
  /** Called when displayed content has changed. */
  readonly onChange: () => void;
  /** Called when the text of the running answer has grown. */
  readonly onText: () => void;
  /** Called when the conversation got an id, or changed in a way that other tabs should show. */
  readonly onConversation: (id: string) => void;
  /** Called with whether the server is reachable. */
  readonly onConnection: (reached: boolean) => void;
  /**
   * The user's choices as request fields: model and sampling.
   *
   * @param fresh whether to reload the list of models first
   */
  readonly fields: (fresh?: "fresh") => Promise<Readonly<Record<string, unknown>>>;
}

/**
 * A conversation in one tab. The server has the authoritative state; this class mirrors it and can reload it at any
 * time.
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

  /** Leaves the conversation. A running answer continues on the server. */
  close(): void {
    this.#closed.abort(new Error("closed"));
    this.running?.abort.abort(new Error("closed"));
  }

  /**
   * Loads the conversation, follows its running answer, and resends requests that were pending when the page was left.
   *
   * @throws {ApiError} if the conversation does not exist
   */
  async open(): Promise<void> {
    if (this.#id !== null) await this.refresh();
    for (const sending of keptSendings(this.#id)) {
      void exclusively(sending.key, () => this.#run(sending, sending.input.map(shownItem)));
    }
  }

  /** Reloads the conversation, which other tabs or clients may have changed. */
  async refresh(): Promise<void> {
    if (this.#id === null) return;
    const { signal } = this.#closed;
    const tree = await this.#ports.api.json<Tree>(`/v1/conversations/${this.#id}/tree`, { signal });
    this.tree.load(tree);
    // The conversation has continued since the failure.
    if (this.failed?.parent !== this.tree.leaf) this.failed = undefined;
    const last = this.tree.path().at(-1);
    if (last !== undefined) this.instructions = last.instructions ?? "";
    this.#ports.onChange();
    const { running } = tree;
    if (running !== null && this.running === undefined) await this.#join(running);
  }

  /** Follows an answer that another tab or client requested. */
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
    const running = beginRunning(parent, input);
    this.running = running;
    this.failed = undefined;
    this.tree.leaf = parent;
    this.#ports.onChange();
    return running;
  }

  /** Sends messages after a response and requests an answer. */
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
      fields: { ...withoutForcedCall(await this.#ports.fields(), input), ...more },
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

  /** Creates the conversation, or rewinds it to the response that the answer continues. */
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

  /** Rewinds the conversation to a response. Later responses stay as a branch. */
  async #goTo(response: string | null): Promise<void> {
    await this.#keepPending();
    const path = `/v1/conversations/${this.#id}/rewind`;
    const { signal } = this.#closed;
    const json = { response_id: response };
    await this.#ports.api.json(path, { method: "POST", json, signal });
    this.tree.head = response;
    this.tree.pending = [];
  }

  /** Stores a stopped answer as a response. Otherwise a rewind would drop it, like all pending items. */
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
      // The server's models have changed since the page was loaded.
      if (!(error instanceof ApiError && error.code === "model_not_found")) throw error;
      const { model } = await this.#ports.fields("fresh");
      return await ask({ ...fields, model }, `${key}-${model}`);
    }
  }

  /** Follows an answer to its end. */
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
        } else if (addToOutput(running, event)) {
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
    const { input, text, output, parent } = running;
    const reason = error instanceof Error ? error.message : String(error);
    this.failed = { input, text, output, parent, error: reason };
    this.#ports.onChange();
  }

  /** Stops the running answer. Its text so far is kept, and the conversation can continue at once. */
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

  /** Regenerates an answer, as another branch. */
  async regenerate(node: TreeNode | undefined): Promise<void> {
    // A stopped answer is not a response yet. It is stored as one first, so that it gets a sibling.
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

  /** Replaces a message and requests an answer, as another branch. */
  async edit(node: TreeNode | undefined, item: Item, text: string): Promise<void> {
    const { pending, head } = this.tree;
    const [at, items] = node === undefined ? [head, pending] : [node.parent, node.items];
    const before = items.slice(0, items.indexOf(item)).map(asInput);
    if (node === undefined) await this.#goTo(head);
    await this.send([...before, { role: "user", content: text }], at);
  }

  /** Regenerates an answer with a given start, as another branch. */
  async branchFrom(node: TreeNode, start: string): Promise<void> {
    const last = node.items.findLastIndex(isQuestion);
    const before = node.items.slice(0, last + 1).map(asInput);
    await this.send([...before, { role: "assistant", content: start }], node.parent);
  }

  /** Continues the last answer after it was cut off or stopped. */
  async continue(): Promise<void> {
    await this.send([]);
  }

  /** Shows another branch. The server switches to it with the next message. */
  show(node: TreeNode): void {
    this.tree.leaf = this.tree.latestLeaf(node.id);
    this.failed = undefined;
    this.#ports.onChange();
  }
}

function isLast(type: string): boolean {
  return /^response\.(completed|incomplete|failed)$/.test(type);
}

/** Whether an answer can follow an item: a message of the user or the result of a call. */
export function isQuestion(item: Item): boolean {
  return item.type === "function_call_output" ||
    item.type === "message" && item.role !== "assistant";
}

/** The fields of a request. After the result of a call the model need not call again. */
function withoutForcedCall(
  fields: Readonly<Record<string, unknown>>,
  input: readonly InputItem[],
): Readonly<Record<string, unknown>> {
  const isResult = input.some((item) => "type" in item && item.type === "function_call_output");
  return isResult && "tool_choice" in fields ? { ...fields, tool_choice: "auto" } : fields;
}

function shownItem(item: InputItem): Item {
  return "type" in item
    ? { id: "", ...item }
    : message(item.role === "assistant" ? "assistant" : "user", item.content);
}

/** Converts a finished response to a node of the tree. */
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
