"""Views of parts: selected, sliced, diagonal, windows, pieces.

The gradient of a part is laid into zeros of the original's shape, at the places that the part
shows; that too is an operation of the table, so higher orders follow.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._op import composite, op, torch, view
from .._tensor import Tensor
from .views import _array, wrap_dim

# Laying a gradient where a view was. ``index`` counts elements.


def _lay_kernel(self: Any, shape: Any, key: Any) -> Any:
    out = np.zeros(shape, self.dtype)
    out[key] = self
    return out


_take_flat = op("_take_flat", lambda self, index: self.reshape(-1)[index], places=(), moves=True,
                self=lambda grad, self_shape, index: _add_flat(grad, self_shape, index))


def _add_flat_kernel(self: Any, shape: Any, index: Any) -> Any:
    out = np.zeros(math.prod(shape), self.dtype)
    np.add.at(out, index, self)
    return out.reshape(shape)


_add_flat = op("_add_flat", _add_flat_kernel, places=(), moves=True,
               self=lambda grad, index: _take_flat(grad, index))

# Parts.


def _along(dim: int, item: Any) -> tuple[Any, ...]:
    return (slice(None),) * dim + (item, ...)


_select = view("_select", lambda self, dim, index: self[_along(dim, index)], places=(),
               self=lambda grad, self_shape, dim, index: _select_backward(grad, self_shape, dim, index))
_select_backward = op("select_backward", lambda self, shape, dim, index: _lay_kernel(self, shape, _along(dim, index)),
                      places=(), moves=True, self=lambda grad, dim, index: _select(grad, dim, index))
_slice = view("_slice", lambda self, dim, start, end, step: self[_along(dim, slice(start, end, step))], places=(),
              self=lambda grad, self_shape, dim, start, end, step:
                  _slice_backward(grad, self_shape, dim, start, end, step))
_slice_backward = op("slice_backward", lambda self, shape, dim, start, end, step:
                         _lay_kernel(self, shape, _along(dim, slice(start, end, step))), places=(), moves=True,
                     self=lambda grad, dim, start, end, step: _slice(grad, dim, start, end, step))


def _places(shape: Any) -> ndarray:
    return np.arange(math.prod(shape)).reshape(shape)


_diagonal = view("_diagonal", lambda self, offset, dim1, dim2: _strided_diagonal(self, offset, dim1, dim2),
                 places=(), self=lambda grad, self_shape, offset, dim1, dim2:
                     _diagonal_backward(grad, self_shape, offset, dim1, dim2))
_diagonal_backward = op("diagonal_backward", lambda self, shape, offset, dim1, dim2: _add_flat_kernel(
                            self, shape, _places(shape).diagonal(offset, dim1, dim2)), places=(), moves=True,
                        self=lambda grad, offset, dim1, dim2: _diagonal(grad, offset, dim1, dim2))
_diag_copy = op("_diag_copy", lambda self, offset: self.diagonal(offset).copy(), places=(), node="DiagonalBackward0_copy",
                self=lambda grad, self_shape, offset: _diagonal_backward(grad, self_shape, offset, 0, 1))


def _strided_diagonal(self: ndarray, offset: int, dim1: int, dim2: int) -> ndarray:
    shown = self.diagonal(offset, dim1, dim2)
    shown.flags.writeable = self.flags.writeable  # NumPy's is read-only
    return shown


_unfold = view("_unfold", lambda self, dimension, size, step: _windows(self, dimension, size, step), places=(),
               self=lambda grad, self_shape, dimension, size, step:
                   _unfold_backward(grad, self_shape, dimension, size, step))
_unfold_backward = op("unfold_backward", lambda self, input_sizes, dim, size, step: _add_flat_kernel(
                          self, input_sizes, _windows(_places(input_sizes), dim, size, step)), places=(), moves=True,
                      self=lambda grad, dim, size, step: _unfold(grad, dim, size, step))


def _windows(self: ndarray, dimension: int, size: int, step: int) -> ndarray:
    if not self.ndim:
        return np.lib.stride_tricks.as_strided(self, (size,), (self.itemsize,))
    windows = np.lib.stride_tricks.sliding_window_view(self, size, dimension, writeable=True)
    return windows[_along(dimension, slice(None, None, step))]


_unbind = view("_unbind", lambda self, dim: [self[_along(dim, i)] for i in range(self.shape[dim])],
               places=(), self=lambda grads, dim: torch.stack(grads, dim))
_split = view("_split", lambda self, split_size, dim: _parts(self, split_size, dim), places=(),
              self=lambda grads, dim: torch.cat(grads, dim))
_split_with_sizes = view("_split_with_sizes", lambda self, split_sizes, dim: _parts(self, split_sizes, dim),
                         places=(), self=lambda grads, dim: torch.cat(grads, dim))


def _parts(self: ndarray, sizes: Any, dim: int) -> list[ndarray]:
    n = self.shape[dim]
    if isinstance(sizes, int):
        sizes = [sizes] * (n // sizes if sizes else 1) + ([n % sizes] if sizes and n % sizes else []) or [0]
    ends = np.cumsum(sizes).tolist()
    return [self[_along(dim, slice(end - size, end))] for end, size in zip(ends, sizes, strict=True)]


# The functions that users call: they read sizes and dimensions, then take a view.


@composite()
def select(self: Any, dim: int, index: int) -> Any:
    shape = _array(self).shape
    if not shape:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = wrap_dim(dim, len(shape))
    if not -shape[dim] <= index < shape[dim]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(shape)} at dimension {dim}"
        )
    return _select(self, dim, int(index) % shape[dim])


@composite()
def narrow(self: Any, dim: int, start: Any, length: int) -> Any:
    shape = _array(self).shape
    if isinstance(start, Tensor) and (start.dim() or start.dtype.category != _dtype.INTEGER):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    if not shape:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    dim, start = wrap_dim(dim, len(shape)), int(start)
    n = shape[dim]
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start += n if start < 0 else 0
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return _slice(self, dim, start, start + length, 1)


def slice_of(self: Any, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1) -> Any:
    if not self.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    return _slice(self, wrap_dim(dim, self.ndim), start, end, step)


@composite()
def diagonal(self: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    ndim = _array(self).ndim
    first, second = wrap_dim(dim1, ndim), wrap_dim(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _diagonal(self, offset, first, second)


@composite("linalg", name="diagonal")
def _linalg_diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    return diagonal(A, offset, dim1, dim2)


@composite()
def diag(self: Any, diagonal: int = 0) -> Any:
    if _array(self).ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {_array(self).ndim}D")
    return diag_embed(self, diagonal) if _array(self).ndim == 1 else _diag_copy(self, diagonal)


@composite()
def diag_embed(self: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    ndim = _array(self).ndim + 1
    return _diag_embed(self, offset, wrap_dim(dim1, ndim), wrap_dim(dim2, ndim))


def _diag_embed_kernel(self: ndarray, offset: int, dim1: int, dim2: int) -> ndarray:
    n = self.shape[-1] + abs(offset)
    shape = list(self.shape[:-1])
    for d in sorted((dim1, dim2)):
        shape.insert(d, n)
    out = np.zeros(shape, self.dtype)
    _strided_diagonal(out, offset, dim1, dim2)[...] = self
    return out


_diag_embed = op("_diag_embed", _diag_embed_kernel, places=(), moves=True,
                 self=lambda grad, offset, dim1, dim2: _diagonal(grad, offset, dim1, dim2))


@composite("Tensor")
def unfold(self: Any, dimension: int, size: int, step: int) -> Any:
    shape = _array(self).shape
    dimension = wrap_dim(dimension, len(shape))
    longest = shape[dimension] if shape else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > longest:
        raise RuntimeError(f"maximum size for tensor at dimension {dimension} is {longest} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return _unfold(self, dimension, size, step)


@composite()
def unbind(self: Any, dim: int = 0) -> Any:
    if not _array(self).ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return _unbind(self, wrap_dim(dim, _array(self).ndim))


@composite()
def split(self: Any, split_size: Any, dim: int = 0) -> Any:
    if not isinstance(split_size, int) and not (isinstance(split_size, Tensor) and not split_size.ndim):
        return torch.split_with_sizes(self, split_size, dim)
    split_size = int(split_size)
    shape = _array(self).shape
    if not shape:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = wrap_dim(dim, len(shape))
    if split_size < 0:
        raise RuntimeError(f"split expects split_size be non-negative, but got split_size={split_size}")
    if not split_size and shape[dim]:
        raise RuntimeError(
            f"split_size can only be 0 if dimension size is 0, but got dimension size of {shape[dim]}"
        )
    return _split(self, split_size, dim)


@composite()
def split_with_sizes(self: Any, split_sizes: Any, dim: int = 0) -> Any:
    shape = _array(self).shape
    if not shape:
        raise RuntimeError("split_with_sizes expects at least a 1-dimensional tensor")
    sizes, at = list(map(int, split_sizes)), wrap_dim(dim, len(shape))
    if any(n < 0 for n in sizes):
        raise RuntimeError(
            f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={sizes}"
        )
    if sum(sizes) != shape[at]:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {shape[at]} (input tensor's size at "
            f"dimension {dim}), but got split_sizes={sizes}"
        )
    return _split_with_sizes(self, tuple(sizes), at)


@composite()
def chunk(self: Any, chunks: int, dim: int = 0) -> Any:
    shape = _array(self).shape
    if not shape:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError("chunk expects `chunks` to be greater than 0, got: " + str(chunks))
    n = shape[wrap_dim(dim, len(shape))]
    return split(self, -(-n // int(chunks)), dim) if n else split_with_sizes(self, (0,) * chunks, dim)


@composite()
def tensor_split(self: Any, indices_or_sections: Any, dim: int = 0) -> Any:
    """Parts of nearly one size, or parts that end at the given positions: slices, each a view of its own."""
    shape, where = _array(self).shape, indices_or_sections
    if not shape:
        raise RuntimeError(
            "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims"
        )
    if isinstance(where, Tensor):
        if where.dtype is not torch.int64:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to have dtype of long, but got "
                f"{where.dtype.type_name}"
            )
        if where.dim() > 1:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional "
                f"tensor, but got a tensor with {where.dim()} dims"
            )
        where = where.tolist()
    dim = wrap_dim(dim, len(shape))
    if not isinstance(where, int):
        ends = [*where, shape[dim]]
    elif where <= 0:
        raise RuntimeError(f"number of sections must be larger than 0, got {where}")
    else:
        size, more = divmod(shape[dim], where)
        ends = [size * i + min(i, more) for i in range(1, where + 1)]
    return tuple(_slice(self, dim, start, end, 1) for start, end in zip([0, *ends], ends, strict=False))


def _splits_along(name: str, dimensions: int) -> None:
    def function(self: Any, indices_or_sections: Any) -> Any:
        shape = _array(self).shape
        if len(shape) < dimensions:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {dimensions} dimension, but got a tensor with "
                f"{len(shape)} dimensions!"
            )
        dim = (0 if len(shape) == 1 else 1) if dimensions == 1 else (0, 2)[dimensions - 2]
        sections = indices_or_sections
        if isinstance(sections, int) and (not sections or shape[dim] % sections):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {dim}, but the size of the dimension "
                f"{shape[dim]} is not divisible by the split_size {sections}!"
            )
        return tensor_split(self, sections, dim)

    composite(name=name)(function)


for _name, _dimensions in {"hsplit": 1, "vsplit": 2, "dsplit": 3}.items():
    _splits_along(_name, _dimensions)
