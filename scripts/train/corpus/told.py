"""Dialogues in which something is told in passing and asked for later, in many wordings (see `told_wordings`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from corpus.memory_state import clear_filler
from corpus.small_talk_templates import fix_articles, pick
from corpus.thinking import thinking_document
from corpus.told_events import Event
from corpus.told_wordings import TOLD
from corpus.values import Values, with_article
from corpus.wordings import capital, document, options, plural, say, typed

Exchange = tuple[str, str]

_SPECIES = options("dog / cat / rabbit / hamster / parrot / horse / goldfish / turtle / pony / kitten / puppy / goat / snake / guinea pig / duck / bird / donkey / pig / mouse / hen / lizard / canary / lamb / ferret")
_RELATIONS = options("""
sister / brother / mother / father / daughter / son / wife / husband / aunt / uncle / grandmother / grandfather / niece / nephew / friend / best friend / teacher / neighbor / boss / doctor / cousin / dentist / roommate / coach / colleague / mom / dad
grandma / grandpa / girlfriend / boyfriend / partner / landlord / hairdresser / godmother / twin brother / older sister / little brother / stepfather / mother-in-law / piano teacher / gardener / baby / twin sister / math teacher
""")
_FAVOURITES = {
    "color": "colour", "food": "food", "drink": "drink", "animal": "animal", "sport": "sport", "fruit": "fruit", "flower": "flower", "season": "season", "instrument": "instrument", "book": "title",
    "film": "title", "song": "title", "city": "town", "meal": "food", "dessert": "food", "band": "title", "singer": "person_name", "game": "sport", "bird": "animal", "dish": "food", "writer": "person_name",
}
_OBJECTS = options("locker / safe / gate / front door / bike lock / garage / suitcase / phone / chest / cellar / mailbox / alarm")
_BELONGINGS = options("key / book / phone / wallet / ring / hat / umbrella / passport / watch / bag / scarf / camera / letter / money / spare key / glove / diary / ticket / laptop / pen / medicine / lunch box")


@dataclass(frozen=True)
class _Kind:
    name: str
    method: str
    tells: tuple[str, ...]
    clause: str
    asks: tuple[str, ...]
    noun: str


def _read(text: str) -> list[_Kind]:
    kinds = []
    for block in text.split("\n# ")[1:]:
        head, *lines = block.strip().splitlines()
        name, _, method = (part.strip() for part in head.partition("|"))
        parts = {line[0]: line[2:].strip() for line in lines if line}
        kinds.append(_Kind(name, method, options(parts["T"]), parts["C"], options(parts["Q"]), parts["N"]))
    return kinds


_KINDS = _read(TOLD)
_WEIGHTS = {"name": 8, "pet": 9, "person": 8, "favourite": 10, "home": 7, "job": 5, "number": 4, "place": 5, "ship": 1}

_ACKS = options("""
Got it. {C}. / Okay. {C}. / I will remember that {c}. / Good to know that {c}. / Thank you for telling me. {C}. / {C}. I will remember that. / All right. {C}. / Nice! {C}. / I see. {C}. / Noted: {c}. / So {c}. I will keep that in mind. / Thanks. I will remember that {c}.
Got it. I will remember that. / Thank you for telling me. / That is good to know. / I will remember it. / I see! / Noted! / How nice! I will remember that. / Okay, I will keep that in mind.
""")
_NAME_ACKS = options("Nice to meet you, {v}! / Hello, {v}! I am Tern. / Hi {v}! How are you? / Hello {v}, nice to meet you. I am Tern. / Nice to meet you, {v}. What would you like to talk about? / Hi {v}! I will remember your name. / It is good to meet you, {v}.")
_ANSWERS = options("{C}. / {C}. / {C}. / {C}. / {C}. / You told me that {c}. / You said that {c}. / I remember that {c}. / {V}. / It is {v}.")
_ANSWERS_YES = options("Yes, {c}. / Yes. {C}. / {C}. / Of course. {C}.")
_UNKNOWN = options("You have not told me {n} yet. / I do not know {n}. You have not told me. / You have not told me that yet. / I do not know that yet. Would you like to tell me? / I am sorry, you have not told me {n}.")
_BEFORE = options("By the way, / You know, / Oh, / Well, / Listen, / Also, / So, / Hey, / Just so you know, / Let me tell you something. / I had a long day. / I am in a good mood today. / One more thing. / Guess what. / Hm, / I should say that / Remember this: / Please remember: / For later: / Not that it matters, but / Fun fact: / Before I forget: / To be honest, / Okay,")
_AFTER = options("Please remember it. / Can you remember that? / I will ask you later. / Don't forget it! / Just so you know. / You should know that. / Keep that in mind. / How are you? / Nice, isn't it? / What do you think? / I thought I'd tell you. / And you? / That is all. / It makes me happy. / Remember that, please.")
_ASK_BEFORE = options("And / So, / Okay, / Now, / Hey, / Tern, / Quick question. / Tell me, / By the way, / Let me test you. / Just checking: / Another thing. / I have a question. / I forgot something. / Well, / Hm, / Let's see. / You know what? / Now think back. / One question: / Something else:")
_ASK_AFTER = options("Do you remember? / I told you before. / I forgot. / Do you still know? / Please tell me. / I said it earlier. / I hope you remember. / Just testing. / Can you say it? / You should know.")


def _join(before: str, text: str) -> str:
    if before.endswith((".", "?", "!")):
        return f"{before} {text}"
    keep = text.startswith(("I ", "I'", "My ")) is False
    lowered = text[0].lower() + text[1:] if (keep and text.split(" ")[0] in _LOWERED) or text.startswith("My ") else text
    return f"{before} {lowered}"


_LOWERED = frozenset("What Which Who Where How When Tell Do Can Could Say In The This On At For To By Our We There Here If Name Of With People Everyone They You Please And".split())


class Told:
    """A fact that is told, with all its sentences."""

    def __init__(self, random: Random, kind: _Kind | None = None, held_out: bool = False):
        self._random = random
        self.kind = kind or random.choices(_KINDS, [_WEIGHTS.get(kind.name, 3) for kind in _KINDS])[0]
        self.name = self.kind.name
        self.slots = dict(s=pick(random, _SPECIES), r=pick(random, _RELATIONS), o=pick(random, _OBJECTS if self.kind.name == "code" else _BELONGINGS), t="", ts="")
        method = self.kind.method
        if self.kind.name == "favourite":
            self.slots["t"] = pick(random, tuple(_FAVOURITES))
            self.slots["ts"] = plural(self.slots["t"])
            method = _FAVOURITES[self.slots["t"]]
        self.value = getattr(Values(random, held_out), method)()
        self.slots |= dict(v=self.value, av=with_article(self.value))
        self.key = self.kind.name + {"pet": self.slots["s"], "favourite": self.slots["t"], "place": self.slots["o"], "code": self.slots["o"]}.get(self.kind.name, self.slots["r"] if "{r}" in self.kind.clause else "")
        self.plain = ""

    def tell(self) -> str:
        """A message that tells it."""
        random = self._random
        text = fix_articles(capital(say(random, pick(random, self.kind.tells), **self.slots)))
        self.plain = text = text if text[-1] in ".!?" else text + "."
        if random.random() < 0.15:
            text = _join(pick(random, _BEFORE), text)
        if random.random() < 0.15:
            text += " " + pick(random, _AFTER)
        return self._typed(text)

    def _typed(self, text: str) -> str:
        """The value keeps its letters."""
        style = self._random.random()
        if style < 0.75:
            return text
        marked = text.replace(self.value, "\x00").replace(capital(self.value), "\x01")
        written = typed(self._random, marked, 1.0 if style > 0.8 else 0.0, 0.3)
        return written.replace("\x00", self.value).replace("\x01", capital(self.value))

    def clause(self) -> str:
        """The fact in the assistant's words."""
        return say(self._random, self.kind.clause, **self.slots)

    def acknowledge(self) -> str:
        """What is said to it."""
        if self.kind.name == "name" and self._random.random() < 0.7:
            return say(self._random, pick(self._random, _NAME_ACKS), **self.slots)
        return say(self._random, pick(self._random, _ACKS), c=self.clause(), v=self.value)

    def ask(self) -> Exchange:
        """A question for it, and the answer."""
        random = self._random
        text = capital(say(random, pick(random, self.kind.asks), **self.slots))
        yes = text.startswith(("Do you", "Can you", "Could you"))
        if random.random() < 0.2:
            text = _join(pick(random, _ASK_BEFORE), text)
        if random.random() < 0.12:
            text += " " + pick(random, _ASK_AFTER)
        user = self._typed(text)
        if user[-1].isalnum() and user[:1].isupper() and random.random() < 0.7:
            user += "?"
        answers = _ANSWERS_YES if yes and random.random() < 0.5 else _ANSWERS
        return user, capital(say(random, pick(random, answers), c=self.clause(), v=self.value))

    def unknown(self) -> Exchange:
        """A question for it before it was told."""
        random = self._random
        asks = [ask for ask in self.kind.asks if "told" not in ask and "tell you" not in ask and "did I" not in ask]
        user = self._typed(capital(say(random, pick(random, asks), **self.slots)))
        return user, capital(say(random, pick(random, _UNKNOWN), n=say(random, self.kind.noun, **self.slots)))

    def thought(self) -> str:
        """The thought before an answer."""
        return f'The user asks for {say(self._random, self.kind.noun, **self.slots)}. They told me: "{self.plain}" So {self.clause()}.'


def _facts(random: Random, count: int) -> list[Told | Event]:
    facts: list[Told | Event] = []
    while len(facts) < count:
        fact = Event(random) if random.random() < 0.35 else Told(random)
        if count > 1 and fact.name == "ship":
            continue
        if fact.key not in {other.key for other in facts} and not any(fact.value.lower() in other.value.lower() or other.value.lower() in fact.value.lower() for other in facts):
            facts.append(fact)
    return facts


def told_document(random: Random, filler: Callable[[], Exchange]) -> str:
    """A dialogue in which one to four things are told, and asked for 0 to some 15 turns later."""
    facts = _facts(random, pick(random, (1, 1, 2, 2, 2, 3, 3, 4)))
    turns: list[Exchange] = []

    def fill(most: int) -> None:
        for _ in range(random.randint(0, most)):
            turns.append(clear_filler(filler))

    if random.random() < 0.2:
        fill(2)
    if random.random() < 0.12:
        turns.append(facts[0].unknown())
    pending = list(facts)
    while pending:
        fact = pending.pop()
        if pending and random.random() < 0.2:
            other = pending.pop()
            text = f"{fact.tell()} {other.tell()}"
            answer = f"Got it. {capital(fact.clause())}, and {other.clause()}." if random.random() < 0.7 else fact.acknowledge()
            turns.append((text, answer))
        elif random.random() < 0.06:
            told = fact.tell()
            question, answer = fact.ask()
            turns.append((f"{told} {question}", answer))
        elif random.random() < 0.1:
            # A question comes with it, and is what the answer is about.
            question, answer = clear_filler(filler)
            turns.append((f"{fact.tell()} {question}", answer))
        else:
            turns.append((fact.tell(), fact.acknowledge()))
        fill(pick(random, (0, 0, 0, 1, 2)))
    fill(pick(random, (0, 0, 1, 2, 3, 5, 8, 12)))
    order = list(facts)
    random.shuffle(order)
    last = order[0]
    for fact in order:
        turns.append(fact.ask())
        last = fact
        if random.random() < 0.2:
            fill(2)
    if random.random() < 0.2:
        others = [fact for fact in (Told(random) for _ in range(3)) if fact.key not in {other.key for other in facts} and fact.name != "ship"]
        if others:
            turns.append(others[0].unknown())
            return document(turns)
    if random.random() < 0.25:
        last = pick(random, facts)
        turns.append(last.ask())
    if turns[-1][1].rstrip(".").endswith(last.value) or last.value in turns[-1][1]:
        return thinking_document(random, turns, last.thought(), share=0.2)
    return document(turns)
