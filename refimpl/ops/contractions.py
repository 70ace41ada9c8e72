"""Contractions: products summed over dimensions, made of others in PyTorch's order, so that graphs agree."""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .._op import composite, op, row, torch
from .._tensor import Tensor
from .matmul import mm
from .views import _unsafe_view, wrap_dim


@composite("torch")
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Sums the product over the last ``dims`` dimensions of a and the first of b, or over those in two lists."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, (list, tuple)):
        of_a, of_b = (list(d) if isinstance(d, (list, tuple)) else [d] for d in dims)
    elif dims < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
    elif dims > min(a.ndim, b.ndim):
        raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
    else:
        of_a, of_b = list(range(-dims, 0)), list(range(dims))
    return _tensordot(a, b, of_a, of_b)


def _tensordot(a: Any, b: Any, of_a: list[int], of_b: list[int]) -> Any:
    if len(of_a) != len(of_b):
        raise RuntimeError("both dimension lists should have same length")
    if a.dtype is not b.dtype:
        raise RuntimeError("both inputs should have same dtype")
    da, db = [wrap_dim(d, a.ndim) for d in of_a], [wrap_dim(d, b.ndim) for d in of_b]
    for i, (d, e) in enumerate(zip(da, db, strict=True)):
        n, m = a.shape[d], b.shape[e]
        if m == 1 and n != 1:
            a = torch.sum(a, d, True, dtype=a.dtype)
        elif n == 1 and m != 1:
            b = torch.sum(b, e, True, dtype=b.dtype)
        elif n != m:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {n} in dim {of_a[i]} and second has size {m} "
                f"in dim {of_b[i]}"
            )
    free_a, free_b = ([d for d in range(t.ndim) if d not in taken] for t, taken in ((a, da), (b, db)))
    shape = (*(a.shape[d] for d in free_a), *(b.shape[d] for d in free_b))
    rows = math.prod(a.shape[d] for d in free_a)
    inner, columns = math.prod(a.shape[d] for d in da), math.prod(b.shape[d] for d in free_b)
    left, right = torch.permute(a, (*free_a, *da)), torch.permute(b, (*db, *free_b))
    if rows == columns == 1 and left.is_contiguous() and right.is_contiguous():
        product = torch.dot(torch.flatten(left), torch.flatten(right))
    elif rows == columns == 1:
        product = torch.sum(torch.squeeze(left) * torch.squeeze(right), dtype=a.dtype)
    else:
        product = mm(torch.reshape(left, (rows, inner)), torch.reshape(right, (inner, columns)))
    return torch.reshape(product, shape)


@composite()
def inner(self: Any, other: Any) -> Any:
    """Sums the product over the last dimensions."""
    if not self.ndim or not other.ndim:
        return self * other
    if self.shape[-1] != other.shape[-1]:
        raise RuntimeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(self.shape)} and {list(other.shape)}"
        )
    return _tensordot(self, other, [-1], [-1])


@composite()
def kron(self: Any, other: Any) -> Any:
    """Each number of self times all of other."""
    n = max(self.ndim, other.ndim)
    a, b = ((1,) * (n - t.ndim) + tuple(t.shape) for t in (self, other))
    left = _unsafe_view(self, tuple(k for size in a for k in (size, 1)))
    right = _unsafe_view(other, tuple(k for size in b for k in (1, size)))
    return _unsafe_view(left * right, tuple(k * m for k, m in zip(a, b, strict=True)))


ELLIPSIS = "..."
_LETTERS = string.ascii_uppercase + string.ascii_lowercase


@composite("torch")
def einsum(*args: Any) -> Any:
    """Products summed over the subscripts that the output lacks: "ij,jk->ik", or lists of numbers."""
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its "
            "subscripts list"
        )
    equation, operands = (args[0], args[1:]) if isinstance(args[0], str) else _from_lists(args)
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = tuple(operands[0])
    labels, out = _parsed(equation, operands)
    ellipsis = max((t.ndim - len(names) + 1 for t, names in zip(operands, labels, strict=True) if ELLIPSIS in names),
                   default=0)  # fmt: skip
    order, out_count = _dimensions(labels, out, ellipsis)
    aligned = [_aligned(i, t, names, order, ellipsis) for i, (t, names) in enumerate(zip(operands, labels, strict=True))]
    _check_subscripts(aligned, order)
    return _contracted(aligned, out_count, len(order))


def _from_lists(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    """The equation of operands each followed by its subscripts, and perhaps those of the output."""

    def letters(subscripts: Any) -> str:
        return "".join(ELLIPSIS if s is Ellipsis else _LETTERS[s] for s in subscripts)

    equation = ",".join(letters(s) for s in args[1::2])
    if len(args) % 2:
        equation += "->" + letters(args[-1])
    return equation, args[0 : len(args) // 2 * 2 : 2]


def _parsed(equation: str, operands: Sequence[Any]) -> tuple[list[list[str]], list[str] | None]:
    """The subscripts of each operand, and those of the output, if given."""
    left, arrow, right = equation.partition("->")
    labels = [_subscripts(part, f"operand {i}", equation) for i, part in enumerate(left.split(","))]
    if len(labels) > len(operands):
        raise RuntimeError("einsum(): fewer operands were provided than specified in the equation")
    if len(labels) < len(operands):
        raise RuntimeError("einsum(): more operands were provided than specified in the equation")
    for i, (t, names) in enumerate(zip(operands, labels, strict=True)):
        count = len(names) - (ELLIPSIS in names)
        if (ELLIPSIS in names and count > t.ndim) or (ELLIPSIS not in names and count != t.ndim):
            more = "is more than" if ELLIPSIS in names else "does not match"
            none = "" if ELLIPSIS in names else " and no ellipsis was given"
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({count}) {more} the number of dimensions "
                f"({t.ndim}) for operand {i}{none}"
            )
    if not arrow:
        return labels, None
    out = _subscripts(right, "output", equation, len(left) + 2)
    for name in out:
        if name != ELLIPSIS and out.count(name) > 1:
            raise RuntimeError(f"einsum(): output subscript {name} appears more than once in the output")
        if name != ELLIPSIS and not any(name in names for names in labels):
            raise RuntimeError(
                f"einsum(): output subscript {name} does not appear in the equation for any input operand"
            )
    return labels, out


def _subscripts(text: str, of: str, equation: str, start: int = 0) -> list[str]:
    found: list[str] = []
    at = 0
    where = "for output" if of == "output" else f"for {of}"
    while at < len(text):
        if text[at] == " ":
            at += 1
        elif text[at] == ".":
            if ELLIPSIS in found:
                raise RuntimeError(f"einsum(): found '.' {where} but an ellipsis (...) was already found")
            if text[at : at + 3] != ELLIPSIS:
                raise RuntimeError(f"einsum(): found '.' {where} that is not part of any ellipsis")
            found.append(ELLIPSIS)
            at += 3
        elif text[at] in _LETTERS:
            found.append(text[at])
            at += 1
        else:
            index = start + at if of == "output" else equation.index(text[at])
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {index} in the equation string, subscripts must be in "
                "[a-zA-Z]"
            )
    return found


def _dimensions(labels: list[list[str]], out: list[str] | None, ellipsis: int) -> tuple[list[str], int]:
    """The subscripts in common order, those of the output first; an ellipsis is as many of them."""
    used = [name for names in labels for name in names]
    if out is None:
        out = [ELLIPSIS] * (ELLIPSIS in used) + [n for n in _LETTERS if used.count(n) == 1]
    rest = [n for n in _LETTERS if n in used and n not in out]
    if ELLIPSIS in used and ELLIPSIS not in out:
        rest = [ELLIPSIS, *rest]

    def spread(names: list[str]) -> list[str]:
        return [d for n in names for d in ([f"{k}" for k in range(ellipsis)] if n == ELLIPSIS else [n])]

    return spread(out) + spread(rest), len(spread(out))


def _aligned(i: int, t: Any, names: list[str], order: list[str], ellipsis: int) -> Any:
    """The operand with a dimension for every subscript, in the common order."""
    dims: list[str] = []
    for name in names:
        if name == ELLIPSIS:
            missing = ellipsis - (t.ndim - len(names) + 1)
            for _ in range(missing):
                t = torch.unsqueeze(t, len(dims))
            dims += [f"{k}" for k in range(ellipsis)]
        elif name in dims:
            at, again = dims.index(name), len(dims)
            if t.shape[at] != t.shape[again]:
                raise RuntimeError(
                    f"einsum(): subscript {name} is repeated for operand {i} but the sizes don't match, "
                    f"{t.shape[again]} != {t.shape[at]}"
                )
            t = torch.movedim(torch.diagonal(t, 0, at, again), -1, at)
        else:
            dims.append(name)
    for name in order:
        if name not in dims:
            t = torch.unsqueeze(t, -1)
            dims.append(name)
    return torch.permute(t, tuple(dims.index(name) for name in order))


def _check_subscripts(operands: list[Any], order: list[str]) -> None:
    for d, name in enumerate(order):
        seen = 1
        for i, t in enumerate(operands):
            n = t.shape[d]
            if n != 1 and seen not in (1, n):
                raise RuntimeError(
                    f"einsum(): subscript {name} has size {n} for operand {i} which does not broadcast with previously "
                    f"seen size {seen}"
                )
            seen = n if n != 1 else seen


def _contracted(operands: list[Any], out: int, total: int) -> Any:
    """Pairwise from the left; a subscript is summed as soon as no other operand has it."""
    if len(operands) == 1:
        return torch.sum(operands[0], tuple(range(out, total))) if total > out else operands[0]
    counts = [sum(t.shape[d] != 1 for t in operands) for d in range(total)]
    a = operands[0]
    for b in operands[1:]:
        both, of_a, of_b = [], [], []
        for d in range(out, total):
            if a.shape[d] != 1 and b.shape[d] != 1:
                counts[d] -= 1
                if counts[d] == 1:
                    both.append(d)
                    counts[d] = 0
            elif counts[d] == 1:
                if a.shape[d] != 1:
                    of_a.append(d)
                    counts[d] = 0
                elif b.shape[d] != 1:
                    of_b.append(d)
                    counts[d] = 0
        a = torch.sum(a, tuple(of_a), True) if of_a else a
        b = torch.sum(b, tuple(of_b), True) if of_b else b
        a = _sum_of_products(a, b, both)
    return a.view(tuple(a.shape[:out])) if total > out else a


def _sum_of_products(a: Any, b: Any, summed: list[int]) -> Any:
    """One batched matrix product; what is summed remains as dimensions of size 1."""
    if not summed:
        return a * b
    rest = [d for d in range(a.ndim) if d not in summed]
    batch = [d for d in rest if a.shape[d] != 1 and b.shape[d] != 1]
    of_a = [d for d in rest if a.shape[d] != 1 and b.shape[d] == 1]
    of_b = [d for d in rest if d not in batch and d not in of_a]
    if of_a and of_b and of_b[-1] < of_a[0]:
        a, b, of_a, of_b = b, a, of_b, of_a

    def size(t: Any, dims: list[int]) -> int:
        return math.prod(t.shape[d] for d in dims)

    left = torch.reshape(torch.permute(a, (*batch, *of_a, *summed, *of_b)),
                         (size(a, batch), size(a, of_a), size(a, summed)))  # fmt: skip
    right = torch.reshape(torch.permute(b, (*batch, *summed, *of_b, *of_a)),
                          (size(b, batch), size(b, summed), size(b, of_b)))  # fmt: skip
    order = [*batch, *of_a, *summed, *of_b]
    shape = [*(a.shape[d] for d in (*batch, *of_a)), *(1 for _ in summed), *(b.shape[d] for d in of_b)]
    product = torch.bmm(left, right).view(tuple(shape))
    return torch.permute(product, tuple(order.index(d) for d in range(a.ndim)))


def _trilinear(i1: ndarray, i2: ndarray, i3: ndarray, e1: Any, e2: Any, e3: Any, summed: Any) -> ndarray:
    """The product of three tensors that have dimensions added at ``e1`` ..., summed over some."""
    every = _LETTERS[: i1.ndim + len(e1)]
    names = ["".join(n for d, n in enumerate(every) if d not in gone) for gone in (e1, e2, e3, summed)]
    return np.ascontiguousarray(np.einsum("{},{},{}->{}".format(*names), i1, i2, i3))


op("_trilinear", lambda i1, i2, i3, e1, e2, e3, summed: _trilinear(i1, i2, i3, e1, e2, e3, summed), places=(),
   i1=lambda grad, i2, i3, e1, e2, e3, summed: row("_trilinear")(grad, i2.conj(), i3.conj(), summed, e2, e3, e1),
   i2=lambda grad, i1, i3, e1, e2, e3, summed: row("_trilinear")(i1.conj(), grad, i3.conj(), e1, summed, e3, e2),
   i3=lambda grad, i1, i2, e1, e2, e3, summed: row("_trilinear")(i1.conj(), i2.conj(), grad, e1, e2, summed, e3))


@composite("nn.functional", "torch")
def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """y[o] = the sum of input1[i] weight[o, i, j] input2[j], plus bias[o]."""
    for d in range(input1.ndim - 1):
        if input1.shape[d] != input2.shape[d]:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {d}: got {input1.shape[d]} and "
                f"{input2.shape[d]}"
            )
    for at, (name, t) in enumerate((("input1", input1), ("input2", input2)), 1):
        wrap_dim(at, weight.ndim)
        if t.shape[-1] != weight.shape[at]:
            raise RuntimeError(
                f"bilinear(): {name} size does not match weight size: got {t.shape[-1]} but expected {weight.shape[at]}"
            )
    if bias is not None and bias.shape[0] != weight.shape[0]:
        raise RuntimeError(
            f"bilinear(): bias size does not match weight size: got {bias.shape[0]} but expected {weight.shape[0]}"
        )
    left, right = (torch.reshape(t, (-1, t.shape[-1])) for t in (input1, input2))
    out = row("_trilinear")(left, weight, right, (1, 3), (0,), (1, 2), (2, 3))
    out = torch.reshape(out, (*input1.shape[:-1], weight.shape[0]))
    return out if bias is None else out + bias
