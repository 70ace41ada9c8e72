"""Where something is, what lies where: searching, counting; all of it by index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy import ndarray

from .._dtype import BOOL, COMPLEX, I64, of_numpy, result_type
from .._op import composite, publish, row, torch
from .._tensor import Tensor, contiguous_format, new_tensor
from .extremes import _need_dim, _not_empty
from .refusals import refuse
from .scattering import index_select
from .views import _array, _view, expand, wrap_dim, wrap_dims

# Where something is: no gradients.


@composite()
def nonzero(self: Any, *, as_tuple: bool = False) -> Any:
    """One row of indices per element that is not zero; or one vector per dimension."""
    found = np.nonzero(self._array) if self.ndim else (np.zeros(int(self._array != 0), I64),)
    if as_tuple:
        return tuple(new_tensor(np.ascontiguousarray(i)) for i in found)
    rows = np.stack(found) if self.ndim else np.zeros((0, len(found[0])), I64)
    return new_tensor(rows.T)  # a dimension's indices lie together


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


@composite("torch")
def searchsorted(sorted_sequence: Any, self: Any, *, out_int32: bool = False, right: bool = False,
                 side: str | None = None, sorter: Any = None) -> Any:  # fmt: skip
    """Where values would be inserted to keep the last dimension sorted."""
    ordered, values = sorted_sequence._array, _array(self)
    for refused, words in (
        (side not in (None, "left", "right"), f"side can only be 'left' or 'right' but got {side}"),
        (side == "left" and right, "side and right can't be set to opposites, got side of left while right was True"),
        (not ordered.ndim, "boundaries tensor should have positive dimension, but got 0 dimension"),
        (not values.ndim and ordered.ndim != 1,
         "input value can be a scalar only when boundaries tensor dimension is 1, but we got boundaries tensor "
         f"dim({ordered.ndim}) and input value's dim(0) numel(1)"),
        (ordered.ndim != 1 and ordered.shape[:-1] != values.shape[:-1],
         "boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value "
         f"tensor must match, but we got boundaries tensor {list(ordered.shape)} and input value tensor "
         f"{list(values.shape)}"),
        (sorter is not None and sorter._array.shape != ordered.shape,
         f"boundary and sorter must have the same size, but got boundary tensor {list(ordered.shape)}and got sorter "
         f"tensor {sorter is not None and list(sorter.shape)}"),
        (sorter is not None and sorter._array.dtype != I64,
         f"sorter must be a tensor of long dtype but got dtype {sorter is not None and sorter.dtype.type_name}"),
        (sorter is not None and ((sorter._array < 0) | (sorter._array >= ordered.shape[-1])).any(),
         "sorter index out of range"),
    ):  # fmt: skip
        if refused:
            raise RuntimeError(f"torch.searchsorted(): {words}")
    both = [_array(v) for v in (sorted_sequence, self) if isinstance(v, Tensor)]
    dtype = result_type(both, [] if isinstance(self, Tensor) else [self])
    refuse(sorted_sequence, "searchsorted_out_cpu", "bc")
    if sorter is not None:
        ordered = np.take_along_axis(ordered, sorter._array, -1)
    after = np.greater if right or side == "right" else np.greater_equal
    found = _bisected(ordered.astype(dtype), values.astype(dtype), after)
    return new_tensor(found.astype(np.int32 if out_int32 else I64))


def _bisected(ordered: ndarray, values: ndarray, after: Any) -> ndarray:
    """How many of the ordered are not ``after`` each value, by halving; nothing is after nan, and nan after nothing."""
    low, high = np.zeros(values.shape, I64), np.full(values.shape, ordered.shape[-1])
    while (low < high).any():
        middle = np.where(low < high, (low + high) // 2, 0)
        probed = ordered[middle] if ordered.ndim == 1 else np.take_along_axis(ordered, middle, -1)
        stops, open_ = after(probed, values), low < high
        low, high = np.where(open_ & ~stops, middle + 1, low), np.where(open_ & stops, middle, high)
    return low


@composite("torch")
def bucketize(self: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
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
def repeat_interleave(self: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None) -> Any:
    """Each element ``repeats`` times in a row; of numbers of repetitions alone, the positions."""
    if repeats is None:
        return new_tensor(_repeated(self, output_size))
    if dim is None:
        self, dim = torch.flatten(self), 0
    if isinstance(repeats, Tensor):
        if repeats.ndim > 1:
            raise RuntimeError("repeats must be 0-dim or 1-dim tensor")
        dim = _dimension(dim, self)
        if repeats.numel() == 1:
            repeats = expand(repeats.reshape(1), self.shape[dim])
        if repeats.shape[0] != self.shape[dim]:
            raise RuntimeError(
                "repeats must have the same size as input along dim, but got repeats.size(0) = "
                f"{repeats.shape[0]} and input.size({dim}) = {self.shape[dim]}"
            )
        return index_select(self, dim, new_tensor(_repeated(repeats, output_size)))
    if repeats < 0:
        raise RuntimeError("Repeats must be non-negative")
    wide = torch.unsqueeze(self, (dim if dim < 0 else dim + 1))
    dim = wrap_dim(dim, self.ndim)
    if output_size not in (None, self.shape[dim] * repeats):
        raise RuntimeError(
            f"repeat_interleave: Invalid output_size, expected {self.shape[dim] * repeats} but got {output_size}"
        )
    wide = row("clone")(expand(wide, *wide.shape[: dim + 1], repeats, *wide.shape[dim + 2 :]), contiguous_format)
    return _view(wide, (*self.shape[:dim], self.shape[dim] * repeats, *self.shape[dim + 1 :]))


def _dimension(dim: int, self: Tensor) -> int:
    """As ``wrap_dim``, but a tensor without dimensions has none."""
    if not self.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, self.ndim)


def _repeated(repeats: Tensor, output_size: int | None) -> ndarray:
    """Each position as often as ``repeats`` says."""
    if repeats.ndim != 1:
        raise RuntimeError("repeat_interleave only accept 1D vector as repeat")
    if repeats._array.dtype not in (I64, np.int32):
        raise NotImplementedError(f"\"repeat_interleave_cpu\" not implemented for '{repeats.dtype.type_name}'")
    if (repeats._array < 0).any():
        raise RuntimeError("repeats can not be negative")
    if output_size not in (None, int(repeats._array.sum())):
        raise RuntimeError("allocated size does not match required size")
    return np.repeat(np.arange(repeats.numel(), dtype=repeats._array.dtype), repeats._array)


@composite("torch")
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Any:
    for given in (elements, test_elements):
        kind = of_numpy[_array(given).dtype]
        if kind.category in (BOOL, COMPLEX):
            raise RuntimeError(f"Unsupported input type encountered for isin(): {kind.type_name}")
    return new_tensor(np.asarray(np.isin(_array(elements), _array(test_elements), invert=invert)))


@composite()
def hash_tensor(self: Any, dim: Any = (), *, keepdim: bool = False, mode: int = 0) -> Any:
    """All bits of what is reduced, as 64-bit numbers, combined by exclusive or."""
    if mode:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    dims = wrap_dims(dim, self.ndim)
    if len(dims) == self.ndim:
        _need_dim("hash_tensor", self)
    _not_empty("hash_tensor", self, dims or (0,))
    refuse(self, "xor_sum_cpu", "c")
    array = self._array
    xor: Any = np.bitwise_xor
    wide = array.astype(np.float64 if self.is_floating_point() else I64).view(np.uint64)
    return new_tensor(np.asarray(xor.reduce(wide, dims, keepdims=keepdim)))


@composite()
def bincount(self: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number occurs, or the sum of its weights: in double, but for floats."""
    refuse(self, "bincount_cpu", "bcfV")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if self.ndim == 1 and not self.numel():
        return torch.zeros(minlength, dtype=torch.int64)
    if self.ndim != 1 or self._array.min() < 0:
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if weights is None:
        return new_tensor(np.bincount(self._array, None, minlength))
    if weights.shape != self.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    dtype = np.float32 if weights._array.dtype == np.float32 else np.float64
    return new_tensor(np.bincount(self._array, weights._array.astype(np.float64), minlength).astype(dtype))
