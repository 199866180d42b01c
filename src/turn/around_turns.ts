import type { ChatService } from "./turn.ts";

/** Begins turns. */
export type BeginTurns = ChatService["begin"];

/** A hook around every turn: begins turns with `begin`, and wraps their events. */
export type AroundTurns = (begin: BeginTurns) => BeginTurns;
