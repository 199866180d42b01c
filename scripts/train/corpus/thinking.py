"""
Thoughts before an answer, in the marks of the G1 models.

Asked to think, the prompt ends in `Assistant: <think`, behind a user's text that may end in "(think)", "(think a bit)" or
"(think a lot)"; what the model writes begins with `>`. Not to think, the prompt may end in an empty thought, whose last
character the model writes too. Only the last answer has a thought: those of earlier ones are left out of later prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from corpus.small_talk_templates import pick
from corpus.wordings import document

_SUFFIXES = (" (think)", " (think)", " (think a bit)", " (think a bit)", " (think a lot)", "", "")
#: What the prompt may end in, behind the label of the answer.
PROMPTS = (" <think", " <think>\n</think", " <think></think")
_EMPTY = ("<think>\n</think>", "<think></think>")


def thoughtful(random: Random, turns: Sequence[tuple[str, str]], thought: str, system: str = "") -> str:
    """A conversation whose last answer has a thought before it."""
    user, answer = turns[-1]
    last = user + pick(random, _SUFFIXES), f"<think> {thought}</think> {answer}"
    return document([*turns[:-1], last], system)


def thoughtless(random: Random, turns: Sequence[tuple[str, str]], system: str = "") -> str:
    """A conversation whose last answer comes after an empty thought."""
    user, answer = turns[-1]
    return document([*turns[:-1], (user, f"{pick(random, _EMPTY)} {answer}")], system)


def thinking_document(random: Random, turns: Sequence[tuple[str, str]], thought: str, system: str = "", share: float = 0.5) -> str:
    """The conversation with its thought in `share` of the cases; else without, a quarter of these behind an empty one."""
    draw = random.random()
    if draw < share:
        return thoughtful(random, turns, thought, system)
    if draw < share + (1 - share) / 4:
        return thoughtless(random, turns, system)
    return document(turns, system)
