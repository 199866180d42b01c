/** How the user wants answers, beside what a conversation keeps. Kept in the browser. */
export interface Preferences {
  /** The name of a model. Empty, or not served any more: the first that is served. */
  readonly model: string;
  /** The system prompt of new conversations. */
  readonly instructions: string;
  /** Fields of requests, by their names. A field that is absent is as the model has it. */
  readonly sampling: Readonly<Record<string, number>>;
  /** Whether the inspector is open. */
  readonly inspector: boolean;
}

const KEY = "tern.preferences";
const NONE: Preferences = { model: "", instructions: "", sampling: {}, inspector: false };

/** What the user chose before. */
export function loadPreferences(): Preferences {
  try {
    return { ...NONE, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return NONE;
  }
}

/** Keeps some choices. The others stay. */
export function savePreferences(changed: Partial<Preferences>): Preferences {
  const all = { ...loadPreferences(), ...changed };
  localStorage.setItem(KEY, JSON.stringify(all));
  return all;
}
