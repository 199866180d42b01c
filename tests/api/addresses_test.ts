import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { ApiPaths } from "../../src/api/http/api_paths.ts";
import { ROUTES } from "../../src/routes.ts";
import { errorOf } from "../error_of.ts";
import { chatBody, harness, responseBody } from "./harness.ts";

const PATHS = ROUTES.map(({ path }) => path);

/** A path, and how else clients write it. */
const SPELLINGS = [
  ["/v1/models", ["/models", "//v1/models", "/v1//models", "/v1/models/", "/v1/v1/models/"]],
  ["/v1/models/tern-test", ["/models/tern-test", "//models/tern-test", "/v1/v1/models/tern-test"]],
  [
    "/v1/chat/completions",
    [
      "/chat/completions",
      "/v1/chat/completions/",
      "/v1/v1/chat/completions",
      "//chat//completions",
    ],
  ],
  ["/v1/responses", ["/responses", "/responses//", "///v1/responses"]],
  ["/v1/tokenize", ["/tokenize", "/tokenize/"]],
  ["/v1/conversations/conv_1/items", [
    "/conversations/conv_1/items/",
    "/v1/v1/conversations/conv_1/items",
  ]],
] as const;

describe("ApiPaths", () => {
  const paths = new ApiPaths(PATHS);

  it("leaves every route as it is, however its parameters are filled in", () => {
    for (const route of PATHS) {
      for (const id of ["x", "v1", "items", "a%2Fb", ".."]) {
        const path = route.replace(/:\w+(\{[^}]*\})?/g, id);
        assert.equal(paths.meant(path), path);
      }
    }
  });

  for (const [meant, spellings] of SPELLINGS) {
    it(`finds ${meant} however it is written`, () => {
      for (const spelling of spellings) assert.equal(paths.meant(spelling), meant, spelling);
    });
  }

  it("leaves alone what is none of the API's", () => {
    for (const path of ["/", "//", "/metrics/", "//metrics", "/health/", "/docs//", "/api/tags"]) {
      assert.equal(paths.meant(path), path);
    }
  });

  it("keeps an empty id from becoming something larger", () => {
    for (
      const path of [
        "/v1/conversations/conv_1/",
        "/v1/conversations/conv_1//",
        "/v1/conversations//items",
        "/v1/responses/resp_1/",
      ]
    ) {
      assert.equal(paths.meant(path), path);
    }
  });
});

describe("an address that is written a little differently", () => {
  it("is answered as the one that was meant", async () => {
    const { app, post } = harness();
    for (const spelling of ["/models", "//v1/models", "/v1/models/", "/v1/v1/models?limit=1"]) {
      const reply = await app.request(spelling);
      assert.equal(reply.status, 200, spelling);
      assert.equal((await reply.json()).data[0].id, "tern-test");
    }
    for (const spelling of ["/chat/completions", "/v1/chat/completions/"]) {
      assert.equal((await post(spelling, chatBody())).status, 200, spelling);
    }
    assert.equal((await post("/responses", responseBody())).status, 200);
  });

  it("asks for a key just the same", async () => {
    const { app } = harness({ keys: ["alpha"] });
    for (const [meant, spellings] of SPELLINGS) {
      for (const path of [meant, ...spellings]) {
        for (const method of ["GET", "POST", "DELETE"]) {
          const error = await errorOf(await app.request(path, { method }), 401);
          assert.equal(error.code, "invalid_api_key", `${method} ${path}`);
        }
      }
    }
  });

  it("never redirects, so that it cannot lead elsewhere", async () => {
    const { app } = harness();
    for (
      const path of ["//evil.example/v1/models", "/v1//evil.example", "/v1/models//evil.example"]
    ) {
      const reply = await app.request(`http://localhost${path}`);
      assert.equal(reply.headers.get("location"), null, path);
      assert.equal(reply.status, 404, path);
    }
  });

  it("is counted under the route's own name", async () => {
    const { app, lines } = harness();
    await app.request("//models/");
    await new Promise((resolve) => setTimeout(resolve, 0));
    assert.equal(JSON.parse(lines[0]!).route, "/v1/models");
  });

  it("tells what may be done there, to OPTIONS", async () => {
    const { app } = harness();
    const reply = await app.request("/chat/completions", { method: "OPTIONS" });
    assert.equal(reply.status, 204);
    assert.equal(reply.headers.get("allow"), "POST, GET, HEAD, OPTIONS");
  });

  it("is not found where another server's would be, and the reply says what was asked for", async () => {
    const { app } = harness();
    for (const path of ["/api/tags", "/api/version", "/props", "/V1/models", "/v1/"]) {
      const error = await errorOf(await app.request(path), 404);
      assert.equal(error.code, "unknown_url");
      assert(error.message.endsWith(`GET ${path}`), error.message);
    }
  });
});
