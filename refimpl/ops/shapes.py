"""Copies, joins and rearrangements: operations that only move data, into new memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._creation import size_of
from .._op import alias, composite, op, publish, row, torch
from .._tensor import Tensor
from .views import _array, expand, narrow, reshape, select, unsqueeze, wrap_dim, wrap_dims

# Copies.

op("clone", lambda self, memory_format=None: np.array(self, order=memory_format or "K"), moves=True,
   self=lambda grad: grad)
clone = row("clone")
op("_to_copy", lambda self, dtype: _converted(self, dtype), node="ToCopyBackward0", places=(), moves=True,
   self=lambda grad: grad)  # the engine casts


def _converted(self: ndarray, dtype: Any) -> ndarray:
    return (self.real if self.dtype.kind == "c" and dtype.kind != "c" else self).astype(dtype)


@composite()
def contiguous(self: Any, memory_format: Any = None) -> Any:
    return self if _array(self).flags.c_contiguous else clone(self, "C")


@composite("Tensor")
def to(self: Any, *args: Any, copy: bool = False, **named: Any) -> Any:
    wanted = [a for a in (*args, named.get("dtype")) if isinstance(a, (_dtype.dtype, Tensor))]
    for a in (*args, named.get("device")):
        if isinstance(a, str):
            torch.device(a)
    target = self.dtype if not wanted else getattr(wanted[0], "dtype", wanted[0])
    if target is self.dtype and not copy:
        return self
    return row("_to_copy")(self, target.numpy)


def _conversion(target: _dtype.dtype) -> Any:
    return lambda self: to(self, target)


for _name, _target in {
    "bool": "bool", "byte": "uint8", "char": "int8", "short": "int16", "int": "int32", "long": "int64",
    "half": "float16", "bfloat16": "bfloat16", "float": "float32", "double": "float64",
    "cfloat": "complex64", "cdouble": "complex128",
}.items():
    publish(_name, _conversion(_dtype.names[_target]), ("Tensor",))


def _type_as(self: Tensor, other: Tensor) -> Tensor:
    return to(self, other.dtype)


publish("type_as", _type_as, ("Tensor",))

# Joining and rearranging.


def zeros_like_of(grad: Any, shape: Any) -> Any:
    """Zeros of another shape, in the dtype and kind of the gradient."""
    return torch.zeros(shape, dtype=grad.dtype) if isinstance(grad, Tensor) else np.zeros(shape, grad.dtype)


def _cat_grads(grad: Any, tensors_shape: Any, dim: int) -> list[Any]:
    sizes = [shape[dim] if shape != (0,) else 0 for shape in tensors_shape]
    ends = np.cumsum(sizes).tolist()
    # An empty 1-d tensor joins anything, and gets an empty gradient.
    return [
        narrow(grad, dim, end - size, size) if shape != (0,) else zeros_like_of(grad, shape)
        for shape, size, end in zip(tensors_shape, sizes, ends, strict=True)
    ]


def _joined(tensors: Sequence[ndarray], dim: int) -> ndarray:
    dtype = _dtype.result_type(list(tensors), [])
    kept = [t for t in tensors if t.shape != (0,)] or tensors
    return np.concatenate([t.astype(dtype, copy=False) for t in kept], dim)


_cat = op("cat", _joined, places=(), moves=True, tensors=_cat_grads)
_stack = op("stack", lambda tensors, dim: np.stack(
                [t.astype(_dtype.result_type(list(tensors), []), copy=False) for t in tensors], dim),
            places=(), moves=True,
            tensors=lambda grad, tensors_shape, dim: [select(grad, dim, i) for i in range(len(tensors_shape))])


@composite("torch")
def cat(tensors: Any, dim: int = 0) -> Any:
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    shapes = [_array(t).shape for t in tensors]
    if any(not shape for shape in shapes):
        at = next(i for i, shape in enumerate(shapes) if not shape)
        raise RuntimeError(f"zero-dimensional tensor (at position {at}) cannot be concatenated")
    first = next((shape for shape in shapes if shape != (0,)), shapes[0])
    dim = wrap_dim(dim, len(first))
    for number, shape in enumerate(shapes):
        if shape == (0,):
            continue
        if len(shape) != len(first):
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {len(first)} and {len(shape)}"
            )
        for d, (n, m) in enumerate(zip(first, shape, strict=True)):
            if n != m and d != dim:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {dim}. Expected size {n} but got "
                    f"size {m} for tensor number {number} in the list."
                )
    return _cat(list(tensors), dim)


alias("concat", "cat")
alias("concatenate", "cat")


@composite("torch")
def stack(tensors: Any, dim: int = 0) -> Any:
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    shapes = [_array(t).shape for t in tensors]
    for at, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shapes[0])} at entry 0 "
                f"and {list(shape)} at entry {at}"
            )
    return _stack(list(tensors), wrap_dim(dim, len(shapes[0]) + 1))


@composite("torch")
def atleast_1d(self: Any, *more: Any) -> Any:
    if more or isinstance(self, (list, tuple)):
        return tuple(map(atleast_1d, (self, *more) if more else self))
    return self if _array(self).ndim else reshape(self, (1,))


@composite("torch")
def hstack(tensors: Any) -> Any:
    tensors = [atleast_1d(t) for t in tensors]
    return cat(tensors, 0 if tensors[0].dim() == 1 else 1)


@composite("torch")
def vstack(tensors: Any) -> Any:
    return cat([unsqueeze(atleast_1d(t), 0) if t.dim() < 2 else t for t in tensors], 0)


op("repeat", lambda self, repeats: np.tile(self, repeats), places=(), moves=True,
   self=lambda grad, self_shape, repeats: _unrepeat(grad, self_shape, repeats))
op("flip", lambda self, dims: np.ascontiguousarray(np.flip(self, dims)), places=(), moves=True,
   self=lambda grad, dims: row("flip")(grad, dims))
op("roll", lambda self, shifts, dims: np.roll(self, shifts, dims or None), places=(), moves=True,
   self=lambda grad, shifts, dims: row("roll")(grad, tuple(-s for s in shifts), dims))
op("tril", lambda self, diagonal=0: _triangle("tril", self, diagonal), inplace=True, moves=True,
   self=lambda grad, diagonal: torch.tril(grad, diagonal))
op("triu", lambda self, diagonal=0: _triangle("triu", self, diagonal), inplace=True, moves=True,
   self=lambda grad, diagonal: torch.triu(grad, diagonal))
op("constant_pad_nd", lambda self, pad, value=0: _padded(self, pad, value), places=("torch",), moves=True,
   self=lambda grad, pad: torch.constant_pad_nd(grad, [-p for p in pad], 0))


def _triangle(name: str, self: ndarray, diagonal: int) -> ndarray:
    if self.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return getattr(np, name)(self, diagonal)


def _unrepeat(grad: Any, shape: Any, repeats: Any) -> Any:
    if 0 in repeats:
        return zeros_like_of(grad, shape)
    lead = len(repeats) - len(shape)
    parts = [n for pair in zip(repeats[lead:], shape, strict=True) for n in pair]
    folded = reshape(grad, (*repeats[:lead], *parts))
    return torch.sum(folded, [*range(lead), *range(lead, lead + len(parts), 2)])


def _padded(self: ndarray, pad: Any, value: Any) -> ndarray:
    pairs = [(0, 0)] * (self.ndim - len(pad) // 2) + list(zip(pad[::2], pad[1::2], strict=True))[::-1]
    kept = tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(pairs, self.shape, strict=True))
    return np.pad(self[kept], [(max(a, 0), max(b, 0)) for a, b in pairs], constant_values=value)


@composite("Tensor")
def repeat(self: Any, *repeats: Any) -> Any:
    repeats = size_of(repeats)
    if len(repeats) < _array(self).ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor"
        )
    return row("repeat")(self, repeats)


@composite()
def tile(self: Any, *dims: Any, **named: Any) -> Any:
    dims = size_of(dims or (named["dims"],))
    return repeat(self, (1,) * (_array(self).ndim - len(dims)) + dims)


@composite()
def flip(self: Any, *dims: Any, **named: Any) -> Any:
    dims = size_of(dims or (named["dims"],))
    return row("flip")(self, wrap_dims(list(dims), _array(self).ndim) if dims else ())


@composite()
def roll(self: Any, shifts: Any, dims: Any = None) -> Any:
    shifts = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    return row("roll")(self, shifts, () if dims is None else wrap_dims(dims, _array(self).ndim))


@composite("torch")
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    tensors = tuple(tensors[0]) if isinstance(tensors[0], (list, tuple)) else tensors
    places = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        places[:2] = 1, 0
    shape = [tensors[place].numel() for place in places]
    return tuple(
        expand(t.view([t.numel() if d == place else 1 for d in range(len(shape))]), *shape)
        for t, place in zip(tensors, places, strict=True)
    )
