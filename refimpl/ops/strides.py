"""Views of a tensor's memory with any sizes and strides."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .._inplace import check_memory
from .._op import composite, op, row, torch, view
from .._tensor import Tensor, element_offset, new_tensor, preserve_format, storage
from .._tensor import strided as _strided
from .parts import _add_flat, _take_flat
from .views import _array


def _strided_grad(grad: Any, shape: Any, geometry: Any, size: Any, stride: Any, offset: int) -> Any:
    """The gradient laid into the memory that both share, and read where the original is.

    Where several elements of the original are one place in memory, they share its gradient."""
    strides, origin = geometry
    start = min(origin, offset)
    spans = [o - start + 1 + sum((n - 1) * s for n, s in zip(sizes, steps, strict=True))
             for o, sizes, steps in ((origin, shape, strides), (offset, size, stride)) if 0 not in sizes]
    memory = np.arange(max(spans, default=0))
    read = _strided(memory, shape, strides, origin - start)
    laid = _add_flat(grad, memory.shape, _strided(memory, size, stride, offset - start))
    counts = np.bincount(read.reshape(-1), minlength=memory.size)
    if counts.max(initial=0) > 1:
        divisor = np.maximum(counts, 1).astype(_array(grad).real.dtype)
        laid = laid / (new_tensor(divisor) if isinstance(grad, Tensor) else divisor)
    return _take_flat(laid, read)


_as_strided = view("as_strided", lambda self, geometry, size, stride, storage_offset:
                       _strided(self, size, stride, storage_offset), places=(),
                   self=lambda grad, self_shape, geometry, size, stride, storage_offset:
                       _strided_grad(grad, self_shape, geometry, size, stride, storage_offset))


@composite()
def as_strided(self: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A view of the tensor's memory with any geometry, counted in elements from its beginning."""
    if not isinstance(self, Tensor):
        return _strided(np.ascontiguousarray(self), size, stride, storage_offset or 0)
    origin = self.storage_offset()
    offset = origin if storage_offset is None else storage_offset
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(s < 0 for s in stride):
        raise RuntimeError(
            f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}"
        )
    if any(n < 0 for n in size):
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}"
        )
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    needed = 1 + offset + sum((n - 1) * s for n, s in zip(size, stride, strict=True))
    held = storage(self._memory)
    if math.prod(size) and needed > held.nbytes // self._memory.itemsize:
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset}, and itemsize "
            f"{self._memory.itemsize} requiring a storage size of {needed * self._memory.itemsize} are out of bounds for "
            f"storage of size {held.nbytes}"
        )
    return _as_strided(self, (self.stride(), origin), tuple(size), tuple(stride), offset)


def copy_in_memory(self: ndarray) -> ndarray:
    """A copy of all the memory, which lies as it did; where elements overlap, a usual copy."""
    if 0 in self.strides and self.size > 1:
        return preserve_format.lay(self)
    whole = storage(self).ravel(order="K").copy()
    return _strided(whole, self.shape, [s // self.itemsize for s in self.strides], element_offset(self))


def _scatter_strided(self: ndarray, src: ndarray, size: Any, stride: Any, storage_offset: int | None = None) -> ndarray:
    out = copy_in_memory(self)
    _strided(out, size, stride, element_offset(out) if storage_offset is None else storage_offset)[...] = src
    return out


op("as_strided_scatter", _scatter_strided, places=(), moves=True,
   self=lambda grad, src_shape, size, stride, storage_offset: row("as_strided_scatter")(
       grad, torch.zeros_like(torch.as_strided(grad, size, stride, storage_offset)), size, stride, storage_offset),
   src=lambda grad, size, stride, storage_offset: torch.as_strided(grad, size, stride, storage_offset))


@composite()
def as_strided_scatter(self: Tensor, src: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    if self.requires_grad and not self.is_contiguous():
        raise RuntimeError("as_strided_scatter is currently only supported for contiguous inputs")
    place = torch.as_strided(self.detach(), size, stride, storage_offset)  # refuses what as_strided refuses
    check_memory("copy", place, ())
    if place.shape != src.shape:
        raise RuntimeError(
            "expected src to have a size equal to the slice of self. "
            f"src size = {list(src.shape)}, slice size = {list(place.shape)}"
        )
    return row("as_strided_scatter")(self, src, tuple(size), tuple(stride), storage_offset)
