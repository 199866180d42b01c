"""Sums to 20 and word problems of one step, with a short thought before the answer or without one."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from corpus.basic_facts_tables import NUMBERS
from corpus.clean import NAMES
from corpus.small_talk_templates import pick
from corpus.thinking import thinking_document
from corpus.values import FIRST_NAMES, is_held_out
from corpus.wordings import ask, capital, options, plural, say, typed

_NAMES = tuple(name for name in sorted({*NAMES, *FIRST_NAMES}) if not is_held_out(name))
_THINGS = options("""
apple / ball / book / pencil / cookie / egg / marble / flower / balloon / coin / candy / sticker / shell / stone / cup / cake / toy car / button / nut / leaf / banana / stamp / card / pear / plum / feather / bead / crayon / doll / kite
carrot / potato / orange / cherry / muffin / pie / ticket / hat / key / box / ribbon / acorn / mushroom / peach / spoon / plate / sock / bag / block / pumpkin / sandwich / letter / badge / lemon / grape / chair / bell / candle / picture / game
""")
_CREATURES = options("bird / duck / fish / cat / dog / sheep / cow / frog / bee / hen / rabbit / goat / child / horse / mouse / pig / squirrel / butterfly / girl / boy / kitten / puppy / goose / ant")
_PLACES = options("in a tree / on a pond / in a field / in the garden / on the farm / in the park / in a room / on the grass / in a basket / on the roof / by the river / in a box / in the yard / on the road / at school / on the bus / in a boat / on a wall")
_RELATIVES = options("mother / father / sister / brother / friend / teacher / grandmother / grandfather / aunt / uncle / neighbor / cousin")
_MANY = "[How many|how many]"

#: For each: the words of the sum asked for, as a direct question; and as an indirect one.
_PLUS = options("what is {x} plus {y} / what is {x} + {y} / how much is {x} plus {y} / how much is {x} + {y} / what is {x} and {y} / how much is {x} and {y} / what do {x} and {y} make / what is the sum of {x} and {y} / {x} plus {y} is what / {x} + {y} = / {x} + {y} / {x}+{y} / {x}+{y}= / what does {x} plus {y} equal / what do I get if I add {x} and {y} / what is {x} more than {y} / what's {x} + {y} / what's {x} plus {y} / what is {y} added to {x} / what do you get when you add {x} to {y} / how much do {x} and {y} make together / what is {x} and {y} together / calculate {x} + {y} / add {x} and {y} / work out {x} + {y} / solve {x} + {y}")
_PLUS_I = options("what {x} plus {y} is / how much {x} and {y} is / what {x} + {y} is / the sum of {x} and {y} / how much {x} plus {y} makes / what {x} and {y} make")
_MINUS = options("what is {x} minus {y} / what is {x} - {y} / how much is {x} minus {y} / how much is {x} - {y} / what is {x} take away {y} / {x} take away {y} is what / {x} minus {y} is what / {x} - {y} = / {x} - {y} / {x}-{y} / {x}-{y}= / what is {y} less than {x} / what is left if I take {y} from {x} / what do I get if I subtract {y} from {x} / what's {x} - {y} / what's {x} minus {y} / what does {x} minus {y} equal / how much is {x} less {y} / what remains when you take {y} from {x} / calculate {x} - {y} / subtract {y} from {x} / work out {x} - {y} / what is the difference of {x} and {y}")
_MINUS_I = options("what {x} minus {y} is / how much {x} minus {y} is / what {x} - {y} is / what {x} take away {y} is / how much is left when you take {y} from {x}")
_DOUBLE = options("what is twice {x} / what is two times {x} / what is 2 times {x} / what is double {x} / how much is {x} and {x} / what is {x} doubled / how much is two times {x}")
_HALF = options("what is half of {x} / how much is half of {x} / what is {x} divided by two / what is {x} divided by 2")

_ANSWERS = options("{s} is {r}. / {s} is {r}. / {s} is {r}. / {s} = {r}. / That is {r}. / It is {r}. / {r}.")
_SHORT = options("{R}. / {r}. / The answer is {r}.")


class Sum(NamedTuple):
    """A question with its thought and answer."""

    user: str
    thought: str
    answer: str


def _counted(x: int, y: int, sign: int) -> str:
    """Counting on or back, step by step."""
    return ", ".join(str(x + sign * i) for i in range(1, y + 1))


def _work(random: Random, x: int, y: int, sign: str) -> str:
    """The thought that finds x + y or x - y, by counting where it is short."""
    result = x + y if sign == "+" else x - y
    if sign == "+" and x < y:
        # Counting goes on from the bigger number.
        count = f"{y} and {x} more: {_counted(y, x, 1)}. " if x else ""
    else:
        count = f"{x} {'and ' + str(y) + ' more' if sign == '+' else 'and ' + str(y) + ' back'}: {_counted(x, y, 1 if sign == '+' else -1)}. " if y else ""
    if (min(x, y) if sign == "+" else y) > 9 or random.random() < 0.1:
        count = ""
    return f"{count}{x} {sign} {y} = {result}."


def _numbers(random: Random, sign: str) -> tuple[int, int]:
    """Two numbers whose sum, or first of whose difference, is at most 20."""
    total = random.randint(1, 20) if random.random() < 0.8 else random.randint(10, 20)
    part = random.randint(0 if random.random() < 0.1 else 1, total)
    return (part, total - part) if sign == "+" else (total, part)


def bare_sum(random: Random) -> Sum:
    """A sum in figures or words."""
    style = random.random()
    if style < 0.06:
        x = random.randint(1, 10)
        return Sum(ask(random, _DOUBLE, x=_figure(random, x)), f"Twice {x} is {x} + {x} = {2 * x}.", f"Twice {x} is {2 * x}.")
    if style < 0.1:
        x = random.randint(1, 10)
        return Sum(ask(random, _HALF, x=2 * x), f"{x} + {x} = {2 * x}, so half of {2 * x} is {x}.", f"Half of {2 * x} is {x}.")
    sign = "+" if random.random() < 0.55 else "-"
    x, y = _numbers(random, sign)
    words = random.random() < 0.2
    shown = [NUMBERS[n] if words else str(n) for n in (x, y)]
    user = ask(random, *((_PLUS, _PLUS_I) if sign == "+" else (_MINUS, _MINUS_I)), x=shown[0], y=shown[1])
    user = user.replace("=?", "=").replace("= ?", "=")
    result = x + y if sign == "+" else x - y
    spoken = f"{x} {sign} {y}" if random.random() < 0.6 else f"{x} {'plus' if sign == '+' else 'minus'} {y}"
    return Sum(user, _work(random, x, y, sign), say(random, pick(random, _ANSWERS), s=spoken, r=result))


def _figure(random: Random, n: int) -> str:
    return NUMBERS[n] if random.random() < 0.3 and n < len(NUMBERS) else str(n)


_ADD_STORIES = options("""
{n} has {x} {a}. [{He} gets|{He} finds|{He} buys|{He} is given|{M} gives {him}] {y} more. How many {ts} does {n} have [now|in all|altogether|then]?
{n} had {x} {a}. Then {he} [got|found|bought|picked|won] {y} more [{ts}|]. How many [{ts}|] [does {he} have now|has {he} got now|does {n} have now|are there now]?
{n} has {x} {a} and {n2} has {y} [{b}|]. How many {ts} do they have [together|in all|altogether]?
There are {x} {c} {place}. {Y} more come. How many {cs} are there [now|in all|]? / {X} {c} are {place}. {Y} more [join them|come to them|arrive]. How many are there [now|altogether|]?
I have {x} {a} and [buy|get|find|am given] {y} more. How many {ts} do I have [now|then|in all]? / I had {x} {a}. My {rel} gave me {y} more. How many do I have [now|]?
{n} [ate|used|read|picked|counted|made|sold] {x} {ts} in the morning and {y} in the afternoon. How many {ts} is that [in all|together|altogether]? / {n} puts {x} {ts} [in a bag|on a table|in a box] and then {y} more. How many {ts} are [there|on it|in it] [now|]?
[On Monday|Yesterday] {n} [found|got|bought] {x} {a}, and [on Tuesday|today] {he} [found|got|bought] {y}. How many {ts} [does {he} have|is that in all|did {he} get in all]? / If I have {x} {ts} and you give me {y}, how many do I have?
A {k} has {x} {c} and {y} {d}. How many animals are there? / There are {x} [red|big|old] {ts} and {y} [blue|small|new] {ts}. How many {ts} are there [in all|]?
""")
_TAKE_STORIES = options("""
{n} has {x} {a}. {He} [gives away|loses|sells|eats|gives {n2}|drops|breaks] {y}. How many {ts} [does {n} have left|are left|does {he} have now|has {he} left]?
{n} had {x} {a}. {He} [gave {n2}|lost|sold|gave away|lent {n2}] {y} [of them|]. How many [{ts}|] [does {he} have left|are left|does {he} have now|did {he} keep]?
There are {x} {c} {place}. {Y} [go away|leave|run away|go home|walk off]. How many {cs} are [left|there now|still there]? / {X} {c} are {place}. {Y} of them [leave|go away|run off]. How many are left?
I have {x} {a} and [give away|lose|eat|sell|use] {y}. How many [{ts}|] do I have left? / I had {x} {a}, but I [lost|broke|gave away|sold] {y}. How many are left [now|]? / There were {x} {ts} [on the table|in the bag|in the box]. {n} took {y}. How many are left?
{n} [baked|bought|picked|found] {x} {a} and [gave|sold] {y} to {n2}. How many {ts} are left? / If you have {x} {ts} and I take {y}, how many do you have [left|]? / Of {x} {ts}, {y} are [gone|broken|lost|bad]. How many are [good|left|fine]?
{n} needs {x} {ts} and has {y}. How many more does {he} need? / {n} has {x} {a}. {n2} has {y}. How many more [{ts}|] does {n} have [than {n2}|]? / {n} is {x} years old and {n2} is {y}. How many years older is {n}?
""")
_TIMES_STORIES = options("""
There are {x} [boxes|bags|baskets|plates] with {y} {ts} in each. How many {ts} are there [in all|]? / {n} has {x} [boxes|bags|jars]. [Each has|In each there are] {y} {ts}. How many {ts} does {n} have [in all|altogether|]?
{x} [children|friends|girls|boys] have {y} {ts} each. How many {ts} do they have [together|in all]? / {n} buys {x} bags of {y} {ts}. How many {ts} is that?
""")
_SHARE_STORIES = options("""
{n} shares {z} {ts} [equally|fairly|] [between|among] {x} friends. How many {ts} does each [friend|one|] get? / {x} children share {z} {ts} [equally|fairly]. How many does each child get?
""")
_STORY_ANSWERS = options("{n} has {r} {ts} / {r} / {r} {ts}")


def word_problem(random: Random) -> Sum:
    """A word problem of one step."""
    girl = random.random() < 0.5
    n, n2 = random.sample(_NAMES, 2)
    thing, creature, other = pick(random, _THINGS), pick(random, _CREATURES), pick(random, _CREATURES)
    slots = dict(
        n=n, n2=n2, he="she" if girl else "he", him="her" if girl else "him", m=f"{'her' if girl else 'his'} {pick(random, _RELATIVES)}",
        place=pick(random, _PLACES), rel=pick(random, _RELATIVES), k=pick(random, ("farmer", "farm", "zoo", "neighbor")),
    )
    style = random.random()
    if style < 0.5:
        sign, stories = "+", _ADD_STORIES
    elif style < 0.88:
        sign, stories = "-", _TAKE_STORIES
    elif style < 0.95:
        sign, stories = "x", _TIMES_STORIES
    else:
        sign, stories = ":", _SHARE_STORIES
    if sign in "+-":
        x, y = _numbers(random, sign)
        x, y = max(x, 1), max(y, 1)
        if sign == "+" and x + y > 20:
            x, y = 9, 4
        result = x + y if sign == "+" else x - y
        thought = _work(random, x, y, sign)
        lead = pick(random, (f"First there are {x}, then {y} more, so I add. ", f"{x} and {y} come together, so I add. ") if sign == "+" else (f"There are {x} and {y} go away, so I take away. ", f"I take {y} from {x}. "))
    else:
        x = random.randint(2, 5)
        y = random.randint(2, 20 // x)
        result = x * y if sign == "x" else y
        if sign == "x":
            lead, thought = f"{x} times {y}: ", f"{' + '.join([str(y)] * x)} = {result}."
        else:
            lead, thought = f"{x * y} shared by {x}: ", f"{x} times {y} is {x * y}, so each gets {y}."
    words = random.random() < 0.35
    show = [NUMBERS[v] if words else str(v) for v in (x, y)]
    one = "one" if words else "1"
    slots |= dict(
        x=show[0], y=show[1], z=x * y, ts=plural(thing), cs=plural(creature), a=thing if show[0] == one else plural(thing), b=thing if show[1] == one else plural(thing),
        c=creature if show[0] == one else plural(creature), d=other if show[1] == one else plural(other),
    )
    template = pick(random, stories)
    if "{d}" in template and {creature, other} & {"child", "girl", "boy"}:
        template = stories[0]
    # Differences are asked for where the first is bigger.
    user = typed(random, capital(say(random, template, **slots)), 0.2, 0.03).replace("  ", " ").replace(" ?", "?")
    unit = "years" if "years old" in user.lower() else "animals" if "animals" in user.lower() else plural(creature) if "{c" in template else plural(thing)
    # One of it.
    if result == 1:
        unit = {"years": "year", "animals": "animal"}.get(unit, creature if "{c" in template else thing)
    left = sign == "-" and "more" not in template and "older" not in template
    answers = [f"{result} {unit}.", f"{result}."]
    if "does {n} have" in template or "{He} " in template:
        answers += [f"{n} has {result} {unit}{' left' if left else ''}."] * 3
    if "do I have" in template:
        answers += [f"You have {result} {unit}{' left' if left else ''}."] * 3
    if "are there" in template or "are left" in template or "there now" in template:
        answers += [f"There {'is' if result == 1 else 'are'} {result} {unit}{' left' if left else ''}."] * 2
    return Sum(user, lead + thought, pick(random, answers))


def any_sum(random: Random) -> Sum:
    """A sum, or a word problem."""
    return bare_sum(random) if random.random() < 0.45 else word_problem(random)


def sums_document(random: Random, thoughtful_share: float = 0.5) -> str:
    """One to five sums; before the last answer there may be a thought."""
    sums = [any_sum(random) for _ in range(random.choice((1, 1, 1, 2, 2, 3, 5)))]
    return thinking_document(random, [(one.user, one.answer) for one in sums], sums[-1].thought, share=thoughtful_share)
