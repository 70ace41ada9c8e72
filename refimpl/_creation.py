"""Making tensors: what all such functions share, and tensors from Python's values and NumPy's."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from operator import index
from typing import Any

import numpy as np

from . import _dtype
from ._op import composite, publish
from ._tensor import ONLY_FLOATING, Tensor, new_tensor
from ._tensor import device as _device
from ._warn import warn_once


def finish(array: Any, requires_grad: bool, device: Any = None) -> Tensor:
    """The tensor around a new array, on a device that there is."""
    if device is not None and not isinstance(device, _device):
        _device(str(device))
    if requires_grad and _dtype.category(array.dtype) < _dtype.FLOAT:
        raise RuntimeError("Only Tensors" + ONLY_FLOATING)
    # Memory of its own, by which the engine knows what nobody else holds.
    owned = array.base is None or not array.size or not array.flags.c_contiguous
    t = new_tensor(array if owned else array.copy())
    return t._set_requires_grad(True) if requires_grad else t


def makes(*places: str, name: str | None = None) -> Callable[..., Any]:
    """Decorates what gives the array of a new tensor: the options that all such functions have.

    The function without them is its ``array``; bare arrays get a bare array."""

    def register(function: Callable[..., Any]) -> Any:
        def make(
            *args: Any,
            device: Any = None,
            requires_grad: bool = False,
            layout: Any = None,
            pin_memory: bool = False,
            **named: Any,
        ) -> Any:
            array = function(*args, **named)
            if args and isinstance(args[0], (np.ndarray, np.generic)):
                return array
            return finish(array, requires_grad, device)

        make.__doc__, make.array = function.__doc__, function  # type: ignore[attr-defined]
        publish(name or function.__name__, make, places)
        return make

    return register


def numpy_dtype(dtype: Any, like: Any = None, default: Any = None) -> np.dtype[Any]:
    """The dtype that was asked for, as NumPy's: Python's types stand for PyTorch's."""
    if dtype is None:
        if like is not None:
            return getattr(like, "_array", like).dtype
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
    inferred = None if empty else _inferred(values, bool(shape))
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


def _new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    if isinstance(data, Tensor):
        warnings.warn(_COPY.format("tensor.new_tensor"), UserWarning, stacklevel=3)
    elif dtype is None:
        dtype = self.dtype
    return finish(_array_of(data, dtype), requires_grad, device)


publish("new_tensor", _new_tensor, ("Tensor",))


@makes("torch")
def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0) -> np.ndarray:
    """A tensor over the memory of a buffer, such as a bytearray."""
    length = memoryview(buffer).nbytes
    if not length or not count:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    return np.frombuffer(buffer, numpy_dtype(dtype), count, offset)


# Sizes and numbers.


def size_of(size: tuple[Any, ...]) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` alike."""
    if len(size) == 1 and isinstance(size[0], (list, tuple)):
        size = tuple(size[0])
    return tuple(index(n) for n in size)


def new_size(
    size: tuple[Any, ...], named: dict[str, Any] | None = None, name: str = ""
) -> tuple[int, ...]:
    """The size of a new tensor; a RuntimeError where one is below 0."""
    size = (named.pop("size"),) if named else size
    if not size or named or isinstance(size[0], bool):
        raise TypeError("a size is missing, or something else is there")
    sizes = size_of(size)
    for n in sizes:
        if n < 0 and name == "zeros":
            raise RuntimeError("zeros: Dimension size must be non-negative.")
        if n < 0:
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {n}: {list(sizes)}"
            )
    return sizes


_C_NAMES = {
    "float32": "float", "int64": "int64_t", "int32": "int", "int16": "int16_t", "int8": "int8_t",
    "uint8": "uint8_t", "float64": "double", "float16": "c10::Half", "bfloat16": "c10::BFloat16",
}  # fmt: skip


def checked_number(value: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """A number that fills a tensor; fractions are cut off, and -1 fits into unsigned integers.

    RuntimeError where the dtype cannot hold it."""
    kind = _dtype.category(dtype)
    if isinstance(value, Tensor):
        value = value.item()
    if kind in (_dtype.COMPLEX, _dtype.BOOL):
        return np.asarray(value).astype(dtype)
    fits = True
    if isinstance(value, complex):
        fits, value = not value.imag, value.real
    if kind == _dtype.INTEGER:
        limits = np.iinfo(dtype)
        fits = fits and bool((limits.min or -limits.max) <= value <= limits.max)
    elif fits and math.isfinite(value) and dtype is not _dtype.BF16:
        fits = bool(abs(value) <= np.finfo(dtype).max)
    if not fits:
        raise RuntimeError(
            f"value cannot be converted to type {_C_NAMES[dtype.name]} without overflow"
        )
    if kind == _dtype.INTEGER:
        value = int(value) % 2**limits.bits if dtype.kind == "u" else int(value)
    return np.asarray(value, dtype)
