import type { Grammar } from "./grammar.ts";

/** Grammars that are kept of each tenant, and of how many tenants. */
const MAX_GRAMMARS = 16;
const MAX_TENANTS = 64;

/** Compiled grammars of tenants, the latest of each. No tenant can tell what another has compiled. */
export class GrammarCache {
  readonly #tenants = new Map<string, Map<string, Grammar>>();

  /**
   * The grammar for a key, compiled if it is not kept.
   *
   * @param key all that the grammar depends on
   * @param compile is given the id that the grammar is to have
   */
  get(tenant: string, key: string, compile: (id: string) => Grammar): Grammar {
    const own = this.#tenants.get(tenant) ?? new Map<string, Grammar>();
    const grammar = own.get(key) ?? compile(JSON.stringify([tenant, key]));
    keep(own, key, grammar, MAX_GRAMMARS);
    keep(this.#tenants, tenant, own, MAX_TENANTS);
    return grammar;
  }
}

/** Puts an entry last, and drops the first if there are too many. */
function keep<V>(map: Map<string, V>, key: string, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > most) map.delete(oldest!);
}
