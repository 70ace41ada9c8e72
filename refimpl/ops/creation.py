"""New tensors: constant ones, ranges, and memory laid out as asked for."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._creation import checked_number, makes, new_size, numpy_dtype
from .._dtype import BOOLEAN, F32, F64, I64
from .._random import cast, fma
from .._tensor import Tensor, empty_like, preserve_format

# Constant ones.


def laid_like(array: ndarray, dtype: Any, memory_format: Any = None) -> ndarray:
    """Memory that lies as the array does, where that has neither gaps nor overlaps."""
    if memory_format not in (None, preserve_format):
        return memory_format.lay(np.zeros(array.shape, dtype))
    return empty_like(array, dtype)


def _constant(name: str, constant: Any) -> None:
    @makes("torch", name=name)
    def new(*size: Any, dtype: Any = None, memory_format: Any = preserve_format, **named: Any) -> ndarray:
        return memory_format.lay(np.full(new_size(size, named, name), constant, numpy_dtype(dtype)))

    @makes("torch", name=f"{name}_like")
    def like(self: Any, *, dtype: Any = None, memory_format: Any = None) -> ndarray:
        array = laid_like(getattr(self, "_array", self), numpy_dtype(dtype, self), memory_format)
        array[...] = constant
        return array

    @makes("Tensor", name=f"new_{name}")
    def new_of(self: Tensor, *size: Any, dtype: Any = None, **named: Any) -> ndarray:
        return np.full(new_size(size, named), constant, numpy_dtype(dtype, self))


_constant("zeros", 0)
_constant("ones", 1)
_constant("empty", 0)  # unspecified values: zeros are as good as any


@makes("torch")
def full(size: Any, fill_value: Any, *, dtype: Any = None) -> ndarray:
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    target = numpy_dtype(dtype, None, _dtype.scalar_dtype(value))
    return np.full(new_size((size,)), checked_number(value, target))


@makes("torch")
def full_like(self: Tensor, fill_value: Any, *, dtype: Any = None, memory_format: Any = None) -> ndarray:
    array = laid_like(self._array, numpy_dtype(dtype, self), memory_format)
    array[...] = checked_number(fill_value, array.dtype)
    return array


@makes("Tensor")
def new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None) -> ndarray:
    return np.full(new_size((size,)), checked_number(fill_value, numpy_dtype(dtype, self)))


@makes("torch")
def scalar_tensor(s: Any, *, dtype: Any = None) -> ndarray:
    return checked_number(s, numpy_dtype(dtype))


@makes("torch")
def eye(n: int, m: int | None = None, *, dtype: Any = None) -> ndarray:
    for name, size in (("n", n), ("m", n if m is None else m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return np.eye(n, m, dtype=numpy_dtype(dtype))


@makes("torch")
def empty_strided(size: Any, stride: Any, *, dtype: Any = None) -> ndarray:
    """Zeros laid out with the given strides, counted in elements."""
    size, stride = new_size((size,)), tuple(stride)
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides ({len(stride)})"
        )
    if any(s < 0 for s in stride):
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}"
        )
    last = sum(s * (n - 1) for n, s in zip(size, stride, strict=True))
    memory = np.zeros(0 if 0 in size else last + 1, numpy_dtype(dtype))
    return ndarray(size, memory.dtype, memory, 0, [s * memory.itemsize for s in stride])


@makes("torch")
def empty_permuted(size: Any, physical_layout: Any, **named: Any) -> ndarray:
    """Memory that lies in the order of ``physical_layout``, outermost first."""
    order = [int(d) for d in physical_layout]
    if len(order) != len(size):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = "
            f"{len(size)} is not equal to len(physical_layout) = {len(order)}"
        )
    for i, d in enumerate(order):
        if not 0 <= d < len(order):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(order) - 1}, but got {d} at index {i}).  "
                "NB: negative dims not currently supported; file an issue if you want it."
            )
        if d in order[:i]:
            raise RuntimeError("Duplicate dim not allowed")
    strides = [math.prod(max(size[d], 1) for d in order[order.index(i) + 1 :]) for i in range(len(order))]
    return empty_strided.array(size, strides, **named)


@makes("Tensor")
def new_empty_strided(self: Tensor, size: Any, stride: Any, *, dtype: Any = None) -> ndarray:
    return empty_strided.array(size, stride, dtype=dtype or self.dtype)


# Ranges.


def _numbers(*values: Any) -> list[Any]:
    return [v.item() if isinstance(v, Tensor) else v for v in values]


def _check_ends(start: float, end: float, step: float) -> None:
    if not (step > 0 or step < 0):
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start:g} -> {end:g}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")


@makes("torch")
def arange(*bounds: Any, dtype: Any = None, **named: Any) -> ndarray:
    """``start`` (0) to ``end``, without it, in steps of ``step`` (1)."""
    names = ("end",) if len(bounds) == 1 and "end" not in named else ("start", "end", "step")
    given = {"start": 0, "step": 1, **dict(zip(names, bounds, strict=False)), **named}
    ends = start, end, step = _numbers(given["start"], given["end"], given["step"])
    if any(isinstance(v, complex) for v in ends):
        raise RuntimeError("value cannot be converted to type double without overflow")
    _check_ends(*ends)
    target = numpy_dtype(dtype, None, I64 if all(isinstance(v, int) for v in ends) else None)
    if target == BOOLEAN or target.kind == "c":
        raise NotImplementedError(f"\"arange_cpu\" not implemented for '{_dtype.of_numpy[target].type_name}'")
    if target == I64:
        start, end, step = map(int, ends)
        if not step:
            raise ValueError("step must be nonzero")
    return _steps(start, step, -(-(end - start) // step) if target == I64 else math.ceil((end - start) / step), target)


def _steps(start: float, step: float, count: int, target: np.dtype[Any]) -> ndarray:
    """start, start + step, ..., in double, or in single for 16 bits; whole vectors (by twos) go on from
    rounded numbers."""
    index = np.arange(count)
    if target.kind in "iu":
        return (int(start) + index * int(step)).astype(target)
    wide = F32 if target.itemsize == 2 else F64
    values = fma(index.astype(wide), wide.type(step), wide.type(start))
    lanes = 32 // target.itemsize
    full = count - count % (2 * lanes)
    first = values[:full:lanes].astype(target).astype(wide)
    values[:full] = fma(np.tile(np.arange(lanes, dtype=wide), first.size), wide.type(step), first.repeat(lanes))
    return values.astype(target)


@makes("torch", name="range")
def range_(start: Any, end: Any, step: Any = 1, *, dtype: Any = None) -> ndarray:
    """``start`` to ``end``, with it."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with "
        "Python's range builtin. Instead, use torch.arange, which produces values in [start, end).",
        UserWarning,
        stacklevel=4,
    )
    _check_ends(start, end, step)
    return _steps(start, step, int((end - start) / step + 1), numpy_dtype(dtype))


def _evenly(start: Any, end: Any, steps: int, target: np.dtype[Any]) -> ndarray:
    """From both ends towards the middle, in floating numbers."""
    if target.kind == "c":
        part = _dtype.to_real(target)
        parts = (_evenly(*ends, steps, part) for ends in ((start.real, end.real), (start.imag, end.imag)))
        return np.stack([*parts], -1).view(target)[..., 0]
    real = F64 if target.kind in "iu" else target  # whole numbers are cut off last
    first, last = (checked_number(v, target).astype(real) for v in (start, end))
    step = (last - first) / real.type(steps - 1)
    index = np.arange(steps)
    up, down = _forth(index.astype(real), step, first), _forth((steps - 1 - index).astype(real), -step, last)
    return np.where(index < steps // 2, up, down).astype(real)


def _forth(index: ndarray, step: Any, first: Any) -> ndarray:
    return fma(index, step, first) if index.dtype in (F32, F64) else index * step + first


def _powers(start: Any, end: Any, steps: int, target: np.dtype[Any], base: float) -> ndarray:
    """Powers of the base with even exponents: real ones in double, and no step is fused."""
    first, last = (checked_number(v, target) for v in (start, end))
    wide, index = target if target.kind == "c" else F64, np.arange(steps)
    span = np.asarray(int(last) - int(first) if target.kind in "iu" else last - first)
    step = span.astype(wide) / wide.type(steps - 1)
    up, down = first.astype(wide) + step * index, last.astype(wide) - step * (steps - 1 - index)
    return np.power(wide.type(base), np.where(index < steps // 2, up, down).astype(wide))


def _spaced(name: str, start: Any, end: Any, steps: int, dtype: Any, base: float | None = None) -> ndarray:
    for which, value in (("start", start), ("end", end)):
        if isinstance(value, Tensor) and value.dim():
            raise RuntimeError(
                f"{name} only supports 0-dimensional start and end tensors, but got {which} with {value.dim()} "
                "dimension(s)."
            )
    start, end = _numbers(start, end)
    default = _dtype.scalar_dtype(1j) if isinstance(start, complex) or isinstance(end, complex) else None
    target = numpy_dtype(dtype, None, default)
    if default is not None and target.kind != "c":
        raise RuntimeError(
            f"torch.{name}(): inferred dtype {_dtype.CPP_NAMES[default.name]} can't be safely cast to passed dtype "
            f"{_dtype.of_numpy[target].type_name}"
        )
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if not steps:
        return np.empty(0, target)
    if steps == 1:
        return np.full(1, checked_number(start if base is None else base**start, target))
    if target == BOOLEAN:
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")
    values = _evenly(start, end, steps, target) if base is None else _powers(start, end, steps, target, base)
    return cast(values, target)


@makes("torch")
def linspace(start: Any, end: Any, steps: int, *, dtype: Any = None) -> ndarray:
    return _spaced("linspace", start, end, steps, dtype)


@makes("torch")
def logspace(start: Any, end: Any, steps: int, base: float = 10.0, *, dtype: Any = None) -> ndarray:
    return _spaced("logspace", start, end, steps, dtype, float(base))
