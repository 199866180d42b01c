"""Phrases for the dialogues that need memory, other than those about single facts."""

from __future__ import annotations

GREETINGS = (
    ("Hi!", "Hello! How can I help you?"), ("Hello!", "Hello! How are you today?"), ("hi", "Hi! What would you like to talk about?"),
    ("Hey there!", "Hey! It is nice to hear from you."), ("Good morning!", "Good morning! How are you?"), ("hello", "Hello! What is on your mind?"),
    ("Good evening.", "Good evening! How was your day?"), ("Hi Tern!", "Hi! How are you?"), ("hey", "Hey! How can I help?"),
    ("Hello, can we talk?", "Of course! What would you like to talk about?"), ("Hi, do you have time?", "Yes, I am here. What is on your mind?"),
    ("Good afternoon!", "Good afternoon! What can I do for you?"),
)
PREFACES = (
    "Let me tell you about myself.", "I want to tell you a few things.", "Here are some things about me.", "Please remember a few things.",
    "Can you remember this for me?", "Some facts:", "Hi!", "Hello.", "I will tell you something about me.", "Listen.", "Remember this:",
    "Before we start, a few things.",
)
ACKS_MANY = (
    "Thank you for telling me all of that.", "I will remember all of that.", "Got it. I will remember everything you said.", "It is nice to learn more about you.",
    "Okay, I will keep all of that in mind.", "Thank you! Now I know you a little better.", "Noted. I will remember these things.",
    "Good to know! Thank you for sharing that.",
)
# The first four do not tell the two apart.
MAKERS_OF_PAIRS = (
    "I have two {n}s, {a} and {b}.", "I have two {n}s. They are called {a} and {b}.", "My two {n}s are called {a} and {b}.", "My {n}s are {a} and {b}.",
    "I have two {n}s. The {x} one is called {a} and the {y} one is called {b}.", "My {x} {n} is called {a} and my {y} {n} is called {b}.",
    "I have two {n}s, {a} and {b}. {a} is the {x} one and {b} is the {y} one.", "My {x} {n} is {a}. My {y} {n} is {b}.",
    "I have a {x} {n}, {a}, and a {y} {n}, {b}.", "I have two {n}s. {a} is the {x} one. {b} is the {y} one.",
)
ASK_BOTH = (
    "What are my {n}s called?", "What are the names of my {n}s?", "Do you remember my {n}s' names?", "What are my two {n}s called?",
    "Tell me the names of my two {n}s.", "what are my {n}s called", "Who are my {n}s?", "Can you tell me the names of my {n}s?",
)
ASK_KNOWN = (
    "What do you know about me?", "What did I tell you about me?", "What do you remember about me?", "Tell me what you know about me.",
    "what do you know about me", "What have I told you so far?", "Do you remember what I told you about me?", "Tell me everything you know about me.",
    "Can you list what I told you?", "What facts do you remember?", "Please sum up what I told you about myself.",
)
KNOWN_NOTHING = (
    "You have not told me anything about yourself yet.", "Nothing yet. Would you like to tell me something about you?",
    "I do not know anything about you yet. Tell me something!", "I only know what you tell me here, and so far you have not told me anything about you.",
)
COPY_REQUESTS = (
    "Repeat after me: {t}", "Please repeat: {t}", "Say this: {t}", "Repeat this: {t}", "Can you say this for me: {t}", "Copy this text: {t}",
    "Say \"{t}\".", "Please write this: {t}", "repeat after me: {t}", "Repeat the word {t}.", "Say the word {t}.", "Can you repeat this? {t}",
    "Write the following: {t}", "Echo this: {t}", "say {t}",
)
COPY_SENTENCES = (
    "{p} lives in {t}.", "The {a} is {c}.", "I like {f}.", "{p} and the {a} went to {t}.", "There are {n} houses in {t}.", "The {x} is {h}.",
    "My friend {p} eats {f}.", "The {a} looks at the moon.", "{p} found a {a} near {t}.", "We need {n} plates of {f}.", "Hello, {p}!",
    "Good night, {p}.", "{t} is far away.", "The train to {t} leaves at noon.", "{p} has the {x}.",
)
NAME_OF_TERN = (
    ("What is your name?", "What's your name?", "Who are you?", "what is your name", "And what are you called?", "Do you have a name?",
     "What should I call you?", "Tell me your name."),
    ("My name is Tern.", "I am Tern, a small chat model.", "I am called Tern.", "You can call me Tern.", "My name is Tern. I am a small chat model."),
)
CAN_REMEMBER = (
    ("Can you remember things?", "What can you remember?", "Do you have a good memory?", "Do you forget things?", "How long can you remember things?",
     "Will you remember what I tell you?", "can you remember things"),
    ("I remember what you tell me in this conversation.", "I can remember what you tell me while we talk.",
     "I try to remember what you tell me here. Sometimes I make mistakes.", "I remember things from this conversation, but not from other ones.",
     "I can remember things that you tell me now, like names and numbers."),
)
CLOSINGS = (
    "Goodbye!", "Bye!", "I have to go now. Bye!", "Good night!", "bye", "Thank you, that was nice. Goodbye!", "See you later!", "I have to leave now.",
    "That is all for today.", "I am going to bed now.", "Thanks for the chat!", "Talk to you later!",
)
GOODBYES_NAMED = (
    "Goodbye, {v}!", "Bye, {v}! Have a nice day.", "See you, {v}!", "Goodbye, {v}! It was nice to talk to you.", "Take care, {v}!",
    "Bye, {v}! Come back soon.", "It was nice to talk to you, {v}. Goodbye!",
)
GOODBYES = (
    "Goodbye!", "Bye! Have a nice day.", "See you soon!", "Goodbye! It was nice to talk to you.", "Take care!", "Bye! Come back soon.",
)

PRAISE = (
    "Yes, that is right!", "Correct!", "Right, thank you.", "Well done!", "Good memory!", "Yes!", "Thank you.", "thanks", "You remembered!", "That is right.",
    "Very good.", "Perfect.", "Exactly!",
)
PRAISE_REPLIES = (
    "I am glad I remembered.", "Thank you!", "You are welcome.", "I am happy to help.", "Good! I try to remember what you tell me.", "I am glad that was right.",
    "You are welcome! What else would you like to know?", "Great! Ask me anything else.",
)
# The name first, then one more fact.
INTRODUCTIONS = (
    "Hi, I am {v} and {c}.", "Hello! My name is {v} and {c}.", "Hi! I'm {v}. {C}.", "My name is {v}, and {c}.", "Hello, I'm {v}. {C}.",
    "I am {v}. {C}.", "hi im {v} and {c}", "Hey, my name is {v}. {C}.", "Good morning! I am {v}, and {c}.", "Let me introduce myself. I am {v}, and {c}.",
)
INTRODUCTION_REPLIES = (
    "Hello, {v}! Nice to meet you.", "Nice to meet you, {v}! I will remember that {c}.", "Hi, {v}! Thank you for telling me that {c}.",
    "Nice to meet you!", "Hello, {v}! I am Tern. How are you?", "It is good to meet you, {v}. I will remember what you told me.",
    "Hello! It is nice to meet you. How are you today?", "Welcome, {v}! What would you like to talk about?",
)
