"""Making tensors: from Python values, constant ones, and random ones with PyTorch's own digits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _dtype, _inplace, _random
from ._op import composite, namespace, op, publish, row
from ._random import Generator, default_generator
from ._tensor import ONLY_FLOATING, Tensor, new_tensor, strided
from ._tensor import device as _device


def _finish(array: Any, requires_grad: bool, device: Any = None) -> Tensor:
    if device is not None and not isinstance(device, _device):
        _device(str(device))
    t = new_tensor(array)
    return t._set_requires_grad(True) if requires_grad else t


def _numpy_dtype(dtype: Any, default: Any = None) -> np.dtype[Any]:
    if dtype is None:
        return default or _dtype.get_default_dtype().numpy
    return dtype.numpy


def _flat(data: Any) -> list[Any]:
    return [v for item in data for v in _flat(item)] if isinstance(data, (list, tuple)) else [data]


def _values(data: Any) -> Any:
    """Nested sequences with tensors read as the numbers in them."""
    if isinstance(data, Tensor):
        return data.tolist()
    return [_values(v) for v in data] if isinstance(data, (list, tuple)) else data


def _inferred(data: Any) -> np.dtype[Any]:
    dtype = None
    for value in _flat(data):
        if isinstance(value, (Tensor, np.ndarray)):
            found = value._array.dtype if isinstance(value, Tensor) else value.dtype
        elif isinstance(value, np.generic):
            found = value.dtype
        elif isinstance(value, (bool, int, float, complex)):
            found = _dtype.scalar_dtype(value)
        elif isinstance(value, str):
            raise TypeError(f"new(): invalid data type '{type(value).__name__}'")
        else:
            raise RuntimeError(f"Could not infer dtype of {type(value).__name__}")
        dtype = found if dtype is None else _dtype.promote_types(dtype, found)
    return _dtype.get_default_dtype().numpy if dtype is None else dtype


def _check_rectangular(data: Any, dim: int = 0) -> tuple[int, ...]:
    if not isinstance(data, (list, tuple)):
        return ()
    shapes = [_check_rectangular(v, dim + 1) for v in data]
    for v, shape in zip(data, shapes, strict=True):
        if shape != shapes[0]:
            raise ValueError(
                f"expected sequence of length {shapes[0][0] if shapes[0] else 0} at dim {dim + 1} "
                f"(got {len(v) if isinstance(v, (list, tuple)) else 0})"
            )
    return (len(data), *(shapes[0] if shapes else ()))


@composite("torch")
def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    """A fresh leaf with a copy of ``data``: numbers, nested sequences, an array or a tensor."""
    if isinstance(data, (list, tuple)):
        _check_rectangular(data)
    target = _numpy_dtype(dtype, _inferred(data) if dtype is None else None)
    array = data._array if isinstance(data, Tensor) else _values(data)
    array = np.array(array, copy=True) if isinstance(array, np.ndarray) else np.array(array)
    if target.kind in "iub" and array.dtype.kind == "f" and not array.size:
        array = array.astype(target)
    if requires_grad and _dtype.category(target) < _dtype.FLOAT:
        raise RuntimeError("Only Tensors" + ONLY_FLOATING)
    return _finish(array.astype(target), requires_grad, device)


@composite("torch")
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """As ``tensor``, but a tensor of the right dtype is returned as it is."""
    if isinstance(data, Tensor):
        return data if dtype is None or data.dtype is dtype else data._to(dtype)
    return (
        from_numpy(data)
        if isinstance(data, np.ndarray) and dtype is None
        else tensor(data, dtype=dtype)
    )


@composite("torch")
def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor over the array's own memory."""
    return new_tensor(array)


def size_of(size: tuple[Any, ...]) -> tuple[int, ...]:
    """``f(2, 3)`` and ``f((2, 3))`` alike."""
    if len(size) == 1 and isinstance(size[0], (list, tuple)):
        size = tuple(size[0])
    return tuple(int(n) for n in size)


def _constant(name: str, fill: Any) -> None:
    def make(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
             layout: Any = None, **named: Any) -> Tensor:  # fmt: skip
        size = size_of(named.get("size", size))
        if any(n < 0 for n in size):
            bad = next(n for n in size if n < 0)
            raise RuntimeError(
                f"Trying to create tensor with negative dimension {bad}: {list(size)}"
            )
        return _finish(fill(size, _numpy_dtype(dtype)), requires_grad, device)

    def make_like(input: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
                  memory_format: Any = None) -> Any:  # fmt: skip
        if not isinstance(input, Tensor):  # a formula, on bare arrays
            return fill(np.shape(input), np.asarray(input).dtype)
        return _finish(
            fill(input._array.shape, _numpy_dtype(dtype, input._array.dtype)), requires_grad
        )

    def new(self: Tensor, *size: Any, dtype: Any = None, device: Any = None,
            requires_grad: bool = False) -> Tensor:  # fmt: skip
        array = fill(size_of(size), _numpy_dtype(dtype, self._array.dtype))
        return _finish(array, requires_grad, device)

    publish(name, make, ("torch",))
    namespace[name + "_like"] = make_like
    setattr(Tensor, "new_" + name, new)


_constant("zeros", np.zeros)
_constant("ones", np.ones)
_constant("empty", np.zeros)  # unspecified values: zeros are as good as any


@composite("torch")
def full(size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None,
         requires_grad: bool = False) -> Tensor:  # fmt: skip
    value = fill_value.item() if isinstance(fill_value, Tensor) else fill_value
    array = np.full(size_of((size,)), value, _numpy_dtype(dtype, _dtype.scalar_dtype(value)))
    return _finish(array, requires_grad, device)


@composite("torch")
def full_like(
    self: Tensor, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    return _finish(
        np.full(self._array.shape, fill_value, _numpy_dtype(dtype, self._array.dtype)),
        requires_grad,
    )


def _new_tensor(
    self: Tensor, data: Any, *, dtype: Any = None, requires_grad: bool = False
) -> Tensor:
    return tensor(data, dtype=dtype or self.dtype, requires_grad=requires_grad)


def _new_full(self: Tensor, size: Any, fill_value: Any, *, dtype: Any = None) -> Tensor:
    return full(size, fill_value, dtype=dtype or self.dtype)


Tensor.new_tensor, Tensor.new_full = _new_tensor, _new_full  # type: ignore[attr-defined]


@composite("torch")
def arange(
    *bounds: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False, **named: Any
) -> Tensor:
    """``start`` (0) to ``end``, without it, in steps of ``step`` (1)."""
    start, end, step = (*bounds, 1)[:3] if len(bounds) > 1 else (0, *bounds, 1)[:3]
    start, end, step = named.get("start", start), named.get("end", end), named.get("step", step)
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = all(isinstance(v, int) for v in (start, end, step))
    target = _numpy_dtype(dtype, _dtype.I64 if whole else None)
    count = int(np.ceil((end - start) / step))
    array = start + np.arange(count, dtype=_dtype.I64 if whole else _dtype.F64) * step
    return _finish(array.astype(target), requires_grad, device)


@composite("torch")
def linspace(start: float, end: float, steps: int, *, dtype: Any = None, device: Any = None,
             requires_grad: bool = False) -> Tensor:  # fmt: skip
    """From both ends towards the middle, as PyTorch computes it."""
    start, end = (v.item() if isinstance(v, Tensor) else v for v in (start, end))
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    target = _numpy_dtype(dtype)
    wide = np.dtype(np.float64) if target.kind in "iu" else target  # whole numbers are cut off last
    if target.kind in "iu":
        start, end = (int(_dtype.as_number(int(v), target)) for v in (start, end))
    step = wide.type((end - start) / (steps - 1)) if steps > 1 else wide.type(0)
    index = np.arange(steps)
    up = wide.type(start) + step * index.astype(wide)
    down = wide.type(end) - step * (steps - 1 - index).astype(wide)
    return _finish(
        np.where(index < steps // 2 if steps > 1 else True, up, down).astype(target), requires_grad
    )


@composite("torch")
def logspace(start: float, end: float, steps: int, base: float = 10.0, *, dtype: Any = None,
             device: Any = None, requires_grad: bool = False) -> Tensor:  # fmt: skip
    """``base`` to the powers that linspace gives."""
    target = _numpy_dtype(dtype)
    wide = _dtype.names["complex128" if target.kind == "c" else "float64"]
    if target.kind in "iu":
        start, end = int(start), int(end)
    powers = linspace(start, end, steps, dtype=wide)._array
    return _finish(np.power(base, powers).astype(target), requires_grad)


@composite("torch")
def scalar_tensor(
    s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    return _finish(_dtype.as_number(s, _numpy_dtype(dtype)), requires_grad, device)


@composite("torch")
def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Tensor:
    if len(size) != len(stride):
        raise RuntimeError(
            f"mismatch in length of strides and shape: size has {len(size)} dims, "
            f"stride has {len(stride)} dims"
        )
    count = (
        1 + sum((n - 1) * s for n, s in zip(size, stride, strict=True)) if math.prod(size) else 0
    )
    memory = np.zeros(count, _numpy_dtype(dtype))
    return _finish(strided(memory, tuple(size), tuple(stride), 0), requires_grad, device)


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


def _new_empty_strided(
    self: Tensor, size: Any, stride: Any, *, dtype: Any = None, **named: Any
) -> Tensor:
    return empty_strided(size, stride, dtype=dtype or self.dtype, **named)


Tensor.new_empty_strided = _new_empty_strided  # type: ignore[attr-defined]


@composite("torch")
def eye(n: int, m: int | None = None, *, dtype: Any = None, device: Any = None,
        requires_grad: bool = False) -> Tensor:  # fmt: skip
    return _finish(np.eye(n, m, dtype=_numpy_dtype(dtype)), requires_grad, device)


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


# Random numbers.


def _drawn(name: str, draw: Any) -> None:
    def make(*size: Any, dtype: Any = None, generator: Generator | None = None, device: Any = None,
             requires_grad: bool = False, **named: Any) -> Tensor:  # fmt: skip
        size = size_of(named.get("size", size))
        array = draw(generator or default_generator, size, _numpy_dtype(dtype))
        return _finish(array, requires_grad, device)

    def make_like(input: Tensor, *, dtype: Any = None, requires_grad: bool = False) -> Tensor:
        array = draw(default_generator, input._array.shape, _numpy_dtype(dtype, input._array.dtype))
        return _finish(array, requires_grad)

    publish(name, make, ("torch",))
    namespace[name + "_like"] = make_like


_drawn("rand", _random.uniform)
_drawn("randn", _random.normal)


@composite("torch")
def randint(*bounds: Any, dtype: Any = None, generator: Generator | None = None,
            device: Any = None, requires_grad: bool = False, **named: Any) -> Tensor:  # fmt: skip
    """``randint(high, size)`` or ``randint(low, high, size)``."""
    low, high, size = bounds if len(bounds) == 3 else (0, *bounds, named.get("size"))[:3]
    low, high, size = named.get("low", low), named.get("high", high), named.get("size", size)
    target = _numpy_dtype(dtype, _dtype.I64)
    array = _random.randint(generator or default_generator, size_of((size,)), target, low, high)
    return _finish(array, requires_grad, device)


@composite("torch")
def randint_like(self: Tensor, *bounds: int, dtype: Any = None, requires_grad: bool = False,
                 **named: Any) -> Tensor:  # fmt: skip
    """``randint_like(self, high)`` or ``randint_like(self, low, high)``."""
    low, high = (
        bounds if len(bounds) == 2 else (named.get("low", 0), *bounds, named.get("high"))[:2]
    )
    target = _numpy_dtype(dtype, self._array.dtype)
    array = _random.randint(default_generator, self._array.shape, target, low, high)
    return _finish(array, requires_grad)


@composite("torch")
def randperm(n: int, *, generator: Generator | None = None, dtype: Any = None) -> Tensor:
    return new_tensor(
        _random.randperm(generator or default_generator, n, _numpy_dtype(dtype, _dtype.I64))
    )


@composite("torch")
def manual_seed(seed: int) -> Generator:
    """Seeds the default generator; the numbers that follow are PyTorch's."""
    return default_generator.manual_seed(seed)


def _refill(name: str, draw: Any) -> None:
    """``uniform_`` and its like: new values in place, and no gradient to the old ones."""
    node = name.title().replace("_", "") + "Backward0"
    op("_" + name, lambda self, draw: draw(self).astype(self.dtype), node=node, places=(),
       moves=True, self=lambda grad: namespace["zeros_like"](grad))  # fmt: skip
    redraw = _inplace.variant("_" + name, row("_" + name))

    def method(
        self: Tensor, *args: Any, generator: Generator | None = None, **named: Any
    ) -> Tensor:
        source = generator or default_generator
        return redraw(self, lambda array: draw(source, array.shape, array.dtype, *args, **named))

    method.__name__ = name + "_"
    setattr(Tensor, name + "_", method)


def _uniform(
    g: Generator, shape: Any, dtype: Any, from_: float = 0, to: float = 1, **named: float
) -> Any:
    return _random.uniform(g, shape, dtype, named.get("from", from_), to)


def _bernoulli(g: Generator, shape: Any, dtype: Any, p: Any = 0.5) -> Any:
    return _random.bernoulli(g, shape, dtype, p._array if isinstance(p, Tensor) else p)


def _exponential(g: Generator, shape: Any, dtype: Any, lambd: float = 1) -> Any:
    return _random.exponential(g, shape, dtype, lambd)


_refill("uniform", _uniform)
_refill("normal", _random.normal)
_refill("bernoulli", _bernoulli)
_refill("exponential", _exponential)
_refill("cauchy", _random.cauchy)
_refill("geometric", _random.geometric)
_refill("log_normal", _random.log_normal)


op("_bernoulli_of", lambda self, draw: draw(self), node="BernoulliBackward0", places=(), moves=True,
   self=lambda grad: namespace["zeros_like"](grad))  # fmt: skip


@composite()
def bernoulli(
    self: Tensor, p: float | None = None, *, generator: Generator | None = None
) -> Tensor:
    """Ones with the probabilities that the tensor holds, or with probability ``p``."""
    source = generator or default_generator

    def draw(array: np.ndarray) -> np.ndarray:
        return _random.bernoulli(source, array.shape, array.dtype, array if p is None else p)

    return row("_bernoulli_of")(self, draw)


def _around(name: str, node: str, *places: str) -> None:
    """``torch.normal`` of given means, given standard deviations, or both."""
    zeros: Any = {place: lambda grad: namespace["zeros_like"](grad) for place in places}
    op(name, lambda mean, std, draw: draw(mean, std), node=node, places=(), moves=True, **zeros)


_around("_normal_mean", "NormalBackward1", "mean")
_around("_normal_std", "NormalBackward2", "std")
_around("_normal_both", "NormalBackward3", "mean", "std")


@composite("torch", name="normal")
def normal_(
    mean: Any, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None,
    dtype: Any = None, device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """Normal numbers around ``mean``, as far as ``std`` says; each a number or a tensor."""
    source = generator or default_generator
    given = [isinstance(v, Tensor) for v in (mean, std)]
    if not any(given):
        array = _random.normal(source, size_of((size,)), _numpy_dtype(dtype), mean, std)
        return _finish(array, requires_grad, device)
    if given[1] and (std._array < 0).any():
        raise RuntimeError("normal expects all elements of std >= 0.0")

    def draw(mean: Any, std: Any) -> np.ndarray:
        shape = np.broadcast_shapes(np.shape(mean), np.shape(std))
        of = std.dtype if given[1] and not given[0] else mean.dtype
        if not given[1]:
            return _random.normal(source, shape, of, 0, std) + mean
        return _random.normal(source, shape, of) * std + mean

    which = "both" if all(given) else "mean" if given[0] else "std"
    return row(f"_normal_{which}")(mean, std, draw)


@composite()
def multinomial(self: Tensor, num_samples: int, replacement: bool = False, *,
                generator: Generator | None = None) -> Tensor:  # fmt: skip
    return new_tensor(
        _random.multinomial(generator or default_generator, self._array, num_samples, replacement)
    )


# Questions about tensors.


@composite()
def equal(self: Tensor, other: Tensor) -> bool:
    """Same shape and values."""
    return bool(np.array_equal(self._array, other._array))


@composite()
def isclose(
    self: Tensor, other: Tensor, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Tensor:
    return new_tensor(np.asarray(np.isclose(self._array, other._array, rtol, atol, equal_nan)))


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
