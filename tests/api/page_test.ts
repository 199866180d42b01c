import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { PAGE } from "../../src/ui/page.ts";
import { harness } from "./harness.ts";

/** As much of an element as the page uses. What it has not, as `innerHTML`, cannot be set. */
class FakeElement {
  textContent = "";
  value = "";
  className = "";
  readonly children: FakeElement[] = [];
  readonly classList = { add: (name: string) => void (this.className += ` ${name}`) };
  onsubmit: ((event: { preventDefault(): void }) => unknown) | undefined = undefined;
  onclick: (() => unknown) | undefined = undefined;
  onkeydown: ((event: unknown) => unknown) | undefined = undefined;

  constructor() {
    Object.preventExtensions(this);
  }

  append(child: FakeElement): void {
    this.children.push(child);
  }

  scrollIntoView(): void {}
  focus(): void {}
}

/** What `localStorage` is. */
class FakeStorage extends Map<string, string> {
  getItem = (key: string) => this.get(key) ?? null;
  setItem = (key: string, value: string) => void this.set(key, value);
  removeItem = (key: string) => void this.delete(key);
}

/** Runs the script of the page over an app. */
function open(request: (path: string, init?: RequestInit) => Promise<Response>) {
  const elements = new Map<string, FakeElement>();
  const document = {
    getElementById(id: string): FakeElement {
      const element = elements.get(id) ?? new FakeElement();
      elements.set(id, element);
      return element;
    },
    createElement: () => new FakeElement(),
  };
  const storage = new FakeStorage();
  const [, script = ""] = /<script type="module">([^]*?)<\/script>/.exec(PAGE) ?? [];
  const run = new Function("document", "localStorage", "fetch", "prompt", script);
  run(document, storage, request, () => null);
  return { element: document.getElementById, storage };
}

/** Waits until the answer is there, or has failed. */
async function answered(element: (id: string) => FakeElement): Promise<FakeElement> {
  for (let round = 0; round < 1000; round++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    const [, answer] = element("log").children;
    if (answer && element("send").textContent === "Send") return answer;
  }
  assert.fail("there is no answer");
}

/** Texts that a model may write. */
const PIECES = [
  "\n\ndata: [DONE]\n\n",
  'event: error\ndata: {"type":"response.failed"}\n\n',
  "\r\n\r",
  "<img src=x onerror=alert(1)></article><script>alert(2)</script>",
  "\u2028\0&lt;",
  "\ud83d",
  "\udc26",
];

describe("the page", () => {
  const ask = async (script: object) => {
    const { app } = harness({ script });
    const page = open((path, init) => Promise.resolve(app.request(path, init)));
    page.element("text").value = "Hi";
    page.element("form").onsubmit?.({ preventDefault() {} });
    return { ...page, answer: await answered(page.element) };
  };

  it("shows as text what the model writes, whatever it is", async () => {
    const { answer, storage } = await ask({ pieces: PIECES });
    assert.equal(answer.textContent, PIECES.join(""));
    assert.equal(answer.className, "assistant");
    const { turns } = JSON.parse(storage.getItem("tern") ?? "{}");
    assert.deepEqual(turns, [
      { role: "user", text: "Hi" },
      { role: "assistant", text: PIECES.join("") },
    ]);
  });

  it("says that an answer failed after it began", async () => {
    const { answer } = await ask({ pieces: ["Once"], streamError: new Error("secret") });
    assert.equal(answer.className, "assistant error");
    assert.equal(answer.textContent, "OnceThe server failed to answer.");
  });
});
