"""
Makes the corpus of a last, short stage of training from a prepared one: some of its windows, and introductions.

    python3 finish.py --corpus corpus --out finish
    python3 train.py --corpus finish --out run --init FOLDER --tokens 1.4e6 --muon 0.002 --adam 2e-4 --decay 1
"""

import argparse
import shutil
from pathlib import Path
from random import Random

import numpy

from corpus.introductions import introduction_dialogue
from corpus.small_talk import exchange
from corpus.vocabulary import Encoder, read
from prepare import pack


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder that prepare.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--windows", type=int, default=500, help="of the corpus")
    parser.add_argument("--introductions", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=8)
    arguments = parser.parse_args()
    random = Random(arguments.seed)
    encoder = Encoder(read(arguments.corpus / "vocab.txt"))
    documents = [introduction_dialogue(random, lambda: exchange(random)) for _ in range(arguments.introductions)]
    encoded = [(numpy.append(encoder.encode(document), numpy.uint16(0)), False) for document in documents]
    windows = numpy.load(arguments.corpus / "train.npy", mmap_mode="r")
    kept = windows[sorted(random.sample(range(len(windows)), arguments.windows))]
    packed = pack(encoded, windows.shape[1], random)
    arguments.out.mkdir(parents=True, exist_ok=True)
    numpy.save(arguments.out / "train.npy", numpy.concatenate([kept, packed]))
    shutil.copy(arguments.corpus / "vocab.txt", arguments.out / "vocab.txt")
    print(f"{len(kept)} windows of the corpus, {len(packed)} of introductions")


if __name__ == "__main__":
    main()
