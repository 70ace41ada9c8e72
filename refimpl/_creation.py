"""Making tensors: from Python's values and NumPy's, constant ones, ranges."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _dtype
from ._call import broadcast_error
from ._op import composite, namespace, op, publish
from ._random import fma
from ._tensor import ONLY_FLOATING, Tensor, contiguous_format, new_tensor
from ._tensor import device as _device
from ._warn import warn_once


def finish(array: Any, requires_grad: bool, device: Any = None) -> Tensor:
    """The tensor around a new array, on a device that there is."""
    if device is not None and not isinstance(device, _device):
        _device(str(device))
    if requires_grad and _dtype.category(array.dtype) < _dtype.FLOAT:
        raise RuntimeError("Only Tensors" + ONLY_FLOATING)
    # Memory of its own, by which the engine knows what nobody else holds.
    t = new_tensor(array if array.base is None else array.copy(order="K"))
    return t._set_requires_grad(True) if requires_grad else t


def numpy_dtype(dtype: Any, like: Any = None, default: Any = None) -> np.dtype[Any]:
    """The dtype that was asked for, as NumPy's: Python's types stand for PyTorch's."""
    if dtype is None:
        if like is not None:
            return like._array.dtype
        return default or _dtype.get_default_dtype().numpy
    if isinstance(dtype, _dtype.dtype):
        return dtype.numpy
    return np.dtype(dtype)  # float is float64 here


# From values.


def _shape(data: Any, dim: int = 0) -> tuple[int, ...]:
    """The shape of nested sequences, whose items have to agree with the first of them."""
    if isinstance(data, np.ndarray):
        return data.shape
    if not isinstance(data, (list, tuple, range)):
        return ()
    shape = _shape(data[0], dim + 1) if len(data) else ()
    for item in data if 0 not in shape else ():
        found = _shape(item, dim + 1)
        if len(found) == len(shape) == 0:
            continue
        if not found:
            raise TypeError("not a sequence")
        if not shape:
            raise TypeError(f"'{type(item).__name__}' object cannot be interpreted as an integer")
        if found[0] != shape[0]:
            raise ValueError(
                f"expected sequence of length {shape[0]} at dim {dim + 1} (got {found[0]})"
            )
    return (len(data), *shape)


def _flat(data: Any) -> list[Any]:
    if isinstance(data, (list, tuple, range)) or (isinstance(data, np.ndarray) and data.ndim):
        return [v for item in data for v in _flat(item)]
    return [data]


def _inferred(values: list[Any], nested: bool) -> np.dtype[Any]:
    dtype = None
    for value in values:
        if isinstance(value, (Tensor, np.ndarray, np.generic)):
            found = value._array.dtype if isinstance(value, Tensor) else value.dtype
        elif isinstance(value, (bool, int, float, complex)):
            found = _dtype.scalar_dtype(value)
        elif isinstance(value, str):
            if nested:
                raise ValueError(f"too many dimensions '{type(value).__name__}'")
            raise TypeError(f"new(): invalid data type '{type(value).__name__}'")
        else:
            raise RuntimeError(f"Could not infer dtype of {type(value).__name__}")
        dtype = found if dtype is None else _dtype.promote_types(dtype, found)
    return _dtype.get_default_dtype().numpy if dtype is None else dtype


def _number(value: Any, target: np.dtype[Any]) -> Any:
    """One value as the dtype holds it; an error where it does not."""
    if isinstance(value, Tensor):
        if value.requires_grad:
            warn_once(_SCALAR_OF_GRAD)
        if value.numel() != 1:
            if value.dtype.category <= _dtype.INTEGER:
                raise TypeError(
                    "only integer tensors of a single element can be converted to an index"
                )
            raise ValueError("only one element tensors can be converted to Python scalars")
        value = value.item()
    kind = _dtype.category(target)
    if isinstance(value, (complex, np.complexfloating)) and kind < _dtype.COMPLEX:
        raise TypeError(f"must be real number, not {type(value).__name__}")
    if kind == _dtype.INTEGER:
        name, limits = _dtype.of_numpy[target].name, np.iinfo(target)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            raise ValueError("Overflow when unpacking long long")
        # Unsigned integers take negative ones, from which they wrap around.
        low = -limits.max if target.kind == "u" else limits.min
        if not math.isfinite(value) or not low <= int(value) <= limits.max:
            raise RuntimeError(f"value cannot be converted to type {name} without overflow")
        return int(value) % (limits.max + 1) if target.kind == "u" else int(value)
    return value


_SCALAR_OF_GRAD = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first. "
)
_COPY = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than {}(sourceTensor)."
)
_NO_NUMBERS = (
    "can't convert np.ndarray of type {}. The only supported types are: float64, float32, float16, "
    "complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool."
)
_NEGATIVE_STRIDE = (
    "At least one stride in the given numpy array is negative, and tensors with negative strides "
    "are not currently supported. (You can probably work around this by making a copy of your "
    "array  with array.copy().) "
)


def _array_of(data: Any, dtype: Any) -> np.ndarray:
    if isinstance(data, Tensor):
        return data._array.astype(numpy_dtype(dtype, data))
    if isinstance(data, np.ndarray):
        return from_numpy(data)._array.astype(numpy_dtype(dtype, None, data.dtype))
    values, shape = _flat(data), _shape(data)
    empty = 0 in shape
    inferred = None if dtype is not None or empty else _inferred(values, bool(shape))
    target = numpy_dtype(dtype, None, inferred)
    if empty:
        return np.empty(shape, target)
    numbers = [_number(value, target) for value in values]
    if isinstance(data, (list, tuple)) and isinstance(data[0], np.ndarray):
        warn_once(_SLOW)
    return np.array(numbers).astype(target).reshape(shape)


_SLOW = (
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting "
    "the list to a single numpy.ndarray with numpy.array() before converting to a tensor. "
)


@composite("torch")
def tensor(
    data: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A fresh leaf with a copy of ``data``: numbers, nested sequences, an array or a tensor."""
    if isinstance(data, Tensor):
        warnings.warn(_COPY.format("torch.tensor"), UserWarning, stacklevel=3)
    return finish(_array_of(data, dtype), requires_grad, device)


@composite("torch")
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """As ``tensor``, but over the memory of a tensor or array of the right dtype."""
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    if isinstance(data, np.ndarray) and data.dtype == numpy_dtype(dtype, None, data.dtype):
        return from_numpy(data)
    return finish(_array_of(data, dtype), False, device)


@composite("torch")
def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Tensor:
    """As ``as_tensor``, with a word on whether memory is shared, and gradients kept or cut."""
    if isinstance(obj, np.ndarray):
        obj = from_numpy(obj)
    if not isinstance(obj, Tensor):
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return finish(_array_of(obj, dtype), bool(requires_grad), device)
    target = numpy_dtype(dtype, obj)
    if copy is False and target != obj._array.dtype:
        raise ValueError(
            f"can't alias tensor with dtype '{obj.dtype.type_name}' into dtype "
            f"'{_dtype.of_numpy[target].type_name}'."
        )
    if requires_grad is None:
        requires_grad = obj.requires_grad
        if requires_grad:
            warn_once(_ASARRAY)
    result = obj.clone() if copy else obj
    if target != obj._array.dtype:
        result = result.to(_dtype.of_numpy[target])
    if result.requires_grad is requires_grad:
        return result
    return (result if result.is_leaf else result.detach())._set_requires_grad(requires_grad)


_ASARRAY = (
    "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. "
    "Pass requires_grad=False explicitly to get the old behavior and silence this warning. "
)


@composite("torch")
def from_numpy(array: Any) -> Tensor:
    """A tensor over the array's own memory."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    if array.dtype not in _dtype.of_numpy:
        raise TypeError(_NO_NUMBERS.format(f"numpy.{array.dtype.type.__name__}"))
    if any(stride < 0 for stride in array.strides):
        raise ValueError(_NEGATIVE_STRIDE)
    return new_tensor(array)


@composite("torch")
def scalar_tensor(
    s: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """A number as a tensor without dimensions, of the default dtype."""
    return finish(_dtype.as_number(s, numpy_dtype(dtype)), requires_grad, device)


# Constant ones.


def size_of(size: tuple[Any, ...]) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` alike."""
    if len(size) == 1 and isinstance(size[0], (list, tuple)):
        size = tuple(size[0])
    return tuple(int(n) for n in size)


def new_size(size: tuple[Any, ...], name: str = "") -> tuple[int, ...]:
    """The size of a new tensor; a RuntimeError where one is below 0."""
    sizes = size_of(size)
    for n in sizes:
        if n < 0 and name == "zeros":
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        if n < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {n}: {list(sizes)}"
            )
    return sizes


def _like(array: np.ndarray, dtype: np.dtype[Any], memory_format: Any = None) -> np.ndarray:
    """Uninitialised memory that lies as the array does, where that is dense."""
    contiguous = memory_format is contiguous_format
    return np.empty_like(array, dtype, order="C" if contiguous or 0 in array.strides else "K")


def _constant(name: str, fill: Any) -> None:
    def make(
        *size: Any,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
        memory_format: Any = None,
        **named: Any,
    ) -> Tensor:
        array = fill(new_size(named.get("size", size), name), numpy_dtype(dtype))
        return finish(array, requires_grad, device)

    def make_like(
        input: Any,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
        memory_format: Any = None,
    ) -> Any:
        if isinstance(input, (np.ndarray, np.generic)):  # a formula, on bare arrays
            return fill(np.shape(input), np.asarray(input).dtype)
        array = _like(input._array, numpy_dtype(dtype, input), memory_format)
        array[...] = fill((), array.dtype)
        return finish(array, requires_grad, device)

    def new(
        self: Tensor,
        *size: Any,
        dtype: Any = None,
        device: Any = None,
        layout: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
        **named: Any,
    ) -> Tensor:
        array = fill(new_size(named.get("size", size)), numpy_dtype(dtype, self))
        return finish(array, requires_grad, device)

    publish(name, make, ("torch",))
    publish(name + "_like", make_like, ("torch",))
    publish("new_" + name, new, ("Tensor",))


_constant("zeros", np.zeros)
_constant("ones", np.ones)
_constant("empty", np.zeros)  # unspecified values: zeros are as good as any


def _filled(array: np.ndarray, value: Any) -> np.ndarray:
    new_tensor(array).fill_(value)
    return array


@composite("torch")
def full(
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    target = numpy_dtype(dtype, None, _dtype.scalar_dtype(value))
    return finish(_filled(np.empty(new_size((size,)), target), value), requires_grad, device)


@composite("torch")
def full_like(
    self: Tensor,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: Any = None,
) -> Tensor:
    array = _like(self._array, numpy_dtype(dtype, self), memory_format)
    return finish(_filled(array, fill_value), requires_grad, device)


@composite("Tensor")
def new_full(
    self: Tensor,
    size: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    array = np.empty(new_size((size,)), numpy_dtype(dtype, self))
    return finish(_filled(array, fill_value), requires_grad, device)


def _new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    if isinstance(data, Tensor):
        warnings.warn(_COPY.format("tensor.new_tensor"), UserWarning, stacklevel=3)
    elif dtype is None:
        dtype = self.dtype
    return finish(_array_of(data, dtype), requires_grad, device)


publish("new_tensor", _new_tensor, ("Tensor",))


@composite("torch")
def empty_strided(
    size: Any,
    stride: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    layout: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Zeros laid out with the given strides, counted in elements."""
    size, stride = new_size((size,)), tuple(stride)
    if len(size) != len(stride):
        raise RuntimeError(
            f"dimensionality of sizes ({len(size)}) must match dimensionality of strides "
            f"({len(stride)})"
        )
    if any(s < 0 for s in stride):
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(size)} and "
            f"strides={list(stride)}"
        )
    last = sum(s * (n - 1) for n, s in zip(size, stride, strict=True))
    memory = np.zeros(0 if 0 in size else last + 1, numpy_dtype(dtype))
    steps = [s * memory.itemsize for s in stride]
    t = new_tensor(np.ndarray(size, memory.dtype, memory, 0, steps))
    return t._set_requires_grad(True) if requires_grad else t


@composite("torch")
def empty_permuted(size: Any, physical_layout: Any, **named: Any) -> Tensor:
    """Memory that lies in the order of ``physical_layout``, outermost first."""
    order = [int(d) for d in physical_layout]
    if len(order) != len(size):
        raise RuntimeError(
            "Number of dimensions in size does not match the length of the physical_layout; "
            f"i.e. len(size) = {len(size)} is not equal to len(physical_layout) = {len(order)}"
        )
    for d in order:
        if not 0 <= d < len(order):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(order) - 1}, but got "
                f"{d} at index {order.index(d)}).  NB: negative dims not currently supported; "
                "file an issue if you want it."
            )
        if order.count(d) > 1:
            raise RuntimeError("Duplicate dim not allowed")
    strides, step = [0] * len(order), 1
    for d in reversed(order):
        strides[d], step = step, step * max(size[d], 1)
    return empty_strided(size, strides, **named)


@composite("Tensor")
def new_empty_strided(self: Tensor, size: Any, stride: Any, **named: Any) -> Tensor:
    return empty_strided(size, stride, **{"dtype": self.dtype, **named})


# Ranges.


def _ends(step: float, start: float, end: float) -> None:
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {_plain(start)} -> {_plain(end)}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")


def _plain(value: float) -> str:
    return f"{value:g}"


def _items(values: Any) -> list[Any]:
    return [v.item() if isinstance(v, Tensor) else v for v in values]


def _real(value: Any) -> Any:
    if isinstance(value, complex):
        raise RuntimeError("value cannot be converted to type double without overflow")
    return value


@composite("torch")
def arange(
    *bounds: Any,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
    **named: Any,
) -> Tensor:
    """``start`` (0) to ``end``, without it, in steps of ``step`` (1)."""
    names = ("end",) if len(bounds) == 1 and "end" not in named else ("start", "end", "step")
    given = {"start": 0, "step": 1, **dict(zip(names, bounds, strict=False)), **named}
    start, end, step = map(_real, _items((given["start"], given["end"], given["step"])))
    _ends(step, start, end)
    whole = all(isinstance(v, int) for v in (start, end, step))
    target = numpy_dtype(dtype, None, _dtype.I64 if whole else None)
    if target == _dtype.BOOLEAN or target.kind == "c":
        raise NotImplementedError(
            f"\"arange_cpu\" not implemented for '{_dtype.of_numpy[target].type_name}'"
        )
    if target.kind in "iu" and not whole:
        start, end, step = int(start), end if target != _dtype.I64 else int(end), int(step)
    count = max(math.ceil((end - start) / step), 0)
    return finish(_steps(start, step, count, target), requires_grad, device)


def _steps(start: float, step: float, count: int, target: np.dtype[Any]) -> np.ndarray:
    """start, start + step, ..., in double; whole vectors (by twos) go on from rounded numbers."""
    index = np.arange(count)
    if target.kind in "iu":
        return (start + index * step).astype(target)
    exact = start + index.astype(_dtype.F64) * step
    lanes = 32 // target.itemsize
    full = count - count % (2 * lanes)
    first = exact[:full:lanes].astype(target).astype(_dtype.F64)
    exact[:full] = (first[:, None] + np.arange(lanes) * step).ravel()
    return exact.astype(target)


@composite("torch", name="range")
def range_(
    start: float,
    end: float,
    step: float = 1,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    """``start`` to ``end``, with it."""
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior "
        "is inconsistent with Python's range builtin. Instead, use torch.arange, which produces "
        "values in [start, end).",
        UserWarning,
        stacklevel=3,
    )
    _ends(step, start, end)
    target = numpy_dtype(dtype)
    count = int((end - start) / step + 1)
    return finish(_steps(start, step, count, target), requires_grad, device)


def _between(name: str, start: Any, end: Any, steps: int, target: np.dtype[Any]) -> np.ndarray:
    """From both ends towards the middle, as PyTorch computes it."""
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if target == _dtype.BOOLEAN:
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")
    real = _dtype.F64 if target.kind in "iu" else target  # whole numbers are cut off last
    if target.kind in "iu":
        start, end = (int(_dtype.as_number(int(v), target)) for v in (start, end))
    first, last = real.type(start), real.type(end)
    step = (last - first) / real.type(steps - 1) if steps > 1 else real.type(0)
    index = np.arange(steps)
    up = _forth(index.astype(real), step, first)
    down = _forth((steps - 1 - index).astype(real), -step, last)
    return np.where(index < steps // 2 if steps > 1 else True, up, down).astype(real)


def _forth(index: np.ndarray, step: Any, first: Any) -> np.ndarray:
    fused = index.dtype in (_dtype.F32, _dtype.F64)
    return fma(index, step, first) if fused else index * step + first


def _linear(name: str, finish_with: Callable[..., np.ndarray]) -> None:
    def make(
        start: Any,
        end: Any,
        steps: int,
        base: float = 10.0,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        layout: Any = None,
        pin_memory: bool = False,
    ) -> Tensor:
        for which, value in (("start", start), ("end", end)):
            if isinstance(value, Tensor) and value.dim():
                raise RuntimeError(
                    f"{name} only supports 0-dimensional start and end tensors, but got {which} "
                    f"with {value.dim()} dimension(s)."
                )
        start, end = _items((start, end))
        is_complex = isinstance(start, complex) or isinstance(end, complex)
        default = _dtype.scalar_dtype(1j) if is_complex else None
        target = numpy_dtype(dtype, None, default)
        array = finish_with(_between(name, start, end, steps, target), base).astype(target)
        return finish(array, requires_grad, device)

    publish(name, make, ("torch",))


_linear("linspace", lambda values, base: values)
_linear("logspace", lambda values, base: values.dtype.type(base) ** values)


@composite("torch")
def eye(
    n: int,
    m: int | None = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    layout: Any = None,
    pin_memory: bool = False,
) -> Tensor:
    for name, size in (("n", n), ("m", n if m is None else m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    return finish(np.eye(n, m, dtype=numpy_dtype(dtype)), requires_grad, device)


def _complex(real: np.ndarray, imag: np.ndarray) -> np.ndarray:
    types = [_dtype.of_numpy[part.dtype].type_name for part in (real, imag)]
    if real.dtype.kind != "f" or imag.dtype.kind != "f":
        raise RuntimeError(
            "Expected both inputs to be Half, Float or Double tensors but got "
            f"{types[0]} and {types[1]}"
        )
    if real.dtype != imag.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {types[0]} but got scalar type {types[1]} "
            "for second argument"
        )
    if real.dtype == np.float16:
        raise NotImplementedError("complex32: NumPy has no such dtype")
    out = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real, np.complex64))
    out.real, out.imag = real, imag
    return out


op("complex", _complex, places=("torch",), moves=True,
   real=lambda grad: namespace["real"](grad),
   imag=lambda grad: namespace["imag"](grad))  # fmt: skip


# Questions about tensors.


@composite()
def equal(self: Tensor, other: Tensor) -> bool:
    """Same shape and values."""
    return bool(np.array_equal(self._array, other._array))


@composite()
def isclose(
    self: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    try:
        close = np.isclose(self._array, other._array, rtol, atol, equal_nan)
    except ValueError:
        raise broadcast_error(self._array.shape, other._array.shape) from None
    return new_tensor(np.asarray(close))


@composite()
def allclose(
    self: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    return bool(np.all(isclose(self, other, rtol, atol, equal_nan)._array))


@composite("torch")
def is_tensor(obj: Any) -> bool:
    return isinstance(obj, Tensor)


@composite("torch")
def is_complex(self: Any) -> bool:
    dtype = self._array.dtype if isinstance(self, Tensor) else np.asarray(self).dtype
    return dtype.kind == "c"


@composite("torch")
def is_floating_point(self: Tensor) -> bool:
    return self.dtype.is_floating_point


@composite("torch")
def numel(self: Tensor) -> int:
    return self.numel()


@composite("torch")
def result_type(*operands: Any) -> _dtype.dtype:
    arrays = [t._array for t in operands if isinstance(t, Tensor)]
    return _dtype.of_numpy[
        _dtype.result_type(arrays, [n for n in operands if not isinstance(n, Tensor)])
    ]


@composite("torch")
def promote_types(type1: _dtype.dtype, type2: _dtype.dtype) -> _dtype.dtype:
    return _dtype.of_numpy[_dtype.promote_types(type1.numpy, type2.numpy)]
