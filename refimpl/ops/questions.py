"""What is asked of tensors and gets an answer: equality, closeness, kinds of dtypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import _dtype
from .._grad_mode import no_grad
from .._op import composite
from .._tensor import Tensor


@composite()
def equal(self: Tensor, other: Tensor) -> bool:
    """Same shape and values."""
    return bool(np.array_equal(self._array, other._array))


@composite()
def isclose(self: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Where ``|self - other| <= atol + |rtol * other|``."""
    if self.dtype is not other.dtype:
        raise RuntimeError(f"{self.dtype.type_name} did not match {other.dtype.type_name}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if not value >= 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value:g}")
    with no_grad():
        close: Any = self == other
        if equal_nan:
            close = close | (self.isnan() & other.isnan())
        if rtol == atol == 0:
            return close
        wide = other.to(_dtype.of_numpy[_dtype.to_float(other._array.dtype)])
        error = ((self.to(wide.dtype) if self.dtype.name == "bool" else self) - wide).abs()
        return close | (error.isfinite() & (error <= atol + (rtol * wide).abs()))


@composite()
def allclose(self: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    return bool(np.all(isclose(self, other, rtol, atol, equal_nan)._array))


@composite()
def is_same_size(self: Tensor, other: Tensor) -> bool:
    return self.shape == other.shape


@composite()
def is_nonzero(self: Tensor) -> bool:
    return bool(self)


@composite("torch")
def is_tensor(obj: Any) -> bool:
    return isinstance(obj, Tensor)


@composite("torch")
def is_complex(self: Any) -> bool:
    return bool(np.iscomplexobj(getattr(self, "_array", self)))


@composite("torch")
def is_floating_point(self: Tensor) -> bool:
    return self.dtype.is_floating_point


@composite()
def is_signed(self: Tensor) -> bool:
    return self.dtype.is_signed


@composite("torch")
def numel(self: Tensor) -> int:
    return self.numel()


@composite("torch")
def result_type(*operands: Any) -> _dtype.dtype:
    arrays = [t._array for t in operands if isinstance(t, Tensor)]
    return _dtype.of_numpy[_dtype.result_type(arrays, [n for n in operands if not isinstance(n, Tensor)])]


@composite("torch")
def promote_types(type1: _dtype.dtype, type2: _dtype.dtype) -> _dtype.dtype:
    return _dtype.of_numpy[_dtype.promote_types(type1.numpy, type2.numpy)]


@composite("torch")
def can_cast(from_: _dtype.dtype, to: _dtype.dtype) -> bool:
    """Whether promotion would: to the same category, or to a higher one."""
    return from_.category <= to.category
