import type { ChatService, Turn, TurnInput, TurnRequest } from "./turn.ts";

/** A chat service by means of another, which says of the model what that does. */
export abstract class ChatServiceOver implements ChatService {
  protected readonly inner: ChatService;

  constructor(inner: ChatService) {
    this.inner = inner;
  }

  get model() {
    return this.inner.model;
  }

  get names() {
    return this.inner.names;
  }

  get created() {
    return this.inner.created;
  }

  get fingerprint() {
    return this.inner.fingerprint;
  }

  get tokenizer() {
    return this.inner.tokenizer;
  }

  get defaults() {
    return this.inner.defaults;
  }

  count(input: TurnInput): Promise<number> {
    return this.inner.count(input);
  }

  promptTokens(input: Pick<TurnInput, "messages" | "readOnly">): number[] {
    return this.inner.promptTokens(input);
  }

  abstract begin(request: TurnRequest): Promise<Turn>;
}
