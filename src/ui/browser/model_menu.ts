import type { Api } from "./api.ts";
import { h } from "./dom.ts";
import { loadPreferences, savePreferences } from "./preferences.ts";
import type { Model } from "./wire.ts";

/** The menu of the served models and their personas, which are listed as `model@persona`. */
export class ModelMenu {
  readonly #select: HTMLSelectElement;
  readonly #api: Api;
  #models: readonly Model[] = [];

  /** @param onChange called when the user has chosen another model */
  constructor(select: HTMLSelectElement, api: Api, onChange: () => void) {
    this.#select = select;
    this.#api = api;
    select.onchange = () => {
      savePreferences({ model: select.value });
      onChange();
    };
  }

  /** Reloads the list from the server. */
  async load(): Promise<void> {
    const { data } = await this.#api.json<{ data: Model[] }>("/v1/models");
    this.#models = data;
    this.#select.replaceChildren(...data.map(({ id }) => h("option", { value: id }, shown(id))));
    this.#select.value = this.chosen;
    this.#select.hidden = false;
  }

  /** The name of the chosen model if it is still served, otherwise of the first one. Empty before they are loaded. */
  get chosen(): string {
    const { model } = loadPreferences();
    return this.#models.some(({ id }) => id === model) ? model : this.#models[0]?.id ?? "";
  }

  /** The sampling defaults of the chosen model. */
  get defaults(): Model["default_sampling"] {
    return this.#models.find(({ id }) => id === this.chosen)?.default_sampling ?? {};
  }
}

function shown(id: string): string {
  const at = id.indexOf("@");
  return at < 0 ? id : `${id.slice(0, at)} as ${id.slice(at + 1)}`;
}
