import { isObject, type JsonObject } from "./json_object.ts";
import type { RequestNotes } from "./request_notes.ts";

/** The shape that an API gives to functions: nested under `function`, or flat. */
export type ToolShape = "nested" | "flat";

/** Names of functions that this API takes. */
const NAME = /^[\w-]{1,64}$/;

/**
 * The tools of a request, in the shape of one API, whichever they came in. Those that are not functions are left out, and so
 * are functions whose name cannot be called or is there twice: the model can do without, and the client is told.
 */
export function openTools(tools: unknown, shape: ToolShape, notes: RequestNotes): unknown {
  if (!Array.isArray(tools)) return tools;
  const kept: unknown[] = [];
  const places: number[] = [];
  const names = new Set<string>();
  for (const [place, tool] of tools.entries()) {
    const opened = openTool(tool);
    const name = isObject(opened) ? opened["name"] : undefined;
    if (opened === undefined) {
      notes.ignored.add(`tools.${isObject(tool) ? tool["type"] : "tool"}`);
    } else if (typeof name === "string" && (!NAME.test(name) || names.has(name))) {
      notes.ignored.add(`tools.${name}`);
    } else {
      if (typeof name === "string") names.add(name);
      kept.push(
        isObject(opened) && opened !== tool
          ? shape === "flat"
            ? { type: "function", ...opened }
            : { type: "function", function: opened }
          : opened,
      );
      places.push(place);
    }
  }
  notes.moved("tools", places);
  return kept;
}

/** A function without the type around it; undefined for other tools; what is neither as it is. */
function openTool(tool: unknown): unknown {
  if (!isObject(tool)) return tool;
  const { type, function: nested, ...flat } = tool;
  // Anthropic's tools have a schema under another name, and often no type.
  const { input_schema: schema, ...others } = flat;
  if (schema !== undefined && (type === undefined || type === "custom")) {
    return withParameters({ ...others, parameters: schema });
  }
  if (type !== undefined && type !== null && type !== "function") return undefined;
  return isObject(nested) ? withParameters(nested) : "name" in flat ? withParameters(flat) : tool;
}

/** Languages with one type for lists and objects write an empty object as a list. */
function withParameters(fn: JsonObject): JsonObject {
  const { parameters } = fn;
  return Array.isArray(parameters) && parameters.length === 0 ? { ...fn, parameters: {} } : fn;
}

/** What may be called, as every API here understands it; what cannot be understood stays as it is. */
export function openChoice(choice: unknown, shape: ToolShape): unknown {
  if (choice === "any") return "required";
  if (!isObject(choice)) return choice;
  const { type, name, function: nested, allowed_tools: allowed } = choice;
  switch (type) {
    case "auto":
    case "none":
    case "required":
      return type;
    case "any":
      return "required";
    case "allowed_tools":
      return openAllowed(isObject(allowed) ? allowed : choice, shape);
    case "tool":
    case "function":
    case undefined: {
      const called = isObject(nested) ? nested["name"] : name;
      return called === undefined ? choice : naming(called, shape);
    }
  }
  return choice;
}

function naming(name: unknown, shape: ToolShape): JsonObject {
  return shape === "flat" ? { type: "function", name } : { type: "function", function: { name } };
}

/** Of the tools that are allowed, those that are functions. */
function openAllowed({ mode, tools }: JsonObject, shape: ToolShape): unknown {
  if (!Array.isArray(tools)) return { type: "allowed_tools", mode, tools };
  const functions = tools.flatMap((tool) => {
    const opened = openTool(tool);
    return isObject(opened) ? [opened["name"]] : [];
  });
  if (functions.length === 0 && mode === "auto") return "none";
  return {
    type: "allowed_tools",
    mode,
    tools: functions.map((name) => naming(name, shape)),
  };
}
