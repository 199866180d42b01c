"""Questions on facts of the first school years, and their answers, in many wordings."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from pathlib import Path
from random import Random

from corpus.basic_facts_tables import COLORS, GROUPS, KNOWN_COUNTRIES, LISTS, MORE_CAPITALS, NUMBERS, OPPOSITES, SENTENCES, USES
from corpus.basic_facts_wordings import WORDINGS
from corpus.small_talk_templates import fix_articles, pick
from corpus.wordings import ask, capital, document, listed, options, plural, say, typed

Exchange = tuple[str, str]

_ARTICLE = re.compile(r"^(a|an|the|some) ")
_HAVE_COUNTS = re.compile(r"^How many (.+) (?:does|do) (.+) have$")
_ARE_COUNTS = re.compile(r"^How many (.+) are (in|on) (.+)$")
_MORE = options("And {d}? / And what about {d}? / What about {d}? / and {d}? / How about {d}? / and {d} / And for {d}? / Now {d}. / {D}?")
_GAPS = options("""
{t} ... / {t} ...? / {t} [what|which]? / {t} ___ / {t} ___. / [Complete|Finish|Complete the sentence|Finish the sentence|Fill in the word|Fill the gap|What comes next|Go on|Continue|Fill in]: {t} ... / [Complete|Finish|Fill in]: {t} ___ / {t} [what|...], [please|do you know]? / [I say|The sentence is|It begins]: {t} ... [You finish it.|Finish it.|What comes next?|And?]
So {t} ...? / We say that {t} ... / {t} - what is the word? / Everybody knows that {t} ... / The missing word: {t} ___
""")
_UNKNOWN_CAPITALS = options("""
I do not know the capital of {k}. I only know the best-known ones. / I am sorry, I do not know the capital of {k}. / I do not know that. I only know a few capitals.
I am not sure what the capital of {k} is, so I would rather not guess.
""")
#: Kinds whose key may follow a question as "And a dog?"
_FOLLOWED = {"animal sound", "baby animal", "number of legs", "animal home", "animal food", "color of things", "opposite", "capital", "use of things", "kind", "number after", "month after", "day after", "days in month"}


def _read_wordings(text: str) -> dict[str, dict[str, tuple[str, ...]]]:
    kinds: dict[str, dict[str, tuple[str, ...]]] = {}
    for block in text.split("\n# ")[1:]:
        name, *lines = block.strip().splitlines()
        kinds[name] = {line.partition(":")[0]: options(line.partition(":")[2]) for line in lines if line}
    return kinds


class Facts:
    """The facts of a table and of `basic_facts_tables`, and how they are asked for."""

    def __init__(self, data: Path | None):
        self._wordings = _read_wordings(WORDINGS)
        #: kind -> rows of key, answer
        self._rows: dict[str, list[tuple[str, str]]] = defaultdict(list)
        #: question -> answer, where every row has a wording of its own
        self._plain: list[tuple[str, str, str]] = []
        self._other_capitals: list[str] = []
        if data is not None:
            self._read(data)
        for kind, rows in {"opposite": OPPOSITES, "color of things": COLORS, "use of things": USES, "capital": MORE_CAPITALS}.items():
            known = {key for key, _ in self._rows[kind]}
            self._rows[kind] += [row for row in rows if row[0] not in known]
        for one, _, members in GROUPS:
            self._rows["kind"] += [(member, one) for member in members]
        for n in range(20, 100):
            self._rows["number after"].append((str(n), str(n + 1)))
            self._rows["number before"].append((str(n + 1), str(n)))
        self._kinds = [kind for kind in self._rows if kind in self._wordings]
        common = {"kind": 10, "opposite": 9, "capital": 9, "color of things": 8, "use of things": 8, "animal sound": 6, "day after": 3, "day before": 3}
        self._weights = [common.get(kind, 1.5 if kind.startswith(("letter", "number ")) else 4) for kind in self._kinds]

    def _read(self, data: Path) -> None:
        with (data / "facts_basic.tsv").open() as file:
            for row in csv.DictReader(file, delimiter="\t"):
                kind, key, answer = row["kind"], row["key"], row["answer"]
                if kind in ("simple science", "how many", "season", "body", "kind of thing"):
                    self._plain.append((kind, row["question"].rstrip("?").replace(" a ant", " an ant"), answer))
                else:
                    self._rows[kind].append((key, answer))
        with (data / "countries.tsv").open() as file:
            for row in csv.DictReader(file, delimiter="\t"):
                if row["country"] in KNOWN_COUNTRIES:
                    self._rows["capital"].append((row["country"], row["capital"]))
                else:
                    self._other_capitals.append(row["country"])

    def exchange(self, random: Random) -> Exchange:
        """One question and its answer."""
        style = random.random()
        if style < 0.07:
            return _list_exchange(random)
        if style < 0.15:
            return _count_exchange(random)
        if style < 0.25:
            return _group_exchange(random)
        if style < 0.36 and self._plain:
            return self._plain_exchange(random)
        if style < 0.38 and self._other_capitals:
            country = pick(random, self._other_capitals)
            forms = self._wordings["capital"]
            return ask(random, forms["D"], forms["I"], forms["N"], k=country), say(random, pick(random, _UNKNOWN_CAPITALS), k=country)
        return self._of_kind(random, random.choices(self._kinds, self._weights)[0])

    def _of_kind(self, random: Random, kind: str, key: str | None = None) -> Exchange:
        forms = self._wordings[kind]
        rows = self._rows[kind]
        row = pick(random, rows)
        if key is not None:
            row = next(row for row in rows if row[0] == key)
        slots = _slots(kind, *row)
        style = random.random()
        if style < 0.13 and "R" in forms:
            question = ask(random, forms["R"], **slots)
            # Any key that has this answer will do.
            return question, _sentence(say(random, pick(random, forms["RA"]), **slots))
        if style < 0.26 and "C" in forms:
            return self._check(random, kind, row)
        if style < 0.31 and kind in ("color of things", "opposite", "capital", "kind", "animal sound"):
            return self._choice(random, kind, row)
        if style < 0.36:
            direct = capital(say(random, pick(random, forms["D"]), **slots))
            wish = say(random, "[Answer in one word|One word only|Just one word|In one word|Answer with one word|Short answer|Be brief|Answer briefly][.|, please.]")
            return typed(random, f"{direct}? {wish}"), capital(_sentence(_ARTICLE.sub("", row[1])))
        if style < 0.44 and (gap := self._gap(random, kind, row)):
            return gap
        question = ask(random, forms["D"], forms["I"], forms["N"], **slots)
        if style < 0.48 and kind != "who does it":
            return question, capital(_sentence(row[1]))
        return question, _sentence(say(random, pick(random, forms["A"]), **slots))

    def _gap(self, random: Random, kind: str, row: tuple[str, str]) -> Exchange | None:
        """A sentence that the answer completes."""
        forms, slots = self._wordings[kind], _slots(kind, *row)
        # What a frog is may be a color, too.
        if "S" not in forms or kind in ("kind", "who does it"):
            return None
        statement = fix_articles(say(random, pick(random, forms["S"]), **slots))
        answer = next((one for one in (row[1], slots["w"]) if statement.rstrip(".!").endswith(one)), None)
        if answer is None:
            return None
        begun = statement.rstrip(".!")[: -len(answer)].rstrip()
        user = say(random, pick(random, _GAPS), t=begun)
        user = capital(user) if random.random() < 0.8 else user
        return typed(random, user, 0.2).strip(), pick(random, (_sentence(statement), capital(_sentence(answer)), capital(_sentence(answer))))

    def short(self, random: Random) -> tuple[str, str, str]:
        """A question whose answer is one word; the answer in a sentence, and that word."""
        while True:
            kind = random.choices(self._kinds, self._weights)[0]
            row = pick(random, self._rows[kind])
            word = _ARTICLE.sub("", row[1])
            if " " not in word and kind not in ("who does it",):
                break
        forms, slots = self._wordings[kind], _slots(kind, *row)
        return ask(random, forms["D"], forms["I"], forms["N"], **slots), _sentence(say(random, pick(random, forms["A"]), **slots)), capital(word)

    def yes_or_no(self, random: Random) -> Exchange:
        """A question whose answer begins with yes or no."""
        while True:
            kind = random.choices(self._kinds, self._weights)[0]
            if "C" in self._wordings[kind]:
                return self._check(random, kind, pick(random, self._rows[kind]))

    def _check(self, random: Random, kind: str, row: tuple[str, str]) -> Exchange:
        forms = self._wordings[kind]
        slots = _slots(kind, *row)
        truth = say(random, pick(random, forms["S"]), **slots)
        if random.random() < 0.5:
            return ask(random, forms["C"], **slots), _sentence("Yes, " + truth)
        for _ in range(20):
            other = pick(random, self._rows[kind])[1]
            if other != row[1] and (row[0], other) not in self._rows[kind] and not {other, row[1]} <= {"an animal", "a bird", "a fish", "an insect", "a city", "a sweet food"}:
                false = _slots(kind, row[0], other)
                return ask(random, forms["C"], **false), _sentence("No, " + truth)
        return ask(random, forms["C"], **slots), _sentence("Yes, " + truth)

    def _choice(self, random: Random, kind: str, row: tuple[str, str]) -> Exchange:
        others = [other for _, other in self._rows[kind] if other != row[1]]
        pair = [row[1], pick(random, others)]
        if kind == "kind" and set(pair) <= {"an animal", "a bird", "a fish", "an insect", "a city", "a sweet food"}:
            pair[1] = "a tool"
        random.shuffle(pair)
        slots = _slots(kind, *row)
        question = {
            "color of things": "is {k} {x} or {y}", "opposite": "is the opposite of {k} {x} or {y}", "capital": "is the capital of {k} {x} or {y}",
            "kind": "is {k} {x} or {y}", "animal sound": "does a {k} say {x} or {y}",
        }[kind]
        user = ask(random, (question,), x=pair[0], y=pair[1], **slots)
        return user, _sentence(say(random, pick(random, self._wordings[kind]["S"]), **slots))

    def _plain_exchange(self, random: Random) -> Exchange:
        kind, question, answer = pick(random, self._plain)
        direct = question[0].lower() + question[1:]
        found, are = _HAVE_COUNTS.match(question), _ARE_COUNTS.match(question)
        count = _number(answer)
        directs, indirects, sentence = [direct], [], SENTENCES.get(question, answer)
        if found:
            part, whole = found.groups()
            have = "have" if whole == "people" else "has"
            directs += [f"how many {part} has {whole}" if have == "has" else direct, f"{whole} {have} how many {part}", f"what number of {part} {'do' if have == 'have' else 'does'} {whole} have"]
            indirects += [f"how many {part} {whole} {have}"]
            sentence = f"{whole} {have} {count} {part}"
        elif are:
            part, place, whole = are.groups()
            directs += [f"how many {part} are there {place} {whole}", f"how many {part} does {whole} have", f"{whole} has how many {part}", f"how many {part} make {whole}" if place == "in" else direct]
            indirects += [f"how many {part} are {place} {whole}", f"how many {part} there are {place} {whole}", f"how many {part} {whole} has"]
            sentence = f"There are {count} {part} {place} {whole}"
        elif match := re.match(r"^What is (.+) made (of|from)$", question):
            thing, word = match.groups()
            directs += [f"what do you make {thing} {word}", f"{thing} is made {word} what", f"out of what is {thing} made", f"what do you need to make {thing}"]
            indirects += [f"what {thing} is made {word}"]
            sentence = f"{thing} is made {word} {answer}"
        elif match := re.match(r"^What do we (\w+) with$", question):
            verb = match[1]
            directs += [f"what do people {verb} with", f"which part of the body do we use to {verb}", f"what do I {verb} with", f"with what do we {verb}", f"what part of me can {verb}", f"what do you need to {verb}"]
            indirects += [f"what we {verb} with", f"with which part of the body we {verb}"]
            sentence = f"We {verb} with {answer}"
        elif match := re.match(r"^Is an? (\w+) a fruit or a vegetable$", question):
            directs += [f"is a {match[1]} a vegetable or a fruit", f"what is a {match[1]}, a fruit or a vegetable"]
            indirects += [f"whether a {match[1]} is a fruit or a vegetable", f"if a {match[1]} is a vegetable or a fruit"]
            sentence = f"A {match[1]} is {answer}"
        elif match := re.match(r"^(?:What|Which|Who) (is|are|has|gives|makes|pulls|carries|holds|covers|pumps|grows|joins|goes|builds|animal|season comes) ?(.*)$", question):
            indirects += [direct]
            verb, rest = match.groups()
            if verb == "is" and question not in SENTENCES and not re.search(r" (to|called)\b", rest):
                sentence = f"{rest} is {answer}"
            elif verb not in ("is", "are") and question not in SENTENCES:
                sentence = f"{answer} {'' if verb == 'animal' else 'comes' if verb == 'season comes' else verb} {rest}".replace("  ", " ")
        if random.random() < 0.15:
            sentence = answer
        return ask(random, [fix_articles(one) for one in directs], indirects), capital(_sentence(fix_articles(sentence)))

    def dialogue(self, random: Random, length: int) -> list[Exchange]:
        """Several questions, at times of one kind: "And a dog?" """
        turns: list[Exchange] = []
        while len(turns) < length:
            if random.random() < 0.35:
                kind = random.choices(self._kinds, self._weights)[0]
                forms = self._wordings[kind]
                key = pick(random, self._rows[kind])[0]
                slots = _slots(kind, *next(row for row in self._rows[kind] if row[0] == key))
                turns.append((ask(random, forms["D"], forms["I"], **slots), _sentence(say(random, pick(random, forms["A"]), **slots))))
                for _ in range(random.randint(1, 3) if kind in _FOLLOWED else 0):
                    row = pick(random, self._rows[kind])
                    named = f"a {row[0]}" if kind in ("animal sound", "baby animal", "number of legs", "animal home", "animal food") else row[0]
                    user = typed(random, fix_articles(say(random, pick(random, _MORE), d=named)))
                    turns.append((user, _sentence(say(random, pick(random, forms["A"][:2]), **_slots(kind, *row)))))
            else:
                turns.append(self.exchange(random))
        return turns

    def document(self, random: Random) -> str:
        """A conversation of questions."""
        return document(self.dialogue(random, random.choice((1, 2, 2, 3, 3, 4, 5, 7))))


def _number(answer: str) -> str:
    return NUMBERS[int(answer)] if answer.isdigit() and int(answer) <= 12 else answer


def _slots(kind: str, key: str, answer: str) -> dict[str, str]:
    slots = dict(k=key, a=answer, ks=plural(_ARTICLE.sub("", key)), w=_number(answer))
    if kind == "kind":
        slots["b"] = _ARTICLE.sub("", answer)
        slots["bs"] = next((many for one, many, _ in GROUPS if one == answer), plural(slots["b"]))
    return slots


def _sentence(text: str) -> str:
    text = capital(fix_articles(text))
    return text + "." if text[-1].isalnum() or text[-1] == '"' else text


_ASK_LIST = options("""
[Name|List|Tell me|Say|Give me|Write down|Recite|Please name|Please list|Can you name|Can you tell me|Do you know|Can you list|Can you say|What are|Could you name] [all |]{q}[.|?|, please.|]
[I want to know|I forgot|I need|My teacher wants to know|I am learning|Help me with|I would like to hear|Teach me|Show me] [all |]{q}. / Which are {q}? / {Q}?
[name|list|tell me|what are|say] {q} / What are {q} [in order|called]? / [Please say|Say|Tell me|List] {q} in order[.|, please.] / How do {q} go? / Go through {q}[.| for me.]
""")


def _list_exchange(random: Random) -> Exchange:
    name = pick(random, tuple(LISTS))
    items = LISTS[name]
    user = typed(random, say(random, pick(random, _ASK_LIST), q=name))
    if random.random() < 0.3:
        return user, capital(_sentence(", ".join(items)))
    if random.random() < 0.4:
        return user, _sentence(f"{name} are {listed(items)}")
    return user, capital(_sentence(listed(items)))


_COUNT = options("""
[Count|Can you count|Please count|Could you count|Count for me|I want you to count|Let's count|Let us count|count|Will you count|Try to count] [from {x}|] to {y}[.|?|, please.|!|]
[Say|Tell me|List|Write|Give me] the numbers from {x} to {y}[.|, please.] / [Do you know how to|Are you able to|Can you] count [from {x} |]to {y}? / What are the numbers from {x} to {y}?
""")
_COUNT_DOWN = options("""
[Count|Can you count|Please count|Could you count|count] [backwards|down|back] from {y}[.|?|, please.|] / [Count|Please count] [down|backwards] from {y} to {x}[.|!|] / Do a countdown from {y}[.|!]
""")
_BETWEEN = options("what number is between {x} and {y} / which number comes between {x} and {y} / what is between {x} and {y} / what number stands between {x} and {y}")
_BIGGER = options("which is {w}, {x} or {y} / what is {w}, {x} or {y} / which number is {w}, {x} or {y} / is {x} or {y} {w} / of {x} and {y}, which one is {w}")


_GO_ON = options("""
{t} ... / {t}, ... / {t}, and then? / {t}, what comes next? / What comes next: {t}? / Go on: {t} / Continue: {t}, ... / What is next? {t} / {t} - and now? / I count {t}. What is next? / {t}, next? / Which one is next: {t}? / Say the next one: {t}
""")


def _sequence_exchange(random: Random) -> Exchange:
    """The next of a few numbers, days, months or letters."""
    style = random.random()
    items = [str(n) for n in range(1, 100)] if style < 0.3 else NUMBERS[1:] if style < 0.5 else pick(random, [LISTS[name] for name in ("the days of the week", "the months of the year", "the letters of the alphabet")])
    start = random.randrange(len(items) - 4)
    shown = items[start : start + random.randint(2, 4)]
    following = items[start + len(shown)] if start + len(shown) < len(items) else items[-1]
    user = capital(say(random, pick(random, _GO_ON), t=", ".join(shown)))
    return typed(random, user, 0.2, 0.0), _sentence(pick(random, (following, following, f"{following} comes next", f"after {shown[-1]} comes {following}")))


def _count_exchange(random: Random) -> Exchange:
    if random.random() < 0.2:
        return _sequence_exchange(random)
    words = random.random() < 0.3

    def number(n: int) -> str:
        return NUMBERS[n] if words and n <= 20 else str(n)

    style = random.random()
    if style < 0.45:
        start = 1 if random.random() < 0.6 else random.randint(1, 20)
        end = random.randint(start + 2, start + 11)
        template = pick(random, _COUNT)
        if start != 1:
            template = template.replace("[from {x}|]", "from {x}").replace("[from {x} |]", "from {x} ")
        digits = random.random() < 0.7
        counted = [str(n) if digits or n > 20 else NUMBERS[n] for n in range(start, end + 1)]
        return typed(random, say(random, template, x=number(start), y=number(end)).replace("  ", " ")), capital(_sentence(", ".join(counted)))
    if style < 0.55:
        end = random.randint(3, 12)
        return typed(random, say(random, pick(random, _COUNT_DOWN), x=number(1), y=number(end))), ", ".join(map(str, range(end, 0, -1))) + "."
    if style < 0.75:
        n = random.randint(1, 60)
        return ask(random, _BETWEEN, x=number(n - 1), y=number(n + 1)), _sentence(f"{number(n)} is between {number(n - 1)} and {number(n + 1)}")
    x, y = random.sample(range(0, 100 if random.random() < 0.5 else 21), 2)
    bigger = random.random() < 0.5
    word = pick(random, ("bigger", "larger", "more", "greater") if bigger else ("smaller", "less"))
    best = max(x, y) if bigger else min(x, y)
    return ask(random, _BIGGER, x=x, y=y, w=word), _sentence(f"{best} is {word} than {x + y - best}")


_NAME_ONE = options("""
name [a|one] {b} / tell me [a|one] {b} / [give me|say|think of] [a|one] {b} / can you name [a|one] {b} / what is an example of {one} / do you know {one} / give me an example of {one} / please name {one} / I need the name of {one}
""")
_NAME_SOME = options("""
name {n} {bs} / tell me {n} {bs} / list {n} {bs} / give me {n} {bs} / can you name {n} {bs} / which {bs} do you know / say {n} {bs} / do you know any {bs} / please list {n} {bs} / what are {n} {bs} / give me a list of {n} {bs} / I need {n} {bs} / write down {n} {bs} / think of {n} {bs} / could you give me {n} examples of {bs}
""")
_ODD_ONE = options("""
which one does not belong: {l} / which of these is different: {l} / what is the odd one out: {l} / find the odd one out: {l} / one of these does not fit: {l}. Which one / {l}: which one does not fit
""")
_WHICH = options("what is {w}: {ks} / {w}: {ks} / {w}, {ks} / is {w} {ks} / is {w} more {ks} / where does {w} belong: {ks} / where do I put {w}: {ks} / to which group belongs {w}: {ks} / say what {w} is: {ks} / I do not know what {w} is, {ks} / choose for {w}: {ks} / which of these is {w}: {ks} / would you call {w} {ks}")
_PICK = options("which of these is {one}: {l} / which one is {one}: {l} / {l}: which is {one} / pick the {b}: {l} / which is {one}, {o} / what is {one}: {o}")


def _group_exchange(random: Random) -> Exchange:
    one, many, members = pick(random, GROUPS)
    b = _ARTICLE.sub("", one)
    style = random.random()
    if style < 0.3:
        user = capital(say(random, pick(random, _NAME_ONE), one=one, b=b)) + pick(random, (".", ", please.", "?", ""))
        member = pick(random, members)
        return typed(random, user), _sentence(pick(random, (member, f"{member} is {one}", member)))
    if style < 0.6:
        n = random.randint(2, min(5, len(members)))
        words = NUMBERS[n] if random.random() < 0.7 else str(n)
        template = pick(random, _NAME_SOME)
        if "{n}" not in template:
            n = min(3, len(members))
        user = capital(say(random, template, n=words, bs=many)) + pick(random, (".", ", please.", "?", ""))
        some = [_ARTICLE.sub("", member) for member in random.sample(members, n)]
        return typed(random, user), _sentence(listed(some))
    others = [group for group in GROUPS if group[0] != one and not {group[0], one} <= {"an animal", "a bird", "a fish", "an insect"}]
    if style < 0.8:
        wanted = pick(random, members)
        items = [wanted] + [pick(random, pick(random, others)[2]) for _ in range(2)]
        if len({*items}) < 3 or any(item in members for item in items[1:]):
            items = [wanted, "a brick", "a cloud"]
        random.shuffle(items)
        bare = random.random() < 0.5
        shown = [_ARTICLE.sub("", item) for item in items] if bare else items
        if random.random() < 0.45:
            kinds = [one, *(group[0] for group in random.sample(others, random.choice((1, 2, 2))))]
            random.shuffle(kinds)
            if random.random() < 0.4:
                kinds = [_ARTICLE.sub("", kind) for kind in kinds]
            return ask(random, _WHICH, w=wanted if random.random() < 0.8 else _ARTICLE.sub("", wanted), ks=listed(kinds, "or")), _sentence(f"{wanted} is {one}")
        user = ask(random, _PICK, one=one, b=b, l=listed(shown, pick(random, ("or", "and"))), o=listed(shown, "or"))
        return user, _sentence(f"{wanted} is {one}")
    other = pick(random, pick(random, others)[2])
    if other in members:
        other = "a brick"
    items = random.sample(members, min(3, len(members))) + [other]
    random.shuffle(items)
    shown = [_ARTICLE.sub("", item) for item in items]
    user = ask(random, _ODD_ONE, l=listed(shown))
    return user, _sentence(f"{other} does not belong. The others are {many}" if random.random() < 0.5 else f"{other}. The others are {many}")
