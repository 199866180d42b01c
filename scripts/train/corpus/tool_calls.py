"""
Calls of functions in the form of the G1 models: tools as compact JSON in the system turn, the call as an object in a fence,
the result as a user's turn that begins with "Function output:".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from corpus.small_talk_templates import pick
from corpus.tool_tables import ACTIONS, ATTRIBUTES, BATTERY_TOOLS, HELD_OUT_TOOLS, OBJECTS, SUBJECTS, SYNONYMS, TOOLS
from corpus.values import Values
from corpus.wordings import DIRECT, capital, document, listed, options, say, typed

Exchange = tuple[str, str]

_ENUMS = {
    "temperature_unit": ["celsius", "fahrenheit"], "length_unit": ["meters", "feet", "miles", "kilometers"], "travel": ["walk", "car", "bus"],
    "news_topic": ["sports", "science", "world", "weather"],
}
_TASKS = options("""
call {p} / buy {f} / feed the {a} / water the {o} / write to {p} / clean the {r} / pay the rent / wash the car / pack my bag / take the pills / bake a cake / walk the dog / fix the {t} / visit {p} / go to the dentist / do my homework / bring back the {t}
close the window / take out the trash / read the report / book the hotel / learn French / iron the shirts / pick up {p} / return the {t} / cook {f} / send the letter / cut the grass / call the doctor / make the bed / charge the phone
""")
_EVENTS = options("lunch with {p} / a meeting with {p} / dinner with {p} / the dentist / a haircut / the party of {p} / piano lesson / football training / a trip to {c} / a visit from {p} / the concert / a walk with {p} / the exam / swimming / the wedding of {p}")
_MESSAGES = options("I am late. / See you tomorrow! / Happy birthday! / I will be there at {n}. / Please call me. / The {t} is ready. / Thank you for the {t}. / Dinner is at {n}. / I am in {c}. / Where are you? / Bring the {t}, please. / I miss you. / All is well. / The train is late. / Good luck! / We meet in {c}. / I found your {t}.")
_TOPICS = options("the {a} / {c} / how to cook {f} / {p} / old {t}s / the history of {c} / a new {t} / holidays in {c} / {f} / the best {t} / how to repair a {t} / {a}s in winter / cheap hotels in {c}")
_FACT_KEYS = options("my locker number / the door code / my aunt's address / the name of the dog / my shoe size / the password of the guest room / my seat number / the color of the car / the name of the hotel / my train number / the birthday of {p} / the code of the gate")
_DEVICES = options("lamp / radio / television / heater / fan / oven / coffee machine / computer / printer / light / stove / kettle / washing machine / dishwasher / air conditioner / music / iron / toaster / projector / vacuum cleaner / night light")
_ROOMS = options("kitchen / bedroom / bathroom / living room / office / garage / hall / cellar / attic / guest room / dining room / nursery / library / studio / workshop")


def draw_value(random: Random, kind: str) -> tuple[str, object]:
    """A value as the user says it, and as it stands in the call."""
    values = Values(random)
    if kind in _ENUMS:
        value = pick(random, _ENUMS[kind])
        return value, value
    if kind in ("number", "small", "degrees", "percent"):
        number = random.randint(*{"number": (2, 400), "small": (1, 12), "degrees": (15, 26), "percent": (5, 100)}[kind])
        return str(number), number
    if kind == "sum":
        sign = pick(random, "+-*/")
        text = f"{random.randint(2, 99)} {sign} {random.randint(2, 99)}"
        return text, text
    if kind == "time":
        text = f"{random.randint(6, 23):02}:{pick(random, ('00', '15', '30', '45', '05', '20', '50'))}"
        return text, text
    if kind == "date":
        text = f"20{random.randint(24, 31)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
        return text, text
    if kind == "code":
        text = "".join(pick(random, "ABCDEFGHJKLMNPRSTUVWXYZ23456789") for _ in range(random.randint(4, 7)))
        return text, text
    if kind == "currency":
        text = pick(random, ("EUR", "USD", "GBP", "JPY", "CHF", "SEK", "NOK", "CAD", "AUD", "PLN"))
        return text, text
    if kind == "things":
        items = [pick(random, (values.food, values.fruit, values.thing))() for _ in range(random.randint(1, 3))]
        return listed(items), items
    if kind == "yes":
        return "", True
    draws: dict[str, Callable[[], str]] = {
        "town": values.town, "person": values.person_name, "food": values.food, "word": values.word, "animal": values.animal, "title": values.title, "country": lambda: pick(random, _COUNTRIES),
        "device": lambda: pick(random, _DEVICES), "room": lambda: pick(random, _ROOMS), "task": lambda: _filled(random, _TASKS), "event": lambda: _filled(random, _EVENTS),
        "message": lambda: _filled(random, _MESSAGES), "topic": lambda: _filled(random, _TOPICS), "fact_key": lambda: _filled(random, _FACT_KEYS),
    }
    text = draws[kind]()
    return text, text


_COUNTRIES = options("France / Italy / Spain / Japan / Canada / Egypt / Brazil / India / Germany / Norway / Greece / China / Kenya / Peru / Poland / Ghana / Chile / Nepal / Cuba / Iceland / Malta / Laos / Fiji / Togo")


def _filled(random: Random, templates: tuple[str, ...]) -> str:
    values = Values(random)
    return say(random, pick(random, templates), p=values.person_name(), f=values.food(), a=values.animal(), o=values.flower(), r=pick(random, _ROOMS), t=pick(random, _DEVICES), c=values.town(), n=draw_value(random, "time")[0])


@dataclass(frozen=True)
class Parameter:
    """A parameter of a tool: its name and kind, and whether it may be missing."""

    name: str
    kind: str
    optional: bool


@dataclass(frozen=True)
class Tool:
    """A tool with the requests that need it."""

    name: str
    description: str
    parameters: tuple[Parameter, ...]
    requests: tuple[str, ...]


def _read_tools(text: str) -> list[Tool]:
    tools = []
    for line in text.strip().splitlines():
        name, description, parameters, requests = (part.strip() for part in line.split(" |", 3))
        found = [Parameter(part.partition(":")[0].rstrip("?"), part.partition(":")[2], "?" in part) for part in parameters.split()]
        tools.append(Tool(name, description, tuple(found), options(requests.lstrip("| "))))
    return tools


_TOOLS = _read_tools(TOOLS)
_KEPT = HELD_OUT_TOOLS | BATTERY_TOOLS
_ACTION_REQUESTS = options("[Please|] {v} the {o}{e}. / Can you {v} the {o}{e}[, please|]? / I want you to {v} the {o}{e}. / Could you {v} the {o}{e}? / {v} the {o}{e} / It is time to {v} the {o}{e}. / Would you {v} the {o}{e}? / Somebody has to {v} the {o}{e}. / Please go and {v} the {o}{e}. / I need you to {v} the {o}{e}.")
_EXTRAS = (
    ("", ()), ("", ()), (" in {room}", (Parameter("room", "town", False),)), (" at {time}", (Parameter("time", "time", False),)), (" for {minutes} minutes", (Parameter("minutes", "number", False),)),
    (" for {person}", (Parameter("person", "person", False),)), (" to level {level}", (Parameter("level", "small", False),)), (" on {date}", (Parameter("date", "date", False),)),
)
_LOOKUPS = options("What is the {t} of the {s} {x}? / [Tell me|Find|Look up|Get|Show me] the {t} of the {s} {x}[.|, please.] / I need the {t} of the {s} {x}. / Do you know the {t} of the {s} {x}? / {t} of the {s} {x} / The {s} {x}: what is its {t}?")


def _made_up(random: Random) -> Tool:
    """An action on an object, or a question for something."""
    if random.random() < 0.55:
        verb, thing = pick(random, tuple(ACTIONS)), pick(random, OBJECTS)
        extra, parameters = pick(random, _EXTRAS)
        spoken = thing.replace("_", " ")
        requests = tuple(template.replace("{v}", verb).replace("{o}", spoken).replace("{e}", extra) for template in _ACTION_REQUESTS)
        return Tool(f"{verb}_{thing}", f"{capital(verb)} the {spoken}.", parameters, requests)
    attribute, subject = pick(random, tuple(ATTRIBUTES)), pick(random, SUBJECTS)
    spoken = ATTRIBUTES[attribute]
    name = pick(random, (f"get_{subject}_{attribute}", f"{subject}_{attribute}", f"find_{attribute}_of_{subject}"))
    parameter = Parameter(pick(random, (subject, "name", f"{subject}_name")), pick(random, ("title", "word", "person", "town")), False)
    requests = tuple(template.replace("{t}", spoken).replace("{s}", subject).replace("{x}", "{%s}" % parameter.name) for template in _LOOKUPS)
    return Tool(name, f"Get the {spoken} of a {subject}.", (parameter,), requests)


def _renamed(random: Random, tool: Tool) -> Tool:
    """The same tool under another name, or with other names for its parameters."""
    parts = tool.name.split("_")
    if parts[0] in SYNONYMS and random.random() < 0.6:
        parts[0] = pick(random, SYNONYMS[parts[0]])
    name = "_".join(parts)
    style = random.random()
    if style < 0.15:
        words = name.split("_")
        name = words[0] + "".join(capital(word) for word in words[1:])
    elif style < 0.22:
        name = name.replace("_", "-")
    new, requests = [], tool.requests
    for parameter in tool.parameters:
        other = pick(random, SYNONYMS[parameter.name]) if parameter.name in SYNONYMS and random.random() < 0.4 else parameter.name
        if other != parameter.name and other not in {p.name for p in (*new, *tool.parameters)}:
            requests = tuple(request.replace("{%s}" % parameter.name, "{%s}" % other) for request in requests)
            parameter = Parameter(other, parameter.kind, parameter.optional)
        new.append(parameter)
    return Tool(name, tool.description, tuple(new), requests)


def draw_tool(random: Random) -> Tool:
    """A tool, none that is kept for measuring."""
    while True:
        tool = pick(random, _TOOLS) if random.random() < 0.6 else _made_up(random)
        if random.random() < 0.4:
            tool = _renamed(random, tool)
        if re.sub(r"(?<=[a-z])([A-Z])", r"_\1", tool.name).lower().replace("-", "_") not in _KEPT:
            return tool


def _type(kind: str) -> dict[str, object]:
    if kind in _ENUMS:
        return {"type": "string", "enum": _ENUMS[kind]}
    if kind == "things":
        return {"type": "array", "items": {"type": "string"}}
    return {"type": {"number": "integer", "small": "integer", "degrees": "number", "percent": "integer", "yes": "boolean"}.get(kind, "string")}


def compact(value: object) -> str:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def tools_text(random: Random, tools: list[Tool]) -> str:
    """The tools as they stand in the system turn: mostly an array of JSON, at times as signatures."""
    if random.random() < 0.12:
        def signature(parameter: Parameter) -> str:
            kind = " | ".join(f'"{value}"' for value in _ENUMS[parameter.kind]) if parameter.kind in _ENUMS else _type(parameter.kind)["type"]
            return f"{parameter.name}{'?' if parameter.optional else ''}: {kind}"
        return "Tools:\n" + "\n".join(f"- {tool.name}({', '.join(signature(p) for p in tool.parameters)})" for tool in tools)
    described = random.random() < 0.5

    def arguments(tool: Tool) -> dict[str, object]:
        return {p.name: _type(p.kind) | ({"description": capital(p.name.replace("_", " "))} if described and random.random() < 0.7 else {}) for p in tool.parameters}

    lines = [compact(dict(name=tool.name, description=tool.description, arguments=arguments(tool))) for tool in tools]
    return "Tools:\n[\n" + ",\n".join(lines) + "\n]"


def _request(random: Random, tool: Tool) -> tuple[str, dict[str, object]]:
    """What the user says, and the arguments of the call."""
    template = pick(random, tool.requests)
    spoken, arguments = {}, {}
    for parameter in tool.parameters:
        said, value = draw_value(random, parameter.kind)
        spoken[parameter.name] = said
        if "{%s}" % parameter.name in template:
            arguments[parameter.name] = value
    text = capital(say(random, template, **spoken).replace("  ", " ").strip())
    if random.random() < 0.2:
        text = say(random, pick(random, DIRECT), q="@").replace("@?", "@").replace("@,", "@").replace("@", text[0].lower() + text[1:] if not text.startswith(("I ", "I'")) else text)
        text = capital(text)
    elif random.random() < 0.2:
        text = text.rstrip(".?")
        text = text if random.random() < 0.5 else text[0].lower() + text[1:]
    return text, arguments


def call_text(name: str, arguments: dict[str, object]) -> str:
    """A call in its fence."""
    return f"```json\n{compact(dict(name=name, arguments=arguments))}\n```"


_DONE = options("Done. / It is done. / All right, that is done. / Okay, done! / I did that for you.")
_SYSTEMS = options("You are Tern. / You are a helpful assistant. / Be short. / You help in the house. / Answer briefly. / You are a kind helper.")


def _result(random: Random, tool: Tool, arguments: dict[str, object]) -> tuple[object, str]:
    """What a tool may give back, and what is then said."""
    values = Values(random)
    if tool.name == "get_weather":
        sky, degrees = pick(random, ("sunny", "rainy", "cloudy", "windy", "foggy")), random.randint(-5, 33)
        return dict(weather=sky, temperature=degrees), f"It is {sky} and {degrees} degrees in {next(iter(arguments.values()), 'town')}."
    style = random.random()
    if style < 0.3:
        return pick(random, (dict(ok=True), dict(status="ok"), dict(done=True))), pick(random, _DONE)
    if style < 0.75:
        value = pick(random, (values.word, values.town, values.person_name, lambda: random.randint(2, 500), values.colour))()
        key = pick(random, ("result", "answer", "value", "output"))
        return {key: value}, pick(random, (f"The {key} is {value}.", f"It is {value}.", f"{capital(str(value))}."))
    if style < 0.88:
        items = [values.word() for _ in range(random.randint(2, 3))]
        return dict(results=items), f"I found {listed(items)}."
    return pick(random, (dict(error="not found"), dict(error="no answer"), dict(error="not possible"))), pick(random, ("I am sorry, that did not work.", "That did not work. I am sorry.", "I am sorry, I could not do that."))


def tool_document(random: Random, small_talk: Callable[[], Exchange]) -> str:
    """A conversation with three tools, more or fewer at times: calls, results, and talk that needs no tool."""
    tools: list[Tool] = []
    count = pick(random, (1, 2, 3, 3, 3, 3, 3, 3, 4, 5))
    while len(tools) < count:
        tool = draw_tool(random)
        if tool.name not in {other.name for other in tools} and tool.description not in {other.description for other in tools}:
            tools.append(tool)
    forced = random.random() < 0.5
    system = tools_text(random, tools)
    if random.random() < 0.25:
        system = f"{pick(random, _SYSTEMS)}\n{system}"
    if forced:
        system += "\nReturn only a JSON function call."
    turns: list[Exchange] = []
    for _ in range(pick(random, (1, 1, 2, 2, 3))):
        if not forced and random.random() < 0.3:
            turns.append(small_talk())
            continue
        tool = pick(random, tools)
        user, arguments = _request(random, tool)
        call = call_text(tool.name, arguments)
        if random.random() < 0.08:
            call = f"<think> {pick(random, ('I need', 'The right tool is', 'This is for', 'I will call'))} {tool.name}.</think> {call}"
            user += pick(random, (" (think)", " (think a bit)", ""))
        turns.append((user, call))
        # A turn that has to call does not go on to talk.
        if not forced and random.random() < 0.6:
            result, answer = _result(random, tool, arguments)
            turns.append((f"Function output:\n{compact(result)}", answer))
    # Only the last answer may show its thought.
    turns = [(user, re.sub(r"^<think>.*?</think> ", "", answer)) if i < len(turns) - 1 else (user, answer) for i, (user, answer) in enumerate(turns)]
    return document(turns, system)
