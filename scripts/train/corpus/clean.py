"""The sources as documents in the layout that the model learns: `User: ...\\n\\nAssistant: ...`, or plain text."""

import hashlib
import re
from pathlib import Path
from random import Random
from typing import Dict, List, Optional, Set

END_OF_TEXT = "<|endoftext|>"

#: Names for the placeholders that some dialogues have in place of the speakers' names.
NAMES = (
    "Lily Mia Anna Zoe Emma Sara Nora Ruby Ella Lucy Rosa Amy Kate Jane Ivy May Tara Nina Lena Tom Ben Max Sam Leo Jack Tim "
    "Finn Noah Adam Luke Omar Raj Hugo Dan Eli Kai Nico Paul Theo Maria Chloe David Sarah Alex John Mike Laura"
).split()

_SPEAKER = re.compile(r"\[?\buser ?(\d)(?:'s name| name)\]?|\[user (\d)\]", re.IGNORECASE)
_OWN = re.compile(r"\[(?:your name|name|username)\]|\((?:insert name|name)\)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"\[[^\]]*\]|\((?:city|band name|link|age|title of the song)\)|[{}]", re.IGNORECASE)


def read_documents(path: Path) -> List[str]:
    """The documents of a source, which stand between lines of END_OF_TEXT."""
    return [document.strip() for document in path.read_text().split(END_OF_TEXT) if document.strip()]


def clean(text: str) -> str:
    """Plain quotes and dashes, no blanks before punctuation, apostrophes joined to their words."""
    for fancy, plain in {"\r": "", "“": '"', "”": '"', "’": "'", "‘": "'", "—": " - ", "–": "-", "…": "..."}.items():
        text = text.replace(fancy, plain)
    text = re.sub(r" ' (s|t|re|ve|ll|d|m)\b", r"'\1", text)
    text = re.sub(r" ([.,!?;:])", r"\1", text)
    return re.sub(r"[ \t]+", " ", text)


def dialogue(document: str, random: Random) -> Optional[str]:
    """
    A dialogue of lines `User: ` and `Bot: ` in the model's layout, or None for what cannot be used: no two turns, an empty
    turn, or a placeholder for something that is not known.
    """
    names: Dict[str, str] = {}

    def name(key: str) -> str:
        return names.setdefault(key, random.choice(NAMES))

    document = _SPEAKER.sub(lambda match: name(match[1] or match[2]), document)
    document = _OWN.sub(lambda _: name("own"), document)
    if _PLACEHOLDER.search(document):
        return None
    turns: List[List[str]] = []
    for line in document.split("\n"):
        line = clean(line).strip()
        if line.startswith(("User:", "Bot:")):
            speaker = "User" if line.startswith("User:") else "Assistant"
            text = line.split(":", 1)[1].strip()
            if not text:
                return None
            text = text[0].upper() + text[1:]
            if turns and turns[-1][0] == speaker:
                turns[-1][1] += " " + text
            else:
                turns.append([speaker, text])
        elif turns and line:
            turns[-1][1] += "\n" + line
    if len(turns) < 2:
        return None
    if turns[0][0] == "Assistant":
        turns = [["User" if speaker == "Assistant" else "Assistant", text] for speaker, text in turns]
    return "\n\n".join(f"{speaker}: {text}" for speaker, text in turns)


def story(document: str) -> str:
    """A story with one line a paragraph: lines that a page broke in mid-sentence are joined."""
    paragraphs = (re.sub(r"\s*\n\s*", " ", part).strip() for part in re.split(r"\n\s*\n", clean(document)))
    return "\n".join(part for part in paragraphs if part)


def tale(document: str) -> str:
    """A long text whose lines are its paragraphs."""
    return re.sub(r"\n{2,}", "\n", re.sub(r" ?\n ?", "\n", clean(document)))


def is_held_out(document: str, whole: bool = False) -> bool:
    """
    Whether a document is held out for evaluation: 2 %, by the hash of how its last turn begins (of how it begins, for a
    story), so that dialogues that end alike, and a story told as an answer, fall on the same side. Generated dialogues
    often end alike, so the `whole` text counts there.
    """
    key = document if whole else document.split("Assistant:")[-1].strip()[:400]
    return int(hashlib.md5(key.encode()).hexdigest(), 16) % 50 == 0


def shingles(document: str, words: int = 12) -> Set[str]:
    """All runs of so many words of a document, in lower case and without punctuation."""
    found = re.findall(r"[a-z0-9]+", document.lower())
    return {" ".join(found[i : i + words]) for i in range(len(found) - words + 1)}


def without_copies(documents: List[str], held_out: List[str], most: int = 3) -> List[str]:
    """The documents of a book that share at most so many runs of words with what is held out: a tale may stand in two sources."""
    known = set().union(*(shingles(document) for document in held_out)) if held_out else set()
    return [document for document in documents if len(shingles(document) & known) <= most]
