"""
Prepares the corpus: cleans the sources, generates the rest, holds documents out, learns a vocabulary, encodes and packs.

    python3 prepare.py --data DATA --out FOLDER

writes vocab.txt, train.npy (windows of --context + 1 tokens), valid/SOURCE.txt and corpus.json (what is in it).
"""

import argparse
import json
import re
import time
from pathlib import Path
from random import Random
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy

from corpus import clean, vocabulary
from corpus.basic_facts import Facts
from corpus.memory import memory_dialogue
from corpus.mixed import Mixed
from corpus.small_talk import dialogue as small_talk_dialogue
from corpus.small_talk import exchange as small_talk_exchange
from corpus.stories import story, story_dialogue, story_exchange
from corpus.sums import sums_document
from corpus.system_prompts import SystemPrompts
from corpus.thinking import PROMPTS
from corpus.told import told_document
from corpus.tool_calls import tool_document
from corpus.unknowable import unknowable_document
from corpus.word_stories import TinyWords, story_words, word_story_document

Exchange = Tuple[str, str]

#: Added to tokens that a user or a system says in generated text, while they are packed.
SAID = numpy.uint16(0x8000)
#: What a user says about themselves could contradict what the dialogue around it tells.
PERSONAL = re.compile(r"\b(my|our|name|named|called|live|from|years old|number)\b", re.IGNORECASE)


class Source(NamedTuple):
    """Documents of one kind, and how often each is read in an epoch."""

    documents: List[str]
    repeat: float


def third_party(data: Path, random: Random) -> Dict[str, Source]:
    """The sources that others wrote, cleaned."""

    def dialogues(name: str) -> List[str]:
        documents = clean.read_documents(data / f"{name}.txt")
        return [d for d in (clean.dialogue(document, random) for document in documents) if d]

    persona = dialogues("synthetic_persona_chat")
    selves = [document for document in dialogues("self_dialogue") if len(document) > 150]
    sgd = dialogues("accentor_sgd")
    random.shuffle(sgd)
    tiny = [clean.story(document) for document in clean.read_documents(data / "tinystories_samples.txt")]
    books = [
        clean.story(document)
        for name in ("global_asp_en", "global_pb_en", "bookdash_en")
        for document in clean.read_documents(data / f"{name}.txt")
    ]
    requests = [
        "Tell me a story.", "Can you tell me a story?", "Please tell me a short story.", "Write a short story for me.",
        "I would like to hear a story.", "Tell me a bedtime story, please.",
    ]
    as_chat = [f"User: {random.choice(requests)}\n\nAssistant: {text}" for text in tiny if len(text) < 1600]
    tales = [clean.tale(document) for document in clean.read_documents(data / "fairytaleqa.txt")]
    readers, classics = (
        [clean.tale(document) for document in clean.read_documents(data / f"{name}.txt")] for name in ("books_simple", "books_classic")
    )
    held_out = [document for document in tiny + books + tales if clean.is_held_out(document)]
    readers, classics = (clean.without_copies(documents, held_out) for documents in (readers, classics))
    return {
        "synthetic_persona_chat": Source(persona, 1),
        "self_dialogue": Source(selves, 0.17),
        "topical_chat": Source(dialogues("topical_chat_valid_test"), 0.25),
        "accentor_sgd": Source(sgd[:6000], 0.25),
        "taskmaster4": Source(dialogues("taskmaster4"), 0.5),
        "tinystories": Source(tiny, 2),
        "tinystories_as_chat": Source(as_chat, 0.7),
        "storybooks": Source(books, 1),
        "fairytales": Source(tales, 0.4),
        "books_simple": Source(readers, 0.4),
        "books_classic": Source(classics, 0.15),
    }


def exchanges(documents: List[str]) -> List[Exchange]:
    """Short pairs of turns out of dialogues: what may stand between telling something and asking for it."""
    pairs = []
    for document in documents:
        turns = document.split("\n\n")
        for user, assistant in zip(turns[::2], turns[1::2]):
            pair = user.split(": ", 1)[-1], assistant.split(": ", 1)[-1]
            if user.startswith("User: ") and len(pair[0]) + len(pair[1]) < 200 and not PERSONAL.search(pair[0]):
                pairs.append(pair)
    return pairs


def filler(random: Random, written: List[List[Exchange]], mixed: Mixed) -> Callable[[], Exchange]:
    """Draws what may stand between other turns: half of it generated, with a story now and then, half out of what people wrote, if there is any."""
    written = [pairs for pairs in written if pairs]

    def draw() -> Exchange:
        kind = random.random()
        if kind < 0.015:
            return story_exchange(random)
        if kind < 0.25:
            return small_talk_exchange(random)
        if kind < 0.6 or not written:
            return mixed.exchange(random)
        return random.choice(random.choice(written))

    return draw


def generated(random: Random, sources: Dict[str, Source], scale: float, data: Optional[Path]) -> Dict[str, Source]:
    """What the project writes itself, `scale` times the number of characters below; facts and words are in `data`."""

    def collect(make: Callable[[], str], characters: float) -> List[str]:
        documents, total = [], 0
        while total < characters * scale:
            documents.append(make())
            total += len(documents[-1])
        return documents

    written = [
        exchanges([document for document in sources[name].documents if not clean.is_held_out(document)])
        for name in ("synthetic_persona_chat", "self_dialogue")
        if name in sources
    ]
    facts = Facts(data)
    tiny = TinyWords([text for text in sources["tinystories"].documents if not clean.is_held_out(text)] if "tinystories" in sources else [])
    words = story_words(data)
    mixed = Mixed(facts, tiny, words)
    draw = filler(random, written, mixed)
    prompts = SystemPrompts(facts, lambda: small_talk_exchange(random))

    return {
        "generated_memory": Source(collect(lambda: memory_dialogue(random, draw, 62), 6e6), 1),
        "generated_told": Source(collect(lambda: told_document(random, draw), 9e6), 1),
        "generated_small_talk": Source(collect(lambda: small_talk_dialogue(random), 1.5e6), 1),
        "generated_stories": Source(collect(lambda: story(random), 0.8e6), 1),
        "generated_story_talk": Source(collect(lambda: story_dialogue(random), 1e6), 1),
        "generated_facts": Source(collect(lambda: facts.document(random), 6e6), 1),
        "generated_unknowable": Source(collect(lambda: unknowable_document(random), 1.6e6), 1),
        "generated_sums": Source(collect(lambda: sums_document(random), 2.8e6), 1),
        "generated_word_stories": Source(collect(lambda: word_story_document(random, tiny, words), 3e6), 1),
        "generated_tools": Source(collect(lambda: tool_document(random, lambda: mixed.exchange(random)), 4e6), 1),
        "generated_system": Source(collect(lambda: prompts.document(random), 2.6e6), 1),
        "generated_mixed": Source(collect(lambda: mixed.document(random), 4e6), 1),
    }


def sample(train: Dict[str, List[str]], random: Random) -> List[str]:
    """What the vocabulary is learnt from: about as much of each kind as the model will read."""
    most = {"self_dialogue": 6000, "synthetic_persona_chat": 1900}
    return [
        document
        for name, documents in train.items()
        for document in random.sample(documents, min(len(documents), most.get(name, 1500)))
    ]


def pack(documents: List[Tuple[numpy.ndarray, bool]], length: int, random: Random) -> numpy.ndarray:
    """
    Lays documents (each with its end of text, and whether it may be cut) into windows of `length` tokens. One that fits
    into what is left of a window is preferred to cutting one; then one is cut that may be, and the rest of it goes into a
    later window.
    """
    order = list(range(len(documents)))
    random.shuffle(order)
    stream = iter(order)
    pool: List[Tuple[numpy.ndarray, bool]] = []
    windows, window, free = [], [], length

    def fill() -> None:
        while len(pool) < 64:
            index = next(stream, None)
            if index is None:
                return
            pool.append(documents[index])

    fill()
    while pool:
        fit = next((i for i, (document, _) in enumerate(pool) if len(document) <= free), None)
        if fit is not None:
            document, _ = pool.pop(fit)
            window.append(document)
            free -= len(document)
        else:
            document, may_be_cut = pool.pop(next((i for i, (_, may_be_cut) in enumerate(pool) if may_be_cut), 0))
            window.append(document[:free])
            pool.append((document[free:], may_be_cut))
            free = 0
        if free == 0:
            windows.append(numpy.concatenate(window))
            window, free = [], length
        fill()
    return numpy.stack(windows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the sources; without it there is only what is generated")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--context", type=int, default=2048, help="tokens of a window")
    parser.add_argument("--vocabulary", type=int, default=4096, help="size of the vocabulary")
    parser.add_argument("--keep-vocabulary", action="store_true", help="use the vocab.txt that is in FOLDER already")
    parser.add_argument("--scale", type=float, default=1.0, help="how much to generate")
    parser.add_argument("--seed", type=int, default=7, help="of what is drawn from the sources")
    parser.add_argument("--generated-seed", type=int, default=7, help="another one gives other generated text; the sources stay")
    parser.add_argument("--repeat", nargs="*", default=[], metavar="SOURCE=N", help="how often a source is read, instead of what is set here")
    arguments = parser.parse_args()
    started = time.time()
    random = Random(arguments.seed)
    sources = third_party(arguments.data, random) if arguments.data else {}
    sources.update(generated(Random(arguments.generated_seed), sources, arguments.scale, arguments.data))
    for name, _, times in (entry.partition("=") for entry in arguments.repeat):
        if name not in sources:
            parser.error(f"--repeat {name}: there is no such source, only {', '.join(sources)}")
        sources[name] = sources[name]._replace(repeat=float(times))
    print(f"{time.time() - started:.0f} s: cleaned and generated", flush=True)

    out: Path = arguments.out
    (out / "valid").mkdir(parents=True, exist_ok=True)
    train: Dict[str, List[str]] = {}
    for name, source in sources.items():
        parts: Dict[bool, List[str]] = {True: [], False: []}
        for document in source.documents:
            parts[clean.is_held_out(document, whole=name.startswith("generated"))].append(document)
        (out / "valid" / f"{name}.txt").write_text(f"\n{clean.END_OF_TEXT}\n".join(parts[True]) + "\n")
        train[name] = parts[False]
    if arguments.keep_vocabulary:
        tokens = vocabulary.read(out / "vocab.txt")
    else:
        tokens = vocabulary.learn(sample(train, random), arguments.vocabulary)
        vocabulary.write(tokens, out / "vocab.txt")
    encoder = vocabulary.Encoder(tokens)
    print(f"{time.time() - started:.0f} s: {len(tokens) + 1} tokens learnt", flush=True)

    labels = vocabulary.read_labels(encoder)
    encoded: List[Tuple[numpy.ndarray, bool]] = []
    report = {}
    for name, documents in train.items():
        arrays = [numpy.append(encoder.encode(document), numpy.uint16(0)) for document in documents]
        repeat = sources[name].repeat
        if name.startswith("generated"):
            # What is said there to the model is marked, for `train.py --prompt-share`.
            arrays = [numpy.where(vocabulary.in_prompt(array, labels), array | SAID, array) for array in arrays]
        # What is told must not be cut from what is asked.
        may_be_cut = not name.startswith("generated") or name == "generated_stories"
        repeated = arrays * int(repeat) + arrays[: int(len(arrays) * (repeat % 1))]
        encoded += [(array, may_be_cut) for array in repeated]
        count, size = sum(map(len, arrays)), sum(len(document.encode()) + 1 for document in documents)
        report[name] = dict(documents=len(documents), bytes=size, tokens=count, repeat=repeat)
        print(f"{name:24} {len(documents):7} documents {size / 1e6:7.2f} MB {count / 1e6:6.2f} M tokens x {repeat}", flush=True)
    prompts = [encoder.encode(label + start).tolist() for label in ("Assistant:", "\n\nAssistant:") for start in PROMPTS]
    (out / "prompts.json").write_text(json.dumps(prompts))
    windows = pack(encoded, arguments.context + 1, random)
    numpy.save(out / "said.npy", numpy.packbits(windows >= SAID, axis=1))
    numpy.save(out / "train.npy", windows & (SAID - 1))
    (out / "corpus.json").write_text(json.dumps(dict(seed=arguments.seed, context=arguments.context, sources=report), indent=1))
    print(f"{time.time() - started:.0f} s: {windows.size / 1e6:.2f} M tokens in {len(windows)} windows", flush=True)


if __name__ == "__main__":
    main()
