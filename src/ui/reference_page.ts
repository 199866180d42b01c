/** The page that shows `/openapi.json`. It loads nothing else, and what it shows is only ever set as text. */
export const REFERENCE_PAGE = /* html */ `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tern: the API</title>
<style>
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
  * { box-sizing: border-box; }
  body { margin: 0 auto; max-width: 52rem; padding: 1rem; font: 1rem/1.55 system-ui, sans-serif; }
  h1 { font-size: 1.3rem; }
  h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
  code { font: .9em ui-monospace, monospace; }
  small { opacity: .65; }
  details { border: 1px solid var(--line); border-radius: .6rem; margin: .4rem 0; padding: .5rem .8rem; }
  summary { cursor: pointer; }
  summary b { display: inline-block; min-width: 4.5rem; }
  h3 { font-size: .9rem; margin: .8rem 0 .2rem; }
  ul { margin: 0; padding-left: 1.1rem; }
  li { overflow-wrap: anywhere; }
</style>
<h1 id="title">The API</h1>
<p id="about">Loading.</p>
<main id="main"></main>
<p><a href="/openapi.json">openapi.json</a></p>
<script type="module">
  const element = (name, ...children) => {
    const made = document.createElement(name);
    made.append(...children);
    return made;
  };
  const shown = (value) => JSON.stringify(value);

  let spec;
  const resolve = (schema) => {
    let found = schema;
    while (found?.$ref) {
      found = found.$ref.slice(2).split("/").reduce((at, key) => at?.[key], spec);
    }
    return found ?? {};
  };

  const bounds = (schema) =>
    [
      ["minimum", "from "], ["maximum", "to "], ["minLength", "at least ", " characters"],
      ["maxLength", "at most ", " characters"], ["minItems", "at least ", " items"],
      ["maxItems", "at most ", " items"],
    ].filter(([key]) => key in schema && Math.abs(schema[key]) < Number.MAX_SAFE_INTEGER)
      .map(([key, before, after = ""]) => before + schema[key] + after).join(", ");

  const typeOf = (given) => {
    const schema = resolve(given);
    if ("const" in schema) return shown(schema.const);
    if (schema.enum) return schema.enum.map(shown).join(" | ");
    const options = schema.anyOf ?? schema.oneOf;
    if (options) return options.map(typeOf).join(" | ");
    if (schema.type === "array") return "array of " + typeOf(schema.items ?? {});
    const type = [schema.type ?? "anything"].flat().join(" | ");
    const range = bounds(schema);
    return range ? type + " (" + range + ")" : type;
  };

  /** The fields of an object, also of one in a list or among alternatives. */
  const fields = (given, depth = 0) => {
    const schema = resolve(given);
    if (depth > 5) return [];
    if (schema.properties) {
      const list = element("ul");
      for (const [name, property] of Object.entries(schema.properties)) {
        const required = schema.required?.includes(name) ? ", required" : "";
        const item = element("li", element("code", name), " ", element("small", typeOf(property) + required));
        const about = resolve(property).description;
        if (about) item.append(element("br"), about);
        item.append(...fields(property, depth + 1));
        list.append(item);
      }
      return [list];
    }
    if (schema.items) return fields(schema.items, depth + 1);
    return (schema.anyOf ?? schema.oneOf ?? []).flatMap((option) => fields(option, depth + 1));
  };

  const body = (title, content) =>
    Object.entries(content ?? {}).flatMap(([type, { schema }]) => [
      element("h3", title + ", " + type),
      ...fields(schema),
    ]);

  const operation = (method, path, { summary, parameters = [], requestBody, responses }) => {
    const details = element(
      "details",
      element("summary", element("b", method.toUpperCase()), element("code", path), " ", element("small", summary ?? "")),
    );
    if (parameters.length > 0) {
      details.append(element("h3", "Parameters"), element("ul", ...parameters.map(({ name, in: where, schema }) =>
        element("li", element("code", name), " ", element("small", "in the " + where + ", " + typeOf(schema))))));
    }
    details.append(...body("Body", requestBody?.content));
    for (const [status, { description, content }] of Object.entries(responses)) {
      if (status === "200") details.append(...body("Reply", content));
      else details.append(element("small", status + ": " + description), element("br"));
    }
    return details;
  };

  try {
    const reply = await fetch("/openapi.json");
    if (!reply.ok) throw new Error("The description cannot be loaded: " + reply.status);
    spec = await reply.json();
    document.getElementById("title").textContent = spec.info.title + " " + spec.info.version;
    document.getElementById("about").textContent = spec.info.description;
    const groups = new Map();
    for (const [path, methods] of Object.entries(spec.paths)) {
      for (const [method, described] of Object.entries(methods)) {
        const tag = described.tags?.[0] ?? "Other";
        groups.set(tag, [...groups.get(tag) ?? [], operation(method, path, described)]);
      }
    }
    for (const [tag, operations] of groups) {
      document.getElementById("main").append(element("h2", tag), ...operations);
    }
  } catch (error) {
    document.getElementById("about").textContent = String(error.message);
  }
</script>
</html>
`;
