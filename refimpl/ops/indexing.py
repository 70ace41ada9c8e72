"""Indexing: the rows of everything that reads or writes places, and ``x[...]``.

Every operation here reads or writes the places of a ``key``: a tuple of slices and whole-number
arrays, as NumPy takes it. Index tensors become such a key before a row sees them: they are data,
not variables. Reading and adding at a key are each other's gradients.
"""

from __future__ import annotations

import math
import operator
import sys
import warnings
from functools import cache
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _inplace
from .._call import broadcast_error, same_variable
from .._dtype import I64, as_number
from .._op import NOT_IMPLEMENTED, composite, not_implemented, op, row, torch
from .._tensor import Tensor, contiguous_format, new_tensor, preserve_format
from .parts import _select, _slice
from .strides import copy_in_memory
from .views import _alias, _array, _unsqueeze, _view, expand

# Kernels. A 0-d tensor is read and written as if it had one dimension.


def _read(self: ndarray, key: Any) -> ndarray:
    return np.asarray((self if self.ndim else self.reshape(1))[tuple(key)], order="C")


def _added(self: ndarray, shape: Any, key: Any) -> ndarray:
    out = np.zeros(shape or (1,), self.dtype)
    np.add.at(out, tuple(key), self)
    return out.reshape(shape)


def _written(self: ndarray, src: Any, key: Any, accumulate: bool = False, copy: Any = contiguous_format.lay) -> ndarray:
    out = copy(self)
    target = out if out.ndim else out.reshape(1)
    if accumulate:
        np.add.at(target, tuple(key), src)
    else:
        target[tuple(key)] = src
    return out


def _covered(src: ndarray, key: Any) -> ndarray:
    """The corner of ``src`` that an index covers; only a whole ``src`` has a gradient."""
    shape = np.broadcast_shapes(*[np.shape(k) for k in key])
    if 0 in shape:
        return np.zeros(shape, src.dtype)
    return src[tuple([slice(n) for n in shape])] if src.ndim == len(shape) else src.reshape(-1)[:1].reshape(shape)


# Of reading, adding to zeros and overwriting with zeros there is a row for each of PyTorch's names.


@cache
def _reads(node: str) -> Any:
    return op(f"_read_{node}", _read, node=node, places=(), moves=True,
              self=lambda grad, self_shape, key: add_at(grad, self_shape, key))


def _adds(node: str, read: str = "IndexBackward0") -> Any:
    """Adds to zeros, where a key says."""
    add = op(f"_add_at_{node}", lambda zeros, self, shape, key: _added(self, shape, key), places=(), node=node,
             zeros=lambda grad: grad,
             self=lambda grad, key: _reads(read)(grad, key))  # fmt: skip
    return lambda grad, shape, key: add(None, grad, shape, key)


def _erases(node: str, writes_zeros: bool = True) -> Any:
    """Overwrites with zeros, which are numbers to PyTorch, or a tensor."""
    if not writes_zeros:
        erase = op(f"_erase_{node}", lambda self, key: _written(self, 0, key), places=(), node=node, moves=True,
                   self=lambda grad, key: erase(grad, key))  # fmt: skip
        return erase
    write = op(f"_erase_{node}", lambda self, zeros, key: _written(self, 0, key), places=(), node=node, moves=True,
               self=lambda grad, key: write(grad, None, key), zeros=lambda grad: grad)  # fmt: skip
    return lambda grad, key: write(grad, None, key)


index: Any = op("index", _read, places=(), moves=True, self=lambda grad, self_shape, key: add_at(grad, self_shape, key))
add_at, scatter_at = _adds("IndexPutImplBackward0"), _adds("ScatterBackward0")
put_at, scatter_add_at = _adds("PutBackward0", "TakeBackward0"), _adds("ScatterAddBackward0", "GatherBackward0")
_scatter_zero, _fill_zero = _erases("ScatterBackward1", False), _erases("IndexFillBackward0", False)
_put_zero, _index_put_zero = _erases("PutBackward0"), _erases("IndexPutBackward0")

# What reads: the gradient is added where it was read.


def _reading(name: str, add: Any) -> None:
    op(name, _read, places=(), moves=True, self=lambda grad, self_shape, key: add(grad, self_shape, key))


_reading("gather", scatter_add_at)
_reading("index_select", _adds("IndexAddBackward0", "IndexSelectBackward0"))
_reading("masked_select", _adds("MaskedScatterBackward0", "MaskedSelectBackward0"))
_reading("take", put_at)

# What writes: what was overwritten gets no gradient.


def _writing(name: str, copy: Any, erase: Any, read: Any, covered: bool = False) -> None:
    op(name, lambda self, src, key: _written(self, _covered(src, key) if covered else src, key, False, copy),
       places=(), moves=True, linear=True,
       self=lambda grad, key: erase(grad, key),
       src=lambda grad, key: read(grad, key))  # fmt: skip


_writing("scatter", contiguous_format.lay, _scatter_zero, row("gather"), True)
_writing("select_scatter", copy_in_memory, _erases("SelectScatterBackward0"), _reads("SelectBackward0"))
_writing("slice_scatter", copy_in_memory, _erases("SliceScatterBackward0"), _reads("SliceBackward0"))
_writing("diagonal_scatter", copy_in_memory, _erases("DiagonalScatterBackward0"), _reads("DiagonalBackward0"))
op("index_copy", lambda self, src, key: _written(self, src, key), places=(), moves=True, linear=True,
   self=lambda grad, key: _fill_zero(grad, key),
   src=lambda grad, src_shape, key: _selected(grad, src_shape, key))
op("masked_scatter", lambda self, src, mask, shape, key:
       _written(np.broadcast_to(self, shape), src.reshape(-1)[: len(key[0])], key), places=(), moves=True,
   self=lambda grad, mask: row("masked_fill")(grad, mask, 0),
   src=lambda grad, src_shape, key: _masked_scatter_backward(grad, src_shape, key))
_masked_scatter_backward = op(
    "masked_scatter_backward", lambda self, shape, key: np.resize(
        np.append(self[tuple(key)], np.zeros(math.prod(shape), self.dtype)), shape), places=(), moves=True,
    self=lambda grad, self_shape, key: add_at(
        index(torch.reshape(grad, (-1,)), (slice(len(key[0])),)), self_shape, key))
op("_scatter_number", lambda self, src, key: _written(self, src, key), node="ScatterBackward1", places=(), moves=True,
   self=lambda grad, key: _scatter_zero(grad, key))
op("index_fill", lambda self, src, key: _written(self, src, key, copy=preserve_format.lay), places=(), moves=True,
   self=lambda grad, key: _fill_zero(grad, key))
op("_index_fill_tensor", lambda self, src, key: _written(self, src, key, copy=preserve_format.lay),
   node="IndexFillBackward1", places=(), moves=True,
   self=lambda grad, key: _fill_zero(grad, key),
   src=lambda grad, key: torch.sum(index(grad, key)))
op("_masked_fill_tensor", lambda self, mask, value: np.asarray(
       np.where(mask, as_number(value.item(), self.dtype), self), order="C"),
   node="MaskedFillBackward1", places=(),
   self=lambda grad, mask: row("masked_fill")(grad, mask, 0),
   value=lambda grad, mask: torch.sum(row("masked_select")(grad, masked_key(_array(mask), _array(grad).shape))))
op("scatter_add", lambda self, src, key: _written(self, _covered(src, key), key, True), places=(), linear=True,
   self=lambda grad: grad,
   src=lambda grad, key: row("gather")(grad, key))
op("index_add", lambda self, src, key, alpha: _written(self, src * as_number(alpha, src.dtype), key, True), places=(),
   self=lambda grad: grad,
   src=lambda grad, src_shape, key, alpha: _scaled(_selected(grad, src_shape, key), alpha))
op("index_put", lambda self, src, key, accumulate: _written(self, src, key, accumulate, preserve_format.lay),
   places=(), linear=True,
   self=lambda grad, key, accumulate: grad if accumulate else _index_put_zero(grad, key),
   src=lambda grad, key: index(grad, key))  # the engine sums to the shape of src
op("put", lambda self, src, key, accumulate: _written(self, src, key, accumulate, preserve_format.lay),
   places=(), linear=True,
   self=lambda grad, key, accumulate: grad if accumulate else _put_zero(grad, key),
   src=lambda grad, src_shape, key: torch.reshape(row("take")(grad, key), src_shape))
# With ``reduce=``, of which PyTorch has no derivative: scatter_reduce has.
op("_scatter_with", lambda self, src, key, reduce: _reduced(self, _covered(src, key), key, reduce, True),
   node=NOT_IMPLEMENTED, places=(), self=not_implemented("scatter"), src=not_implemented("scatter"))
op("_scatter_with_number", lambda self, value, key, reduce: _reduced(self, as_number(value, self.dtype), key, reduce, True),
   node=NOT_IMPLEMENTED, places=(), self=not_implemented("scatter"))


def _reducing(name: str, read: Any, erase: Any, covered: bool) -> None:
    def grads(*saved: Any) -> Any:
        return _reduced_grads(row(name), read, erase, *saved)

    op(name, lambda self, src, key, reduce, include_self:
           _reduced(self, _covered(src, key) if covered else src, key, reduce, include_self),
       places=(),
       self=lambda grad, self, src, result, key, reduce, include_self:
           grads(grad, self, src, result, key, reduce, include_self)[0],
       src=lambda grad, self, src, result, key, reduce, include_self:
           grads(grad, self, src, result, key, reduce, include_self)[1])  # fmt: skip


_reducing("scatter_reduce", row("gather"), _scatter_zero, True)
_reducing("index_reduce", row("index_select"), _fill_zero, False)


def _selected(grad: Any, shape: Any, key: Any) -> Any:
    """What an index of whole slices reads, in the shape of what was written there."""
    read = row("index_select")(grad, key)
    return expand(read, *shape) if isinstance(read, Tensor) and shape else torch.reshape(read, shape)


def _scaled(grad: Any, alpha: Any) -> Any:
    return grad if type(alpha) is int and alpha == 1 else grad * alpha


def masked_key(mask: ndarray, shape: Any) -> tuple[ndarray, ...]:
    """The key of what a mask chooses from a tensor that takes this shape with it."""
    return np.nonzero(np.broadcast_to(mask, shape)) if shape else (np.zeros(int(mask), I64),)


_REDUCTIONS: dict[str, Any] = {
    "sum": (np.add, 0), "mean": (np.add, 0), "prod": (np.multiply, 1),
    "amax": (np.maximum, -math.inf), "amin": (np.minimum, math.inf),
    "max": (np.maximum, -math.inf), "min": (np.minimum, math.inf),
}  # fmt: skip


def _reduced(self: ndarray, src: ndarray, key: Any, reduce: str, include_self: bool) -> ndarray:
    out, key = np.array(self, order="C"), tuple(key)
    target = out if out.ndim else out.reshape(1)
    ufunc, neutral = _REDUCTIONS[reduce]
    if not include_self:
        if self.dtype.kind == "b":
            neutral = reduce in ("amin", "min", "prod")
        elif self.dtype.kind in "iu" and math.isinf(neutral):
            neutral = getattr(np.iinfo(self.dtype), "min" if neutral < 0 else "max")
        target[key] = neutral
    ufunc.at(target, key, src)
    if reduce == "mean":
        counts = np.full(target.shape, include_self, I64)
        np.add.at(counts, key, 1)
        counts[counts == 0] = 1
        return (out // counts if self.dtype.kind in "iu" else out / counts).astype(self.dtype).reshape(self.shape)
    return out


def _reduced_grads(reduced: Any, read: Any, erase: Any, grad: Any, self: Any, src: Any, result: Any, key: Any,
                   reduce: str, include_self: bool) -> Any:  # fmt: skip
    """PyTorch's scatter_reduce_backward and index_reduce_backward, for self and for src."""
    if reduce in ("max", "min"):
        raise RuntimeError(f"Expected 'reduce' to be one of 'sum', 'prod', 'amax', 'amin' or 'mean' but got {reduce}.")
    shape, found = tuple(self.shape), read(result, key)
    if found.ndim == src.ndim and found.shape != src.shape:  # src is larger than what is read of it
        raise broadcast_error(tuple(src.shape), tuple(found.shape))

    def tallied(flags: Any) -> Any:  # how many of these fall on each place
        return add_at(flags, shape, key)

    def counted(flags: Any, like: Any) -> Any:
        return torch.where(flags, torch.ones_like(like), 0.0)

    if reduce == "sum":
        to_self, to_src = grad, read(grad, key)
    elif reduce == "mean":
        counts = tallied(torch.ones_like(src)) + (1 if include_self else 0)
        counts = torch.masked_fill(counts, counts == 0, 1)
        to_self, to_src = grad / counts, read(grad, key) / read(counts, key)
    elif reduce == "prod":
        other = torch.masked_fill(self, self == 0, 1)
        to_self = grad * reduced(other, src, key, reduce, include_self) / other
        zero = src == 0
        one_zero = zero & (read(tallied(counted(zero, src)), key) == 1)
        without = reduced(self, torch.masked_fill(src, one_zero, 1), key, reduce, include_self)
        usual = read(grad * result, key) / torch.masked_fill(src, zero, 1)
        to_src = torch.where(one_zero, read(grad * without, key), usual)
    else:
        on_self, on_src = self == result, src == found
        shares = grad / (counted(on_self, self) + tallied(counted(on_src, src)))
        to_self, to_src = on_self * shares, on_src * read(shares, key)
    return (to_self if include_self else erase(to_self, key)), to_src


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


def key_along(shape: Any, dim: int, index: ndarray) -> tuple[ndarray, ...]:
    """The key by which ``gather(dim, index)`` reads from this shape."""
    return tuple([
        index if d == dim else np.arange(index.shape[d]).reshape((-1,) + (1,) * (index.ndim - d - 1))
        for d in range(max(len(shape), 1))
    ])
