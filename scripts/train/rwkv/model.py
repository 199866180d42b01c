"""RWKV-7 and RWKV-4 as PyTorch modules. Parameters are named as in the official checkpoints, so that a state dict is one."""

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Optional, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import Tensor

from . import cpu_operations, operations
from .operations import HEAD_SIZE, TimeMix7Parameters


@dataclass(frozen=True)
class Shape:
    """What a model is: the version of RWKV ("7" or "4"), layers L, width D, vocabulary V, RWKV-7's low-rank sizes."""

    version: str
    n_layer: int
    n_embd: int
    vocab_size: int
    rank_w: int = 32
    rank_a: int = 32
    rank_v: int = 32
    rank_g: int = 64


class Linear(nn.Module):
    """y = W x in the activations' type; W `[out, in]` is kept in float32."""

    def __init__(self, n_in: int, n_out: int, bound: float = 0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(n_out, n_in).uniform_(-bound, bound) if bound else torch.zeros(n_out, n_in))

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.to(x.dtype))


def product(x: Tensor, w: Tensor) -> Tensor:
    """x W for a low-rank factor W `[in, out]`, in the activations' type."""
    return x @ w.to(x.dtype)


def orthogonal(rows: int, columns: int, scale: float) -> nn.Parameter:
    """A low-rank factor to begin with, as the official trainer has it."""
    gain = math.sqrt(rows / columns) if rows > columns else 1.0
    return nn.Parameter(nn.init.orthogonal_(torch.empty(rows, columns), gain=gain * scale))


def vector(x: Tensor) -> nn.Parameter:
    """A parameter `[1, 1, D]`, the shape that official checkpoints have for one a channel."""
    return nn.Parameter(x.reshape(1, 1, -1).clone())


class TimeMix7(nn.Module):
    """RWKV-7's time mix (arXiv 2503.14456, section 4), initialised as in RWKV-LM's RWKV-v7/train_temp."""

    def __init__(self, shape: Shape, layer: int):
        super().__init__()
        D, L = shape.n_embd, shape.n_layer
        i = torch.arange(D, dtype=torch.float32)
        ratio_0_to_1 = layer / max(1, L - 1)
        ratio_1_to_almost0 = 1 - layer / L
        linear = i / (D - 1) - 0.5
        zigzag = ((i % HEAD_SIZE) - (HEAD_SIZE - 1) / 2) / ((HEAD_SIZE - 1) / 2)
        zigzag = zigzag * zigzag.abs()
        for name, power in dict(r=0.2, w=0.9, k=0.7, v=0.7, a=0.9, g=0.2).items():
            setattr(self, f"x_{name}", vector(1 - (i / D) ** (power * ratio_1_to_almost0)))
        self.w0 = vector(-6 + 6 * (i / (D - 1)) ** (1 + ratio_0_to_1**0.3) + 0.5 + zigzag * 2.5)
        self.a0 = vector(-0.19 + zigzag * 0.3 + linear * 0.4)
        for name, rank in dict(w=shape.rank_w, a=shape.rank_a, g=shape.rank_g).items():
            setattr(self, f"{name}1", nn.Parameter(torch.zeros(D, rank)))
            setattr(self, f"{name}2", orthogonal(rank, D, 0.1))
        self.v0 = None
        if layer > 0:
            self.v0 = vector(0.73 - linear * 0.4)
            self.v1 = nn.Parameter(torch.zeros(D, shape.rank_v))
            self.v2 = orthogonal(shape.rank_v, D, 0.1)
        self.k_k = vector(0.71 - linear * 0.1)
        self.k_a = vector(torch.full((D,), 1.02))
        self.r_k = nn.Parameter(torch.full((D // HEAD_SIZE, HEAD_SIZE), -0.04))
        bound = D**-0.5
        self.receptance = Linear(D, D, 0.5 * bound)
        self.key = Linear(D, D, 0.05 * bound)
        self.value = Linear(D, D, 0.5 * bound)
        self.output = Linear(D, D)
        self.ln_x = nn.GroupNorm(D // HEAD_SIZE, D)
        nn.init.constant_(self.ln_x.weight, ((1 + layer) / L) ** 0.7)

    def forward(self, x: Tensor, ln: nn.LayerNorm, v_first: Optional[Tensor], reset: Tensor, o: ModuleType, dtype: torch.dtype):
        mix = torch.cat([getattr(self, f"x_{name}") for name in "rwkvag"]).flatten(1)
        x_r, x_w, x_k, x_v, x_a, x_g = o.shift_mix(x, reset, ln.weight, ln.bias, mix, dtype)
        r, k, v = self.receptance(x_r), self.key(x_k), self.value(x_v)
        w = product(torch.tanh(product(x_w, self.w1)), self.w2)
        a = product(product(x_a, self.a1), self.a2)
        g = product(torch.sigmoid(product(x_g, self.g1)), self.g2)
        v_mix = None if v_first is None else product(product(x_v, self.v1), self.v2)
        parameters = TimeMix7Parameters(
            *(None if p is None else p.flatten() for p in (self.w0, self.a0, self.v0, self.k_k, self.k_a, self.r_k)),
            self.ln_x.weight, self.ln_x.bias,
        )
        y = o.time_mix7(r, w, k, v, a, g, v_mix, v_first, parameters, reset)
        return self.output(y), v if v_first is None else v_first


class ChannelMix7(nn.Module):
    def __init__(self, shape: Shape, layer: int):
        super().__init__()
        D, L = shape.n_embd, shape.n_layer
        i = torch.arange(D, dtype=torch.float32)
        self.x_k = vector(1 - (i / D) ** ((1 - layer / L) ** 4))
        self.key = Linear(D, 4 * D, 0.5 * D**-0.5)
        self.value = Linear(4 * D, D)

    def forward(self, x: Tensor, ln: nn.LayerNorm, reset: Tensor, o: ModuleType, dtype: torch.dtype) -> Tensor:
        (x_k,) = o.shift_mix(x, reset, ln.weight, ln.bias, self.x_k.flatten(1), dtype)
        return self.value(o.relu_squared(self.key(x_k)))


class TimeMix4(nn.Module):
    """RWKV-4's time mix (arXiv 2305.13048, section 3.1), initialised as in RWKV-LM's RWKV-v4neo."""

    def __init__(self, shape: Shape, layer: int):
        super().__init__()
        D, L = shape.n_embd, shape.n_layer
        i = torch.arange(D, dtype=torch.float32)
        ratio_0_to_1 = layer / max(1, L - 1)
        ratio_1_to_almost0 = 1 - layer / L
        self.time_decay = nn.Parameter(-5 + 8 * (i / (D - 1)) ** (0.7 + 1.3 * ratio_0_to_1))
        self.time_first = nn.Parameter(math.log(0.3) + ((i + 1) % 3 - 1) * 0.5)
        ramp = i / D
        self.time_mix_k = vector(ramp**ratio_1_to_almost0)
        self.time_mix_v = vector(ramp**ratio_1_to_almost0 + 0.3 * ratio_0_to_1)
        self.time_mix_r = vector(ramp ** (0.5 * ratio_1_to_almost0))
        # The official trainer begins with zeros for key and receptance too; so little training cannot afford that.
        self.key = Linear(D, D, 0.5 * D**-0.5)
        self.value = Linear(D, D, 0.5 * D**-0.5)
        self.receptance = Linear(D, D, 0.5 * D**-0.5)
        self.output = Linear(D, D)

    def forward(self, x: Tensor, ln: nn.LayerNorm, reset: Tensor, o: ModuleType, dtype: torch.dtype) -> Tensor:
        # x m + x_prev (1 - m): the weight of the token before is 1 - m.
        mix = 1 - torch.cat([self.time_mix_k, self.time_mix_v, self.time_mix_r]).flatten(1)
        x_k, x_v, x_r = o.shift_mix(x, reset, ln.weight, ln.bias, mix, dtype)
        r, k, v = self.receptance(x_r), self.key(x_k), self.value(x_v)
        return self.output(o.time_mix4(r, k, v, -torch.exp(self.time_decay), self.time_first, reset))


class ChannelMix4(nn.Module):
    def __init__(self, shape: Shape, layer: int):
        super().__init__()
        D, L = shape.n_embd, shape.n_layer
        ramp = (torch.arange(D, dtype=torch.float32) / D) ** (1 - layer / L)
        self.time_mix_k = vector(ramp)
        self.time_mix_r = vector(ramp)
        self.key = Linear(D, 4 * D, 0.5 * D**-0.5)
        self.receptance = Linear(D, D)
        self.value = Linear(4 * D, D)

    def forward(self, x: Tensor, ln: nn.LayerNorm, reset: Tensor, o: ModuleType, dtype: torch.dtype) -> Tensor:
        mix = 1 - torch.cat([self.time_mix_k, self.time_mix_r]).flatten(1)
        x_k, x_r = o.shift_mix(x, reset, ln.weight, ln.bias, mix, dtype)
        return o.gate(self.receptance(x_r), self.value(o.relu_squared(self.key(x_k))))


class Block(nn.Module):
    def __init__(self, shape: Shape, layer: int):
        super().__init__()
        D = shape.n_embd
        if layer == 0:
            self.ln0 = nn.LayerNorm(D)
        self.ln1, self.ln2 = nn.LayerNorm(D), nn.LayerNorm(D)
        self.att = TimeMix7(shape, layer) if shape.version == "7" else TimeMix4(shape, layer)
        self.ffn = ChannelMix7(shape, layer) if shape.version == "7" else ChannelMix4(shape, layer)


class Rwkv(nn.Module):
    """
    A language model. On a CPU its activations are bfloat16, by the C kernels, unless it is asked for `exact` arithmetic:
    float32 (or float64, after `.double()`) by plain PyTorch, for evaluation.
    """

    def __init__(self, shape: Shape):
        super().__init__()
        assert shape.version in ("4", "7") and shape.n_embd % HEAD_SIZE == 0
        self.shape = shape
        D, V = shape.n_embd, shape.vocab_size
        self.emb = nn.Embedding(V, D)
        nn.init.uniform_(self.emb.weight, -1e-4, 1e-4)
        self.blocks = nn.ModuleList(Block(shape, layer) for layer in range(shape.n_layer))
        self.ln_out = nn.LayerNorm(D)
        self.head = Linear(D, V)
        nn.init.orthogonal_(self.head.weight, gain=0.5 * math.sqrt(max(1.0, V / D)))

    def operations(self, exact: bool) -> Tuple[ModuleType, torch.dtype]:
        """The operations to run, and the type of the activations."""
        if exact:
            return operations, self.emb.weight.dtype
        return (operations if self.emb.weight.is_cuda else cpu_operations), torch.bfloat16

    def forward(self, tokens: Tensor, reset: Tensor, exact: bool = False) -> Tensor:
        """tokens `[T]`, reset `[T]` bool: whether a document begins here. Returns logits `[T, V]`."""
        o, dtype = self.operations(exact)
        x = self.emb(tokens)
        v_first = None
        for layer, block in enumerate(self.blocks):
            if layer == 0:
                x = block.ln0(x)
            if self.shape.version == "7":
                y, v_first = block.att(x, block.ln1, v_first, reset, o, dtype)
            else:
                y = block.att(x, block.ln1, reset, o, dtype)
            x = x + y
            x = x + block.ffn(x, block.ln2, reset, o, dtype)
        return self.head(self.ln_out(x).to(dtype))

    def loss(self, tokens: Tensor, targets: Tensor, reset: Tensor, scale: float) -> Tensor:
        """The sum of the cross-entropies in nats, times scale. Where a target is negative, nothing is asked."""
        o, _ = self.operations(False)
        return o.cross_entropy(self(tokens, reset), targets, scale)
