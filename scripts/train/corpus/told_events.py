"""
Sentences of who does what, and questions for any part of them: what somebody bought, who bought it, what it was for. They are
put together from subjects, verbs and objects, so that hardly one is met twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

from corpus.small_talk_templates import fix_articles, pick
from corpus.values import Values, with_article
from corpus.wordings import capital, options, say

Exchange = tuple[str, str]

#: base | third person | past | what the object is
_VERBS = [tuple(part.strip() for part in line.split("|")) for line in """
want | wants | wanted | thing
wish for | wishes for | wished for | thing
need | needs | needed | thing
look for | looks for | looked for | thing
own | owns | owned | thing
collect | collects | collected | things
repair | repairs | repaired | thing
paint | paints | painted | thing
draw | draws | drew | animal
build | builds | built | thing
sell | sells | sold | thing
carry | carries | carried | thing
lose | loses | lost | thing
find | finds | found | thing
hide | hides | hid | thing
break | breaks | broke | thing
borrow | borrows | borrowed | thing
clean | cleans | cleaned | thing
keep | keeps | kept | animal
feed | feeds | fed | animal
see | sees | saw | animal
dream of | dreams of | dreamed of | animal
fear | fears | feared | animal
like | likes | liked | any
love | loves | loved | any
hate | hates | hated | any
eat | eats | ate | food
cook | cooks | cooked | food
bring | brings | brought | food
order | orders | ordered | food
smell of | smells of | smelled of | food
drink | drinks | drank | drink
play | plays | played | sport
teach | teaches | taught | sport
practice | practices | practiced | sport
watch | watches | watched | sport
visit | visits | visited | town
live in | lives in | lived in | town
come from | comes from | came from | town
work in | works in | worked in | town
travel to | travels to | traveled to | town
move to | moves to | moved to | town
study in | studies in | studied in | town
marry | marries | married | person
call | calls | called | person
meet | meets | met | person
miss | misses | missed | person
help | helps | helped | person
trust | trusts | trusted | person
admire | admires | admired | person
write to | writes to | wrote to | person
plant | plants | planted | flower
pick | picks | picked | flower
water | waters | watered | flower
read | reads | read | title
write | writes | wrote | title
sing | sings | sang | title
play on | plays on | played on | instrument
wear | wears | wore | clothes
knit | knits | knitted | clothes
""".strip().splitlines()]
_SUBJECTS = options("""
my {r} / my {r} / our {r} / the {r} / my {r}'s friend / my old {r} / my new {r} / {p} / {p} / I / I / I / we
""")
_PEOPLE = options("""
sister / brother / mother / father / daughter / son / wife / husband / aunt / uncle / grandmother / grandfather / niece / nephew / friend / teacher / neighbor / boss / doctor / cousin / dentist / roommate / coach / colleague / plumber / gardener / baker / landlord
mechanic / tailor / postman / babysitter / classmate / guest / tenant / driver / painter / builder / pupil / flatmate / godfather / godmother / carpenter / librarian / barber / vet / nurse / farmer / pilot / cook / waiter / mayor / singer
""")
_CLOTHES = options("hat / scarf / sweater / coat / pair of gloves / pair of socks / jacket / shirt / dress / cap / pair of boots / vest / belt / skirt")
_COLORS = options("red / blue / green / yellow / striped / woolen / old / purple / checked / leather / silk / orange / golden / spotted / gray / pink")
_WHEN = options("today / yesterday / last week / this morning / last night / on Monday / on Friday / last summer / in May / at the weekend / two days ago / after lunch / before school")
_TELL = options("{S} {v} {o}[.|.|.|!] / {S} {v} {o}[.|, you know.|, by the way.|, I heard.|, it seems.] / {S} {v} {o} [and is very happy about it|and talks of nothing else|, of all things|, can you believe it]. / Did you know that {s} {v} {o}? / I [just heard|think you should know|can tell you|must tell you] that {s} {v} {o}. / You know what? {S} {v} {o}.")
_TELL_WHEN = options("{S} {v} {o} {t}. / {T}, {s} {v} {o}. / {T} {s} {v} {o}. / {S} {v} {o} {t}, you know. / Something happened {t}: {s} {v} {o}.")
_ACKS = options("Got it. {C}. / I see. {C}. / Okay, {c}. / I will remember that {c}. / {C}. I will keep that in mind. / Good to know that {c}. / Got it. I will remember that. / How nice! / Noted. {C}. / Thank you for telling me. {C}.")
_ANSWERS = options("{C}. / {C}. / {C}. / {C}. / You told me that {c}. / {O}.")
_WHO = options("{C}. / {C}. / {W}. / It is {w}. / {C}.")
_ASK = options("{Q}? / {Q}? / {Q}? / {Q}? / {q} / {q}? / Tell me, {q}? / And {q}? / So {q}? / Do you remember, {q}? / {Q}, do you know? / Remind me: {q}? / {Q} again? / Can you tell me {i}? / Do you know {i}? / Do you remember {i}? / Tell me {i}. / I forgot {i}. / Do you recall {i}? / I'd like to know {i}.")
_UNKNOWN = options("You have not told me that. / I do not know. You have not told me. / You have not told me {i}. / I do not know that yet. / I am sorry, you have not told me {i}.")


def _object(random: Random, kind: str, values: Values) -> tuple[str, str]:
    """An object as it is told, and the value in it."""
    if kind == "any":
        kind = pick(random, ("food", "sport", "animals", "things", "town", "drink"))
    draws: dict[str, Callable[[], str]] = dict(
        food=values.food, drink=values.drink, sport=values.sport, town=values.town, person=values.person_name, flower=values.flower, title=values.title, instrument=values.instrument, thing=values.thing, animal=values.animal,
    )
    if kind == "clothes":
        value = f"{pick(random, _COLORS)} {pick(random, _CLOTHES)}"
        return with_article(value), value
    if kind in ("things", "animals"):
        value = draws[kind[:-1]]()
        many = value if value.endswith(("s", "x")) else value + "s"
        return many, value
    value = draws[kind]()
    if kind in ("thing", "animal"):
        return (with_article(value) if random.random() < 0.7 else f"{pick(random, ('the', 'this', 'that'))} {value}"), value
    if kind == "instrument":
        return f"the {value}", value
    return value, value


class Event:
    """Something that somebody does or did, with the same methods as `told.Told`."""

    name = "event"

    def __init__(self, random: Random):
        self._random = random
        values = Values(random)
        base, third, past, kind = pick(random, _VERBS)
        self.person = values.person_name()
        self.subject = say(random, pick(random, _SUBJECTS), r=pick(random, _PEOPLE), p=self.person)
        self.object, self.value = _object(random, kind, values)
        self.happened = random.random() < 0.55
        self.verb = past if self.happened else base if self.subject in ("I", "we") else third
        self.base, self.kind = base, kind
        self.when = pick(random, _WHEN) if self.happened and random.random() < 0.4 else ""
        self.key = f"{self.subject} {base}"
        self.plain = ""

    def _you(self, text: str) -> str:
        """The words of the user as the assistant says them."""
        swaps = {"my": "your", "our": "your", "i": "you", "we": "you"}
        return re.sub(r"^(my|our|i|we)\b", lambda match: swaps[match[0].lower()], text, flags=re.IGNORECASE)

    def clause(self) -> str:
        """The event in the assistant's words."""
        return fix_articles(f"{self._you(self.subject)} {self.verb} {self.object}")

    def tell(self) -> str:
        """A message that tells it."""
        slots = dict(s=self.subject, v=self.verb, o=self.object, t=self.when)
        text = say(self._random, pick(self._random, _TELL_WHEN if self.when else _TELL), **slots)
        self.plain = text = capital(fix_articles(text.replace(" ,", ",")))
        if self._random.random() < 0.15:
            text = text.rstrip(".!")
            text = text if self._random.random() < 0.5 else text[0].lower() + text[1:]
        return text

    def acknowledge(self) -> str:
        """What is said to it."""
        clause = self.clause()
        return say(self._random, pick(self._random, _ACKS), c=clause)

    def _question(self) -> tuple[str, str, bool]:
        """Direct and indirect question, and whether they are for the subject."""
        particle = self.base.partition(" ")[2]
        verb = self.base
        if self.subject not in ("I", "we") and self._random.random() < 0.3:
            return f"who {self.verb} {self.object}", f"who {self.verb} {self.object}", True
        auxiliary = "did" if self.happened else "do" if self.subject in ("I", "we") else "does"
        if self.kind == "town" and particle == "in":
            plain = verb.partition(" ")[0]
            forms = [(f"where {auxiliary} {self.subject} {plain}", f"where {self.subject} {self.verb.partition(' ')[0]}"), (f"in which town {auxiliary} {self.subject} {plain}", f"in which town {self.subject} {self.verb.partition(' ')[0]}")]
        elif self.kind == "town" and particle in ("from", "to"):
            forms = [(f"where {auxiliary} {self.subject} {verb}", f"where {self.subject} {self.verb}"), (f"which town {auxiliary} {self.subject} {verb}", f"which town {self.subject} {self.verb}")]
        else:
            word = {"person": "who", "town": "which town", "title": "what", "sport": pick(self._random, ("what", "which sport")), "animal": pick(self._random, ("what", "which animal")), "food": pick(self._random, ("what", "which food")), "flower": pick(self._random, ("what", "which flower"))}.get(self.kind, "what")
            forms = [(f"{word} {auxiliary} {self.subject} {verb}", f"{word} {self.subject} {self.verb}")] * 2
            forms.append((f"what is it that {self.subject} {self.verb}" if word != "who" else f"who is it that {self.subject} {self.verb}", f"{word} it is that {self.subject} {self.verb}"))
        return (*pick(self._random, forms), False)

    def ask(self) -> Exchange:
        """A question for a part of it, and the answer."""
        direct, indirect, who = self._question()
        user = fix_articles(say(self._random, pick(self._random, _ASK), q=direct, i=indirect))
        answers = _WHO if who else _ANSWERS
        answer = say(self._random, pick(self._random, answers), c=self.clause(), w=self._you(self.subject), o=self.object)
        return capital(user) if self._random.random() < 0.85 else user, capital(fix_articles(answer))

    def unknown(self) -> Exchange:
        """A question for it before it was told."""
        direct, indirect, _ = self._question()
        user = fix_articles(say(self._random, pick(self._random, _ASK[:8]), q=direct, i=indirect))
        turned = re.sub(r"\b(my|our|I|we)\b", lambda match: {"my": "your", "our": "your", "I": "you", "we": "you"}[match[0]], indirect)
        return capital(user), capital(fix_articles(say(self._random, pick(self._random, _UNKNOWN), i=turned)))

    def thought(self) -> str:
        """The thought before an answer."""
        return f'The user told me: "{self.plain}" So {self.clause()}.'
