"""Inputs that find bugs: plans of shapes and arguments, values and memory layouts.

Sizes are pairwise distinct, since equal sizes hide transposed axes; there are 0-d, empty, size-1
and broadcast shapes, transposed, strided, offset and expanded layouts; values include signed zeros,
infinities, nan, subnormals, ties and kinks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from conformance.case import NUMPY, TensorSpec

Shape = tuple[int, ...]
Values = Literal["usual", "extreme", "distinct"]

COMPLEX = ("complex64", "complex128")
INTEGERS = ("int64", "int32", "uint8")


@dataclass(frozen=True)
class Integers:
    """An input of int64 numbers in [low, high): indices, classes, counts."""

    shape: Shape
    low: int
    high: int


@dataclass(frozen=True)
class Mask:
    shape: Shape


Input = Shape | Integers | Mask


@dataclass(frozen=True)
class Plan:
    """One way to call an op: the shapes of its inputs, and source text for its arguments."""

    inputs: Mapping[str, Input]
    arguments: str = ""

    def shape(self, name: str) -> Shape:
        wanted = self.inputs[name]
        return wanted if isinstance(wanted, tuple) else wanted.shape


def size(text: str) -> Shape:
    """`2x3` is (2, 3), and `.` has no dimensions."""
    return () if text == "." else tuple(int(part) for part in text.split("x"))


def wanted(text: str) -> Input:
    """A shape; `3<5` are integers below 5 in shape (3,), `3<4:6` those from 4, `2x3?` is a mask."""
    if text.endswith("?"):
        return Mask(size(text[:-1]))
    shape, bounded, limits = text.partition("<")
    if not bounded:
        return size(shape)
    low, _, high = limits.rpartition(":")
    return Integers(size(shape), int(low or 0), int(high))


def plans(*rows: str | tuple[str, str]) -> tuple[Plan, ...]:
    """Plans from texts such as `x=2x3 w=3`, each alone or with source text for the arguments."""
    found = []
    for row in rows:
        text, arguments = (row, "") if isinstance(row, str) else row
        pairs = (part.split("=") for part in text.split())
        found.append(Plan({name: wanted(given) for name, given in pairs}, arguments))
    return tuple(found)


def over(shapes: str, *arguments: str) -> tuple[Plan, ...]:
    """One input `x` of each shape, with each of the arguments."""
    given = arguments or ("",)
    return plans(*((f"x={shape}", more) for shape in shapes.split() for more in given))


SPECIAL = (0.0, -0.0, float("inf"), float("-inf"), float("nan"))
DOMAINS: dict[str, tuple[float, ...]] = {
    "real": (0.5, -1.5, 2.0, 1 / 3, -0.1, 3.0, -2.5, 0.0, -0.0, 1.0, -1.0, 1e-3, 20.0, -7.25),
    "moderate": (0.5, -1.5, 2.0, 0.75, -0.25, 3.0, 0.0, 1.0, -1.0),
    "positive": (0.5, 1.5, 2.0, 1 / 3, 0.1, 3.0, 2.5, 1.0, 1e-3, 20.0, 7.25),
    "unit": (0.5, 0.25, 1 / 3, 0.1, 0.9, 0.75, 1e-3, 0.99),
    "probability": (0.5, 0.25, 1 / 3, 0.0, 0.9, 1.0, 1e-3),
    "symmetric": (0.5, -0.25, 1 / 3, -0.1, 0.9, -0.75, 0.0, -0.0, -0.99),
    "nonzero": (0.5, -1.5, 2.0, 1 / 3, -0.1, 3.0, -2.5, 1.0, -1.0, 1e-3, 20.0, -7.25),
    "above one": (1.5, 2.0, 1.25, 3.0, 7.25, 1.01, 20.0),
    "log-probability": (-0.5, -1.5, -2.0, -1 / 3, -0.1, -3.0, -7.25),
}
"""Finite values inside each domain, kinks and neighbours of its edges among them."""
EXTREME = (*SPECIAL, 1e-40, -1e-40, 100.0, -1e4)
"""Values that any elementwise op is also shown, whatever its domain."""


def edge_values(domain: str) -> list[float]:
    """What every elementwise op is shown, each value once."""
    return list({repr(value): value for value in (*DOMAINS[domain], *EXTREME)}.values())


def plainly(count: int, domain: str, start: int = 0) -> list[float]:
    """Pairwise-distinct easy numbers: what a failing program is shrunk to."""
    steps = np.arange(1, count + 1) + start
    signs = np.where(steps % 2 == 0, -1.0, 1.0)
    found = {
        "real": steps * signs / 2,
        "moderate": steps * signs / 2,
        "nonzero": steps * signs / 2,
        "positive": steps / 2,
        "unit": steps / (count + start + 1),
        "probability": steps / (count + start),
        "symmetric": signs * steps / (count + start + 1),
        "above one": 1 + steps / 4,
        "log-probability": -steps / 4,
    }
    return [float(value) for value in found[domain]]


def listed(elements: SearchStrategy[Any], count: int) -> SearchStrategy[list[Any]]:
    return st.lists(elements, min_size=count, max_size=count)


def _numbers(
    count: int, domain: str, dtype: str, values: Values, start: int
) -> SearchStrategy[list[Any]]:
    """Easy numbers first, which is what Hypothesis shrinks to."""
    steps = range(start, start + count)
    if values == "distinct":
        return st.permutations(plainly(count, domain, start))
    if dtype in INTEGERS:
        low = 0 if dtype == "uint8" or domain != "real" else -4
        return st.just([k % 7 + 1 for k in steps]) | listed(st.integers(low, 9), count)
    if dtype in COMPLEX:
        # What infinities and signed zeros do in complex arithmetic depends on how a loop is
        # vectorised, in torch too.
        usual = listed(st.sampled_from([value for value in DOMAINS[domain] if value]), count)
        easy = [complex(k % 5 + 1, (-1) ** k * (k % 3 + 1)) / 2 for k in steps]
        return st.just(easy) | st.builds(
            lambda real, imag: [complex(*parts) for parts in zip(real, imag, strict=True)],
            usual,
            usual,
        )
    # Not every tensor with special values in it: they would hide what happens to ordinary ones.
    usual = listed(st.sampled_from(DOMAINS[domain]), count)
    if values == "extreme":
        usual |= listed(st.sampled_from(DOMAINS[domain] + EXTREME), count)
    return st.just(plainly(count, domain, start)) | usual


LAYOUTS = ("row-major", "transposed", "strided", "offset", "expanded")


def laid_out(values: Any, dtype: str, layout: str, requires_grad: bool) -> TensorSpec:
    """The values in one of the layouts that views leave tensors in."""
    array = np.asarray(values)
    strides = [1] * array.ndim
    order = range(array.ndim) if layout == "transposed" else range(array.ndim)[::-1]
    step = 2 if layout == "strided" else 1
    for axis in order:
        strides[axis] = step
        step *= max(array.shape[axis], 1)
    if layout == "expanded" and array.size and array.ndim:
        widest = int(np.argmax(array.shape))
        array = np.broadcast_to(np.take(array, [0], axis=widest), array.shape)
        strides = [
            0 if axis == widest else step // array.shape[widest] if axis < widest else step
            for axis, step in enumerate(strides)
        ]
    return TensorSpec.of(
        array,
        dtype,
        strides=strides,
        offset=3 if layout == "offset" and array.size else 0,
        requires_grad=requires_grad,
    )


@cache
def tensors(
    kind: Input,
    dtype: str,
    domain: str,
    values: Values,
    requires_grad: bool,
    start: int,
    layouts: tuple[str, ...],
) -> SearchStrategy[TensorSpec]:
    """Tensors of a kind; their plain values go on from `start`, so that no two inputs of a program
    are alike."""
    shape = kind if isinstance(kind, tuple) else kind.shape
    count = math.prod(shape)
    if isinstance(kind, Mask):
        bits = st.just([k % 2 == 0 for k in range(count)]) | listed(st.booleans(), count)
        return bits.map(lambda drawn: TensorSpec.of(np.array(drawn, bool).reshape(shape), "bool"))
    if isinstance(kind, Integers):
        span = kind.high - kind.low
        numbers = st.just([kind.low + k % span for k in range(count)])
        numbers |= listed(st.integers(kind.low, kind.high - 1), count)
        return numbers.map(
            lambda drawn: TensorSpec.of(np.array(drawn, np.int64).reshape(shape), "int64")
        )

    def spec(numbers: list[Any], layout: str) -> TensorSpec:
        parts = complex if dtype in COMPLEX else float
        with np.errstate(all="ignore"):
            array = np.array(numbers, parts).reshape(shape).astype(NUMPY[dtype])
        return laid_out(array, dtype, layout, requires_grad)

    numbers = _numbers(count, domain, dtype, values, start)
    return st.builds(spec, numbers, st.sampled_from(layouts))
