import type { ChatModels, ListedModel } from "../../src/turn/chat_models.ts";
import { type ModelAlias, ModelNames, UnknownModelError } from "../../src/turn/model_names.ts";
import type { ChatService } from "../../src/turn/turn.ts";

/** A single chat service as all the models that there are. */
export function oneChat(chat: ChatService, aliases: readonly ModelAlias[] = []): ChatModels {
  const names = new ModelNames([chat.model], aliases);
  const find = (name: string = chat.model) => {
    if (names.resolve(name) === undefined) throw new UnknownModelError(name, names.listed);
    return chat;
  };
  const describe = (name: string): ListedModel => {
    const { model: root, created, defaults } = find(name);
    return { name, ...name === root ? {} : { root }, created, defaults };
  };
  return {
    names,
    list: () => Promise.resolve(names.listed.map(describe)),
    describe: (name) => Promise.try(describe, name),
    find: (name) => Promise.try(find, name),
    tokenizer: () => Promise.resolve(chat.tokenizer),
    statuses: () => new Map([[chat.model, { status: "loaded" as const }]]),
  };
}
