"""Fourier transforms: three rows, from real to complex, back, and between complex numbers.

A transform is linear, and so is its own derivative: the transform the other way, scaled alike.
Short-time transforms are those of the windows of a signal.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.fft
from numpy import ndarray

from .. import _dtype
from .._creation import makes, numpy_dtype
from .._op import composite, op, row, torch
from .._tensor import Tensor
from .._warn import warn_once
from .parts import _slice
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
    if dim is not None:
        dims = [_last(self, d) for d in dim]
        if len(set(dims)) < len(dims):
            raise RuntimeError("FFT dims must be unique")
        if s is not None and len(dim) != len(s):
            raise RuntimeError("When given, dim and shape arguments must have the same length")
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


def _refuse_complex(name: str, self: Tensor, words: str) -> None:
    if self.is_complex():
        raise RuntimeError(f"{name} expects a {words}, but got {self.dtype.type_name}")


def _from_real(self: Any, n: int | None, dim: int, norm: str | None, forward: bool, onesided: bool) -> Any:
    d = _last(self, dim)
    self = _resized(self, [d], [self.shape[d] if n is None else n])
    found = row("_fft_r2c")(self, (d,), _scale(norm, forward), onesided)
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
    self = _resized(self, [d], [self.shape[d] if n is None else n])
    return row("_fft_c2c")(self, (d,), _scale(norm, forward), forward)


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
    _refuse_complex("rfft", self, "real input tensor")
    return _from_real(_promoted(self), n, dim, norm, True, onesided=True)


@composite("fft")
def irfft(self: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    return _to_real(self, n, dim, norm, False)


@composite("fft")
def hfft(self: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    """``fft``, real, of a signal of which the first half is given and the rest are its conjugates."""
    return _to_real(self, n, dim, norm, True)


@composite("fft")
def ihfft(self: Any, n: int | None = None, dim: int = -1, norm: str | None = None) -> Any:
    _refuse_complex("ihfft", self, "real input tensor")
    return _from_real(_promoted(self), n, dim, norm, False, onesided=True)


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
    _refuse_complex("rfftn", self, "real-valued input tensor")
    dims, sizes = _many(self, s, dim)
    _some("rfftn", dims)
    return row("_fft_r2c")(_resized(_promoted(self), dims, sizes), dims, _scale(norm, True), True)


def _half_many(name: str, self: Any, s: Any, dim: Any) -> tuple[Any, tuple[int, ...], int]:
    """Points of which the last dimension holds a half, its dimensions, and how many that makes."""
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
    dims, sizes = _many(self, s, dim)
    _some("ihfftn", dims)
    scale = _scale(norm, False)
    if self.is_complex():
        raise RuntimeError(f"Only supports floating-point dtypes, but found: {self.dtype.type_name}")
    self = _promoted(self)
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
    return torch.roll(self, tuple((self.shape[_last(self, d)] + extra) // 2 for d in dims), dims)


@composite("fft")
def fftshift(self: Any, dim: Any = None) -> Any:
    """Moves the zero frequency to the middle."""
    return _rolled(self, dim, 0)


@composite("fft")
def ifftshift(self: Any, dim: Any = None) -> Any:
    return _rolled(self, dim, 1)


def _frequencies(name: str, count: Any, negative: Any) -> None:
    @makes("fft", name=name)
    def make(n: int, d: float = 1.0, *, dtype: Any = None) -> ndarray:
        """The frequencies of the transform of n points that are d apart."""
        if _dtype.category(numpy_dtype(dtype)) < _dtype.FLOAT:
            raise RuntimeError(f"{name} requires a floating point or complex dtype")
        index = torch.arange(count(n), dtype=dtype or _dtype.get_default_dtype())._array
        index[negative(n) :] -= n
        return np.asarray(index * index.dtype.type(np.divide(1.0, n * d)))


_frequencies("fftfreq", lambda n: n, lambda n: (n + 1) // 2)
_frequencies("rfftfreq", lambda n: n // 2 + 1, lambda n: n + 1)


# In windows that slide over a signal.

_REAL_OUTPUT = (
    "stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex tensors for "
    "all inputs, and return_complex=False will raise an error.\nNote: you can still call torch.view_as_real on the "
    "complex output to recover the old return format."
)
_TOO_LONG = (
    "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. Please "
    "check your center and hop_length settings."
)
_ONE_SIDE = "Cannot have onesided output if window or input is complex"


def _checked(name: str, self: Tensor, given: dict[str, Any], *rules: tuple[bool, str]) -> None:
    """Repeats the call, and says of it which rule it breaks."""
    for holds, words in rules:
        if not holds:
            shown = {k: f"{int(v)}" if isinstance(v, int) else f"{_type(v)}{{{list(v.shape)}}}" if v is not None else v
                     for k, v in given.items()}  # fmt: skip
            call = ", ".join([f"{_type(self)}{list(self.shape)}", *(f"{k}={v}" for k, v in shown.items())])
            raise RuntimeError(f"{name}({call}) {words}")


def _type(self: Tensor) -> str:
    return ("CPU{}Type" if self.is_complex() else "torch.{}Tensor").format(self.dtype.type_name)


@composite()
def stft(self: Any, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window: Any = None,
         center: bool = True, pad_mode: str = "reflect", normalized: bool = False, onesided: bool | None = None,
         return_complex: bool | None = None, align_to_window: bool | None = None) -> Any:
    """``fft`` of the windows that begin every ``hop_length`` points: (..., frequencies, windows)."""
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    ndim = self.dim()
    if center:
        padded = torch.nn.functional.pad(self.view((1,) * (3 - ndim) + self.shape), (n_fft // 2,) * 2, pad_mode)
        self = padded.view(padded.shape[-ndim:])
    hop, width = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    if return_complex is None:
        return_complex = self.is_complex() or (window is not None and window.is_complex())
        if not return_complex:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will further require that "
                "return_complex=True in a future PyTorch release."
            )
    if not return_complex:
        warn_once(_REAL_OUTPUT)
    given = {"n_fft": n_fft, "hop_length": hop, "win_length": width, "window": window, "normalized": normalized,
             "onesided": onesided, "return_complex": return_complex, "align_to_window": align_to_window}  # fmt: skip
    _checked("stft", self, given,
             (self.dtype.category >= _dtype.FLOAT, ": expected a tensor of floating point or complex values"),
             (ndim in (1, 2), ": expected a 1D or 2D tensor"))  # fmt: skip
    frames = self.unsqueeze(0) if ndim == 1 else self
    length, left = frames.shape[1], (n_fft - width) // 2
    _checked("stft", self, given,
             (0 < n_fft <= length, f": expected 0 < n_fft < {length}, but got n_fft={width}"),
             (hop > 0, f": expected hop_length > 0, but got hop_length={hop}"),
             (0 < width <= n_fft, f": expected 0 < win_length <= n_fft, but got win_length={width}"),
             (window is None or window.shape == (width,), f": expected a 1D window tensor of size equal to win_length={width}, "
              f"but got window with size {list(() if window is None else window.shape)}"))  # fmt: skip
    if width < n_fft:
        middle = torch.zeros(n_fft, dtype=(self if window is None else window).dtype)
        torch.narrow(middle, 0, left, width).copy_(1 if window is None else window)
        window = middle
    if align_to_window:
        frames = torch.constant_pad_nd(frames, (left, left))
    count = 1 + (length - (width if align_to_window else n_fft)) // hop
    each, along = frames.stride()
    frames = frames.as_strided((frames.shape[0], count, n_fft), (each, hop * along, along))
    if window is not None:
        frames = frames * window
    frames, scale = _promoted(frames), int(normalized)
    if not frames.is_complex():
        spectra = row("_fft_r2c")(frames, (2,), scale, onesided is not False)
    elif onesided:
        raise RuntimeError(_ONE_SIDE)
    else:
        spectra = row("_fft_c2c")(frames, (2,), scale, True)
    spectra.transpose_(1, 2)
    if ndim == 1:
        spectra.squeeze_(0)
    return spectra if return_complex else torch.view_as_real(spectra)


@composite()
def istft(self: Any, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window: Any = None,
          center: bool = True, normalized: bool = False, onesided: bool | None = None, length: int | None = None,
          return_complex: bool = False) -> Any:
    """The signal, from the spectra of its windows: their sum, divided by that of the squared windows."""
    if not self.is_complex():
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    hop, width = n_fft // 4 if hop_length is None else hop_length, n_fft if win_length is None else win_length
    given = {"n_fft": n_fft, "hop_length": hop, "win_length": width, "window": window, "center": center,
             "normalized": normalized, "onesided": onesided, "length": length, "return_complex": return_complex}  # fmt: skip
    pairs = torch.view_as_real(torch.resolve_conj(self))
    count, found = pairs.size(-2), pairs.size(-3)
    _checked("istft", self, given,
             (self.numel() > 0, ": input tensor cannot be empty."),
             (pairs.dim() in (3, 4), f": expected a tensor with 3 or 4 dimensions, but got {pairs.dim()}"))  # fmt: skip
    half, total = found != n_fft if onesided is None else onesided, n_fft + hop * (count - 1)
    _checked("istft", self, given,
             (found == (n_fft // 2 + 1 if half else n_fft),
              ": expected the frequency dimension (3rd to the last) of the input tensor to match n_fft "
              f"{'/ 2 + 1 ' * half}when onesided={half}, but got {found}"),
             (0 < hop <= width, ": expected 0 < hop_length <= win_length"),
             (0 < width <= n_fft, ": expected 0 < win_length <= n_fft"),
             (window is None or window.shape == (width,),
              ": Invalid window shape. window has to be 1D and length of `win_length`"))  # fmt: skip
    is_complex = window is not None and window.is_complex()
    if window is None:
        window = torch.ones(width, dtype=pairs.dtype)
    if width != n_fft:
        left = (n_fft - width) // 2
        window = torch.constant_pad_nd(window, (left, n_fft - width - left))
    if self.dim() == 2:
        pairs = pairs.unsqueeze(0)
    spectra, scale = torch.view_as_complex(pairs.transpose(1, 2)), 1 if normalized else 2
    if return_complex:
        if half:
            raise RuntimeError(_ONE_SIDE)
        frames = row("_fft_c2c")(spectra, (2,), scale, False)
    else:
        if is_complex:
            raise RuntimeError("Complex windows are incompatible with return_complex=False")
        spectra = spectra if half else _slice(spectra, 2, 0, n_fft // 2 + 1, 1)
        frames = row("_fft_c2r")(spectra, (2,), scale, n_fft)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else -start if center else total
    windows = window.pow(2).expand((1, count, n_fft))
    signal, envelope = (
        _slice(row("unfold_backward")(x, (x.shape[0], total), 1, n_fft, hop), 1, start, end, 1)
        for x in (frames * window.view((1, 1, n_fft)), windows)
    )
    _checked("istft", self, given, (not envelope.abs().min() < 1e-11, "window overlap add min: 1\n[ CPUBoolType{} ]"))
    signal = signal / envelope
    if self.dim() == 2:
        signal = signal.squeeze(0)
    if end <= total:
        return signal
    warnings.warn(_TOO_LONG, UserWarning, stacklevel=2)
    return torch.constant_pad_nd(signal, (0, end - total))
