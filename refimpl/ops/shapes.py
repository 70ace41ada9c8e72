"""Joins and rearrangements: operations that only move data, into new memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._creation import size_of
from .._op import (
    NOT_IMPLEMENTED,
    alias,
    composite,
    not_implemented,
    op,
    row,
    torch,
)
from .._tensor import (
    Size,
    Tensor,
    contiguous_format,
    empty_like,
    new_tensor,
    preserve_format,
    suggested_format,
)
from .parts import _diag_embed, narrow, select
from .views import _array, expand, only_tensors, reshape, unsqueeze, wrap_dim, wrap_dims

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
    formats = {suggested_format(t) for t in kept}
    memory_format = formats.pop() if len(formats) == 1 else contiguous_format
    return memory_format.lay(np.concatenate([t.astype(dtype, copy=False) for t in kept], dim))


_cat = op("cat", _joined, places=(), moves=True, tensors=_cat_grads)
_stack = op("stack", lambda tensors, dim: _joined([np.expand_dims(t, dim) for t in tensors], dim), places=(), moves=True,
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
    shapes = [_array(t).shape for t in only_tensors(tensors)]
    for at, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(shapes[0])} at entry 0 "
                f"and {list(shape)} at entry {at}"
            )
    return _stack(list(tensors), wrap_dim(dim, len(shapes[0]) + 1))


def _at_least(dimensions: int, grow: Any) -> None:
    def function(*tensors: Any) -> Any:
        if len(tensors) == 1 and isinstance(tensors[0], Tensor):
            return grown(tensors[0])
        return tuple(map(grown, only_tensors(tensors[0] if len(tensors) == 1 else tensors)))

    def grown(t: Any) -> Any:
        return t if t.ndim >= dimensions else grow(t) if t.ndim else reshape(t, (1,) * dimensions)

    composite("torch", name=f"atleast_{dimensions}d")(function)


_at_least(1, None)
_at_least(2, lambda t: unsqueeze(t, 0))
_at_least(3, lambda t: unsqueeze(unsqueeze(t, 0) if t.ndim == 1 else t, -1))


def _stacks(name: str, shaped: Any, dim: Any) -> None:
    def function(tensors: Any) -> Any:
        if not tensors:
            raise RuntimeError(f"{name} expects a non-empty TensorList")
        tensors = [shaped(t) for t in tensors]
        return cat(tensors, dim(tensors[0]))

    composite("torch", name=name)(function)


_stacks("hstack", lambda t: torch.atleast_1d(t), lambda first: 0 if first.ndim == 1 else 1)
_stacks("vstack", lambda t: torch.atleast_2d(t), lambda first: 0)
_stacks("dstack", lambda t: torch.atleast_3d(t), lambda first: 2)
_stacks("column_stack", lambda t: t if t.ndim > 1 else reshape(t, (t.numel(), 1)), lambda first: 1)
alias("row_stack", "vstack")


@composite("torch")
def block_diag(*tensors: Any) -> Any:
    """A matrix with the tensors along its diagonal; what has less than two dimensions is a row."""
    for at, t in enumerate(only_tensors(tensors)):
        if t.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {at} has {t.ndim} dimensions"
            )
    return row("block_diag")(list(tensors)) if tensors else torch.zeros(1, 0)


def _block_diag(tensors: Sequence[ndarray]) -> ndarray:
    blocks = [np.atleast_2d(t) for t in tensors]
    out = np.zeros(np.sum([b.shape for b in blocks], 0), _dtype.result_type(list(tensors), []))
    for block, (down, across) in zip(blocks, _corners([b.shape for b in blocks]), strict=True):
        out[down, across] = block
    return out


def _corners(shapes: Any) -> list[tuple[slice, slice]]:
    """The rows and columns that each block takes."""
    ends = np.cumsum(shapes, 0).tolist()
    return [(slice(e - n, e), slice(f - m, f)) for (e, f), (n, m) in zip(ends, shapes, strict=True)]


op("block_diag", _block_diag, places=(), moves=True, tensors=lambda grad, tensors_shape: [
    grad[key] if len(shape) == 2 else torch.reshape(grad[key], shape)
    for key, shape in zip(_corners([(1,) * (2 - len(s)) + tuple(s) for s in tensors_shape]), tensors_shape, strict=True)])


@composite("torch")
def cartesian_prod(*tensors: Any) -> Any:
    """Every choice of one element from each vector, a row per choice."""
    _check_vectors(*only_tensors(tensors))
    if len(tensors) == 1:
        return tensors[0]
    return stack([torch.flatten(grid) for grid in meshgrid(*tensors)], 1)


@composite("torch")
def combinations(self: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """Every choice of ``r`` elements in their order, a row per choice."""
    _check_vectors(self)
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if not r:
        return torch.empty(0, dtype=self.dtype)
    places = np.indices((self.numel(),) * r)
    kept = np.asarray((np.diff(places, axis=0) >= (0 if with_replacement else 1)).all(0))
    return stack([torch.masked_select(grid, new_tensor(kept)) for grid in meshgrid(*[self] * r)], 1)


def _check_vectors(*tensors: Tensor) -> None:
    for t in tensors:
        if t.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(t.shape)}")


op("_chunk_cat", lambda tensors, dim, num_chunks: np.concatenate(
       [_in_chunks(t, dim, num_chunks) for t in tensors], dim + 1),
   node=NOT_IMPLEMENTED, places=(), moves=True, tensors=not_implemented("_chunk_cat"))


@composite("torch")
def _chunk_cat(tensors: Any, dim: int, num_chunks: int) -> Any:
    """Each tensor in chunks, each chunk flat, and chunks of the same number side by side."""
    if not tensors:
        raise RuntimeError("_chunk_cat expects a non-empty input tensor list")
    dim = wrap_dim(dim, tensors[0].ndim)
    for refused, words in (
        (num_chunks <= 0, "positive num_chunks"),
        (len({t.dtype for t in tensors}) > 1, "all input tensors with the same dtype"),
        (not all(t.numel() for t in tensors), "non-empty tensor"),
        (len({tuple(t.shape[:dim]) for t in tensors}) > 1, "same sizes of 0,...,dim-1 dimensions for all tensors"),
    ):
        if refused:
            raise RuntimeError(f"_chunk_cat expects {words}")
    return row("_chunk_cat")(list(tensors), dim, num_chunks)


def _in_chunks(self: ndarray, dim: int, count: int) -> ndarray:
    """The tensor, filled up with zeros, as ``count`` rows."""
    shape = list(self.shape)
    shape[dim] = -(-shape[dim] // count) * count
    filled = np.zeros(shape, self.dtype)
    filled[tuple(slice(n) for n in self.shape)] = self
    return filled.reshape(*shape[:dim], count, -1)


op("repeat", lambda self, repeats: np.tile(self, repeats), places=(), moves=True,
   self=lambda grad, self_shape, repeats: _unrepeat(grad, self_shape, repeats))
op("flip", lambda self, dims: _flipped(self, dims), places=(), moves=True,
   self=lambda grad, dims: row("flip")(grad, dims))
op("roll", lambda self, shifts, dims: suggested_format(self).lay(np.roll(self, shifts, dims or None)), places=(), moves=True,
   self=lambda grad, shifts, dims: row("roll")(grad, tuple(-s for s in shifts), dims))
op("tril", lambda self, diagonal=0: _triangle("tril", self, diagonal), inplace=True, moves=True,
   self=lambda grad, diagonal: torch.tril(grad, diagonal))
op("triu", lambda self, diagonal=0: _triangle("triu", self, diagonal), inplace=True, moves=True,
   self=lambda grad, diagonal: torch.triu(grad, diagonal))
op("constant_pad_nd", lambda self, pad, value=0: _padded(self, pad, value), places=("torch",), moves=True,
   self=lambda grad, pad: torch.constant_pad_nd(grad, [-p for p in pad], 0))


op("rot90", lambda self, k, dims: _turned(self, k % 4, *dims), places=(), moves=True,
   self=lambda grad, k, dims: row("rot90")(grad, -k, dims))


def _flipped(self: ndarray, dims: Any) -> ndarray:
    out = empty_like(self)
    out[...] = np.flip(self, dims)
    return out


def _turned(self: ndarray, k: int, first: int, second: int) -> ndarray:
    if not k:
        return np.array(self, order="C")
    flipped = _flipped(self, ((), (second,), (first, second), (first,))[k])
    return flipped if k == 2 else flipped.swapaxes(first, second)


@composite()
def rot90(self: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """A quarter turn, ``k`` times, from the first towards the second of the dimensions."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if self.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {self.ndim}")
    first, second = (wrap_dim(d, self.ndim) for d in dims)
    if first == second:
        raise RuntimeError(
            f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}"
        )
    return row("rot90")(self, k, (first, second))


@composite()
def fliplr(self: Any) -> Any:
    if self.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(self, 1)


@composite()
def flipud(self: Any) -> Any:
    if not self.ndim:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(self, 0)


@composite()
def diagflat(self: Any, offset: int = 0) -> Any:
    return _diag_embed(reshape(torch.contiguous(self), (-1,)), offset, 0, 1)


def _triangle(name: str, self: ndarray, diagonal: int) -> ndarray:
    if self.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return np.asarray(getattr(np, name)(self, diagonal), order="C")


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
    if any(n + a + b < 0 for (a, b), n in zip(pairs, self.shape, strict=True)):
        raise ValueError("narrow(): length must be non-negative.")
    if all(p <= 0 for p in pad):
        return preserve_format.lay(self[kept])
    padded = np.pad(self[kept], [(max(a, 0), max(b, 0)) for a, b in pairs], constant_values=value)
    return suggested_format(self).lay(padded)


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
    shifts = tuple(map(int, shifts if isinstance(shifts, (list, tuple)) else (shifts,)))
    dims = () if dims is None else dims if isinstance(dims, (list, tuple)) else (dims,)
    count = len(dims)
    if not shifts:
        raise RuntimeError("`shifts` required")
    if count and not _array(self).ndim:
        raise IndexError(f"Dimension specified as {dims} but tensor has no dimensions")
    if len(shifts) != count and not (len(shifts) == 1 and not count):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{count}")
    return row("roll")(self, shifts, tuple(wrap_dim(d, _array(self).ndim) for d in dims))


@composite("torch")
def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    tensors = tuple(tensors[0]) if tensors and isinstance(tensors[0], (list, tuple)) else tensors
    if not tensors:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    if len({t.dtype for t in only_tensors(tensors)}) > 1:
        raise RuntimeError("meshgrid expects all tensors to have the same dtype")
    for t in tensors:
        if t.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t}")
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    places = list(range(len(tensors)))
    if indexing == "xy" and len(tensors) > 1:
        places[:2] = 1, 0
    shape = [tensors[place].numel() for place in places]
    return tuple(
        expand(t.view([t.numel() if d == place else 1 for d in range(len(shape))]), *shape)
        for t, place in zip(tensors, places, strict=True)
    )


# Questions about shapes.


@composite("torch")
def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that tensors of these shapes take together."""
    sizes = [(shape,) if isinstance(shape, int) else tuple(shape) for shape in shapes]
    common = [1] * max((len(size) for size in sizes), default=0)
    for at, size in enumerate(sizes):
        for back in range(1, len(size) + 1):
            n = size[-back]
            if n < 0:
                raise ValueError("Attempting to broadcast a dimension with negative length!")
            if n != 1 and common[-back] not in (1, n):
                raise RuntimeError(
                    f"Attempting to broadcast a dimension of length {n} at {-back}! Mismatching argument "
                    f"at index {at} had {size}; but expected shape should be broadcastable to {common}"
                )
            common[-back] = common[-back] if n == 1 else n
    return Size(common)


@composite("torch")
def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """Positions in the flattened tensor as one index per dimension."""
    if indices.dtype.category != _dtype.INTEGER:
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    size = (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
    if any(n < 0 for n in size):
        raise ValueError(f"'shape' cannot have negative values, but got {size}")
    step, found = 1, []
    for n in reversed(size):
        found.append(new_tensor(np.asarray(indices._array.astype(np.int64) // step % n)))
        step *= n
    return tuple(found[::-1])
