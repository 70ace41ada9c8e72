"""Indexing, gathering and scattering.

Every operation here reads or writes the places of a ``key``: a tuple of slices and whole-number
arrays, as NumPy takes it. Index tensors become such a key before a row sees them: they are data,
not variables. Reading and adding at a key are each other's gradients.
"""

from __future__ import annotations

import math
import operator
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _inplace
from .._call import broadcast_error, same_variable
from .._dtype import I64, as_number
from .._op import NOT_IMPLEMENTED, composite, not_implemented, op, publish, row, torch
from .._tensor import Tensor, contiguous_format, new_tensor
from .refusals import real_gradients
from .views import (
    _alias,
    _along,
    _array,
    _places,
    _select,
    _slice,
    _unsqueeze,
    _view,
    expand,
    wrap_dim,
)

# Kernels. A 0-d tensor is read and written as if it had one dimension.


def _read(self: ndarray, key: Any) -> ndarray:
    return np.asarray((self if self.ndim else self.reshape(1))[tuple(key)], order="C")


def _added(self: ndarray, shape: Any, key: Any) -> ndarray:
    out = np.zeros(shape or (1,), self.dtype)
    np.add.at(out, tuple(key), self)
    return out.reshape(shape)


def _written(self: ndarray, src: Any, key: Any, accumulate: bool = False) -> ndarray:
    out = np.array(self)
    target = out if out.ndim else out.reshape(1)
    if accumulate:
        np.add.at(target, tuple(key), src)
    else:
        target[tuple(key)] = src
    return out


def _covered(src: ndarray, key: Any) -> ndarray:
    """The corner of ``src`` that an index covers; only a whole ``src`` has a gradient."""
    shape = np.broadcast_shapes(*[np.shape(k) for k in key])
    return src[tuple([slice(n) for n in shape])] if src.ndim == len(shape) else src.reshape(-1)[:1].reshape(shape)


index: Any = op("index", _read, places=(), self=lambda grad, self_shape, key: add_at(grad, self_shape, key))


def _adding(node: str) -> Any:
    """Adds to zeros, where an index says; the node is that of PyTorch's step in the same place."""
    add = op(f"_add_at_{node}", lambda zeros, self, shape, key: _added(self, shape, key), places=(), node=node,
             zeros=lambda grad: grad,
             self=lambda grad, key: index(grad, key))  # fmt: skip
    return lambda grad, shape, key: add(None, grad, shape, key)


add_at, scatter_at = _adding("IndexPutImplBackward0"), _adding("ScatterBackward0")
_erase: Any = op("_erase", lambda self, key: _written(self, 0, key), places=(), self=lambda grad, key: _erase(grad, key))

# What reads: the gradient is added where it was read.


def _reading(name: str, node: str) -> None:
    add = _adding(node)
    op(name, _read, places=(), self=lambda grad, self_shape, key: add(grad, self_shape, key))


_reading("gather", "ScatterAddBackward0")
_reading("index_select", "IndexAddBackward0")
_reading("masked_select", "MaskedScatterBackward0")
op("take", lambda self, key: _read(self.reshape(-1), key), places=(),
   self=lambda grad, self_shape, key: torch.reshape(add_at(grad, (math.prod(self_shape),), key), self_shape))
op("embedding", lambda weight, key, padding_idx, by_frequency: _read(weight, key), places=(),
   weight=lambda grad, weight_shape, key, padding_idx, by_frequency:
       add_at(_embedded(grad, key[0], padding_idx, by_frequency), weight_shape, key))

# What writes: what was overwritten gets no gradient.

op("scatter", lambda self, src, key: _written(self, _covered(src, key), key), places=(),
   self=lambda grad, key: _erase(grad, key),
   src=lambda grad, key: index(grad, key))
op("masked_scatter", lambda self, src, key: _written(self, src.reshape(-1)[: len(key[0])], key), places=(),
   self=lambda grad, key: _erase(grad, key),
   src=lambda grad, src_shape, key: torch.reshape(
       add_at(index(grad, key), (math.prod(src_shape),), (slice(len(key[0])),)), src_shape))
for _name in ("index_copy", "select_scatter", "slice_scatter", "diagonal_scatter"):
    op(_name, lambda self, src, key: _written(self, src, key), places=(),
       self=lambda grad, key: _erase(grad, key),
       src=lambda grad, key: index(grad, key))
op("_scatter_number", lambda self, src, key: _written(self, src, key), node="ScatterBackward1", places=(),
   self=lambda grad, key: _erase(grad, key))
op("index_fill", lambda self, src, key: _written(self, src, key), places=(),
   self=lambda grad, key: _erase(grad, key))
op("_index_fill_tensor", lambda self, src, key: _written(self, src, key), node="IndexFillBackward1", places=(),
   self=lambda grad, key: _erase(grad, key),
   src=lambda grad, key: torch.sum(index(grad, key)))
op("_masked_fill_tensor", lambda self, mask, value: np.where(mask, value.astype(self.dtype), self),
   node="MaskedFillBackward1", places=(),
   self=lambda grad, mask: row("masked_fill")(grad, mask, 0),
   value=lambda grad, mask: torch.sum(torch.where(mask, grad, 0.0)))
op("scatter_add", lambda self, src, key: _written(self, _covered(src, key), key, True), places=(),
   self=lambda grad: grad,
   src=lambda grad, key: index(grad, key))
op("index_add", lambda self, src, key, alpha: _written(self, src * as_number(alpha, src.dtype), key, True), places=(),
   self=lambda grad: grad,
   src=lambda grad, key, alpha: index(grad, key) * alpha)
for _name in ("index_put", "put"):
    op(_name, lambda self, src, key, accumulate: _written(self, src, key, accumulate), places=(),
       self=lambda grad, key, accumulate: grad if accumulate else _erase(grad, key),
       src=lambda grad, key: index(grad, key))  # the engine sums to the shape of src
# With ``reduce=``, of which PyTorch has no derivative: scatter_reduce has.
op("_scatter_with", lambda self, src, key, reduce: _reduced(self, _covered(src, key), key, reduce, True),
   node=NOT_IMPLEMENTED, places=(), self=not_implemented("scatter"), src=not_implemented("scatter"))
op("_scatter_with_number", lambda self, value, key, reduce: _reduced(self, as_number(value, self.dtype), key, reduce, True),
   node=NOT_IMPLEMENTED, places=(), self=not_implemented("scatter"))
for _name, _whole_lines in {"scatter_reduce": False, "index_reduce": True}.items():
    op(_name, lambda self, src, key, reduce, include_self, whole=_whole_lines:
           _reduced(self, src if whole else _covered(src, key), key, reduce, include_self),
       places=(),
       self=lambda grad, self, src, result, key, reduce, include_self:
           _reduced_grads(grad, self, src, result, key, reduce, include_self)[0],
       src=lambda grad, self, src, result, key, reduce, include_self:
           _reduced_grads(grad, self, src, result, key, reduce, include_self)[1])


def _embedded(grad: Any, indices: ndarray, padding_idx: int, by_frequency: bool) -> Any:
    """The gradient per index: none at the padding; divided by how often an index occurs."""
    grad = torch.where((indices != padding_idx)[..., None], grad, 0.0)
    if by_frequency and indices.size:
        counts = np.bincount(indices.reshape(-1))[indices][..., None].astype(_array(grad).dtype)
        grad = grad / (new_tensor(counts) if isinstance(grad, Tensor) else counts)
    return grad


_REDUCTIONS: dict[str, Any] = {
    "sum": (np.add, 0), "mean": (np.add, 0), "prod": (np.multiply, 1),
    "amax": (np.maximum, -math.inf), "amin": (np.minimum, math.inf),
}  # fmt: skip


def _reduced(self: ndarray, src: ndarray, key: Any, reduce: str, include_self: bool) -> ndarray:
    out, key = np.array(self), tuple(key)
    target = out if out.ndim else out.reshape(1)
    ufunc, neutral = _REDUCTIONS[reduce]
    if not include_self:
        if self.dtype.kind == "b":
            neutral = reduce in ("amin", "prod")
        elif self.dtype.kind in "iu" and reduce.startswith("a"):
            neutral = getattr(np.iinfo(self.dtype), "min" if neutral < 0 else "max")
        target[key] = neutral
    ufunc.at(target, key, src)
    if reduce == "mean":
        counts = np.full(target.shape, include_self, I64)
        np.add.at(counts, key, 1)
        counts[counts == 0] = 1
        return (out // counts if self.dtype.kind in "iu" else out / counts).astype(self.dtype).reshape(self.shape)
    return out


def _reduced_grads(grad: Any, self: Any, src: Any, result: Any, key: Any, reduce: str, include_self: bool) -> Any:
    """PyTorch's scatter_reduce_backward, for self and for src."""
    shape = tuple(self.shape)

    def tallied(flags: Any) -> Any:  # how many of these fall on each place
        return add_at(flags, shape, key)

    if reduce == "sum":
        to_self, to_src = grad, index(grad, key)
    elif reduce == "mean":
        counts = tallied(torch.ones_like(src)) + (1 if include_self else 0)
        to_self = grad / torch.masked_fill(counts, counts == 0, 1)
        to_src = index(to_self, key)
    elif reduce == "prod":
        reduced = row("index_reduce")  # the key says all; src is covered, or has no gradient
        other = torch.masked_fill(self, self == 0, 1)
        to_self = grad * reduced(other, src, key, reduce, include_self) / other
        zero = src == 0
        one_zero = zero & (index(tallied(torch.where(zero, torch.ones_like(src), 0.0)), key) == 1)
        without = reduced(self, torch.masked_fill(src, one_zero, 1), key, reduce, include_self)
        usual = index(grad * result, key) / torch.masked_fill(src, zero, 1)
        to_src = torch.where(one_zero, index(grad * without, key), usual)
    else:
        on_self, on_src = self == result, src == index(result, key)
        ones = torch.ones_like(self)
        shares = grad / (torch.where(on_self, ones, 0.0) + tallied(torch.where(on_src, torch.ones_like(src), 0.0)))
        to_self = torch.where(on_self, shares, 0.0)
        to_src = torch.where(on_src, index(shares, key), 0.0)
    return (to_self if include_self else _erase(to_self, key)), to_src


# x[...]: views for the basic part, in order; then one Index for tensors, lists and masks.

_NOT_AN_INDEX = (
    "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
    "(got {})"
)
_NOT_A_TUPLE = (
    "Using a non-tuple sequence for multidimensional indexing is deprecated and will be changed in "
    "pytorch 2.9; use x[tuple(seq)] instead of x[seq]. In pytorch 2.9 this will be interpreted as "
    "tensor index, x[torch.tensor(seq)], which will result either in an error or a different result"
)
_WHOLE = (int, np.integer)


def _is_whole(item: Any) -> bool:
    return isinstance(item, _WHOLE) and not isinstance(item, bool)


def _as_tuple(index: Any) -> tuple[Any, ...]:
    if isinstance(index, tuple):
        return index
    if isinstance(index, (list, str)) and len(index) < 32:
        for item in index:
            if item is None or item is ... or isinstance(item, (Tensor, slice, list, tuple, range, str, ndarray)):
                warnings.warn(_NOT_A_TUPLE, UserWarning, stacklevel=4)
                return tuple(index)
    return (index,)


def _index_array(item: Any) -> ndarray:
    """A tensor, array or sequence used as an index; sequences of floats are truncated."""
    if isinstance(item, Tensor):
        return item._array
    if isinstance(item, ndarray):
        return item
    if not isinstance(item, (list, tuple, range, str)):
        raise IndexError(_NOT_AN_INDEX.format(_type_name(item)))
    if isinstance(item, str):
        raise TypeError("new(): invalid data type 'str'")
    array = torch.tensor(list(item))._array
    return array if array.dtype.kind == "b" or array.dtype == np.uint8 else array.astype(I64)


def _type_name(item: Any) -> str:
    return "numpy.bool" if isinstance(item, np.bool_) else type(item).__name__


def _is_mask(array: ndarray) -> bool:
    return array.dtype.kind == "b" or array.dtype == np.uint8


def _taken(view: Any, item: Any, dim: int, position: int) -> Any:
    """``view[item]`` at ``dim``, for the ``position``-th item, a whole number."""
    shape = view._array.shape
    if not shape and not position:
        raise IndexError(
            "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
            "convert a 0-dim tensor to a number"
        )
    item = int(item)
    if not -shape[dim] <= item < shape[dim]:
        raise IndexError(f"index {item} is out of bounds for dimension {position} with size {shape[dim]}")
    return _select(view, dim, item % shape[dim])


def _sliced(view: Any, item: slice, dim: int, whole_is_same: bool = True) -> Any:
    try:
        start = 0 if item.start is None else operator.index(item.start)
        stop = sys.maxsize if item.stop is None else operator.index(item.stop)
        step = 1 if item.step is None else operator.index(item.step)
    except TypeError:
        raise TypeError("slice indices must be integers or None or have an __index__ method") from None
    if step <= 0:
        raise ValueError("step must be greater than zero" if step else "slice step cannot be zero")
    if not view._array.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if whole_is_same and not start and step == 1 and stop >= view._array.shape[dim]:
        return view
    return _slice(view, dim, start, stop, step)


def _resolve(self: Tensor, items: tuple[Any, ...]) -> tuple[Tensor, dict[int, ndarray]]:
    """The view that the basic items ask for, and the index arrays at its dimensions."""
    arrays = [None if _is_basic(i) else _index_array(i) for i in items]
    count = sum(
        (array.ndim if _is_mask(array) else 1) if array is not None
        else not (item is None or item is ... or isinstance(item, bool))
        for item, array in zip(items, arrays, strict=True)
    )
    if count > self._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {self._array.ndim}")
    view, dim, found = self, 0, {}
    for position, (item, array) in enumerate(zip(items, arrays, strict=True)):
        if array is not None and not array.ndim and array.dtype.kind in "iub":
            item = bool(array) if _is_mask(array) else array.item()
            array = None
        if array is not None:
            found[dim] = array
            dim += array.ndim if _is_mask(array) else 1
        elif _is_whole(item):
            view = _taken(view, item, dim, position)
        elif isinstance(item, slice):
            view, dim = _sliced(view, item, dim), dim + 1
        elif item is ...:
            dim += self._array.ndim - count
        else:
            view = _unsqueeze(view, dim)
            if item is not None:
                found[dim] = np.zeros(1 if item else 0, I64)
            dim += 1
    return view, found


def _is_basic(item: Any) -> bool:
    return item is None or item is ... or isinstance(item, (bool, slice)) or _is_whole(item)


def _key(shape: tuple[int, ...], found: dict[int, ndarray]) -> tuple[Any, ...]:
    """The key of index arrays at the given dimensions: masks are read, numbers checked."""
    key: list[Any] = []
    for dim, array in found.items():
        if array.dtype not in (I64, np.int32, np.uint8, np.bool_):
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if dim >= len(shape):
            raise IndexError(f"too many indices for tensor of dimension {len(shape)}")
        key += [slice(None)] * (dim - len(key))
        if not _is_mask(array):
            key.append(array)
            continue
        if array.dtype == np.uint8:
            warnings.warn(
                "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.",
                UserWarning, stacklevel=4,
            )  # fmt: skip
        if array.shape != shape[dim : dim + array.ndim]:
            wrong = next(d for d, n in enumerate(array.shape) if (*shape[dim:], *array.shape)[d] != n or dim + d >= len(shape))
            raise IndexError(
                f"The shape of the mask {list(array.shape)} at index {wrong} does not match the shape of the "
                f"indexed tensor {list(shape)} at index {dim + wrong}"
            )
        key += array.nonzero()
    arrays = [a for a in key if isinstance(a, ndarray)]
    try:
        np.broadcast_shapes(*[a.shape for a in arrays])
    except ValueError:
        shapes = ", ".join(str(list(a.shape)) for a in arrays)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None
    position = 0
    for dim, array in enumerate(key):
        if isinstance(array, ndarray):
            key[dim] = _within(array, shape[dim], position)
            position += 1
    return tuple(key)


def _within(array: ndarray, size: int, dim: int) -> ndarray:
    """Indices counted from the front; those out of bounds are refused."""
    bad = array[(array < -size) | (array >= size)]
    if bad.size and not size:
        raise IndexError("index is out of bounds for dimension with size 0")
    if bad.size:
        raise IndexError(f"index {bad[0]} is out of bounds for dimension {dim} with size {size}")
    return np.where(array < 0, array + size, array)


def _getitem(self: Tensor, item: Any) -> Tensor:
    if _is_whole(item):
        return _taken(self, item, 0, 0)
    if isinstance(item, slice):
        return _sliced(self, item, 0, whole_is_same=False)
    view, found = _resolve(self, _as_tuple(item))
    if found:
        return index(view, _key(view._array.shape, found))
    return _alias(view) if view is self else view


def _setitem(self: Tensor, item: Any, value: Any) -> None:
    if item is False:
        return
    value = _value(self, value)
    if item is True:
        item = None
    view, found = (_taken(self, item, 0, 0), {}) if _is_whole(item) else _resolve(self, _as_tuple(item))
    if not found:
        _copy_to(view, value)
        return
    shape = _without_ones(value)
    if shape != value._array.shape:
        value = _view(value, shape)
    _put_at(view, _fitting(view, value, found), _key(view._array.shape, found), False)


def _fitting(self: Any, value: Any, found: dict[int, ndarray]) -> Any:
    """A single value at a single mask may be of another dtype: that is a masked_fill."""
    single = isinstance(value, Tensor) and value.numel() == 1 and len(found) == 1
    return same_variable(value, self._array.dtype) if single and all(map(_is_mask, found.values())) else value


def _value(self: Tensor, value: Any) -> Tensor:
    if isinstance(value, Tensor):
        return value
    if not isinstance(value, (bool, int, float, complex, np.integer)):
        of = type(value)
        words = of.__name__ if of.__module__ == "builtins" else f"{of.__module__}.{of.__name__}"
        raise TypeError(f"can't assign a {words} to a torch.{self.dtype.type_name}Tensor")
    if isinstance(value, complex) and value.imag and not self.dtype.is_complex and self.dtype is not torch.bool:
        kind = {"float32": "float", "int64": "int64_t"}.get(self.dtype.name, "double")
        raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
    return new_tensor(np.asarray(value).astype(self._array.dtype))


def _without_ones(value: Tensor) -> tuple[int, ...]:
    """The shape without its leading ones."""
    shape = value._array.shape
    return shape[next((d for d, n in enumerate(shape) if n != 1), len(shape)) :]


def _copy_to(view: Any, value: Tensor) -> None:
    if value._array.shape == view._array.shape:
        view.copy_(value)
    elif not value._array.ndim:
        view.fill_(value)
    else:
        value = _view(value, _without_ones(value))
        view.copy_(value if value._array.shape == view._array.shape else expand(value, *view._array.shape))


def _delitem(self: Tensor, item: Any) -> None:
    raise TypeError("Tensor does not support deleting items")


for _name, _method in {"__getitem__": _getitem, "__setitem__": _setitem, "__delitem__": _delitem}.items():
    setattr(Tensor, _name, _method)


def _index_put(self: Any, values: Any, key: Any, accumulate: bool) -> Any:
    if not isinstance(values, Tensor):
        raise TypeError(f"index_put(): argument 'values' (position 2) must be Tensor, not {type(values).__name__}")
    if values.dtype is not self.dtype:
        raise RuntimeError(
            "Index put requires the source and destination dtypes match, got "
            f"{self.dtype.type_name} for the destination and {values.dtype.type_name} for the source."
        )
    place = np.broadcast_to(np.int8(0), self._array.shape)[key].shape
    try:
        fits = np.broadcast_shapes(place, values._array.shape) == place
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(values.shape)} cannot be broadcast to indexing "
            f"result of shape {list(place)}"
        )
    return row("index_put")(self, values, key, accumulate)


_put_at = _inplace.variant("index_put", _index_put)


@composite(inplace=True)
def index_put(self: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    found, dim = {}, 0
    for position, item in enumerate(indices):
        if not isinstance(item, Tensor):
            raise TypeError(f"expected Tensor as element {position} in argument 0, but got {type(item).__name__}")
        found[dim] = item._array
        dim += item._array.ndim if _is_mask(item._array) else 1
    if dim > self._array.ndim:
        raise IndexError(f"too many indices for tensor of dimension {self._array.ndim} (got {dim})")
    values = values if accumulate else _fitting(self, values, found)
    return _index_put(self, values, _key(self._array.shape, found), accumulate)


# Along one dimension: each element of ``index`` names a place in its own line.


def key_along(shape: Any, dim: int, index: ndarray) -> tuple[ndarray, ...]:
    """The key by which ``gather(dim, index)`` reads from this shape."""
    return tuple([
        index if d == dim else np.arange(index.shape[d]).reshape((-1,) + (1,) * (index.ndim - d - 1))
        for d in range(max(len(shape), 1))
    ])


def _numbers(name: str, index: Any, size: int, dim: int, words: str, error: Any = RuntimeError) -> ndarray:
    """The array of an index tensor; negative numbers are out of bounds here."""
    if not isinstance(index, Tensor):
        raise TypeError(f"{name}(): argument 'index' (position 2) must be Tensor, not {type(index).__name__}")
    array = index._array
    if array.dtype not in (I64, np.int32):
        raise RuntimeError(words.format(index.dtype.type_name))
    bad = array[(array < 0) | (array >= size)]
    if bad.size:
        raise error(f"index {bad[0]} is out of bounds for dimension {dim} with size {size}")
    return array


def _lines(name: str, self: Tensor, dim: int, index: Any, src: Any = None) -> tuple[ndarray, ...]:
    """The key of ``gather`` and the ``scatter`` family, once index, self and src fit."""
    dim = wrap_dim(dim, self.ndim)
    size = self.shape[dim] if self.ndim else 1
    if isinstance(index, Tensor) and not index.numel():  # of any dtype
        index = new_tensor(index._array.astype(I64))
    array = _numbers(name, index, size, dim, f"{name}(): Expected dtype int32/int64 for index")
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
    real_gradients("scatter_reduce", self, src)
    return row("scatter_reduce")(self, src, key, reduce, include_self)


def _known_reduction(reduce: str) -> None:
    if reduce not in _REDUCTIONS:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")


@composite()
def take_along_dim(self: Any, indices: Any, dim: int | None = None) -> Any:
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


def _one_index(name: str, self: Tensor, dim: int, index: Any, error: Any = IndexError) -> tuple[Any, ...]:
    """The key of ``index_select`` and its like: one index for all lines."""
    words = {
        "index_select": "index_select(): Expected dtype int32 or int64 for index",
        "index_add_": "index_add_(): Expected dtype int32/int64 for index but got: {}",
    }.get(name, name + "(): Expected dtype int64 for index.")
    dim = wrap_dim(dim, self.ndim)
    size = self.shape[dim] if self.ndim else 1
    if isinstance(index, Tensor) and index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector")
    array = _numbers(name, index, size, dim, words, error)
    return _along(dim, array if not self.ndim and array.size == 1 and not array.ndim else array.reshape(-1))[:-1]


@composite()
def index_select(self: Any, dim: int, index: Any) -> Any:
    try:
        key = _one_index("index_select", self, dim, index)
    except IndexError as error:
        if "bounds" in str(error):
            raise IndexError("index out of range in self") from None
        raise
    if not self.ndim:
        key = tuple(k.reshape(()) for k in key)
    return row("index_select")(self, key)


@composite(inplace=True)
def index_add(self: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    key = _one_index("index_add_", self, dim, index, RuntimeError)
    _check_source("index_add_", self, wrap_dim(dim, self.ndim), index, source, RuntimeError)
    return row("index_add")(self, source, key, alpha)


@composite(inplace=True)
def index_copy(self: Any, dim: int, index: Any, source: Any) -> Any:
    try:
        key = _one_index("index_copy_", self, dim, index)
    except IndexError as error:
        raise IndexError("index_copy_(): " + str(error) if "bounds" in str(error) else str(error)) from None
    if source.ndim and self.ndim and source.ndim != self.ndim:
        raise IndexError(
            "index_copy_(): When source and destination are not scalars, their dimensionality must match. "
            f"Source dimensionality ({source.ndim}), destination dimensionality ({self.ndim})"
        )
    _check_source("index_copy_", self, wrap_dim(dim, self.ndim), index, source, IndexError)
    return row("index_copy")(self, source, key)


@composite(inplace=True)
def index_reduce(self: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either prod, mean, amax or amin, got {reduce}.")
    key = _one_index("index_reduce", self, dim, index)
    _check_source("index_reduce", self, wrap_dim(dim, self.ndim), index, source, RuntimeError)
    real_gradients("index_reduce", self, source)
    return row("index_reduce")(self, source, key, reduce, include_self)


def _check_source(name: str, self: Tensor, dim: int, index: Tensor, source: Any, error: Any) -> None:
    if source.dtype is not self.dtype:
        words = f"self ({self.dtype.type_name}) and source ({source.dtype.type_name})"
        raise RuntimeError(f"{name}(): {words} must have the same scalar type")
    if dim >= max(source.ndim, 1):
        raise error(f"{name}(): Indexing dim {dim} is out of bounds of the source tensor with dim {source.ndim}")
    count = source.shape[dim] if source.ndim else 1
    if count != index.numel():
        raise error(
            f"{name}(): Number of indices ({index.numel()}) should be equal to source.size(dim): ({count}), "
            f"for dim: {dim}"
        )
    mine, theirs = list(self.shape), list(source.shape)
    if mine[:dim] + mine[dim + 1 :] != theirs[:dim] + theirs[dim + 1 :] or (len(mine) == 1) != (len(theirs) == 1):
        if name == "index_copy_" and len(mine) <= 1 and len(theirs) <= 1:
            return
        raise RuntimeError(
            "source tensor shape must match self tensor shape, excluding the specified dimension. "
            f"Got self.shape = {mine} source.shape = {theirs}"
        )


@composite(inplace=True)
def index_fill(self: Any, dim: int, index: Any, value: Any) -> Any:
    dim = wrap_dim(dim, self.ndim)
    size = self.shape[dim] if self.ndim else 1
    if index._array.dtype != I64:
        raise IndexError("index_fill_(): Expected dtype int64 for index.")
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
    return row("take")(self, (_flat_key("take", self, index),))


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
    key = np.nonzero(np.broadcast_to(mask._array, shape)) if shape else (np.zeros(int(mask._array), I64),)
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
    self = self if tuple(self.shape) == shape else expand(self, *shape)
    key = np.nonzero(np.broadcast_to(mask._array, shape)) if shape else (np.zeros(int(mask._array), I64),)
    if len(key[0]) > source.numel():
        raise RuntimeError("Number of elements of source < number of ones in mask")
    return row("masked_scatter")(self, source, key)


# Writing where a view would be, into a copy.


@composite()
def select_scatter(self: Any, src: Any, dim: int, index: int) -> Any:
    dim = wrap_dim(dim, self.ndim)
    if not -self.shape[dim] <= index < self.shape[dim]:
        raise IndexError(f"select(): index {index} out of range for tensor of size {list(self.shape)} at dimension {dim}")
    real_gradients("select_scatter", self, src)
    return _into(row("select_scatter"), self, src, _along(dim, index % self.shape[dim])[:-1])


@composite()
def slice_scatter(self: Any, src: Any, dim: int = 0, start: int | None = None, end: int | None = None,
                  step: int = 1) -> Any:  # fmt: skip
    dim = wrap_dim(dim, self.ndim)
    real_gradients("slice_scatter", self, src)
    return _into(row("slice_scatter"), self, src, _along(dim, slice(start, end, step))[:-1])


@composite()
def diagonal_scatter(self: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    dims = wrap_dim(dim1, self.ndim), wrap_dim(dim2, self.ndim)
    places = _places(self.shape).diagonal(offset, *dims)
    return _into(row("diagonal_scatter"), self, src, np.unravel_index(places, self.shape))


def _into(write: Callable[..., Any], self: Tensor, src: Tensor, key: Any) -> Any:
    place = np.broadcast_to(np.int8(0), self._array.shape)[key].shape
    if place != src._array.shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. "
            f"src size = {list(src.shape)}, slice size = {list(place)}"
        )
    return write(self, src, key)


# Where something is: no gradients.


@composite()
def nonzero(self: Any, *, as_tuple: bool = False) -> Any:
    """One row of indices per element that is not zero; or one vector per dimension."""
    found = np.nonzero(self._array) if self.ndim else (np.zeros(int(self._array != 0), I64),)
    if as_tuple:
        return tuple(new_tensor(np.ascontiguousarray(i)) for i in found)
    count = len(found[0])
    return new_tensor(np.stack(found, 1) if self.ndim else np.zeros((count, 0), I64))


@composite()
def argwhere(self: Any) -> Any:
    return nonzero(self)


@composite("torch")
def where(condition: Any, self: Any = None, other: Any = None) -> Any:
    """``self`` where the condition holds, ``other`` elsewhere; alone, where it holds."""
    if self is None and other is None:
        return nonzero(condition, as_tuple=True)
    if isinstance(condition, Tensor) and condition._array.dtype.kind not in "b" and condition._array.dtype != np.uint8:
        raise RuntimeError(
            "where expected condition to be a boolean tensor, but got a tensor with dtype "
            f"{condition.dtype.type_name}"
        )
    return row("where")(condition, self, other)


publish("where", lambda self, condition, other: where(condition, self, other), ("Tensor",))


@composite("nn.functional")
def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    array = tensor._array
    if array.dtype != I64:
        raise RuntimeError("one_hot is only applicable to index tensor of type LongTensor.")
    if not array.size and num_classes <= 0:
        words = "Can not infer total number of classes from empty tensor." if num_classes == -1 else (
            "Class values must be smaller than num_classes."
        )
        raise RuntimeError(words)
    if array.size and array.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(array.max()) + 1
    elif array.size and array.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return new_tensor((array[..., None] == np.arange(num_classes)).astype(I64))


@composite("nn.functional", name="embedding")
def embedding(input: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None,
              norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False) -> Any:  # fmt: skip
    """The rows of ``weight`` that ``input`` names; the row ``padding_idx`` gets no gradient."""
    if input._array.dtype not in (I64, np.int32):
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but "
            f"got torch.{input.dtype.type_name}Tensor instead (while checking arguments for embedding)"
        )
    count = weight.shape[0]
    if padding_idx is not None:
        if not -count <= padding_idx < count:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= count
    if max_norm is not None:
        with torch.no_grad():
            _shorten(weight, np.unique(input._array), max_norm, norm_type)
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    if ((input._array < 0) | (input._array >= count)).any():
        raise IndexError("index out of range in self")
    real_gradients("embedding", weight)
    return row("embedding")(weight, (input._array,), -1 if padding_idx is None else padding_idx, scale_grad_by_freq)


def _shorten(weight: Tensor, used: ndarray, max_norm: float, norm_type: float) -> None:
    """Scales the rows that are used and too long, in place, as PyTorch does."""
    lengths = torch.linalg.vector_norm(weight.detach(), norm_type, 1)._array
    for i in used:
        if lengths[i] > max_norm:
            weight._array[i] *= weight._array.dtype.type(max_norm / (lengths[i] + 1e-7))


@composite("torch")
def searchsorted(sorted_sequence: Any, self: Any, *, out_int32: bool = False, right: bool = False,
                 side: str | None = None, sorter: Any = None) -> Any:  # fmt: skip
    """Where values would be inserted to keep the last dimension sorted."""
    place: Any = side or ("right" if right else "left")
    ordered = sorted_sequence._array
    if sorter is not None:
        ordered = np.take_along_axis(ordered, sorter._array, -1)
    values = _array(self)
    if ordered.ndim == 1:
        found = np.searchsorted(ordered, values, place)
    else:
        if ordered.shape[:-1] != values.shape[:-1]:
            raise RuntimeError(
                "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of "
                "boundaries tensor and input value tensor must match, but we got boundaries tensor "
                f"{list(ordered.shape)} and input value tensor {list(values.shape)}"
            )
        found = np.empty(values.shape, I64)
        for at in np.ndindex(values.shape[:-1]):
            found[at] = np.searchsorted(ordered[at], values[at], place)
    return new_tensor(np.asarray(found, np.int32 if out_int32 else I64))


@composite("torch")
def bucketize(self: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    return searchsorted(boundaries, self, out_int32=out_int32, right=right)


def _triangle(name: str, indices: Callable[..., Any]) -> None:
    def function(row: int, col: int, offset: int = 0, *, dtype: Any = None, device: Any = None,
                 layout: Any = None, pin_memory: bool = False) -> Any:  # fmt: skip
        for which, size in (("row", row), ("col", col)):
            if size < 0:
                raise RuntimeError(f"{which} must be non-negative, got{size}")
        if dtype is not None and dtype.numpy.kind not in "iu":
            raise NotImplementedError(f"\"{name}\" not implemented for '{dtype.type_name}'")
        found = np.stack(indices(row, offset, col))
        return new_tensor(found.astype(I64 if dtype is None else dtype.numpy))

    publish(name, function, ("torch",))


_triangle("tril_indices", np.tril_indices)
_triangle("triu_indices", np.triu_indices)


@composite()
def repeat_interleave(self: Any, repeats: Any, dim: int | None = None, *, output_size: int | None = None) -> Any:
    """Each element ``repeats`` times in a row."""
    if dim is None:
        self, dim = torch.flatten(self), 0
    dim = wrap_dim(dim, self.ndim)
    if isinstance(repeats, Tensor):
        counts = np.broadcast_to(repeats._array, (self.shape[dim],)) if repeats.numel() == 1 else repeats._array
        if counts.shape != (self.shape[dim],):
            raise RuntimeError("repeats must have the same size as input along dim")
        return index_select(self, dim, new_tensor(np.repeat(np.arange(self.shape[dim]), counts)))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    wide = torch.unsqueeze(self, dim + 1)
    wide = row("clone")(expand(wide, *wide.shape[: dim + 1], repeats, *wide.shape[dim + 2 :]), contiguous_format)
    return _view(wide, (*self.shape[:dim], self.shape[dim] * repeats, *self.shape[dim + 1 :]))


@composite("torch")
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    return new_tensor(np.isin(_array(elements), _array(test_elements), invert=invert))


@composite()
def bincount(self: Any, weights: Any = None, minlength: int = 0) -> Any:
    return new_tensor(np.bincount(self._array, None if weights is None else weights._array, minlength))
