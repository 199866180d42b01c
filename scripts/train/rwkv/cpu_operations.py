"""The operations of `operations.py` for CPUs: the C kernels behind autograd. Activations are bfloat16."""

import ctypes
import functools
import os
import shlex
import subprocess
from pathlib import Path
from typing import Optional, Sequence, Tuple

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from .operations import HEAD_SIZE, TimeMix7Parameters

CHUNK = 16
SOURCE = Path(__file__).with_name("kernels.c")


@functools.lru_cache(None)
def library() -> ctypes.CDLL:
    """The kernels, compiled for this machine by the C compiler at hand ($CC, or cc) when they are first needed."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "tern"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"kernels-{SOURCE.stat().st_mtime_ns}.so"
    if not target.exists():
        # Written aside and renamed, since several processes may start at once.
        written = target.with_suffix(f".{os.getpid()}")
        flags = ["-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-shared", "-fPIC"]
        subprocess.run([*shlex.split(os.environ.get("CC", "cc")), *flags, str(SOURCE), "-o", str(written), "-lm"], check=True)
        written.rename(target)
    loaded = ctypes.CDLL(str(target))
    loaded.cross_entropy.restype = ctypes.c_double
    loaded.encode.restype = ctypes.c_int64
    return loaded


def pointer(x: Optional[Tensor]) -> ctypes.c_void_p:
    """Where a tensor's numbers lie, or null."""
    return ctypes.c_void_p(None if x is None else x.data_ptr())


def pointers(tensors: Sequence[Optional[Tensor]]) -> ctypes.Array:
    """An array of pointers: also what a struct of pointers looks like."""
    return (ctypes.c_void_p * len(tensors))(*(None if x is None else x.data_ptr() for x in tensors))


def contiguous(x: Optional[Tensor]) -> Optional[Tensor]:
    return None if x is None else x.contiguous()


class ShiftMix(Function):
    @staticmethod
    def forward(ctx, x, reset, weight, bias, mix):
        T, D = x.shape
        M = mix.shape[0]
        mix = mix.contiguous()
        out = tuple(torch.empty(T, D, dtype=torch.bfloat16) for _ in range(M))
        stats = torch.empty(T, 2)
        library().shift_mix_forward(
            T, D, M, pointer(x), pointer(reset), pointer(weight), pointer(bias), pointer(mix), pointers(out), pointer(stats)
        )
        ctx.save_for_backward(x, reset, weight, bias, mix, stats)
        ctx.set_materialize_grads(False)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, *dout):
        x, reset, weight, bias, mix, stats = ctx.saved_tensors
        T, D = x.shape
        dout = [contiguous(d) for d in dout]
        dx = torch.empty_like(x)
        dweight, dbias, dmix = torch.zeros_like(weight), torch.zeros_like(bias), torch.zeros_like(mix)
        library().shift_mix_backward(
            T, D, len(dout), pointer(x), pointer(reset), pointer(weight), pointer(bias), pointer(mix), pointer(stats),
            pointers(dout), pointer(dx), pointer(dweight), pointer(dbias), pointer(dmix),
        )
        return dx, None, dweight, dbias, dmix


def shift_mix(x: Tensor, reset: Tensor, weight: Tensor, bias: Tensor, mix: Tensor, dtype: torch.dtype) -> Tuple[Tensor, ...]:
    """See `operations.shift_mix`."""
    assert dtype == torch.bfloat16 and x.dtype == torch.float32 and bool(reset[0])
    return ShiftMix.apply(x.contiguous(), reset, weight, bias, mix)


class TimeMix7(Function):
    @staticmethod
    def forward(ctx, reset, r, w, k, v, a, g, v_mix, v_first, *parameters):
        T, D = r.shape
        H = D // HEAD_SIZE
        inputs = [contiguous(x) for x in (r, w, k, v, a, g, v_mix, v_first)]
        parameters = [contiguous(x) for x in parameters]
        out = torch.empty(T, D, dtype=torch.bfloat16)
        kept = [torch.empty(T, D), torch.empty(T, D), torch.empty(H, T // CHUNK, HEAD_SIZE, HEAD_SIZE)]
        library().time_mix7_forward(T, H, pointers(inputs), pointers(parameters), pointer(reset), pointer(out), pointers(kept))
        ctx.save_for_backward(reset, *inputs, *parameters, *kept)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, dout):
        reset, *rest = ctx.saved_tensors
        inputs, parameters, kept = rest[:8], rest[8:16], rest[16:]
        T, D = inputs[0].shape
        dinputs = [None if x is None else torch.empty_like(x) for x in inputs]
        dparameters = [None if x is None else torch.zeros_like(x) for x in parameters]
        library().time_mix7_backward(
            T, D // HEAD_SIZE, pointers(inputs), pointers(parameters), pointer(reset), pointer(dout.contiguous()),
            pointers(kept), pointers(dinputs), pointers(dparameters),
        )
        return (None, *dinputs, *dparameters)


def time_mix7(
    r: Tensor, w: Tensor, k: Tensor, v: Tensor, a: Tensor, g: Tensor, v_mix: Optional[Tensor], v_first: Optional[Tensor],
    p: TimeMix7Parameters, reset: Tensor,
) -> Tensor:
    """See `operations.time_mix7`."""
    assert r.shape[0] % CHUNK == 0 and r.dtype == torch.bfloat16
    return TimeMix7.apply(reset, r, w, k, v, a, g, v_mix, v_first, *p)


class TimeMix4(Function):
    @staticmethod
    def forward(ctx, r, k, v, log_w, u, reset):
        T, D = r.shape
        r, k, v, log_w, u = (x.contiguous() for x in (r, k, v, log_w, u))
        out, wkv = torch.empty(T, D, dtype=torch.bfloat16), torch.empty(T, D)
        library().time_mix4_forward(T, D, *map(pointer, (r, k, v, log_w, u, reset, out, wkv)))
        ctx.save_for_backward(r, k, v, log_w, u, reset, wkv)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, dout):
        r, k, v, log_w, u, reset, wkv = ctx.saved_tensors
        T, D = r.shape
        dr, dk, dv = (torch.empty_like(x) for x in (r, k, v))
        dlog_w, du = torch.zeros_like(log_w), torch.zeros_like(u)
        library().time_mix4_backward(
            T, D, *map(pointer, (r, k, v, log_w, u, reset, wkv, dout.contiguous(), dr, dk, dv, dlog_w, du))
        )
        return dr, dk, dv, dlog_w, du, None


def time_mix4(r: Tensor, k: Tensor, v: Tensor, log_w: Tensor, u: Tensor, reset: Tensor) -> Tensor:
    """See `operations.time_mix4`."""
    assert r.dtype == torch.bfloat16
    return TimeMix4.apply(r, k, v, log_w, u, reset)


def size(x: Tensor) -> ctypes.c_size_t:
    return ctypes.c_size_t(x.numel())


class ReluSquared(Function):
    @staticmethod
    def forward(ctx, x):
        x = x.contiguous()
        out = torch.empty_like(x)
        library().relu_squared_forward(size(x), pointer(x), pointer(out))
        ctx.save_for_backward(x)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, dout):
        (x,) = ctx.saved_tensors
        dout, dx = dout.contiguous(), torch.empty_like(x)
        library().relu_squared_backward(size(x), pointer(x), pointer(dout), pointer(dx))
        return dx


def relu_squared(x: Tensor) -> Tensor:
    """See `operations.relu_squared`."""
    return ReluSquared.apply(x)


class Gate(Function):
    @staticmethod
    def forward(ctx, r, x):
        r, x = r.contiguous(), x.contiguous()
        out = torch.empty_like(x)
        library().gate_forward(size(x), pointer(r), pointer(x), pointer(out))
        ctx.save_for_backward(r, x)
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx, dout):
        r, x = ctx.saved_tensors
        dout, dr, dx = dout.contiguous(), torch.empty_like(r), torch.empty_like(x)
        library().gate_backward(size(x), pointer(r), pointer(x), pointer(dout), pointer(dr), pointer(dx))
        return dr, dx


def gate(r: Tensor, x: Tensor) -> Tensor:
    """See `operations.gate`."""
    return Gate.apply(r, x)


class CrossEntropy(Function):
    @staticmethod
    def forward(ctx, logits, targets, scale):
        T, V = logits.shape
        # The gradient takes the logits' place: nobody else reads them.
        total = library().cross_entropy(T, V, pointer(logits), pointer(targets), ctypes.c_float(scale))
        ctx.save_for_backward(logits)
        return torch.tensor(total * scale, dtype=torch.float32)

    @staticmethod
    @once_differentiable
    def backward(ctx, dout):
        (dlogits,) = ctx.saved_tensors
        return dlogits if dout == 1 else dlogits * dout, None, None


def cross_entropy(logits: Tensor, targets: Tensor, scale: float) -> Tensor:
    """See `operations.cross_entropy`. The logits are overwritten. targets `[T]` int32."""
    assert logits.dtype == torch.bfloat16 and logits.is_contiguous() and targets.dtype == torch.int32
    return CrossEntropy.apply(logits, targets, scale)
