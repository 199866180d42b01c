import type { Grammar } from "./grammar.ts";

/** Grammars that are kept of each tenant, and of how many tenants. */
const MAX_GRAMMARS = 16;
const MAX_TENANTS = 64;

/** Compiled grammars of tenants, the latest of each. No tenant can tell what another has compiled. */
export class GrammarCache {
  readonly #tenants = new Map<string, Map<string, Promise<Grammar>>>();

  /**
   * The grammar for a key, compiled if it is not kept. Who asks for one that is being compiled waits for the same.
   *
   * @param key all that the grammar depends on
   * @param compile is given the id that the grammar is to have
   * @throws what `compile` throws. That is not kept.
   */
  async get(
    tenant: string,
    key: string,
    compile: (id: string) => Promise<Grammar>,
  ): Promise<Grammar> {
    const own = this.#tenants.get(tenant) ?? new Map<string, Promise<Grammar>>();
    const grammar = own.get(key) ?? compile(JSON.stringify([tenant, key]));
    keep(own, key, grammar, MAX_GRAMMARS);
    keep(this.#tenants, tenant, own, MAX_TENANTS);
    try {
      return await grammar;
    } catch (error) {
      if (own.get(key) === grammar) own.delete(key);
      throw error;
    }
  }
}

/** Puts an entry last, and drops the first if there are too many. */
function keep<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most) map.delete(oldest!);
}
