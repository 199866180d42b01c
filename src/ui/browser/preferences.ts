/** The user's preferences for all conversations, stored in the browser. */
export interface Preferences {
  /** The name of a model. If empty or not served, the first served model is used. */
  readonly model: string;
  /** The system prompt of new conversations. */
  readonly instructions: string;
  /** Sampling fields of requests. Absent fields use the model's defaults. */
  readonly sampling: Readonly<Record<string, number>>;
  /** How much the model thinks. Empty: as the server decides. */
  readonly effort: string;
  /** The functions that the model may call, as the user wrote them. Empty: none. */
  readonly tools: string;
  /** Whether it has to call one. */
  readonly mustCall: boolean;
  /** The JSON Schema of answers, as the user wrote it. Empty: answers are text. */
  readonly schema: string;
  /** Whether the inspector is open. */
  readonly inspector: boolean;
}

const KEY = "tern.preferences";
const NONE: Preferences = {
  model: "",
  instructions: "",
  sampling: {},
  effort: "",
  tools: "",
  mustCall: false,
  schema: "",
  inspector: false,
};

/** Loads the stored preferences. */
export function loadPreferences(): Preferences {
  try {
    return { ...NONE, ...JSON.parse(localStorage.getItem(KEY) ?? "{}") };
  } catch {
    return NONE;
  }
}

/** Changes some preferences. @returns all preferences */
export function savePreferences(changed: Partial<Preferences>): Preferences {
  const all = { ...loadPreferences(), ...changed };
  localStorage.setItem(KEY, JSON.stringify(all));
  return all;
}
