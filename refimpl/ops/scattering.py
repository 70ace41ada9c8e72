"""Gathering and scattering along a dimension, by position, by a mask, into a part.

What is read and written is a key of indexing.py, whose rows these functions call.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .._call import broadcast_error
from .._dtype import I64
from .._op import composite, row, torch
from .._tensor import Tensor
from .indexing import _REDUCTIONS, _within, key_along, masked_key
from .parts import _along, _places, diagonal, select, slice_of
from .refusals import real_gradients, refuse
from .views import expand, wrap_dim

# Along one dimension: each element of ``index`` names a place in its own line.


def _lines(name: str, self: Tensor, dim: int, index: Any, src: Any = None) -> tuple[ndarray, ...]:
    """The key of ``gather`` and the ``scatter`` family, once index, self and src fit."""
    dim = wrap_dim(dim, self.ndim)
    array, size = index._array, self.shape[dim] if self.ndim else 1
    if array.size and array.dtype not in (I64, np.int32):  # one without numbers may be of any dtype
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    bad = array[(array < 0) | (array >= size)]
    if bad.size:
        raise RuntimeError(_OUT_OF_BOUNDS.format(index=bad[0], dim=dim, size=size))
    mine = tuple(self.shape) or (1,)
    theirs = tuple(src.shape) or (1,) if isinstance(src, Tensor) else None
    if array.size:
        lines = array.shape or (1,)
        if len(lines) != len(mine):
            raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
        if theirs is not None and src.ndim and len(theirs) < len(lines):
            wrap_dim(len(theirs), src.ndim)  # as PyTorch, which looks for that dimension
        if theirs is not None and len(theirs) != len(lines):
            raise RuntimeError("Index tensor must have the same number of dimensions as src tensor")
        wide = [d for d, (n, m) in enumerate(zip(lines, mine, strict=True)) if n > m and d != dim]
        if wide and src is None:
            raise RuntimeError(
                f"Size does not match at dimension {wide[0]} expected index {list(index.shape)} to be no larger "
                f"than self {list(self.shape)} apart from dimension {dim}"
            )
        if wide or (theirs is not None and any(n > m for n, m in zip(lines, theirs, strict=True))):
            raise RuntimeError(
                f"Expected index {list(index.shape)} to be no larger than self {list(self.shape)} apart from "
                f"dimension {dim}" + (f" and to be no larger size than src {list(src.shape)}" if theirs else "")
            )
    if not array.size and array.ndim != max(self.ndim, 1):  # an empty index of any shape reads nothing
        return (np.zeros(array.shape, I64),) + (0,) * (self.ndim - 1)
    return key_along(self.shape, dim, array)


@composite()
def gather(self: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """``out[i][j] = self[index[i][j]][j]`` for ``dim`` 0."""
    return row("gather")(self, _lines("gather", self, dim, index))


@composite(inplace=True)
def scatter(self: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """``self[index[i][j]][j] = src[i][j]`` for ``dim`` 0; the last of several wins."""
    src = value if src is None else src
    key = _lines("scatter", self, dim, index, src)
    if reduce is not None:
        if reduce not in ("add", "multiply"):
            raise RuntimeError("reduce argument must be either add or multiply.")
        by = {"add": "sum", "multiply": "prod"}[reduce]
        which = "_scatter_with" if isinstance(src, Tensor) else "_scatter_with_number"
        return row(which)(self, src, key, by)
    if not isinstance(src, Tensor):
        return row("_scatter_number")(self, src, key)
    if src.dtype is not self.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    return row("scatter")(self, src, key)


@composite(inplace=True)
def scatter_add(self: Any, dim: int, index: Any, src: Any) -> Any:
    key = _lines("scatter_add", self, dim, index, src)
    if src.dtype is not self.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    return row("scatter_add")(self, src, key)


@composite(inplace=True)
def scatter_reduce(self: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    _known_reduction(reduce)
    key = _lines("scatter", self, dim, index, src)
    if src.dtype is not self.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    if reduce == "mean":
        refuse(self, "scatter_gather_tensor_cpu_reduce_mean", "b")
    real_gradients("scatter_reduce", self, src)
    return row("scatter_reduce")(self, src, key, reduce, include_self)


def _known_reduction(reduce: str) -> None:
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")


@composite()
def take_along_dim(self: Any, indices: Any, dim: int | None = None) -> Any:
    if indices._array.dtype != I64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype.type_name}")
    if dim is None:
        return gather(self.view(-1), 0, indices.view(-1))
    if self.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{self.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    dim = wrap_dim(dim, self.ndim)
    shapes = [[*t.shape[:dim], 1, *t.shape[dim + 1 :]] for t in (self, indices)]
    try:
        shape = list(np.broadcast_shapes(*shapes))
    except ValueError:
        raise broadcast_error(*map(tuple, shapes)) from None
    shape[dim : dim + 1] = self.shape[dim : dim + 1]
    self = expand(self, *shape)
    shape[dim] = indices.shape[dim]
    return gather(self, dim, torch.remainder(expand(indices, *shape), self.shape[dim]))  # -1 is the last


# Whole slices along one dimension.


def _one_index(name: str, self: Tensor, dim: int, index: Tensor) -> int:
    """The dimension for ``index_select`` and its like, which take one index for all lines."""
    dim = wrap_dim(dim, self.ndim)
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    if index._array.dtype not in (I64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index but got: {index.dtype.type_name}")
    return dim


def _slices(self: Tensor, dim: int, index: Tensor, words: str = "index out of range in self",
            error: type[Exception] = IndexError) -> tuple[Any, ...]:  # fmt: skip
    """The key of these slices; negative numbers are out of bounds here."""
    array, size = index._array.reshape(-1), self.shape[dim] if self.ndim else 1
    bad = array[(array < 0) | (array >= size)]
    if bad.size:
        raise error(words.format(index=bad[0], dim=dim, size=size))
    return _along(dim, array)[:-1]


_OUT_OF_BOUNDS = "index {index} is out of bounds for dimension {dim} with size {size}"


@composite()
def index_select(self: Any, dim: int, index: Any) -> Any:
    dim = _one_index("index_select", self, dim, index)
    if not self.ndim:
        if index.numel() != 1:
            raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.numel()} value(s)")
        return row("index_select")(self, (_slices(self, 0, index)[0].reshape(()),))
    if self.ndim > 1 and index.numel() and not self.shape[dim]:
        raise RuntimeError("index_select(): self indexing axis dim should be positive")
    if self.ndim > 1 and dim == 1:
        words, error = "INDICES element is out of DATA bounds, id={index} axis_dim={size}", RuntimeError
        return row("index_select")(self, _slices(self, dim, index, words, error))
    return row("index_select")(self, _slices(self, dim, index))


@composite(inplace=True)
def index_add(self: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    dim = _one_index("index_add_", self, dim, index)
    _check_source("index_add_", self, dim, index, source)
    several = (_OUT_OF_BOUNDS, RuntimeError) if self.ndim > 1 else ()
    return row("index_add")(self, source, _slices(self, dim, index, *several), alpha)


@composite(inplace=True)
def index_reduce(self: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either prod, mean, amax or amin, got {reduce}.")
    dim = _one_index("index_reduce", self, dim, index)
    _check_source("index_reduce", self, dim, index, source)
    if not include_self:
        refuse(self, "index_reduce_func_exclude_input_init", "bc")
    words, kinds = {"amax": ("maximum_cpu", "c"), "amin": ("minimum_cpu", "c"), "mean": ("div_floor_cpu", "b")}.get(reduce, ("", ""))
    refuse(self, words, kinds)
    real_gradients("index_reduce", self, source)
    return row("index_reduce")(self, source, _slices(self, dim, index), reduce, include_self)


def _check_source(name: str, self: Tensor, dim: int, index: Tensor, source: Any) -> None:
    if source.dtype is not self.dtype:
        words = f"self ({self.dtype.type_name}) and source ({source.dtype.type_name})"
        raise RuntimeError(f"{name}(): {words} must have the same scalar type")
    if dim >= max(source.ndim, 1):
        raise RuntimeError(f"{name}(): Indexing dim {dim} is out of bounds of the source tensor with dim {source.ndim}")
    count = source.shape[dim] if source.ndim else 1
    if count != index.numel():
        raise RuntimeError(
            f"{name}(): Number of indices ({index.numel()}) should be equal to source.size(dim): ({count}), "
            f"for dim: {dim}"
        )
    shapes = [list(t.shape) for t in (self, source)]
    if all(shapes):
        shapes = [shape[:dim] + shape[dim + 1 :] for shape in shapes]
    if shapes[0] != shapes[1]:
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {list(self.shape)} source.shape = {list(source.shape)}"
        )


@composite(inplace=True)
def index_copy(self: Any, dim: int, index: Any, source: Any) -> Any:
    dim, count = wrap_dim(dim, self.ndim), index.numel()
    mine, theirs = ([n for d, n in enumerate(t.shape) if d != dim] for t in (self, source))
    for refused, error, words in (
        (index.ndim > 1, IndexError, f"Index should have dimension 1 or 0 (got {index.ndim})"),
        (not source.ndim and count != 1, IndexError, f"When source is scalar, index should have one element (got {count})"),
        (self.ndim and source.ndim and self.ndim != source.ndim, IndexError,
         "When source and destination are not scalars, their dimensionality must match. Source dimensionality "
         f"({source.ndim}), destination dimensionality ({self.ndim})"),
        (index._array.dtype != I64, RuntimeError, f"Expected a long tensor for index, but got {index.dtype.type_name}"),
        (self.dtype is not source.dtype, RuntimeError,
         "self and source expected to have the same dtype, but got (self) "
         f"{self.dtype.type_name} and (source) {source.dtype.type_name}"),
        (mine != theirs, RuntimeError,
         f"Source/destination tensor must have same slice shapes. Destination slice shape: {mine} at dimension {dim} "
         f"and source slice shape: {theirs} at dimension 0."),
        (source.ndim and count != source.shape[dim], IndexError,
         f"Number of indices ({count}) should be equal to source.size(dim) ({source.shape[dim] if source.ndim else 1})"),
    ):  # fmt: skip
        if refused:
            raise error("index_copy_(): " + words)
    return row("index_copy")(self, source, _slices(self, dim, index, "index_copy_(): " + _OUT_OF_BOUNDS))


@composite(inplace=True)
def index_fill(self: Any, dim: int, index: Any, value: Any) -> Any:
    dim = wrap_dim(dim, self.ndim)
    size = self.shape[dim] if self.ndim else 1
    if index._array.dtype != I64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
    if index.ndim > 1:
        raise RuntimeError("Index has to be a vector/scalar")
    if not self.is_complex() and (value.is_complex() if isinstance(value, Tensor) else isinstance(value, complex)):
        raise RuntimeError("index_fill_(): Converting complex Scalar to non-complex type is not supported")
    key = _along(dim, np.unique(_within(index._array.reshape(-1), size, dim)))[:-1]
    if not isinstance(value, Tensor):
        return row("index_fill")(self, value, key)
    if value.ndim:
        raise RuntimeError(
            "index_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.ndim} dimension(s)."
        )
    return row("_index_fill_tensor")(self, value, key)


# By position in the flattened tensor.


def _flat_key(name: str, self: Tensor, index: Any) -> ndarray:
    array = index._array
    if array.dtype != I64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype.type_name}")
    count = self.numel()
    if array.size and not count:
        raise IndexError(f"{name}(): tried to take from an empty tensor")
    bad = array[(array < -count) | (array >= count)]
    if bad.size:
        raise IndexError(f"out of range: tried to access index {bad[0]} on a tensor of {count} elements.")
    return np.where(array < 0, array + count, array)


@composite()
def take(self: Any, index: Any) -> Any:
    return row("take")(self, _unraveled(_flat_key("take", self, index), self.shape))


@composite(inplace=True)
def put(self: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    if source.dtype is not self.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got self.dtype = {self.dtype.type_name} "
            f"and source.dtype = {source.dtype.type_name}"
        )
    places = _flat_key("put_", self, index)
    if source.numel() != index.numel():
        raise IndexError(
            "put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    return row("put")(self, source, _unraveled(places.reshape(source.shape), self.shape), accumulate)


def _unraveled(places: ndarray, shape: Any) -> tuple[ndarray, ...]:
    return np.unravel_index(places, shape) if shape else (places,)


# By a mask.


def _checked_mask(name: str, mask: Tensor) -> None:
    if mask._array.dtype.kind != "b":
        if name == "masked_fill_":
            c_type = {"int64": "long int", "uint8": "unsigned char", "float32": "float"}.get(mask.dtype.name, mask.dtype.name)
            raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {c_type}")
        raise RuntimeError(f"{name}: expected BoolTensor for mask")


def _together(self: Any, mask: Any) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(self._array.shape, mask._array.shape)
    except ValueError:
        raise broadcast_error(self._array.shape, mask._array.shape) from None


@composite()
def masked_select(self: Any, mask: Any) -> Any:
    _checked_mask("masked_select", mask)
    shape = _together(mask, self)
    key = masked_key(mask._array, shape)
    lead = len(shape) - self.ndim
    key = tuple(np.minimum(k, n - 1) for k, n in zip(key[lead:], self.shape, strict=True)) if self.ndim else (0 * key[0],)
    return row("masked_select")(self, key)


@composite(inplace=True)
def masked_fill(self: Any, mask: Any, value: Any) -> Any:
    if not isinstance(self, Tensor) or not isinstance(mask, Tensor):  # a formula, on bare arrays
        return row("masked_fill")(self, mask, value)
    _checked_mask("masked_fill_", mask)
    _together(mask, self)
    if not isinstance(value, Tensor):
        return row("masked_fill")(self, mask, value)
    if value.ndim:
        raise RuntimeError(
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.ndim} dimension(s)."
        )
    return row("_masked_fill_tensor")(self, mask, value)


@composite(inplace=True)
def masked_scatter(self: Any, mask: Any, source: Any) -> Any:
    """The elements of ``source``, in order, where the mask holds."""
    _checked_mask("masked_scatter_", mask)
    if self.dtype is not source.dtype:
        raise RuntimeError(
            "masked_scatter: expected self and source to have same dtypes but got"
            f"{self.dtype.type_name} and {source.dtype.type_name}"
        )
    shape = _together(mask, self)
    key = masked_key(mask._array, shape)
    if len(key[0]) > source.numel():
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return row("masked_scatter")(self, source, mask, shape, key)


# Writing where a view would be, into a copy.


@composite()
def select_scatter(self: Any, src: Any, dim: int, index: int) -> Any:
    place, at = select(self.detach(), dim, index), wrap_dim(dim, self.ndim)
    if self.is_complex():
        real_gradients("select_scatter", self, src)
    return _into("select_scatter", self, src, place, _along(at, index % self.shape[at])[:-1])


@composite()
def slice_scatter(self: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None,
                  step: int = 1) -> Any:  # fmt: skip
    place = slice_of(self.detach(), dim, start, end, step)
    if self.is_complex():
        real_gradients("slice_scatter", self, src)
    return _into("slice_scatter", self, src, place, _along(wrap_dim(dim, self.ndim), slice(start, end, step))[:-1])


@composite()
def diagonal_scatter(self: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    place = diagonal(self.detach(), offset, dim1, dim2)
    places = _places(self.shape).diagonal(offset, dim1, dim2)
    return _into("diagonal_scatter", self, src, place, np.unravel_index(places, self.shape))


def _into(name: str, self: Tensor, src: Tensor, place: Tensor, key: Any) -> Any:
    if place.shape != src.shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. "
            f"src size = {list(src.shape)}, slice size = {list(place.shape)}"
        )
    return row(name)(self, src, key)
