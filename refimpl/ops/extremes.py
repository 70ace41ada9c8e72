"""Largest and smallest elements. Over all dimensions, and in amax and amin, ties share the gradient;
over one dimension the element that is named gets it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray

from .._dtype import I64
from .._op import composite, op, row, torch
from .._tensor import Tensor, new_tensor
from .indexing import key_along, scatter_at
from .reductions import _ALL, axes, given
from .refusals import refuse
from .views import _array, wrap_dim, wrap_dims


def _chosen(self: ndarray, indices: ndarray, dim: int, keepdim: bool = True) -> tuple[ndarray, ndarray]:
    """The elements at ``indices``, which has ``dim`` still, and the indices."""
    if not self.ndim:
        return self.copy(), np.zeros((), I64)
    values = np.take_along_axis(self, indices, dim)
    return (values, indices) if keepdim else (values.squeeze(dim), indices.squeeze(dim))


def _put_back(grad: Any, indices: Any, self_shape: Any, dim: int, keepdim: bool) -> Any:
    places, dim = _array(indices), wrap_dim(dim, len(self_shape))
    if not keepdim and self_shape:
        places, grad = np.expand_dims(places, dim), torch.unsqueeze(grad, dim)
    return scatter_at(grad, self_shape, key_along(self_shape, dim, places))


def _put_back_along(grad: Any, indices: Any, self_shape: Any, dim: int) -> Any:
    return scatter_at(grad, self_shape, key_along(self_shape, dim, _array(indices)))


def _arg(find: Any, self: ndarray, dim: int) -> ndarray:
    return np.expand_dims(find(self, dim), dim) if self.ndim else np.zeros((), I64)


def _share_of_all(grad: Any, self: Any, result: Any) -> Any:
    """The elements that equal the result get equal shares of its gradient."""
    mask = torch.isnan(self) if torch.isnan(result) else self == result
    share = grad / torch.sum(mask)
    if type(self) is ndarray:
        return np.where(mask, share, self.dtype.type(0))
    return row("_masked_fill_tensor")(new_tensor(np.zeros_like(self._array)), mask, share)


def _share(grad: Any, self: Any, result: Any, dim: Any, keepdim: bool) -> Any:
    if not keepdim:
        dims = wrap_dims(dim, len(self.shape))
        shape = [1 if d in dims else n for d, n in enumerate(self.shape)] if dim else ()
        grad, result = torch.reshape(grad, shape), torch.reshape(result, shape)
    mask = self == result
    return grad / torch.sum(mask, dim, True) * mask


def _share_of_both(grads: Any, self: Any, min: Any, max: Any, dim: int | None, keepdim: bool) -> Any:
    both = [_share(grad, self, of, given(dim), keepdim)
            for grad, of in zip(grads, (min, max), strict=True) if grad is not None]  # fmt: skip
    return both[0] if len(both) == 1 else both[0] + both[1]


op("_max_all", lambda self: np.max(self), node="MaxBackward1", places=(), self=_share_of_all)
op("_min_all", lambda self: np.min(self), node="MinBackward1", places=(), self=_share_of_all)
op("max", lambda self, dim, keepdim: _chosen(self, _arg(np.argmax, self, dim), dim, keepdim),
   outputs="values indices", places=(), self=_put_back)
op("min", lambda self, dim, keepdim: _chosen(self, _arg(np.argmin, self, dim), dim, keepdim),
   outputs="values indices", places=(), self=_put_back)
op("amax", lambda self, dim, keepdim: np.max(self, axes(self, dim), keepdims=keepdim), places=(), self=_share)
op("amin", lambda self, dim, keepdim: np.min(self, axes(self, dim), keepdims=keepdim), places=(), self=_share)
op("aminmax", lambda self, dim, keepdim: tuple(
       [find(self, axes(self, given(dim)), keepdims=keepdim) for find in (np.min, np.max)]),
   outputs="min max", places=(),
   self=lambda given, self, min, max, dim, keepdim: _share_of_both(given, self, min, max, dim, keepdim))


def _not_empty(name: str, self: Any, dims: Any) -> None:
    for d in dims:
        if self.ndim and not self.shape[d]:
            raise IndexError(f"{name}: Expected reduction dim {d} to have non-zero size.")


def _need_dim(name: str, self: Any, error: type[Exception] = RuntimeError) -> None:
    if not self.numel():
        more = " Specify the reduction dim with the 'dim' argument." if error is RuntimeError else ""
        raise error(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.{more}")


def _extreme(name: str, elementwise: str) -> None:
    def function(self: Any, dim: Any = _ALL, keepdim: bool = False, *, other: Any = None) -> Any:
        if isinstance(dim, Tensor) or other is not None:
            refuse(self, elementwise, "c", RuntimeError, f"{elementwise} not implemented for complex tensors.")
            return row(elementwise)(self, dim if other is None else other)
        if dim is _ALL:
            _need_dim(name, self)
            refuse(self, name + "_all", "c")
            return row(f"_{name}_all")(self)
        if not isinstance(dim, int):
            raise TypeError(f"{name}() received an invalid combination of arguments - got ({type(dim).__name__})")
        _not_empty(f"{name}()", self, (wrap_dim(dim, self.ndim),))
        refuse(self, name, "c", RuntimeError, f"{name}(): does not support complex input")
        return row(name)(self, dim, keepdim)

    composite(name=name)(function)


_extreme("max", "maximum")
_extreme("min", "minimum")


def _extreme_over(name: str) -> None:
    def function(self: Any, dim: Any = (), keepdim: bool = False) -> Any:
        if dim == () or dim == []:
            _need_dim(name, self)
        _not_empty(f"{name}()", self, wrap_dims(dim, self.ndim))
        refuse(self, f"{name[1:]}_values_cpu", "c")
        return row(name)(self, given(dim), keepdim)

    composite(name=name)(function)


_extreme_over("amax")
_extreme_over("amin")


@composite()
def aminmax(self: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    if dim is None and not self.numel():
        raise RuntimeError("aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
    if dim is not None:
        _not_empty("aminmax", self, wrap_dims(dim, self.ndim))
    refuse(self, "aminmax_cpu", "c")
    return row("aminmax")(self, dim, keepdim)


# Finding: no gradients.


def _finding(name: str, find: Any) -> None:
    def function(self: Any, dim: int | None = None, keepdim: bool = False) -> Tensor:
        refuse(self, name, "c", RuntimeError, f"{name}(): does not support complex input")
        refuse(self, name, "b", RuntimeError, f"{name}(): does not support bool input")
        if dim is None:
            _need_dim(name, self, IndexError)
        else:
            _not_empty(f"{name}()", self, (wrap_dim(dim, self.ndim),))
        return new_tensor(np.asarray(find(self._array, dim if self.ndim else None, keepdims=keepdim)))

    composite(name=name)(function)


_finding("argmax", np.argmax)
_finding("argmin", np.argmin)
