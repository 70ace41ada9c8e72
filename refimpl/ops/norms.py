"""Norms of vectors and matrices, and what is measured by them.

Formulas: PyTorch's tools/autograd/FunctionsManual.cpp.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._dtype import F64
from .._op import composite, op, row, torch
from .reductions import _total, axes, count, divisor, given, in_dtype, kept
from .views import wrap_dim, wrap_dims

op("_vector_norm", lambda self, ord, dim, keepdim: norm_of(self, ord, dim, keepdim),
   node="LinalgVectorNormBackward0", places=(),
   self=lambda grad, self, result, ord, dim, keepdim: norm_grad(grad, self, result, ord, dim, keepdim))
# The difference is rounded before it is measured.
op("dist", lambda self, other, p=2: row("_vector_norm")(row("sub")(self, other), p, None, False), places=(), moves=True,
   self=lambda grad, self, other, p, result: norm_grad(grad, self - other, result, p),
   other=lambda grad, self, other, p, result: _negative(norm_grad(grad, self - other, result, p)))


def _negative(grad: Any) -> Any:
    return None if grad is None else -grad


def norm_of(self: ndarray, ord: float, dim: Any = None, keepdim: bool = False) -> Any:
    dims, size = axes(self, dim), np.abs(self)
    if ord == math.inf or ord == -math.inf:
        return (np.max if ord > 0 else np.min)(size, dims, keepdims=keepdim)
    if ord == 0:
        return _total(size != 0, dims, size.dtype, keepdims=keepdim)
    if ord == 1 or count(self.shape, dim) == 1:
        return _total(size, dims, keepdims=keepdim)
    if ord == 2:
        squares = self * self if self.dtype.kind != "c" else self.real * self.real + self.imag * self.imag
        return np.sqrt(_total(squares, dims, keepdims=keepdim))
    total = _total(size.astype(F64) ** ord, dims, keepdims=keepdim) ** (1 / ord)  # 1 / ord needs the digits
    return total.astype(size.dtype)


def norm_grad(grad: Any, self: Any, norm: Any, p: float, dim: Any = None, keepdim: bool = False) -> Any:
    grad, norm = kept(grad, self.shape, dim, keepdim), kept(norm, self.shape, dim, keepdim)
    if p == 0:
        return None
    if p == 1:
        return torch.sgn(self) * grad
    if p == 2:
        return grad * torch.masked_fill(self / norm, norm == 0, 0)
    size = torch.abs(self)
    if p == math.inf or p == -math.inf:
        mask = torch.logical_or(size == norm, torch.isnan(size))
        return torch.sgn(self) * (grad / torch.sum(mask, dim, True) * mask)
    if p < 1:
        scaled = torch.sgn(self) * torch.masked_fill(size ** (p - 1), self == 0, 0)
        return scaled * grad * norm ** (1 - p)
    scaled = torch.sgn(self) * size ** (p - 1) if p < 2 else self * size ** (p - 2)
    return scaled * torch.masked_fill(grad / divisor(norm) ** (p - 1), norm == 0, 0)


# What is refused.


def _floating(name: str, self: Any, dtype: Any) -> None:
    """Norms are of floating point and complex numbers; ``dtype`` may widen them, but no more."""
    if self.dtype.category < _dtype.FLOAT:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {self.dtype.type_name}"
        )
    if dtype is None:
        return
    if dtype.category < _dtype.FLOAT:
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {dtype.type_name}")
    if self.dtype.is_complex != dtype.is_complex:
        kind = "complex" if self.dtype.is_complex else "real"
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {dtype.type_name}")
    if torch.promote_types(self.dtype, dtype) is not dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({self.dtype.type_name}) should be convertible without narrowing "
            f"to the specified dtype ({dtype.type_name})"
        )


def _no_identity(self: Any, ord: float, dim: Any) -> None:
    """Of nothing there is no smallest and no largest."""
    dims = wrap_dims(dim, self.ndim)
    if (ord < 0 or ord == math.inf) and self.ndim and not count(self.shape, dims):
        whole = len(dims) == self.ndim
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {float(ord)} norm on "
            f"{'an empty tensor ' if whole else f'the dimension {dims[0]}'}because "
            f"{'' if whole else 'this dimension is empty and '}the operation does not have an identity"
        )


# Norms.


@composite("linalg")
def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """(sum of abs(x) ** ord) ** (1 / ord); inf and -inf are the extremes, 0 counts what is not zero."""
    return _vector_norm(x, ord, dim, keepdim, dtype)


def _vector_norm(self: Any, ord: Any, dim: Any, keepdim: bool, dtype: Any) -> Any:
    if isinstance(ord, str):
        raise TypeError(f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}")
    _floating("linalg.vector_norm", self, dtype)
    _no_identity(self, ord, dim)
    return row("_vector_norm")(in_dtype(self, dtype), ord, given(dim), keepdim)


@composite("linalg")
def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Frobenius, of singular values, or of sums of absolute values over columns (1) or rows (inf)."""
    if ord not in ("fro", "nuc", 1, -1, 2, -2, math.inf, -math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    if A.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    if ord in (2, -2, "nuc") and A.dtype.itemsize == 2:
        raise RuntimeError(f"linalg.matrix_norm: Low precision dtypes not supported. Got {A.dtype.type_name}")
    dim = given(dim) or ()
    if len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {' '.join(map(str, dim))}")
    down, across = (wrap_dim(d, A.ndim) for d in dim)
    if down == across:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    _floating("linalg.matrix_norm", A, dtype)
    if ord == "fro":
        return _vector_norm(A, 2, (down, across), keepdim, dtype)
    if ord in (2, -2, "nuc"):
        return _spectral_norm(in_dtype(A, dtype), ord, down, across, keepdim)
    reduced, then = (down, across) if abs(ord) == 1 else (across, down)
    if not keepdim and then > reduced:
        then -= 1
    return _extreme(_vector_norm(A, 1, (reduced,), keepdim, dtype), ord, then, keepdim)


def _extreme(values: Any, ord: float, dim: int, keepdim: bool) -> Any:
    """The largest, 0 of none, or the smallest."""
    if ord > 0 and not values.shape[dim]:
        return torch.sum(values.detach(), dim, keepdim)
    return getattr(torch, "amax" if ord > 0 else "amin")(values, dim, keepdim)


def _spectral_norm(A: Any, ord: Any, down: int, across: int, keepdim: bool) -> Any:
    """The largest or the least singular value, or their sum."""
    order = (*(d for d in range(A.ndim) if d not in (down, across)), down, across)
    values = torch.linalg.svdvals(torch.permute(A, order))
    norm = torch.sum(values, -1, keepdim) if ord == "nuc" else _extreme(values, ord, -1, keepdim)
    if not keepdim:
        return norm
    return torch.permute(torch.unsqueeze(norm, -1), tuple(order.index(d) for d in range(A.ndim)))


@composite("linalg", name="norm")
def linalg_norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    dim = given(dim)
    if dim is not None and len(dim) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}")
    if dim is None and ord is not None and A.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    if isinstance(ord, str) or (ord is not None and (A.ndim if dim is None else len(dim)) == 2):
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return _vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype)


@composite()
def norm(self: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    dim = given(dim)
    if isinstance(p, str) and (p != "fro" or (dim is not None and len(dim) > 2)):
        return matrix_norm(self, p, tuple(range(self.ndim)) if dim is None else dim, keepdim, dtype=dtype)
    return _vector_norm(self, 2 if p is None or p == "fro" else p, dim, keepdim, dtype)


@composite()
def dist(self: Any, other: Any, p: Any = 2) -> Any:
    if self.dtype.category < _dtype.FLOAT:
        raise RuntimeError(
            "norm(): input dtype should be either floating point or complex. "
            f"Got {self.dtype.type_name} instead."
        )
    return row("dist")(self, other, p)


# Slices that are shortened to a norm.

op("renorm", lambda self, p, dim, maxnorm: self * _shortening(self, p, dim, maxnorm).astype(self.real.dtype), places=(),
   self=lambda grad, self, p, dim, maxnorm: _renorm_grad(grad, self, p, dim, maxnorm))


def _all_but(self: Any, dim: int) -> tuple[int, ...]:
    ndim = len(self.shape)
    return tuple(d for d in range(ndim) if d != wrap_dim(dim, ndim))


def _shortening(self: ndarray, p: float, dim: int, maxnorm: float) -> ndarray:
    norm = norm_of(self, p, _all_but(self, dim), True)
    return np.where(norm > maxnorm, maxnorm / (norm + norm.dtype.type(1e-7)), 1)


def _renorm_grad(grad: Any, self: Any, p: float, dim: int, maxnorm: float) -> Any:
    dims = _all_but(self, dim)
    norm = row("_vector_norm")(self, p, dims, True)
    along = torch.sum(torch.real(self.conj() * grad), dims, True)
    inverse = torch.reciprocal(norm + 1e-7)
    turned = maxnorm * inverse * (grad - inverse * norm_grad(along, self, norm, p, dims, True))
    return torch.where(norm > maxnorm, turned, grad)


@composite(inplace=True)
def renorm(self: Any, p: float, dim: int, maxnorm: float) -> Any:
    """Each slice at ``dim`` with the p-norm ``maxnorm`` at most."""
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm:g}")
    if self.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {self.ndim} dimensions")
    wrap_dim(dim, self.ndim)
    _floating("linalg.vector_norm", self, None)
    return row("renorm")(self, p, dim, maxnorm)
