"""The operations of RWKV that are no matrix products, in plain PyTorch: for CUDA, and what the C kernels are held against.

All sequences of a batch are laid one after the other, `[T, ...]`; `reset[t]` says that token t begins a document, which
reads an empty state. Everything here is parallel over time (arXiv 2305.13048, section 3.2): no loop over tokens.
"""

import math
from typing import NamedTuple, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor

HEAD_SIZE = 64
GROUP_NORM_EPS = 64e-5
MIN_LOG_DECAY = -math.exp(-0.5)

#: Tokens that the recurrences take in one piece of matrix products.
CHUNK = 16


class TimeMix7Parameters(NamedTuple):
    """Parameters of RWKV-7's time mix between the products, each `[D]`. `v0` is absent in the first block."""

    w0: Tensor
    a0: Tensor
    v0: Optional[Tensor]
    k_k: Tensor
    k_a: Tensor
    r_k: Tensor
    ln_weight: Tensor
    ln_bias: Tensor


def token_shift(x: Tensor, reset: Tensor) -> Tensor:
    """The token before, or nothing where a document begins. `[T, D]`"""
    return F.pad(x, (0, 0, 1, -1)).masked_fill(reset[:, None], 0)


def shift_mix(x: Tensor, reset: Tensor, weight: Tensor, bias: Tensor, mix: Tensor, dtype: torch.dtype) -> Tuple[Tensor, ...]:
    """Layer norm h of x, then h + (h_prev - h) mix_m for each row of mix `[M, D]`: M tensors `[T, D]`."""
    h = F.layer_norm(x, x.shape[-1:], weight, bias)
    xx = token_shift(h, reset) - h
    return tuple(torch.addcmul(h, xx, m).to(dtype) for m in mix)


def wkv7(r: Tensor, log_w: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, reset: Tensor) -> Tensor:
    """
    RWKV-7's recurrence S = S diag(w) + (S a) b^T + v k^T, y = S r, chunk by chunk in matrix products.

    All `[T, H, N]`, T a multiple of CHUNK. Within a chunk the state is a lower triangular system, solved by
    (I - A)^-1 = (I + A)(I + A^2)(I + A^4)..., which ends since A is nilpotent. log_w is at least -0.61, so that the decay
    over a chunk stays well inside float32.
    """
    T, H, N = r.shape
    n, C = T // CHUNK, CHUNK

    def chunks(x: Tensor) -> Tensor:
        return x.view(n, C, H, N).transpose(1, 2)  # [n, H, C, N]

    r, log_w, k, v, a, b = map(chunks, (r, log_w, k, v, a, b))
    after = log_w.cumsum(-2)
    before = after - log_w
    document = reset.view(n, C).cumsum(-1)
    # Who reads a state must have no reset between.
    same = (document[:, :, None] == document[:, None, :]).to(r.dtype)[:, None]  # [n, 1, C, C]
    first = (document == 0).to(r.dtype)[:, None, :, None]  # reads the state before the chunk
    last = (document == document[:, -1:]).to(r.dtype)[:, None, :, None]  # is read by the state after it
    whole = first[:, :, -1:]

    below = torch.tril(same, -1)
    upto = torch.tril(same)
    r_in, a_in = r * after.exp(), a * before.exp()
    k_out, b_out = k * (-after).exp(), b * (-after).exp()
    ab = (a_in @ b_out.mT) * below
    ak = (a_in @ k_out.mT) * below
    rb = (r_in @ b_out.mT) * upto
    rk = (r_in @ k_out.mT) * upto
    inverse = torch.eye(C, dtype=r.dtype, device=r.device) + ab
    power = ab
    for _ in range(int(math.log2(C)) - 1):
        power = power @ power
        inverse = inverse + inverse @ power
    # sa = sa_v + sa_s S^T, y = y_v + y_s S^T, and so for the state after the chunk.
    sa_v, sa_s = inverse @ (ak @ v), inverse @ (a_in * first)
    y_v, y_s = rk @ v + rb @ sa_v, r_in * first + rb @ sa_s
    to_end = (after[:, :, -1:] - after).exp() * last
    k_end, b_end = k * to_end, b * to_end
    s_v = k_end.mT @ v + b_end.mT @ sa_v
    s_s = torch.diag_embed((after[:, :, -1].exp() * whole[:, :, 0])) + b_end.mT @ sa_s
    state = torch.zeros(H, N, N, dtype=r.dtype, device=r.device)
    y = []
    for i in range(n):
        y.append(y_v[i] + y_s[i] @ state)
        state = s_v[i] + s_s[i] @ state
    return torch.stack(y).transpose(1, 2).reshape(T, H, N)


def time_mix7(
    r: Tensor, w: Tensor, k: Tensor, v: Tensor, a: Tensor, g: Tensor, v_mix: Optional[Tensor], v_first: Optional[Tensor],
    p: TimeMix7Parameters, reset: Tensor,
) -> Tensor:
    """RWKV-7's time mix between the products (arXiv 2503.14456, section 4). All `[T, D]`; w, a and v_mix before w0, a0, v0."""
    T, D = r.shape
    dtype = r.dtype
    r, w, k, v, a, g = (x.float() if dtype == torch.bfloat16 else x for x in (r, w, k, v, a, g))

    def heads(x: Tensor) -> Tensor:
        return x.view(T, D // HEAD_SIZE, HEAD_SIZE)

    log_w = MIN_LOG_DECAY * torch.sigmoid(p.w0 + w)
    a = torch.sigmoid(p.a0 + a)
    if v_first is not None:
        v = v + (v_first - v) * torch.sigmoid(p.v0 + v_mix)
    kk = F.normalize(heads(k * p.k_k), dim=-1)
    k = k * (1 + (a - 1) * p.k_a)
    y = wkv7(heads(r), heads(log_w), heads(k), heads(v), -kk, kk * heads(a), reset).reshape(T, D)
    y = F.group_norm(y, D // HEAD_SIZE, p.ln_weight, p.ln_bias, GROUP_NORM_EPS)
    y = y + (heads(r * k * p.r_k).sum(-1, keepdim=True) * heads(v)).view(T, D)
    return (y * g).to(dtype)


def time_mix4(r: Tensor, k: Tensor, v: Tensor, log_w: Tensor, u: Tensor, reset: Tensor) -> Tensor:
    """
    RWKV-4's time mix between the products, sigmoid(r) wkv (arXiv 2305.13048, equation 16). r, k, v `[T, D]`; log_w, u `[D]`.

    The sums before each token are an associative scan of (decay, maximum, numerator, denominator), by doubling.
    """
    T, _ = k.shape
    dtype = r.dtype
    r, k, v = (x.float() if dtype == torch.bfloat16 else x for x in (r, k, v))
    nothing = -1e38
    # Element t sums the tokens of its document up to t: e^top (numerator, denominator), decaying by e^decay in all.
    decay = log_w.expand_as(k).masked_fill(reset[:, None], nothing)
    top, numerator, denominator = k, v, torch.ones_like(k)
    step = 1
    while step < T:
        def earlier(x: Tensor, fill: float) -> Tensor:
            return F.pad(x[:-step], (0, 0, step, 0), value=fill)

        carried = (earlier(top, nothing) + decay).clamp(min=nothing)
        highest = torch.maximum(top, carried)
        mine, theirs = (top - highest).exp(), (carried - highest).exp()
        numerator = mine * numerator + theirs * earlier(numerator, 0)
        denominator = mine * denominator + theirs * earlier(denominator, 0)
        decay = (decay + earlier(decay, 0)).clamp(min=nothing)
        top = highest
        step *= 2
    def before(x: Tensor, fill: float) -> Tensor:
        return F.pad(x[:-1], (0, 0, 1, 0), value=fill).masked_fill(reset[:, None], fill)

    past, own = before(top, nothing), k + u
    highest = torch.maximum(past, own)
    e1, e2 = (past - highest).exp(), (own - highest).exp()
    wkv = (e1 * before(numerator, 0) + e2 * v) / (e1 * before(denominator, 0) + e2)
    return (torch.sigmoid(r) * wkv).to(dtype)


def relu_squared(x: Tensor) -> Tensor:
    """relu(x)^2, element by element."""
    return torch.relu(x).square()


def gate(r: Tensor, x: Tensor) -> Tensor:
    """sigmoid(r) x, element by element."""
    return torch.sigmoid(r) * x


def cross_entropy(logits: Tensor, targets: Tensor, scale: float) -> Tensor:
    """The sum of the cross-entropies times scale. logits `[T, V]`; where a target is negative, nothing is asked."""
    return F.cross_entropy(logits.float(), targets.long(), ignore_index=-1, reduction="sum") * scale
