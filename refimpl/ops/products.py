"""Products of several tensors: contractions, chains, vector products; and distances between rows.

Most are made of other operations, in PyTorch's order, so that graphs agree.
"""

from __future__ import annotations

import math
import string
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._call import broadcast_error
from .._op import composite, no_derivative, op, row, torch
from .._row import rows
from .._tensor import Tensor
from .matmul import mm
from .refusals import refuse
from .views import _unsafe_view, wrap_dim

# Contractions.


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


@composite("linalg")
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The sum of conj(x) y along a dimension."""
    if x.dtype.category < _dtype.FLOAT:
        raise RuntimeError(
            f"linalg.vecdot: Expected a floating point or complex tensor as input. Got {x.dtype.type_name}"
        )
    if x.dtype is not y.dtype:
        raise RuntimeError(
            f"linalg.vecdot: Expected x and y to have the same dtype, but found x of type {x.dtype.type_name} and y of "
            f"type {y.dtype.type_name} instead"
        )
    if x.ndim == 1 and y.ndim == 1:
        return torch.vdot(x, y)
    return torch.sum(torch.conj(x) * y, dim)


@composite("linalg")
def vander(x: Any, *, N: int | None = None) -> Any:
    """Powers 0 to N - 1 of each number."""
    if x.dtype.name in ("bool", "float16", "bfloat16"):
        raise RuntimeError(
            f"linalg.vander supports floating point, complex, and integer tensors, but got {x.dtype.type_name}"
        )
    x = x if x.ndim else torch.unsqueeze(x, -1)
    n = x.shape[-1] if N is None else N
    if n <= 1:
        raise RuntimeError("N must be greater than 1.")
    powers = torch.cumprod(torch.unsqueeze(x, -1).expand(*x.shape, n - 1), -1)
    ones = torch.ones(*x.shape, 1, dtype=powers.dtype)
    return torch.cat([ones, powers], -1)


@composite("torch", name="vander")
def old_vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The same of a vector, from the highest power down; written in place, column by column."""
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    n = x.shape[0] if N is None else N
    if n < 0:
        raise RuntimeError("N must be non-negative.")
    powers = torch.ones(x.shape[0], n, dtype=x.dtype if x.dtype.category >= _dtype.FLOAT else torch.int64)
    if n > 1:
        torch.narrow(powers, 1, 1, n - 1).copy_(torch.unsqueeze(x, 1))
        torch.narrow(powers, 1, 1, n - 1).copy_(torch.cumprod(torch.narrow(powers, 1, 1, n - 1), 1))
    return powers if increasing else torch.flip(powers, (1,))


# Chains: the order that multiplies the fewest numbers.


@composite("linalg")
def multi_dot(tensors: Any) -> Any:
    """The product of matrices; the first and the last may be vectors."""
    n = len(tensors)
    if n < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {n}")
    chain = list(tensors)
    shape: list[int] = []
    for at, name in ((0, "first"), (-1, "last")):
        if chain[at].ndim not in (1, 2):
            raise RuntimeError(f"multi_dot(): the {name} tensor must be 1D or 2D but got {chain[at].ndim}D")
        if chain[at].ndim == 1:
            chain[at] = torch.unsqueeze(chain[at], 0 if at == 0 else -1)
        else:
            shape.append(chain[at].shape[at])
    for i, t in enumerate(chain[1:-1], 1):
        if t.ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {i} must be 2D but got {t.ndim}D")
    for i, t in enumerate(chain[1:], 1):
        if t.dtype is not chain[0].dtype:
            names = (chain[0].dtype.type_name, t.dtype.type_name)
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {names[0].lower()} and tensor "
                f"{i} {names[1].lower()}"
            )
        if chain[i - 1].shape[1] != t.shape[0]:
            raise RuntimeError(
                f"multi_dot(): tensors {i - 1} and {i} with shapes {list(tensors[i - 1].shape)} and "
                f"{list(tensors[i].shape)} cannot be multiplied"
            )
    return mm_chain(chain).view(tuple(shape))


def mm_chain(chain: list[Any]) -> Any:
    split = _cheapest([t.shape[0] for t in chain] + [chain[-1].shape[1]])

    def product(i: int, j: int) -> Any:
        return chain[i] if i == j else mm(product(i, split[i, j]), product(split[i, j] + 1, j))

    if len(chain) == 3:  # PyTorch compares two costs here, and of equal ones takes the other
        a, b, c, d = (*(t.shape[0] for t in chain), chain[2].shape[1])
        first = a * b * c + a * c * d <= b * c * d + a * b * d
        return mm(mm(chain[0], chain[1]), chain[2]) if first else mm(chain[0], mm(chain[1], chain[2]))
    return product(0, len(chain) - 1)


def _cheapest(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Where to split each part of a chain (Cormen and others, "Matrix-chain multiplication")."""
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    split = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            cost[i, j], split[i, j] = min(
                (cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)
            )
    return split


@composite("torch")
def chain_matmul(*matrices: Any) -> Any:
    matrices = tuple(matrices[0]) if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)) else matrices
    for t in matrices:
        if t.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {t.ndim}, expected 2 instead.")
    return torch.clone(matrices[0]) if len(matrices) == 1 else multi_dot(matrices)


# Vector products.


def _cross(self: ndarray, other: ndarray, dim: int) -> ndarray:
    a, b = np.moveaxis(self, dim, 0), np.moveaxis(other, dim, 0)
    out = np.stack([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])
    return np.ascontiguousarray(np.moveaxis(out, 0, dim))


op("linalg_cross", lambda self, other, dim: _cross(self, other, dim), promotes="DEFAULT", places=(),
   self=lambda grad, other, dim: row("linalg_cross")(other.conj(), grad, dim),
   other=lambda grad, self, dim: row("linalg_cross")(grad, self.conj(), dim))


@composite("linalg", name="cross")
def linalg_cross(self: Any, other: Any, *, dim: int = -1) -> Any:
    """The vector product along a dimension of length 3."""
    if self.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    at = wrap_dim(dim, self.ndim)
    if self.shape[at] != 3 or other.shape[at] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {self.shape[at]} and {other.shape[at]}"
        )
    try:
        np.broadcast_shapes(self.shape, other.shape)
    except ValueError:
        raise broadcast_error(tuple(self.shape), tuple(other.shape)) from None
    refuse(self, "cross", "b")
    if self.dtype is not other.dtype:
        raise RuntimeError(f"expected scalar type {self.dtype.type_name} but found {other.dtype.type_name}")
    return row("linalg_cross")(self, other, at - self.ndim)


@composite()
def cross(self: Any, other: Any, dim: int | None = None) -> Any:
    if dim is None:
        if 3 not in self.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = tuple(self.shape).index(3)
    return linalg_cross(self, other, dim=dim)


# Distances between rows. Their second derivatives are not PyTorch's to have.


def _distances(difference: ndarray, p: float) -> ndarray:
    if not difference.size:
        return np.zeros(difference.shape[:-1], difference.dtype)
    kernel: Any = rows["_vector_norm"].kernel
    return np.asarray(kernel(difference, p, (difference.ndim - 1,), False))


def _distance_grad(grad: ndarray, difference: ndarray, distance: ndarray, p: float) -> ndarray:
    grad, distance = grad[..., None], distance[..., None]
    size = np.abs(difference)
    if p == 0:
        return np.zeros_like(difference)
    if p == 1:
        return grad * np.sign(difference)
    if p == math.inf:
        return grad * np.sign(difference) * (size == distance)
    if p == 2:
        return np.where(distance == 0, 0, grad * difference / distance)
    slope = np.sign(difference) * size ** (p - 1) * grad / distance ** (p - 1)
    return np.where((distance == 0) | ((difference == 0) & (p < 1)), 0, slope)


def _pairwise(x1: ndarray, x2: ndarray) -> ndarray:
    return x1[..., :, None, :] - x2[..., None, :, :]


op("_cdist", lambda x1, x2, p: _distances(_pairwise(x1, x2), p), places=(),
   x1=lambda grad, x1, x2, p, result: row("_cdist_backward")(grad, x1, x2, p, result),
   x2=lambda grad, x1, x2, p, result: row("_cdist_backward")(
       torch.transpose(grad, -2, -1), x2, x1, p, torch.transpose(result, -2, -1)))
op("_cdist_backward", lambda grad, x1, x2, p, cdist: _distance_grad(grad, _pairwise(x1, x2), cdist, p).sum(-2), places=(),
   grad=no_derivative("_cdist_backward"), x1=no_derivative("_cdist_backward"),
   x2=no_derivative("_cdist_backward"), cdist=no_derivative("_cdist_backward"))


def _euclidean_grad(grad: Any, x1: Any, x2: Any, result: Any) -> Any:
    ratio = torch.masked_fill(grad / result, result == 0, 0)
    return x1 * torch.sum(ratio, -1, True) - torch.matmul(ratio, x2)


op("_euclidean_dist", lambda x1, x2: _distances(_pairwise(x1, x2), 2.0), places=(),
   x1=lambda grad, x1, x2, result: _euclidean_grad(grad, x1, x2, result),
   x2=lambda grad, x1, x2, result: _euclidean_grad(
       torch.transpose(grad, -2, -1), x2, x1, torch.transpose(result, -2, -1)))
_MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


@composite("torch")
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str = _MODES[0]) -> Any:
    """The p-norm of the difference of each row of x1 with each of x2; batches broadcast."""
    if compute_mode not in _MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")
    for t, name in ((x1, "X1"), (x2, "X2")):
        if t.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {t.ndim}D")
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}"
        )
    for t, name in ((x1, "X1"), (x2, "X2")):
        if t.dtype.category != _dtype.FLOAT:
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {t.dtype.type_name}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    if x1.dtype is not x2.dtype:
        raise RuntimeError(f"expected scalar type {x1.dtype.type_name} but found {x2.dtype.type_name}")
    if x1.element_size() == 2 and x1.numel() and x2.numel():
        raise NotImplementedError(f"\"cdist\" not implemented for '{x1.dtype.type_name}'")
    try:
        batch = np.broadcast_shapes(x1.shape[:-2], x2.shape[:-2])
    except ValueError:
        raise broadcast_error(tuple(x1.shape[:-2]), tuple(x2.shape[:-2])) from None
    n, m = x1.shape[-2], x2.shape[-2]
    products = p == 2 and (compute_mode == _MODES[1] or (compute_mode == _MODES[0] and (n > 25 or m > 25)))
    if not products or not x1.numel() or not x2.numel():
        return row("_cdist")(x1, x2, p)
    if math.prod(batch) != 1:
        x1, x2 = (t.expand(*batch, *t.shape[-2:]).contiguous().view(-1, *t.shape[-2:]) for t in (x1, x2))
    return row("_euclidean_dist")(x1, x2).view(*batch, n, m)


def _pairs(x: ndarray) -> ndarray:
    first, second = np.triu_indices(len(x), 1)
    return x[first] - x[second]


def _pdist_grad(grad: ndarray, self: ndarray, p: float, pdist: ndarray) -> ndarray:
    first, second = np.triu_indices(len(self), 1)
    each, total = _distance_grad(grad, _pairs(self), pdist, p), np.zeros_like(self)
    np.add.at(total, first, each)
    np.subtract.at(total, second, each)
    return total


op("_pdist", lambda self, p: _distances(_pairs(self), p), places=(),
   self=lambda grad, self, p, result: row("_pdist_backward")(grad, self, p, result))
op("_pdist_backward", lambda grad, self, p, pdist: _pdist_grad(grad, self, p, pdist), places=(),
   grad=no_derivative("_pdist_backward"), self=no_derivative("_pdist_backward"),
   pdist=no_derivative("_pdist_backward"))


@composite("nn.functional", "torch")
def pdist(input: Any, p: float = 2.0) -> Any:
    """The p-norm of the difference of every two rows."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if input.dtype.category != _dtype.FLOAT:
        raise RuntimeError("pdist only supports floating-point dtypes")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    if input.element_size() == 2 and input.shape[0] > 1 and input.shape[1]:
        raise NotImplementedError(f"\"pdist\" not implemented for '{input.dtype.type_name}'")
    return row("_pdist")(input.contiguous(), p)


@composite("linalg", name="diagonal")
def linalg_diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    return torch.diagonal(A, offset, dim1, dim2)



