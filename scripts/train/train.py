"""
Trains RWKV-7 or RWKV-4 on a prepared corpus, in parallel over time (arXiv 2305.13048, section 3.2).

    python3 train.py --corpus FOLDER --out RUN --version 7 --tokens 60e6 --processes 2
    python3 train.py --corpus FOLDER --out RUN --layers 4 --width 128 --batch 4096 --minutes 5

Prints a line every ten seconds: how much is done, the loss in nats a token, the speed and the time that is left. Writes
RUN/checkpoint.pt every few minutes and goes on from it when started again; RUN/log.jsonl holds the losses. On a CPU,
processes share the weights; with CUDA one process uses one GPU. SIGTERM saves and ends.
"""

import argparse
import json
import math
import os
import signal
import sys
import time
from pathlib import Path
from typing import Iterator, List, Optional, Sequence, Tuple

import numpy
import torch
import torch.multiprocessing as multiprocessing

from export import load_model
from optimizer import Memory, Rates, rates_at
from rwkv.model import Rwkv, Shape

END = 0
#: Seconds between the lines that say how far the training is.
TOLD_EVERY = 10


def parse(arguments: List[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder that prepare.py wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the checkpoint and the log")
    parser.add_argument("--version", choices=["7", "4"], default="7", help="of RWKV")
    parser.add_argument("--init", type=Path, help="model folder whose weights to begin with; the shape is its own")
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=256, help="a multiple of 64")
    parser.add_argument("--tokens", type=float, help="to read in all; 60e6, if --minutes is not given")
    parser.add_argument("--minutes", type=float, default=math.inf, help="to train in all, if the tokens are not read before")
    parser.add_argument("--batch", type=int, default=16384, help="tokens of a step; half as many in the first tenth")
    parser.add_argument("--processes", type=int, default=max(1, min(8, os.cpu_count() or 1)), help="on a CPU")
    parser.add_argument("--muon", type=float, default=0.02, help="learning rate of the big matrices")
    parser.add_argument("--adam", type=float, default=2e-3, help="learning rate of everything else")
    parser.add_argument("--prompt-share", type=float, default=1.0, help="part that is learnt of what users and systems say in generated text")
    parser.add_argument("--weight-decay", type=float, default=0.1, help="of the big matrices")
    parser.add_argument("--warmup", type=int, default=60, help="steps")
    parser.add_argument("--decay", type=float, default=0.5, help="part of the training in which the rates fall to nothing")
    parser.add_argument("--save-every", type=float, default=300, help="seconds between checkpoints")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parsed = parser.parse_args(arguments)
    if parsed.tokens is None:
        parsed.tokens = 60e6 if parsed.minutes == math.inf else math.inf
    return parsed


def batches(windows: numpy.ndarray, seed: int, start: int) -> Iterator[Tuple[int, int]]:
    """The places of all windows in a new order each epoch, each with a number of its own, from the start-th on."""
    for epoch in range(start // len(windows), sys.maxsize):
        order = numpy.random.RandomState(seed + epoch).permutation(len(windows))
        for i in range(max(0, start - epoch * len(windows)), len(windows)):
            yield int(order[i]), epoch * len(windows) + i


def read_said(corpus: Path) -> Optional[numpy.ndarray]:
    """Which tokens of the windows users and systems of generated documents say, as bits (`prepare.py`)."""
    path = corpus / "said.npy"
    return numpy.load(path, mmap_mode="r") if path.exists() else None


def read_prompts(corpus: Path) -> List[numpy.ndarray]:
    """What the client may write at the head of an answer, as tokens: the model is not to write it by itself."""
    path = corpus / "prompts.json"
    return [numpy.array(tokens) for tokens in json.loads(path.read_text())] if path.exists() else []


def examples(
    window: numpy.ndarray, seed: int, prompts: Sequence[numpy.ndarray] = (), said: Optional[numpy.ndarray] = None, prompt_share: float = 1.0
) -> Tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """
    Tokens, targets and resets of a window. Half of the documents begin with the end of text that the one before left, as
    a text may be read after token 0; half begin at their own first token, as a chat is. In the second case the end of text
    asks for nothing. Nor does what is one of the prompts, but for its first token, the label before it; and of what is `said` by
    users and systems only a share is asked for: most of it cannot be guessed, and the answers are what is to be learnt.
    """
    tokens, targets = window[:-1].astype(numpy.int64), window[1:].astype(numpy.int32)
    if prompt_share < 1 and said is not None:
        left_out = numpy.random.RandomState((seed + 1) % 2**32).rand(len(tokens)) >= prompt_share
        targets[said[1:] & left_out] = -1
    for prompt in prompts:
        found = numpy.ones(max(0, len(window) - len(prompt) + 1), bool)
        for i, token in enumerate(prompt):
            found &= window[i : i + len(found)] == token
        for i in range(len(prompt) - 1):
            targets[numpy.flatnonzero(found) + i] = -1
    ends = tokens == END
    with_end = ends & (numpy.random.RandomState(seed % 2**32).rand(len(tokens)) < 0.5)
    targets[ends & ~with_end] = -1
    targets[ends & (targets == END)] = -1
    after_end = numpy.roll(ends, 1)
    reset = with_end | (after_end & ~numpy.roll(with_end, 1))
    reset[0] = True
    return torch.from_numpy(tokens), torch.from_numpy(targets), torch.from_numpy(reset)


def save(path: Path, memory: Memory, shape: Shape, step: int, tokens: int, arguments: argparse.Namespace, seconds: float) -> None:
    """Writes aside and renames, so that there is always a whole checkpoint."""
    written = path.with_suffix(".new")
    settings = {key: str(value) if isinstance(value, Path) else value for key, value in vars(arguments).items()}
    torch.save(dict(shape=vars(shape), memory=memory.state(), step=step, tokens=tokens, seconds=seconds, settings=settings), written)
    written.rename(path)


def work(rank: int, memory: Memory, barrier, arguments: argparse.Namespace, shape: Shape, step: int, tokens: int, before: float) -> None:
    """Trains as one of the processes."""
    torch.set_num_threads(1)
    torch.manual_seed(arguments.seed)
    model = Rwkv(shape).to(arguments.device)
    memory.attach(model, rank)
    ranks = memory.gradients.shape[0]
    windows = numpy.load(arguments.corpus / "train.npy", mmap_mode="r")
    prompts, said = read_prompts(arguments.corpus), read_said(arguments.corpus)
    length = windows.shape[1] - 1
    stream = batches(windows, arguments.seed, tokens // length)
    peak = Rates(arguments.muon, arguments.adam, arguments.weight_decay)
    stopping = False

    def stop(*_) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop if rank == 0 else signal.SIG_IGN)
    log = (arguments.out / "log.jsonl").open("a") if rank == 0 else None
    started = saved = told = time.time()
    smooth, progress = None, max(tokens / arguments.tokens, before / (60 * arguments.minutes))
    while progress < 1:
        count = max(ranks, arguments.batch // length // (2 if progress < 0.1 else 1) // ranks * ranks)
        total = 0.0
        for i in range(count):
            place, number = next(stream)
            if i % ranks != rank:
                continue
            window, bits = windows[place], None if said is None else numpy.unpackbits(said[place], count=length + 1).astype(bool)
            parts = [x.to(arguments.device) for x in examples(window, arguments.seed * 1000003 + number, prompts, bits, arguments.prompt_share)]
            loss = model.loss(*parts, 1 / (count * length))
            loss.backward()
            total += loss.item()
        memory.losses[rank] = total
        step, tokens = step + 1, tokens + count * length
        seconds = before + time.time() - started
        if rank == 0:
            memory.stop[0] = float(stopping)
            memory.progress[0] = max(tokens / arguments.tokens, seconds / (60 * arguments.minutes))
        barrier.wait()
        loss, stopped, now = memory.losses.sum().item(), bool(memory.stop[0]), memory.progress.item()
        memory.reduce(rank)
        barrier.wait()
        rates = rates_at(progress, step - 1, peak, arguments.warmup, arguments.decay)
        norm = memory.update(rank, step - 1, rates)
        barrier.wait()
        memory.gradients[rank].zero_()
        progress = now
        smooth = loss if smooth is None else 0.95 * smooth + 0.05 * loss
        if rank == 0 and step % 20 == 0:
            line = dict(step=step, tokens=tokens, loss=round(loss, 4), smooth=round(smooth, 4), norm=round(norm, 3), muon=rates.muon, seconds=round(seconds, 1))
            print(json.dumps(line), file=log, flush=True)
        if rank == 0 and (time.time() - told > TOLD_EVERY or progress >= 1):
            told = time.time()
            print(progress_line(progress, step, tokens, smooth, seconds), flush=True)
        if rank == 0 and (stopped or progress >= 1 or time.time() - saved > arguments.save_every):
            saved = time.time()
            save(arguments.out / "checkpoint.pt", memory, shape, step, tokens, arguments, seconds)
        barrier.wait()
        if stopped:
            break


def progress_line(progress: float, step: int, tokens: int, loss: float, seconds: float) -> str:
    """How far the training is: `` 40 %  step 120, 0.49 M tokens, loss 3.512, 4,096 tokens/s, 3:00 left``."""
    left = round(max(0.0, seconds / progress - seconds)) if progress > 0 else 0
    return (
        f"{min(progress, 1) * 100:3.0f} %  step {step}, {tokens / 1e6:.2f} M tokens, loss {loss:.3f}, "
        f"{tokens / max(seconds, 1e-9):,.0f} tokens/s, {left // 60}:{left % 60:02d} left"
    )


class Alone:
    """The barrier of a process that is alone."""

    def wait(self) -> None:
        pass


def main(arguments: argparse.Namespace) -> None:
    arguments.out.mkdir(parents=True, exist_ok=True)
    vocabulary = sum(1 for _ in (arguments.corpus / "vocab.txt").open()) + 1
    shape = Shape(arguments.version, arguments.layers, arguments.width, (vocabulary + 15) // 16 * 16)
    torch.manual_seed(arguments.seed)
    model = Rwkv(shape) if arguments.init is None else load_model(arguments.init)
    shape = model.shape
    device = torch.device(arguments.device)
    processes = arguments.processes if device.type == "cpu" else 1
    memory = Memory(model, processes, device)
    print(f"RWKV-{shape.version}, {sum(p.numel() for p in model.parameters()):,} parameters, {processes} processes", flush=True)
    path = arguments.out / "checkpoint.pt"
    step, tokens, seconds = 0, 0, 0.0
    if path.exists():
        checkpoint = torch.load(path, map_location="cpu")
        if checkpoint["shape"] != vars(shape):
            sys.exit(f"{path} holds another shape: {checkpoint['shape']}")
        memory.load(checkpoint["memory"])
        step, tokens, seconds = (checkpoint[key] for key in ("step", "tokens", "seconds"))
        print(f"goes on after {tokens / 1e6:.2f} M tokens", flush=True)
    if processes == 1:
        work(0, memory, Alone(), arguments, shape, step, tokens, seconds)
        return
    memory.share()
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(processes)
    workers = multiprocessing.spawn(
        work, (memory, barrier, arguments, shape, step, tokens, seconds), processes, join=False
    )
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: os.kill(workers.pids()[0], signal.SIGTERM))
    while not workers.join():
        pass


if __name__ == "__main__":
    # Large tensors come and go with every operation: memory that is kept is not cleared anew each time.
    kept = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "8589934592", "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
    if any(os.environ.get(key) != value for key, value in kept.items()):
        os.environ.update(kept, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")
        os.execv(sys.executable, [sys.executable, *sys.argv])
    main(parse(sys.argv[1:]))
