import type { ChatService } from "./turn.ts";

/** Begins turns. */
export type BeginTurns = ChatService["begin"];

/** Does something around every turn: it begins turns with `begin`, and adds hooks to their events. */
export type AroundTurns = (begin: BeginTurns) => BeginTurns;
