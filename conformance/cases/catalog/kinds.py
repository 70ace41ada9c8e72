"""What a row of the catalog is put together from: arithmetic, shapes, and kinds of rows."""

from __future__ import annotations

from typing import Any

from conformance.cases.inputs import COMPLEX, INTEGERS, Plan, over, plans
from conformance.cases.rows import FLOATS, NARROW, Row
from conformance.judge import EXACT, Policy

# Arithmetic


def ulps(k: float, floor: float = 0.0) -> Policy:
    """Elementwise, within k units in the last place; `floor` for zeros away from the origin."""
    return Policy("ulps", k, floor)


EITHER = Policy("ulps", k=0)
"""One of its inputs, to the bit; of a negative and a positive zero either."""
SUM = Policy("accumulate")
STABLE = Policy("stable", k=4)
EXPONENTIAL = Policy("stable", k=16)
"""exp(x - max): the rounding of x - max becomes as many units in the last place as it is large."""
LOGARITHMIC = Policy("stable", k=4, floor=1)
"""A logarithm of a sum: where the sum is close to 1, its last bit is all that is left."""
OTHER = Policy("stable", k=8)
"""For ops without a row: OpInfo has hundreds, most of them composed of several steps."""

TUTORIAL = Policy("accumulate", terms=64)
"""Sums of up to 5 x 5 positive numbers and short chains: in which order a machine adds depends on
the width of its vectors, so the last bits are nobody's rule."""

# Shapes

ONE = over("3 2x3 . 2x1x4 0x3 1")
PAIRS = plans(
    "x=3 w=3", "x=2x3 w=3", "x=2x1 w=1x3", "x=4x1x3 w=2x1", "x=2x3 w=.", "x=. w=2", "x=0x3 w=3",
    "x=. w=.",
)  # fmt: skip
UNBROADCASTABLE = plans("x=2x3 w=2", "x=4 w=3x1x2")
TOO_MANY = over("2", ", 1, 2, 3, 4")
BOOLS, WHOLE = plans("x=2?"), plans("x=2<9")
"""Operands of one kind, for what takes no such operands."""
REDUCE = (
    *over("2x3 . 4 0x3 2x3x4"),
    *over("2x3 2x3x4", ", 0", ", -1", ", 1, True"),
    *over(". 1 0x3", ", 0"),
)
REDUCE_MANY = (*REDUCE, *over("2x3x4", ", (0, 2)", ", (0, -1), True"))
REDUCE_NONEMPTY = tuple(plan for plan in REDUCE if 0 not in plan.shape("x"))
REDUCE_MATRIX = tuple(plan for plan in REDUCE_MANY if len(plan.shape("x")) > 1)
ALONG = over("3 2x3 2x3x4 1x3 .", ", 0", ", -1")
OUT_OF_RANGE = over("2x3 .", ", 2", ", -3")
MATRICES = plans("x=2x3 w=3x4", "x=1x3 w=3x2", "x=2x0 w=0x3")
BATCHES = plans("x=2x3x4 w=2x4x5", "x=1x3x1 w=1x1x2")
MATMUL = (
    *MATRICES,
    *plans("x=3 w=3", "x=2x3 w=3", "x=3 w=3x2", "x=4x2x3 w=3", "x=3 w=4x3x2", "x=4x2x3 w=3x5"),
    *plans("x=2x3 w=4x3x5", "x=4x2x3 w=4x3x5", "x=2x1x2x3 w=4x3x5"),
)
MISMATCHED = plans("x=2x3 w=2x3", "x=2x4 w=3x5")
# Kinds of rows

F = "nn.functional."
MORE = (*FLOATS, *NARROW, *COMPLEX)
REALS = (*FLOATS, *NARROW, *INTEGERS)
NUMBERS = (*FLOATS, *NARROW, *COMPLEX, *INTEGERS)


def unary(op: str, policy: Policy = EXACT, domain: str = "real", **more: Any) -> Row:
    given = {"plans": ONE, "inplace": True, "edges": True, "invalid": TOO_MANY, **more}
    return Row(op, "x{a}", policy, domain, **given)


def activation(op: str, policy: Policy = EXACT, *arguments: str, **more: Any) -> Row:
    given = {"plans": over("2x3 . 0", *arguments), "edges": True, "invalid": BOOLS, **more}
    return Row(F + op, "x{a}", policy, **given)


def binary(
    op: str,
    policy: Policy = EXACT,
    domain: str = "real",
    arguments: tuple[str, ...] = (),
    refuses: tuple[Plan, ...] = (),
    **more: Any,
) -> Row:
    given = {"inplace": True, "edges": True, "invalid": (*UNBROADCASTABLE, *refuses), **more}
    pairs = (*PAIRS, *plans(*(("x=2x3 w=3", more) for more in arguments)))
    return Row(op, "x, w{a}", policy, domain, given.pop("plans", pairs), **given)


def operator(name: str, policy: Policy, domain: str, *scalars: str, **more: Any) -> Row:
    """A tensor with a Python number."""
    given = {"edges": True, "invalid": over("2", "torch.ones(3)"), **more}
    return Row(
        f"Tensor.{name}", f"x.{name}({{a}})", policy, domain, over("2x3 .", *scalars), **given
    )


def reduction(op: str, policy: Policy, **more: Any) -> Row:
    return Row(op, "x{a}", policy, **{"plans": REDUCE, "invalid": OUT_OF_RANGE, **more})


def along(op: str, policy: Policy, **more: Any) -> Row:
    return Row(op, "x{a}", policy, **{"plans": ALONG, "invalid": OUT_OF_RANGE, **more})


def product(op: str, pairs: tuple[Plan, ...], call: str = "x, w{a}", **more: Any) -> Row:
    return Row(op, call, SUM, plans=pairs, **{"dtypes": MORE, **more})


def loss(op: str, domain: str = "real", **more: Any) -> Row:
    return Row(F + op, "x, w{a}", STABLE, domain, **more)


def moves(op: str, *rows: Plan, call: str = "x{a}", **more: Any) -> Row:
    """Data movement: exact in every dtype."""
    return Row(op, call, plans=rows, **{"dtypes": NUMBERS, **more})


STRIDES = "strides = [step for step, n in zip(y.stride(), y.shape) if n > 1 < y.numel()]"
"""Where the result lies is promised too, where there is more than one place to go to."""


def shown(op: str, *rows: Plan, **more: Any) -> Row:
    """Moves data into one tensor, whose strides are looked at."""
    return moves(op, *rows, **{"then": STRIDES, **more})


def method(name: str, *rows: Plan, **more: Any) -> Row:
    return shown(f"Tensor.{name}", *rows, call=f"x.{name}({{a}})", **more)
