"""Fourier transforms: three rows, from real to complex, back, and between complex numbers.

A transform is linear, and so is its own derivative: the transform the other way, scaled alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.fft
from numpy import ndarray

from .. import _dtype
from .._op import composite, op, row, torch
from .._tensor import Tensor
from .views import wrap_dim

# How results are scaled: not at all, by the root of the number of points, or by that number.
_SCALES = {None: (0, 2), "backward": (0, 2), "ortho": (1, 1), "forward": (2, 0)}  # forward, inverse


def _named(scale: int, forward: bool) -> str:
    """The scale in SciPy's words."""
    return "ortho" if scale == 1 else ("backward" if (scale == 0) == forward else "forward")


def _c2c(self: ndarray, dim: tuple[int, ...], scale: int, forward: bool) -> ndarray:
    if not dim or not self.size:
        return self.copy()
    transform = scipy.fft.fftn if forward else scipy.fft.ifftn
    return transform(self, axes=dim, norm=_named(scale, forward))


def _r2c(self: ndarray, dim: tuple[int, ...], scale: int, onesided: bool) -> ndarray:
    if not self.size:
        shape = [n // 2 + 1 if onesided and d == dim[-1] else n for d, n in enumerate(self.shape)]
        return np.zeros(shape, np.result_type(self.dtype, np.complex64))
    transform = scipy.fft.rfftn if onesided else scipy.fft.fftn
    return transform(self, axes=dim, norm=_named(scale, True))


def _c2r(self: ndarray, dim: tuple[int, ...], scale: int, last_dim_size: int) -> ndarray:
    sizes = [*(self.shape[d] for d in dim[:-1]), last_dim_size]
    if not self.size:
        return np.zeros([dict(zip(dim, sizes, strict=True)).get(d, n) for d, n in enumerate(self.shape)],
                        self.real.dtype)  # fmt: skip
    return scipy.fft.irfftn(self, sizes, dim, norm=_named(scale, False))


def _r2c_grad(grad: Any, self_shape: Any, dim: Any, scale: int, onesided: bool) -> Any:
    if onesided:  # the half that was left out carries no gradient
        last = dim[-1]
        missing = self_shape[last] - grad.shape[last]
        grad = torch.constant_pad_nd(grad, (0, 0) * (len(self_shape) - 1 - last) + (0, missing))
    return torch.real(row("_fft_c2c")(grad, dim, scale, False))


def _c2r_grad(grad: Any, dim: Any, scale: int) -> Any:
    half = row("_fft_r2c")(grad, dim, scale, True)
    last, size = dim[-1], half.shape[dim[-1]]
    twice = np.ones(size, grad.dtype if isinstance(grad, ndarray) else grad._array.dtype)
    twice[1 : 1 + grad.shape[last] - size] = 2  # for the conjugates that the input does not hold
    return half * twice.reshape((-1, *(1,) * (len(half.shape) - 1 - last)))


op("_fft_c2c", lambda self, dim, scale, forward: _c2c(self, dim, scale, forward), places=(),
   self=lambda grad, dim, scale, forward: row("_fft_c2c")(grad, dim, scale, not forward))
op("_fft_r2c", lambda self, dim, scale, onesided: _r2c(self, dim, scale, onesided), places=(),
   self=lambda grad, self_shape, dim, scale, onesided: _r2c_grad(grad, self_shape, dim, scale, onesided))
op("_fft_c2r", lambda self, dim, scale, last_dim_size: _c2r(self, dim, scale, last_dim_size), places=(),
   self=lambda grad, dim, scale: _c2r_grad(grad, dim, scale))


def _scale(norm: str | None, forward: bool) -> int:
    if norm not in _SCALES:
        raise RuntimeError(f'Invalid normalization mode: "{norm}"')
    return _SCALES[norm][0 if forward else 1]


def _promoted(self: Tensor, to_complex: bool = False) -> Tensor:
    """Integers become floating, and what must be complex does."""
    if self.dtype.category == _dtype.FLOAT and self.element_size() == 2:
        raise RuntimeError(f"Unsupported dtype {self.dtype.type_name}")
    dtype = _dtype.to_float(self._array.dtype)
    if to_complex:
        dtype = np.result_type(dtype, np.complex64)
    return self if dtype is self._array.dtype else self.to(_dtype.of_numpy[np.dtype(dtype)])


def _resized(self: Any, dims: Sequence[int], sizes: Sequence[int]) -> Any:
    """Cut, or padded with zeros, to a number of points in each dimension."""
    missing = [0] * self.ndim
    for d, n in zip(dims, sizes, strict=True):
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified")
        if self.shape[d] > n:
            self = torch.narrow(self, d, 0, n)
        missing[d] = n - self.shape[d]
    if not any(missing):
        return self
    return torch.constant_pad_nd(self, tuple(k for n in reversed(missing) for k in (0, n)))


def _last(self: Any, dim: int) -> int:
    if not self.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return wrap_dim(dim, self.ndim)


def _many(self: Any, s: Any, dim: Any) -> tuple[tuple[int, ...], list[int]]:
    """The dimensions, and the number of points of each."""
    s = [s] if isinstance(s, int) else s
    dim = [dim] if isinstance(dim, int) else dim
    if dim is not None and s is not None and len(dim) != len(s):
        raise RuntimeError("When given, dim and shape arguments must have the same length")
    if dim is not None:
        dims = [wrap_dim(d, self.ndim) for d in dim]
        if len(set(dims)) < len(dims):
            raise RuntimeError("FFT dims must be unique")
    elif s is not None:
        if len(s) > self.ndim:
            raise RuntimeError(
                f"Got shape with {len(s)} values but input tensor only has {self.ndim} dimensions."
            )
        dims = list(range(self.ndim - len(s), self.ndim))
    else:
        dims = list(range(self.ndim))
    sizes = [self.shape[d] for d in dims]
    if s is not None:
        sizes = [size if n == -1 else n for n, size in zip(s, sizes, strict=True)]
    for n in sizes:
        if n < 1:
            raise RuntimeError(f"Invalid number of data points ({n}) specified")
    return tuple(dims), sizes


# In one dimension.


def _real(name: str, self: Tensor, words: str) -> Tensor:
    if self.is_complex():
        raise RuntimeError(f"{name} expects a {words}, but got {self.dtype.type_name}")
    return _promoted(self)


def _from_real(self: Any, n: int | None, dim: int, norm: str | None, forward: bool, onesided: bool) -> Any:
    d = _last(self, dim)
    scale = _scale(norm, forward)
    self = _resized(self, [d], [self.shape[d] if n is None else n])
    found = row("_fft_r2c")(self, (d,), scale, onesided)
    return found if forward else torch.conj(found)


def _to_real(self: Any, n: int | None, dim: int, norm: str | None, forward: bool) -> Any:
    self = _promoted(self, to_complex=True)
    d = _last(self, dim)
    size = 2 * (self.shape[d] - 1) if n is None else n
    if size < 1:
        raise RuntimeError(f"Invalid number of data points ({size}) specified")
    self = _resized(self, [d], [size // 2 + 1])
    return row("_fft_c2r")(torch.conj(self) if forward else self, (d,), _scale(norm, forward), size)


def _one(self: Any, n: int | None, dim: int, norm: str | None, forward: bool) -> Any:
    self = _promoted(self)
    if not self.is_complex():
        return _from_real(self, n, dim, norm, forward, onesided=False)
    d = _last(self, dim)
    scale = _scale(norm, forward)
    self = _resized(self, [d], [self.shape[d] if n is None else n])
    return row("_fft_c2c")(self, (d,), scale, forward)


@composite("fft")
def fft(self: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """sum of x[k] exp(-2 pi i j k / n), for each j; ``norm`` says which way divides by n, or by its root."""
    return _one(self, n, dim, norm, True)


@composite("fft")
def ifft(self: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    return _one(self, n, dim, norm, False)


@composite("fft")
def rfft(self: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """The first half of ``fft`` of real numbers; the rest are its conjugates."""
    return _from_real(_real("rfft", self, "real input tensor"), n, dim, norm, True, onesided=True)


@composite("fft")
def irfft(self: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    return _to_real(self, n, dim, norm, False)


@composite("fft")
def hfft(self: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """``fft``, real, of a signal of which the first half is given and the rest are its conjugates."""
    return _to_real(self, n, dim, norm, True)


@composite("fft")
def ihfft(self: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    return _from_real(_real("ihfft", self, "real input tensor"), n, dim, norm, False, onesided=True)


# In several.


def _complex_many(self: Any, s: Any, dim: Any, norm: str | None, forward: bool) -> Any:
    dims, sizes = _many(self, s, dim)
    self = _resized(_promoted(self, to_complex=True), dims, sizes)
    return row("_fft_c2c")(self, dims, _scale(norm, forward), forward)


@composite("fft")
def fftn(self: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    return _complex_many(self, s, dim, norm, True)


@composite("fft")
def ifftn(self: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    return _complex_many(self, s, dim, norm, False)


def _some(name: str, dims: Sequence[int]) -> None:
    if not dims:
        raise RuntimeError(f"{name} must transform at least one axis")


@composite("fft")
def rfftn(self: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    self = _real("rfftn", self, "real-valued input tensor")
    dims, sizes = _many(self, s, dim)
    _some("rfftn", dims)
    return row("_fft_r2c")(_resized(self, dims, sizes), dims, _scale(norm, True), True)


def _half_many(name: str, self: Any, s: Any, dim: Any) -> tuple[Any, tuple[int, ...], int]:
    """Points of which the last dimension holds a half, its dimensions, and how many that makes."""
    if s is None and dim is None:
        dims, sizes = tuple(range(self.ndim)), list(self.shape)
    else:
        dims, sizes = _many(self, s, dim)
    _some(name, dims)
    given = None if s is None else ([s] if isinstance(s, int) else list(s))[-1]
    last = 2 * (self.shape[dims[-1]] - 1) if given in (None, -1) else sizes[-1]
    if last < 1:
        raise RuntimeError(f"Invalid number of data points ({last}) specified")
    self = _promoted(self, to_complex=True)
    return _resized(self, dims, [*sizes[:-1], last // 2 + 1]), dims, last


@composite("fft")
def irfftn(self: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    self, dims, last = _half_many("irfftn", self, s, dim)
    return row("_fft_c2r")(self, dims, _scale(norm, False), last)


@composite("fft")
def hfftn(self: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    self, dims, last = _half_many("hfftn", self, s, dim)
    scale = _scale(norm, True)
    if len(dims) > 1:
        self = row("_fft_c2c")(self, dims[:-1], scale, True)
    return row("_fft_c2r")(torch.conj(self), dims[-1:], scale, last)


@composite("fft")
def ihfftn(self: Any, s: Any = None, dim: Any = None, norm: str | None = None) -> Any:
    if self.is_complex():
        raise RuntimeError(f"Only supports floating-point dtypes, but found: {self.dtype.type_name}")
    self = _promoted(self)
    dims, sizes = _many(self, s, dim)
    _some("ihfftn", dims)
    scale = _scale(norm, False)
    half = row("_fft_r2c")(_resized(self, dims, sizes), dims[-1:], scale, True)
    if len(dims) == 1:
        return torch.conj(half)
    return row("_fft_c2c")(torch.conj_physical(half), dims[:-1], scale, False)


def _two_dimensional(name: str, function: Any) -> None:
    def of_two(self: Any, s: Any = None, dim: Any = (-2, -1), norm: str | None = None) -> Any:
        return function(self, s, dim, norm)

    composite("fft", name=name)(of_two)


for _function in (fftn, ifftn, rfftn, irfftn, hfftn, ihfftn):
    _two_dimensional(_function.__name__[:-1] + "2", _function)


# The order of frequencies.


def _rolled(self: Any, dim: Any, extra: int) -> Any:
    dims = tuple(range(self.ndim)) if dim is None else (dim,) if isinstance(dim, int) else tuple(dim)
    return torch.roll(self, tuple((self.shape[wrap_dim(d, self.ndim)] + extra) // 2 for d in dims), dims)


@composite("fft")
def fftshift(self: Any, dim: Any = None) -> Any:
    """Moves the zero frequency to the middle."""
    return _rolled(self, dim, 0)


@composite("fft")
def ifftshift(self: Any, dim: Any = None) -> Any:
    return _rolled(self, dim, 1)


def _frequencies(numbers: Any, n: int, d: float, dtype: Any, requires_grad: bool) -> Tensor:
    dtype = dtype or _dtype.get_default_dtype()
    values = numbers.astype(dtype.numpy) * dtype.numpy.type(1.0 / (n * d))
    return Tensor._wrap(np.asarray(values, dtype.numpy)).requires_grad_(requires_grad)


@composite("fft")
def fftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """The frequencies of ``fft`` of n points that are d apart."""
    return _frequencies((np.arange(n) + n // 2) % n - n // 2, n, d, dtype, requires_grad)


@composite("fft")
def rfftfreq(n: int, d: float = 1.0, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    return _frequencies(np.arange(n // 2 + 1), n, d, dtype, requires_grad)
