"""The catalog: one row per op, from which its cases are generated and by which its numbers are judged.

A row is the op's name as PyTorch spells it, its arguments, the shapes it is tried on, the domain of
its values and its arithmetic (the `Policy`).  The program follows: row `("exp", "x", ...)` is
`y = torch.exp(x)`, and with `inplace` also `y = x.clone(); y.exp_()`.

Inputs are made to find bugs.  Sizes are pairwise distinct, since equal sizes hide transposed axes;
there are 0-d, empty, size-1 and broadcast shapes, transposed, strided, offset and expanded layouts;
values include signed zeros, infinities, nan, subnormals, ties and kinks.  Hypothesis draws all this
deterministically: the same row gives the same cases on every machine, the first of them the plainest.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from conformance.case import NUMPY, Case, TensorSpec
from conformance.judge import EXACT, Policy

Shape = tuple[int, ...]

FLOATS = ("float32", "float64")
NARROW = ("float16", "bfloat16")
COMPLEX = ("complex64", "complex128")
INTEGERS = ("int64", "int32", "uint8")
QUICK_DTYPES = {"float32", "float64", "int64", "complex128"}
"""The dtypes of the quick profile; the full one takes all that a row lists."""

PLAIN_FACETS = ("value", "dtype", "shape", "requires_grad", "is_leaf", "grad_fn", "graph")
GRAD_FACETS = ("grad", "gradgrad")


# -- Arithmetic ---------------------------------------------------------------------------------------


def ulps(k: float, floor: float = 0.0) -> Policy:
    return Policy("ulps", k, floor)


SUM = Policy("accumulate")
STABLE = Policy("stable")
OTHER = Policy("stable", k=4)
"""For ops without a row: OpInfo has hundreds, most of them composed of several steps."""


# -- Shapes -------------------------------------------------------------------------------------------


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
    args: Mapping[str, str] = field(default_factory=dict)


def plans(*rows: Mapping[str, Any]) -> tuple[Plan, ...]:
    """Plans from mappings: a text is an argument, everything else an input."""
    return tuple(
        Plan(
            {name: value for name, value in row.items() if not isinstance(value, str)},
            {name: value for name, value in row.items() if isinstance(value, str)},
        )
        for row in rows
    )


def over(shapes: Sequence[Shape], *args: str) -> tuple[Plan, ...]:
    """One input `x` of each shape, with each of the arguments where it makes sense."""
    return plans(*(dict(x=shape, a=arg) for shape in shapes for arg in (args or ("",))))


ANY: tuple[Shape, ...] = ((3,), (2, 3), (), (2, 1, 4), (0, 3), (1,))
ONE = over(ANY)
PAIRS = plans(
    *(
        dict(x=x, w=w)
        for x, w in (
            ((3,), (3,)),
            ((2, 3), (3,)),
            ((2, 1), (1, 3)),
            ((4, 1, 3), (2, 1)),
            ((2, 3), ()),
            ((), (2,)),
            ((0, 3), (3,)),
            ((), ()),
        )
    )
)
UNBROADCASTABLE = plans(dict(x=(2, 3), w=(2,)), dict(x=(4,), w=(3, 1, 2)))
DIMS = (", 0", ", -1", ", 0, True")
REDUCE = (
    *over(((2, 3), (), (4,), (0, 3), (2, 3, 4))),
    *over(((2, 3), (2, 3, 4)), ", 0", ", -1", ", 1, True"),
    *over(((), (1,), (0, 3)), ", 0"),
)
REDUCE_MANY = (*REDUCE, *over(((2, 3, 4),), ", (0, 2)", ", (0, -1), True"))
REDUCE_NONEMPTY = tuple(plan for plan in REDUCE if 0 not in plan.inputs["x"])  # type: ignore[operator]
ALONG = over(((3,), (2, 3), (2, 3, 4), (1, 3), ()), ", 0", ", -1")
OUT_OF_RANGE = over(((2, 3), ()), ", 2", ", -3")
MATRICES = plans(dict(x=(2, 3), w=(3, 4)), dict(x=(1, 3), w=(3, 2)), dict(x=(2, 0), w=(0, 3)))
BATCHES = plans(dict(x=(2, 3, 4), w=(2, 4, 5)), dict(x=(1, 3, 1), w=(1, 1, 2)))
MATMUL = (
    *MATRICES,
    *plans(
        *(
            dict(x=x, w=w)
            for x, w in (
                ((3,), (3,)),
                ((2, 3), (3,)),
                ((3,), (3, 2)),
                ((4, 2, 3), (3,)),
                ((3,), (4, 3, 2)),
                ((4, 2, 3), (3, 5)),
                ((2, 3), (4, 3, 5)),
                ((4, 2, 3), (4, 3, 5)),
                ((2, 1, 2, 3), (4, 3, 5)),
            )
        )
    ),
)
MISMATCHED = plans(dict(x=(2, 3), w=(2, 3)), dict(x=(2, 4), w=(3, 5)))


# -- Values -------------------------------------------------------------------------------------------

SPECIAL = (0.0, -0.0, float("inf"), float("-inf"), float("nan"))
DOMAINS: dict[str, tuple[float, ...]] = {
    "real": (0.5, -1.5, 2.0, 1 / 3, -0.1, 3.0, -2.5, 0.0, -0.0, 1.0, -1.0, 1e-3, 20.0, -7.25),
    "positive": (0.5, 1.5, 2.0, 1 / 3, 0.1, 3.0, 2.5, 1.0, 1e-3, 20.0, 7.25),
    "unit": (0.5, 0.25, 1 / 3, 0.1, 0.9, 0.75, 1e-3, 0.99),
    "symmetric": (0.5, -0.25, 1 / 3, -0.1, 0.9, -0.75, 0.0, -0.0, -0.99),
    "nonzero": (0.5, -1.5, 2.0, 1 / 3, -0.1, 3.0, -2.5, 1.0, -1.0, 1e-3, 20.0, -7.25),
    "above one": (1.5, 2.0, 1.25, 3.0, 7.25, 1.01, 20.0),
    "log-probability": (-0.5, -1.5, -2.0, -1 / 3, -0.1, -3.0, -7.25),
}
"""Finite values inside each domain, kinks and neighbours of its edges among them."""
EXTREME = (*SPECIAL, 1e-40, -1e-40, 100.0, -1e4)
"""Values that any elementwise op is also shown, whatever its domain."""


def plainly(count: int, domain: str, start: int = 0) -> list[float]:
    """Pairwise-distinct easy numbers: what a failing program is shrunk to."""
    steps = np.arange(1, count + 1) + start
    signs = np.where(steps % 2 == 0, -1.0, 1.0)
    found = {
        "real": steps * signs / 2,
        "nonzero": steps * signs / 2,
        "positive": steps / 2,
        "unit": steps / (count + start + 1),
        "symmetric": signs * steps / (count + start + 1),
        "above one": 1 + steps / 4,
        "log-probability": -steps / 4,
    }
    return [float(value) for value in found[domain]]


def _numbers(
    count: int, domain: str, dtype: str, extreme: bool, start: int
) -> SearchStrategy[list[Any]]:
    if dtype in INTEGERS:
        low = 0 if dtype == "uint8" or domain != "real" else -4
        easy = st.just([(k + start) % 7 + 1 for k in range(count)])
        return easy | st.lists(st.integers(low, 9), min_size=count, max_size=count)
    values = DOMAINS[domain] + (EXTREME if extreme else ())
    # Not every tensor with special values in it: they would hide what happens to ordinary ones.
    drawn = st.sampled_from((DOMAINS[domain], values)).flatmap(
        lambda table: st.lists(st.sampled_from(table), min_size=count, max_size=count)
    )
    if dtype in COMPLEX:
        drawn = st.tuples(drawn, drawn).map(lambda p: [complex(*z) for z in zip(*p, strict=True)])
        steps = range(start, start + count)
        easy_complex = [complex(k % 5 + 1, (-1) ** k * (k % 3 + 1)) / 2 for k in steps]
        return st.just(easy_complex) | drawn
    return st.just(plainly(count, domain, start)) | drawn


LAYOUTS = ("row-major", "transposed", "strided", "offset", "expanded")


def laid_out(values: Any, dtype: str, layout: str, requires_grad: bool) -> TensorSpec:
    """The values in one of the layouts that views leave tensors in."""
    array = np.asarray(values)
    strides = list(np.ones(array.ndim, int))
    order = range(array.ndim) if layout == "transposed" else range(array.ndim)[::-1]
    step = 2 if layout == "strided" else 1
    for axis in order:
        strides[axis] = step
        step *= max(array.shape[axis], 1)
    if layout == "expanded" and array.ndim:
        widest = int(np.argmax(array.shape))
        array = np.broadcast_to(np.take(array, [0], axis=widest), array.shape) if array.size else array
        strides = [
            0 if axis == widest else (s // array.shape[widest] if axis < widest else s)
            for axis, s in enumerate(strides)
        ] if array.size else strides
    return TensorSpec.of(
        array,
        dtype,
        strides=[int(s) for s in strides],
        offset=3 if layout == "offset" and array.size else 0,
        requires_grad=requires_grad,
    )


@st.composite
def tensors(
    draw: DrawFn,
    wanted: Input,
    dtype: str,
    domain: str,
    extreme: bool,
    requires_grad: bool,
    start: int,
    layouts: Sequence[str],
) -> TensorSpec:
    """A tensor of the wanted shape; its plain values go on from `start`, so that no two inputs of
    a program are alike."""
    if isinstance(wanted, Mask):
        size = int(np.prod(wanted.shape))
        bits = st.just([k % 2 == 0 for k in range(size)]) | st.lists(
            st.booleans(), min_size=size, max_size=size
        )
        return TensorSpec.of(np.reshape(np.array(draw(bits), bool), wanted.shape), "bool")
    if isinstance(wanted, Integers):
        size, span = int(np.prod(wanted.shape)), wanted.high - wanted.low
        easy = st.just([wanted.low + k % span for k in range(size)])
        drawn = easy | st.lists(
            st.integers(wanted.low, wanted.high - 1), min_size=size, max_size=size
        )
        return TensorSpec.of(np.reshape(np.array(draw(drawn), np.int64), wanted.shape), "int64")
    size = int(np.prod(wanted))
    numbers = draw(_numbers(size, domain, dtype, extreme, start))
    with np.errstate(all="ignore"):
        kind = complex if dtype in COMPLEX else float
        array = np.array(numbers, kind).reshape(wanted).astype(NUMPY[dtype])
    return laid_out(array, dtype, draw(st.sampled_from(layouts)), requires_grad)


# -- Rows ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """One op: how it is called, on what, and how its numbers are judged.

    `call` is the argument list; `{a}` and other names in braces come from the plan.  A call that
    starts with `x.` is a method's.  `also` are the op's other domains by input name."""

    op: str
    call: str
    plans: tuple[Plan, ...]
    policy: Policy = EXACT
    domain: str = "real"
    also: Mapping[str, str] = field(default_factory=dict)
    dtypes: tuple[str, ...] = (*FLOATS, *NARROW)
    inplace: bool = False
    grad: bool = True
    invalid: tuple[Plan, ...] = ()
    extreme: bool | None = None
    layouts: tuple[str, ...] = LAYOUTS

    def text(self, plan: Plan) -> str:
        call = self.call.format(**{"a": "", **plan.args})
        return f"y = {call}\n" if call.startswith("x.") else f"y = torch.{self.op}({call})\n"

    def in_place(self, plan: Plan) -> str | None:
        if not self.inplace:
            return None
        call = self.call.format(**{"a": "", **plan.args})
        name = self.op.rpartition(".")[2]
        rest = call.removeprefix("x").removeprefix(", ")
        return f"y = x.clone()\ny.{name}_({rest})\n"

    @property
    def facets(self) -> tuple[str, ...]:
        derived = (*(GRAD_FACETS if self.grad else ()), *(("inplace",) if self.inplace else ()))
        return (*PLAIN_FACETS, *derived, "no_grad", "error", "print")

    def facets_for(self, dtype: str) -> tuple[str, ...]:
        integer = dtype in INTEGERS
        return tuple(name for name in self.facets if not (integer and name in GRAD_FACETS))

    def dtypes_of(self, profile: str) -> tuple[str, ...]:
        return tuple(d for d in self.dtypes if profile != "quick" or d in QUICK_DTYPES)


@st.composite
def cases_of(draw: DrawFn, row: Row, dtype: str, chosen: tuple[Plan, ...] = ()) -> Case:
    """A case of the row: a plan, and values in a layout for each input."""
    plan = draw(st.sampled_from(chosen or row.plans))
    floating = dtype not in INTEGERS
    extreme = row.policy.kind in ("exact", "ulps") if row.extreme is None else row.extreme
    inputs: dict[str, TensorSpec] = {}
    for name, wanted in plan.inputs.items():
        differentiable = floating and row.grad and isinstance(wanted, tuple)
        if differentiable and inputs:
            differentiable = draw(st.sampled_from((True, True, False)))
        domain = row.also.get(name, row.domain)
        start = 2 * len(inputs)
        inputs[name] = draw(
            tensors(wanted, dtype, domain, extreme, differentiable, start, row.layouts)
        )
    text, inplace = row.text(plan), row.in_place(plan)
    first, other = inputs.get("x"), inputs.get("w")
    # An op may be given one tensor twice.
    if first and other and first.shape == other.shape and draw(st.sampled_from((False,) * 3 + (True,))):
        text = re.sub(r"\bw\b", "x", text)
        inplace, inputs = None, {name: spec for name, spec in inputs.items() if name != "w"}
    invalid = plan in row.invalid
    facets = ("error",) if invalid else row.facets_for(dtype)
    return Case(
        text=text,
        inputs=inputs,
        source="catalog",
        op=row.op,
        dtype=dtype,
        facets=tuple(name for name in facets if inplace or name != "inplace"),
        title="invalid" if invalid else None,
        inplace=inplace,
    )


def like(case: Case, row: Row, dtype: str) -> SearchStrategy[Case]:
    """All cases of the row that are of this one's kind, for Hypothesis to shrink over."""
    return cases_of(row, dtype, row.invalid if case.title == "invalid" else row.plans)


def drawn(strategy: SearchStrategy[Case], count: int, key: str) -> Iterator[Case]:
    """The first cases of a strategy: the same ones wherever this runs, the first the simplest."""
    found: list[Case] = []

    @seed(zlib.crc32(key.encode()))
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return iter({case.id: case for case in found}.values())


def generate(row: Row, dtype: str, profile: str) -> list[Case]:
    """The row's cases: every plan plainly and at random, more of it in the full profile."""
    count = 2 if profile == "quick" else 8
    found: dict[str, Case] = {}
    for number, plan in enumerate((*row.plans, *row.invalid)):
        for case in drawn(cases_of(row, dtype, (plan,)), count, f"{row.op} {dtype} {number}"):
            found.setdefault(case.id, case)
    return list(found.values())


# -- The table ----------------------------------------------------------------------------------------

F = "nn.functional."
MORE = (*FLOATS, *NARROW, *COMPLEX)
NUMBERS = (*FLOATS, *NARROW, *COMPLEX, *INTEGERS)
REAL_NUMBERS = (*FLOATS, *NARROW, *INTEGERS)


def unary(op: str, policy: Policy = EXACT, domain: str = "real", **more: Any) -> Row:
    return Row(op, "x{a}", more.pop("plans", ONE), policy, domain, inplace=more.pop("inplace", True), **more)


def binary(op: str, policy: Policy = EXACT, domain: str = "real", **more: Any) -> Row:
    also = more.pop("also", {})
    inplace = more.pop("inplace", True)
    return Row(
        op, "x, w", more.pop("plans", PAIRS), policy, domain, also,
        inplace=inplace, invalid=UNBROADCASTABLE, **more,
    )  # fmt: skip


def reduction(op: str, policy: Policy, domain: str = "real", **more: Any) -> Row:
    return Row(op, "x{a}", more.pop("plans", REDUCE), policy, domain, invalid=OUT_OF_RANGE, **more)


def moves(op: str, *rows: Plan, **more: Any) -> Row:
    return Row(op, more.pop("call", "x{a}"), tuple(rows), EXACT, dtypes=more.pop("dtypes", NUMBERS), **more)


def loss(op: str, policy: Policy = STABLE, **more: Any) -> Row:
    shapes = (dict(x=(2, 3), w=(2, 3)), dict(x=(4,), w=(4,)), dict(x=(), w=()))
    args = ("", ", reduction='sum'", ", reduction='none'")
    rows = plans(*(shape | {"a": arg} for shape in shapes for arg in args))
    return Row(F + op, "x, w{a}", more.pop("plans", rows), policy, more.pop("domain", "real"), **more)


ROWS: tuple[Row, ...] = (
    # arithmetic
    binary("add", ulps(1), dtypes=NUMBERS),
    binary("sub", ulps(1), dtypes=NUMBERS),
    binary("mul", ulps(1), dtypes=NUMBERS),
    binary("div", ulps(1), also={"w": "nonzero"}, dtypes=MORE),
    binary("rsub", ulps(1), inplace=False, dtypes=REAL_NUMBERS),
    binary("pow", ulps(2), "positive", also={"w": "real"}),
    binary("float_power", ulps(2), "positive", also={"w": "real"}, dtypes=FLOATS),
    binary("remainder", ulps(1), also={"w": "nonzero"}),
    binary("fmod", ulps(1), also={"w": "nonzero"}),
    binary("floor_divide", also={"w": "nonzero"}, grad=False),
    binary("maximum", inplace=False, dtypes=REAL_NUMBERS),
    binary("minimum", inplace=False, dtypes=REAL_NUMBERS),
    binary("fmax", inplace=False, dtypes=REAL_NUMBERS),
    binary("fmin", inplace=False, dtypes=REAL_NUMBERS),
    binary("atan2", ulps(2)),
    binary("hypot", ulps(2)),
    binary("copysign", inplace=True),
    binary("logaddexp", ulps(4, 2), inplace=False, dtypes=FLOATS),
    binary("xlogy", ulps(3), also={"w": "positive"}),
    Row("addcmul", "x, w, v, value=0.5", plans(
        dict(x=(2, 3), w=(3,), v=(2, 1)), dict(x=(3,), w=(3,), v=(3,)), dict(x=(2,), w=(), v=(2,))),
        STABLE, inplace=True, dtypes=MORE),
    Row("addcdiv", "x, w, v, value=0.5", plans(
        dict(x=(2, 3), w=(3,), v=(2, 1)), dict(x=(3,), w=(3,), v=(3,)), dict(x=(2,), w=(), v=(2,))),
        STABLE, also={"v": "nonzero"}, inplace=True, dtypes=MORE),
    Row("lerp", "x, w, {a}", plans(
        dict(x=(2, 3), w=(3,), a="0.25"), dict(x=(2, 3), w=(2, 3), a="0.75"), dict(x=(), w=(), a="0.5")),
        STABLE, inplace=True, dtypes=FLOATS),
    # numbers beside tensors
    *(Row(f"Tensor.{name}", f"x.{name}({{a}})", over(((2, 3), ()), "2.5", "-1", "0", "True"), ulps(1))
      for name in ("__add__", "__radd__", "__sub__", "__rsub__", "__mul__", "__rmul__")),
    Row("Tensor.__truediv__", "x.__truediv__({a})", over(((2, 3), ()), "2.5", "-1", "3"), ulps(1)),
    Row("Tensor.__rtruediv__", "x.__rtruediv__({a})", over(((2, 3), ()), "2.5", "-1"), ulps(2), "nonzero"),
    Row("Tensor.__pow__", "x.__pow__({a})", over(((2, 3), ()), "2", "3", "0", "0.5", "-1", "1"), ulps(2), "positive"),
    Row("Tensor.__rpow__", "x.__rpow__({a})", over(((2, 3), ()), "2", "0.5"), ulps(2)),
    # comparisons
    *(binary(name, inplace=False, grad=False, dtypes=REAL_NUMBERS)
      for name in ("eq", "ne", "lt", "le", "gt", "ge")),
    *(unary(name, inplace=False, grad=False) for name in ("isnan", "isinf", "isfinite")),
    *(binary(name, inplace=False, grad=False) for name in ("logical_and", "logical_or", "logical_xor")),
    unary("logical_not", inplace=False, grad=False),
    # pointwise
    unary("neg", dtypes=NUMBERS),
    unary("abs", dtypes=(*REAL_NUMBERS,)),
    unary("sign", dtypes=REAL_NUMBERS),
    unary("floor"), unary("ceil"), unary("trunc"), unary("round"), unary("frac", ulps(1)),
    unary("square", ulps(1), dtypes=MORE),
    unary("sqrt", ulps(1), "positive"),
    unary("rsqrt", ulps(2), "positive"),
    unary("reciprocal", ulps(1), "nonzero"),
    unary("exp", ulps(2), dtypes=MORE),
    unary("exp2", ulps(2)),
    unary("expm1", ulps(2)),
    unary("log", ulps(2), "positive"),
    unary("log2", ulps(2, 1), "positive"),
    unary("log10", ulps(2, 1), "positive"),
    unary("log1p", ulps(2), "positive"),
    unary("sin", ulps(2)), unary("cos", ulps(2)), unary("tan", ulps(4)),
    unary("asin", ulps(2), "symmetric"), unary("acos", ulps(2), "symmetric"), unary("atan", ulps(2)),
    unary("sinh", ulps(4)), unary("cosh", ulps(4)), unary("tanh", ulps(2)),
    unary("asinh", ulps(4)), unary("acosh", ulps(4), "above one"), unary("atanh", ulps(4), "symmetric"),
    unary("sigmoid", ulps(3)),
    unary("logit", ulps(3, 2), "unit"),
    unary("erf", ulps(3)), unary("erfc", ulps(4)), unary("erfinv", ulps(4), "symmetric"),
    unary("lgamma", ulps(4, 8), "positive", dtypes=FLOATS),
    unary("digamma", ulps(8, 8), "positive", dtypes=FLOATS),
    unary("sinc", ulps(3, 2)),
    unary("nan_to_num"),
    unary("clamp", plans=over(((2, 3), (), (0,)), ", -0.5, 1.0", ", min=0.5", ", max=0.5"), dtypes=FLOATS),
    unary("clamp_min", plans=over(((2, 3), ()), ", 0.5")),
    unary("clamp_max", plans=over(((2, 3), ()), ", 0.5")),
    # activations
    unary("relu", dtypes=REAL_NUMBERS),
    unary(F + "relu", inplace=False, dtypes=REAL_NUMBERS),
    unary(F + "relu6", inplace=False),
    unary(F + "hardtanh", inplace=False, plans=over(((2, 3), ()), "", ", -0.5, 0.5")),
    unary(F + "leaky_relu", ulps(1), inplace=False, plans=over(((2, 3), ()), "", ", 0.2")),
    unary(F + "elu", ulps(3), inplace=False, plans=over(((2, 3), ()), "", ", 0.5")),
    unary(F + "celu", ulps(3), inplace=False, plans=over(((2, 3), ()), "", ", 0.5")),
    unary(F + "selu", ulps(3), inplace=False),
    unary(F + "gelu", ulps(4, 2), inplace=False, plans=over(((2, 3), ()), "", ", approximate='tanh'")),
    unary(F + "silu", ulps(4), inplace=False),
    unary(F + "mish", ulps(6), inplace=False),
    unary(F + "softplus", ulps(4), inplace=False, plans=over(((2, 3), ()), "", ", 2.0, 3.0")),
    unary(F + "softsign", ulps(2), inplace=False),
    unary(F + "tanhshrink", ulps(2, 4), inplace=False),
    unary(F + "hardsigmoid", ulps(2, 2), inplace=False),
    unary(F + "hardswish", ulps(4), inplace=False),
    unary(F + "hardshrink", inplace=False),
    unary(F + "softshrink", ulps(1), inplace=False),
    unary(F + "logsigmoid", ulps(4), inplace=False),
    unary(F + "threshold", inplace=False, plans=over(((2, 3), ()), ", 0.5, -1.0")),
    Row(F + "prelu", "x, w", plans(dict(x=(2, 3), w=(3,)), dict(x=(2, 3, 4), w=(1,))), SUM, dtypes=FLOATS),
    Row(F + "glu", "x{a}", over(((2, 4), (4, 3)), ", 0") + over(((2, 4), (6,)), ""), ulps(4), dtypes=FLOATS),
    # softmax
    *(Row(name, "x{a}", ALONG, STABLE, invalid=OUT_OF_RANGE)
      for name in ("softmax", "log_softmax", "logsumexp")),
    Row(F + "softmin", "x{a}", over(((2, 3), (3,)), ", 0", ", -1"), STABLE),
    # reductions
    reduction("sum", SUM, dtypes=NUMBERS, plans=REDUCE_MANY),
    reduction("mean", SUM, dtypes=MORE, plans=REDUCE_MANY),
    reduction("prod", SUM, dtypes=(*FLOATS, *COMPLEX, *INTEGERS)),
    reduction("nansum", SUM, extreme=True),
    reduction("var", STABLE, plans=tuple(p for p in REDUCE_MANY if len(p.inputs["x"]) > 1)),  # type: ignore[arg-type]
    reduction("std", STABLE, plans=tuple(p for p in REDUCE_MANY if len(p.inputs["x"]) > 1)),  # type: ignore[arg-type]
    reduction("amax", EXACT, plans=REDUCE_NONEMPTY, dtypes=REAL_NUMBERS),
    reduction("amin", EXACT, plans=REDUCE_NONEMPTY, dtypes=REAL_NUMBERS),
    reduction("max", EXACT, plans=REDUCE_NONEMPTY, dtypes=REAL_NUMBERS),
    reduction("min", EXACT, plans=REDUCE_NONEMPTY, dtypes=REAL_NUMBERS),
    # torch reads outside of a tensor whose reduced dimension is expanded: the median of
    # torch.tensor([1.]).expand(3) over dim 0 is whatever follows the 1 in memory.
    reduction("median", EXACT, plans=REDUCE_NONEMPTY, layouts=LAYOUTS[:-1]),
    reduction("argmax", EXACT, plans=REDUCE_NONEMPTY, dtypes=REAL_NUMBERS, grad=False),
    reduction("argmin", EXACT, plans=REDUCE_NONEMPTY, dtypes=REAL_NUMBERS, grad=False),
    reduction("all", EXACT, dtypes=REAL_NUMBERS, grad=False),
    reduction("any", EXACT, dtypes=REAL_NUMBERS, grad=False),
    Row("norm", "x{a}", over(((2, 3), (), (3,)), "", ", 1", ", 2", ", float('inf')", ", 2, 0"), STABLE),
    Row("linalg.vector_norm", "x{a}", over(((2, 3), (3,)), "", ", 1", ", 3", ", 2, 0"), STABLE, dtypes=MORE),
    Row("cumsum", "x{a}", ALONG, SUM, dtypes=NUMBERS, invalid=OUT_OF_RANGE, inplace=True),
    Row("cumprod", "x{a}", ALONG, SUM, invalid=OUT_OF_RANGE, dtypes=FLOATS),
    Row("sort", "x{a}", over(((3,), (2, 3), (2, 3, 4)), "", ", 0", ", -1, True"), dtypes=REAL_NUMBERS),
    Row("topk", "x{a}", over(((4,), (2, 3)), ", 2") + over(((4, 3),), ", 2, 0", ", 1, 1, False"),
        dtypes=FLOATS, invalid=over(((3,),), ", 4")),
    # matrix products and linear layers
    Row("matmul", "x, w", MATMUL, SUM, dtypes=MORE, invalid=MISMATCHED),
    Row("mm", "x, w", MATRICES, SUM, dtypes=MORE, invalid=MISMATCHED),
    Row("bmm", "x, w", BATCHES, SUM, dtypes=MORE, invalid=MISMATCHED),
    Row("mv", "x, w", plans(dict(x=(2, 3), w=(3,)), dict(x=(4, 1), w=(1,))), SUM, dtypes=MORE,
        invalid=plans(dict(x=(2, 3), w=(2,)))),
    Row("dot", "x, w", plans(dict(x=(3,), w=(3,)), dict(x=(0,), w=(0,))), SUM, dtypes=MORE,
        invalid=plans(dict(x=(3,), w=(2,)))),
    Row("outer", "x, w", plans(dict(x=(2,), w=(3,)), dict(x=(0,), w=(3,))), ulps(1), dtypes=MORE),
    Row("linalg.vecdot", "x, w{a}", plans(
        dict(x=(2, 3), w=(2, 3)), dict(x=(2, 3, 5), w=(3, 5), a=", dim=-2")), SUM, dtypes=MORE),
    Row("addmm", "b, x, w{a}", plans(
        dict(b=(2, 4), x=(2, 3), w=(3, 4)), dict(b=(4,), x=(2, 3), w=(3, 4)),
        dict(b=(2, 1), x=(2, 3), w=(3, 4), a=", beta=0.5, alpha=2.0")), SUM, dtypes=MORE,
        invalid=plans(dict(b=(4,), x=(2, 3), w=(2, 4)))),
    Row("addmv", "b, x, w", plans(dict(b=(2,), x=(2, 3), w=(3,)), dict(b=(), x=(2, 3), w=(3,))), SUM, dtypes=MORE),
    Row("baddbmm", "b, x, w", plans(dict(b=(2, 3, 5), x=(2, 3, 4), w=(2, 4, 5)),
        dict(b=(5,), x=(2, 3, 4), w=(2, 4, 5))), SUM, dtypes=MORE),
    Row("tensordot", "x, w, {a}", plans(dict(x=(2, 3, 4), w=(3, 4, 5), a="2"),
        dict(x=(2, 3), w=(4, 3), a="([1], [1])")), SUM, dtypes=FLOATS),
    Row("einsum", "'{a}', x, w", plans(
        dict(x=(2, 3), w=(3, 4), a="ij,jk->ik"), dict(x=(2, 3), w=(2, 3), a="ij,ij->"),
        dict(x=(2, 3), w=(4, 3), a="ij,kj->ki"), dict(x=(2,), w=(3,), a="i,j->ij"),
        dict(x=(5, 2, 3), w=(5, 3, 4), a="bij,bjk->bik")), SUM, dtypes=FLOATS),
    Row(F + "linear", "x, w{a}", (
        *plans(dict(x=(2, 3), w=(4, 3)), dict(x=(3,), w=(4, 3)), dict(x=(2, 5, 3), w=(4, 3))),
        *plans(*(dict(x=x, w=(4, 3), b=(4,), a=", b") for x in ((2, 3), (3,), (2, 5, 3))))),
        SUM, dtypes=FLOATS, invalid=plans(dict(x=(2, 3), w=(4, 2)))),
    # losses
    loss("mse_loss"), loss("l1_loss"), loss("smooth_l1_loss"), loss("huber_loss"),
    loss("soft_margin_loss"),
    loss("binary_cross_entropy", domain="unit", dtypes=FLOATS),
    loss("binary_cross_entropy_with_logits", also={"w": "unit"}, dtypes=FLOATS),
    loss("kl_div", domain="log-probability", also={"w": "unit"}, dtypes=FLOATS),
    loss("poisson_nll_loss", also={"w": "positive"}, dtypes=FLOATS),
    Row(F + "nll_loss", "x, t{a}", plans(
        dict(x=(2, 3), t=Integers((2,), 0, 3)), dict(x=(2, 3), t=Integers((2,), 0, 3), a=", reduction='none'"),
        dict(x=(3,), t=Integers((), 0, 3)), dict(x=(2, 3, 4), t=Integers((2, 4), 0, 3), a=", reduction='sum'"),
        dict(x=(4, 3), t=Integers((4,), 0, 3), a=", ignore_index=1")), STABLE, "log-probability", dtypes=FLOATS),
    Row(F + "cross_entropy", "x, t{a}", plans(
        dict(x=(2, 3), t=Integers((2,), 0, 3)), dict(x=(2, 3), t=Integers((2,), 0, 3), a=", reduction='none'"),
        dict(x=(3,), t=Integers((), 0, 3)), dict(x=(2, 3, 4), t=Integers((2, 4), 0, 3), a=", reduction='sum'"),
        dict(x=(4, 3), t=Integers((4,), 0, 3), a=", label_smoothing=0.1")), STABLE, dtypes=FLOATS,
        invalid=plans(dict(x=(2, 3), t=Integers((3,), 0, 3)))),
    Row(F + "layer_norm", "x, {a}", plans(dict(x=(2, 3), a="(3,)"), dict(x=(2, 3, 4), a="(3, 4)"),
        dict(x=(2, 3), w=(3,), b=(3,), a="(3,), w, b")), STABLE, dtypes=FLOATS),
    Row(F + "normalize", "x{a}", over(((2, 3), (4,)), ", dim=0", ", p=1.0, dim=-1"), STABLE, dtypes=FLOATS),
    Row(F + "cosine_similarity", "x, w, dim=-1", plans(dict(x=(2, 3), w=(2, 3)), dict(x=(2, 3), w=(3,))),
        STABLE, dtypes=FLOATS),
    # shapes and views
    moves("reshape", *over(((2, 3), (6,)), ", (3, 2)", ", (-1,)"), *over(((),), ", (1, 1)"),
          invalid=over(((2, 3),), ", (4,)", ", (-1, 4)")),
    moves("Tensor.view", *over(((6,),), "3, 2", "-1, 2"), *over(((),), "1"), call="x.contiguous().view({a})",
          invalid=over(((6,),), "4")),
    moves("flatten", *over(((2, 3, 4), (2, 3)), "", ", 1"), *over(((),))),
    moves("transpose", *over(((2, 3), (2, 3, 4)), ", 0, 1", ", -1, 0"), invalid=over(((2, 3),), ", 0, 2")),
    moves("t", *over(((2, 3), (3,), ())), invalid=over(((2, 3, 4),))),
    moves("permute", *over(((2, 3, 4),), ", (2, 0, 1)", ", (0, -1, 1)"), invalid=over(((2, 3),), ", (0, 0)")),
    moves("movedim", *over(((2, 3, 4),), ", 0, 2", ", (0, 1), (1, 2)")),
    moves("squeeze", *over(((2, 1, 3), (1, 1), ())), *over(((2, 1, 3),), ", 1", ", 0"), invalid=over(((2,),), ", 2")),
    moves("unsqueeze", *over(((2, 3), ()), ", 0", ", -1"), invalid=OUT_OF_RANGE[:0] + over(((2,),), ", 3")),
    moves("Tensor.expand", *over(((3,), (1,), (2, 1)), "2, 3"), *over(((),), "4"), call="x.expand({a})",
          invalid=over(((2,),), "3")),
    moves("broadcast_to", *over(((3,), (2, 1)), ", (4, 2, 3)")),
    moves("narrow", *over(((4, 3),), ", 0, 1, 2", ", 1, 0, 1"), invalid=over(((2, 3),), ", 0, 1, 2")),
    moves("select", *over(((4, 3),), ", 0, 1", ", -1, -1"), invalid=over(((2, 3),), ", 0, 2")),
    moves("diagonal", *over(((2, 3), (3, 2, 4)), "", ", 1")),
    moves("diag", *over(((3,), (2, 3)), "", ", 1")),
    moves("tril", *over(((2, 3), (4, 3, 3)), "", ", 1", ", -1")),
    moves("triu", *over(((2, 3), (4, 3, 3)), "", ", 1", ", -1")),
    moves("flip", *over(((2, 3),), ", (0,)", ", (0, 1)", ", (-1,)")),
    moves("roll", *over(((2, 3), (4,)), ", 1", ", -1, 0")),
    moves("unbind", *over(((2, 3),), "", ", 1")),
    moves("split", *over(((4, 3),), ", 2", ", 3", ", (1, 3)"), *over(((4, 3),), ", 2, 1")),
    moves("chunk", *over(((4, 3),), ", 2", ", 3", ", 2, 1")),
    moves("Tensor.repeat", *over(((2,), (2, 3)), "2, 1, 3", "1, 2"), call="x.repeat({a})"),
    moves("tile", *over(((2, 3),), ", (2,)", ", (2, 1, 2)")),
    moves("repeat_interleave", *over(((3,), (2, 3)), ", 2", ", 2, 0")),
    moves("Tensor.unfold", *over(((5,), (4, 3)), "0, 2, 1", "0, 3, 2"), call="x.unfold({a})"),
    moves("clone", *over(ANY)),
    moves("Tensor.contiguous", *over(((2, 3), ())), call="x.contiguous()"),
    moves("trace", *over(((3, 3), (2, 3)))),
    moves("cat", *plans(dict(x=(2, 3), w=(4, 3), a=""), dict(x=(3, 2), w=(3, 4), a=", 1"), dict(x=(0,), w=(2,), a="")),
          call="(x, w){a}", invalid=plans(dict(x=(2, 3), w=(2, 4)))),
    moves("stack", *plans(dict(x=(2, 3), w=(2, 3), a=""), dict(x=(2, 3), w=(2, 3), a=", -1"), dict(x=(), w=())),
          call="(x, w){a}", invalid=plans(dict(x=(2, 3), w=(3, 2)))),
    # indexing
    Row("__getitem__", "x.clone(){a}", over(((4, 3), (4, 3, 2)), "[1]", "[-1, 0]", "[1:3]", "[::2, 1:]", "[..., 0]",
        "[None]", "[[0, 2]]", "[[0, 0, 3], [1, 1, 2]]", "[:, [2, 0]]"), dtypes=NUMBERS,
        invalid=over(((4, 3),), "[4]", "[0, 0, 0]", "[[5]]")),
    moves("index_select", *plans(dict(x=(4, 3), i=Integers((2,), 0, 4), a=", 0, i"),
          dict(x=(4, 3), i=Integers((5,), 0, 3), a=", 1, i")), invalid=plans(dict(x=(2, 3), i=Integers((2,), 4, 6), a=", 0, i"))),
    moves("gather", *plans(dict(x=(4, 3), i=Integers((2, 3), 0, 4), a=", 0, i"),
          dict(x=(4, 3), i=Integers((4, 5), 0, 3), a=", 1, i")), invalid=plans(dict(x=(2, 3), i=Integers((2, 2), 4, 6), a=", 0, i"))),
    moves("take", *plans(dict(x=(2, 3), i=Integers((4,), 0, 6), a=", i"))),
    moves("masked_select", *plans(dict(x=(2, 3), m=Mask((2, 3)), a=", m"), dict(x=(2, 3), m=Mask((3,)), a=", m"))),
    moves("masked_fill", *plans(dict(x=(2, 3), m=Mask((2, 3)), a=", m, 2"), dict(x=(2, 3), m=Mask((3,)), a=", m, -1")),
          inplace=True),
    moves("where", *plans(dict(m=Mask((2, 3)), x=(2, 3), w=(3,)), dict(m=Mask((3,)), x=(2, 1), w=())), call="m, x, w"),
    moves("index_add", *plans(dict(x=(4, 3), i=Integers((2,), 0, 4), w=(2, 3), a=", 0, i, w")), inplace=True,
          dtypes=FLOATS),
    moves("index_copy", *plans(dict(x=(4, 3), i=Integers((1,), 0, 4), w=(1, 3), a=", 0, i, w")), inplace=True,
          dtypes=FLOATS),
    moves("index_fill", *plans(dict(x=(4, 3), i=Integers((2,), 0, 4), a=", 0, i, 2")), inplace=True),
    moves("scatter", *plans(dict(x=(4, 3), i=Integers((1, 3), 0, 4), w=(1, 3), a=", 0, i, w")), inplace=True),
    moves("scatter_add", *plans(dict(x=(4, 3), i=Integers((2, 3), 0, 4), w=(2, 3), a=", 0, i, w")), inplace=True,
          dtypes=FLOATS),
    moves(F + "embedding", *plans(dict(i=Integers((2, 4), 0, 5), x=(5, 3))), call="i, x", dtypes=FLOATS),
    moves(F + "pad", *over(((2, 3),), ", (1, 2)", ", (1, 0, 0, 2)", ", (-1, 1)")),
)  # fmt: skip

BY_OP: dict[str, Row] = {row.op: row for row in ROWS}


def policy_of(case: Case) -> Policy:
    """How the numbers of a case are judged: by its op's row, in every source of cases.

    Hand-written programs are compared exactly: they are written with numbers that leave no choice."""
    if case.op is None:
        return EXACT
    row = BY_OP.get(case.op) or BY_OP.get(f"Tensor.{case.op}") or BY_OP.get(F + case.op)
    return OTHER if row is None else row.policy
