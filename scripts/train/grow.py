"""
Makes a deeper model of a trained one that computes the same: copies of blocks are put in between, with zeros where they would add to
the stream. It is written as a run, for export.py, or for train.py --init after that.

    python3 grow.py --model FOLDER --layers 9 --out RUN
"""

import argparse
from dataclasses import replace
from pathlib import Path

import torch

from export import load_model
from optimizer import Memory
from rwkv.model import Rwkv
from train import save

#: What a block adds to the stream goes through these.
OUTPUTS = ("att.output.weight", "ffn.value.weight")


def grown(model: Rwkv, layers: int) -> Rwkv:
    """The model with so many layers; the new ones lie evenly among the old, each a copy of the one before it."""
    old = model.shape.n_layer
    assert layers > old
    deeper = Rwkv(replace(model.shape, n_layer=layers))
    state, weights = model.state_dict(), deeper.state_dict()
    sources = [layer * old // layers for layer in range(layers)]
    for name in weights:
        if not name.startswith("blocks."):
            weights[name] = state[name]
            continue
        _, number, rest = name.split(".", 2)
        layer = int(number)
        source = sources[layer]
        new = layer > 0 and sources[layer - 1] == source
        if new and rest in OUTPUTS:
            weights[name] = torch.zeros_like(weights[name])
        elif f"blocks.{source}.{rest}" in state:
            weights[name] = state[f"blocks.{source}.{rest}"]
        # A copy of the first block keeps its own fresh weights where the first has none: those that mix values.
    deeper.load_state_dict(weights)
    return deeper


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder of a model or a run")
    parser.add_argument("--layers", type=int, required=True, help="more than it has")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    if arguments.layers <= model.shape.n_layer:
        parser.error(f"the model has {model.shape.n_layer} layers already")
    deeper = grown(model, arguments.layers)
    arguments.out.mkdir(parents=True, exist_ok=True)
    save(arguments.out / "checkpoint.pt", Memory(deeper, 1, torch.device("cpu")), deeper.shape, 0, 0, arguments, 0.0)
    print(f"{sum(p.numel() for p in deeper.parameters()):,} parameters")


if __name__ == "__main__":
    main()
