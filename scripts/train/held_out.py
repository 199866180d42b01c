"""
Checks that the battery is held out: nothing that the generators write has its wordings, values or tools.

    python3 held_out.py --data DATA --battery ../battery/items

generates text (--scale times what prepare.py would) and looks in it for each item of the battery. A wording is the message
with its values and the names of things left open (any words may stand there); a value is what has to be in the answer of a
memory item, the words of a story, and the names in word problems. Prints what it finds, and ends with 1 if there is something.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from random import Random
from typing import Dict, Iterable, List, Pattern, Set, Tuple

from corpus.tool_tables import BATTERY_TOOLS, HELD_OUT_TOOLS
from prepare import generated, third_party

BATTERY = Path(__file__).parent.parent / "battery" / "items"

#: Names and things of the word problems.
SUM_WORDS = "Odalys Brannoc Thessaly Wenzel dominoes magnets canoes postcards hazelnuts llamas bulbs sequins lightbulbs waffles hikers jars tokens corks tourists".split()


def words(text: str) -> str:
    """A text as words in lower case, a blank around each."""
    return " " + " ".join(re.findall(r"[a-z0-9']+", text.lower())) + " "


def read_items(folder: Path) -> List[Dict]:
    """All items, with the part that each is of."""
    return [dict(json.loads(line), part=path.stem) for path in sorted(folder.glob("*.jsonl")) for line in path.read_text().splitlines()]


def values_of(item: Dict) -> List[str]:
    """What no generator may write."""
    check = item["check"]
    if item["part"] == "memory":
        return [value for value in check["any"][:1]]
    if item["part"] == "stories":
        return check["words"]
    return []


def wordings_of(item: Dict) -> Iterable[str]:
    """Its messages; of a memory item those that tell and ask, under a system prompt that alone: what is asked there is ordinary."""
    turns = item["turns"]
    if item["part"] == "system":
        return [item["system"]]
    return turns[:1] + turns[-1:] if item["part"] == "memory" else turns


def opened(wording: str, item: Dict) -> Pattern:
    """The wording as a pattern in which its values are left open."""
    check, text = item["check"], words(wording)
    values: List[str] = [*check.get("any", []), *check.get("words", [])]
    values += [str(one) for options in check.get("arguments", {}).values() for one in options]
    if item["part"] == "sums":
        values += SUM_WORDS
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(words(value), " \0 ")
    pattern = re.sub(r"\b\d+\b", r"\\d+", re.escape(" ".join(text.split())))
    return re.compile(pattern.replace("\0", r".+"))


def messages_of(documents: Iterable[str]) -> Set[str]:
    """All that users and systems say in generated documents."""
    found: Set[str] = set()
    for document in documents:
        for turn in document.split("\n\n"):
            speaker, _, text = turn.partition(": ")
            if speaker in ("User", "System"):
                found.add(words(text).strip())
    return found


def find(items: List[Dict], sources: Dict[str, List[str]]) -> List[Tuple[str, str, str]]:
    """What of the battery is in the documents: id of the item, and what was found where."""
    messages = messages_of(document for documents in sources.values() for document in documents)
    # Only messages of about that length can match, and most have no word of it.
    by_word: Dict[str, List[str]] = {}
    for message in messages:
        for word in set(message.split()):
            by_word.setdefault(word, []).append(message)
    problems = []
    for item in items:
        for wording in wordings_of(item):
            pattern = opened(wording, item)
            fixed = [word for word in re.sub(r"\\(.)", r"\1", pattern.pattern).split() if re.fullmatch(r"[a-z0-9']+", word)]
            rarest = min(fixed, key=lambda word: len(by_word.get(word, ())))
            for message in by_word.get(rarest, ()):
                if pattern.fullmatch(message):
                    problems.append((item["id"], "wording", message))
                    break
    wanted = {words(value): item["id"] for item in items for value in values_of(item)}
    wanted |= {words(word): "sums" for word in SUM_WORDS[:4]}
    tools = "\n".join(sources.get("generated_tools", ()))
    problems += [("tools", f"tool {name}", "") for name in HELD_OUT_TOOLS | BATTERY_TOOLS if f'"name":"{name}"' in tools or f"\n- {name}(" in tools]
    for name, documents in sources.items():
        text = "\n".join(words(document) for document in documents)
        for value, identity in wanted.items():
            if value in text:
                at = text.index(value)
                problems.append((identity, f"value{value}in {name}", text[max(0, at - 40) : at + 40].replace("\n", " ")))
    return problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the sources; without it the generators have their own words only")
    parser.add_argument("--battery", type=Path, default=BATTERY)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--generated-seed", type=int, default=7)
    arguments = parser.parse_args()
    sources = third_party(arguments.data, Random(7)) if arguments.data else {}
    made = generated(Random(arguments.generated_seed), sources, arguments.scale, arguments.data)
    # Talk that people wrote stands between the turns of these; what is looked for are the generators' own words.
    problems = find(read_items(arguments.battery), {name: source.documents for name, source in made.items()})
    for identity, what, where in problems:
        print(f"{identity}: {what}: {where}")
    print(f"{len(problems)} found in {sum(len(source.documents) for source in made.values())} documents")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
