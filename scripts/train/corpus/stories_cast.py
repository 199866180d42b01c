"""The cast of a story: hero, friend and elder with names, kinds and matching pronouns."""

from __future__ import annotations

from random import Random

from corpus.small_talk_templates import Context, pick
from corpus.stories_tables import (ANIMAL_KINDS, ANIMAL_NAMES_HE, ANIMAL_NAMES_SHE, BOY_NAMES, GIRL_NAMES,
                                   HOMES_ANIMAL, HOMES_CHILD)

_OBJECT_NAMES = {"robot": ("Bolt", "Beep", "Rusty", "Tock", "Clink", "Zip", "Gizmo", "Rivet"),
                 "cloud": ("Puff", "Wisp", "Fluff", "Drop", "Mist", "Nimbus"),
                 "star": ("Twinkle", "Spark", "Glim", "Shine", "Gleam", "Orion")}
_OBJECT_HOMES = {"robot": ("in a big grey factory", "in an old workshop", "on top of a hill", "in a quiet library"),
                 "cloud": ("high up in the sky", "in the wide blue sky", "far above the hills"),
                 "star": ("high up in the night sky", "in the dark sky, next to the moon", "far away in the sky")}
_ELDERS_ANIMAL = (("owl", "she"), ("tortoise", "he"), ("badger", "he"), ("horse", "she"), ("bear", "he"), ("goose", "she"))
_ELDERS_CHILD = (("baker", "he"), ("sailor", "he"), ("gardener", "she"), ("clockmaker", "he"), ("woman", "she"),
                 ("fisherman", "he"), ("farmer", "she"), ("shepherd", "he"))
_PRONOUNS = {"he": ("he", "him", "his"), "she": ("she", "her", "her")}
CHILD_KINDS = ("girl", "boy")


def is_child(kind: str) -> bool:
    """Whether the kind is a human child."""
    return kind in CHILD_KINDS


def _name(random: Random, kind: str) -> tuple[str, str]:
    """A name and the pronoun that goes with it."""
    if kind == "girl":
        return pick(random, GIRL_NAMES), "she"
    if kind == "boy":
        return pick(random, BOY_NAMES), "he"
    if kind in _OBJECT_NAMES:
        return pick(random, _OBJECT_NAMES[kind]), "he"
    if random.random() < 0.5:
        return pick(random, ANIMAL_NAMES_SHE), "she"
    return pick(random, ANIMAL_NAMES_HE), "he"


def cast_story(random: Random, kind: str, name: str | None) -> Context:
    """Slots for hero, friend, elder and home; a given name keeps its usual pronoun."""
    hero, pronoun = _name(random, kind)
    if name is not None:
        hero = name
        if not is_child(kind) and name in GIRL_NAMES:
            pronoun = "she"
        elif not is_child(kind) and name in BOY_NAMES:
            pronoun = "he"
    child_friend = is_child(kind) or (kind in _OBJECT_NAMES and random.random() < 0.7)
    friend_kind = pick(random, CHILD_KINDS if child_friend else ANIMAL_KINDS)
    # Two animals of one kind would make "the fox" unclear.
    while friend_kind == kind and not child_friend:
        friend_kind = pick(random, ANIMAL_KINDS)
    friend, friend_pronoun = _name(random, friend_kind)
    while friend == hero:
        friend, friend_pronoun = _name(random, friend_kind)
    elder_kind, elder_pronoun = pick(random, _ELDERS_CHILD if is_child(kind) else _ELDERS_ANIMAL)
    while elder_kind in (kind, friend_kind):
        elder_kind, elder_pronoun = pick(random, _ELDERS_ANIMAL)
    home = pick(random, _OBJECT_HOMES.get(kind) or (HOMES_CHILD if is_child(kind) else HOMES_ANIMAL))
    context = {"hero": hero, "kind": kind, "friend": friend, "friend_kind": friend_kind, "home": home,
               "elder_a": "an old " + elder_kind, "elder_the": "the old " + elder_kind}
    context.update(zip(("he", "him", "his"), _PRONOUNS[pronoun]))
    context.update(zip(("fhe", "fhim", "fhis"), _PRONOUNS[friend_pronoun]))
    context.update(zip(("ehe", "ehim", "ehis"), _PRONOUNS[elder_pronoun]))
    # "Mira the girl" sounds odd, so only animals are named with their kind.
    animal_friend = f"{friend} the {friend_kind}"
    context["friend_plain"] = friend if child_friend else animal_friend
    context["friend_full"] = f"{context['his']} friend {friend}" if child_friend else animal_friend
    return context
