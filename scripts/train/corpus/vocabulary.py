"""Learns a vocabulary: a BPE with a token for each byte, in the file format of the World vocabulary."""

import ast
import ctypes
import io
import re
from pathlib import Path
from typing import Iterable, List, NamedTuple

import numpy
import sentencepiece

from rwkv.cpu_operations import library

#: Pieces that every chat has, whatever BPE would make of them.
LABELS = (b"User:", b"Assistant:", b"\n\nUser:", b"\n\nAssistant:", b"\n\n")


def learn(documents: Iterable[str], size: int) -> List[bytes]:
    """
    Learns `size - 1` tokens from the documents. Token 0 ends a text; byte b is token b + 1; then the pieces, of which none
    crosses a space or a line break, holds two digits, or goes on after a colon (so that an answer encoded apart from
    its prompt has the tokens that it has inside a document).
    """
    model = io.BytesIO()
    lines = (line for document in documents for line in document.split("\n") if line)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=lines, model_writer=model, vocab_size=size + 64, model_type="bpe", byte_fallback=True,
        character_coverage=0.9995, normalization_rule_name="identity", remove_extra_whitespaces=False, add_dummy_prefix=False,
        split_digits=True, num_threads=2, max_sentence_length=20000, minloglevel=2,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = list(LABELS)
    for i in range(processor.get_piece_size()):
        if processor.is_control(i) or processor.is_unknown(i) or processor.is_byte(i):
            continue
        piece = processor.id_to_piece(i).replace("▁", " ").encode()
        if len(piece) > 1 and not re.search(rb":.", piece) and piece not in pieces:
            pieces.append(piece)
    return [bytes([byte]) for byte in range(256)] + pieces[: size - 257]


def write(tokens: List[bytes], path: Path) -> None:
    """Writes lines of number, Python literal and length in bytes."""
    with path.open("w") as file:
        for number, token in enumerate(tokens, 1):
            try:
                literal = repr(token.decode())
            except UnicodeDecodeError:
                literal = repr(token)
            file.write(f"{number} {literal} {len(token)}\n")


def read(path: Path) -> List[bytes]:
    """The tokens of a vocabulary file, token 1 first. The literals are parsed, never run."""
    tokens = []
    for line in path.read_text().splitlines():
        value = ast.literal_eval(line[line.index(" ") + 1 : line.rindex(" ")])
        tokens.append(value.encode() if isinstance(value, str) else value)
    return tokens


class Encoder:
    """Greedy longest match, as the product encodes."""

    def __init__(self, tokens: List[bytes]):
        nodes = [{}]
        ends = [-1]
        for number, token in enumerate(tokens, 1):
            node = 0
            for byte in token:
                if byte not in nodes[node]:
                    nodes[node][byte] = len(nodes)
                    nodes.append({})
                    ends.append(-1)
                node = nodes[node][byte]
            ends[node] = number
        self._child = numpy.zeros((len(nodes), 256), numpy.int32)
        for node, children in enumerate(nodes):
            for byte, child in children.items():
                self._child[node, byte] = child
        self._token = numpy.array(ends, numpy.int32)

    def encode(self, text: str) -> numpy.ndarray:
        """The tokens of a text, uint16."""
        data = numpy.frombuffer(text.encode(), numpy.uint8)
        out = numpy.empty(len(data), numpy.uint16)
        child, token, read_from, write_to = (ctypes.c_void_p(x.ctypes.data) for x in (self._child, self._token, data, out))
        count = library().encode(child, token, read_from, ctypes.c_int64(len(data)), write_to)
        assert count >= 0, "a byte has no token"
        return out[:count].copy()


class Labels(NamedTuple):
    """Where turns begin, as tokens: labels that are one token, and the first tokens of a document that begins with a system text."""

    prompt: numpy.ndarray
    answer: numpy.ndarray
    system: numpy.ndarray


def read_labels(encoder: Encoder) -> Labels:
    """The labels as an encoder has them (see `LABELS`)."""
    def one(*texts: str) -> numpy.ndarray:
        return numpy.array([encoder.encode(text)[0] for text in texts])

    return Labels(one("User:", "\n\nUser:"), one("Assistant:", "\n\nAssistant:"), encoder.encode("System:"))


def in_prompt(tokens: numpy.ndarray, labels: Labels) -> numpy.ndarray:
    """For each token whether a user or a system says it; labels count as what was said before them."""
    began = numpy.full(len(tokens), -1)
    began[tokens == 0] = 0
    began[numpy.isin(tokens, labels.prompt)] = 1
    began[numpy.isin(tokens, labels.answer)] = 0
    starts = numpy.flatnonzero(numpy.concatenate([[True], tokens[:-1] == 0]))
    for start in starts:
        if numpy.array_equal(tokens[start : start + len(labels.system)], labels.system):
            began[start] = 1
    known = began >= 0
    last = numpy.maximum.accumulate(numpy.where(known, numpy.arange(len(tokens)), 0))
    inside = (began[last] == 1) & known[last]
    return numpy.concatenate([[False], inside[:-1]])
