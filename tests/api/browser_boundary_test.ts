import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { isAllowedHost, isHostName, parseAuthority } from "../../src/api/access/hosts.ts";
import { chatBody, harness, type HarnessOptions } from "./harness.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** What a server without keys replies to a request with these headers. */
async function reply(
  options: HarnessOptions,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
) {
  const { app } = harness({ hosts: ["127.0.0.1"], ...options });
  const response = await app.request(`http://any.example${path}`, {
    method,
    headers: { host: "127.0.0.1:8000", ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const code = response.ok ? null : JSON.parse(text).error.code as string;
  return { status: response.status, code };
}

/** Sends bytes to a server as they are. */
async function raw(options: HarnessOptions, head: string): Promise<string> {
  const { app } = harness(options);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  await connection.write(new TextEncoder().encode(head));
  return await new Response(connection.readable).text();
}

describe("a server without keys", () => {
  it("answers to localhost, to any address and to the names it is given", async () => {
    const options = { hosts: ["127.0.0.1", "tern.lan"] };
    for (
      const host of [
        "localhost",
        "localhost:8000",
        "LOCALHOST:8000",
        "localhost.:8000",
        "127.0.0.1:8000",
        "127.8.9.10",
        "[::1]:8000",
        "192.168.1.7:8000",
        "[fe80::1]",
        "tern.lan:8000",
        "Tern.LAN",
      ]
    ) {
      for (const path of ["/v1/models", "/", "/health", "/openapi.json"]) {
        assert.equal((await reply(options, "GET", path, { host })).status, 200, `${host} ${path}`);
      }
    }
  });

  it("refuses any other name on every path, with and without an upgrade", async () => {
    for (
      const host of [
        "rebound.example",
        "rebound.example:8000",
        "localhost.rebound.example",
        "127.0.0.1.rebound.example:8000",
        "xlocalhost",
        "tern.lan.",
      ]
    ) {
      for (const path of ["/v1/models", "/v1/conversations", "/", "/health", "/nothing"]) {
        const { status, code } = await reply({}, "GET", path, { host });
        assert.deepEqual({ status, code }, { status: 403, code: "host_not_allowed" }, host + path);
      }
      const { status } = await reply({}, "GET", "/v1/responses", { host, upgrade: "websocket" });
      assert.equal(status, 403);
      const { code } = await reply({}, "DELETE", "/v1/responses/resp_1", { host });
      assert.equal(code, "host_not_allowed");
    }
  });

  it("refuses what is not a host at all, and a request without one", async () => {
    for (const host of ["", "a b", "[", "a:b", "user@localhost", "localhost/x", "::1"]) {
      const { status, code } = await reply({}, "GET", "/health", { host });
      assert.deepEqual({ status, code }, { status: 400, code: "invalid_host" }, host);
    }
    const hosts = ["127.0.0.1"];
    const without = "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert.match(await raw({ hosts }, without), /^HTTP\/1.1 400 .*invalid_host/s);
    assert.match(await raw({ hosts, keys: ["alpha"] }, without), /^HTTP\/1.1 200/);
    const named = "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert.match(await raw({ hosts }, named), /^HTTP\/1.1 200/);
  });

  it("answers to any name with '*', with keys, and where the platform routes by name", async () => {
    const host = "any.example";
    assert.equal((await reply({ hosts: ["*"] }, "GET", "/health", { host })).status, 200);
    assert.equal((await reply({ keys: ["alpha"] }, "GET", "/health", { host })).status, 200);
    const { app } = harness();
    assert.equal((await app.request("/health", { headers: { host } })).status, 200);
  });

  it("takes nothing that changes something from pages of other origins", async () => {
    const requests = [
      ["POST", "/v1/conversations/conv_1/ingest", { "content-type": "text/plain" }, "Text"],
      ["POST", "/v1/chat/completions", { "content-type": "text/plain" }, "{}"],
      ["POST", "/v1/chat/completions", JSON_TYPE, JSON.stringify(chatBody())],
      ["POST", "/v1/responses", { "content-type": "application/x-www-form-urlencoded" }, "a=b"],
      ["POST", "/v1/conversations", { "content-type": "multipart/form-data; boundary=x" }, "--x--"],
      ["POST", "/v1/responses/resp_1/cancel", {}, undefined],
      ["DELETE", "/v1/conversations/conv_1", {}, undefined],
      ["DELETE", "/v1/responses/resp_1", {}, undefined],
      ["GET", "/v1/responses", { upgrade: "websocket", connection: "upgrade" }, undefined],
    ] as const;
    for (
      const origin of [
        "https://evil.example",
        "http://127.0.0.1:3000",
        "http://localhost:8000",
        "null",
        "chrome-extension://abc",
        "http://",
      ]
    ) {
      for (const [method, path, headers, body] of requests) {
        for (const hosts of [{ hosts: ["*"] }, {}]) {
          const found = await reply(hosts, method, path, { ...headers, origin }, body);
          assert.deepEqual(found, { status: 403, code: "origin_not_allowed" }, `${origin} ${path}`);
        }
      }
    }
  });

  it("takes requests of its own pages, of allowed origins and of programs", async () => {
    const body = JSON.stringify(chatBody());
    const path = "/v1/chat/completions";
    const options = { corsOrigins: ["https://app.example"], hosts: ["tern.lan"] };
    for (
      const headers of [
        { host: "localhost:8000", origin: "http://localhost:8000" },
        { host: "127.0.0.1:8000", origin: "http://127.0.0.1:8000" },
        { host: "[::1]:8000", origin: "http://[::1]:8000" },
        { host: "tern.lan", origin: "https://tern.lan" },
        { host: "tern.lan:443", origin: "https://tern.lan" },
        { host: "tern.lan", origin: "https://app.example" },
        { host: "tern.lan" },
      ]
    ) {
      const { status } = await reply(options, "POST", path, { ...JSON_TYPE, ...headers }, body);
      assert.equal(status, 200, JSON.stringify(headers));
    }
  });

  it("lets pages of any origin ask, which read nothing without CORS", async () => {
    const { app } = harness({ hosts: ["127.0.0.1"] });
    const headers = { host: "127.0.0.1", origin: "https://evil.example" };
    const response = await app.request("/v1/models", { headers });
    assert.equal(response.status, 200);
    assert.equal(response.headers.get("access-control-allow-origin"), null);
  });
});

describe("a server with keys", () => {
  it("needs no such check: a page of another origin has no key", async () => {
    const headers = { ...JSON_TYPE, origin: "https://evil.example", host: "rebound.example" };
    const body = JSON.stringify(chatBody());
    const { code } = await reply({ keys: ["a"] }, "POST", "/v1/chat/completions", headers, body);
    assert.equal(code, "invalid_api_key");
  });
});

describe("the name of a host", () => {
  it("is one without scheme, port and path", () => {
    for (const text of ["tern", "tern.lan", "my-box_1.example", "10.0.0.1", "::1", "[::1]", "*"]) {
      assert(isHostName(text), text);
    }
    for (const text of ["", "http://tern", "tern:80", "tern/", "*.example", "a b", ".", "-a"]) {
      assert(!isHostName(text), text);
    }
  });

  it("is found in an authority, and compared without its case", () => {
    assert.equal(parseAuthority("TERN.lan.:80"), "tern.lan");
    assert.equal(parseAuthority("tern.lan:80x"), undefined);
    assert(isAllowedHost(["TERN.lan."], "tern.lan"));
    assert(!isAllowedHost(["tern"], "tern.lan"));
  });
});
