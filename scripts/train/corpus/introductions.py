"""Short dialogues in which somebody comes in with a name and is asked for it later: what a new user tries first.

People who talk to each other answer a name with their own ("Hi Tom, I'm Anna."), and dialogues written by people are full
of that. These have the answer that Tern gives, for names that everybody has.
"""

from __future__ import annotations

from random import Random
from typing import Callable

from corpus.clean import NAMES
from corpus.memory_state import clear_filler
from corpus.values import FIRST_NAMES, Values, is_held_out

_OPENINGS = (
    "Hi! My name is {n}.", "Hi, my name is {n}.", "Hello! My name is {n}.", "Hello, my name is {n}.", "Hi! I'm {n}.", "Hi, I'm {n}.",
    "Hello, I'm {n}.", "Hello! I am {n}.", "Hi! I am {n}. How are you?", "Hey, I'm {n}.", "Hey! My name is {n}.", "Hi there! My name is {n}.",
    "Hi there, I'm {n}. What's your name?", "Hi! My name is {n}. What is yours?", "hi my name is {n}", "hi, i'm {n}", "hello i am {n}",
    "Good morning! I'm {n}.", "Good evening, my name is {n}.", "Hi, I am {n}. Nice to meet you.", "Hi! My name is {n}. I have a {s} called {p}.",
    "Hello! I'm {n} and I live in {t}.",
)
_ANSWERS = (
    "Hi {n}! I am Tern. How are you today?", "Hello, {n}! It is nice to meet you. I am Tern.", "Nice to meet you, {n}! I am Tern.",
    "Hi {n}, nice to meet you! I am Tern. What would you like to talk about?", "Hello {n}! I am Tern. How can I help you?",
    "Nice to meet you, {n}! How are you?", "Hi {n}! It is good to meet you.",
)
_ASKS = (
    "What is my name?", "What's my name?", "Do you remember my name?", "what is my name", "Do you know my name?", "Who am I?", "Can you tell me my name?",
    "What did I say my name was?", "And what is my name?", "Tell me my name.",
)
_TOLD = ("Your name is {n}.", "Your name is {n}.", "You are {n}.", "You told me that your name is {n}.", "Your name is {n}. I remember it.")
_PETS = ("I have a {s} called {p}.", "I have a {s} named {p}.", "My {s} is called {p}.", "My {s}'s name is {p}.")
_PET_ANSWERS = ("{p} is a nice name for a {s}!", "Got it. Your {s} is called {p}.", "How nice! I hope {p} is well.")
_PET_ASKS = ("What is my {s} called?", "And what is my {s} called?", "What is my {s}'s name?", "Do you remember my {s}'s name?", "what is my {s}'s name")
_PET_TOLD = ("Your {s} is called {p}.", "Your {s}'s name is {p}.", "You told me that your {s} is called {p}.")
_SPECIES = ("dog", "cat", "dog", "cat", "rabbit", "hamster", "parrot", "horse", "goldfish")


def introduction_dialogue(random: Random, filler: Callable[[], tuple[str, str]]) -> str:
    """A dialogue of 2 to 9 turns that begins with a name."""
    values = Values(random)
    name = random.choice([name for name in (*NAMES, *FIRST_NAMES) if not is_held_out(name)])
    slots = dict(n=name, s=random.choice(_SPECIES), p=values.pet_name(), t=values.town())
    opening = random.choice(_OPENINGS)
    turns = [(opening, random.choice(_ANSWERS))]
    pet_told = "{p}" in opening
    for _ in range(random.choice((0, 0, 1, 1, 2, 3, 4))):
        turns.append(clear_filler(filler))
    if not pet_told and random.random() < 0.5:
        turns.append((random.choice(_PETS), random.choice(_PET_ANSWERS)))
        pet_told = True
        turns += [clear_filler(filler) for _ in range(random.choice((0, 1, 2)))]
    questions = [(random.choice(_ASKS), random.choice(_TOLD))]
    if pet_told:
        questions.append((random.choice(_PET_ASKS), random.choice(_PET_TOLD)))
        random.shuffle(questions)
    parts = []
    for user, answer in turns + questions:
        for speaker, text in (("User", user), ("Assistant", answer)):
            for slot, value in slots.items():
                text = text.replace("{%s}" % slot, value)
            parts.append(f"{speaker}: {text}")
    return "\n\n".join(parts)
