/**
 * The configuration for tests and measurements, with the packages that only those need. The one in the root has what the
 * server imports, and Deno downloads everything that a configuration and its lock file name.
 */
export const DEV_CONFIG = new URL("../tests/deno.json", import.meta.url).pathname;
