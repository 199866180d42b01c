/**
 * The web page: one conversation with the model. It keeps the id of the last answer, so that a reload, or another
 * process of the server, goes on where it stopped. Text of the model is only ever set as text.
 */
export const PAGE = /* html */ `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tern</title>
<style>
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
  * { box-sizing: border-box; }
  body {
    margin: 0 auto; max-width: 46rem; height: 100dvh; display: grid;
    grid-template-rows: auto 1fr auto; font: 1rem/1.55 system-ui, sans-serif;
  }
  header { display: flex; align-items: baseline; gap: .75rem; padding: 1rem; }
  h1 { font-size: 1.1rem; margin: 0; }
  header span { flex: 1; opacity: .65; font-size: .85rem; }
  main { overflow-y: auto; padding: 0 1rem; }
  article { margin: 0 0 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
  article.user { margin-left: 15%; padding: .6rem .9rem; border-radius: .9rem; background: var(--line); }
  article.error { color: #c0392b; }
  small { display: block; opacity: .6; font-size: .75rem; }
  form { display: flex; gap: .5rem; padding: 1rem; }
  textarea {
    flex: 1; resize: none; font: inherit; color: inherit; background: none;
    padding: .6rem .8rem; border: 1px solid var(--line); border-radius: .8rem;
  }
  button {
    font: inherit; color: inherit; background: none; cursor: pointer;
    padding: .5rem .9rem; border: 1px solid var(--line); border-radius: .8rem;
  }
</style>
<header>
  <h1>Tern</h1><span id="model"></span>
  <button id="new" type="button">New chat</button>
</header>
<main id="log" aria-live="polite"></main>
<form id="form">
  <textarea id="text" rows="1" placeholder="Say something" aria-label="Message" autofocus></textarea>
  <button id="send">Send</button>
</form>
<script type="module">
  const $ = (id) => document.getElementById(id);
  const saved = () => JSON.parse(localStorage.getItem("tern") ?? '{"turns":[]}');
  let chat = saved();
  let running;

  const headers = () => {
    const key = localStorage.getItem("tern-key");
    return { "content-type": "application/json", ...(key ? { authorization: "Bearer " + key } : {}) };
  };
  const show = (role, text) => {
    const article = document.createElement("article");
    article.className = role;
    article.textContent = text;
    $("log").append(article);
    article.scrollIntoView({ block: "end" });
    return article;
  };
  const note = (article, text) => {
    const small = document.createElement("small");
    small.textContent = text;
    article.append(small);
  };
  const ask = async (path, init) => {
    const reply = await fetch(path, { ...init, headers: headers() });
    if (reply.status === 401) {
      const key = prompt("API key");
      if (key) {
        localStorage.setItem("tern-key", key);
        return ask(path, init);
      }
    }
    if (!reply.ok) throw new Error((await reply.json()).error.message);
    return reply;
  };
  const model = ask("/v1/models").then((reply) => reply.json()).then(({ data }) => data[0].id);

  async function* events(body) {
    let buffer = "";
    for await (const text of body.pipeThrough(new TextDecoderStream())) {
      buffer += text;
      const blocks = buffer.split("\\n\\n");
      buffer = blocks.pop();
      for (const block of blocks) {
        const data = block.split("\\n").find((line) => line.startsWith("data: "))?.slice(6);
        if (data && data !== "[DONE]") yield JSON.parse(data);
      }
    }
  }

  async function send(text) {
    show("user", text);
    const article = show("assistant", "");
    running = new AbortController();
    $("send").textContent = "Stop";
    try {
      const body = { model: await model, input: text, stream: true };
      if (chat.last) body.previous_response_id = chat.last;
      const reply = await ask("/v1/responses", {
        method: "POST",
        body: JSON.stringify(body),
        signal: running.signal,
      });
      for await (const event of events(reply.body)) {
        if (event.type === "response.output_text.delta") {
          article.textContent += event.delta;
          article.scrollIntoView({ block: "end" });
        } else if (event.type === "response.failed") {
          throw new Error(event.response.error?.message ?? "The answer failed.");
        } else if (event.type === "response.completed" || event.type === "response.incomplete") {
          const { id, usage } = event.response;
          chat.last = id;
          chat.turns.push({ role: "user", text }, { role: "assistant", text: article.textContent });
          localStorage.setItem("tern", JSON.stringify(chat));
          const { input_tokens: all, input_tokens_details: { cached_tokens: cached } } = usage;
          note(article, "read " + (all - cached) + " new tokens, remembered " + cached);
        }
      }
    } catch (error) {
      article.classList.add("error");
      article.textContent += running.signal.aborted ? " (stopped)" : String(error.message);
    } finally {
      running = undefined;
      $("send").textContent = "Send";
    }
  }

  for (const { role, text } of chat.turns) show(role, text);
  model.then((id) => $("model").textContent = id, (error) => show("error", error.message));
  $("new").onclick = () => {
    running?.abort();
    chat = { turns: [] };
    localStorage.removeItem("tern");
    $("log").replaceChildren();
    $("text").focus();
  };
  $("text").onkeydown = (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      $("form").requestSubmit();
    }
  };
  $("form").onsubmit = (event) => {
    event.preventDefault();
    if (running) return running.abort();
    const text = $("text").value.trim();
    if (!text) return;
    $("text").value = "";
    send(text);
  };
</script>
</html>
`;
