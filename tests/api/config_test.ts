import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { settingsPage } from "../../scripts/settings/settings_page.ts";
import { ConfigError, loadConfig } from "../../src/settings/config.ts";
import { SETTINGS } from "../../src/settings/settings.ts";

const DIGEST = "sha256:" + "0a".repeat(32);
const OTHER = `sha256:${"a1".repeat(32)}`;

/** The problems of an environment. */
function problemsOf(env: Record<string, string>) {
  try {
    loadConfig(env);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

describe("loadConfig", () => {
  it("has a default for everything", () => {
    assert.deepEqual(loadConfig({}), {
      host: "127.0.0.1",
      port: 8000,
      dataDirectory: "./.tern",
      model: "tern-7m",
      modelsDirectory: "./.tern/models",
      shareModel: "auto",
      memory: "auto",
      modelIdleMs: 600_000,
      personas: "",
      hubEndpoint: "https://huggingface.co",
      hubToken: "",
      modelScopeEndpoint: "https://modelscope.cn",
      modelAliases: [],
      store: "deno-kv",
      engine: "auto",
      weights: "auto",
      speculation: false,
      threads: 1,
      maxRunning: 16,
      maxTokens: 32_768,
      leaseMs: 10_000,
      maxWaiting: 64,
      apiKeys: [],
      tenants: [],
      requestsPerMinute: 60_000,
      tokensPerMinute: 60_000_000,
      maxStoredBytes: 0,
      maxResponses: 0,
      maxConversations: 0,
      maxAgeDays: 0,
      cacheBytes: 268_435_456,
      keyQuotas: [],
      maxConversationWaitMs: 60_000,
      corsOrigins: [],
      hosts: [],
      maxBodyBytes: 1_048_576,
      maxImportBytes: 268_435_456,
      maxSockets: 16,
      socketIdleMs: 600_000,
      heartbeatMs: 15_000,
      checkpointMs: 5_000,
      stateSecrets: [],
      tokenSecrets: [],
      sealedPrecision: "f32",
      statePrecision: "f16",
      keptStates: 2,
      minFreeBytes: 268_435_456,
      strict: false,
      metrics: "off",
      logLevel: "info",
    });
  });

  it("takes empty variables for absent ones", () => {
    const empty = Object.fromEntries(Object.values(SETTINGS).map(({ env }) => [env, ""]));
    assert.deepEqual(loadConfig(empty), loadConfig({}));
  });

  it("reads every variable", () => {
    assert.deepEqual(
      loadConfig({
        HOST: "::1",
        PORT: "0",
        TERN_DATA: "/var/lib/tern",
        TERN_MODEL: "models/my model",
        TERN_MODELS: "/var/lib/models",
        TERN_SHARE_MODEL: "off",
        TERN_MEMORY: "8GB",
        TERN_MODEL_IDLE_MS: "1000",
        TERN_PERSONAS: "/var/lib/personas",
        HF_ENDPOINT: "https://mirror.example/hf",
        HF_TOKEN: "hf_secret",
        MODELSCOPE_ENDPOINT: "http://127.0.0.1:9000",
        TERN_MODEL_ALIASES: "gpt-4o-mini=tern-7m, *=tern-7m",
        TERN_STORE: "memory",
        TERN_ENGINE: "ort",
        TERN_WEIGHTS: "int8",
        TERN_SPECULATION: "true",
        TERN_THREADS: "64",
        TERN_MAX_RUNNING: "3",
        TERN_LEASE_MS: "500",
        TERN_MAX_WAITING: "0",
        TERN_MAX_TOKENS: "512",
        TERN_API_KEYS: ` ${OTHER} , acme=${DIGEST}`,
        TERN_TENANTS: "acme=public",
        TERN_REQUESTS_PER_MINUTE: "60",
        TERN_TOKENS_PER_MINUTE: "0",
        TERN_MAX_STORED_BYTES: "1000000",
        TERN_MAX_RESPONSES: "100",
        TERN_MAX_CONVERSATIONS: "10",
        TERN_MAX_AGE_DAYS: "0.5",
        TERN_CACHE_BYTES: "0",
        TERN_KEY_QUOTAS: `${DIGEST} bytes=5  age_days=1.5, sha256:${
          "0".repeat(64)
        }, acme responses=7`,
        TERN_MAX_CONVERSATION_WAIT_MS: "0",
        TERN_CORS_ORIGINS: "https://app.example, http://localhost:3000",
        TERN_HOSTS: "tern.lan, tern",
        TERN_MAX_BODY_BYTES: "1024",
        TERN_MAX_IMPORT_BYTES: "1024",
        TERN_MAX_SOCKETS: "2",
        TERN_SOCKET_IDLE_MS: "1000",
        TERN_HEARTBEAT_MS: "1",
        TERN_CHECKPOINT_MS: "10",
        TERN_STATE_SECRETS: `${"a".repeat(32)}, ${"b".repeat(40)}`,
        TERN_TOKEN_SECRETS: "c".repeat(32),
        TERN_SEALED_PRECISION: "f16",
        TERN_STATE_PRECISION: "f32",
        TERN_KEPT_STATES: "all",
        TERN_MIN_FREE_BYTES: "0",
        TERN_STRICT: "true",
        TERN_METRICS: DIGEST,
        TERN_LOG: "off",
        OTHER: "ignored",
      }),
      {
        host: "::1",
        port: 0,
        dataDirectory: "/var/lib/tern",
        model: "models/my model",
        modelsDirectory: "/var/lib/models",
        shareModel: "off",
        memory: 8e9,
        modelIdleMs: 1_000,
        personas: "/var/lib/personas",
        hubEndpoint: "https://mirror.example/hf",
        hubToken: "hf_secret",
        modelScopeEndpoint: "http://127.0.0.1:9000",
        modelAliases: [
          { alias: "gpt-4o-mini", model: "tern-7m" },
          { alias: "*", model: "tern-7m" },
        ],
        store: "memory",
        engine: "ort",
        weights: "int8",
        speculation: true,
        threads: 64,
        maxRunning: 3,
        leaseMs: 500,
        maxWaiting: 0,
        maxTokens: 512,
        apiKeys: [OTHER, `acme=${DIGEST}`],
        tenants: [{ name: "acme", tenant: "public" }],
        requestsPerMinute: 60,
        tokensPerMinute: 0,
        maxStoredBytes: 1_000_000,
        maxResponses: 100,
        maxConversations: 10,
        maxAgeDays: 0.5,
        cacheBytes: 0,
        keyQuotas: [
          { key: DIGEST, quota: { bytes: 5, age_days: 1.5 } },
          { key: `sha256:${"0".repeat(64)}`, quota: {} },
          { key: "acme", quota: { responses: 7 } },
        ],
        maxConversationWaitMs: 0,
        corsOrigins: ["https://app.example", "http://localhost:3000"],
        hosts: ["tern.lan", "tern"],
        maxBodyBytes: 1024,
        maxImportBytes: 1024,
        maxSockets: 2,
        socketIdleMs: 1_000,
        heartbeatMs: 1,
        checkpointMs: 10,
        stateSecrets: ["a".repeat(32), "b".repeat(40)],
        tokenSecrets: ["c".repeat(32)],
        sealedPrecision: "f16",
        statePrecision: "f32",
        keptStates: Infinity,
        minFreeBytes: 0,
        strict: true,
        metrics: DIGEST,
        logLevel: "off",
      },
    );
  });

  for (
    const [variable, values] of [
      ["HOST", ["http://here", "a b", "/tmp/socket"]],
      ["PORT", ["http", "-1", "65536", "80.5", "1e3", "0x50", " 80", "99999999999999999999"]],
      ["TERN_ENGINE", ["cuda", "AUTO"]],
      ["TERN_WEIGHTS", ["int2", "F32"]],
      ["TERN_SPECULATION", ["off", "1"]],
      ["TERN_THREADS", ["0", "65", "many"]],
      ["TERN_REQUESTS_PER_MINUTE", ["-1", "1e9", "1000000001"]],
      ["TERN_TOKENS_PER_MINUTE", ["none"]],
      ["TERN_MAX_STORED_BYTES", ["1GB", "-1"]],
      ["TERN_MAX_AGE_DAYS", ["1d", "."]],
      [
        "TERN_KEY_QUOTAS",
        [
          "sk-1:2 bytes=1",
          "public bytes=1",
          "acme bytes=1, acme bytes=2",
          `${DIGEST} size=1`,
          `${DIGEST} bytes`,
          `${DIGEST} bytes=1=2x`,
          `${DIGEST} bytes=-1`,
          `${DIGEST} bytes=1 bytes=2`,
          `${DIGEST} bytes=1, ${DIGEST} bytes=2`,
        ],
      ],
      [
        "TERN_TENANTS",
        [
          "acme",
          "acme=",
          "acme=beta",
          "public=public",
          "acme=public,acme=@old",
          "acme=public,beta=public",
          `acme=beta=${DIGEST}`,
        ],
      ],
      [
        "TERN_CORS_ORIGINS",
        ["app.example", "https://app.example/", "https://app.example/a", "https://*.example", ","],
      ],
      ["TERN_HOSTS", ["http://tern", "tern:8000", "tern/", "*.lan", ","]],
      ["TERN_SEALED_PRECISION", ["bf16"]],
      ["TERN_STATE_PRECISION", ["bf16"]],
      ["TERN_KEPT_STATES", ["0", "65", "none", "-1"]],
      ["TERN_MIN_FREE_BYTES", ["-1", "1e9"]],
      ["TERN_MAX_BODY_BYTES", ["1023", "1073741825", "1MB"]],
      ["TERN_LOG", ["verbose", "INFO"]],
    ] as const
  ) {
    for (const value of values) {
      it(`refuses ${variable}=${value}, naming both and what is allowed`, () => {
        const [problem, ...others] = problemsOf({ [variable]: value });
        assert.deepEqual(others, []);
        assert.equal(problem?.variable, variable);
        assert.equal(problem?.value, value);
        assert.throws(() => loadConfig({ [variable]: value }), (error: Error) => {
          assert(
            error.message.includes(`${variable} is "${value}": it must be ${problem?.allowed}`),
          );
          return true;
        });
      });
    }
  }

  it("takes the URL of a Redis server for a store", () => {
    const url = "rediss://user:secret@store.example:6380/1";
    assert.equal(loadConfig({ TERN_STORE: url }).store, url);
  });

  it("refuses other stores, and shows nothing of what may hold a password", () => {
    for (const value of ["sqlite3", "http://127.0.0.1", "redis://", "deno_kv", "Memory"]) {
      const [problem, ...others] = problemsOf({ TERN_STORE: value });
      assert.deepEqual(others, []);
      assert.equal(problem?.variable, "TERN_STORE");
      assert.equal(problem?.value, null);
    }
  });

  it("never shows a key, right or wrong", () => {
    for (
      const keys of [
        "hush",
        `${DIGEST},hush`,
        "two words",
        "sha256:hush",
        `${DIGEST},`,
        ",",
        " ",
        "a=hush",
        `public=${DIGEST}`,
        `a=${DIGEST},b=${DIGEST}`,
        `a=${DIGEST},${DIGEST}`,
      ]
    ) {
      const [problem] = problemsOf({ TERN_API_KEYS: keys });
      assert.equal(problem?.value, null);
      assert.throws(() => loadConfig({ TERN_API_KEYS: keys }), (error: Error) => {
        assert(
          error.message.includes("TERN_API_KEYS has a value that is not shown here: it must be"),
        );
        assert(!/hush|two words/.test(error.message));
        return true;
      });
    }
  });

  it("tells of all problems together", () => {
    const env = { PORT: "x", TERN_LOG: "loud", TERN_THREADS: "0", HOST: "0.0.0.0" };
    const problems = problemsOf(env).map(({ variable }) => variable);
    assert.deepEqual(problems, ["PORT", "TERN_THREADS", "TERN_LOG"]);
  });
});

describe("the table of settings", () => {
  it("is what docs/settings.md says", async () => {
    const page = await Deno.readTextFile(new URL("../../docs/settings.md", import.meta.url));
    assert.equal(page, settingsPage());
  });

  it("names each variable once, and has a row for each", () => {
    const names = Object.values(SETTINGS).map(({ env }) => env);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert(settingsPage().includes(`| \`${name}\` `), name);
  });
});
