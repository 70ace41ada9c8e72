"""Reductions and scans: sums, means, extremes, norms.

A row sees dimensions as a tuple counted from the front (``wrap_dims``), or as one such number.
Formulas: PyTorch's tools/autograd/derivatives.yaml and FunctionsManual.cpp.
"""

from __future__ import annotations

import builtins
import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._call import same_variable as _same_variable
from .._dtype import C128, F64, I64
from .._op import composite, op, row, torch
from .._tensor import Tensor, new_tensor
from .indexing import key_along, scatter_at
from .refusals import refuse
from .views import _add_flat, _array, _expand, _places, wrap_dim, wrap_dims

_total: Any = np.add.reduce
_ALL: Any = object()  # a dimension that was not given; None, given, also means all, in another node

# Giving a reduction's gradient back to what was reduced.


def _over_all(grad: Any, shape: Any) -> Any:
    if type(grad) is ndarray and not grad.ndim and grad.dtype.kind != "V":
        return ndarray(shape, grad.dtype, grad, 0, (0,) * len(shape))
    return _expand(grad, tuple(shape))


def _kept(value: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    """What was reduced over ``dim``, with those dimensions as 1."""
    if keepdim or not shape:
        return value
    if isinstance(value, ndarray):
        return value.reshape(tuple([1 if d in dim else n for d, n in enumerate(shape)]))
    for d in sorted(dim):
        value = torch.unsqueeze(value, d)
    return value


def _over(grad: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    return _expand(_kept(grad, shape, dim, keepdim), tuple(shape))


def _count(shape: Any, dim: Any) -> int:
    return math.prod(shape[d] for d in dim)


# Sums and products. Integers and bools are summed as int64.


def _whole(array: ndarray) -> Any:
    """The dtype to sum in."""
    return I64 if array.dtype.kind in "biu" else array.dtype


op("_sum_all", lambda self: _total(self, None, _whole(self)), node="SumBackward0", places=(),
   self=lambda grad, self_shape: _over_all(grad, self_shape))
op("sum", lambda self, dim, keepdim: _total(self, dim, _whole(self), keepdims=keepdim),
   node="SumBackward1", places=(),
   self=lambda grad, self_shape, dim, keepdim: _over(grad, self_shape, dim, keepdim))
op("nansum", lambda self, dim, keepdim: _total(np.where(self == self, self, 0), dim, _whole(self), keepdims=keepdim),
   places=(),
   self=lambda grad, self, dim, keepdim:
       torch.where(self == self, _over(grad, self.shape, dim, keepdim), 0.0))
op("_mean_all", lambda self: _total(self, None) / self.dtype.type(self.size), node="MeanBackward0", places=(),
   self=lambda grad, self_shape: _over_all(grad, self_shape) / math.prod(self_shape))
op("mean", lambda self, dim, keepdim:
       _total(self, dim, keepdims=keepdim) / self.dtype.type(_count(self.shape, dim)),
   node="MeanBackward1", places=(),
   self=lambda grad, self_shape, dim, keepdim:
       _over(grad, self_shape, dim, keepdim) / _count(self_shape, dim))


def _in_dtype(self: Any, dtype: Any) -> Any:
    """What ``dtype=`` asks for: the same variable in another dtype, with no node of its own."""
    if dtype is None or self.dtype is dtype or not isinstance(self, Tensor):
        return self
    if dtype.category >= _dtype.FLOAT:
        return _same_variable(self, dtype.numpy)
    if self.requires_grad and torch.is_grad_enabled():
        raise RuntimeError(f"Autograd not support dtype: {dtype.type_name}")
    return new_tensor(self._array.astype(dtype.numpy))


def _as_asked(result: Any, dtype: Any) -> Any:
    """Whole numbers are added up in int64, whatever is asked for, and then converted."""
    return result if dtype is None or result.dtype is dtype else result.to(dtype)


def _floating(self: Any, dtype: Any, words: str) -> Any:
    self = _in_dtype(self, dtype)
    if isinstance(self, Tensor) and self.dtype.category < _dtype.FLOAT:
        raise RuntimeError(words.format(self.dtype.type_name))
    return self


@composite(name="sum")
def sum_(self: Any, dim: Any = _ALL, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Over all dimensions, or over ``dim``."""
    if dtype is not None:
        self = _in_dtype(self, dtype)
    if dim is _ALL:
        return _as_asked(_sum_all(self), dtype)
    return _as_asked(row("sum")(self, wrap_dims(dim, _array(self).ndim), keepdim), dtype)


_sum_all, _mean_all = row("_sum_all"), row("_mean_all")


@composite()
def nansum(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    refuse(self, "nansum", "c", RuntimeError, "nansum on CPU does not support complex inputs")
    return row("nansum")(_in_dtype(self, dtype), wrap_dims(dim, self.ndim), keepdim)


_NO_MEAN = (
    "mean(): could not infer output dtype. Input dtype must be either a floating point or complex "
    "dtype. Got: {}"
)


@composite()
def mean(self: Any, dim: Any = _ALL, keepdim: bool = False, *, dtype: Any = None) -> Any:
    self = _floating(self, dtype, _NO_MEAN)
    return _mean_all(self) if dim is _ALL else row("mean")(self, wrap_dims(dim, _array(self).ndim), keepdim)


@composite()
def nanmean(self: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    refuse(self, "nanmean", "biu", RuntimeError, (
        f"nanmean(): expected input to have floating point or complex dtype but got {self.dtype.type_name}"
    ))  # fmt: skip
    valid = torch.logical_not(torch.isnan(self.detach()))
    return nansum(self, dim, keepdim, dtype=dtype) / sum_(valid, dim, keepdim)


op("_prod_all", lambda self: np.multiply.reduce(self, None, _whole(self)), node="ProdBackward0", places=(),
   self=lambda grad, self, result:
       torch.reshape(grad if math.prod(self.shape) == 1 else _prod_grad(grad, torch.reshape(self, (-1,)), result, 0),
                     self.shape))
op("prod", lambda self, dim, keepdim: np.multiply.reduce(self, dim, _whole(self), keepdims=keepdim),
   node="ProdBackward1", places=(),
   self=lambda grad, self, result, dim, keepdim:
       _prod_grad(_kept(grad, self.shape, dim, keepdim), self, _kept(result, self.shape, dim, keepdim), *dim))


def _prod_grad(grad: Any, self: Any, result: Any, dim: int | None = None) -> Any:
    if dim is None:  # 0-d
        return grad
    if (self if type(self) is ndarray else self._array).all():
        return grad * (result / self).conj()
    if self.shape[dim] == 1:
        return grad
    # Zeros: the product of all others is what stands before times what follows.
    parts = [torch.select(self, dim, i) for i in range(self.shape[dim])]
    others = [b * a for b, a in zip(_before(parts), _before(parts[::-1])[::-1], strict=True)]
    return grad * (torch.stack(others, dim).conj() if parts else self)


def _before(parts: list[Any]) -> list[Any]:
    """For each part, the product of those before it."""
    products = [torch.ones_like(p) for p in parts[:1]]
    for part in parts[:-1]:
        products.append(products[-1] * part)
    return products


@composite()
def prod(self: Any, dim: Any = _ALL, keepdim: bool = False, *, dtype: Any = None) -> Any:
    self = _in_dtype(self, dtype)
    if dim is _ALL:
        return _as_asked(row("_prod_all")(self), dtype)
    if not isinstance(dim, int):
        raise TypeError(f"prod(): argument 'dim' must be int, not {type(dim).__name__}")
    return _as_asked(row("prod")(self, wrap_dims(dim, self.ndim), keepdim), dtype)


# Spread.

op("std", lambda self, dim, correction, keepdim: np.sqrt(_variance(self, dim, correction, keepdim)), places=(),
   self=lambda grad, self, result, dim, correction, keepdim:
       _var_grad(_std_grad(grad, result), self, dim, correction, keepdim))
op("var", lambda self, dim, correction, keepdim: _variance(self, dim, correction, keepdim), places=(),
   self=lambda grad, self, dim, correction, keepdim: _var_grad(grad, self, dim, correction, keepdim))
op("std_mean", lambda self, dim, correction, keepdim: (
       np.sqrt(_variance(self, dim, correction, keepdim)), _mean_of(self, dim, keepdim)), places=(),
   self=lambda grads, self, result0, dim, correction, keepdim:
       _var_grad(_std_grad(grads[0], result0), self, dim, correction, keepdim)
       + _mean_grad(grads[1], self.shape, dim, keepdim))
op("var_mean", lambda self, dim, correction, keepdim: (
       _variance(self, dim, correction, keepdim), _mean_of(self, dim, keepdim)), places=(),
   self=lambda grads, self, dim, correction, keepdim:
       _var_grad(grads[0], self, dim, correction, keepdim) + _mean_grad(grads[1], self.shape, dim, keepdim))


def _mean_of(self: ndarray, dim: Any, keepdim: bool = True) -> Any:
    dim = tuple(range(self.ndim)) if dim is None else dim
    return _total(self, dim, keepdims=keepdim) / self.dtype.type(_count(self.shape, dim))


def _variance(self: ndarray, dim: Any, correction: float, keepdim: bool) -> Any:
    """In double precision, as PyTorch accumulates it."""
    axes = tuple(range(self.ndim)) if dim is None else dim
    wide = self.astype(C128 if self.dtype.kind == "c" else F64)
    away = wide - _mean_of(wide, axes)
    total = _total((away * away.conj()).real, axes, keepdims=keepdim)
    return (total / np.float64(max(_count(self.shape, axes) - correction, 0))).astype(_dtype.to_real(self.dtype))


def _std_grad(grad: Any, result: Any) -> Any:
    return torch.masked_fill(grad / (result * 2), result == 0, 0)


def _mean_grad(grad: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    dim = tuple(range(len(shape))) if dim is None else dim
    return _over(grad, shape, dim, keepdim) / _count(shape, dim)


def _var_grad(grad: Any, self: Any, dim: Any, correction: float, keepdim: bool) -> Any:
    axes = tuple(range(len(self.shape))) if dim is None else dim
    grad, free = _kept(grad, self.shape, axes, keepdim), _count(self.shape, axes) - correction
    away = self - torch.mean(self, axes, True)
    if free > 0 or (dim is not None and self.shape):
        return (2.0 / free if free else math.inf) * grad * away
    return grad * torch.where(away == 0, math.nan, math.inf)


def _spread(name: str) -> None:
    def function(self: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *,
                 correction: Any = None) -> Any:  # fmt: skip
        if isinstance(dim, bool):  # std(False)
            dim, unbiased = None, dim
        correction = (1 if unbiased is None else int(unbiased)) if correction is None else correction
        if self.dtype.category < _dtype.FLOAT:
            which = name if "_" in name else "std and var"
            raise RuntimeError(which + " only support floating point and complex dtypes")
        dims = wrap_dims(dim, self.ndim)
        if _count(self.shape, dims) <= correction:
            warnings.warn(_FEW.format(name), UserWarning, stacklevel=3)
        return row(name)(self, dims if dim is not None and dim != [] and dim != () else None, correction, keepdim)

    composite(*(("torch",) if "_" in name else ()), name=name)(function)


_FEW = (
    "{}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
    "(input numel divided by output numel)."
)
for _name in ("std", "var", "std_mean", "var_mean"):
    _spread(_name)

# Extremes. Over all dimensions ties share the gradient; over one, the element that is named gets it.


def _chosen(self: ndarray, indices: ndarray, dim: int, keepdim: bool = True) -> tuple[ndarray, ndarray]:
    """The elements at ``indices``, which has ``dim`` still, and the indices."""
    if not self.ndim:
        return self.copy(), np.zeros((), I64)
    values = np.take_along_axis(self, indices, dim)
    return (values, indices) if keepdim else (values.squeeze(dim), indices.squeeze(dim))


def _put_back(grad: Any, indices: Any, self_shape: Any, dim: int, keepdim: bool) -> Any:
    places = _array(indices)
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
    return torch.where(mask, grad / sum_(mask), 0.0)


def _share(grad: Any, self: Any, result: Any, dim: Any, keepdim: bool) -> Any:
    grad, result = _kept(grad, self.shape, dim, keepdim), _kept(result, self.shape, dim, keepdim)
    mask = self == result
    return grad * mask / sum_(mask, dim, True)


op("_max_all", lambda self: np.max(self), node="MaxBackward1", places=(), self=_share_of_all)
op("_min_all", lambda self: np.min(self), node="MinBackward1", places=(), self=_share_of_all)
op("max", lambda self, dim, keepdim: _chosen(self, _arg(np.argmax, self, dim), dim, keepdim),
   outputs="values indices", places=(), self=_put_back)
op("min", lambda self, dim, keepdim: _chosen(self, _arg(np.argmin, self, dim), dim, keepdim),
   outputs="values indices", places=(), self=_put_back)
op("amax", lambda self, dim, keepdim: np.max(self, dim, keepdims=keepdim), places=(), self=_share)
op("amin", lambda self, dim, keepdim: np.min(self, dim, keepdims=keepdim), places=(), self=_share)
op("aminmax", lambda self, dim, keepdim: (np.min(self, dim, keepdims=keepdim), np.max(self, dim, keepdims=keepdim)),
   outputs="min max", places=(),
   self=lambda grads, self, min, max, dim, keepdim:
       _share(grads[0], self, min, dim, keepdim) + _share(grads[1], self, max, dim, keepdim))


def _not_empty(name: str, self: Any, dims: Any) -> None:
    if self.ndim and not self.shape[dims[0]] and len(dims) == 1:
        raise IndexError(f"{name}: Expected reduction dim {dims[0]} to have non-zero size.")


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
        dim = wrap_dim(dim, self.ndim)
        _not_empty(f"{name}()", self, (dim,))
        refuse(self, name, "c", RuntimeError, f"{name}(): does not support complex input")
        return row(name)(self, dim, keepdim)

    composite(name=name)(function)


_extreme("max", "maximum")
_extreme("min", "minimum")


def _extreme_over(name: str) -> None:
    def function(self: Any, dim: Any = (), keepdim: bool = False) -> Any:
        dims = wrap_dims(dim, self.ndim)
        if dim == () or dim == []:
            _need_dim(name, self)
        _not_empty(f"{name}()", self, dims or (0,))
        refuse(self, f"{name[1:]}_values_cpu", "c")
        return row(name)(self, dims, keepdim)

    composite(name=name)(function)


_extreme_over("amax")
_extreme_over("amin")


@composite()
def aminmax(self: Any, *, dim: int | None = None, keepdim: bool = False) -> Any:
    if dim is None and not self.numel():
        raise RuntimeError("aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.")
    dims = wrap_dims(dim, self.ndim)
    if dim is not None:
        _not_empty("aminmax", self, dims or (0,))
    refuse(self, "aminmax_cpu", "c")
    return row("aminmax")(self, dims, keepdim)


# Running sums and products, accumulated in double precision as PyTorch does.


def _wide(array: ndarray) -> Any:
    """The dtype to accumulate in."""
    return {_dtype.F32: F64, _dtype.C64: C128}.get(array.dtype, _whole(array))


def _scan(ufunc: Any, self: ndarray, dim: int) -> ndarray:
    if not self.ndim:
        return np.array(self, _whole(self))
    return ufunc.accumulate(self, dim, _wide(self)).astype(_whole(self), copy=False)


def _reversed(function: Any, grad: Any, dim: int) -> Any:
    return torch.flip(function(torch.flip(grad, (dim,)), dim), (dim,)) if len(grad.shape) else grad


def _slices(self: Any, dim: int) -> list[Any]:
    return [torch.select(self, dim, i) for i in range(self.shape[dim])]


op("cumsum", lambda self, dim: _scan(np.add, self, dim), places=(),
   self=lambda grad, dim: _reversed(torch.cumsum, grad, dim))
op("cumprod", lambda self, dim: _scan(np.multiply, self, dim), places=(),
   self=lambda grad, self, result, dim: _cumprod_grad(grad, self, result, dim))
op("logcumsumexp", lambda self, dim: _logcumsumexp(self, dim), places=(),
   self=lambda grad, self, result, dim: _logcumsumexp_grad(grad, self, result, dim))


def _cumprod_grad(grad: Any, self: Any, result: Any, dim: int) -> Any:
    """Back along the chain result[j] = result[j - 1] * self[j]; right where there are zeros too."""
    if not self.shape or not self.shape[dim]:
        return grad
    grads, factors, results = _slices(grad, dim), _slices(self, dim), _slices(result, dim)
    outs, total = [], grads[-1]
    for j in range(len(grads) - 1, 0, -1):
        outs.append(total * results[j - 1].conj())
        total = grads[j - 1] + total * factors[j].conj()
    return torch.stack([*outs, total][::-1], dim)


def _logcumsumexp(self: ndarray, dim: int) -> ndarray:
    if not self.ndim:
        return self.copy()
    if self.dtype.kind != "c":
        return np.logaddexp.accumulate(self, dim)
    out, along = np.array(self), np.moveaxis(self, dim, 0)
    running = np.moveaxis(out, dim, 0)
    for i in range(1, len(along)):
        small, large = running[i - 1], along[i]
        swap = small.real > large.real
        small, large = np.where(swap, large, small), np.where(swap, small, large)
        running[i] = large + np.log1p(np.exp(small - large))
    return out


def _logcumsumexp_grad(grad: Any, self: Any, result: Any, dim: int) -> Any:
    """Back along the chain, as in _cumprod_grad; no exponent is above 0."""
    if not self.shape or not self.shape[dim]:
        return grad
    grads, results = _slices(grad, dim), _slices(result, dim)
    totals = [grads[-1]]
    for j in range(len(grads) - 2, -1, -1):
        totals.append(grads[j] + totals[-1] * torch.exp(results[j] - results[j + 1]).conj())
    return torch.stack(totals[::-1], dim) * torch.exp(self - result).conj()


@composite(inplace=True)
def cumsum(self: Any, dim: int, *, dtype: Any = None) -> Any:
    return _as_asked(row("cumsum")(_in_dtype(self, dtype), wrap_dim(dim, self.ndim)), dtype)


@composite(inplace=True)
def cumprod(self: Any, dim: int, *, dtype: Any = None) -> Any:
    return _as_asked(row("cumprod")(_in_dtype(self, dtype), wrap_dim(dim, self.ndim)), dtype)


@composite()
def logcumsumexp(self: Any, dim: int) -> Any:
    dim = wrap_dim(dim, self.ndim)
    refuse(self, "logcumsumexp_out_cpu", "biu")
    return row("logcumsumexp")(self, dim)


op("logsumexp", lambda self, dim, keepdim: _logsumexp(self, dim, keepdim), places=(),
   self=lambda grad, self, result, dim, keepdim:
       _kept(grad, self.shape, dim, keepdim) * torch.exp(self - _kept(result, self.shape, dim, keepdim)).conj())


def _logsumexp(self: ndarray, dim: Any, keepdim: bool) -> Any:
    if not self.size:
        return np.log(_total(self, dim, keepdims=keepdim))
    largest = np.max(self.real, dim, keepdims=True)
    largest = np.where(np.isinf(largest), 0, largest).astype(largest.dtype)
    total = np.log(_total(np.exp(self - largest), dim, keepdims=keepdim))
    return total + (largest if keepdim else largest.reshape(total.shape))


@composite()
def logsumexp(self: Any, dim: Any, keepdim: bool = False) -> Any:
    if self.dtype.category < _dtype.FLOAT:
        self = _in_dtype(self, _dtype.get_default_dtype())
    return row("logsumexp")(self, wrap_dims(dim, self.ndim), keepdim)


# Norms.

op("_vector_norm", lambda self, ord, dim, keepdim: _norm_of(self, ord, dim, keepdim),
   node="LinalgVectorNormBackward0", places=(),
   self=lambda grad, self, result, ord, dim, keepdim: _norm_grad(grad, self, result, ord, dim, keepdim))
op("_norm_dim", lambda self, p, dim, keepdim: _norm_of(self, p, dim, keepdim), node="NormBackward1", places=(),
   self=lambda grad, self, result, p, dim, keepdim: _norm_grad(grad, self, result, p, dim, keepdim))
op("dist", lambda self, other, p=2: _norm_of(self - other, p, None, False), places=(),
   self=lambda grad, self, other, p, result: _norm_grad(grad, self - other, result, p, None, False),
   other=lambda grad, self, other, p, result: _norm_grad(-grad, self - other, result, p, None, False))


def _norm_of(self: ndarray, ord: float, dim: Any, keepdim: bool) -> Any:
    size = np.abs(self)
    if ord == math.inf or ord == -math.inf:
        return (np.max if ord > 0 else np.min)(size, dim, keepdims=keepdim)
    if ord == 0:
        return _total(size != 0, dim, size.dtype, keepdims=keepdim)
    if ord == 1:
        return _total(size, dim, keepdims=keepdim)
    if ord == 2:
        squares = self * self if self.dtype.kind != "c" else self.real * self.real + self.imag * self.imag
        return np.sqrt(_total(squares, dim, keepdims=keepdim))
    total = _total(size.astype(F64) ** ord, dim, keepdims=keepdim) ** (1 / ord)  # 1 / ord needs the digits
    return total.astype(size.dtype)


def _norm_grad(grad: Any, self: Any, norm: Any, p: float, dim: Any, keepdim: bool) -> Any:
    dim = tuple(range(len(self.shape))) if dim is None else dim
    grad, norm = _kept(grad, self.shape, dim, keepdim), _kept(norm, self.shape, dim, keepdim)
    if p == 0:
        return None
    if p == 1:
        return torch.sgn(self) * grad
    if p == 2:
        return grad * torch.masked_fill(self / norm, norm == 0, 0)
    size = torch.abs(self)
    if p == math.inf or p == -math.inf:
        mask = (size == norm) | torch.isnan(size)
        return torch.sgn(self) * (grad / sum_(mask, dim, True) * mask)
    if p < 1:
        scaled = torch.sgn(self) * torch.masked_fill(size ** (p - 1), self == 0, 0)
        return scaled * grad * norm ** (1 - p)
    scaled = torch.sgn(self) * size ** (p - 1) if p < 2 else self * size ** (p - 2)
    return scaled * torch.masked_fill(grad / norm ** (p - 1), norm == 0, 0)


_NO_NORM = "linalg.{}_norm: Expected a floating point or complex tensor as input. Got {}"


@composite("linalg")
def vector_norm(x: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """(sum of abs(x) ** ord) ** (1 / ord); inf and -inf are the extremes, 0 counts what is not zero."""
    return _vector_norm(x, ord, dim, keepdim, dtype)


def _vector_norm(self: Any, ord: Any, dim: Any, keepdim: bool, dtype: Any) -> Any:
    if isinstance(ord, str):
        raise TypeError(f"linalg_vector_norm(): argument 'ord' (position 2) must be Number, not {type(ord).__name__}")
    if self.dtype.category < _dtype.FLOAT:
        raise RuntimeError(_NO_NORM.format("vector", self.dtype.type_name))
    if dtype is not None and self.dtype.is_complex and not dtype.is_complex:
        raise RuntimeError(
            f"linalg.vector_norm: dtype should be complex for complex inputs, but got {dtype.type_name}"
        )
    dims = wrap_dims(dim, self.ndim)
    if (ord < 0 or ord == math.inf) and self.ndim and not _count(self.shape, dims):
        if dim is None or len(dims) == self.ndim:
            raise RuntimeError(
                f"linalg.vector_norm cannot compute the {float(ord)} norm on an empty tensor because the "
                "operation does not have an identity"
            )
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {float(ord)} norm on the dimension {dims[0]}because this "
            "dimension is empty and the operation does not have an identity"
        )
    return row("_vector_norm")(_in_dtype(self, dtype), ord, dims, keepdim)


@composite("linalg")
def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:
    """Frobenius, or the largest or smallest sum of absolute values over columns (1) or rows (inf)."""
    if A.ndim < 2:
        raise RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
    if A.dtype.category < _dtype.FLOAT:
        raise RuntimeError(_NO_NORM.format("matrix", A.dtype.type_name))
    down, across = (wrap_dim(d, A.ndim) for d in dim)
    if ord == "fro":
        return _vector_norm(A, 2, (down, across), keepdim, dtype)
    if ord in (2, -2, "nuc"):
        return _spectral_norm(A, ord, down, across, keepdim, dtype)
    if ord not in (1, -1, math.inf, -math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    over, then = (down, across) if abs(ord) == 1 else (across, down)
    if not keepdim and then > over:
        then -= 1
    sums = _vector_norm(A, 1, (over,), keepdim, dtype)
    return getattr(torch, "amax" if ord > 0 else "amin")(sums, then, keepdim)


def _spectral_norm(A: Any, ord: Any, down: int, across: int, keepdim: bool, dtype: Any) -> Any:
    """The largest or the least singular value, or their sum."""
    order = (*(d for d in range(A.ndim) if d not in (down, across)), down, across)
    values = torch.linalg.svdvals(torch.permute(_in_dtype(A, dtype), order))
    norm = torch.sum(values, -1, keepdim) if ord == "nuc" else (
        getattr(torch, "amax" if ord > 0 else "amin")(values, -1, keepdim)
    )
    if not keepdim:
        return norm
    back = tuple(order.index(d) for d in range(A.ndim))
    return torch.permute(torch.unsqueeze(norm, -1), back)


@composite("linalg", name="norm")
def linalg_norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    if ord is None:
        return _vector_norm(A, 2, dim, keepdim, dtype)
    dims = wrap_dims(dim, A.ndim)
    if dim is None and A.ndim > 2:
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
            f"Got {A.ndim}D."
        )
    if isinstance(ord, str) or len(dims) == 2:
        return matrix_norm(A, ord, dims if dim is not None else (-2, -1), keepdim, dtype=dtype)
    return _vector_norm(A, ord, dim, keepdim, dtype)


@composite()
def norm(self: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    if p is None or (p == "fro" and (dim is None or isinstance(dim, int) or len(dim) <= 2)):
        p = 2
    if isinstance(p, str):
        return matrix_norm(self, p, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    return _vector_norm(self, p, dim, keepdim, dtype)


@composite()
def dist(self: Any, other: Any, p: Any = 2) -> Any:
    if self.dtype.category < _dtype.FLOAT:
        raise RuntimeError(
            "norm(): input dtype should be either floating point or complex. "
            f"Got {self.dtype.type_name} instead."
        )
    return row("dist")(self, other, p)


# Counting and finding: no gradients.


@composite()
def argmax(self: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    return _argument("argmax", np.argmax, self, dim, keepdim)


@composite()
def argmin(self: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    return _argument("argmin", np.argmin, self, dim, keepdim)


def _argument(name: str, find: Any, self: Tensor, dim: int | None, keepdim: bool) -> Tensor:
    refuse(self, name, "c", RuntimeError, f"{name}(): does not support complex input")
    refuse(self, name, "b", RuntimeError, f"{name}(): does not support bool input")
    if dim is None:
        _need_dim(name, self, IndexError)
        out = np.asarray(find(self._array))
        return new_tensor(out.reshape((1,) * self.ndim) if keepdim else out)
    dim = wrap_dim(dim, self.ndim)
    _not_empty(f"{name}()", self, (dim,))
    return new_tensor(np.asarray(find(self._array, dim, keepdims=keepdim) if self.ndim else np.zeros((), I64)))


def _quantifier(name: str, kernel: Any) -> None:
    def function(self: Any, dim: Any = None, keepdim: bool = False) -> Any:
        out = np.asarray(kernel(_array(self) != 0, wrap_dims(dim, self.ndim), keepdims=keepdim))
        return new_tensor(out.astype(np.uint8) if _array(self).dtype == np.uint8 else out)

    composite(name=name)(function)


_quantifier("all", np.logical_and.reduce)
_quantifier("any", np.logical_or.reduce)


@composite()
def count_nonzero(self: Any, dim: Any = None) -> Any:
    return new_tensor(np.asarray(_total(self._array != 0, wrap_dims(dim, self.ndim), I64)))


# Others.

op("trace", lambda self: np.trace(self, dtype=_wide(self)).astype(_whole(self)), places=(),
   self=lambda grad, self_shape: _trace_grad(grad, self_shape))


def _trace_grad(grad: Any, shape: Any) -> Any:
    places = _places(shape).diagonal()
    return _add_flat(_expand(grad, places.shape), shape, places)


@composite()
def trace(self: Any) -> Any:
    if self.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {self.ndim}")
    refuse(self, "trace", "b")
    return row("trace")(self)


@composite()
def diff(self: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along ``dim``, taken ``n`` times."""
    if not self.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = wrap_dim(dim, self.ndim)
    parts = [p for p in (prepend, self, append) if p is not None]
    self = torch.cat(parts, dim) if len(parts) > 1 else self
    if n == 0:
        return row("copy")(torch.zeros_like(self), self)
    for _ in range(builtins.min(n, self.shape[dim])):
        count = self.shape[dim]
        upper, lower = torch.narrow(self, dim, 1, count - 1), torch.narrow(self, dim, 0, count - 1)
        self = torch.logical_xor(upper, lower) if self.dtype is torch.bool else upper - lower
    return self
