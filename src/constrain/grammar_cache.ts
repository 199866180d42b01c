import type { Grammar } from "./grammar.ts";

/** Maximum number of cached grammars per tenant. */
const MAX_GRAMMARS = 16;
/** Maximum number of tenants with cached grammars. */
const MAX_TENANTS = 64;

/** An LRU cache of compiled grammars per tenant. A tenant cannot observe what others have compiled. */
export class GrammarCache {
  readonly #tenants = new Map<string, Map<string, Promise<Grammar>>>();

  /**
   * The grammar for a key, compiled if it is not cached. Concurrent requests for a key share one compilation.
   *
   * @param key everything that the grammar depends on
   * @param compile compiles a grammar with the given id
   * @throws what `compile` throws. A failure is not cached.
   */
  async get(
    tenant: string,
    key: string,
    compile: (id: string) => Promise<Grammar>,
  ): Promise<Grammar> {
    const own = this.#tenants.get(tenant) ?? new Map<string, Promise<Grammar>>();
    const grammar = own.get(key) ?? compile(JSON.stringify([tenant, key]));
    keepLatest(own, key, grammar, MAX_GRAMMARS);
    keepLatest(this.#tenants, tenant, own, MAX_TENANTS);
    try {
      return await grammar;
    } catch (error) {
      if (own.get(key) === grammar) own.delete(key);
      throw error;
    }
  }
}

/** Makes an entry the most recently used one, and evicts the least recently used if there are more than `most`. */
export function keepLatest<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most) map.delete(oldest!);
}
