import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { UnknownSettingError, unknownSettings } from "../../src/settings/config.ts";
import { isLoopback, openWarning } from "../../src/settings/open_warning.ts";
import { SETTINGS } from "../../src/settings/settings.ts";
import { unknownVariables } from "../../src/settings/unknown_variables.ts";

describe("unknownVariables", () => {
  it("finds none among the settings, nor among what is not the server's", () => {
    const env = Object.fromEntries(Object.values(SETTINGS).map((setting) => [setting.env, "x"]));
    assert.deepEqual(unknownVariables({ ...env, PATH: "/bin", API_KEY: "x", XTERN_A: "x" }), []);
  });

  it("says nothing of a variable that is empty", () => {
    assert.deepEqual(unknownVariables({ TERN_API_KEY: "" }), []);
  });

  for (
    const [variable, nearest, restricts] of [
      ["TERN_API_KEY", "TERN_API_KEYS", true],
      ["TERN_APIKEYS", "TERN_API_KEYS", true],
      ["TERN_KEYS", "TERN_API_KEYS", true],
      ["tern_api_keys", "TERN_API_KEYS", true],
      ["TERN_AUTH", "TERN_API_KEYS", true],
      ["TERN_PASSWORD", "TERN_API_KEYS", true],
      ["TERN_STATE_SECRET", "TERN_STATE_SECRETS", true],
      ["TERN_KEY_QUOTA", "TERN_KEY_QUOTAS", true],
      ["TERN_THREAD", "TERN_THREADS", false],
      ["TERN_TRHEADS", "TERN_THREADS", false],
      ["TERN_CORS", "TERN_CORS_ORIGINS", false],
      ["TERN_TOKENS_PER_MIN", "TERN_TOKENS_PER_MINUTE", false],
      ["TERN_COLOUR_OF_THE_PAGE", undefined, false],
    ] as const
  ) {
    it(`takes ${variable} for ${nearest ?? "none of them"}`, () => {
      const expected = { variable, ...nearest ? { nearest } : {}, restricts };
      assert.deepEqual(unknownVariables({ [variable]: "x" }), [expected]);
    });
  }

  it("is an error where it was meant to protect, and never repeats the value", () => {
    const env = { TERN_API_KEY: "sk-very-secret", TERN_THREAD: "4" };
    assert.throws(() => unknownSettings(env), (error) => {
      assert(error instanceof UnknownSettingError);
      assert.deepEqual(error.variables, ["TERN_API_KEY"]);
      assert.match(error.message, /Did you mean TERN_API_KEYS\?/);
      assert.doesNotMatch(error.message, /sk-very-secret/);
      return true;
    });
  });
});

describe("a server that others reach", () => {
  it("is one that listens on anything but loopback", () => {
    for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1", "a.localhost"]) {
      assert(isLoopback(host), host);
    }
    for (const host of ["0.0.0.0", "::", "192.168.0.7", "example.org", "127.0.0.1.example.org"]) {
      assert(!isLoopback(host), host);
    }
  });

  it("is told of in several lines that name the address and the setting", () => {
    const lines = openWarning("0.0.0.0");
    assert(lines.length > 3);
    assert.match(lines.join("\n"), /0\.0\.0\.0[^]*TERN_API_KEYS[^]*HOST=127\.0\.0\.1/);
    assert.doesNotMatch(openWarning().join("\n"), /HOST|undefined/, "a worker has no such setting");
  });
});
