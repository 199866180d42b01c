"""Conversations of everything: small talk, facts, sums, what cannot be known, stories, things told and asked for."""

from __future__ import annotations

from random import Random

from corpus.basic_facts import Facts
from corpus.small_talk import exchange
from corpus.small_talk_templates import pick
from corpus.sums import any_sum
from corpus.thinking import thinking_document
from corpus.told import Told
from corpus.unknowable import unknowable_exchange
from corpus.word_stories import TinyWords, word_story_exchange

Exchange = tuple[str, str]

_KNOWN = ("I know this.", "This is easy.", "I know the answer.", "That is something I know.")
_UNKNOWN = ("I cannot know that, so I will say so.", "I do not know this. I will not make something up.", "Nobody told me that, so I do not know.")
_TALK = ("The user wants to talk.", "This is small talk.", "I will answer in a friendly way.")


class Mixed:
    """Draws such conversations."""

    def __init__(self, facts: Facts, written: TinyWords | None, words: list[str]):
        self._facts = facts
        self._written = written
        self._words = words

    def exchange(self, random: Random) -> Exchange:
        """One turn of any of these but stories, for what may stand between other turns."""
        draw = random.random()
        if draw < 0.4:
            return self._facts.exchange(random)
        if draw < 0.75:
            return exchange(random)
        if draw < 0.88:
            return any_sum(random)[::2]
        return unknowable_exchange(random)

    def _turn(self, random: Random) -> tuple[str, str, str]:
        """A turn with the thought that may come before its answer."""
        draw = random.random()
        if draw < 0.42:
            return (*self._facts.exchange(random), pick(random, _KNOWN))
        if draw < 0.62:
            return (*exchange(random), pick(random, _TALK))
        if draw < 0.82:
            return (*unknowable_exchange(random), pick(random, _UNKNOWN))
        if draw < 0.96:
            one = any_sum(random)
            return one.user, one.answer, one.thought
        return (*word_story_exchange(random, self._written, self._words), "The story needs both words.")

    def document(self, random: Random) -> str:
        """A conversation of two to eight turns."""
        turns: list[tuple[str, str, str]] = []
        told: list[Told] = []
        for _ in range(pick(random, (2, 2, 3, 3, 4, 4, 5, 6, 8))):
            if random.random() < 0.12:
                fact = Told(random)
                if fact.kind.name != "ship" and fact.key not in {other.key for other in told}:
                    turns.append((fact.tell(), fact.acknowledge(), "I will remember this."))
                    told.append(fact)
                    continue
            if told and random.random() < 0.2:
                fact = told[int(random.random() * len(told))]
                turns.append((*fact.ask(), fact.thought()))
                continue
            turns.append(self._turn(random))
        return thinking_document(random, [(user, answer) for user, answer, _ in turns], turns[-1][2], share=0.15)
