"""The table of fact kinds with their own phrases."""

from __future__ import annotations

import random

from .facts import FactKind

SPECIES = ("dog", "cat", "rabbit", "hamster", "parrot", "horse", "goldfish", "turtle", "pony", "kitten", "puppy", "goat",
           "snake", "guinea pig", "duck", "bird", "donkey", "pig")
WOMEN = ("sister", "mother", "daughter", "wife", "aunt", "grandmother", "niece", "girlfriend")
MEN = ("brother", "father", "son", "husband", "uncle", "grandfather", "nephew", "boyfriend")
OTHERS = ("friend", "best friend", "teacher", "neighbour", "boss", "doctor", "cousin", "dentist", "roommate", "coach",
          "colleague", "piano teacher", "mom", "dad", "neighbor")
RELATIONS = WOMEN + MEN + OTHERS


def _pronoun(relation: str) -> str:
    """Return the pronoun of a relation."""
    return "she" if relation in WOMEN + ("mom",) else "he" if relation in MEN + ("dad",) else "they"


def pet_kind(species: str, family: str = "pet") -> FactKind:
    """Return the fact kind of the name of an animal."""
    s = species
    return FactKind(
        key=f"{s} name", family=family, method="pet_name", topic=s,
        clause=f"my {s} is called {{v}}",
        direct=(f"what is my {s} called", f"what is my {s}'s name", f"what is the name of my {s}",
                f"what did I say my {s} was called", f"what's my {s}'s name", f"how is my {s} called",
                f"what did I call my {s}", f"who is my {s}"),
        indirect=(f"what my {s} is called", f"my {s}'s name", f"the name of my {s}", f"what my {s}'s name is"),
        check=f"is my {s} called {{v}}",
        states=(f"My {s}'s name is {{v}}.", f"I have a {s} called {{v}}.", f"I have a {s} named {{v}}.",
                f"I have a {s}. The name is {{v}}.", f"We have a {s}, {{v}}.", f"This morning I played with {{v}}, my {s}.",
                f"My {s} {{v}} is sleeping next to me.", f"I had a long day. My {s} {{v}} ran away and I had to look all over the town.",
                f"My {s} {{v}} is hungry again.", f"I got a {s} last week. I named it {{v}}.", f"Our {s} is called {{v}}. We love it.",
                f"I have to feed my {s} {{v}} soon.", f"My {s} {{v}} was sick last week, but now all is well.",
                f"{{v}} is the name of my {s}.", f"i have a {s} called {{v}}", f"my {s}'s name is {{v}}",
                f"I live with my {s} {{v}}.", f"I love my {s}. Its name is {{v}}.", f"my {s} is named {{v}}"),
        acks=(f"{{v}} is a nice name for a {s}!", f"What a nice name! I hope {{v}} is well.", f"{{v}} sounds like a lovely {s}.",
              f"Your {s} {{v}} sounds sweet.", "Say hello to {v} from me!", f"A {s} called {{v}}! How nice.", "I like the name {v}."),
        answers=("{v}.", "It is {v}.", f"Your {s}'s name is {{v}}.", f"The name of your {s} is {{v}}.", "The name is {v}."),
    )


def person_kind(relation: str, family: str = "person") -> FactKind:
    """Return the fact kind of the name of a person."""
    r = relation
    she = _pronoun(r).capitalize()
    verb = "is" if she != "They" else "are"
    return FactKind(
        key=f"{r} name", family=family, method="person_name", topic=r,
        clause=f"my {r} is called {{v}}",
        direct=(f"what is my {r}'s name", f"what is my {r} called", f"what is the name of my {r}", f"who is my {r}",
                f"what did I say my {r} was called", f"what's my {r}'s name", f"what name did I give for my {r}"),
        indirect=(f"my {r}'s name", f"what my {r} is called", f"the name of my {r}", f"what my {r}'s name is"),
        check=f"is my {r} called {{v}}",
        states=(f"My {r}'s name is {{v}}.", f"My {r} is {{v}}.", f"{{v}} is my {r}.", f"{{v}} is the name of my {r}.", f"My {r} {{v}} came to visit me today.",
                f"My {r} {{v}} called me this morning.", f"I have to write a letter to {{v}}, my {r}.",
                f"I had a good day. I met my {r} {{v}} in town and we talked for an hour.", f"I talked to my {r} {{v}} yesterday.",
                f"My {r} {{v}} is very kind.", f"I need to buy a present for my {r} {{v}}.", f"My {r} is named {{v}}.",
                f"Today I am waiting for my {r}. {she} {verb} called {{v}}.", f"I know {{v}} well, because {{v}} is my {r}.",
                f"my {r}'s name is {{v}}", f"my {r} {{v}} is coming tomorrow", f"I am going to see my {r}, {{v}}, next week."),
        acks=("{v} is a nice name.", f"{{v}} sounds like a nice person.", f"How nice! I hope {{v}} is well.",
              f"I hope your {r} {{v}} is doing well.", "Please say hello to {v} from me.", f"So {{v}} is your {r}. Good to know."),
        answers=("{v}.", f"Your {r}'s name is {{v}}.", f"It is {{v}}.", f"The name of your {r} is {{v}}.", f"Your {r} is {{v}}."),
    )


def lives_kind(relation: str) -> FactKind:
    """Return the fact kind of the town where a person lives."""
    r = relation
    return FactKind(
        key=f"{r} town", family="person town", method="town", topic=r,
        clause=f"my {r} lives in {{v}}",
        direct=(f"where does my {r} live", f"in which town does my {r} live", f"what town does my {r} live in",
                f"where did I say my {r} lives", f"which city is my {r} in"),
        indirect=(f"where my {r} lives", f"the town where my {r} lives", f"in which town my {r} lives"),
        check=f"does my {r} live in {{v}}",
        states=(f"My {r} has a house in {{v}}.", f"My {r} moved to {{v}} last year.", f"I am going to {{v}} to visit my {r}.",
                f"My {r} lives in {{v}} now.", f"My {r} lives far away, in {{v}}.", f"My {r} found a flat in {{v}}.",
                f"I miss my {r}, who lives in {{v}}.", f"My {r} just moved to {{v}}."),
        acks=(f"{{v}} sounds like a nice place.", f"I hope your {r} likes it in {{v}}.", f"So your {r} is in {{v}}. Good to know."),
        answers=("In {v}.", "{v}.", f"Your {r} lives in {{v}}."),
    )


def person_job_kind(relation: str) -> FactKind:
    """Return the fact kind of a person's job."""
    r = relation
    return FactKind(
        key=f"{r} job", family="person job", method="job", topic=r,
        clause=f"my {r} is {{av}}",
        direct=(f"what does my {r} do", f"what is my {r}'s job", f"what does my {r} do for work", f"what is the job of my {r}",
                f"what did I say my {r} does for a living"),
        indirect=(f"what my {r} does for work", f"my {r}'s job", f"what job my {r} has"),
        check=f"is my {r} {{av}}",
        states=(f"My {r} works as {{av}}.", f"My {r} has a new job as {{av}}.", f"My {r} became {{av}} last year.",
                f"My {r} is {{av}} and works a lot.", f"My {r} wants to be the best, and works as {{av}}.",
                f"my {r} works as {{av}}", f"I am proud of my {r}. My {r} is {{av}}.", f"My {r} has worked as {{av}} for ten years."),
        acks=(f"It must be interesting to be {{av}}.", f"So your {r} is {{av}}. How nice!", f"Being {{av}} sounds interesting."),
        answers=(f"Your {r} works as {{av}}.", f"Your {r} is {{av}}."),
    )


def person_likes_kind(relation: str) -> FactKind:
    """Return the fact kind of a person's favourite food."""
    r = relation
    return FactKind(
        key=f"{r} food", family="person food", method="food", topic=r,
        clause=f"my {r} likes {{v}}",
        direct=(f"what does my {r} like to eat", f"what food does my {r} like", f"what should I cook for my {r}",
                f"what does my {r} like", f"what did I say my {r} likes to eat"),
        indirect=(f"what my {r} likes to eat", f"what food my {r} likes", f"what my {r} likes"),
        check=f"does my {r} like {{v}}",
        states=(f"My {r} loves {{v}}.", f"My {r} likes to eat {{v}}.", f"My {r} eats {{v}} every day.", f"I cooked {{v}} for my {r}. My {r} loves it.",
                f"My {r}'s favourite food is {{v}}.", f"my {r} really likes {{v}}", f"My {r} always asks for {{v}}.",
                f"My {r} is coming for dinner and loves {{v}}."),
        acks=("{v} sounds good.", f"I hope your {r} gets a lot of {{v}}.", f"So your {r} likes {{v}}. Good to know."),
        answers=(f"Your {r} loves {{v}}.", f"Your {r} likes to eat {{v}}.", "It is {v}."),
    )


def favourite_kind(topic: str, method: str, spelling: str = "favourite", evaluable: bool = True) -> FactKind:
    """Return the fact kind of a favourite thing."""
    t, f = topic, spelling
    the = "the " if topic in ("animal", "flower", "fruit", "instrument") else ""
    return FactKind(
        key=f"{f} {t}", family="favourite", method=method, topic=t, evaluable=evaluable,
        clause=f"my {f} {t} is {the}{{v}}",
        direct=(f"what is my {f} {t}", f"what's my {f} {t}", f"which {t} is my {f}", f"which {t} do I like best",
                f"what {t} do I like the most", f"what did I say my {f} {t} was", f"which {t} did I say I like best"),
        indirect=(f"what my {f} {t} is", f"my {f} {t}", f"which {t} I like best"),
        check=f"is my {f} {t} {the}{{v}}",
        states=(f"I like {the}{{v}} best. It is my {f} {t}.", f"The {t} that I like best is {the}{{v}}.", f"My {f} {t} has always been {the}{{v}}.",
                f"Of every {t} in the world, I like {the}{{v}} the most.", f"If you ask me for my {f} {t}, I say {the}{{v}}.",
                f"I think {the}{{v}} is the best {t}.", f"{the.capitalize()}{{v}} is my {f} {t}.", f"my {f} {t} is {the}{{v}}", f"For me the best {t} is {the}{{v}}.",
                f"Today we talked about the best {t} at school. Mine is {the}{{v}}.", f"When I was a child, my {f} {t} was {the}{{v}}, and it still is."),
        acks=(f"{the.capitalize()}{{v}} is a good choice!", f"I see, you like {the}{{v}}.", f"{the.capitalize()}{{v}} sounds great.", f"{the.capitalize()}{{v}} is a nice {t}.",
              f"So {the}{{v}} is your {f} {t}. Nice choice!"),
        answers=(f"It is {the}{{v}}.", f"You like {the}{{v}} best.", f"Your {f} {t} is {the}{{v}}.", f"You said your {f} {t} is {the}{{v}}.", f"{the.capitalize()}{{v}}."),
    )


def place_kind(thing: str, plural: bool) -> FactKind:
    """Return the fact kind of the place where a thing is kept."""
    t, verb, pronoun = thing, "are" if plural else "is", "them" if plural else "it"
    return FactKind(
        key=f"{t} place", family="place", method="hiding_place", topic=t,
        clause=f"my {t} {verb} {{v}}",
        direct=(f"where {verb} my {t}", f"where did I put my {t}", f"where did I say my {t} {verb}", f"where can I find my {t}",
                f"where do I keep my {t}", f"where should I look for my {t}"),
        indirect=(f"where my {t} {verb}", f"where I put my {t}", f"where I can find my {t}"),
        check=f"{verb} my {t} {{v}}",
        states=(f"I put my {t} {{v}}.", f"I left my {t} {{v}}.", f"I always keep my {t} {{v}}.", f"I hid my {t} {{v}}. Don't tell anyone!",
                f"I cleaned the whole house today. Now my {t} {verb} {{v}}.", f"I found my {t}! I will leave {pronoun} {{v}}.",
                f"i put my {t} {{v}}", f"Someone put my {t} {{v}}.", f"I just placed my {t} {{v}}, so help me to remember it."),
        acks=(f"Okay, I will remember that your {t} {verb} {{v}}.", f"{'They are' if plural else 'It is'} {{v}}. Got it!", f"So you can find {pronoun} {{v}}."),
        answers=(f"{'They are' if plural else 'It is'} {{v}}.", f"You put {pronoun} {{v}}.", f"Look {{v}}.", f"You can find {pronoun} {{v}}."),
    )


def number_kind(noun: str, method: str = "number") -> FactKind:
    """Return the fact kind of a number or a code that the user has."""
    n = noun
    return FactKind(
        key=n, family="number", method=method, topic=n,
        clause=f"my {n} is {{v}}",
        direct=(f"what is my {n}", f"what's my {n}", f"what was my {n}", f"what did I say my {n} was", f"which {n} do I have",
                f"can you give me my {n}"),
        indirect=(f"what my {n} is", f"my {n}", f"which {n} I have"),
        check=f"is my {n} {{v}}",
        states=(f"{{v}} is my {n}.", f"My {n} is {{v}}, please remember it.", f"They gave me the {n} {{v}}.", f"I got a new {n}: {{v}}.",
                f"I always forget my {n}. It is {{v}}.", f"Please remember my {n}: {{v}}.", f"The {n} I have is {{v}}.",
                f"my {n} is {{v}}", f"I wrote my {n} on a note: {{v}}.", f"I am in a hurry. My {n} is {{v}}, so please keep it in mind.",
                f"Can you keep my {n} for me? It is {{v}}."),
        acks=("{v}. Got it!", f"Your {n} is {{v}}. I will remember it.", "{v}, okay. I will keep that in mind.", f"Okay, the {n} is {{v}}."),
        answers=("It is {v}.", "{v}.", f"Your {n} is {{v}}.", f"You told me {{v}}.", f"The {n} is {{v}}."),
    )


def time_kind(event: str, method: str = "clock_time") -> FactKind:
    """Return the fact kind of the time or the day of an event."""
    e = event
    at, when = ("at", "at what time") if method == "clock_time" else ("on", "on which day")
    return FactKind(
        key=f"{e} time", family="time", method=method, topic=e, evaluable=False,
        clause=f"my {e} is {at} {{v}}",
        direct=(f"when is my {e}", f"{when} is my {e}", f"when was my {e} again", f"when did I say my {e} is", f"when do I have my {e}",
                f"when does my {e} start"),
        indirect=(f"when my {e} is", f"{when} my {e} is", f"when I have my {e}"),
        check=f"is my {e} {at} {{v}}",
        states=(f"I have my {e} {at} {{v}}.", f"My {e} starts {at} {{v}}.", f"I am a bit nervous, because my {e} is {at} {{v}}.",
                f"Please remember my {e} {at} {{v}}.", f"I must not forget my {e} {at} {{v}}.", f"my {e} is {at} {{v}}",
                f"They told me that my {e} is {at} {{v}}.", f"I moved my {e}. Now it is {at} {{v}}."),
        acks=(f"Okay, {at} {{v}}. I will remember it.", f"Your {e} is {at} {{v}}. Got it!", f"I hope it goes well {at} {{v}}."),
        answers=(f"It is {at} {{v}}.", f"{at.capitalize()} {{v}}.", f"Your {e} is {at} {{v}}.", f"You told me {at} {{v}}."),
    )


def named_thing_kind(thing: str, method: str = "vehicle_name") -> FactKind:
    """Return the fact kind of the name of a thing that the user owns or visits."""
    t = thing
    return FactKind(
        key=f"{t} name", family="thing", method=method, topic=t,
        clause=f"my {t} is called {{v}}",
        direct=(f"what is my {t} called", f"what is the name of my {t}", f"what did I say my {t} was called", f"what's the name of my {t}",
                f"what did I say about the name of my {t}", f"what is my {t}'s name"),
        indirect=(f"what my {t} is called", f"the name of my {t}", f"what the name of my {t} is"),
        check=f"is my {t} called {{v}}",
        states=(f"The name of my {t} is {{v}}.", f"My {t} has a name: {{v}}.", f"My {t} is named {{v}}.", f"I have to tell you about my {t}. It is called {{v}}.",
                f"my {t} is called {{v}}", f"I love my {t}. Its name is {{v}}.", f"{{v}} is the name of my {t}.",
                f"Everyone knows my {t} by the name {{v}}."),
        acks=("{v} is a good name.", f"{{v}} is a fine name for a {t}.", f"So your {t} is called {{v}}. I like that.", "I like the name {v}."),
        answers=("It is called {v}.", "{v}.", f"The name of your {t} is {{v}}.", "It is {v}."),
    )


OWN_NAME = FactKind(
    key="own name", family="own name", method="person_name", topic="name",
    clause="my name is {v}",
    direct=("what is my name", "what's my name", "who am I", "what am I called", "what did I say my name was", "what is my first name",
            "what name did I tell you", "how am I called"),
    indirect=("my name", "what my name is", "what I am called", "who I am"),
    check="is my name {v}",
    states=("I am {v}.", "I'm {v}.", "Hi, I am {v}.", "Hello! My name is {v}.", "Hi! I'm {v}. Nice to meet you.", "You can call me {v}.",
            "Call me {v}.", "Please call me {v}.", "People call me {v}.", "My friends call me {v}.", "Hello, this is {v}.",
            "The name is {v}.", "I'm called {v}.", "I have not told you my name. It is {v}.", "hi im {v}", "my name is {v}",
            "hello i am {v}", "I am {v} and I wanted to talk to someone today.", "Hey there, {v} here.", "call me {v}"),
    acks=("Nice to meet you, {v}!", "Hello, {v}! Nice to meet you.", "Hi, {v}! It is good to meet you.", "Hello, {v}! How are you today?",
          "{v} is a nice name.", "It is nice to meet you, {v}.", "Welcome, {v}! What would you like to talk about?", "Hi {v}! How can I help you?",
          "Nice to meet you, {v}. I am Tern.", "Hello, {v}. I am Tern. How are you?", "Hello, {v}!", "Good to meet you, {v}."),
    answers=("Your name is {v}.", "You are {v}.", "You are called {v}.", "{v}.", "Your name is {v}. You told me so."),
)

_SINGLE = (
    OWN_NAME,
    FactKind(
        key="family name", family="number", method="family_name", topic="family name",
        clause="my last name is {v}",
        direct=("what is my last name", "what's my last name", "what did I say my last name was", "what is my family name"),
        indirect=("my last name", "what my last name is", "my family name"),
        check="is my last name {v}",
        states=("My family name is {v}.", "My last name is spelled like this: {v}.", "{v} is my last name.", "my last name is {v}",
                "At school they use my last name, {v}.", "My whole family is called {v}. It is our last name.", "I have a rare last name: {v}.",
                "I'm from the {v} family. That is my last name."),
        acks=("{v} is a nice last name.", "Your last name is {v}. Got it!", "{v}, okay. Thank you."),
        answers=("It is {v}.", "{v}.", "Your family name is {v}.", "Your last name is {v}."),
    ),
    FactKind(
        key="home town", family="home", method="town", topic="home",
        clause="I live in {v}",
        direct=("where do I live", "which town do I live in", "what town do I live in", "in which city do I live", "where did I say I live",
                "where is my home", "what is the name of my town", "what city am I living in"),
        indirect=("where I live", "in which town I live", "the town where I live"),
        check="do I live in {v}",
        states=("I live in a town called {v}.", "My home is in {v}.", "I moved to {v} last year.", "I am at home in {v}.", "We just moved to {v}.",
                "I live in {v}, a quiet town.", "I love it here in {v}, where I live.", "I live in {v} now.", "i live in {v}",
                "My town is called {v}.", "It is snowing in {v} today, where I live.", "My family and I live in {v}."),
        acks=("{v} sounds like a nice place.", "How is life in {v}?", "I hope you like it in {v}.", "So you live in {v}. Nice!",
              "I do not know much about {v}. Do you like it there?"),
        answers=("In {v}.", "{v}.", "You live in {v}.", "Your home is in {v}.", "You told me you live in {v}."),
    ),
    FactKind(
        key="birth place", family="home", method="town", topic="birth",
        clause="I was born in {v}",
        direct=("where was I born", "in which town was I born", "what is my birth place", "where did I say I was born", "which town was I born in"),
        indirect=("where I was born", "in which town I was born", "the town where I was born"),
        check="was I born in {v}",
        states=("I was born in {v} many years ago.", "My birth place is {v}.", "I was born in a town called {v}.", "i was born in {v}",
                "I was born in {v}, but we moved away soon.", "My mother and I were both born in {v}.", "The town where I was born is {v}.",
                "I came into the world in {v}."),
        acks=("{v} sounds like an interesting place.", "So you were born in {v}. Nice!", "Do you still visit {v}?"),
        answers=("In {v}.", "You were born in {v}.", "{v}.", "You told me you were born in {v}."),
    ),
    FactKind(
        key="street", family="home", method="street", topic="street",
        clause="my street is {v}",
        direct=("what is the name of my street", "which street do I live on", "what street do I live on", "what is my street called",
                "what did I say my street was", "what is my street"),
        indirect=("the name of my street", "which street I live on", "what my street is called"),
        check="do I live on {v}",
        states=("I live on {v}.", "My street is called {v}.", "My house is on {v}.", "We live on {v}, near the park.", "i live on {v}",
                "My address is on {v}.", "There is a lot of noise on {v}, where my house is.", "I just moved to a house on {v}."),
        acks=("{v} sounds like a nice street.", "So you live on {v}. Got it!", "I hope {v} is a quiet street."),
        answers=("{v}.", "You live on {v}.", "It is {v}.", "Your street is called {v}."),
    ),
    FactKind(
        key="age", family="age", method="age", topic="age", evaluable=False,
        clause="I am {v} years old",
        direct=("how old am I", "what is my age", "what's my age", "how old did I say I am", "what did I say my age was"),
        indirect=("how old I am", "my age", "what my age is"),
        check="am I {v} years old",
        states=("I'm {v}.", "I am {v}.", "My age is {v}.", "I just turned {v}.", "I turned {v} last week.", "I will soon be older, but now I am {v} years old.",
                "i am {v} years old", "im {v}", "I am {v} years old and I feel great."),
        acks=("{v} is a good age!", "So you are {v} years old. Nice!", "{v}! I hope you feel great."),
        answers=("You are {v}.", "{v}.", "You are {v} years old.", "You told me you are {v}."),
    ),
    FactKind(
        key="birthday", family="age", method="date", topic="birthday", evaluable=False,
        clause="my birthday is on {v}",
        direct=("when is my birthday", "what day is my birthday", "on what day is my birthday", "when did I say my birthday is", "what is the date of my birthday"),
        indirect=("when my birthday is", "the date of my birthday", "what day my birthday is on"),
        check="is my birthday on {v}",
        states=("My birthday is {v}.", "I have my birthday on {v}.", "I was born on {v}.", "We always have a big party on {v}, because it is my birthday.",
                "my birthday is on {v}", "I am waiting for my birthday on {v}.", "The date of my birthday is {v}.", "Mark {v}. It is my birthday!"),
        acks=("{v} is a nice day for a birthday.", "Your birthday is on {v}. I will remember that.", "I hope you have a great party on {v}!"),
        answers=("It is on {v}.", "On {v}.", "Your birthday is on {v}.", "{v}."),
    ),
    FactKind(
        key="job", family="work", method="job", topic="job",
        clause="I work as {av}",
        direct=("what is my job", "what do I do for work", "what's my job", "what do I do for a living", "what did I say my job was", "what do I work as"),
        indirect=("what my job is", "what I do for work", "my job"),
        check="am I {av}",
        states=("I am {av}.", "I'm {av}.", "My job is {v}.", "I started a new job as {av}.", "I have been {av} for ten years.", "I make my money as {av}.",
                "i work as {av}", "I am tired from work. I am {av}.", "I am {av} and I like my job.", "I became {av} last year."),
        acks=("Being {av} sounds interesting.", "So you are {av}. Do you like it?", "How nice! What is it like to be {av}?"),
        answers=("You are {av}.", "You work as {av}.", "Your job is {v}.", "You told me you are {av}."),
    ),
    FactKind(
        key="hobby", family="work", method="hobby", topic="hobby",
        clause="my hobby is {v}",
        direct=("what is my hobby", "what's my hobby", "what do I like to do in my free time", "what did I say my hobby was", "what do I do for fun"),
        indirect=("what my hobby is", "my hobby", "what I do in my free time"),
        check="is my hobby {v}",
        states=("I like {v} in my free time.", "In my free time I enjoy {v}.", "I love {v}. It is my hobby.", "I spend my evenings {v}. It is my hobby.",
                "My new hobby is {v}.", "my hobby is {v}", "After work my hobby keeps me busy. It is {v}.", "For fun I enjoy {v}."),
        acks=("{v} sounds like fun.", "So your hobby is {v}. How nice!", "I hope you have a lot of time for {v}."),
        answers=("It is {v}.", "You enjoy {v}.", "Your hobby is {v}.", "You told me that you like {v}."),
    ),
    FactKind(
        key="instrument", family="work", method="instrument", topic="instrument",
        clause="I play the {v}",
        direct=("what instrument do I play", "which instrument do I play", "what instrument did I say I play", "what is my instrument"),
        indirect=("which instrument I play", "what instrument I play", "what my instrument is"),
        check="do I play the {v}",
        states=("I am learning to play the {v}.", "I play the {v} in a band.", "My instrument is the {v}.", "I have played the {v} since I was six.",
                "i play the {v}", "I have a music lesson today. I play the {v}.", "I practise the {v} every day.", "I play the {v} at school."),
        acks=("The {v} is a nice instrument.", "So you play the {v}. How nice!", "I would love to know more about the {v}."),
        answers=("The {v}.", "You play the {v}.", "Your instrument is the {v}.", "You told me you play the {v}."),
    ),
    FactKind(
        key="school", family="work", method="school", topic="school",
        clause="I go to {v}",
        direct=("which school do I go to", "what is the name of my school", "what is my school called", "what school did I say I go to", "what school do I go to"),
        indirect=("which school I go to", "the name of my school", "what my school is called"),
        check="do I go to {v}",
        states=("My school is {v}.", "My school is called {v}.", "I am a student at {v}.", "I study at {v}.", "i go to {v}", "We had a test today at {v}, my school.",
                "The name of my school is {v}.", "I started at a new school. It is called {v}."),
        acks=("{v} sounds like a good school.", "So you go to {v}. Do you like it?", "I hope you like {v}."),
        answers=("{v}.", "You go to {v}.", "Your school is {v}.", "It is called {v}."),
    ),
    FactKind(
        key="holiday", family="travel", method="town", topic="holiday",
        clause="I am going to {v} for my holiday",
        direct=("where am I going for my holiday", "where am I going on holiday", "where do I spend my holiday", "where did I say I am going on holiday",
                "which place am I going to visit on my holiday"),
        indirect=("where I am going for my holiday", "where I am going on holiday", "where I want to spend my holiday"),
        check="am I going to {v} for my holiday",
        states=("I am going on holiday to {v}.", "We are going to {v} on holiday.", "My holiday will be in {v} this year.", "Next month I fly to {v} for my holiday.",
                "I can't wait for my holiday in {v}.", "I booked a holiday in {v}.", "I am packing my bags for a holiday in {v}.", "im going to {v} on holiday"),
        acks=("Have a good time in {v}!", "{v} sounds like a good place for a holiday.", "I hope you enjoy {v}.", "How nice! I hope the sun shines in {v}."),
        answers=("You are going to {v}.", "To {v}.", "Your holiday is in {v}.", "You are going on holiday to {v}."),
    ),
    FactKind(
        key="allergy", family="health", method="allergen", topic="allergy",
        clause="I am allergic to {v}",
        direct=("what am I allergic to", "what is my allergy", "what did I say I am allergic to", "which thing am I allergic to"),
        indirect=("what I am allergic to", "what my allergy is", "what I cannot have"),
        check="am I allergic to {v}",
        states=("I have an allergy to {v}.", "I can't have {v}. I am allergic to it.", "I was sick all night. I am allergic to {v}.", "I get ill from {v}. It is an allergy.",
                "i am allergic to {v}", "My doctor says I am allergic to {v}.", "I found out that I am allergic to {v}.", "I have to be careful. I am allergic to {v}."),
        acks=("That is important. You are allergic to {v}.", "I am sorry to hear that. Please stay away from {v}.", "I see, you have to stay away from {v}."),
        answers=("You are allergic to {v}.", "To {v}.", "You have an allergy to {v}."),
    ),
    FactKind(
        key="bought", family="shopping", method="thing", topic="bought",
        clause="I bought {av}",
        direct=("what did I buy", "what did I say I bought", "what have I bought", "what thing did I buy", "what did I get at the shop"),
        indirect=("what I bought", "what I said I bought", "what thing I bought"),
        check="did I buy {av}",
        states=("I bought {av} today.", "Yesterday I bought {av}.", "I went to town and bought {av}.", "I spent all my money on {av} that I bought at the market.",
                "i bought {av}", "I was at the market this morning. I bought {av}.", "I bought {av} for my room.", "Guess what, I bought {av}!"),
        acks=("{av} sounds nice.", "So you bought {av}. Do you like it?", "I hope you enjoy it. You bought {av}!"),
        answers=("You bought {av}.", "It was {av}.", "You told me that you bought {av}."),
    ),
    FactKind(
        key="present", family="shopping", method="thing", topic="present",
        clause="I want {av} for my birthday",
        direct=("what do I want for my birthday", "what present do I want for my birthday", "what did I say I want for my birthday", "what should I get for my birthday"),
        indirect=("what I want for my birthday", "which present I want", "what I wish for my birthday"),
        check="do I want {av} for my birthday",
        states=("For my birthday I want {av}.", "I wish for {av} for my birthday.", "I hope to get {av} for my birthday.", "I told my family that I want {av} for my birthday.",
                "i want {av} for my birthday", "My big wish for my birthday is {av}.", "I would love {av} as a present for my birthday.",
                "My birthday is soon and I want {av}."),
        acks=("I hope you get {av}!", "{av} is a nice wish.", "So you want {av}. I hope you get it."),
        answers=("You want {av}.", "You want {av} for your birthday.", "You wish for {av}."),
    ),
    FactKind(
        key="shopping list", family="list", method="shopping_list", topic="shopping list", evaluable=False,
        clause="I need to buy {v}",
        direct=("what do I need to buy", "what is on my shopping list", "what did I want to buy", "what do I have to buy", "what was on my list",
                "what's on my shopping list"),
        indirect=("what I need to buy", "what is on my shopping list", "my shopping list"),
        check="do I need to buy {v}",
        states=("Please remember my shopping list: {v}.", "My shopping list is {v}.", "I have to buy {v}.", "On my shopping list are {v}.", "Remember this list: {v}.",
                "I am going to the shop. I need {v}, so please remember my list.", "I must not forget to buy {v}.", "i need to buy {v}",
                "Today I have to go shopping for {v}.", "Can you keep my shopping list? It is {v}."),
        acks=("Okay, your list is {v}.", "Got it: {v}.", "I will remember your list: {v}."),
        answers=("You need {v}.", "Your list is {v}.", "On your list are {v}.", "You have to buy {v}."),
    ),
    FactKind(
        key="secret word", family="word", method="word", topic="secret word",
        clause="the secret word is {v}",
        direct=("what is the secret word", "what was the secret word", "what's the secret word", "which secret word did I tell you", "what did I say the secret word was"),
        indirect=("the secret word", "what the secret word is", "what the secret word was"),
        check="is the secret word {v}",
        states=("Remember the secret word {v}.", "I will tell you a secret word: {v}.", "The secret word for today is {v}.", "Let us play a game. The secret word is {v}.",
                "secret word: {v}", "Keep this secret word for me: {v}.", "Our secret word is {v}.", "The secret word is {v}. I will ask you later."),
        acks=("Okay, the secret word is {v}.", "I will remember the secret word {v}.", "{v}. Got it!"),
        answers=("It is {v}.", "The secret word was {v}.", "{v}.", "You told me the secret word {v}."),
    ),
    FactKind(
        key="word", family="word", method="word", topic="word",
        clause="the word is {v}",
        direct=("what was the word", "what is the word", "which word did I ask you to remember", "what word did I tell you", "what word should you remember",
                "what was the word I told you"),
        indirect=("the word", "what the word was", "which word I told you", "the word I told you"),
        check="was the word {v}",
        states=("Remember this word: {v}.", "Please remember the word {v}.", "Remember the word {v}.", "Here is a word for you to remember: {v}.",
                "remember this word: {v}", "Can you remember a word for me? The word is {v}.", "Keep the word {v} in mind.",
                "I will test your memory. The word is {v}."),
        acks=("Okay, I will remember the word {v}.", "{v}. I will remember it.", "The word is {v}. Got it!"),
        answers=("The word was {v}.", "It was {v}.", "{v}.", "You told me the word {v}."),
    ),
    FactKind(
        key="number to remember", family="word", method="number", topic="number",
        clause="the number is {v}",
        direct=("what was the number", "what is the number", "which number did I ask you to remember", "what number did I tell you",
                "what was the number I told you"),
        indirect=("the number", "what the number was", "which number I told you", "the number I told you"),
        check="was the number {v}",
        states=("Remember this number: {v}.", "Please remember the number {v}.", "Remember the number {v}.", "Here is a number for you to remember: {v}.",
                "remember this number: {v}", "Can you remember a number for me? The number is {v}.", "Keep the number {v} in mind.",
                "I will test your memory. The number is {v}.", "remember {v}"),
        acks=("Okay, I will remember the number {v}.", "{v}. I will remember it.", "The number is {v}. Got it!"),
        answers=("The number was {v}.", "It was {v}.", "{v}.", "You told me the number {v}."),
    ),
)

_FAVOURITES = (
    ("colour", "colour"), ("food", "food"), ("drink", "drink"), ("animal", "animal"), ("sport", "sport"), ("book", "title"),
    ("song", "title"), ("film", "title"), ("game", "title"), ("fruit", "fruit"), ("flower", "flower"),
    ("ice cream", "ice_cream"), ("movie", "title"), ("city", "town"), ("number", "number"), ("singer", "person_name"),
    ("instrument", "instrument"), ("band", "title"),
)
_PLACES = (("keys", True), ("umbrella", False), ("glasses", True), ("wallet", False), ("passport", False), ("ring", False),
           ("spare key", False), ("phone", False), ("gloves", True), ("treasure", False), ("diary", False), ("tickets", True))
_NUMBERS = (("lucky number", "number"), ("room number", "small_number"), ("bus number", "small_number"), ("locker code", "code"),
            ("house number", "small_number"), ("seat number", "small_number"), ("ticket number", "number"), ("door code", "code"),
            ("password", "word"), ("pin code", "code"), ("membership number", "number"), ("user name", "word"), ("booking code", "code"))
_TIMES = (("dentist appointment", "clock_time"), ("doctor's appointment", "clock_time"), ("train", "clock_time"), ("haircut", "clock_time"),
          ("job interview", "clock_time"), ("piano lesson", "clock_time"), ("flight", "clock_time"), ("meeting", "clock_time"),
          ("exam", "date"), ("wedding", "date"), ("party", "date"), ("next appointment", "date"))
_NAMED = (("boat", "vehicle_name"), ("car", "vehicle_name"), ("bicycle", "vehicle_name"), ("ship", "vehicle_name"), ("teddy bear", "pet_name"),
          ("village", "town"), ("company", "family_name"), ("hotel", "vehicle_name"), ("robot", "vehicle_name"), ("doll", "person_name"),
          ("football club", "family_name"), ("band", "title"))


def _group(kinds: list[FactKind]) -> list[FactKind]:
    """Check that the keys are distinct."""
    assert len({kind.key for kind in kinds}) == len(kinds)
    return kinds


KINDS: list[FactKind] = _group(
    list(_SINGLE)
    + [pet_kind(species) for species in SPECIES]
    + [person_kind(relation) for relation in RELATIONS]
    + [lives_kind(relation) for relation in RELATIONS]
    + [person_job_kind(relation) for relation in WOMEN + MEN + ("friend", "best friend", "neighbour", "cousin", "roommate")]
    + [person_likes_kind(relation) for relation in RELATIONS]
    + [favourite_kind(topic, method) for topic, method in _FAVOURITES]
    + [favourite_kind(topic, method, "favorite") for topic, method in _FAVOURITES if topic != "colour"]
    + [favourite_kind("color", "colour", "favorite"), favourite_kind("season", "season", evaluable=False)]
    + [place_kind(thing, plural) for thing, plural in _PLACES]
    + [number_kind(noun, method) for noun, method in _NUMBERS]
    + [time_kind(event, method) for event, method in _TIMES]
    + [named_thing_kind(thing, method) for thing, method in _NAMED]
)

# How often each family is told.
_WEIGHTS = {"own name": 14, "pet": 14, "person": 12, "favourite": 20, "home": 10, "number": 9, "age": 5, "work": 9, "time": 5,
            "place": 6, "thing": 5, "travel": 3, "health": 3, "shopping": 4, "list": 4, "word": 6, "person town": 5,
            "person job": 3, "person food": 3}
FAMILIES: dict[str, list[FactKind]] = {}
for _kind in KINDS:
    FAMILIES.setdefault(_kind.family, []).append(_kind)
_FAMILY_NAMES = tuple(name for name in FAMILIES for _ in range(_WEIGHTS[name]))


def draw_kind(generator: random.Random) -> FactKind:
    """Draw a fact kind: first its family by weight, then a kind in it."""
    family = FAMILIES[_FAMILY_NAMES[int(generator.random() * len(_FAMILY_NAMES))]]
    return family[int(generator.random() * len(family))]


def conflicts(first: FactKind, second: FactKind) -> bool:
    """Say whether a question about one kind could be taken for the other."""
    if first.key == second.key:
        return True
    if first.topic == second.topic and first.family == second.family:
        return True
    return any({first.topic, second.topic} <= group for group in _ALIKE)


# Kinds that a question can mix up, by topic.
_ALIKE = (
    {"dog", "puppy"}, {"cat", "kitten"}, {"horse", "pony", "donkey"}, {"bird", "parrot", "duck"}, {"mother", "mom"}, {"father", "dad"},
    {"friend", "best friend"}, {"neighbour", "neighbor"}, {"teacher", "piano teacher"}, {"film", "movie"}, {"colour", "color"},
    {"boat", "ship"}, {"keys", "spare key"}, {"word", "secret word"}, {"number", "lucky number"}, {"name", "family name"},
    {"wife", "girlfriend", "husband", "boyfriend"}, {"dentist", "dentist appointment"}, {"doctor", "doctor's appointment"},
    {"pin code", "door code", "locker code", "booking code"}, {"password", "secret word", "word"}, {"name", "user name"},
    {"dentist appointment", "doctor's appointment", "next appointment"}, {"home", "village"}, {"present", "bought", "shopping list"},
    {"room number", "house number", "seat number", "bus number", "ticket number", "membership number", "number"},
    {"game", "sport"}, {"age", "birthday"},
)
