"""Simple children's stories for the chat corpus, and chats in which they are asked for and discussed.

Run `python3 -m corpus.stories --count N --seed S` from `scripts/train` to print samples.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from random import Random

from corpus.small_talk_style import finish_sentence, finish_user_text, vary_style
from corpus.small_talk_templates import Context, Templates, fix_articles, pick
from corpus.stories_cast import CHILD_KINDS, cast_story
from corpus.stories_plots import PLOTS
from corpus.stories_tables import ANIMAL_KINDS, BOY_NAMES, GIRL_NAMES, TABLES
from corpus.stories_wordings import (AGAIN_CONSTRAINED, AGAIN_REQUESTS, COMMENTS, ENDINGS, FRIEND_QUESTION,
                                     GENERAL_QUESTIONS, INTRODUCTIONS, LEAD_INS, OFFER_ANSWERS, OPENINGS,
                                     PLAIN_REQUESTS, STORY_ENDS, SUBJECT_ANSWERS, SUBJECT_QUESTIONS)

Exchange = tuple[str, str]


@dataclass(frozen=True)
class StoryRequest:
    """What a story must honour; `None` leaves the choice open."""

    kind: str | None = None
    name: str | None = None
    trait: str | None = None
    plot: str | None = None
    # Table slots that the request fixes, such as ("thing", "kite").
    slots: tuple[tuple[str, str], ...] = ()
    short: bool = False
    bedtime: bool = False


@dataclass(frozen=True)
class Plot:
    """A parsed plot: sentences (`None` ends a paragraph), themes and questions."""

    name: str
    cast: str
    themes: tuple[str, ...]
    sentences: tuple[tuple[bool, tuple[str, ...]] | None, ...]
    summary: str
    # Each question comes with its follow-ups: (first, follow-up, other follow-up, ...).
    questions: tuple[tuple[Exchange, ...], ...]


@dataclass(frozen=True)
class ToldStory:
    """A story's text with what is needed to talk about it."""

    text: str
    plot: Plot
    context: Context


def _read_plot(block: str) -> Plot:
    header, _, body = block.partition("\n")
    name, cast, themes = (part.strip() for part in header.split("|"))
    sentences: list[tuple[bool, tuple[str, ...]] | None] = []
    questions: list[list[Exchange]] = []
    summary = ""
    for line in body.splitlines():
        if line == "--":
            sentences.append(None)
        elif line.startswith("S: "):
            summary = line[3:]
        elif line.startswith("Q: "):
            # Bars of alternatives have no spaces on both sides, so this split is safe.
            question, answer = line[3:].split(" | ")
            questions.append([(question, answer)])
        elif line.startswith("+ "):
            question, answer = line[2:].split(" | ")
            questions[-1].append((question, answer))
        elif line.strip():
            optional = line.startswith("? ")
            sentences.append((optional, tuple(line.removeprefix("? ").split(" / "))))
    return Plot(name, cast, tuple(theme.strip() for theme in themes.split(";")), tuple(sentences), summary,
                tuple(tuple(chain) for chain in questions))


_PLOTS = {plot.name: plot for plot in (_read_plot(block) for block in PLOTS.split("\n# ")[1:])}
_COMMON_PLOTS = tuple(plot for plot in _PLOTS.values() if plot.cast == "any")
_SPECIAL_PLOTS = tuple(plot for plot in _PLOTS.values() if plot.cast != "any")
_TEMPLATES = Templates(TABLES)


def tell_story(random: Random, request: StoryRequest | None = None) -> ToldStory:
    """A story that honours the request, with its plot and slots."""
    request = request or StoryRequest()
    if request.plot is not None:
        plot = _PLOTS[request.plot]
    elif request.kind is None and random.random() < 0.12:
        plot = pick(random, _SPECIAL_PLOTS)
    else:
        fitting = [plot for plot in _SPECIAL_PLOTS if plot.cast == request.kind]
        plot = pick(random, fitting or _COMMON_PLOTS)
    kind = request.kind or (plot.cast if plot.cast != "any" else
                            pick(random, CHILD_KINDS if random.random() < 0.5 else ANIMAL_KINDS))
    context = cast_story(random, kind, request.name)
    context.update(request.slots)
    if request.trait:
        context["trait"] = request.trait
    # Two colours in one story must differ, so that questions about them have one answer.
    _TEMPLATES.expand("{colour}{colour2}", random, context)
    while context["colour"] == context["colour2"]:
        del context["colour2"]
        _TEMPLATES.expand("{colour2}", random, context)
    optional_share = 0.15 if request.short else 0.75
    paragraphs: list[list[str]] = [[_TEMPLATES.expand(pick(random, INTRODUCTIONS), random, context)]]
    for sentence in plot.sentences:
        if sentence is None:
            paragraphs.append([])
            continue
        optional, wordings = sentence
        if not optional or random.random() < optional_share:
            paragraphs[-1].append(_TEMPLATES.expand(pick(random, wordings), random, context))
    if request.bedtime or random.random() < 0.15:
        ends = STORY_ENDS["bedtime" if request.bedtime else "any"]
        paragraphs[-1].append(_TEMPLATES.expand(pick(random, ends), random, context))
    separator = "\n" if random.random() < 0.8 else " "
    return ToldStory(separator.join(" ".join(paragraph) for paragraph in paragraphs), plot, context)


def story(random: Random, request: StoryRequest | None = None) -> str:
    """A children's story of about 80 to 220 words; paragraphs are joined by line breaks."""
    return tell_story(random, request).text


def _random_request(random: Random) -> tuple[str, StoryRequest]:
    """A constraint in words (completing "a story ...") and the request that honours it."""
    choice = random.random()
    context: Context = {}
    trait = _TEMPLATES.expand("{trait}", random, context)
    if choice < 0.28:
        kind = pick(random, ANIMAL_KINDS + list(CHILD_KINDS) + ["robot", "cloud", "star"])
        return f"about a {kind}", StoryRequest(kind=kind)
    if choice < 0.42:
        kind = pick(random, ANIMAL_KINDS + list(CHILD_KINDS))
        return f"about a {trait} {kind}", StoryRequest(kind=kind, trait=trait)
    if choice < 0.60:
        kind = pick(random, CHILD_KINDS if random.random() < 0.6 else ANIMAL_KINDS)
        name = pick(random, GIRL_NAMES if kind == "girl" else BOY_NAMES if kind == "boy" else GIRL_NAMES + BOY_NAMES)
        form = pick(random, ("about a {} called {}", "with a {} called {}", "about a {} named {}", "about {1}, a {0}"))
        return form.format(kind, name), StoryRequest(kind=kind, name=name)
    if choice < 0.72:
        # A hero and a thing: "about a fox and a lost kite".
        plot = pick(random, _COMMON_PLOTS)
        theme_template = pick(random, plot.themes)
        kind = pick(random, CHILD_KINDS if random.random() < 0.5 else ANIMAL_KINDS)
        theme = _TEMPLATES.expand(theme_template, random, context)
        return f"about a {kind} and {theme}", StoryRequest(kind=kind, plot=plot.name, slots=_fixed(context, theme_template))
    plot = pick(random, tuple(_PLOTS.values()))
    theme_template = pick(random, plot.themes)
    if "{hero}" in theme_template:
        context.update(cast_story(random, plot.cast, None))
    theme = _TEMPLATES.expand(theme_template, random, context)
    return f"about {theme}", StoryRequest(plot=plot.name, name=context.get("hero"), slots=_fixed(context, theme_template))


def _fixed(context: Context, template: str) -> tuple[tuple[str, str], ...]:
    """The slots that the template used, with the other columns of their rows."""
    return tuple((key, value) for key, value in context.items()
                 if key != "hero" and any("{%s}" % part in template for part in (key, key.split("_")[0])))


def request_and_story(random: Random) -> tuple[str, str, ToldStory]:
    """A user's request, the assistant's answer that contains the story, and the story."""
    constraint, request = ("", StoryRequest()) if random.random() < 0.25 else _random_request(random)
    short = random.random() < 0.15
    bedtime = not short and random.random() < 0.15
    request = StoryRequest(request.kind, request.name, request.trait, request.plot, request.slots, short, bedtime)
    context: Context = {"story": "short story" if short else "bedtime story" if bedtime else "story"}
    told = tell_story(random, request)
    context["about"] = " " + constraint if constraint else ""
    user = _TEMPLATES.expand(pick(random, PLAIN_REQUESTS), random, context)
    lead_in = ""
    if random.random() < 0.5:
        lead_in = _TEMPLATES.expand(pick(random, LEAD_INS), random, context) + "\n"
    return vary_style(finish_user_text(fix_articles(user)), random), lead_in + told.text, told


def story_exchange(random: Random) -> Exchange:
    """A user's request for a story and the story, which honours the request."""
    user, answer, _ = request_and_story(random)
    return user, answer


def _question_turns(random: Random, told: ToldStory, count: int) -> list[Exchange]:
    """Up to `count` questions about the story, some with a follow-up, with their answers."""
    chains = list(told.plot.questions) + [(pair,) for pair in GENERAL_QUESTIONS]
    if told.context["friend"] in told.text:
        chains.append((FRIEND_QUESTION,))
    random.shuffle(chains)
    turns: list[Exchange] = []
    for chain in chains:
        pairs = chain[:1]
        if len(chain) > 1 and random.random() < 0.6:
            pairs += (pick(random, chain[1:]),)
        for question, answer in pairs:
            if len(turns) == count:
                return turns
            context = dict(told.context, summary=_TEMPLATES.expand(told.plot.summary, random, told.context))
            user = finish_user_text(_TEMPLATES.expand(question, random, context))
            turns.append((vary_style(user, random), finish_sentence(_TEMPLATES.expand(answer, random, context))))
    return turns


def _constrained(random: Random, wordings: tuple[str, ...]) -> tuple[str, ToldStory]:
    """A user text with a constraint in one of the wordings, and a story that honours it."""
    constraint, request = _random_request(random)
    context: Context = {"about": constraint, "subject": constraint.removeprefix("about ")}
    user = finish_user_text(fix_articles(_TEMPLATES.expand(pick(random, wordings), random, context)))
    return vary_style(user, random), tell_story(random, request)


def _told_turns(random: Random, offered: bool) -> list[Exchange]:
    """A story with its request, a comment at times, and questions about it."""
    turns: list[Exchange] = []
    if offered and random.random() < 0.6:
        user, told = _constrained(random, OFFER_ANSWERS)
        answer = told.text
    elif random.random() < 0.2:
        # The assistant asks for the subject before it tells the story.
        turns.append(_pair(random, SUBJECT_QUESTIONS))
        user, told = _constrained(random, SUBJECT_ANSWERS)
        answer = told.text
    else:
        user, answer, told = request_and_story(random)
    turns.append((user, answer))
    if random.random() < 0.35:
        turns.append(_pair(random, COMMENTS))
    return turns + _question_turns(random, told, pick(random, (1, 2, 2, 3, 4)))


def _pair(random: Random, pairs: tuple[tuple[str, str], ...]) -> Exchange:
    user, answer = pick(random, pairs)
    return (vary_style(finish_user_text(_TEMPLATES.expand(user, random, {})), random),
            finish_sentence(_TEMPLATES.expand(answer, random, {})))


def story_dialogue(random: Random) -> str:
    """A short chat in which a story is asked for, told, and talked about."""
    turns: list[Exchange] = []
    if random.random() < 0.3:
        turns.append(_pair(random, OPENINGS))
    turns += _told_turns(random, bool(turns) and turns[0][1].endswith(("one?", "story?")))
    if random.random() < 0.15:
        if random.random() < 0.5:
            user, told = _constrained(random, AGAIN_CONSTRAINED)
        else:
            user, _ = _pair(random, AGAIN_REQUESTS)
            told = tell_story(random, StoryRequest(short=True))
        turns.append((user, _TEMPLATES.expand(pick(random, LEAD_INS), random, {"about": ""}) + "\n" + told.text))
        turns += _question_turns(random, told, 1)
    elif random.random() < 0.25:
        turns.append(_pair(random, COMMENTS))
    if random.random() < 0.45:
        turns.append(_pair(random, ENDINGS))
    return "\n\n".join(f"User: {user}\n\nAssistant: {answer}" for user, answer in turns)


def main() -> None:
    """Print sample stories and story dialogues separated by `<|endoftext|>` lines."""
    parser = argparse.ArgumentParser(description="Print stories and story dialogues.")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random = Random(arguments.seed)
    print("\n<|endoftext|>\n".join((story if index % 2 == 0 else story_dialogue)(random)
                                   for index in range(arguments.count)))


if __name__ == "__main__":
    main()
