"""The k-th smallest, the most frequent, the sorted, the unique; running extremes.

Equal elements keep their order. Formulas: PyTorch's tools/autograd/derivatives.yaml.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .._dtype import I64
from .._op import composite, no_derivative, op, row
from .._row import rows
from .._tensor import empty_like
from .extremes import _chosen, _not_empty, _put_back, _put_back_along, _share_of_all
from .indexing import key_along, scatter_add_at
from .reductions import _ALL
from .refusals import refuse
from .views import _array, wrap_dim

# The k-th smallest, the most frequent, the sorted. Equal elements keep their order.


def _order(self: ndarray, dim: int, descending: bool = False) -> ndarray:
    """The indices that sort; nan counts as the largest."""
    if not self.ndim:
        return np.zeros((), I64)
    if not descending:
        return np.argsort(self, dim, kind="stable")
    return self.shape[dim] - 1 - np.flip(np.argsort(np.flip(self, dim), dim, kind="stable"), dim)


def _kth(self: ndarray, k: Any, dim: int) -> ndarray:
    """The index of the k-th smallest, counted from 0; an array of k chooses for each slice."""
    if not self.ndim:
        return np.zeros((), I64)
    shape = tuple(1 if d == dim else n for d, n in enumerate(self.shape))
    return np.take_along_axis(_order(self, dim), np.broadcast_to(k, shape), dim)


def _middle(self: ndarray, dim: int, skip_nan: bool) -> ndarray:
    """The index of the lower median; the first nan is it, unless nans are skipped."""
    if not self.ndim:
        return np.zeros((), I64)
    missing = np.isnan(self) if self.dtype.kind in "fV" else np.zeros(self.shape, bool)
    missing_count = np.sum(missing, dim, keepdims=True)
    middle = _kth(self, np.maximum(self.shape[dim] - 1 - (missing_count if skip_nan else 0), 0) // 2, dim)
    return middle if skip_nan else np.where(missing_count > 0, np.argmax(missing, dim, keepdims=True), middle)


def _middle_of_all(self: ndarray, skip_nan: bool) -> Any:
    flat = self.reshape(-1)
    if not flat.size:
        return self.dtype.type(math.nan) if self.dtype.kind in "fV" else np.iinfo(self.dtype).min
    return flat[_middle(flat, 0, skip_nan)[0]]


def _most_frequent(self: ndarray, dim: int) -> ndarray:
    """The last index of the most frequent value, the smallest of several."""
    if not self.ndim:
        return np.zeros((), I64)
    order = np.moveaxis(_order(self, dim), dim, -1)
    values = np.take_along_axis(np.moveaxis(self, dim, -1), order, -1)
    run = np.zeros(values.shape, I64)
    for i in range(1, values.shape[-1]):
        run[..., i] = np.where(values[..., i] == values[..., i - 1], run[..., i - 1] + 1, 0)
    last = np.argmax(run, -1, keepdims=True) if run.size else run[..., :1]
    return np.moveaxis(np.take_along_axis(order, last, -1), -1, dim)


def _sorted(self: ndarray, dim: int, descending: bool) -> tuple[ndarray, ndarray]:
    """Both lie as the array does."""
    outs = empty_like(self), empty_like(self, I64)
    for out, found in zip(outs, _chosen(self, _order(self, dim, descending), dim), strict=True):
        out[...] = found
    return outs


def _running(accumulate: Any, self: ndarray, dim: int) -> tuple[ndarray, ndarray]:
    """Running extremes and the last indices at which they were found."""
    if not self.ndim:
        return self.copy(), np.zeros((), I64)
    values = np.asarray(accumulate(self, dim), order="C")
    shape = (-1,) + (1,) * (self.ndim - dim - 1)
    here = (self == values) | (self != self)
    places = np.where(here, np.arange(self.shape[dim]).reshape(shape), 0)
    return values, np.maximum.accumulate(np.asarray(places, order="C"), dim)


op("_median_all", lambda self: _middle_of_all(self, False), node="MedianBackward0", places=(), self=_share_of_all)
op("_nanmedian_all", lambda self: _middle_of_all(self, True), node="NanmedianBackward0", places=(), self=_share_of_all)
op("median", lambda self, dim, keepdim: _chosen(self, _middle(self, dim, False), dim, keepdim),
   node="MedianBackward1", outputs="values indices", places=(), self=_put_back)
op("nanmedian", lambda self, dim, keepdim: _chosen(self, _middle(self, dim, True), dim, keepdim),
   node="NanmedianBackward1", outputs="values indices", places=(), self=_put_back)
op("mode", lambda self, dim, keepdim: _chosen(self, _most_frequent(self, dim), dim, keepdim),
   outputs="values indices", places=(), self=_put_back)
op("kthvalue", lambda self, k, dim, keepdim: _chosen(self, _kth(self, k - 1, dim), dim, keepdim),
   outputs="values indices", places=(), self=_put_back)
op("topk", lambda self, k, dim, largest: _chosen(self, _first(k, _order(self, dim, largest), dim), dim),
   outputs="values indices", places=(), self=_put_back_along)
op("sort", lambda self, dim, descending: _sorted(self, dim, descending),
   outputs="values indices", places=(), self=_put_back_along)
op("_sort_stable", lambda self, dim, descending: _sorted(self, dim, descending),
   node="SortBackward1", outputs="values indices", places=(), self=_put_back_along)
rows["_sort_stable"].output_type = rows["sort"].output_type
for _name, _ufunc in {"cummax": np.maximum, "cummin": np.minimum}.items():
    op(_name, lambda self, dim, accumulate=_ufunc.accumulate: _running(accumulate, self, dim),
       outputs="values indices", places=(), self=lambda grad, indices, self_shape, dim:
           scatter_add_at(grad, self_shape, key_along(self_shape, dim, _array(indices))))


def _first(k: int, order: ndarray, dim: int) -> ndarray:
    return np.moveaxis(np.moveaxis(order, dim, 0)[:k], 0, dim) if order.ndim else order


def _median(name: str) -> None:
    def function(self: Any, dim: Any = _ALL, keepdim: bool = False) -> Any:
        if dim is _ALL:
            refuse(self, "median_cpu", "bc")
            return row(f"_{name}_all")(self)
        dim = wrap_dim(dim, self.ndim)
        _not_empty("median()", self, (dim,))
        refuse(self, "median_out", "bc")
        return row(name)(self, dim, keepdim)

    composite(name=name)(function)


_median("median")
_median("nanmedian")


@composite()
def mode(self: Any, dim: int = -1, keepdim: bool = False) -> Any:
    dim = wrap_dim(dim, self.ndim)
    _not_empty("mode()", self, (dim,))
    refuse(self, "mode_cpu", "c")
    return row("mode")(self, dim, keepdim)


@composite()
def kthvalue(self: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    dim = wrap_dim(dim, self.ndim)
    _not_empty("kthvalue()", self, (dim,))
    if not 1 <= k <= (self.shape[dim] if self.ndim else 1):
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")
    refuse(self, "kthvalue_cpu", "bc")
    return row("kthvalue")(self, k, dim, keepdim)


@composite()
def topk(self: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    dim = wrap_dim(dim, self.ndim)
    k = int(k)
    if not 0 <= k <= (self.shape[dim] if self.ndim else 1):
        raise RuntimeError("selected index k out of range")
    refuse(self, "topk", "c", RuntimeError, " topk does not support complex dtypes on CPU")
    refuse(self, "topk", "b", RuntimeError, "topk does not support bool dtypes on CPU")
    return row("topk")(self, k, dim, largest)


@composite()
def sort(self: Any, dim: int = -1, descending: bool = False, *, stable: bool | None = None) -> Any:
    dim = wrap_dim(dim, self.ndim)
    refuse(self, "sort", "c", RuntimeError, " Sort does not support complex dtypes on CPU")
    return row("sort" if stable is None else "_sort_stable")(self, dim, descending)


@composite()
def argsort(self: Any, dim: int = -1, descending: bool = False, *, stable: bool | None = None) -> Any:
    return sort(self.detach(), dim, descending).indices


@composite()
def msort(self: Any) -> Any:
    return sort(self, 0).values


@composite()
def cummax(self: Any, dim: int) -> Any:
    refuse(self, "cummax_cpu", "c")
    return row("cummax")(self, wrap_dim(dim, self.ndim))


@composite()
def cummin(self: Any, dim: int) -> Any:
    refuse(self, "cummin_cpu", "c")
    return row("cummin")(self, wrap_dim(dim, self.ndim))


# What is there, each value once.

op("_unique2", lambda self, dim: _unique(self, dim), node="Unique2Backward0", places=(),
   self=no_derivative("_unique2"))
op("unique_dim", lambda self, dim: _unique(self, dim), places=(), self=no_derivative("unique_dim"))
op("unique_consecutive", lambda self, dim: _unique_consecutive(self, dim), places=(),
   self=no_derivative("unique_consecutive"))


def _unique(self: ndarray, dim: int | None) -> tuple[ndarray, ndarray, ndarray]:
    values, inverse, counts = np.unique(
        self, return_inverse=True, return_counts=True, axis=dim, equal_nan=False
    )
    return values, inverse.reshape(self.shape if dim is None else -1), counts


def _unique_consecutive(self: ndarray, dim: int | None) -> tuple[ndarray, ndarray, ndarray]:
    along = self.reshape(-1) if dim is None else np.moveaxis(self, dim, 0)
    new = np.ones(len(along), bool)
    new[1:] = (along[1:] != along[:-1]).any(tuple(range(1, along.ndim)))
    group = np.cumsum(new) - 1
    values = along[new] if dim is None else np.moveaxis(along[new], 0, dim)
    return values, group.reshape(self.shape) if dim is None else group, np.bincount(group)


def _read_unique(name: str, of_all: str, of_dim: str) -> None:
    def function(self: Any, *args: Any, return_inverse: bool = False, return_counts: bool = False,
                 dim: int | None = None, sorted: bool = True) -> Any:  # fmt: skip
        if name == "unique":
            flags = (*args[1:], *(return_inverse, return_counts, dim)[max(len(args) - 1, 0) :])
        else:
            flags = (*args, *(return_inverse, return_counts, dim)[len(args) :])
        dim = None if flags[2] is None else wrap_dim(flags[2], self.ndim)
        refuse(self, "unique" if dim is None else "unique_dim", "c")
        if dim is not None and not self.ndim:
            raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
        if dim is not None and 0 in self.shape[:dim] + self.shape[dim + 1 :]:
            raise RuntimeError("There are 0 sized dimensions, and they aren't selected, so unique cannot be applied")
        outs = row(of_all if dim is None else of_dim)(self, dim)
        wanted = [o for o, flag in zip(outs, (True, *flags[:2]), strict=True) if flag]
        return tuple(wanted) if len(wanted) > 1 else outs[0]

    composite(name=name)(function)


_read_unique("unique", "_unique2", "unique_dim")
_read_unique("unique_consecutive", "unique_consecutive", "unique_consecutive")
