"""Sums, products, means, variances and counts.

Dimensions are kept as they were given, as PyTorch's nodes show them: None or none at all mean all.
Formulas: PyTorch's tools/autograd/derivatives.yaml and FunctionsManual.cpp.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._call import same_variable, with_values
from .._dtype import C128, F64, I64
from .._op import composite, op, row, torch
from .._tensor import Tensor, new_tensor
from .refusals import refuse
from .views import _array, _expand, wrap_dim, wrap_dims

_total: Any = np.add.reduce
_ALL: Any = object()  # a dimension that was not given; None, given, also means all, in another node


def given(dim: Any) -> tuple[int, ...] | None:
    """Dimensions as nodes keep them."""
    return (dim,) if isinstance(dim, int) else dim if dim is None else tuple(dim)


def axes(self: Any, dim: Any) -> tuple[int, ...] | None:
    """Dimensions as NumPy takes them."""
    return wrap_dims(dim, len(self.shape)) if dim else None


def count(shape: Any, dim: Any) -> int:
    """How many elements are reduced to one."""
    return math.prod([shape[d] for d in wrap_dims(dim, len(shape))])


# Giving a reduction's gradient back to what was reduced.


def over_all(grad: Any, shape: Any) -> Any:
    if type(grad) is ndarray and not grad.ndim and grad.dtype.kind != "V":
        return ndarray(shape, grad.dtype, grad, 0, (0,) * len(shape))
    return _expand(grad, tuple(shape))


def kept(value: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    """What was reduced over ``dim``, with those dimensions as 1; one number broadcasts as it is."""
    if keepdim or not shape or not dim:
        return value
    dims = wrap_dims(dim, len(shape))
    if type(value) is ndarray:
        return value.reshape([1 if d in dims else n for d, n in enumerate(shape)])
    for d in sorted(dims):
        value = torch.unsqueeze(value, d)
    return value


def over(grad: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    return _expand(kept(grad, shape, dim, keepdim), tuple(shape))


def divisor(norm: Any) -> Any:
    """A norm with 1 in place of 0: for quotients that are masked there, so that their derivatives are no nan."""
    array = _array(norm)
    array = np.where(array == 0, array.dtype.type(1), array)
    return with_values(norm, array) if isinstance(norm, Tensor) else array


# Sums and products. Integers and bools are summed as int64.


def whole(array: ndarray) -> Any:
    """The dtype to sum in."""
    return I64 if array.dtype.kind in "biu" else array.dtype


def wide(array: ndarray) -> Any:
    """The dtype in which PyTorch accumulates what is rounded in the end."""
    return {_dtype.F32: F64, _dtype.C64: C128}.get(array.dtype, whole(array))


op("_sum_all", lambda self: _total(self, None, whole(self)), node="SumBackward0", places=(),
   self=lambda grad, self_shape: over_all(grad, self_shape))
op("sum", lambda self, dim, keepdim: _total(self, axes(self, dim), whole(self), keepdims=keepdim),
   node="SumBackward1", places=(),
   self=lambda grad, self_shape, dim, keepdim: over(grad, self_shape, dim, keepdim))
op("nansum", lambda self, dim, keepdim:
       _total(np.where(self == self, self, 0), axes(self, dim), whole(self), keepdims=keepdim),
   places=(),
   self=lambda grad, self, dim, keepdim: over(grad, self.shape, dim, keepdim) * torch.logical_not(torch.isnan(self)))
op("_mean_all", lambda self: _total(self, None) / self.dtype.type(self.size), node="MeanBackward0", places=(),
   linear=True,  # of no numbers the mean is nan, and so is its tangent
   self=lambda grad, self_shape: over_all(grad, self_shape) / math.prod(self_shape))
op("mean", lambda self, dim, keepdim: _mean_of(self, axes(self, dim), keepdim), node="MeanBackward1", places=(), linear=True,
   self=lambda grad, self_shape, dim, keepdim: _mean_grad(grad, self_shape, dim, keepdim))


def _mean_of(self: ndarray, dims: Any, keepdim: bool = True) -> Any:
    return np.asarray(_total(self, dims, keepdims=keepdim) / self.dtype.type(count(self.shape, dims)), order="C")


def _mean_grad(grad: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    return over(grad, shape, dim, keepdim) / count(shape, dim)


def in_dtype(self: Any, dtype: Any) -> Any:
    """What ``dtype=`` asks for: the same variable in another dtype, with no node of its own."""
    if dtype is None or self.dtype is dtype or not isinstance(self, Tensor):
        return self
    if dtype.category >= _dtype.FLOAT:
        return same_variable(self, dtype.numpy)
    if self.requires_grad and torch.is_grad_enabled():
        raise RuntimeError(f"Autograd not support dtype: {dtype.type_name}")
    return new_tensor(self._array.astype(dtype.numpy))


def as_asked(result: Any, dtype: Any) -> Any:
    """Whole numbers are added up in int64, whatever is asked for, and then converted."""
    return result if dtype is None or result.dtype is dtype else result.to(dtype)


@composite(name="sum")
def sum_(self: Any, dim: Any = _ALL, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Over all dimensions, or over ``dim``."""
    if dtype is not None:
        self = in_dtype(self, dtype)
    return as_asked(_sum_all(self) if dim is _ALL else _sum(self, given(dim), keepdim), dtype)


_sum_all, _sum, _mean_all = row("_sum_all"), row("sum"), row("_mean_all")


@composite()
def nansum(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    refuse(self, "nansum", "c", RuntimeError, "nansum on CPU does not support complex inputs")
    return as_asked(row("nansum")(in_dtype(self, dtype), given(dim), keepdim), dtype)


_NO_MEAN = "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: "


@composite()
def mean(self: Any, dim: Any = _ALL, keepdim: bool = False, *, dtype: Any = None) -> Any:
    self = in_dtype(self, dtype)
    if isinstance(self, Tensor) and self.dtype.category < _dtype.FLOAT:
        raise RuntimeError(_NO_MEAN + self.dtype.type_name)
    return _mean_all(self) if dim is _ALL else row("mean")(self, given(dim), keepdim)


@composite()
def nanmean(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    refuse(self, "nanmean", "biu", RuntimeError, (
        f"nanmean(): expected input to have floating point or complex dtype but got {self.dtype.type_name}"
    ))  # fmt: skip
    valid = torch.logical_not(torch.isnan(self.detach()))
    return nansum(self, dim, keepdim, dtype=dtype) / sum_(valid, dim, keepdim)


op("_prod_all", lambda self: np.multiply.reduce(self, None, whole(self)), node="ProdBackward0", places=(),
   self=lambda grad, self, result: _prod_grad(grad, self, result))
op("prod", lambda self, dim, keepdim:
       np.multiply.reduce(self, dim if self.ndim else None, whole(self), keepdims=keepdim),
   node="ProdBackward1", places=(),
   self=lambda grad, self, result, dim, keepdim:
       _prod_grad(kept(grad, self.shape, (dim,), keepdim), self, kept(result, self.shape, (dim,), keepdim), dim))


def _prod_grad(grad: Any, self: Any, result: Any, dim: int | None = None) -> Any:
    if not self.shape:
        return grad
    if _array(self).all():
        return grad * (result / self).conj()
    if dim is None:
        return torch.reshape(_prod_grad(grad, torch.reshape(self, (-1,)), result, 0), self.shape)
    return grad if self.shape[dim] == 1 else grad * _others(self, dim).conj()


def _others(self: Any, dim: int) -> Any:
    """The product of all others, zeros among them: of what stands before times of what follows."""
    ones, rest = torch.ones_like(torch.narrow(self, dim, 0, 1)), self.shape[dim] - 1
    before = torch.cumprod(torch.cat([ones, torch.narrow(self, dim, 0, rest)], dim), dim)
    behind = torch.cat([ones, torch.flip(torch.narrow(self, dim, 1, rest), (dim,))], dim)
    return before * torch.flip(torch.cumprod(behind, dim), (dim,))


@composite()
def prod(self: Any, dim: Any = _ALL, keepdim: bool = False, *, dtype: Any = None) -> Any:
    self = in_dtype(self, dtype)
    if dim is _ALL:
        return as_asked(row("_prod_all")(self), dtype)
    if not isinstance(dim, int):
        raise TypeError(f"prod(): argument 'dim' must be int, not {type(dim).__name__}")
    wrap_dim(dim, self.ndim)
    return as_asked(row("prod")(self, dim, keepdim), dtype)


# Spread: computed in double precision, as PyTorch accumulates it.

op("var", lambda self, dim, correction, keepdim: _moments(self, dim, correction, keepdim)[0], places=(),
   self=lambda grad, self, dim, correction, keepdim: _var_grad(grad, self, dim, correction, keepdim))
op("std", lambda self, dim, correction, keepdim: np.sqrt(_moments(self, dim, correction, keepdim)[0]), places=(),
   self=lambda grad, self, result, dim, correction, keepdim:
       _var_grad(_std_grad(grad, result), self, dim, correction, keepdim))
op("var_mean", lambda self, dim, correction, keepdim: _moments(self, dim, correction, keepdim), places=(),
   self=lambda given, self, dim, correction, keepdim: _with_mean(given, None, self, dim, correction, keepdim))
op("std_mean", lambda self, dim, correction, keepdim: _moments(self, dim, correction, keepdim, np.sqrt), places=(),
   self=lambda given, self, result0, dim, correction, keepdim:
       _with_mean(given, result0, self, dim, correction, keepdim))


def _moments(self: ndarray, dim: Any, correction: float | None, keepdim: bool, root: Any = None) -> tuple[Any, Any]:
    dims, values = axes(self, dim), self.astype(wide(self))
    n, mean = count(self.shape, dim), _mean_of(values, dims)
    away = values - mean
    total = _total((away * away.conj()).real, dims, keepdims=keepdim)
    free = max(n - (1 if correction is None else correction), 0) if n else 0
    variance = (total / np.float64(free)).astype(_dtype.to_real(self.dtype))
    return root(variance) if root else variance, mean.reshape(variance.shape).astype(self.dtype)


def _std_grad(grad: Any, result: Any) -> Any:
    return torch.masked_fill(grad / (divisor(result) * 2), result == 0, 0)


def _var_grad(grad: Any, self: Any, dim: Any, correction: float | None, keepdim: bool) -> Any:
    n, correction = count(self.shape, dim), 1 if correction is None else correction
    if dim is None or not self.shape:
        mean = torch.mean(self)
        if n <= correction:
            return grad * torch.where(self == mean, math.nan, math.inf)
        return 2.0 / (n - correction) * grad * (self - mean)
    if len(self.shape) > 1:
        grad = kept(grad, self.shape, dim, keepdim)
    return (2.0 / (n - correction) if n != correction else math.inf) * grad * (self - torch.mean(self, dim, True))


def _with_mean(grads: Any, std: Any, self: Any, dim: Any, correction: float | None, keepdim: bool) -> Any:
    grad, of_mean = grads
    to_mean = None if of_mean is None else _mean_grad(of_mean, self.shape, dim, keepdim)
    if grad is None:
        return to_mean
    to_spread = _var_grad(grad if std is None else _std_grad(grad, std), self, dim, correction, keepdim)
    return to_spread if to_mean is None else to_spread + to_mean


def _spread(name: str) -> None:
    def function(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
                 correction: Any = None) -> Any:  # fmt: skip
        if isinstance(dim, bool):  # std(False)
            dim, unbiased = None, dim
        if correction is None and (unbiased is not None or dim is not None):
            correction = 1 if unbiased is None else int(unbiased)
        refuse(self, name, "biu", RuntimeError, (
            (name if "_" in name else "std and var") + " only support floating point and complex dtypes"
        ))  # fmt: skip
        if count(self.shape, dim) <= (1 if correction is None else correction):
            warnings.warn(_FEW.format(name), UserWarning, stacklevel=3)
        return row(name)(self, given(dim), correction, keepdim)

    composite(*(("torch",) if "_" in name else ()), name=name)(function)


_FEW = (
    "{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
    "(input numel divided by output numel)."
)
for _name in ("std", "var", "std_mean", "var_mean"):
    _spread(_name)

op("logsumexp", lambda self, dim, keepdim: _logsumexp(self, dim, keepdim), places=(),
   self=lambda grad, self, result, dim, keepdim:
       kept(grad, self.shape, dim, keepdim) * torch.exp(self - kept(result, self.shape, dim, keepdim)).conj())


def _logsumexp(self: ndarray, dim: Any, keepdim: bool) -> Any:
    dims = axes(self, dim)
    if not self.size:
        return np.log(_total(self, dims, keepdims=keepdim))
    largest = np.max(self.real, dims, keepdims=True)
    largest = np.where(np.isinf(largest), 0, largest).astype(largest.dtype)
    total = np.log(_total(np.exp(self - largest), dims, keepdims=keepdim))
    return total + (largest if keepdim else largest.reshape(total.shape))


@composite()
def logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Any:
    if self.dtype.category < _dtype.FLOAT:
        self = in_dtype(self, torch.get_default_dtype())
    return row("logsumexp")(self, given(dim), keepdim)


# Counting: no gradients.


def _quantifier(name: str, kernel: Any) -> None:
    def function(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        dims = () if dim == () or dim == [] else wrap_dims(dim, self.ndim)  # here none are none
        out = np.asarray(kernel(_array(self) != 0, dims, keepdims=keepdim))
        return new_tensor(out.astype(np.uint8) if _array(self).dtype == np.uint8 else out)

    composite(name=name)(function)


_quantifier("all", np.logical_and.reduce)
_quantifier("any", np.logical_or.reduce)


@composite()
def count_nonzero(self: Any, dim: Any = None) -> Any:
    return new_tensor(np.asarray(_total(self._array != 0, wrap_dims(dim, self.ndim), I64)))


# The sum of a diagonal.

op("trace", lambda self: np.trace(self, dtype=wide(self)).astype(whole(self)), places=(),
   self=lambda grad, self_shape: _trace_grad(grad, self_shape))


def _trace_grad(grad: Any, shape: Any) -> Any:
    zeros = np.zeros(math.prod(shape), _array(grad).dtype)
    diagonal = np.arange(min(shape)) * (shape[1] + 1)
    filled = row("_index_fill_tensor")(new_tensor(zeros) if isinstance(grad, Tensor) else zeros, grad, (diagonal,))
    return torch.reshape(filled, tuple(shape))


@composite()
def trace(self: Any) -> Any:
    refuse(self, "trace", "b")
    if self.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.ndim}")
    return row("trace")(self)
