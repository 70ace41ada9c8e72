"""The memory below tensors: storages, and tensors that are laid over other memory in place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from ._creation import size_of
from ._op import composite
from ._tensor import (
    Tensor,
    address,
    channels_last,
    channels_last_3d,
    preserve_format,
    resized,
    storage,
    strided,
)


class UntypedStorage:
    """The bytes that tensors share."""

    def __init__(self, array: ndarray) -> None:
        self._memory = storage(array)

    def data_ptr(self) -> int:
        return address(self._memory)

    def nbytes(self) -> int:
        return self._memory.nbytes

    size = __len__ = nbytes

    def __getitem__(self, index: Any) -> Any:
        return self._memory.reshape(-1).view(np.uint8)[index].tolist()


UntypedStorage.__module__ = "torch.storage"


@composite("Tensor")
def untyped_storage(self: Tensor) -> UntypedStorage:
    return UntypedStorage(self._memory)


@composite("Tensor")
def is_set_to(self: Tensor, tensor: Tensor) -> bool:
    """Whether both show the same memory in the same way."""
    return (
        storage(self._memory) is storage(tensor._memory)
        and (self.data_ptr(), self.shape) == (tensor.data_ptr(), tensor.shape)
        and self.stride() == tensor.stride()
    )


def _lay(self: Tensor, array: ndarray) -> Tensor:
    self._array = array
    self._version_counter[0] += 1
    return self


@composite("Tensor", name="set_")
def set_(
    self: Tensor, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None
) -> Tensor:
    """Takes the memory of another tensor, or a storage; nothing at all without arguments."""
    if source is None:
        return _lay(self, np.empty(0, self._array.dtype))
    if isinstance(source, Tensor) and source.dtype is not self.dtype:
        names = {"Long": "long int", "Short": "short int", "Byte": "unsigned char"}
        has, gets = (
            names.get(t.dtype.type_name, t.dtype.type_name.lower()) for t in (self, source)
        )
        raise RuntimeError(f"Could not set tensor of type {gets} to a tensor of type {has}")
    if isinstance(source, Tensor) and size is None:
        return _lay(self, source._memory)
    memory: ndarray = source._memory
    whole = storage(memory).reshape(-1).view(np.uint8).view(self._array.dtype)
    size = whole.shape if size is None else size_of((size,))
    if stride is None:
        stride = [math.prod(size[d + 1 :]) for d in range(len(size))]
    return _lay(self, strided(whole, size, stride, storage_offset))


@composite("Tensor", name="resize_")
def resize_(self: Tensor, *size: Any, memory_format: Any = None) -> Tensor:
    """Another shape over the same memory, which grows where it has to."""
    size = size_of(size)
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if any(n < 0 for n in size):
        raise RuntimeError("numel: integer multiplication overflow")
    if memory_format is None or memory_format.rank is None:
        return _lay(self, resized(self._memory, size))
    if len(size) != memory_format.rank:
        raise RuntimeError(
            f"required rank {memory_format.rank} tensor to use {memory_format.name} format"
        )
    channels_innermost = resized(self._memory, (size[0], *size[2:], size[1]))
    return _lay(self, np.moveaxis(channels_innermost, -1, 1))


@composite("torch", "Tensor", name="resize_as_")
def resize_as_(self: Tensor, the_template: Tensor, memory_format: Any = None) -> Tensor:
    if memory_format is preserve_format:
        fitting = (f for f in (channels_last, channels_last_3d) if f.fits(the_template._memory))
        memory_format = None if the_template.is_contiguous() else next(fitting, None)
    return resize_(self, tuple(the_template.shape), memory_format=memory_format)
