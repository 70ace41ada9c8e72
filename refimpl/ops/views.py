"""Views of all of a tensor: other sizes, another order of the dimensions. Views are NumPy views."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._call import broadcast_error
from .._creation import size_of
from .._engine import sum_to
from .._op import alias, composite, op, torch, view
from .._tensor import Tensor, storage


def wrap_dim(dim: int, ndim: int) -> int:
    """A dimension counted from the front; 0-d tensors have dimension 0 (and -1) too."""
    n = max(ndim, 1)
    if not -n <= dim < n:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return int(dim) % n


def only_tensors(values: Any) -> Any:
    """The values, all of which have to be tensors (or arrays, in formulas)."""
    for at, value in enumerate(values):
        if not isinstance(value, (Tensor, ndarray, np.generic)):
            raise TypeError(f"expected Tensor as element {at} in argument 0, but got {type(value).__name__}")
    return values


def wrap_dims(dim: Any, ndim: int) -> tuple[int, ...]:
    """One dimension or several; None or an empty list mean all."""
    if dim is None or (isinstance(dim, (list, tuple)) and not dim):
        return tuple(range(ndim))
    dims = [wrap_dim(d, ndim) for d in (dim if isinstance(dim, (list, tuple)) else (dim,))]
    for d in dims:
        if dims.count(d) > 1:
            raise RuntimeError(f"dim {d} appears multiple times in the list of dims")
    return tuple(dims) if ndim else ()


# Views.


def _viewed(self: ndarray, shape: Any) -> ndarray:
    try:
        return np.reshape(self, shape, copy=False)
    except ValueError:
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension "
            "spans across two contiguous subspaces). Use .reshape(...) instead."
        ) from None


def _squeezed(self: ndarray, dims: Any) -> ndarray:
    return np.squeeze(self, tuple(d for d in dims if self.ndim and self.shape[d] == 1))


def _expand_kernel(self: ndarray, shape: Any) -> ndarray:
    if not self.ndim and self.dtype.kind != "V":
        return ndarray(shape, self.dtype, self, 0, (0,) * len(shape))  # a tenth of as_strided's time
    lead = len(shape) - self.ndim
    strides = (0,) * lead + tuple(
        0 if n == 1 and m != 1 else s
        for n, m, s in zip(self.shape, shape[lead:], self.strides, strict=True)
    )
    return np.lib.stride_tricks.as_strided(self, shape, strides)


def _with_one(self: ndarray, dim: int) -> ndarray:
    """With a further dimension, whose stride is PyTorch's: that of one more line."""
    step = self.shape[dim] * self.strides[dim] if dim < self.ndim else self.itemsize
    shape, strides = ((*of[:dim], new, *of[dim:]) for of, new in ((self.shape, 1), (self.strides, step)))
    return np.lib.stride_tricks.as_strided(self, shape, strides)


def _as_shape(grad: Any, self_shape: Any) -> Any:
    return torch.reshape(grad, self_shape)


def _unsqueezed(grad: Any, self_shape: Any, dims: Any) -> Any:
    if isinstance(grad, ndarray):
        return grad.reshape(self_shape)
    for dim in sorted(d for d in dims if self_shape[d] == 1):
        grad = _unsqueeze(grad, dim)
    return grad


_view = view("_view", _viewed, places=(), node="ViewBackward0", self=_as_shape)
_unsafe_view = op("_unsafe_view", lambda self, shape: self.reshape(shape), places=(), moves=True,
                  self=_as_shape)
_reshape_alias = view("_reshape_alias", _viewed, places=(), self=_as_shape)
_alias = view("_alias", lambda self: self[...], places=(), self=lambda grad: grad)
_expand = view("_expand", _expand_kernel, places=(), self=lambda grad, self_shape: sum_to_size(grad, self_shape))
_permute = view("_permute", lambda self, dims: self.transpose(dims), places=(),
                self=lambda grad, dims: _permute(grad, tuple(np.argsort(dims).tolist())))
_transpose = view("_transpose", lambda self, dim0, dim1: self.swapaxes(dim0, dim1) if self.ndim else self[...],
                  places=(), self=lambda grad, dim0, dim1: _transpose(grad, dim0, dim1))
_t = view("_t", lambda self: self.T, places=(), self=lambda grad: _t(grad))
_unsqueeze = view("_unsqueeze", lambda self, dim: _with_one(self, dim), places=(),
                  self=lambda grad, dim: _squeezed(grad, (dim,)) if isinstance(grad, ndarray) else _squeeze_dim(grad, (dim,)))
_squeeze_all = view("_squeeze_all", _squeezed, places=(), node="SqueezeBackward0", self=_unsqueezed)
_squeeze_dim = view("_squeeze_dim", _squeezed, places=(), node="SqueezeBackward1", self=_unsqueezed)
_squeeze_dims = view("_squeeze_dims", _squeezed, places=(), node="SqueezeBackward2", self=_unsqueezed)
_squeeze_multiple = view("_squeeze_multiple", _squeezed, places=(), node="SqueezeBackward4", self=_unsqueezed)


# The functions that users call: they read sizes and dimensions, then take a view.


def read_size(shape: Any, count: int) -> tuple[int, ...]:
    """Fills in the one -1 of a shape for ``count`` elements."""
    shape = size_of(shape)
    for position, n in enumerate(shape):
        if n < -1:
            raise RuntimeError(f"invalid shape dimension {n} at index {position} of shape {list(shape)}")
    known = math.prod(n for n in shape if n != -1)
    if shape.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if -1 in shape:
        if not known:
            raise RuntimeError(
                f"cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified "
                "dimension size -1 can be any value and is ambiguous"
            )
        if count % known == 0:
            return tuple(count // known if n == -1 else n for n in shape)
    if known != count or -1 in shape:
        raise RuntimeError(f"shape '{list(shape)}' is invalid for input of size {count}")
    return shape


@composite("Tensor", name="view")
def view_(self: Any, *shape: Any, **named: Any) -> Any:
    shape = shape or tuple(named.values())
    if shape and isinstance(shape[0], _dtype.dtype):
        return _reinterpreted(self, shape[0])
    return _view(self, read_size(shape, _array(self).size))


def _reinterpreted(self: Tensor, dtype: _dtype.dtype) -> Tensor:
    """The same bytes as another dtype: not a view to autograd, which sees through no bits."""
    for bit in ("conjugate view tensors", "tensors with negative bit set"):
        if dtype is not self.dtype and (self.is_neg() if "neg" in bit else self.is_conj()):
            raise RuntimeError(
                f"torch.Tensor.view is not supported for {bit} when converting to a different dtype."
            )
    memory = self._memory
    old, new = memory.itemsize, dtype.itemsize
    how = f"to view {self.dtype.type_name} as {dtype.type_name} (different element sizes)"
    if old != new and not memory.ndim:
        raise RuntimeError(f"self.dim() cannot be 0 {how}")
    if old != new and self.stride(-1) != 1:
        raise RuntimeError(f"self.stride(-1) must be 1 {how}, but got {self.stride(-1)}")
    shape, strides, offset = list(memory.shape), list(self.stride()), self.storage_offset()
    if new > old:
        parts = [("size(-1)", shape[-1]), ("storage_offset()", offset)]
        parts += [(f"stride({d})", s) for d, s in enumerate(strides[:-1])]
        for name, value in parts:
            if value % (new // old):
                raise RuntimeError(f"self.{name} must be divisible by {new // old} {how}, but got {value}")
    if old != new:
        shape[-1] = shape[-1] * old // new
        strides = [s * old // new for s in strides[:-1]] + [1]
    whole = storage(memory).reshape(-1).view(np.uint8)
    itself = ndarray(tuple(shape), dtype.numpy, whole, offset * old, [s * new for s in strides])
    t = self.detach()
    t._array = itself
    return t


def without_imaginary(array: ndarray, dtype: Any) -> ndarray:
    """What is left of complex numbers in a dtype that is not complex; bools ask for zero alone."""
    if array.dtype.kind != "c" or dtype.kind in "cb":
        return array
    warnings.warn("Casting complex values to real discards the imaginary part", UserWarning, stacklevel=2)
    return array.real


def _array(t: Any) -> ndarray:
    return t._array if isinstance(t, Tensor) else np.asarray(t)


@composite()
def reshape(self: Any, *shape: Any, **named: Any) -> Any:
    array = self._memory if isinstance(self, Tensor) else _array(self)
    size = read_size(shape or (named["shape"],), array.size)
    try:
        np.reshape(array, size, copy=False)
    except ValueError:
        return _unsafe_view(torch.clone(self), size)
    return (_view if array.flags.c_contiguous else _reshape_alias)(self, size)


@composite()
def flatten(self: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    shape = _array(self).shape
    start, end = wrap_dim(start_dim, len(shape)), wrap_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if not shape:
        return reshape(self, (1,))
    if start == end:
        return self
    return reshape(self, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


@composite()
def ravel(self: Any) -> Any:
    return reshape(torch.contiguous(self), (-1,))


@composite()
def unflatten(self: Any, dim: int, sizes: Any) -> Any:
    shape = self.shape
    if not sizes:
        raise RuntimeError("unflatten: sizes must be non-empty")
    if not isinstance(sizes, (list, tuple)):
        raise TypeError(f"unflatten(): argument 'sizes' (position 2) must be tuple of ints, not {type(sizes).__name__}")
    dim = wrap_dim(dim, len(shape))
    if not shape:
        raise RuntimeError(f"unflatten got an unexpected error:\nDimension specified as {dim} but tensor has no dimensions")
    try:
        sizes = read_size((sizes,), shape[dim])
    except RuntimeError as error:
        if "invalid for input" not in str(error):
            raise
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} "
            f"({shape[dim]}) in the input tensor"
        ) from None
    return _view(self, (*shape[:dim], *sizes, *shape[dim + 1 :]))


@composite("Tensor")
def view_as(self: Tensor, other: Tensor) -> Tensor:
    return _view(self, read_size((tuple(other.shape),), self.numel()))


@composite("Tensor")
def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    return reshape(self, tuple(other.shape))


@composite()
def transpose(self: Any, dim0: int, dim1: int) -> Any:
    ndim = _array(self).ndim
    return _transpose(self, wrap_dim(dim0, ndim), wrap_dim(dim1, ndim))


alias("swapaxes", "transpose")
alias("swapdims", "transpose")


@composite()
def t(self: Any) -> Any:
    if _array(self).ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {_array(self).ndim}D")
    return _t(self)


@composite()
def permute(self: Any, *dims: Any, **named: Any) -> Any:
    dims = size_of(dims or (named["dims"],))
    ndim = _array(self).ndim
    if len(dims) != ndim:
        raise RuntimeError(
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of "
            f"the desired ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(dims)}"
        )
    wrapped = tuple(wrap_dim(d, ndim) for d in dims)
    if len(set(wrapped)) < ndim:
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permute(self, wrapped)


@composite()
def movedim(self: Any, source: Any, destination: Any) -> Any:
    ndim = _array(self).ndim
    source, destination = (tuple(d) if isinstance(d, (list, tuple)) else (d,) for d in (source, destination))
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({list(source)} dims) should contain the "
            f"same number of dims as destination ({list(destination)} dims)"
        )
    source, destination = (tuple(wrap_dim(d, ndim) for d in dims) for dims in (source, destination))
    for name, dims in {"source": source, "destination": destination}.items():
        if len(set(dims)) < len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({list(dims)})")
    if not ndim:
        return _alias(self)
    order = [d for d in range(ndim) if d not in source]
    for to, d in sorted(zip(destination, source, strict=True)):
        order.insert(to, d)
    return _permute(self, tuple(order))


alias("moveaxis", "movedim")


@composite()
def unsqueeze(self: Any, dim: int) -> Any:
    ndim = _array(self).ndim
    return _unsqueeze(self, wrap_dim(dim, ndim + 1))


@composite()
def squeeze(self: Any, dim: Any = None) -> Any:
    ndim = _array(self).ndim
    if dim is None:
        return _squeeze_all(self, tuple(range(ndim)))
    if isinstance(dim, int):
        return _squeeze_dim(self, (wrap_dim(dim, ndim),)[:ndim])
    return _squeeze_dims(self, wrap_dims(dim, ndim) if dim else ())


@composite("Tensor")
def expand(self: Any, *sizes: Any) -> Any:
    sizes, shape = size_of(sizes), _array(self).shape
    lead = len(sizes) - len(shape)
    if lead < 0:
        raise RuntimeError(
            f"expand({_type_name(self)}{{{list(shape)}}}, size={list(sizes)}): the number of sizes provided "
            f"({len(sizes)}) must be greater or equal to the number of dimensions in the tensor ({len(shape)})"
        )
    for i, m in enumerate(sizes[:lead]):
        if m == -1:
            raise RuntimeError(
                f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {i}"
            )
    if any(m < -1 for m in sizes):
        raise RuntimeError("numel: integer multiplication overflow")
    for i, (n, m) in enumerate(zip(shape, sizes[lead:], strict=True), lead):
        if n not in (1, m) and m != -1:
            raise RuntimeError(
                f"The expanded size of the tensor ({m}) must match the existing size ({n}) at "
                f"non-singleton dimension {i}.  Target sizes: {list(sizes)}.  Tensor sizes: {list(shape)}"
            )
    wanted = tuple(shape[i - lead] if n == -1 else n for i, n in enumerate(sizes))
    return _expand(self, wanted)


def _type_name(t: Any) -> str:
    return f"torch.{_dtype.of_numpy[_array(t).dtype].type_name}Tensor"


@composite("Tensor")
def sum_to_size(self: Any, *size: Any) -> Any:
    """Undoes broadcasting: sums over what ``size`` lacks or has as 1."""
    size = size_of(size)
    if isinstance(self, ndarray):
        return sum_to(self, size)
    if not size:
        return torch.sum(self)
    shape = tuple(self.shape)
    lead = len(shape) - len(size)
    if lead < 0 or any(n not in (1, m) for n, m in zip(size, shape[lead:], strict=True)):
        raise RuntimeError(f"size {{{list(size)}}} is not expandable to size {{{list(shape)}}}.")
    dims = [*range(lead), *(i + lead for i, n in enumerate(size) if n == 1 != shape[i + lead])]
    out = torch.sum(self, dims, keepdim=True) if dims else self
    return _view(out, size) if lead else out


@composite("Tensor")
def expand_as(self: Tensor, other: Tensor) -> Tensor:
    return expand(self, *other.shape)


@composite()
def broadcast_to(self: Any, *size: Any, **named: Any) -> Any:
    return expand(self, *(size or (named["size"],)))


@composite("torch")
def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All in one shape; those that have it already stay what they are."""
    shape: tuple[int, ...] = ()
    for other in [_array(t).shape for t in only_tensors(tensors)]:
        try:
            shape = np.broadcast_shapes(shape, other)
        except ValueError:
            raise broadcast_error(shape, other) from None
    return tuple(t if _array(t).shape == shape else expand(t, *shape) for t in tensors)


def _flipped(self: Any, words: str, conjugated: bool) -> Any:
    """``T`` and its relatives; of what has no dimension, the tensor itself or its conjugate."""
    ndim, name = _array(self).ndim, words.removeprefix("Tensor.")
    if not ndim and name == "T":
        warnings.warn(_REVERSED, UserWarning, stacklevel=3)
        return permute(self, ())
    if not ndim:
        instead = "Consider using x.conj()." if conjugated else "This function is the identity in these cases."
        warnings.warn(f"{words} is deprecated on 0-D tensors. {instead}", UserWarning, stacklevel=3)
    elif name == "T":
        if ndim != 2:
            warnings.warn(_REVERSED, UserWarning, stacklevel=3)
        self = permute(self, *reversed(range(ndim)))
    elif name == "H" and ndim != 2:
        more = " For batches of matrices, consider using tensor.mH" if ndim > 2 else ""
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor.{more}")
    elif ndim == 1:
        raise RuntimeError(
            f"tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor."
        )
    else:
        self = transpose(self, -2, -1)
    return torch.conj(self) if conjugated else self


_REVERSED = (
    "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will "
    "throw an error in a future release. Consider `x.mT` to transpose batches of matrices or "
    "`x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse the dimensions of a tensor."
)


@composite()
def adjoint(self: Any) -> Any:
    return _flipped(self, "adjoint()", True)


def _property(name: str, conjugated: bool) -> None:
    setattr(Tensor, name, property(lambda self: _flipped(self, f"Tensor.{name}", conjugated)))


for _name, _conjugated in {"T": False, "mT": False, "H": True, "mH": True}.items():
    _property(_name, _conjugated)
