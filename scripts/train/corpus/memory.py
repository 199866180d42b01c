"""Dialogues in which facts are told and have to be recalled later.

`memory_dialogue` writes one training document and `recall_conversation` one
evaluation item.  Run `python3 -m corpus.memory --count 10 --seed 1` to read
some dialogues.
"""

from __future__ import annotations

import argparse
import random

from .facts import Fact, draw_fact
from .facts_table import conflicts, draw_kind
from .memory_phrases import CLOSINGS, GOODBYES, GOODBYES_NAMED, GREETINGS
from .memory_state import Dialogue, Exchange, Filler, clear_filler, pick


def _tell_group(dialogue: Dialogue, wanted: int) -> None:
    """Tell facts until about `wanted` more are known."""
    target = len(dialogue.told) + wanted
    while len(dialogue.told) < target:
        before = len(dialogue.told)
        style = dialogue.random.random()
        left = target - before
        if left >= 2 and style < 0.3:
            facts: list[Fact] = []
            for _ in range(min(left, 2 if dialogue.chance(0.65) else 3)):
                fact = dialogue.new_fact()
                if not any(conflicts(fact.kind, other.kind) for other in facts):
                    facts.append(fact)
            if len(facts) >= 2:
                dialogue.tell_several(facts)
                continue
        if left >= 2 and style < 0.42:
            dialogue.tell_person()
        elif left >= 2 and style < 0.5 and not dialogue.pair:
            dialogue.tell_pair()
        else:
            dialogue.tell(dialogue.new_fact())
        # Between facts there is at times some talk.
        if dialogue.chance(0.15):
            dialogue.fill()


def memory_dialogue(generator: random.Random, filler: Filler, max_turns: int) -> str:
    """Return a dialogue of at most about `max_turns` turns in which facts are told and asked."""
    dialogue = Dialogue(generator, filler)
    style = generator.random()
    if style < 0.5:
        turns, most = generator.randint(3, 12), 3
    elif style < 0.75:
        turns, most = generator.randint(10, 28), 4
    else:
        turns, most = generator.randint(26, 62), 6
    turns = min(turns, max_turns)
    if dialogue.chance(0.25):
        dialogue.add(*pick(generator, GREETINGS))
    if dialogue.chance(0.06):
        dialogue.ask_never_told()
    if dialogue.chance(0.03):
        dialogue.ask_what_is_known()

    is_long = turns > 25
    facts = generator.randint(1 if turns < 10 else 3 if is_long else 2, most)
    at_start = facts if dialogue.chance(0.75 if is_long else 0.6) else generator.randint(1, facts)
    if facts >= 2 and dialogue.chance(0.12):
        dialogue.introduce()
        at_start, facts = max(at_start - 2, 0), max(facts - 2, 0)
    _tell_group(dialogue, at_start)
    later = max(facts - at_start, 0)
    # Some facts are kept for the end, so that their first question comes late.
    silent = {fact.kind.key for fact in dialogue.told if turns > 8 and dialogue.chance(0.7 if is_long else 0.5)}
    talk = generator.uniform(0.45, 0.8) if turns > 12 else generator.uniform(0.2, 0.75)
    # The first half of many long dialogues is talk only.
    quiet_until = generator.randint(0, turns * 3 // 4) if dialogue.chance(0.5) else 0
    last_asks = min(len(dialogue.told), 4)
    while len(dialogue.exchanges) < turns - last_asks:
        position = len(dialogue.exchanges)
        if later and position > turns * generator.random() * 0.7:
            _tell_group(dialogue, 1)
            later -= 1
            continue
        if position < quiet_until or dialogue.chance(talk):
            dialogue.fill()
            continue
        _event(dialogue, silent)
    _final_questions(dialogue)
    return dialogue.text()


def _event(dialogue: Dialogue, silent: set[str]) -> None:
    """Add a question about a fact, or one of the rarer events."""
    style = dialogue.random.random()
    # No fact is asked over and over.
    askable = [fact for fact in dialogue.told if fact.kind.key not in silent and dialogue.asked.get(fact.kind.key, 0) < 4]
    if style < 0.07:
        dialogue.ask_never_told()
    elif style < 0.13 and dialogue.told:
        dialogue.correct(pick(dialogue.random, dialogue.told))
        if dialogue.chance(0.5):
            dialogue.fill()
    elif style < 0.16:
        if not silent:
            dialogue.ask_what_is_known()
    elif style < 0.20:
        dialogue.copy()
    elif style < 0.225:
        dialogue.about_tern()
    elif style < 0.27 and len(askable) >= 2 and not silent:
        dialogue.ask_two()
    elif style < 0.33 and dialogue.pair:
        dialogue.ask_pair()
    elif askable:
        dialogue.ask(pick(dialogue.random, askable))
        # Often the next question follows at once, about another fact.
        if len(askable) > 1 and dialogue.chance(0.35):
            dialogue.ask(pick(dialogue.random, askable))
    else:
        dialogue.fill()


def _final_questions(dialogue: Dialogue) -> None:
    """End with questions about most facts, and at times a goodbye."""
    if dialogue.pair and dialogue.chance(0.6):
        dialogue.ask_pair()
    order = list(dialogue.told)
    dialogue.random.shuffle(order)
    for fact in order:
        if fact.kind.key not in dialogue.asked or dialogue.chance(0.6):
            dialogue.ask(fact)
    if dialogue.chance(0.1):
        dialogue.ask_what_is_known()
    if dialogue.chance(0.25):
        name = dialogue.name()
        user = pick(dialogue.random, CLOSINGS)
        if name and dialogue.chance(0.8):
            dialogue.add(user, pick(dialogue.random, GOODBYES_NAMED).format(v=name))
        else:
            dialogue.add(user, pick(dialogue.random, GOODBYES))


def recall_conversation(generator: random.Random, distance: int, filler: Filler) -> dict:
    """Return one evaluation item: user messages that end with a question about a told fact.

    `distance` is the number of turns between the telling and the asking turn.
    The value is held out of training and told once.
    """
    facts: list[Fact] = []
    wanted = generator.randint(1, 4)
    while len(facts) < wanted:
        kind = draw_kind(generator)
        if not kind.evaluable or any(conflicts(kind, fact.kind) for fact in facts):
            continue
        fact = draw_fact(generator, kind, held_out=True)
        low = fact.value.lower()
        if not any(low in other.value.lower() or other.value.lower() in low for other in facts):
            facts.append(fact)
    after = generator.randint(0, min(distance, wanted - 1))
    place = wanted - 1 - after
    asked = facts[place]
    turns = [fact.state() for fact in facts]
    for _ in range(distance - after):
        while True:
            text = clear_filler(filler)[0]
            if asked.value.lower() not in text.lower():
                break
        turns.append(text)
    turns.append(asked.ask()[0])
    return {"kind": asked.kind.key, "distance": distance, "turns": turns, "value": asked.value}


_STUB: tuple[Exchange, ...] = (
    ("How are you today?", "I am doing well, thank you. How about you?"),
    ("Tell me something nice.", "You are doing great today!"),
    ("What is the sky like at night?", "It is dark, and you can see the moon and the stars."),
    ("I like rainy days.", "Rainy days are good for reading a book."),
    ("What can I cook tonight?", "You could make pasta with tomatoes."),
    ("I am bored.", "You could go for a walk or read a story."),
    ("Why is grass green?", "Grass is green because of something in its leaves that catches light."),
    ("That is funny.", "I am glad that you like it!"),
)


def main() -> None:
    """Print some dialogues."""
    parser = argparse.ArgumentParser(description="Print dialogues that need memory.")
    parser.add_argument("--count", type=int, default=10, help="number of dialogues")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random generator")
    parser.add_argument("--max-turns", type=int, default=62, help="greatest number of turns")
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    for _ in range(arguments.count):
        print(memory_dialogue(generator, lambda: pick(generator, _STUB), arguments.max_turns))
        print("<|endoftext|>")


if __name__ == "__main__":
    main()
