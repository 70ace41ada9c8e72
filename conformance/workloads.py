"""What is timed: small programs over a torch-like namespace, forward and backward.

A workload builds its tensors in a namespace and answers with `prepare`: `prepare(n)` does what is
not timed and returns the function that is, which does the work n times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

Timed = Callable[[], None]
Prepare = Callable[[int], Timed]


@dataclass(frozen=True)
class Workload:
    """`terms` is the longest sum in it, by which its gradients may differ before it is timed."""

    name: str
    what: str
    build: Callable[[Any], tuple[Prepare, Sequence[Any]]]
    terms: int


def numbers(*shape: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def leaf(torch: Any, *shape: int, seed: int = 0, scale: float = 1.0) -> Any:
    return torch.tensor(numbers(*shape, seed=seed) * np.float32(scale)).requires_grad_()


def steps(leaves: Sequence[Any], loss: Callable[[], Any]) -> tuple[Prepare, Sequence[Any]]:
    """A step is a loss, its backward, and gradients that start from None."""

    def prepare(count: int) -> Timed:
        def run() -> None:
            for _ in range(count):
                for tensor in leaves:
                    tensor.grad = None
                loss().backward()

        return run

    return prepare, leaves


def small_sum(torch: Any) -> tuple[Prepare, Sequence[Any]]:
    x, y = leaf(torch, 5, 5), leaf(torch, 5, 5, seed=1)
    return steps([x, y], lambda: torch.sum(x * y + x))


def hundred_ops(torch: Any) -> tuple[Prepare, Sequence[Any]]:
    x, w, b = leaf(torch, 10), leaf(torch, 10, seed=1), leaf(torch, 10, seed=2)

    def loss() -> Any:
        y = x
        for _ in range(33):
            y = torch.tanh(y * w + b)
        return torch.tanh(y).sum()

    return steps([x, w, b], loss)


def perceptron(torch: Any) -> tuple[Prepare, Sequence[Any]]:
    functional = torch.nn.functional
    x = torch.tensor(numbers(64, 784))
    target = torch.tensor(np.arange(64) % 10)
    w1, b1 = leaf(torch, 256, 784, seed=1, scale=0.05), leaf(torch, 256, seed=2)
    w2, b2 = leaf(torch, 10, 256, seed=3, scale=0.05), leaf(torch, 10, seed=4)

    def loss() -> Any:
        hidden = functional.relu(functional.linear(x, w1, b1))
        scores = functional.log_softmax(functional.linear(hidden, w2, b2), 1)
        return functional.nll_loss(scores, target)

    return steps([w1, b1, w2, b2], loss)


def million_elements(torch: Any) -> tuple[Prepare, Sequence[Any]]:
    x, y = leaf(torch, 10**6), leaf(torch, 10**6, seed=1)
    return steps([x, y], lambda: torch.sum(torch.sigmoid(x) * torch.tanh(y)))


def three_products(torch: Any) -> tuple[Prepare, Sequence[Any]]:
    x, a, b, c = (leaf(torch, 512, 512, seed=seed, scale=0.05) for seed in range(4))
    return steps([x, a, b, c], lambda: (((x @ a) @ b) @ c).sum())


def convolution(torch: Any) -> tuple[Prepare, Sequence[Any]]:
    x, w = leaf(torch, 8, 3, 32, 32), leaf(torch, 16, 3, 3, 3, seed=1)
    return steps([x, w], lambda: torch.nn.functional.conv2d(x, w, padding=1).pow(2).sum())


def call(op: str, torch: Any, inputs: Sequence[Any]) -> Any:
    return getattr(torch, op)(*inputs)


def inputs_of(op: str, size: int, torch: Any) -> list[Any]:
    if op == "matmul":
        side = round(size**0.5)
        return [leaf(torch, side, side), leaf(torch, side, side, seed=1)]
    return [leaf(torch, size, seed=seed) for seed in range(2 if op in ("add", "mul") else 1)]


def forward(op: str, size: int, torch: Any) -> tuple[Prepare, Sequence[Any]]:
    inputs = inputs_of(op, size, torch)

    def prepare(count: int) -> Timed:
        def run() -> None:
            for _ in range(count):
                call(op, torch, inputs)

        return run

    return prepare, ()


def backward(op: str, size: int, torch: Any) -> tuple[Prepare, Sequence[Any]]:
    inputs = inputs_of(op, size, torch)
    gradient = torch.tensor(numbers(*call(op, torch, inputs).shape, seed=7))

    def prepare(count: int) -> Timed:
        results = [call(op, torch, inputs) for _ in range(count)]

        def run() -> None:
            for result in results:
                for tensor in inputs:
                    tensor.grad = None
                result.backward(gradient)

        return run

    return prepare, inputs


def per_op() -> Iterator[Workload]:
    for op in ("add", "mul", "tanh", "exp", "sum", "matmul"):
        for size in (10, 10**6):
            terms = max(round(size**0.5), 2)
            for direction in (forward, backward):
                name = f"{op}-{size}-{direction.__name__}"
                shown = "matrix elements" if op == "matmul" else "elements"
                what = f"{op}, {size:,} {shown}, {direction.__name__}"
                yield Workload(name, what, partial(direction, op, size), terms)


WORKLOADS: tuple[Workload, ...] = (
    Workload("w1", "sum(x*y + x), 5×5", small_sum, 2),
    Workload("w2", "33 × tanh(y*w + b), 10 elements", hundred_ops, 100),
    Workload("w3", "784-256-10 perceptron, batch of 64", perceptron, 784),
    Workload("w4", "sum(sigmoid(x)*tanh(y)), a million elements", million_elements, 8),
    Workload("w5", "((x@a)@b)@c, 512×512", three_products, 3 * 512),
    Workload("w6", "conv2d of 8×3×32×32, sixteen 3×3 filters", convolution, 8192),
    *per_op(),
)
