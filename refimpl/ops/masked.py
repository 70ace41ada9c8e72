"""Reductions of what a mask keeps: ``torch.masked``.

What is masked out is replaced by what changes nothing: 0 in a sum, 1 in a product, -inf in a maximum.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .. import _dtype
from .._op import composite, torch
from .._tensor import Tensor
from .views import wrap_dims


def _extreme(name: str, sign: int) -> Any:
    """What is above (1) or below (-1) all other numbers of a dtype."""

    def of(dtype: _dtype.dtype) -> Any:
        if dtype.is_floating_point or (dtype.is_complex and name == "logsumexp"):
            return sign * math.inf
        if dtype.is_complex:
            raise TypeError("torch.iinfo() requires an integer input type. Use torch.finfo to handle 'torch.iinfo'")
        if dtype is torch.bool:
            raise NotImplementedError(f"identity of {name} on torch.bool input")
        limits = np.iinfo(dtype.numpy)
        return limits.max if sign > 0 else limits.min

    return of


_NEUTRAL: dict[str, Any] = {
    **dict.fromkeys(("sum", "cumsum"), lambda dtype: 0),
    **dict.fromkeys(("prod", "cumprod"), lambda dtype: 1),
    **{name: _extreme(name, -1) for name in ("amax", "argmax", "logaddexp", "logsumexp")},
    **{name: _extreme(name, 1) for name in ("amin", "argmin")},
    **dict.fromkeys(("softmax", "log_softmax"), _extreme("amax", -1)),
    "softmin": _extreme("amin", 1),
    "median": lambda dtype: math.nan,
}


def _kept(neutral: Any, input: Tensor, mask: Any) -> Tensor:
    """The input where the mask holds, else ``neutral``: a number, or what is neutral to a reduction."""
    if mask is None:
        return input
    if isinstance(neutral, str):
        neutral = _NEUTRAL[neutral](input.dtype)
    return torch.where(_canonical(mask, input), input, torch.tensor(neutral, dtype=input.dtype))


def _canonical(mask: Tensor, input: Tensor) -> Tensor:
    if mask.shape == input.shape:
        return mask.to(torch.bool)
    if mask.ndim > input.ndim:
        raise IndexError(
            "_input_mask expected broadcastable mask (got mask dimensionality higher than of the input)"
        )
    return torch.broadcast_to(mask.clone(), input.shape).to(torch.bool)


def _dims(dim: Any, ndim: int) -> tuple[int, ...]:
    if isinstance(dim, (list, tuple)):
        for at, d in enumerate(dim):
            if d in dim[:at]:
                raise RuntimeError(f"dim={d} appears multiple times in the list of dims")
    return tuple(sorted(wrap_dims(dim, ndim or 1))) if dim not in (None, ()) else tuple(range(ndim))


def _one(dim: int, ndim: int) -> int:
    return _dims(dim, ndim)[0]


def _summed_in(dtype: _dtype.dtype) -> _dtype.dtype:
    return dtype if dtype.category >= _dtype.FLOAT else torch.int64


def _reduction(name: str, reduce: Any, result_dtype: Any = lambda dtype: dtype) -> None:
    """``reduce(input, dims, keepdim, dtype)`` of what the mask keeps."""

    def function(input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Any:
        dims = _dims(dim, input.ndim)
        kept = _kept(name, input, mask)
        return reduce(kept, dims, bool(keepdim), dtype or result_dtype(input.dtype))

    composite("masked", name=name)(function)


def _product(input: Tensor, dims: tuple[int, ...], keepdim: bool, dtype: _dtype.dtype) -> Tensor:
    input = input.to(dtype)
    for d in reversed(dims):
        input = torch.prod(input, d, keepdim)
    return input


_reduction("sum", lambda t, dims, keepdim, dtype: torch.sum(t, dims, keepdim, dtype=dtype), _summed_in)
_reduction("prod", _product, _summed_in)
for _name in ("amax", "amin", "logsumexp"):
    _reduction(_name, lambda t, dims, keepdim, dtype, name=_name: getattr(torch, name)(t, dims, keepdim).to(dtype))


def _along(name: str, compute: Any) -> None:
    """``compute(input, dim, dtype)`` of what the mask keeps."""

    def function(input: Any, dim: int, *, dtype: Any = None, mask: Any = None) -> Any:
        kept = _kept(name, input, mask)
        return compute(kept, _one(dim, input.ndim), dtype or input.dtype)

    composite("masked", name=name)(function)


for _name in ("cumsum", "cumprod"):
    _along(_name, lambda t, dim, dtype, name=_name: getattr(torch, name)(t, dim, dtype=dtype).to(dtype))
for _name in ("softmax", "log_softmax", "softmin"):
    _along(_name, lambda t, dim, dtype, name=_name: getattr(torch.nn.functional, name)(t, dim, dtype=dtype))


def _place(name: str) -> None:
    def function(input: Any, dim: int | None = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Any:
        kept = _kept(name, input, mask)
        return getattr(torch, name)(kept, dim, bool(keepdim)).to(dtype or input.dtype)

    composite("masked", name=name)(function)


_place("argmax")
_place("argmin")


@composite("masked")
def median(input: Any, dim: int = -1, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    """The lower median of what is kept, nan where nothing is."""
    wide = input if input.dtype.is_floating_point else input.to(torch.float32)
    found = torch.nanmedian(_kept(math.nan, wide, mask), _one(dim, input.ndim), keepdim).values
    if wide is input:
        return found
    if torch.isnan(found).any():
        raise ValueError("masked median expects no fully masked out rows if dtype is not floating point")
    return found.to(dtype or input.dtype)


def _counted(input: Tensor, dim: Any, keepdim: bool, mask: Any) -> Tensor:
    """How many elements the mask keeps."""
    kept = torch.ones(input.shape, dtype=torch.int64) if mask is None else mask
    return torch.sum(kept, _dims(dim, input.ndim), keepdim)


@composite("masked")
def mean(input: Any, dim: Any = None, *, keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Any:
    wanted, source = (input.dtype, "Input") if dtype is None else (dtype, "Optional")
    if wanted.category < _dtype.FLOAT:
        raise ValueError(
            f"mean(): Could not infer output dtype. {source} dtype must be either a floating point or complex "
            f"dtype. Got: {wanted}"
        )
    mask = None if mask is None else _canonical(mask, input)
    count = _counted(input, dim, bool(keepdim), mask)
    return torch.masked.sum(input, dim, keepdim=keepdim, dtype=wanted, mask=mask) / count


def _spread(name: str, root: bool) -> None:
    def function(input: Any, dim: Any = None, unbiased: bool | None = None, *, correction: float | None = None,
                 keepdim: bool = False, dtype: Any = None, mask: Any = None) -> Any:  # fmt: skip
        if unbiased is not None and correction is not None:
            raise AssertionError("Only one of unbiased and correction may be given")
        if correction is None:
            correction = 1.0 if unbiased is None or unbiased else 0.0
        dtype = dtype or (input.dtype if input.dtype.category >= _dtype.FLOAT else torch.float32)
        within = dtype if dtype.category >= _dtype.FLOAT else torch.float32
        mask = None if mask is None else _canonical(mask, input)
        count = _counted(input, dim, True, mask)
        average = torch.masked.sum(input, dim, keepdim=True, dtype=dtype, mask=mask) / count
        away = torch.sub(input, average)
        total = torch.masked.sum(away * away.conj(), dim, keepdim=keepdim, dtype=within, mask=mask)
        if not keepdim:
            count = torch.reshape(count, total.shape)
        if correction:
            count = count.to(_dtype.of_numpy[_dtype.to_real(within.numpy)])
            count = torch.maximum(torch.sub(count, float(correction)), torch.zeros((), dtype=count.dtype))
        found = torch.div(total, count).to(dtype)
        return torch.sqrt(found) if root else found

    composite("masked", name=name)(function)


_spread("var", False)
_spread("std", True)


@composite("masked")
def logaddexp(input: Any, other: Any, *, dtype: Any = None, input_mask: Any = None, other_mask: Any = None) -> Any:
    a, b = (_kept("logaddexp", t, mask) for t, mask in ((input, input_mask), (other, other_mask)))
    return torch.logaddexp(a, b).to(dtype or input.dtype)


@composite("masked")
def norm(input: Any, ord: float = 2.0, dim: Any = None, *, keepdim: bool = False, dtype: Any = None,
         mask: Any = None) -> Any:  # fmt: skip
    if ord == -math.inf and mask is not None and not input.dtype.is_floating_point:
        raise AssertionError(f"input must be floating point, got {input.dtype}")
    kept = _kept(math.inf if ord == -math.inf else 0, input, mask)
    return torch.linalg.vector_norm(kept, ord, _dims(dim, input.ndim), bool(keepdim), dtype=dtype or input.dtype)


@composite("masked")
def normalize(input: Any, ord: float, dim: int, *, eps: float = 1e-12, dtype: Any = None, mask: Any = None) -> Any:
    """Divided by the norm, which is ``eps`` at least."""
    length = norm(input, ord, dim, keepdim=True, dtype=dtype, mask=mask)
    return torch.div(_kept(0, input, mask), torch.maximum(length, torch.full((), eps, dtype=length.dtype)))
