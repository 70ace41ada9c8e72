"""Running sums and products, and differences of neighbours."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np
from numpy import ndarray

from .._op import composite, op, row, torch
from .reductions import as_asked, in_dtype, whole, wide
from .refusals import refuse
from .views import _array, wrap_dim


def _scan(ufunc: Any, self: ndarray, dim: int) -> ndarray:
    """Accumulated in double precision, as PyTorch does."""
    if not self.ndim:
        return np.array(self, whole(self))
    return ufunc.accumulate(self, dim, wide(self)).astype(whole(self), copy=False)


def _one_each(shape: Any, dim: int) -> bool:
    """Whether there is nothing to add up along ``dim``."""
    return math.prod(shape) <= 1 or shape[dim] == 1


def _summed_back(grad: Any, dim: int) -> Any:
    if _one_each(grad.shape, dim):
        return grad
    return torch.flip(torch.cumsum(torch.flip(grad, (dim,)), dim), (dim,))


def _slices(self: Any, dim: int) -> list[Any]:
    return [torch.narrow(self, dim, i, 1) for i in range(self.shape[dim])]


op("cumsum", lambda self, dim: _scan(np.add, self, dim), places=(),
   self=lambda grad, dim: _summed_back(grad, dim))
op("cumprod", lambda self, dim: _scan(np.multiply, self, dim), places=(),
   self=lambda grad, self, result, dim: _cumprod_grad(grad, self, result, dim))
op("logcumsumexp", lambda self, dim: _logcumsumexp(self, dim), places=(),
   self=lambda grad, self, result, dim: _logcumsumexp_grad(grad, self, result, dim))


def _cumprod_grad(grad: Any, self: Any, result: Any, dim: int) -> Any:
    if _one_each(self.shape, dim):
        return grad
    if _array(self).all():
        return _summed_back(result.conj() * grad, dim) / self.conj()
    # Zeros: back along the chain result[j] = result[j - 1] * self[j].
    grads, factors, results = _slices(grad, dim), _slices(self, dim), _slices(result, dim)
    outs, total = [], grads[-1]
    for j in range(len(grads) - 1, 0, -1):
        outs.append(total * results[j - 1].conj())
        total = grads[j - 1] + total * factors[j].conj()
    return torch.cat([*outs, total][::-1], dim)


def _logcumsumexp(self: ndarray, dim: int) -> ndarray:
    if not self.ndim:
        return self.copy()
    if self.dtype.kind != "c":
        return np.logaddexp.accumulate(self, dim)
    out, along = np.array(self), np.moveaxis(self, dim, 0)
    running = np.moveaxis(out, dim, 0)
    for i in range(1, len(along)):
        small, large = running[i - 1], along[i]
        swap = small.real > large.real
        small, large = np.where(swap, large, small), np.where(swap, small, large)
        running[i] = large + np.log1p(np.exp(small - large))
    return out


def _logcumsumexp_grad(grad: Any, self: Any, result: Any, dim: int) -> Any:
    """Back along the chain of results; no exponent is above 0."""
    if not math.prod(self.shape) or not self.shape:
        return grad
    grads, results = _slices(grad, dim), _slices(result, dim)
    totals = [grads[-1]]
    for j in range(len(grads) - 2, -1, -1):
        ours, next_ = results[j], results[j + 1]
        step = torch.masked_fill(ours - next_, (ours == next_) & torch.isinf(ours), 0)  # it stays infinite
        totals.append(grads[j] + totals[-1] * torch.exp(step).conj())
    return torch.cat(totals[::-1], dim) * torch.exp(self - result).conj()


def _check_scan(name: str, self: Any, dim: int, dtype: Any) -> None:
    wrap_dim(dim, self.ndim)
    if dtype is torch.bool:
        raise NotImplementedError(f'"{name}_out_cpu" not implemented for \'Bool\'')


@composite(inplace=True)
def cumsum(self: Any, dim: int, *, dtype: Any = None) -> Any:
    _check_scan("cumsum", self, dim, dtype)
    return as_asked(row("cumsum")(in_dtype(self, dtype), dim), dtype)


@composite(inplace=True)
def cumprod(self: Any, dim: int, *, dtype: Any = None) -> Any:
    _check_scan("cumprod", self, dim, dtype)
    return as_asked(row("cumprod")(in_dtype(self, dtype), dim), dtype)


@composite()
def logcumsumexp(self: Any, dim: int) -> Any:
    wrap_dim(dim, self.ndim)
    refuse(self, "logcumsumexp_out_cpu", "biu")
    return row("logcumsumexp")(self, dim)


@composite()
def diff(self: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along ``dim``, taken ``n`` times."""
    if not self.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = wrap_dim(dim, self.ndim)
    if n == 0:
        return row("copy")(torch.zeros_like(self), self)
    parts = [p for p in (prepend, self, append) if p is not None]
    self = torch.cat(parts, dim) if len(parts) > 1 else self
    for _ in range(builtins.min(n, self.shape[dim])):
        count = self.shape[dim]
        lower, upper = torch.narrow(self, dim, 0, count - 1), torch.narrow(self, dim, 1, count - 1)
        self = torch.logical_xor(upper, lower) if self.dtype is torch.bool else upper - lower
    return self
