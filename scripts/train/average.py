"""
Averages the weights of models of one shape that were trained from one checkpoint, which predicts better than each of them
(model soups, arXiv 2203.05482), and writes the average as a run, for export.py.

    python3 average.py --model FOLDER FOLDER --out RUN
"""

import argparse
from pathlib import Path

import torch

from export import load_model
from optimizer import Memory
from train import save


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, nargs="+", help="folders of models or runs")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    models = [load_model(folder) for folder in arguments.model]
    model = models[0]
    if any(vars(other.shape) != vars(model.shape) for other in models):
        parser.error("the models differ in their shapes")
    states = [other.state_dict() for other in models]
    model.load_state_dict({name: sum(state[name] for state in states) / len(states) for name in states[0]})
    arguments.out.mkdir(parents=True, exist_ok=True)
    memory = Memory(model, 1, torch.device("cpu"))
    save(arguments.out / "checkpoint.pt", memory, model.shape, 0, 0, arguments, 0.0)


if __name__ == "__main__":
    main()
