"""
Writes the conversations that `deno task recall` holds: something is told, and asked for many turns later.

    python3 recall.py --corpus FOLDER --out ../recall/conversations.jsonl

The values are held out of all generated training text, and none that occurs anywhere in the training text is taken.
"""

import argparse
import json
import re
from pathlib import Path
from random import Random

import numpy

from corpus.memory import recall_conversation
from corpus.small_talk import exchange
from corpus.vocabulary import read

#: Turns between telling and asking.
DISTANCES = (0, 1, 2, 5, 10, 20, 35, 50)


def training_text(corpus: Path) -> bytes:
    """All that a model reads of a corpus, in lower case, words apart."""
    tokens = [b"\n", *read(corpus / "vocab.txt")]
    windows = numpy.load(corpus / "train.npy")
    return re.sub(rb"[^a-z0-9]+", b" ", b"".join(tokens[token] for token in windows.ravel().tolist()).lower())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, nargs="+", help="folders that prepare.py wrote: all that the model read")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    random = Random(arguments.seed)
    texts = [training_text(corpus) for corpus in arguments.corpus]
    lines, dropped = [], 0
    while len(lines) < arguments.count:
        distance = DISTANCES[len(lines) % len(DISTANCES)]
        conversation = recall_conversation(random, distance, lambda: exchange(random))
        value = re.sub(rb"[^a-z0-9]+", b" ", conversation["value"].lower().encode()).strip()
        if any(b" " + value + b" " in text for text in texts):
            dropped += 1
            continue
        lines.append(json.dumps(conversation))
    arguments.out.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} conversations; {dropped} dropped, their values being in the training text")


if __name__ == "__main__":
    main()
