import { type Config, ConfigError, loadConfig } from "../../settings/config.ts";
import { isLoopback } from "../../settings/open_warning.ts";
import { tenantNotices } from "../../settings/tenant_notices.ts";
import { unknownVariables } from "../../settings/unknown_variables.ts";
import type { Check } from "./check.ts";

type Env = Readonly<Record<string, string>>;

/** The settings, if they can be used, and what there is to say about them. */
export function checkSettings(env: Env): {
  readonly config: Config | undefined;
  readonly checks: readonly Check[];
} {
  const unknown = unknownVariables(env).map(({ variable, nearest, restricts }): Check => ({
    name: "settings",
    status: restricts ? "fail" : "warn",
    detail: `${variable} is not a setting` +
      (nearest === undefined ? "" : `. Did you mean ${nearest}?`),
  }));
  try {
    const config = loadConfig(env);
    const notices = tenantNotices(config).map((detail): Check => {
      return { name: "settings", status: "warn", detail };
    });
    const checks = [...unknown, ...notices, ...openToAll(config)];
    const fine: Check = { name: "settings", status: "ok", detail: "all can be used" };
    return { config, checks: checks.length > 0 ? checks : [fine] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const checks = error.problems.map(({ variable, value, allowed }): Check => {
      const shown = value === null ? "its value cannot be used" : `is ${JSON.stringify(value)}`;
      return {
        name: "settings",
        status: "fail",
        detail: `${variable} ${shown}: must be ${allowed}`,
      };
    });
    return { config: undefined, checks: [...unknown, ...checks] };
  }
}

function openToAll({ apiKeys, host }: Config): Check[] {
  if (apiKeys.length > 0 || isLoopback(host)) return [];
  const detail = `HOST is ${host} and there are no API keys: everyone who reaches it can use the ` +
    "server. Set TERN_API_KEYS (tern key)";
  return [{ name: "settings", status: "warn", detail }];
}
