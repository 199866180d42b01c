"""
Bits per byte of a checkpoint or a model folder on text files, in float32.

    python3 evaluate.py --model RUN_OR_FOLDER --vocabulary vocab.txt valid/*.txt

Each document is read alone: the end of text first, then its tokens; these and the closing end of text are scored, over the
document's bytes and one. `deno task eval` does the same with the product's engines.
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, Optional, Tuple

import numpy
import torch

from corpus.clean import read_documents
from corpus.vocabulary import Encoder, read
from export import load_model
from rwkv.model import Rwkv
from rwkv.operations import CHUNK

#: Tokens of one forward pass.
LENGTH = 4096


def groups(documents: Iterable[numpy.ndarray]) -> Iterator[List[numpy.ndarray]]:
    """Documents that are read in one pass."""
    group: List[numpy.ndarray] = []
    for document in documents:
        if group and sum(map(len, group)) + len(document) > LENGTH:
            yield group
            group = []
        group.append(document)
    if group:
        yield group


@torch.no_grad()
def nats(model: Rwkv, documents: List[numpy.ndarray]) -> float:
    """The sum of the cross-entropies of documents of tokens, each with its end."""
    total = 0.0
    for group in groups(documents):
        inputs = numpy.concatenate([numpy.concatenate([[0], document[:-1]]) for document in group]).astype(numpy.int64)
        targets = numpy.concatenate(group).astype(numpy.int64)
        reset = numpy.zeros(len(inputs) + -len(inputs) % CHUNK, bool)
        reset[numpy.cumsum([0] + [len(document) for document in group[:-1]])] = True
        padded = numpy.pad(inputs, (0, len(reset) - len(inputs)))
        device = model.emb.weight.device
        logits = model(torch.from_numpy(padded).to(device), torch.from_numpy(reset).to(device), exact=True)[: len(inputs)]
        scores = torch.log_softmax(logits.double(), -1)
        total -= scores.gather(1, torch.from_numpy(targets)[:, None].to(device)).sum().item()
    return total


def evaluate(model: Rwkv, encoder: Encoder, path: Path, max_bytes: Optional[int] = None) -> Optional[Dict[str, object]]:
    """The figures of one file: whole documents, until max_bytes are reached. None if the file has no documents."""
    documents, size = [], 0
    for document in read_documents(path):
        if max_bytes is not None and size >= max_bytes:
            break
        documents.append(numpy.append(encoder.encode(document), numpy.uint16(0)))
        size += len(document.encode()) + 1
    if not documents:
        return None
    tokens = sum(map(len, documents))
    loss = nats(model, documents)
    return dict(
        file=path.stem, documents=len(documents), bytes=size, tokens=tokens, nats=loss, nats_per_token=loss / tokens,
        bits_per_byte=loss / math.log(2) / size,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of a run or of a model")
    parser.add_argument("--vocabulary", type=Path, help="vocab.txt, where the folder has none")
    parser.add_argument("--max-bytes", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one line of JSON a file")
    parser.add_argument("files", type=Path, nargs="+")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    model = load_model(arguments.model)
    encoder = Encoder(read(arguments.vocabulary or arguments.model / "vocab.txt"))
    for path in arguments.files:
        row = evaluate(model, encoder, path, arguments.max_bytes)
        if row is None:
            print(f"{path}: no documents", file=sys.stderr)
        elif arguments.json:
            print(json.dumps(row), flush=True)
        else:
            print(f"{row['file']:28} {row['documents']:6} documents {row['bytes']:9} bytes {row['tokens']:8} tokens "
                  f"{row['nats_per_token']:.4f} nats a token {row['bits_per_byte']:.4f} bits a byte", flush=True)


if __name__ == "__main__":
    main()
