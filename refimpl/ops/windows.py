"""Windows of signal processing: ``torch.signal.windows``, and the older ones of ``torch``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

from .. import _dtype
from .._creation import makes
from .._grad_mode import no_grad
from .._op import composite, torch
from .._tensor import Tensor


def _length(name: str, M: int, dtype: Any) -> Any:
    dtype = dtype or _dtype.get_default_dtype()
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    if dtype.name not in ("float32", "float64"):
        raise ValueError(f"{name} expects float32 or float64 dtypes, got: {dtype}")
    return dtype


def _window(function: Callable[..., Tensor]) -> None:
    """Publishes a window: what ``function(k, M, sym)`` makes of the even numbers ``k(first, last)``."""
    name = function.__name__

    def make(M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
             requires_grad: bool = False, **given: Any) -> Tensor:  # fmt: skip
        options = {"dtype": _length(name, M, dtype), "requires_grad": requires_grad}
        made = function(lambda first, last: torch.linspace(first, last, M, **options), M, sym, **given)
        return made if M > 1 or (M and name in ("exponential", "cosine", "gaussian")) else torch.ones(M, **options)

    make.__doc__ = function.__doc__
    composite("signal.windows", name=name)(make)


@_window
def bartlett(k: Any, M: int, sym: bool) -> Tensor:
    return 1 - torch.abs(k(-1, -1 + (M - 1) * (2 / max(M - sym, 1))))


@_window
def cosine(k: Any, M: int, sym: bool) -> Tensor:
    step = math.pi / max(M + 1 if not sym and M > 1 else M, 1)
    return torch.sin(k(0.5 * step, (0.5 + (M - 1)) * step))


@_window
def exponential(k: Any, M: int, sym: bool, *, center: float | None = None, tau: float = 1.0) -> Tensor:
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError("Center must be None for symmetric windows")
    if center is None:
        center = (M if not sym and M > 1 else M - 1) / 2
    return torch.exp(-torch.abs(k(-center * (1 / tau), (-center + (M - 1)) * (1 / tau))))


@_window
def gaussian(k: Any, M: int, sym: bool, *, std: float = 1.0) -> Tensor:
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    start, scale = -(M if not sym and M > 1 else M - 1) / 2, 1 / (std * math.sqrt(2))
    return torch.exp(-(k(start * scale, (start + (M - 1)) * scale) ** 2))


@_window
def kaiser(k: Any, M: int, sym: bool, *, beta: float = 12.0) -> Tensor:
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    shape = torch.tensor(beta, dtype=k(0, 0).dtype)
    end = torch.minimum(shape, -shape + (M - 1) * (2.0 * shape / max(M - sym, 1)))
    return torch.i0(torch.sqrt(shape * shape - torch.pow(k(-shape, end), 2))) / torch.i0(shape)


@composite("signal.windows")
def general_cosine(M: int, *, a: Any, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
                   requires_grad: bool = False) -> Tensor:  # fmt: skip
    """The sum of ``a[i] (-1)**i cos(i k)``, with k once around the circle."""
    options = {"dtype": _length("general_cosine", M, dtype), "requires_grad": requires_grad}
    if M < 2:
        return torch.ones(M, **options)
    if not isinstance(a, Iterable):
        raise TypeError("Coefficients must be a list/tuple")
    if not a:
        raise ValueError("Coefficients cannot be empty")
    k = torch.linspace(0, (M - 1) * (2 * math.pi / (M - sym)), M, **options)
    weights = torch.tensor([(-1) ** i * weight for i, weight in enumerate(a)], **options)
    i = torch.arange(len(weights), **options)
    return (weights.unsqueeze(-1) * torch.cos(i.unsqueeze(-1) * k)).sum(0)


@composite("signal.windows")
def general_hamming(M: int, *, alpha: float = 0.54, **options: Any) -> Tensor:
    return general_cosine(M, a=[alpha, 1.0 - alpha], **options)


def _fixed(name: str, *a: float) -> None:
    def make(M: int, *, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
             requires_grad: bool = False) -> Tensor:  # fmt: skip
        if name == "blackman":
            _length(name, M, dtype)
        return general_cosine(M, a=a, sym=sym, dtype=dtype, requires_grad=requires_grad)

    composite("signal.windows", name=name)(make)


_fixed("blackman", 0.42, 0.5, 0.08)
_fixed("hamming", 0.54, 1.0 - 0.54)
_fixed("hann", 0.5, 0.5)
_fixed("nuttall", 0.3635819, 0.4891775, 0.1365995, 0.0106411)

# The older ones, periodic unless told otherwise, and without gradients.


def _older(name: str, shape: Callable[..., Tensor]) -> None:
    @makes("torch", name=f"{name}_window")
    def make(window_length: int, periodic: bool = True, *more: float, dtype: Any = None, **named: Any) -> Any:
        dtype = dtype or _dtype.get_default_dtype()
        if dtype.category < _dtype.FLOAT:
            raise RuntimeError(f"{name}_window expects floating point dtypes, got: {dtype.type_name}")
        if window_length < 0:
            raise RuntimeError(f"{name}_window requires non-negative window_length, got window_length={window_length}")
        if window_length < 2:
            return torch.ones(window_length, dtype=dtype)._array
        with no_grad():
            wide = torch.float32 if name == "kaiser" and dtype.itemsize == 2 else dtype
            k = torch.arange(window_length + periodic, dtype=wide)
            window: Any = shape(k, lambda value: torch.tensor(value, dtype=wide), len(k) - 1, *more, **named)
            return window[:window_length].to(dtype).clone()._array


# Each constant ``c`` is rounded to the dtype.


def _hamming(k: Any, c: Any, n: int, alpha: float = 0.54, beta: float = 0.46) -> Tensor:
    return (k * c(math.pi * 2 / n)).cos() * c(-beta) + c(alpha)


def _blackman(k: Any, c: Any, n: int) -> Tensor:
    k = k * c(math.pi / n)
    return (k * c(4)).cos() * c(0.08) - (k * c(2)).cos() * c(0.5) + c(0.42)


def _kaiser(k: Any, c: Any, n: int, beta: float = 12.0) -> Tensor:
    return torch.i0(c(beta) * (1 - (k * c(2 / n) - 1) ** 2).clamp_min(0).sqrt()) / torch.i0(c(beta))


_older("hamming", _hamming)
_older("hann", lambda k, c, n: _hamming(k, c, n, 0.5, 0.5))
_older("blackman", _blackman)
_older("bartlett", lambda k, c, n: torch.where(torch.arange(n + 1) > n // 2, 2 - k * c(2 / n), k * c(2 / n)))
_older("kaiser", _kaiser)
