"""Small talk for the chat corpus: single exchanges and short dialogues with followed topics.

Run `python3 -m corpus.small_talk --count N --seed S` from `scripts/train` to print samples.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from corpus.small_talk_everyday import EVERYDAY_INTENTS
from corpus.small_talk_intents import TALK_INTENTS
from corpus.small_talk_more import MORE_INTENTS
from corpus.small_talk_style import finish_sentence, finish_user_text, vary_style
from corpus.small_talk_tables import TABLES
from corpus.small_talk_templates import Context, Templates, pick
from corpus.small_talk_topics import TOPICS

Exchange = tuple[str, str]

# Intents whose user text is not a sentence, so it gets no full stop.
_RAW_INTENTS = {"gibberish", "single_word", "riddle_asked", "sum", "difference"}
# These close, open or derail a talk, so they are not used in the middle of a dialogue.
_NOT_IN_THE_MIDDLE = {"greeting", "goodbye", "morning", "evening", "emergency", "yes_no", "no_maybe", "user_fine",
                      "who_are_you", "test", "how_are_you", "thanks", "not_understood", "holiday", "back_again", "swear", "good_wishes",
                      "are_you_sure"}
_ENDINGS = ("goodbye", "goodbye", "goodbye", "thanks")


@dataclass(frozen=True)
class Branch:
    """User wordings with the answers that fit each of them."""

    users: tuple[str, ...]
    answers: tuple[str, ...]


def _read_branches(text: str) -> list[Branch]:
    """Read `>` and `<` lines; a `>` line after a `<` line begins a new branch."""
    branches: list[Branch] = []
    users: list[str] = []
    answers: list[str] = []
    for line in text.splitlines():
        if line.startswith("> "):
            if answers:
                branches.append(Branch(tuple(users), tuple(answers)))
                users, answers = [], []
            users.append(line[2:])
        elif line.startswith("< "):
            answers.append(line[2:])
        elif line.strip():
            raise ValueError(f"unexpected line {line!r}")
    if not users or not answers:
        raise ValueError(f"incomplete block {text!r}")
    return branches + [Branch(tuple(users), tuple(answers))]


def _read_intents(text: str) -> dict[str, list[Branch]]:
    """Read `# name` blocks with one or more branches each."""
    intents = {}
    for block in text.split("\n# ")[1:]:
        name, _, body = block.partition("\n")
        intents[name.strip()] = _read_branches(body)
    return intents


def _read_topics(text: str) -> dict[str, list[list[Branch]]]:
    """Read `# name` blocks of steps separated by `--` lines; a step has one or more branches."""
    return {block.partition("\n")[0].strip(): [_read_branches(step) for step in block.partition("\n")[2].split("\n--")]
            for block in text.split("\n# ")[1:]}


_TALK = _read_intents(TALK_INTENTS)
_INTENTS = _TALK | _read_intents(EVERYDAY_INTENTS) | _read_intents(MORE_INTENTS)
_INTENT_NAMES = tuple(_INTENTS)
# Talk about the talk comes up in every chat, so it is drawn twice as often.
_WEIGHTED_NAMES = _INTENT_NAMES + tuple(_TALK)
_MIDDLE_INTENTS = tuple(name for name in _INTENT_NAMES if name not in _NOT_IN_THE_MIDDLE)
_TOPICS = _read_topics(TOPICS)
_OPENING_NAMES = tuple(name for name in _TOPICS if name.startswith("open_")) + ("open_greeting",) * 3
_TOPIC_NAMES = tuple(name for name in _TOPICS if not name.startswith("open_"))
_TEMPLATES = Templates(TABLES)


def _render(branch: Branch, random: Random, context: Context, informal: float, raw: bool = False) -> Exchange:
    user = _TEMPLATES.expand(pick(random, branch.users), random, context).strip()
    if not raw:
        user = finish_user_text(user)
    answer = finish_sentence(_TEMPLATES.expand(pick(random, branch.answers), random, context))
    return vary_style(user, random, informal), answer[:1].upper() + answer[1:]


def intent_exchange(random: Random, name: str, informal: float = 1 / 3) -> Exchange:
    """One turn pair of the named intent; `informal` is the share of informal user texts."""
    return _render(pick(random, _INTENTS[name]), random, {}, informal, name in _RAW_INTENTS)


def exchange(random: Random) -> Exchange:
    """One self-contained small-talk turn pair."""
    return intent_exchange(random, pick(random, _WEIGHTED_NAMES))


def _without_question(random: Random, make_turns: Callable[[], list[Exchange]]) -> list[Exchange]:
    """Turns whose last answer asks nothing where possible: the user is about to change the topic."""
    turns = make_turns()
    for _ in range(6):
        if not turns[-1][1].endswith("?"):
            break
        turns = make_turns()
    return turns


def _new_topic(random: Random, name: str, informal: float) -> list[Exchange]:
    """The turns of a topic script or of a single intent."""
    if name in _TOPICS:
        context: Context = {}
        return [_render(pick(random, step), random, context, informal) for step in _TOPICS[name]]
    return [intent_exchange(random, name, informal)]


def _mark_change(random: Random, turn: Exchange) -> Exchange:
    """Sometimes begin a new topic with words such as `By the way`."""
    user, answer = turn
    if random.random() < 0.2:
        if user.startswith(("What ", "Do ", "Can ", "How ")):
            lead = pick(random, ("By the way, ", "Another question: ", "And ", "Tell me, "))
        elif user.startswith(("I ", "My ")):
            lead = pick(random, ("By the way, ", "Something else: ", "You know, "))
        else:
            return turn
        user = lead + (user if user.startswith("I ") else user[0].lower() + user[1:])
    return user, answer


def dialogue(random: Random) -> str:
    """A coherent short chat of 2 to 10 turn pairs in the document layout."""
    # A person keeps one style through a talk, so informality is drawn once.
    informal = pick(random, (0.0, 0.0, 0.1, 0.9, 0.9))
    turns: list[Exchange] = []
    if random.random() < 0.6:
        turns += _new_topic(random, pick(random, _OPENING_NAMES), informal)
    used: set[str] = set()
    for _ in range(pick(random, (1, 1, 1, 2, 2, 3))):
        name = pick(random, _TOPIC_NAMES if random.random() < 0.7 else _MIDDLE_INTENTS)
        if name in used:
            continue
        following = _without_question(random, lambda: _new_topic(random, name, informal))
        if used:
            following[0] = _mark_change(random, following[0])
        used.add(name)
        turns += following
    if random.random() < 0.4 or len(turns) < 2:
        turns.append(intent_exchange(random, pick(random, _ENDINGS), informal))
    elif random.random() < 0.15:
        # A talk may also stop in the middle: the answers that ask for more are worth learning, too.
        turns = turns[:max(2, int(len(turns) * random.random()))]
    return "\n\n".join(f"User: {user}\n\nAssistant: {answer}" for user, answer in turns[:10])


def main() -> None:
    """Print sample dialogues separated by `<|endoftext|>` lines."""
    parser = argparse.ArgumentParser(description="Print small-talk dialogues.")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    random = Random(arguments.seed)
    print("\n<|endoftext|>\n".join(dialogue(random) for _ in range(arguments.count)))


if __name__ == "__main__":
    main()
