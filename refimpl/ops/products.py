"""Vector products, powers, chains of matrices; and distances between rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._call import broadcast_error
from .._op import composite, no_derivative, op, row, torch
from .._row import rows
from .matmul import mm
from .refusals import refuse
from .views import wrap_dim

# Vector products.


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



