"""Interpolation, in ``nn.functional``: each output a weighted sum of inputs near by.

It is linear and goes dimension by dimension, so a sparse matrix for each says all of it: its rows
weigh the inputs of one output, and gradients go through its transpose.
"""

from __future__ import annotations

import inspect
import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray
from scipy.sparse import csr_array

from .._dtype import F16, F32
from .._op import composite, namespace, op, row
from .._row import Function
from .pooling import laid_out
from .refusals import refuse
from .views import _array

Ints = tuple[int, ...]


def _cubic(t: ndarray, a: float) -> ndarray:
    return np.where(t < 1, ((a + 2) * t - (a + 3)) * t * t + 1, np.where(t < 2, a * (t - 1) * (t - 2) ** 2, 0))


# How far each kind reaches, and what it weighs at a distance.
_FILTERS: dict[str, tuple[int, Function]] = {
    "linear": (1, lambda t: np.maximum(1 - t, 0)),
    "cubic": (2, lambda t: _cubic(t, -0.75)),
    "linear_aa": (1, lambda t: np.maximum(1 - t, 0)),
    "cubic_aa": (2, lambda t: _cubic(t, -0.5)),
    "lanczos_aa": (3, lambda t: np.where(t < 3, np.sinc(t) * np.sinc(t / 3), 0)),
}


def _taps(kind: str, n: int, count: int, align_corners: bool, factor: float | None, real: Any) -> tuple[ndarray, ndarray]:
    """For each of ``count`` outputs the inputs that it takes [count, taps], and their weights."""
    i, half = np.arange(count, dtype=real), real(0.5)
    if align_corners:
        scale = real(n - 1) / real(count - 1) if count > 1 else real(0)
    else:
        scale = real(1 / factor) if factor is not None and factor > 0 else real(n) / real(count)
    if "nearest" in kind:
        at = scale * i if kind == "nearest" else np.maximum(scale * (i + half) - half, 0) + np.float64(0.5)
        return np.minimum(at.astype(F32).astype(np.int64), n - 1)[:, None], np.ones((count, 1), real)
    reach, weigh = _FILTERS[kind]
    if kind.endswith("_aa"):  # over as many inputs as lie between two outputs
        centre, step = scale * (i + half), max(scale, real(1))
        first, last = (np.clip((centre + s * reach * step + half).astype(np.int64), 0, n) for s in (-1, 1))
        taps = first[:, None] + np.arange(math.ceil(reach * step) * 2 + 1)
        weights = weigh(abs(taps - centre[:, None] + half) / step) * (taps < last[:, None])
        return np.minimum(taps, n - 1), weights / weights.sum(1, keepdims=True)
    if align_corners:
        at = scale * i
    else:  # rounded once, as a fused multiplication and addition is
        at = (np.longdouble(scale) * (i + half) - half).astype(real)
    at = np.maximum(at, 0) if kind == "linear" else at
    first = np.minimum(np.floor(at.astype(F32)).astype(np.int64), n - 1)
    beyond, j = np.clip(at - first, 0, 1)[:, None], np.arange(1 - reach, reach + 1)
    weights = weigh(abs(j - beyond)) if reach > 1 else np.hstack((1 - beyond, beyond))
    return np.clip(first[:, None] + j, 0, n - 1), weights


def _matrices(kind: str, size: Ints, how: Any, dtype: Any) -> list[Any]:
    """A matrix [count, n] for each dimension; None where nothing changes."""
    output_size, *rest = how
    align_corners, *factors = rest if len(rest) > len(size) else (False, *rest)
    plane = len(size) == 2 and "nearest" in kind
    real = np.float32 if dtype == F32 or plane or (dtype.kind == "u" and "nearest" in kind) else np.float64
    found: list[Any] = []
    for n, count, factor in zip(size, output_size, factors, strict=True):
        if plane and kind == "nearest" and count in (n, 2 * n):
            factor = None  # PyTorch's shortcut
        at, weights = _taps(kind, n, count, align_corners, factor, real)
        matrix = csr_array((weights.ravel(), at.ravel(), np.arange(count + 1) * at.shape[1]), shape=(count, n))
        if kind.endswith("_aa"):
            matrix.eliminate_zeros()  # beyond the border
        same = n == count and "nearest" not in kind and (kind != "cubic" or dtype.kind == "u")
        found.append(None if same else matrix)
    return found


def _taken(matrix: Any, x: ndarray) -> ndarray:
    """``matrix @ x``, of x [n, columns]."""
    if matrix.format == "csr" and matrix.nnz == matrix.shape[0]:
        return x[matrix.indices]  # one each: -0 stays as it is
    if x.dtype.kind != "u":
        return np.asarray(matrix.astype(x.dtype) @ x)
    matrix.sum_duplicates()  # bytes are weighed by 16-bit integers, as finely as those allow
    digits = next(p for p in range(23) if p == 22 or int(0.5 + matrix.data.max() * 2 ** (p + 1)) >= 2**15)
    matrix.data = np.trunc(matrix.data * 2**digits + np.copysign(0.5, matrix.data))
    sums = matrix.astype(np.int64) @ x.astype(np.int64)
    return ((sums + 2 ** (digits - 1)) >> digits).clip(0, 255).astype(x.dtype)


def _resampled(x: ndarray, matrices: list[Any]) -> ndarray:
    """The last dimension first."""
    out = x
    for axis, matrix in reversed(list(enumerate(matrices, 2))):
        if matrix is not None:
            rows = np.moveaxis(out, axis, 0)
            out = _taken(matrix, rows.reshape(len(rows), math.prod(rows.shape[1:])))
            out = np.moveaxis(out.reshape(len(out), *rows.shape[1:]), 0, axis)
    return laid_out(np.array(out, order="C"), x)


def _rows(name: str, kind: str, dims: int) -> None:
    parameters = ["output_size", *(() if "nearest" in kind else ("align_corners",)),
                  *(("scales",) if dims == 1 else ("scales_d", "scales_h", "scales_w")[-dims:])]  # fmt: skip

    def taking(first: str, function: Function) -> Function:
        """A function of these parameters, each of which has its own number of factors."""
        function.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [inspect.Parameter(p, inspect.Parameter.POSITIONAL_OR_KEYWORD) for p in (*first.split(), *parameters)])
        return function

    def backward(grad_output: ndarray, input_size: Ints, *how: Any) -> ndarray:
        matrices = _matrices(kind, input_size[2:], how, grad_output.dtype)
        return _resampled(grad_output, [None if m is None else m.T for m in matrices])

    op(name, taking("self", lambda self, *how: _resampled(self, _matrices(kind, self.shape[2:], how, self.dtype))),
       places=(),
       self=taking("grad self_shape", lambda grad, *how: row(name + "_backward")(grad, *how)))
    op(name + "_backward", taking("grad_output input_size", backward), places=(),
       grad_output=taking("grad", lambda grad, *how: row(name)(grad, *how)))


_MODES = {  # the kind, the rows, their numbers of dimensions, and what PyTorch has no kernel for
    "nearest":       ("nearest", "upsample_nearest{}d", (1, 2, 3), "ibc"),
    "nearest-exact": ("nearest-exact", "_upsample_nearest_exact{}d", (1, 2, 3), "ibc"),
    "linear":        ("linear", "upsample_linear{}d", (1,), "iubc"),
    "bilinear":      ("linear", "upsample_bilinear{}d", (2,), "ibc"),
    "trilinear":     ("linear", "upsample_trilinear{}d", (3,), "iubc"),
    "bicubic":       ("cubic", "upsample_bicubic{}d", (2,), "ibc"),
    "bilinear_aa":   ("linear_aa", "_upsample_bilinear{}d_aa", (2,), "ibcV"),
    "bicubic_aa":    ("cubic_aa", "_upsample_bicubic{}d_aa", (2,), "ibcV"),
    "lanczos_aa":    ("lanczos_aa", "_upsample_lanczos{}d_aa", (2,), "ibcV"),
}
for _kind, _name, _ranks, _ in _MODES.values():
    for _dims in _ranks:
        _rows(_name.format(_dims), _kind, _dims)


def _listed(name: str, value: Any, size: Ints) -> list[Any]:
    """A number for each dimension."""
    if not isinstance(value, (list, tuple)):
        return [value] * len(size)
    if len(value) != len(size):
        raise ValueError(f"Input and {name} must have the same number of spatial dimensions, but got input with "
                         f"spatial dimensions of {list(size)} and {name} of {value}.")
    return list(value)


@composite("nn.functional")
def interpolate(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
                align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
                antialias: bool = False) -> Any:  # fmt: skip
    """[n, c, ...] in another size: the given one, or so many times its own."""
    shape = _array(input).shape
    inner, ndim = shape[2:], len(shape)
    plain = mode in ("nearest", "area", "nearest-exact")
    if plain and align_corners is not None:
        raise ValueError("align_corners option can only be set with the interpolating modes: linear | bilinear | "
                         "bicubic | trilinear")
    if (size is None) == (scale_factor is None):
        raise ValueError("either size or scale_factor should be defined" if size is None else
                         "only one of size or scale_factor should be defined")
    output_size = None if size is None else _listed("output", size, inner)
    if not all(isinstance(n, (int, np.integer)) for n in output_size or ()):
        raise TypeError(f"expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], "
                        f"but got size with types {list(map(type, output_size or ()))}")
    factors = _listed("scale_factor", scale_factor, inner)
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    if output_size is None:
        output_size = [int(n * factor) for n, factor in zip(inner, factors, strict=True)]
    if recompute_scale_factor:
        factors = [None] * len(inner)
    if antialias and not (mode in ("bilinear", "bicubic", "lanczos") and ndim == 4):
        raise ValueError("Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D "
                         "tensor as input")
    if mode == "area" and ndim in (3, 4, 5):
        return namespace[f"nn.functional.adaptive_avg_pool{ndim - 2}d"](input, output_size)
    if mode == "lanczos" and ndim == 4 and (align_corners or not antialias):
        raise ValueError("Lanczos mode " + ("does not support align_corners=True" if align_corners else
                                            "requires antialias=True"))
    kind, name, ranks, refused = _MODES.get(mode + "_aa" * antialias, ("", "", (), ""))
    if ndim - 2 not in ranks:
        raise NotImplementedError(
            f"Got {ndim}D input, but {mode} mode needs {ranks[0] + 2}D input" if kind == "linear" and ndim in (3, 4, 5) else
            f"Input Error: Only 3D, 4D and 5D input Tensors supported (got {ndim}D) for the modes: nearest | linear | "
            f"bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got {mode})")
    if min(*inner, *output_size) < 1:
        raise RuntimeError(f"Input and output sizes should be greater than 0, but got input {list(inner)} output "
                           f"{output_size}")
    if 0 in shape[1:]:
        raise RuntimeError(f"Non-empty {ndim}D data tensor expected but got a tensor with sizes {list(shape)}")
    refuse(input, f"compute_indices_weights_{kind}", refused + "f" * (antialias and _array(input).dtype == F16))
    return row(name.format(ndim - 2))(input, tuple(output_size), *(() if plain else (bool(align_corners),)), *factors)


def _deprecated(name: str) -> None:
    warnings.warn(f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=4)


@composite("nn.functional")
def upsample(input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
             align_corners: bool | None = None) -> Any:  # fmt: skip
    _deprecated("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


@composite("nn.functional")
def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    _deprecated("upsample_nearest")
    return interpolate(input, size, scale_factor)


@composite("nn.functional")
def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    _deprecated("upsample_bilinear")
    return interpolate(input, size, scale_factor, "bilinear", True)
