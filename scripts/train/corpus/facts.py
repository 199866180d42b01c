"""Facts that a user can tell, and the wording to tell, confirm, ask and answer them.

A `FactKind` holds templates in which `{v}` stands for the value and `{av}` for
the value with "a" or "an".  Each kind brings its own phrases (see
`facts_table`); the phrases below that work for every kind are added here, built
from three parts of the kind:

* `clause`, a statement in the user's words ("my dog is called {v}"),
* `direct`, questions without the question mark ("what is my dog called"),
* `indirect`, the same inside a longer question ("what my dog is called").

The assistant's side is derived from them by `to_you` ("your dog is called {v}").
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from .values import Values, with_article

_SWAPS = {
    "i am": "you are", "am i": "are you", "i was": "you were", "was i": "were you", "i'm": "you are",
    "i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "our": "your", "we": "you",
}
_SWAP_PATTERN = re.compile(r"\b(i am|am i|i was|was i|i'm|i|me|my|mine|myself|our|we)\b", re.IGNORECASE)


def to_you(text: str) -> str:
    """Turn a phrase in the user's words into the assistant's ("my dog" -> "your dog")."""
    return _SWAP_PATTERN.sub(lambda match: _SWAPS[match.group(0).lower()], text)


def capital(text: str) -> str:
    """Make the first letter a capital."""
    return text[:1].upper() + text[1:]


_STATES = (
    "{C}.", "{C}.", "{C}.", "{C}.", "{C}!", "{c}", "By the way, {c}.", "Just so you know, {c}.",
    "Please remember that {c}.", "Please remember: {c}.", "Remember this: {c}.", "I want to tell you that {c}.",
    "I should tell you that {c}.", "Please keep in mind that {c}.", "One thing about me: {c}.", "Hey, {c}.",
    "Can you remember something for me? {C}.", "Let me tell you something. {C}.", "Oh, and {c}.", "Also, {c}.",
    "You should know that {c}.", "Here is something to remember: {c}.", "Don't forget that {c}.", "Well, {c}.",
    "I had a long day. {C}.", "It is raining here today. {C}.", "I am in a good mood. {C}.", "I just had lunch. {C}.",
    "I want to talk a little. {C}. I thought you should know.", "{C}. Please remember it.", "{C}. Can you remember that?",
    "{C}. I will ask you about it later.", "{C}. Don't forget it!", "{C}, just so you know.", "{C}, by the way.",
    "fyi {c}", "btw {c}", "remember that {c}",
)
_ACKS_WITH_VALUE = (
    "Got it, {cy}.", "Got it. {Cy}.", "Thank you for telling me. {Cy}.", "I will remember that {cy}.",
    "Okay, {cy}.", "Okay. I will remember that {cy}.", "Good to know that {cy}.", "All right. {Cy}. I will remember that.",
    "Thanks! I will remember that {cy}.", "Noted: {cy}.",
)
_ACKS_PLAIN = (
    "Got it. I will remember that.", "Thank you for telling me.", "Okay, I will keep that in mind.",
    "I see. Thank you for telling me.", "Noted!", "That is good to know.", "All right, I will remember it.",
    "Nice to know! Thank you.", "Thank you, I will remember that.", "Sure, I will not forget that.",
)
_ACKS_OWN_NAME = (
    "Nice to meet you!", "Hello! It is nice to meet you.", "It is good to meet you. I am Tern.", "Nice to meet you! How are you?",
    "Thank you for telling me your name.", "I will remember your name.", "Hello! I am Tern. What would you like to talk about?",
)
_ASKS_DIRECT = (
    "{D}?", "{D}?", "{D}?", "{D}?", "{D}?", "Hey, {d}?", "Remind me, {d}?", "Please remind me: {d}?", "Quick question: {d}?", "Now, {d}?",
    "Tell me, {d}?", "So, {d}?", "Okay, {d}?", "Let me test you. {D}?", "{D}? I forgot.", "I have a question. {D}?",
    "By the way, {d}?", "Tern, {d}?", "And {d}?", "{d}", "{d}", "{d}?", "hey {d}", "remind me {d}", "Wait, {d}?",
    "I told you this before. {D}?", "Let us see if you remember. {D}?", "One more thing. {D}?",
)
_ASKS_INDIRECT = (
    "Do you remember {i}?", "Do you still remember {i}?", "Do you remember {i}?", "Can you tell me {i}?",
    "Do you know {i}?", "Could you tell me {i}?", "Can you remind me {i}?", "do you remember {i}",
    "do you know {i}", "Do you still know {i}?", "Can you remember {i}?",
    "I told you earlier {i}. Do you remember it?", "Have I told you {i}?",
)
_ASKS_COMMAND = (
    "Tell me {i}.", "Please tell me {i}.", "I forgot {i}.", "I forgot {i}. Can you help me?", "Remind me {i}.",
    "Please remind me {i}.", "tell me {i}", "i forgot {i}", "I cannot remember {i}.", "I want to know {i}.",
)
# Only for questions that are nouns ("my dog's name").
_ASKS_NOUN = ("And {i}?", "What about {i}?", "{I}?", "and {i}", "What was {i}?", "What is {i}?", "what is {i} again")
_ANSWERS = (
    "{Cy}.", "{Cy}.", "{Cy}.", "{Cy}.", "{Cy}.", "You told me that {cy}.", "You said that {cy}.", "I remember that {cy}.",
)
_ANSWERS_YES = (
    "Yes, {cy}.", "Yes. {Cy}.", "Yes, I remember. {Cy}.", "Of course. {Cy}.", "Yes, you told me that {cy}.",
    "Sure. {Cy}.",
)
_UNKNOWN = (
    "You have not told me {iy} yet. {Dy}?", "You have not told me {iy} yet.", "I do not know {iy}. You have not told me yet.",
    "I am sorry, you have not told me {iy}. {Dy}?", "I do not know that yet. {Dy}?",
    "You did not tell me {iy}, so I do not know. {Dy}?", "Sorry, I do not know {iy}. {Dy}?", "I do not know {iy}. Would you like to tell me?",
)
_CORRECTIONS = (
    "Actually, {c}, not {o}.", "Sorry, I made a mistake. {C}, not {o}.", "No, wait. {C}, not {o}.",
    "I have to correct something: {c}, not {o}.", "I said {o} before, but that was wrong. {C}.",
    "Oh, I was wrong. {C}.", "I made a mistake earlier. {C}.", "Please correct this: {c}.", "actually {c} not {o}",
)
_CORRECTED = (
    "Thank you for correcting that. {Cy}.", "Okay, {cy}, not {o}.", "Got it. {Cy}.", "No problem. Now I know that {cy}.",
    "Thank you. I will remember that {cy}.", "All right, I will remember that.", "I see, {cy}.",
    "Thanks for telling me. I will remember the new one.",
)
_CHECKED_YES = ("Yes, {cy}.", "Yes, that is right. {Cy}.", "That is right, {cy}.", "Yes, {cy}. You told me so.")
_CHECKED_NO = ("No, {cy}.", "No. {Cy}.", "No, you told me that {cy}.", "No, that is not right. {Cy}.", "No, I do not think so. {Cy}.")


_QUESTION_WORD = re.compile(r"^(in |at |on )?(what|which|who|where|when|how)\b")
_ACKS_YES = (
    "Yes, I will remember that {cy}.", "Of course. I will remember it.", "Yes, I will remember it.", "Sure. {Cy}. I will remember it.",
    "Yes, I can do that. {Cy}.", "Of course! I will keep that in mind.",
)


# "Remind me my name" needs an "of".
_REMIND_NOUN = re.compile(r"\b(remind me) (?=(my|the) )", re.IGNORECASE)


def _expand(templates: tuple[str, ...], **parts: str) -> tuple[str, ...]:
    """Fill {c}, {C}, {d}, ... and leave {v}, {av} and {o} for later."""
    filled = []
    for template in templates:
        for name, text in parts.items():
            template = template.replace("{%s}" % name, text).replace("{%s}" % (name[0].upper() + name[1:]), capital(text))
        filled.append(template)
    return tuple(filled)


def _pick(generator: random.Random, options: tuple[str, ...]) -> str:
    """Pick one option (quicker than `random.choice`)."""
    return options[int(generator.random() * len(options))]


@dataclass(frozen=True)
class FactKind:
    """One kind of fact: how to draw its value and all its wording."""

    key: str
    family: str
    method: str
    clause: str
    direct: tuple[str, ...]
    indirect: tuple[str, ...]
    check: str
    states: tuple[str, ...]
    acks: tuple[str, ...]
    answers: tuple[str, ...]
    evaluable: bool = True
    topic: str = ""
    # Filled from the fields above.
    states_general: tuple[str, ...] = field(default=())
    acks_valued: tuple[str, ...] = field(default=())
    asks_direct: tuple[str, ...] = field(default=())
    asks_indirect: tuple[str, ...] = field(default=())
    asks_command: tuple[str, ...] = field(default=())
    answers_general: tuple[str, ...] = field(default=())
    answers_yes: tuple[str, ...] = field(default=())
    unknown: tuple[str, ...] = field(default=())
    corrections: tuple[str, ...] = field(default=())
    corrected: tuple[str, ...] = field(default=())
    checked_yes: tuple[str, ...] = field(default=())
    checked_no: tuple[str, ...] = field(default=())
    acks_yes: tuple[str, ...] = field(default=())
    clause_you: str = ""

    def __post_init__(self) -> None:
        """Build the wording that every kind shares."""
        c, cy = self.clause, to_you(self.clause)
        d, i = self.direct, self.indirect
        put = object.__setattr__
        put(self, "clause_you", cy)
        put(self, "states_general", _expand(_STATES, c=c))
        put(self, "acks_valued", self.acks + _expand(_ACKS_WITH_VALUE, cy=cy))
        put(self, "asks_direct", tuple(ask for one in d for ask in _expand(_ASKS_DIRECT, d=one)))
        put(self, "asks_indirect", tuple(ask for one in i for ask in _expand(_ASKS_INDIRECT, i=one)))
        put(self, "asks_command", tuple(ask for one in i for ask in _expand(_ASKS_COMMAND, i=one)))
        nouns = [one for one in i if not _QUESTION_WORD.match(one)]
        put(self, "asks_direct", self.asks_direct + tuple(ask for one in nouns for ask in _expand(_ASKS_NOUN, i=one)))
        for asks in ("asks_indirect", "asks_command"):
            put(self, asks, tuple(_REMIND_NOUN.sub(r"\1 of ", ask) for ask in getattr(self, asks)))
        put(self, "acks_yes", _expand(_ACKS_YES, cy=cy))
        put(self, "answers_general", _expand(_ANSWERS, cy=cy) + self.answers)
        put(self, "answers_yes", _expand(_ANSWERS_YES, cy=cy))
        put(self, "unknown", _expand(_UNKNOWN, iy=to_you(i[0]), dy=to_you(d[0])))
        put(self, "corrections", _expand(_CORRECTIONS, c=c))
        put(self, "corrected", _expand(_CORRECTED, cy=cy))
        put(self, "checked_yes", _expand(_CHECKED_YES, cy=cy))
        put(self, "checked_no", _expand(_CHECKED_NO, cy=cy))

    def answer_phrase(self) -> str:
        """Return the value as it stands after "It is" in an answer."""
        return "the {v}" if "the {v}" in self.clause else "{v}"


@dataclass
class Fact:
    """A fact of one kind with its value, and sentences about it."""

    kind: FactKind
    value: str
    random: random.Random

    def _say(self, options: tuple[str, ...], old: str = "") -> str:
        """Fill one of the templates."""
        while True:
            template = _pick(self.random, options)
            # A sentence must not begin with a small letter.
            if template[0] != "{" or not (self.value[0].islower() or template.startswith("{av}")):
                return self.fill(template, old)

    def fill(self, template: str, old: str = "") -> str:
        """Put the value into a template."""
        if old and "{av}" in self.kind.clause:
            old = with_article(old)
        elif old and "the {v}" in self.kind.clause:
            old = "the " + old
        return template.format(v=self.value, av=with_article(self.value), o=old)

    def state(self) -> str:
        """Return a message that tells the fact."""
        own = self.random.random() < 0.6
        return self._say(self.kind.states if own else self.kind.states_general)

    def state_plainly(self) -> str:
        """Return a short sentence that tells the fact, to be put beside others."""
        return capital(self.fill(self.kind.clause)) + "."

    def acknowledge(self, message: str = "") -> str:
        """Return a reply to the telling message; about half of them repeat the value."""
        if "an you remember" in message or "an you keep" in message:
            return self._say(self.kind.acks_yes)
        if self.random.random() < 0.55:
            return self._say(self.kind.acks_valued)
        return _pick(self.random, _ACKS_OWN_NAME if self.kind.family == "own name" else _ACKS_PLAIN)

    def ask(self) -> tuple[str, str]:
        """Return a question about the fact, and the answer to it."""
        question, answer = self._ask_neatly()
        # Quick typists leave out capitals and apostrophes.
        if question[0].islower() and self.random.random() < 0.5:
            question = question.replace(" I ", " i ").replace("'", "")
            if question.endswith(" I"):
                question = question[:-1] + "i"
        return question, answer

    def _ask_neatly(self) -> tuple[str, str]:
        """Return a question as it is in the table, and the answer to it."""
        style = self.random.random()
        kind = self.kind
        if style < 0.6:
            return _pick(self.random, kind.asks_direct), self._say(kind.answers_general)
        if style < 0.85:
            options = kind.answers_yes if self.random.random() < 0.5 else kind.answers_general
            return _pick(self.random, kind.asks_indirect), self._say(options)
        return _pick(self.random, kind.asks_command), self._say(kind.answers_general)

    def ask_reverse(self) -> tuple[str, str]:
        """Return a question that names the value of a person or an animal, and the answer."""
        value, topic = self.value, self.kind.topic
        question = _pick(self.random, (f"Who is {value}?", f"who is {value}", f"Do you know who {value} is?", f"And who is {value}?",
                                       f"Do you remember who {value} is?", f"Tell me who {value} is."))
        return question, _pick(self.random, (f"{capital(value)} is your {topic}.", f"You told me that {value} is your {topic}.",
                                             f"That is your {topic}."))

    def correct(self, old: str) -> tuple[str, str]:
        """Return a correction from the old value to this one, and the reply."""
        template = _pick(self.random, self.kind.corrections)
        return self.fill(template, old), self._say(self.kind.corrected, old)

    def check(self, claimed: str) -> tuple[str, str]:
        """Return a yes-or-no question that claims a value, and the answer."""
        question = capital(self.kind.check.format(v=claimed, av=with_article(claimed))) + "?"
        return question, self._say(self.kind.checked_yes if claimed == self.value else self.kind.checked_no)

    def clause(self) -> str:
        """Return the fact in the user's words, as part of a sentence."""
        return self.fill(self.kind.clause)

    def clause_you(self) -> str:
        """Return the fact in the assistant's words, as part of a sentence."""
        return self.fill(self.kind.clause_you)


def ask_unknown(generator: random.Random, kind: FactKind) -> tuple[str, str]:
    """Return a question about something that was never told, and an honest answer."""
    style = generator.random()
    asks = kind.asks_direct if style < 0.6 else kind.asks_indirect if style < 0.9 else kind.asks_command
    question, answer = _pick(generator, asks), _pick(generator, kind.unknown)
    # A claim that it was told is not for this.
    if "told" in question:
        question = capital(kind.direct[0]) + "?"
    return question, answer


def draw_fact(generator: random.Random, kind: FactKind, held_out: bool = False) -> Fact:
    """Draw a value for a kind of fact."""
    return Fact(kind, getattr(Values(generator, held_out), kind.method)(), generator)
