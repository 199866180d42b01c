"""Variation of the user's writing style: full stops, lower case, missing apostrophes, chat words."""

from __future__ import annotations

import re
from random import Random

INFORMAL_SHARE = 1 / 3

_CHAT_WORDS = (("you are ", "ur "), ("are you", "r u"), (" you ", " u "), ("please", "pls"), ("thanks", "thx"),
               ("what is ", "whats "), ("because", "cause"), ("I am ", "im "), ("do not", "dont"))
_SPACE_BEFORE_MARK = re.compile(r" +([.,!?])")
_QUESTION_WORDS = {"What", "What's", "Who", "Where", "How", "Which", "When", "Do", "Does", "Can", "Could", "Are", "Is",
                   "Will", "Why", "Would", "Should", "Shall", "May", "Am", "Did", "Has", "Was"}

# Wordings of one line may mix questions with statements and requests, which take a full stop.
_STATEMENT_WORDS = {"I", "My", "We", "Help", "Tell", "Explain", "Calculate", "Give", "Write", "Solve", "Ask", "Test",
                    "The", "Count", "Please", "Let's", "Say", "Show"}


def finish_sentence(text: str) -> str:
    """Trim the text and end it with a full stop where it has no end mark."""
    text = text.strip()
    return text + "." if text[-1].isalnum() else text


def finish_user_text(text: str) -> str:
    """Finish a user's text like a sentence, with a question mark after a lone question."""
    # Optional words leave spaces before end marks.
    text = finish_sentence(_SPACE_BEFORE_MARK.sub(r"\1", text))
    text = text[:1].upper() + text[1:]
    first_word = text.split(" ", 1)[0]
    if text.endswith(".") and text.count(".") == 1 and first_word in _QUESTION_WORDS and not text.startswith("What a"):
        return text[:-1] + "?"
    if text.endswith("!") and first_word in _QUESTION_WORDS and not text.startswith("What a"):
        return text[:-1] + "?"
    if text.endswith("?") and first_word in _STATEMENT_WORDS and not text.endswith("you?") and ". " not in text:
        return text[:-1] + "."
    return text


def vary_style(text: str, random: Random, share: float = INFORMAL_SHARE) -> str:
    """Make about `share` of the texts informal; the others stay as written."""
    if random.random() >= share:
        return text
    kind = random.random()
    if kind > 0.2:
        text = text.lower()
    if kind < 0.7:
        text = text.rstrip(".?!") or text
        if kind < 0.35:
            text = text.replace(",", "")
    if kind < 0.45:
        text = text.replace("'", "")
    if kind < 0.08:
        for plain, short in _CHAT_WORDS:
            text = text.replace(plain, short)
    return text
