"""The state of a dialogue in the making, and the moves that extend it."""

from __future__ import annotations

import random
import re
from typing import Callable, Optional, Sequence, TypeVar

from .facts import Fact, FactKind, ask_unknown, capital, draw_fact
from .facts_table import OWN_NAME, RELATIONS, conflicts, draw_kind, lives_kind, person_kind, pet_kind
from .memory_phrases import (
    ACKS_MANY, ASK_BOTH, ASK_KNOWN, CAN_REMEMBER, COPY_REQUESTS, COPY_SENTENCES, INTRODUCTION_REPLIES, INTRODUCTIONS, KNOWN_NOTHING,
    MAKERS_OF_PAIRS, NAME_OF_TERN, PRAISE, PRAISE_REPLIES, PREFACES,
)
from .values import Values

Exchange = tuple[str, str]
Filler = Callable[[], Exchange]
Option = TypeVar("Option")

# Filler that could pass for a fact or for a question about one.
_CONFUSING = re.compile(
    r"\bmy\b.*\b(name|named|called|is|are|was)\b|\bcall me\b|\bremember|\bremind\b"
    r"|\bi live in\b|\bi am from\b|\bknow about me\b|\bthe (word|number) is\b",
    re.IGNORECASE,
)

_CONTRASTS = (("black", "white"), ("brown", "grey"), ("old", "young"), ("big", "small"), ("white", "brown"), ("fat", "thin"),
              ("grey", "black"), ("young", "old"), ("small", "big"), ("red", "white"), ("brown", "black"))
_PAIR_SPECIES = ("dog", "cat", "rabbit", "hamster", "parrot", "horse", "goat", "turtle")
_AGED_RELATIONS = ("sister", "brother", "daughter", "son", "cousin", "aunt", "uncle", "niece", "nephew")


def pick(generator: random.Random, options: Sequence[Option]) -> Option:
    """Pick one option (quicker than `random.choice`)."""
    return options[int(generator.random() * len(options))]


def clear_filler(filler: Filler) -> Exchange:
    """Draw a filler exchange that does not look like a fact of the user."""
    for _ in range(20):
        exchange = filler()
        if not _CONFUSING.search(exchange[0]):
            return exchange
    return exchange


class Dialogue:
    """A dialogue in the making: the exchanges so far and the facts told."""

    def __init__(self, generator: random.Random, filler: Filler) -> None:
        self.random = generator
        self.filler = filler
        self.values = Values(generator)
        self.exchanges: list[Exchange] = []
        self.told: list[Fact] = []
        self.replaced: dict[str, str] = {}
        self.asked: dict[str, int] = {}
        self.pair: Optional[tuple[str, str, str]] = None

    # Helpers.

    def add(self, user: str, assistant: str) -> None:
        """Append an exchange."""
        self.exchanges.append((user, assistant))

    def chance(self, share: float) -> bool:
        """Return true with the given probability."""
        return self.random.random() < share

    def name(self) -> Optional[str]:
        """Return the user's name if it was told."""
        for fact in self.told:
            if fact.kind.key == "own name":
                return fact.value
        return None

    def named(self, text: str, share: float = 0.12) -> str:
        """At times add the user's name to a short reply such as "Got it."."""
        name = self.name()
        if name and name not in text and self.chance(share):
            head, mark, rest = text.partition(".")
            if mark and len(head) < 24 and head[-1].isalpha():
                return f"{head}, {name}.{rest}"
        return text

    def free_kind(self) -> FactKind:
        """Draw a kind of fact that cannot be mixed up with the ones told."""
        while True:
            kind = draw_kind(self.random)
            if self.pair and self.pair[0] == kind.topic:
                continue
            if not any(conflicts(kind, fact.kind) for fact in self.told):
                return kind

    def new_fact(self) -> Fact:
        """Draw a fact of a new kind, at times with its value in small letters."""
        fact = draw_fact(self.random, self.free_kind())
        if fact.kind.method in ("person_name", "pet_name", "town") and self.chance(0.06):
            fact.value = fact.value.lower()
        return fact

    # Telling.

    def tell(self, fact: Fact) -> None:
        """Tell one fact."""
        user = fact.state()
        self.add(user, self.named(fact.acknowledge(user)))
        self.told.append(fact)

    def introduce(self) -> None:
        """Tell the user's name and one more fact."""
        name = draw_fact(self.random, OWN_NAME)
        self.told.append(name)
        fact = self.new_fact()
        user = pick(self.random, INTRODUCTIONS).format(v=name.value, c=fact.clause(), C=capital(fact.clause()))
        self.add(user, pick(self.random, INTRODUCTION_REPLIES).format(v=name.value, c=fact.clause_you()))
        self.told.append(fact)

    def tell_several(self, facts: list[Fact]) -> None:
        """Tell two or three facts in one message."""
        if self.chance(0.5):
            parts = [fact.state_plainly() for fact in facts]
            user = " ".join(parts)
        else:
            clauses = [fact.clause() for fact in facts]
            user = capital(", ".join(clauses[:-1]) + " and " + clauses[-1]) + "."
        if self.chance(0.4):
            user = pick(self.random, PREFACES) + " " + user
        if self.chance(0.1):
            user = user[0].lower() + user[1:].rstrip(".")
        known = [fact.clause_you() for fact in facts]
        if self.chance(0.5):
            assistant = pick(self.random, ACKS_MANY)
        elif self.chance(0.5):
            assistant = "I will remember that " + ", that ".join(known[:-1]) + " and that " + known[-1] + "."
        else:
            assistant = "Got it. " + " ".join(capital(clause) + "." for clause in known)
        self.add(user, assistant)
        self.told.extend(facts)

    def tell_pair(self) -> None:
        """Tell two names of one sort: two cats, two sisters."""
        if self.chance(0.5):
            noun = pick(self.random, _PAIR_SPECIES)
            first_word, second_word = pick(self.random, _CONTRASTS)
            kinds = [pet_kind(f"{word} {noun}", "pair") for word in (first_word, second_word)]
            draw = self.values.pet_name
        else:
            noun = pick(self.random, _AGED_RELATIONS)
            first_word, second_word = pick(self.random, (("older", "younger"), ("big", "little"), ("younger", "older")))
            kinds = [person_kind(f"{word} {noun}", "pair") for word in (first_word, second_word)]
            draw = self.values.person_name
        # Two cats and a kitten, or another cat, would be hard to tell apart.
        if any(noun in fact.kind.topic.split() or conflicts(fact.kind, kinds[0]) for fact in self.told):
            return
        facts = [Fact(kind, draw(), self.random) for kind in kinds]
        if facts[0].value == facts[1].value:
            return
        first, second = facts[0].value, facts[1].value
        plain = self.chance(0.3)
        if plain:
            user = pick(self.random, MAKERS_OF_PAIRS[:4]).format(n=noun, a=first, b=second)
        else:
            user = pick(self.random, MAKERS_OF_PAIRS[4:]).format(n=noun, a=first, b=second, x=first_word, y=second_word)
        assistant = pick(self.random, (
            f"Two {noun}s! {first} and {second} are nice names.", f"Got it. Your {noun}s are called {first} and {second}.",
            "How nice! I will remember both names.", f"I will remember {first} and {second}.", "Got it. Thank you for telling me.",
        ))
        self.add(user, assistant)
        self.pair = (noun, first, second)
        if not plain:
            self.told.extend(facts)

    def ask_pair(self) -> None:
        """Ask for both names of a pair."""
        noun, first, second = self.pair
        user = pick(self.random, ASK_BOTH).format(n=noun)
        self.add(user, pick(self.random, (
            f"Your {noun}s are called {first} and {second}.", f"They are called {first} and {second}.", f"{first} and {second}.",
            f"You have two {noun}s, {first} and {second}.",
        )))

    def tell_person(self) -> None:
        """Tell a person's name and town at once."""
        relation = pick(self.random, RELATIONS)
        if self.pair and self.pair[0] == relation:
            return
        kinds = [person_kind(relation), lives_kind(relation)]
        if any(conflicts(kind, fact.kind) for kind in kinds for fact in self.told):
            return
        facts = [draw_fact(self.random, kind) for kind in kinds]
        name, town = facts[0].value, facts[1].value
        user = pick(self.random, (
            f"My {relation} {name} lives in {town}.", f"I have a {relation} called {name}, who lives in {town}.",
            f"My {relation}'s name is {name}. {name} lives in {town}.", f"My {relation} {name} moved to {town}.",
            f"I miss my {relation} {name}, who lives far away in {town}.", f"my {relation} {name} lives in {town}",
        ))
        assistant = pick(self.random, (
            f"I hope {name} likes it in {town}.", f"Got it. Your {relation} {name} lives in {town}.", "Thank you for telling me.",
            f"It must be nice to visit {name} in {town}.", "I will remember that.",
        ))
        self.add(user, assistant)
        self.told.extend(facts)

    def correct(self, fact: Fact) -> None:
        """Replace the value of a fact."""
        new = draw_fact(self.random, fact.kind)
        if new.value == fact.value:
            return
        self.add(*new.correct(fact.value))
        self.replaced[fact.kind.key] = fact.value
        fact.value = new.value

    # Asking.

    def ask(self, fact: Fact) -> None:
        """Ask for a fact, or check it with a yes-or-no question."""
        if self.chance(0.08) and fact.kind.family != "list":
            claimed = fact.value if self.chance(0.45) else self.wrong_value(fact)
            self.add(*fact.check(claimed))
        elif self.chance(0.08) and fact.kind.family in ("pet", "person", "pair"):
            self.add(*fact.ask_reverse())
        else:
            user, assistant = fact.ask()
            self.add(user, self.named(assistant, 0.04))
        self.asked[fact.kind.key] = self.asked.get(fact.kind.key, 0) + 1
        if self.chance(0.06):
            self.add(pick(self.random, PRAISE), pick(self.random, PRAISE_REPLIES))

    def wrong_value(self, fact: Fact) -> str:
        """Return a false value: the old one, one of another fact, or any other."""
        old = self.replaced.get(fact.kind.key)
        if old and old != fact.value:
            return old
        for other in self.told:
            if other.kind.method == fact.kind.method and other.value != fact.value:
                return other.value
        while True:
            value = draw_fact(self.random, fact.kind).value
            if value.lower() != fact.value.lower():
                return value

    def ask_two(self) -> None:
        """Ask for two facts in one message."""
        first, second = self.random.sample(self.told, 2)
        user = f"{capital(pick(self.random, first.kind.direct))}, and {pick(self.random, second.kind.direct)}?"
        if self.chance(0.4):
            user = f"{capital(pick(self.random, first.kind.direct))}? And {pick(self.random, second.kind.direct)}?"
        assistant = f"{capital(first.clause_you())} and {second.clause_you()}."
        if self.chance(0.4):
            assistant = f"{capital(first.clause_you())}. {capital(second.clause_you())}."
        self.add(user, assistant)

    def ask_never_told(self) -> None:
        """Ask for something that was never told; at times tell it then."""
        kind = self.free_kind()
        if kind.family == "word":
            return
        self.add(*ask_unknown(self.random, kind))
        if self.chance(0.45):
            fact = draw_fact(self.random, kind)
            # "It is ..." answers only some questions.
            short = kind.family in ("own name", "pet", "person", "favourite", "number", "thing") and self.chance(0.5)
            user = f"It is {fact.fill(kind.answer_phrase())}." if short else fact.state_plainly()
            self.add(user, self.named(fact.acknowledge()))
            self.told.append(fact)
            self.asked[kind.key] = 0

    def ask_what_is_known(self) -> None:
        """Ask for everything that the assistant knows."""
        user = pick(self.random, ASK_KNOWN)
        if not self.told:
            self.add(user, pick(self.random, KNOWN_NOTHING))
            return
        known = [fact.clause_you() for fact in self.told]
        if self.chance(0.5) or len(known) == 1:
            assistant = " ".join(capital(clause) + "." for clause in known)
        else:
            assistant = "You told me that " + ", that ".join(known[:-1]) + " and that " + known[-1] + "."
        self.add(user, assistant)

    def copy(self) -> None:
        """Ask to repeat a word or a sentence."""
        values = self.values
        style = self.random.random()
        if style < 0.35:
            text = pick(self.random, (values.word, values.person_name, values.number, values.town, values.code, values.title))()
        elif style < 0.6:
            draws = (values.word, values.number, values.person_name, values.colour, values.animal, values.fruit)
            draw = pick(self.random, draws)
            text = ", ".join(draw() for _ in range(self.random.randint(2, 4)))
        else:
            text = pick(self.random, COPY_SENTENCES).format(
                p=values.person_name(), t=values.town(), a=values.animal(), c=values.colour(), f=values.food(), n=values.number(),
                x=values.thing(), h=values.hiding_place())
        request = pick(self.random, COPY_REQUESTS).format(t=text)
        if ("word" in request or '"' in request) and (" " in text or text[0].isdigit()):
            request = f"Repeat after me: {text}"
        self.add(request, text)

    def about_tern(self) -> None:
        """Ask the assistant for its own name or what it can remember."""
        pairs = NAME_OF_TERN if self.chance(0.6) else CAN_REMEMBER
        questions, answers = pairs
        self.add(pick(self.random, questions), pick(self.random, answers))

    def fill(self) -> None:
        """Add a filler exchange."""
        self.exchanges.append(clear_filler(self.filler))

    def text(self) -> str:
        """Return the dialogue as text."""
        return "\n\n".join(f"User: {user}\n\nAssistant: {assistant}" for user, assistant in self.exchanges)
