"""How far may two numbers differ? Never "by 1e-5": by what the arithmetic of the op explains.

There is no global tolerance here. A `Policy`, one per op, says which kind of arithmetic an op
does; everything else is measured with the oracle itself, in double precision:

* the *truth* is the oracle running the same program on the same inputs, converted (exactly) to
  float64, and rounded once to the dtype of the result. For float64 there is nothing wider: the
  truth is the oracle's own value, and the bound doubles, since both sides err;
* the *magnitude* is the program on absolute values, of inputs where the op is a sum of products
  and of cotangents in any case: what a sum's rounding errors are relative to;
* the *sensitivity* is how much the result moves when every input moves by its own last bit.

Both sides are judged against the truth. A subject inside its bound passes; when the oracle is
outside its own, that is recorded as a finding about the oracle. Equal bits pass without any of
this.

Errors that a derivative may make. A derivative formula is a handful of roundings on numbers that
scale with the gradient that flows in, so the absolute floor of a derivative is the largest
cotangent, and each order of derivative adds `ROUNDINGS` of the dtype. float16 and bfloat16 sums
accumulate in float32, but every step of a formula rounds to the narrow dtype: `ROUNDINGS` counts
narrow roundings, `gamma` counts wide ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from conformance.case import NUMPY

Array = NDArray[Any]
Kind = Literal["exact", "ulps", "accumulate", "stable", "normwise"]

WIDER = {
    "float16": "float64",
    "bfloat16": "float64",
    "float32": "float64",
    "complex64": "complex128",
    "float64": "float64",
    "complex128": "complex128",
}
PART = {"complex64": "float32", "complex128": "float64"}
"""The real dtype that a complex dtype is made of."""
ACCUMULATES_IN = {"float16": "float32", "bfloat16": "float32"}
"""Where sums of a narrow dtype are accumulated; every other dtype accumulates in itself."""

ROUNDINGS = (1, 4, 32)
"""Roundings that a result may gather, by its order of derivative."""
PERTURBATION = 2.0**-26
JUMP = 2.0**-10
"""What moves a result by this share of its scale has met a kink or a tie, not a slope."""


@dataclass(frozen=True)
class Policy:
    """The arithmetic of one op; a column of the catalog.

    exact       data movement: bits, signs of zeros included. Derivatives may only sum, unless `k`
                says that they compute (copysign's divides).
    ulps        elementwise: `k` units in the last place, and `floor` roundings of 1 where the
                function crosses zero away from the origin (lgamma at 1 and 2, say).
    accumulate  sums of products: gamma_n times the op on absolute values.
    stable      reductions with cancellation (softmax, var, norm, losses): gamma_n times
                (|truth| + |sensitivity| + floor).
    normwise    factorizations and what is solved with them: as stable, but relative to the largest
                number of a matrix, since that is all that backward stable algorithms promise.

    `k` adds roundings to the last two, too. `terms` fixes n, the number of accumulated terms; left
    out, it is measured (see `terms_of`). `gain`: derivatives are differences of numbers that, with
    each order, are so many times as large as the cotangents.
    """

    kind: Kind
    k: float = 0.0
    floor: float = 0.0
    terms: int | None = None
    gain: float = 1.0


EXACT = Policy("exact")


@dataclass(frozen=True)
class Reference:
    """What the extra runs of the oracle said about one tensor, as float64 or complex128 arrays.

    A missing array is one that the oracle could not compute (an op without a float64 form)."""

    truth: Array | None = None
    magnitude: Array | None = None
    sensitivity: Array | None = None
    terms: float = 1.0
    floor: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """One tensor judged: worst error over bound of both sides, and the first place that is
    outside."""

    subject: float = 0.0
    oracle: float = 0.0
    message: str | None = None

    @property
    def passed(self) -> bool:
        return self.message is None


def decode(bits: str, dtype: str, shape: list[int] | tuple[int, ...]) -> Array:
    """The array behind an observation's hexadecimal digits."""
    return np.frombuffer(bytes.fromhex(bits), dtype=NUMPY[dtype]).reshape(shape)


def is_inexact(dtype: str) -> bool:
    return dtype in WIDER


def wide(array: Array) -> Array:
    """float64 or complex128, exactly."""
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def gamma(n: float, unit: float) -> float:
    """Higham's bound on n accumulated roundings; infinite where n roundings lose every digit."""
    return n * unit / (1 - n * unit) if n * unit < 1 else float("inf")


def unit(dtype: str) -> float:
    """Half the distance from 1 to the next number: the largest relative error of one rounding."""
    return float(ml_dtypes.finfo(NUMPY[PART.get(dtype, dtype)]).eps) / 2


def ulp(truth: Array, dtype: str) -> Array:
    """The distance between neighbouring numbers of `dtype` around each truth."""
    info = ml_dtypes.finfo(NUMPY[PART.get(dtype, dtype)])
    size = np.abs(truth)
    _, exponent = np.frexp(np.where(np.isfinite(size), size, 0.0))
    spacing = np.where(size == 0, 0.0, np.ldexp(float(info.eps), exponent - 1))
    return np.maximum(spacing, float(info.smallest_subnormal))


def rounded(truth: Array, dtype: str) -> Array:
    """The truth rounded once to `dtype`, widened again (exactly)."""
    with np.errstate(all="ignore"):
        return wide(truth.astype(NUMPY[dtype]))


def same_bits(a: Array, b: Array) -> Array:
    """Elementwise: the same number, nan equal to nan, +0 not equal to -0.

    Signs of complex zeros are left open, as PyTorch leaves them: its vectorised loops and the
    others disagree about them."""
    if a.dtype.kind in "biu":
        return np.asarray(a == b)
    if a.dtype.kind == "c":
        with np.errstate(invalid="ignore"):
            return same_bits(a.real + 0.0, b.real + 0.0) & same_bits(a.imag + 0.0, b.imag + 0.0)
    a64, b64 = a.astype(np.float64), b.astype(np.float64)
    return np.asarray(
        (np.isnan(a64) & np.isnan(b64)) | ((a64 == b64) & (np.signbit(a64) == np.signbit(b64)))
    )


def sensitivity(base: Array, moved: list[Array], scale: float) -> Array:
    """The change of a result per relative change of its inputs, the worst of several draws.

    A jump (a tie broken, a kink crossed) would make the quotient huge and the check blind, so a
    change of more than `JUMP` of the result's own scale counts as none."""
    worst = np.zeros(base.shape)
    with np.errstate(all="ignore"):
        largest = max([scale, *np.abs(base[np.isfinite(base)]).ravel().tolist()])
        for other in moved:
            if other.shape != base.shape:
                continue
            change = np.abs(other - base)
            change = np.where(np.isfinite(change) & (change <= JUMP * largest), change, 0.0)
            worst = np.maximum(worst, change / PERTURBATION)
    return worst


def terms_of(ones: Array | None, largest: int, size: int, kind: Kind) -> float:
    """How many terms were added up: the program on ones counts them (a matrix product of ones is
    its inner size), and where it does not (a mean of ones is 1) the ratio of sizes does."""
    if ones is None or not ones.size or not np.isfinite(ones).all():
        return float(max(largest, 1))
    counted = max(float(np.abs(ones).max()), 1.0)
    return counted if kind == "exact" else max(counted, largest / max(size, 1))


def bound(policy: Policy, order: int, dtype: str, reference: Reference) -> Array:
    """The largest error that the policy's arithmetic explains, elementwise."""
    assert reference.truth is not None
    size = np.abs(rounded(reference.truth, dtype))
    size = np.where(
        np.isfinite(size), size, float(ml_dtypes.finfo(NUMPY[PART.get(dtype, dtype)]).max)
    )
    u, steps = unit(dtype), ROUNDINGS[min(order, len(ROUNDINGS) - 1)]
    terms = policy.terms if policy.terms is not None else reference.terms
    # Sums of n terms make n - 1 roundings, so a sum of one term has to be exact.
    sums = gamma(max(terms - 1, 0), unit(ACCUMULATES_IN.get(dtype, dtype)))
    magnitude = size
    if reference.magnitude is not None:
        # A sum that overflows on absolute values says nothing of how large its terms were.
        terms_size = np.abs(reference.magnitude)
        magnitude = np.where(np.isfinite(terms_size), np.maximum(terms_size, size), size)
    moves = np.zeros_like(size) if reference.sensitivity is None else reference.sensitivity

    if policy.kind == "exact" and not (order and policy.k):
        narrow = u if dtype in ACCUMULATES_IN and terms > 1 else 0.0
        limit = (sums + narrow) * magnitude
    elif policy.kind == "ulps" and order == 0:
        limit = policy.k * ulp(size, dtype) + policy.floor * u
    elif policy.kind == "accumulate":
        limit = (sums + (1 + policy.k) * steps * u) * magnitude + ulp(size, dtype) / 2
    else:
        if policy.kind == "normwise":
            # An infinity or a nan is judged by itself, and excuses none of its neighbours.
            finite = np.isfinite(rounded(reference.truth, dtype))
            magnitude = np.maximum(size, largest_of_matrix(np.where(finite, magnitude, 0)))
            moves = largest_of_matrix(moves)
        roundings = sums + (steps + policy.k) * u
        floor = max(policy.floor, reference.floor * policy.gain**order if order else 0.0)
        limit = roundings * (magnitude + moves + floor) + ulp(size, dtype)
    # In float64 the truth is one of the two sides, which is allowed the same error.
    return limit * 2 if WIDER.get(dtype) == dtype else limit


def largest_of_matrix(array: Array) -> Array:
    """The largest number of each matrix (of a vector, where there is only that), everywhere."""
    axes = tuple(range(array.ndim))[-2:]
    return np.broadcast_to(array.max(axes, keepdims=True, initial=0), array.shape)


def judge(
    expected: Array,
    actual: Array,
    dtype: str,
    policy: Policy,
    order: int,
    reference: Callable[[], Reference],
) -> Outcome:
    """Judge one tensor of equal dtype and shape. `reference` is asked only when bits differ."""
    equal = same_bits(expected, actual)
    if equal.all():
        return Outcome()
    if not is_inexact(dtype) or (policy.kind == "exact" and order == 0):
        return Outcome(message=first_difference(expected, actual, ~equal))

    known = reference()
    exact_truth = known.truth is None or known.truth.shape != expected.shape
    truth = wide(expected) if exact_truth else np.asarray(known.truth)
    known = Reference(truth, known.magnitude, known.sensitivity, known.terms, known.floor)
    limit = bound(policy, order, dtype, known)
    if exact_truth and WIDER.get(dtype) != dtype:
        limit = limit * 2
    with np.errstate(all="ignore"):
        ours = error_over_bound(wide(actual), truth, limit, dtype)
        theirs = error_over_bound(wide(expected), truth, limit, dtype)
    # What agrees with the oracle to the bit is never held against the subject.
    judged = np.where(equal, 0.0, ours)
    worst, oracle = float(judged.max(initial=0.0)), float(theirs.max(initial=0.0))
    if worst <= 1:
        return Outcome(worst, oracle)
    return Outcome(worst, oracle, first_difference(expected, actual, judged > 1, truth, limit))


def error_over_bound(value: Array, truth: Array, limit: Array, dtype: str) -> Array:
    """|value - truth| / limit; masks of nan and inf have to agree exactly, which counts as 0 or
    inf.

    A truth within its bound of the overflow threshold may come out on either side of it."""
    if value.dtype.kind == "c":
        return np.maximum(
            error_over_bound(value.real, truth.real, limit, PART[dtype]),
            error_over_bound(value.imag, truth.imag, limit, PART[dtype]),
        )
    near = rounded(truth, dtype)
    error = np.abs(value - near)
    quotient = np.where(error == 0, 0.0, error / np.where(limit > 0, limit, np.nan))
    quotient = np.where(np.isnan(quotient) & np.isfinite(error), np.inf, quotient)
    special = ~np.isfinite(value) | ~np.isfinite(near)
    agree = (np.isnan(value) & np.isnan(near)) | (value == near)
    largest = float(ml_dtypes.finfo(NUMPY[dtype]).max)
    edge = (np.isinf(value) ^ np.isinf(near)) & (np.sign(value) == np.sign(truth))
    edge &= np.abs(np.where(np.isinf(value), truth, value)) >= largest - limit
    return np.where(special, np.where(agree | edge, 0.0, np.inf), quotient)


def first_difference(
    expected: Array,
    actual: Array,
    where: Array,
    truth: Array | None = None,
    limit: Array | None = None,
) -> str:
    """One sentence about the first differing element; the values with all their digits."""
    index = tuple(int(i) for i in np.argwhere(where)[0])
    place = f"[{', '.join(map(str, index))}]" if index else ""
    more = int(where.sum()) - 1
    others = f" (and {more} more of {where.size})" if more else ""
    allowed = ", exactly"
    if truth is not None and limit is not None:
        allowed = f", truth {truth[index]!s}"
        allowed += f", within {limit[index]:.3g}" if np.isfinite(truth[index]) else ""
    return f"{place} is {actual[index]!s}, expected {expected[index]!s}{allowed}{others}"
