"""The kernels against plain loops over the paper's recurrences, and what training promises. Run: python3 -m unittest"""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from random import Random
from unittest import mock

import numpy
import torch
import torch.nn.functional as F
from torch import Tensor

from corpus import clean
from corpus.introductions import introduction_dialogue
from corpus.memory import memory_dialogue, recall_conversation
from corpus.small_talk import dialogue as small_talk_dialogue
from corpus.small_talk import exchange
from corpus.stories import story_dialogue
from corpus.values import Values, is_held_out
from export import load_model
from grow import grown
from optimizer import Memory, Rates, orthogonalize, rates_at
from prepare import pack
from rwkv import cpu_operations, operations
from rwkv.model import Rwkv, Shape
from rwkv.operations import CHUNK, HEAD_SIZE, TimeMix7Parameters
from train import batches, examples

T, D = 64, 128


def recurrence7(r: Tensor, log_w: Tensor, k: Tensor, v: Tensor, a: Tensor, b: Tensor, reset: Tensor) -> Tensor:
    """RWKV-7's recurrence as the paper has it, token by token. `[T, H, N]`"""
    state = torch.zeros(r.shape[1], HEAD_SIZE, HEAD_SIZE, dtype=r.dtype)
    y = []
    for t in range(r.shape[0]):
        if reset[t]:
            state = torch.zeros_like(state)
        sa = state @ a[t][:, :, None]
        state = state * log_w[t].exp()[:, None] + sa * b[t][:, None] + v[t][:, :, None] * k[t][:, None]
        y.append((state @ r[t][:, :, None])[:, :, 0])
    return torch.stack(y)


def recurrence4(r: Tensor, k: Tensor, v: Tensor, log_w: Tensor, u: Tensor, reset: Tensor) -> Tensor:
    """RWKV-4's sums as the paper has them, token by token, without guarding against overflow."""
    a = b = torch.zeros(k.shape[1], dtype=k.dtype)
    y = []
    for t in range(k.shape[0]):
        if reset[t]:
            a = b = torch.zeros_like(a)
        y.append((a + (u + k[t]).exp() * v[t]) / (b + (u + k[t]).exp()))
        a, b = log_w.exp() * a + k[t].exp() * v[t], log_w.exp() * b + k[t].exp()
    return torch.sigmoid(r) * torch.stack(y)


def difference(a: Tensor, b: Tensor) -> float:
    """Of two tensors, relative to the second."""
    return ((a.double() - b.double()).norm() / b.double().norm()).item()


class Operations(unittest.TestCase):
    #: Of bfloat16, which has eight bits: what rounding each result once gives.
    rounding = 0.004

    def setUp(self) -> None:
        torch.manual_seed(5)
        self.reset = torch.zeros(T, dtype=torch.bool)
        # At the beginning, inside a chunk, at the beginning of one, and twice in a row.
        self.reset[[0, 5, 16, 40, 41]] = True

    @staticmethod
    def random(*shape: int) -> Tensor:
        return torch.randn(*shape, dtype=torch.float64)

    def activations(self, count: int) -> list:
        """Numbers that bfloat16 has."""
        return [self.random(T, D).bfloat16().double() for _ in range(count)]

    def gradients(self, run, inputs: list, flow: Tensor) -> list:
        """The result and the gradients of all inputs."""
        leaves = [x if x is None else x.clone().requires_grad_() for x in inputs]
        y = run(*leaves)
        y.backward(flow.to(y.dtype))
        return [y.detach(), *(x.grad for x in leaves if x is not None)]

    def check(self, results: list, expected: list) -> None:
        self.assertEqual(len(results), len(expected))
        for i, (result, right) in enumerate(zip(results, expected)):
            self.assertLess(difference(result, right), self.rounding, f"result {i}")

    def test_wkv7_in_chunks_is_the_recurrence(self) -> None:
        r, k, v, x, a = (self.random(T, 2, HEAD_SIZE) for _ in range(5))
        kk = F.normalize(x, dim=-1)
        inputs = [r, -0.6 * torch.sigmoid(x), k, v, -kk, kk * torch.sigmoid(a)]
        flow = self.random(T, 2, HEAD_SIZE)
        chunked = self.gradients(lambda *x: operations.wkv7(*x, self.reset), inputs, flow)
        stepwise = self.gradients(lambda *x: recurrence7(*x, self.reset), inputs, flow)
        for a, b in zip(chunked, stepwise):
            self.assertLess(difference(a, b), 1e-12)

    def test_kernel_of_time_mix_7(self) -> None:
        for first in (True, False):
            inputs = self.activations(8)
            parameters = [self.random(D) for _ in range(8)]
            if first:
                inputs[6] = inputs[7] = parameters[2] = None
            flow = self.random(T, D).bfloat16()

            def run(module):
                return lambda *x: module.time_mix7(*x[:8], TimeMix7Parameters(*x[8:]), self.reset)

            expected = self.gradients(run(operations), inputs + parameters, flow)
            narrow = [None if x is None else x.bfloat16() for x in inputs] + [None if x is None else x.float() for x in parameters]
            self.check(self.gradients(run(cpu_operations), narrow, flow), expected)

    def test_time_mix_4(self) -> None:
        inputs = [*self.activations(3), -self.random(D).exp(), self.random(D)]
        flow = self.random(T, D).bfloat16()
        expected = self.gradients(lambda *x: recurrence4(*x, self.reset), inputs, flow)
        scanned = self.gradients(lambda *x: operations.time_mix4(*x, self.reset), inputs, flow)
        for a, b in zip(scanned, expected):
            self.assertLess(difference(a, b), 1e-12)
        narrow = [x.bfloat16() for x in inputs[:3]] + [x.float() for x in inputs[3:]]
        self.check(self.gradients(lambda *x: cpu_operations.time_mix4(*x, self.reset), narrow, flow), expected)

    def test_time_mix_4_with_large_keys(self) -> None:
        inputs = [*self.activations(3), -self.random(D).exp(), self.random(D)]
        inputs[1] = (inputs[1] * 80).bfloat16().double()
        flow = self.random(T, D).bfloat16()
        expected = self.gradients(lambda *x: operations.time_mix4(*x, self.reset), inputs, flow)
        narrow = [x.bfloat16() for x in inputs[:3]] + [x.float() for x in inputs[3:]]
        results = self.gradients(lambda *x: cpu_operations.time_mix4(*x, self.reset), narrow, flow)
        self.assertTrue(all(bool(x.isfinite().all()) for x in results))
        self.check(results[:1], expected[:1])

    def test_kernel_of_shift_mix(self) -> None:
        inputs = [self.random(T, D), self.random(D), self.random(D), self.random(3, D)]
        flow = self.random(3, T, D).bfloat16().double()

        def run(module, dtype):
            def mixed(x, weight, bias, mix):
                return torch.stack([y.to(weight.dtype) for y in module.shift_mix(x, self.reset, weight, bias, mix, dtype)])
            return mixed

        expected = self.gradients(run(operations, torch.float64), inputs, flow)
        self.check(self.gradients(run(cpu_operations, torch.bfloat16), [x.float() for x in inputs], flow), expected)

    def test_kernels_of_single_elements(self) -> None:
        r, x = self.activations(2)
        flow = self.random(T, D).bfloat16()
        for name, inputs in (("relu_squared", [x]), ("gate", [r, x])):
            expected = self.gradients(getattr(operations, name), inputs, flow)
            self.check(self.gradients(getattr(cpu_operations, name), [x.bfloat16() for x in inputs], flow), expected)

    def test_kernel_of_cross_entropy(self) -> None:
        logits = (self.random(T, D) * 5).bfloat16().double()
        targets = torch.randint(0, D, (T,), dtype=torch.int32)
        targets[7] = -1
        expected = self.gradients(lambda x: operations.cross_entropy(x, targets, 0.1), [logits], torch.tensor(1.0))
        self.check(
            self.gradients(lambda x: cpu_operations.cross_entropy(x * 1, targets, 0.1), [logits.bfloat16()], torch.tensor(1.0)),
            expected,
        )


class Models(unittest.TestCase):
    def test_kernels_give_the_gradients_of_autograd(self) -> None:
        for version in "74":
            torch.manual_seed(3)
            model = Rwkv(Shape(version, 3, D, 256))
            for parameter in model.parameters():
                parameter.data += torch.randn_like(parameter) * 0.05
            tokens, targets = torch.randint(0, 256, (T,)), torch.randint(0, 256, (T,), dtype=torch.int32)
            reset = torch.zeros(T, dtype=torch.bool)
            reset[[0, 30]] = True
            model.loss(tokens, targets, reset, 1 / T).backward()
            narrow = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
            model.zero_grad()
            model.double()
            operations.cross_entropy(model(tokens, reset, exact=True), targets, 1 / T).backward()
            for name, parameter in model.named_parameters():
                # Three blocks of bfloat16 activations.
                self.assertLess(difference(narrow[name], parameter.grad), 0.05, f"RWKV-{version} {name}")

    def test_what_runs_on_cuda_gives_the_same_gradients(self) -> None:
        for version in "74":
            gradients = []
            for module in (operations, cpu_operations):
                torch.manual_seed(3)
                model = Rwkv(Shape(version, 2, D, 256))
                for parameter in model.parameters():
                    parameter.data += torch.randn_like(parameter) * 0.05
                tokens, targets = torch.randint(0, 256, (T,)), torch.randint(0, 256, (T,), dtype=torch.int32)
                reset = torch.zeros(T, dtype=torch.bool)
                reset[[0, 30]] = True
                with mock.patch.object(model, "operations", lambda exact, module=module: (module, torch.bfloat16)):
                    model.loss(tokens, targets, reset, 1 / T).backward()
                gradients.append(torch.cat([parameter.grad.flatten() for parameter in model.parameters()]))
            self.assertLess(difference(*gradients), 0.03, f"RWKV-{version}")

    def test_documents_of_a_batch_do_not_see_each_other(self) -> None:
        for version in "74":
            torch.manual_seed(4)
            model = Rwkv(Shape(version, 2, HEAD_SIZE, 64)).double()
            for parameter in model.parameters():
                parameter.data += torch.randn_like(parameter) * 0.1
            tokens, reset = torch.randint(0, 64, (48,)), torch.zeros(48, dtype=torch.bool)
            reset[[0, 20]] = True
            together = model(tokens, reset, exact=True)
            alone = model(tokens[20:36], reset[20:36], exact=True)
            self.assertLess(difference(together[20:36], alone), 1e-12)


class Training(unittest.TestCase):
    def test_orthogonalize(self) -> None:
        torch.manual_seed(1)
        for shape in ((64, 64), (64, 256), (256, 64)):
            values = torch.linalg.svdvals(orthogonalize(torch.randn(shape)).double())
            self.assertGreater(values.min().item(), 0.2)
            self.assertLess(values.max().item(), 1.3)

    def test_two_processes_update_as_one_does(self) -> None:
        updated = []
        for processes in (1, 2):
            torch.manual_seed(2)
            memory = Memory(Rwkv(Shape("7", 2, HEAD_SIZE, 64)), processes, torch.device("cpu"))
            gradient = torch.randn_like(memory.weights)
            for rank in range(processes):
                memory.gradients[rank] = gradient / processes
            for rank in range(processes):
                memory.reduce(rank)
            for rank in range(processes):
                memory.update(rank, 0, Rates(0.02, 0.002, 0.1))
            updated.append(memory.weights.clone())
        self.assertLess(difference(updated[1], updated[0]), 1e-5)

    def test_rates_rise_stay_and_fall(self) -> None:
        peak = Rates(1.0, 1.0, 0.1)
        factors = [rates_at(progress, step, peak, 10, 0.5).muon for progress, step in ((0, 0), (0.1, 50), (0.5, 90), (0.75, 99), (1, 100))]
        self.assertEqual(factors, [0.1, 1.0, 1.0, 0.5, 0.0])

    def test_examples_begin_documents_with_or_without_the_end_of_text(self) -> None:
        window = numpy.array([5, 6, 0, 7, 8, 0, 9, 9, 0, 0, 4, 3, 2], numpy.uint16)
        seen = set()
        for seed in range(40):
            tokens, targets, reset = examples(window, seed)
            self.assertTrue(bool(reset[0]))
            self.assertEqual(targets[:2].tolist(), [6, 0])
            for end in (2, 5):
                with_end, without = bool(reset[end]), bool(reset[end + 1])
                self.assertNotEqual(with_end, without)
                self.assertEqual(targets[end].item(), int(window[end + 1]) if with_end else -1)
                seen.add(with_end)
            self.assertEqual(targets[8].item(), -1)
        self.assertEqual(seen, {True, False})

    def test_batches_go_on_where_they_stopped(self) -> None:
        windows = numpy.arange(7)[:, None]
        whole = [place for (place, _), _ in zip(batches(windows, 3, 0), range(20))]
        self.assertEqual(sorted(whole[:7]), list(range(7)))
        later = [place for (place, _), _ in zip(batches(windows, 3, 9), range(11))]
        self.assertEqual(later, whole[9:])

    def test_packing_loses_nothing_and_cuts_only_what_may_be_cut(self) -> None:
        random = Random(6)
        documents = [(numpy.full(random.randint(5, 90), i, numpy.uint16), i % 2 == 0) for i in range(300)]
        windows = pack(documents, 128, random)
        counts = numpy.bincount(windows.ravel(), minlength=300)
        total = sum(len(document) for document, _ in documents)
        # What does not fill the last window is left out.
        self.assertGreater(windows.size, total - 128)
        for i, (document, may_be_cut) in enumerate(documents):
            windows_with = int((windows == i).any(1).sum())
            if not may_be_cut and counts[i] == len(document):
                self.assertEqual(windows_with, 1)


class Growing(unittest.TestCase):
    def test_a_grown_model_computes_the_same(self) -> None:
        for version in ("7", "4"):
            torch.manual_seed(3)
            model = Rwkv(Shape(version, 2, 64, 32))
            for parameter in model.parameters():
                parameter.data += 0.1 * torch.randn_like(parameter)
            deeper = grown(model, 5)
            tokens, reset = torch.randint(0, 32, (CHUNK,)), torch.zeros(CHUNK, dtype=torch.bool)
            reset[0] = True
            with torch.no_grad():
                self.assertEqual(deeper.shape.n_layer, 5)
                self.assertLess(difference(deeper(tokens, reset, exact=True), model(tokens, reset, exact=True)), 1e-6)


class Corpus(unittest.TestCase):
    def test_dialogue(self) -> None:
        raw = "Bot: hi [user 1's name] !\nUser: it ' s  me\nUser: “you”\nBot: ok"
        name = clean.dialogue(raw, Random(1)).split("\n\n")[0].split()[2]
        self.assertIn(name.rstrip("!"), clean.NAMES)
        self.assertEqual(clean.dialogue("User: a\nBot: b", Random(1)), "User: A\n\nAssistant: B")
        self.assertIsNone(clean.dialogue("User: my town is [city]\nBot: b", Random(1)))
        self.assertIsNone(clean.dialogue("User: alone", Random(1)))

    def test_values_are_told_apart(self) -> None:
        for held_out in (True, False):
            values = Values(Random(9), held_out=held_out)
            names = [values.person_name() for _ in range(200)]
            self.assertTrue(all(is_held_out(name) == held_out for name in names))


    def test_generated_dialogues_keep_to_the_layout(self) -> None:
        random = Random(11)
        makers = (
            lambda: introduction_dialogue(random, lambda: exchange(random)),
            lambda: memory_dialogue(random, lambda: exchange(random), 30),
            lambda: small_talk_dialogue(random),
            lambda: story_dialogue(random),
        )
        for make in makers:
            for _ in range(50):
                turns = make().split("\n\n")
                self.assertEqual(len(turns) % 2, 0)
                for turn, label in zip(turns, ("User: ", "Assistant: ") * len(turns)):
                    self.assertTrue(turn.startswith(label), turn)
                    self.assertRegex(turn[len(label) :], r"^[^{}]*\S$")

    def test_recall_conversations_hold_the_value_once_at_the_distance(self) -> None:
        random = Random(12)
        for distance in (0, 3, 20):
            for _ in range(30):
                conversation = recall_conversation(random, distance, lambda: exchange(random))
                told = [i for i, turn in enumerate(conversation["turns"]) if conversation["value"].lower() in turn.lower()]
                self.assertEqual(told, [len(conversation["turns"]) - 2 - distance])


class Pipeline(unittest.TestCase):
    def test_training_lowers_the_loss_and_goes_on_after_a_stop_and_averages(self) -> None:
        here = Path(__file__).parent
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            # A text that repeats itself after eight tokens.
            windows = numpy.stack([numpy.resize(numpy.random.RandomState(i).randint(1, 60, 8), 129) for i in range(64)])
            numpy.save(folder / "train.npy", windows.astype(numpy.uint16))
            (folder / "vocab.txt").write_text("x\n" * 63)
            command = [sys.executable, str(here / "train.py"), "--corpus", temporary, "--out", str(folder / "run"), "--layers", "2", "--width", "64",
                       "--batch", "1024", "--warmup", "5", "--processes", "2", "--device", "cpu"]
            subprocess.run([*command, "--tokens", "30000"], check=True, stdout=subprocess.DEVNULL)
            first = torch.load(folder / "run" / "checkpoint.pt")
            subprocess.run([*command, "--tokens", "120000"], check=True, stdout=subprocess.DEVNULL)
            last = torch.load(folder / "run" / "checkpoint.pt")
            self.assertGreaterEqual(first["tokens"], 30000)
            self.assertGreater(last["step"], first["step"])
            lines = [json.loads(line) for line in (folder / "run" / "log.jsonl").read_text().splitlines()]
            self.assertLess(lines[-1]["loss"], lines[0]["loss"] - 0.5)
            trained = load_model(folder / "run")
            self.assertEqual(trained.shape, Shape("7", 2, 64, 64))

            subprocess.run([*command[:4], "--tokens", "1", "--out", str(folder / "other"), *command[6:], "--seed", "2"],
                           check=True, stdout=subprocess.DEVNULL)
            subprocess.run([sys.executable, str(here / "average.py"), "--model", str(folder / "run"), str(folder / "other"),
                            "--out", str(folder / "average")], check=True)
            average, other = load_model(folder / "average"), load_model(folder / "other").state_dict()
            for name, tensor in trained.state_dict().items():
                torch.testing.assert_close(average.state_dict()[name], (tensor + other[name]) / 2)


if __name__ == "__main__":
    unittest.main()
