"""
Muon for the big matrices, Adam for the rest, over flat memory that several processes share.

Every process holds the same weights (they are one memory), adds its gradients to a row of its own, and updates the
parameters that are assigned to it: nothing is sent, and nothing is computed twice.
"""

from typing import Dict, List, NamedTuple, Tuple

import torch
from torch import Tensor, nn

BETA1, BETA2, EPSILON = 0.9, 0.98, 1e-10
MOMENTUM = 0.95
CLIP = 1.0


class Rates(NamedTuple):
    """Learning rates, and the decay of the weights relative to them."""

    muon: float
    adam: float
    weight_decay: float


class Slice(NamedTuple):
    """Where a parameter lies in the flat memory, and how it is updated."""

    name: str
    shape: torch.Size
    begin: int
    end: int
    muon: bool


def is_muon(name: str, parameter: Tensor) -> bool:
    """Muon is for products inside the blocks; embedding, head, low-rank factors and vectors have Adam."""
    return parameter.ndim == 2 and name.startswith("blocks.") and name.endswith(".weight")


def slices(model: nn.Module) -> List[Slice]:
    """The parameters of a model, one after the other, each at a multiple of 16 numbers."""
    found, begin = [], 0
    for name, parameter in model.named_parameters():
        end = begin + parameter.numel()
        found.append(Slice(name, parameter.shape, begin, end, is_muon(name, parameter)))
        begin = (end + 15) // 16 * 16
    return found


def orthogonalize(update: Tensor) -> Tensor:
    """The nearest semi-orthogonal matrix, roughly: five steps of Newton-Schulz (K. Jordan, Muon, 2024)."""
    tall = update.shape[0] > update.shape[1]
    x = (update.T if tall else update).bfloat16()
    x = x / (x.norm() + 1e-7)
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return (x.T if tall else x).float()


def assign(parts: List[Slice], processes: int) -> List[List[Slice]]:
    """Shares the parameters out so that all processes have about as much to do."""

    def cost(part: Slice) -> float:
        if not part.muon:
            return 4 * (part.end - part.begin)
        small, large = min(part.shape), max(part.shape)
        return 10 * (2 * small * small * large + small**3) / 250 + 10 * (part.end - part.begin)

    shares: List[List[Slice]] = [[] for _ in range(processes)]
    loads = [0.0] * processes
    for part in sorted(parts, key=cost, reverse=True):
        least = loads.index(min(loads))
        shares[least].append(part)
        loads[least] += cost(part)
    return shares


class Memory:
    """Flat float32 memory `[n]` for weights and the optimizer, and `[processes, n]` for gradients."""

    def __init__(self, model: nn.Module, processes: int, device: torch.device):
        self.parts = slices(model)
        self.shares = assign(self.parts, processes)
        n = (self.parts[-1].end + 15) // 16 * 16
        self.weights, self.momentum, self.second = (torch.zeros(n, device=device) for _ in range(3))
        self.gradients = torch.zeros(processes, n, device=device)
        self.norms = torch.zeros(processes, dtype=torch.float64)
        #: loss of the step for each process; whether to stop and what part of the training is done, as process 0 says.
        self.losses, self.stop = torch.zeros(processes, dtype=torch.float64), torch.zeros(1)
        self.progress = torch.zeros(1, dtype=torch.float64)
        for part, parameter in zip(self.parts, model.parameters()):
            self.view(self.weights, part).copy_(parameter.data)

    def share(self) -> None:
        """Makes the memory common to processes that are started after this."""
        for tensor in (self.weights, self.momentum, self.second, self.gradients, self.norms, self.losses, self.stop, self.progress):
            tensor.share_memory_()

    @staticmethod
    def view(flat: Tensor, part: Slice) -> Tensor:
        return flat[part.begin : part.end].view(part.shape)

    def attach(self, model: nn.Module, rank: int) -> None:
        """Makes the model's parameters and their gradients lie in this memory."""
        for part, parameter in zip(self.parts, model.parameters()):
            parameter.data = self.view(self.weights, part)
            parameter.grad = self.view(self.gradients[rank], part)

    def state(self) -> Dict[str, Tensor]:
        return dict(weights=self.weights.cpu().clone(), momentum=self.momentum.cpu().clone(), second=self.second.cpu().clone())

    def load(self, state: Dict[str, Tensor]) -> None:
        for name in ("weights", "momentum", "second"):
            getattr(self, name).copy_(state[name])

    @torch.no_grad()
    def reduce(self, rank: int) -> None:
        """Sums the gradients of this process' share, into row 0, and notes their squares."""
        squares = 0.0
        for part in self.shares[rank]:
            total = self.gradients[0, part.begin : part.end]
            for other in range(1, self.gradients.shape[0]):
                total += self.gradients[other, part.begin : part.end]
            squares += total.double().square().sum().item()
        self.norms[rank] = squares

    @torch.no_grad()
    def update(self, rank: int, step: int, rates: Rates) -> float:
        """Updates this process' share after all have reduced. Returns the norm of the whole gradient."""
        norm = self.norms.sum().sqrt().item()
        clip = min(1.0, CLIP / (norm + 1e-6))
        for part in self.shares[rank]:
            weight, gradient = self.view(self.weights, part), self.view(self.gradients[0], part)
            momentum = self.view(self.momentum, part)
            if part.muon:
                momentum.mul_(MOMENTUM).add_(gradient)
                direction = orthogonalize(gradient + MOMENTUM * momentum)
                scale = max(1.0, part.shape[0] / part.shape[1]) ** 0.5
                weight.mul_(1 - rates.muon * rates.weight_decay).add_(direction, alpha=-rates.muon * scale)
            else:
                second = self.view(self.second, part)
                gradient = gradient * clip
                momentum.lerp_(gradient, 1 - BETA1)
                second.lerp_(gradient.square(), 1 - BETA2)
                corrected = (second / (1 - BETA2 ** (step + 1))).sqrt_().add_(EPSILON)
                rate = rates.adam / (1 - BETA1 ** (step + 1))
                # The decays w0 have twice the rate, as in the official trainer.
                weight.addcdiv_(momentum, corrected, value=-rate * (2 if part.name.endswith("att.w0") else 1))
        return norm


def rates_at(progress: float, step: int, peak: Rates, warmup: int, decay: float) -> Rates:
    """Warm-up, a plateau, then a straight line to nothing over the last `decay` of the training."""
    factor = min(1.0, (step + 1) / warmup) * min(1.0, max(0.0, (1 - progress) / decay))
    return Rates(peak.muon * factor, peak.adam * factor, peak.weight_decay)


def checkpoint_parts(state: Dict[str, Tensor], parts: List[Slice]) -> List[Tuple[str, Tensor]]:
    """The named weights in a saved memory."""
    return [(part.name, Memory.view(state["weights"], part)) for part in parts]
