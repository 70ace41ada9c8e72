"""Reductions, scans and selections: sums, means, extremes, norms, sorting.

A row sees dimensions as a tuple counted from the front (``wrap_dims``), or as one such number.
Formulas: PyTorch's tools/autograd/derivatives.yaml and FunctionsManual.cpp.
"""

from __future__ import annotations

import builtins
import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray

import refimpl as torch

from .. import _dtype
from .._dtype import C128, F64, I64
from .._op import alias, composite, op, row
from .._op import _as as _same_variable
from .._tensor import Tensor, new_tensor
from .indexing import places_along
from .shapes import _add_flat, _array, _expand, _places, wrap_dim, wrap_dims

_ALL: Any = object()  # a dimension that was not given; None, given, also means all, in another node

# Giving a reduction's gradient back to what was reduced.


def _over_all(grad: Any, shape: Any) -> Any:
    if type(grad) is ndarray and not grad.ndim and grad.dtype.kind != "V":
        return ndarray(shape, grad.dtype, grad, 0, (0,) * len(shape))
    return _expand(grad, tuple(shape))


def _kept(value: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    """What was reduced over ``dim``, with those dimensions as 1."""
    if keepdim or not shape:
        return value
    return torch.reshape(value, tuple([1 if d in dim else n for d, n in enumerate(shape)]))


def _over(grad: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    return _expand(_kept(grad, shape, dim, keepdim), tuple(shape))


def _count(shape: Any, dim: Any) -> int:
    return math.prod(shape[d] for d in dim)


# Sums and products. Integers and bools are summed as int64.


def _whole(array: ndarray) -> Any:
    """The dtype to sum in."""
    return I64 if array.dtype.kind in "biu" else array.dtype


op("_sum_all", lambda self: np.add.reduce(self, None, _whole(self)), node="SumBackward0", places=(),
   self=lambda grad, self_shape: _over_all(grad, self_shape))
op("sum", lambda self, dim, keepdim: np.add.reduce(self, dim, _whole(self), keepdims=keepdim),
   node="SumBackward1", places=(),
   self=lambda grad, self_shape, dim, keepdim: _over(grad, self_shape, dim, keepdim))
op("nansum", lambda self, dim, keepdim: np.add.reduce(np.where(self == self, self, 0), dim, _whole(self), keepdims=keepdim),
   places=(),
   self=lambda grad, self, dim, keepdim:
       torch.where(self == self, _over(grad, self.shape, dim, keepdim), 0.0))
op("_mean_all", lambda self: np.add.reduce(self, None) / self.dtype.type(self.size), node="MeanBackward0", places=(),
   self=lambda grad, self_shape: _over_all(grad / math.prod(self_shape), self_shape))
op("mean", lambda self, dim, keepdim:
       np.add.reduce(self, dim, keepdims=keepdim) / self.dtype.type(_count(self.shape, dim)),
   node="MeanBackward1", places=(),
   self=lambda grad, self_shape, dim, keepdim:
       _over(grad, self_shape, dim, keepdim) / _count(self_shape, dim))


def _in_dtype(self: Any, dtype: Any) -> Any:
    """What ``dtype=`` asks for: the same variable in another dtype, with no node of its own."""
    if dtype is None or self.dtype is dtype or not isinstance(self, Tensor):
        return self
    if dtype.category >= _dtype.FLOAT:
        return _same_variable(self, dtype.numpy)
    if self.requires_grad and torch.is_grad_enabled():
        raise RuntimeError(f"Autograd not support dtype: {dtype.type_name}")
    return new_tensor(self._array.astype(dtype.numpy))


def _floating(self: Any, dtype: Any, words: str) -> Any:
    self = _in_dtype(self, dtype)
    if isinstance(self, Tensor) and self.dtype.category < _dtype.FLOAT:
        raise RuntimeError(words.format(self.dtype.type_name))
    return self


@composite(name="sum")
def sum_(self: Any, dim: Any = _ALL, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Over all dimensions, or over ``dim``."""
    if dtype is not None:
        self = _in_dtype(self, dtype)
    if dim is _ALL:
        return _sum_all(self)
    return row("sum")(self, wrap_dims(dim, _array(self).ndim), keepdim)


_sum_all, _mean_all = row("_sum_all"), row("_mean_all")


@composite()
def nansum(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    return row("nansum")(_in_dtype(self, dtype), wrap_dims(dim, self.ndim), keepdim)


_NO_MEAN = (
    "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
    "dtype. Got: {}"
)


@composite()
def mean(self: Any, dim: Any = _ALL, keepdim: bool = False, *, dtype: Any = None) -> Any:
    self = _floating(self, dtype, _NO_MEAN)
    return _mean_all(self) if dim is _ALL else row("mean")(self, wrap_dims(dim, _array(self).ndim), keepdim)


@composite()
def nanmean(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    valid = torch.logical_not(torch.isnan(self.detach()))
    return nansum(self, dim, keepdim, dtype=dtype) / sum_(valid, dim, keepdim)
