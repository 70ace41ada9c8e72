"""Copies and conversions, and the views' twins that copy."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._op import composite, namespace, op, publish, row, torch
from .._tensor import (
    MemoryFormat,
    Tensor,
    contiguous_format,
    empty_like,
    new_tensor,
    preserve_format,
    suggested_format,
)
from . import complex, strides  # noqa: F401 - their views have twins too
from .parts import _parts, narrow, slice_of, split, split_with_sizes
from .refusals import real_gradients
from .views import _alias, read_size, reshape, without_imaginary, wrap_dim

# Copies.

op("clone", lambda self, memory_format=preserve_format: memory_format.lay(self), moves=True, self=lambda grad: grad)
clone = row("clone")
op("_to_copy", lambda self, dtype, memory_format=preserve_format: _converted(self, dtype, memory_format),
   node="ToCopyBackward0", places=(), moves=True, self=lambda grad: grad)  # the engine casts


def _converted(self: ndarray, dtype: Any, memory_format: MemoryFormat) -> ndarray:
    values = without_imaginary(self, dtype)
    if memory_format is not preserve_format:
        return memory_format.lay(values.astype(dtype))
    out = empty_like(self, dtype)
    np.copyto(out, values, casting="unsafe")
    return out


@composite()
def contiguous(self: Any, memory_format: MemoryFormat = contiguous_format) -> Any:
    return self if memory_format.fits(self._memory) else clone(self, memory_format)


@composite("Tensor")
def to(self: Any, *args: Any, copy: bool = False, memory_format: MemoryFormat = preserve_format, **named: Any) -> Any:
    wanted = [a for a in (*args, named.get("dtype")) if isinstance(a, (_dtype.dtype, Tensor))]
    for a in (*args, named.get("device")):
        if isinstance(a, str):
            torch.device(a)
    copy = copy or [a for a in args if isinstance(a, bool)][1:2] == [True]  # after non_blocking
    target = self.dtype if not wanted else getattr(wanted[0], "dtype", wanted[0])
    if target is self.dtype and not copy and memory_format in (preserve_format, suggested_format(self._memory)):
        return self
    return row("_to_copy")(self, target.numpy, memory_format)


def _conversion(target: _dtype.dtype) -> Any:
    return lambda self, memory_format=preserve_format: to(self, target, memory_format=memory_format)


for _name, _target in {
    "bool": "bool", "byte": "uint8", "char": "int8", "short": "int16", "int": "int32", "long": "int64",
    "half": "float16", "bfloat16": "bfloat16", "float": "float32", "double": "float64",
    "cfloat": "complex64", "cdouble": "complex128",
}.items():
    publish(_name, _conversion(_dtype.names[_target]), ("Tensor",))


def _chalf(self: Tensor, memory_format: MemoryFormat = preserve_format) -> Tensor:
    raise RuntimeError("complex32: NumPy has no such dtype")


publish("chalf", _chalf, ("Tensor",))


def _cpu(self: Tensor, memory_format: MemoryFormat = preserve_format) -> Tensor:
    return to(self, memory_format=memory_format)


publish("cpu", _cpu, ("Tensor",))


def _type_as(self: Tensor, other: Tensor) -> Tensor:
    return to(self, other.dtype)


publish("type_as", _type_as, ("Tensor",))


# The views' twins that copy: the same derivative, in a node named after it.


def _copying(name: str, shows: Any) -> None:
    def function(self: Any, *args: Any, **kwargs: Any) -> Any:
        shown = shows(self, *args, **kwargs)
        if name in ("select", "slice", "view_as_complex"):
            real_gradients(name + "_copy", self)
        if not isinstance(shown, tuple):
            return _detached_copy(shown)
        return tuple(map(_detached_copy, shown))

    composite("torch", name=name + "_copy")(function)


def _detached_copy(view: Tensor) -> Tensor:
    """What a view shows, in memory of its own."""
    copied = new_tensor(np.array(view._array, order="C"))
    copied._tangents = view._tangents
    if view.grad_fn is not None:
        node = view.grad_fn
        if not node.name().endswith("_copy"):
            node.__class__ = type(node.name() + "_copy", (type(node),), {})
        copied._requires_grad, copied._grad_fn, copied._output_nr = True, node, view._output_nr
    return copied


for _name in ("as_strided", "diagonal", "expand", "permute", "select", "split", "split_with_sizes", "squeeze", "t",
              "transpose", "unbind", "unfold", "unsqueeze", "view_as_complex", "view_as_real"):
    _copying(_name, namespace.get(_name) or getattr(Tensor, _name))
op("_view_copy", lambda self, size: np.array(self, order="C").reshape(size), node="ViewBackward0_copy", places=(), moves=True,
   self=lambda grad, self_shape: reshape(grad, self_shape))


@composite("torch")
def view_copy(self: Any, size: Any) -> Any:
    return clone(self.view(size)) if isinstance(size, _dtype.dtype) else row("_view_copy")(self, read_size(size, self.numel()))


_copying("alias", _alias)
_copying("slice", slice_of)
op("narrow_copy", lambda self, dim, start, length:
       np.array(self[(slice(None),) * dim + (slice(start, start + length),)], order="C"), places=(), moves=True,
   self=lambda grad, self_shape, dim, start, length: row("slice_backward")(grad, self_shape, dim, start, start + length, 1))


@composite()
def narrow_copy(self: Any, dim: int, start: int, length: int) -> Any:
    if dim >= self.ndim:
        raise RuntimeError("narrow_copy(): Expected dim < self.dim() to be true, but got false.")
    narrow(self.detach(), dim, start, length)  # refuses what narrow refuses
    dim = wrap_dim(dim, self.ndim)
    return row("narrow_copy")(self, dim, start % max(self.shape[dim], 1) if start < 0 else start, length)


# Parts that share memory but no history, so that each may be written to.

for _name in ("unsafe_split", "unsafe_split_with_sizes"):
    op(_name, lambda self, sizes, dim: _parts(self, sizes, dim), places=(), moves=True,
       self=lambda grads, dim: torch.cat(grads, dim))


@composite()
def unsafe_split(self: Any, split_size: int, dim: int = 0) -> Any:
    split(self.detach(), split_size, dim)  # refuses what split refuses
    return row("unsafe_split")(self, split_size, wrap_dim(dim, self.ndim))


@composite()
def unsafe_split_with_sizes(self: Any, split_sizes: Any, dim: int = 0) -> Any:
    split_with_sizes(self.detach(), split_sizes, dim)
    return row("unsafe_split_with_sizes")(self, tuple(split_sizes), wrap_dim(dim, self.ndim))


@composite()
def unsafe_chunk(self: Any, chunks: int, dim: int = 0) -> Any:
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = self.shape[wrap_dim(dim, self.ndim)]
    return unsafe_split(self, -(-n // chunks), dim) if n else unsafe_split_with_sizes(self, (0,) * chunks, dim)
