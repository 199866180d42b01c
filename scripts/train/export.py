"""
Writes a trained model as a folder that the product loads: config.json, model.safetensors (float16), vocab.txt, goldens.json.

    python3 export.py --run RUN --vocabulary vocab.txt --name tern-7m --out models/tern-7m
"""

import argparse
import json
import shutil
import struct
import time
from pathlib import Path
from typing import Dict, List

import numpy
import torch
from torch import Tensor

from corpus.vocabulary import Encoder, read
from optimizer import Memory, checkpoint_parts
from rwkv.model import Rwkv, Shape
from rwkv.operations import CHUNK, HEAD_SIZE

#: What the goldens read: a chat, a story, and one token.
GOLDEN_TEXTS = (
    "User: Hi! My name is Sarah.\n\nAssistant:",
    "Once upon a time, there was a little fox named Rusty. He lived in the forest with his mother.",
    "U",
)


def read_safetensors(path: Path) -> Dict[str, Tensor]:
    """The tensors of a .safetensors file in float16 or float32, as float32."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        kind = {"F16": "<f2", "F32": "<f4"}[entry["dtype"]]
        tensors[name] = torch.from_numpy(numpy.frombuffer(data[begin:end], kind).astype(numpy.float32)).view(entry["shape"])
    return tensors


def write_safetensors(tensors: Dict[str, Tensor], path: Path) -> None:
    """Writes tensors in float16."""
    header, blobs, offset = {"__metadata__": {"format": "pt"}}, [], 0
    for name, tensor in tensors.items():
        blob = tensor.numpy().astype("<f2").tobytes()
        header[name] = dict(dtype="F16", shape=list(tensor.shape), data_offsets=[offset, offset + len(blob)])
        offset += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def load_model(folder: Path) -> Rwkv:
    """The model of a run's checkpoint or of a model folder, in float32."""
    if (folder / "checkpoint.pt").exists():
        checkpoint = torch.load(folder / "checkpoint.pt", map_location="cpu")
        model = Rwkv(Shape(**checkpoint["shape"]))
        weights = dict(checkpoint_parts(checkpoint["memory"], Memory(model, 1, torch.device("cpu")).parts))
    else:
        config = json.loads((folder / "config.json").read_text())
        weights = read_safetensors(folder / "model.safetensors")
        ranks = {f"rank_{x}": weights[f"blocks.1.att.{x}1"].shape[1] for x in "wavg"} if config["version"] == "7" else {}
        model = Rwkv(Shape(config["version"], config["n_layer"], config["n_embd"], config["vocab_size"], **ranks))
    missing, unknown = model.load_state_dict(weights, strict=False)
    assert not missing and not unknown, (missing, unknown)
    return model.eval()


@torch.no_grad()
def goldens(model: Rwkv, encoder: Encoder) -> List[Dict[str, object]]:
    """Tokens and the logits after the last, in float64 over the weights as they are written."""
    exact = Rwkv(model.shape).double()
    exact.load_state_dict({name: tensor.half().double() for name, tensor in model.state_dict().items()})
    cases = []
    for text in GOLDEN_TEXTS:
        tokens = torch.from_numpy(encoder.encode(text).astype(numpy.int64))
        padded = torch.cat([tokens, torch.zeros(-len(tokens) % CHUNK, dtype=torch.int64)])
        reset = torch.zeros(len(padded), dtype=torch.bool)
        reset[0] = True
        logits = exact(padded, reset, exact=True)[len(tokens) - 1]
        logits = [round(x, 6) for x in logits.tolist()]
        cases.append(dict(source="float64 over the float16 weights", text=text, tokens=tokens.tolist(), logits=logits))
    return cases


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True, help="folder with the checkpoint")
    parser.add_argument("--vocabulary", type=Path, required=True, help="vocab.txt that prepare.py wrote")
    parser.add_argument("--name", required=True, help="what the API calls the model")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    model = load_model(arguments.run)
    shape, out = model.shape, arguments.out
    out.mkdir(parents=True, exist_ok=True)
    write_safetensors({name: tensor.detach() for name, tensor in model.state_dict().items()}, out / "model.safetensors")
    shutil.copy(arguments.vocabulary, out / "vocab.txt")
    config = dict(
        name=arguments.name, architecture="rwkv", version=shape.version, n_layer=shape.n_layer, n_embd=shape.n_embd,
        head_size=HEAD_SIZE if shape.version == "7" else 0, vocab_size=shape.vocab_size, tokenizer="rwkv_world",
        vocab_file="vocab.txt", eos_token_id=0, chat_template="rwkv_world", stop=["\n\nUser:"], dtype="float16",
        created=int(time.time()), sampling=dict(temperature=1, top_p=0.5, presence_penalty=0, frequency_penalty=0, max_tokens=512),
    )
    (out / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    cases = goldens(model, Encoder(read(out / "vocab.txt")))
    (out / "goldens.json").write_text(json.dumps(dict(model=arguments.name, cases=cases)) + "\n")
    print(f"{sum(p.numel() for p in model.parameters()):,} parameters, {(out / 'model.safetensors').stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
