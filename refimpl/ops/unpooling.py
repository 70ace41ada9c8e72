"""Back from maxima to where they were, ``max_unpool``; and pooling in windows of random sizes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .._op import op, publish, row, torch
from .._row import Function
from .._tensor import Tensor, new_tensor
from .activations import check_floating
from .pointwise import zero_where
from .pooling import Axis, Ints, ints, laid_out, largest, maxima, picked, publish_maxima
from .views import _array


def _flat(indices: ndarray, size: Ints) -> ndarray:
    """Places in all of the flattened output."""
    planes = indices.reshape(-1, math.prod(indices.shape[-len(size) :]) or 1)
    return (planes + np.arange(len(planes))[:, None] * math.prod(size)).reshape(-1)


def _unpooled(self: ndarray, indices: ndarray, output_size: Ints) -> ndarray:
    lead, size = self.shape[: -len(output_size)], math.prod(output_size)
    wrong = indices[(indices < 0) | (indices >= size)]
    if wrong.size:
        sizes = "x".join(map(str, output_size))
        raise RuntimeError(f"Found an invalid max index: {wrong.flat[0]} (output volumes are of size {sizes}")
    out = np.zeros((*lead, *output_size), self.dtype)
    out.reshape(-1)[_flat(indices, output_size)] = self.reshape(-1)
    return laid_out(out, self, len(output_size) == 2)


def _unpooled_grad(grad: Any, indices: Any, output_size: Ints) -> Any:
    """Of several numbers that went to one place the last has stayed there."""
    grad, where = picked(grad, indices, len(output_size)), _array(indices)
    at = _flat(where, output_size)
    last = np.zeros(math.prod(where.shape[: -len(output_size)]) * math.prod(output_size), np.int64)
    last[at] = np.arange(len(at))
    stayed = (last[at] == np.arange(len(at))).reshape(where.shape)
    return grad if stayed.all() else zero_where(new_tensor(~stayed) if isinstance(grad, Tensor) else ~stayed, grad)


for _dims in (2, 3):
    op(f"max_unpool{_dims}d", _unpooled, node=f"MaxUnpool{_dims}DBackward0", places=(), moves=True,
       self=lambda grad, indices, output_size: _unpooled_grad(grad, indices, output_size))


def _max_unpool(dims: int) -> Function:
    name = f"max_unpool{max(dims, 2)}d"

    def max_unpool(input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0,
                   output_size: Any = None) -> Any:
        kernel = ints(name, "kernel_size", kernel_size, dims)
        steps = kernel if stride is None else ints(name, "stride", stride, dims)
        pad, shape = ints(name, "padding", padding, dims), _array(input).shape
        size = tuple((shape[d - dims] - 1) * steps[d] + kernel[d] - 2 * pad[d] for d in range(dims))
        if output_size is not None:
            given = tuple(output_size)[2 if len(output_size) == dims + 2 else 0 :]
            if len(given) != dims:
                raise ValueError(f"output_size should be a sequence containing {dims} or {dims + 2} elements")
            for d, (n, default, s) in enumerate(zip(given, size, steps, strict=True)):
                if abs(n - default) >= s:
                    raise ValueError(
                        f'invalid output_size "{given}" (dim {d} must be between {default - s} and {default + s})'
                    )
            size = given
        if min(size) < 0:
            raise ValueError(f"max_unpooling: output_size must contain non-negative spatial dimensions, but got {size}")
        if dims > 1:
            return _checked(input, indices, size, steps)
        out = _checked(torch.unsqueeze(input, -1), torch.unsqueeze(indices, -1), (*size, 1), steps)
        return torch.squeeze(out, -1)

    def _checked(input: Any, indices: Any, size: Ints, steps: Ints) -> Any:
        shape, places = _array(input).shape, _array(indices)
        if places.dtype != np.int64:
            raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype.type_name}")
        if len(shape) not in (len(size) + 1, len(size) + 2) or 0 in shape[len(shape) - len(size) - 1 :]:
            raise RuntimeError(f"{name}(): Expected a non-empty tensor of {len(size) + 1} or {len(size) + 2} dimensions")
        if places.shape != shape:
            raise RuntimeError(f"Expected shape of indices to be same as that of the input tensor ({list(shape)})")
        if dims == 3 and min(steps) <= 0:
            raise RuntimeError("strides should be greater than zero")
        check_floating(input, name)
        return row(name)(input, indices, size)

    return max_unpool


for _dims in (1, 2, 3):
    publish(f"max_unpool{_dims}d", _max_unpool(_dims), ("nn.functional",))


# Fractional: windows of one size at steps that a random number shifts, drawn for each plane and dimension.


def _starts(samples: ndarray, n: int, count: int, k: int) -> ndarray:
    """[planes, windows], in the arithmetic of the samples' dtype."""
    cast = samples.dtype.type
    step = cast(n - k) / cast(max(count - 1, 1))
    steps = np.arange(max(count - 1, 0)).astype(samples.dtype)
    start = ((steps + samples[:, None]) * step).astype(np.int64) - (samples * step).astype(np.int64)[:, None]
    return np.concatenate([start, np.full((len(samples), int(count > 0)), n - k)], 1)


def _fractional(self: ndarray, kernel_size: Ints, output_size: Ints, _random_samples: ndarray) -> Any:
    dims, lead = len(kernel_size), self.shape[: -len(kernel_size)]
    planes = self.reshape(math.prod(lead), *self.shape[-dims:])
    samples = _random_samples.reshape(-1, dims)[: len(planes)]
    samples = samples[:, ::-1] if dims == 2 else samples
    axes = []
    for d, (n, count, k) in enumerate(zip(self.shape[-dims:], output_size, kernel_size, strict=True)):
        start = _starts(samples[:, d], n, count, k)
        start = start.reshape(len(start), *[count if d == e else 1 for e in range(dims)])
        axes.append(Axis(0, 0, [start + j for j in range(k)], start))
    return tuple(np.ascontiguousarray(part.reshape(*lead, *output_size)) for part in largest(planes, axes))


def _fractional_pool(dims: int) -> Function:
    name = f"fractional_max_pool{dims}d"
    maxima(name, _fractional,
           self=lambda grad, self, kernel_size, output_size, result1: row(name + "_backward")(grad, self, result1, dims))

    def pool(input: Any, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
             _random_samples: Any = None) -> Any:
        shape = _array(input).shape
        if output_size is None:
            if output_ratio is None:
                raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
            if dims == 2 and len(output_ratio) > 2:
                raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
            ratios = output_ratio if isinstance(output_ratio, (list, tuple)) else (output_ratio,) * dims
            output_size = [int(n * ratio) for n, ratio in zip(shape[-dims:], ratios, strict=True)]
        batch = 1 if len(shape) == dims + 1 else shape[0]
        if _random_samples is None:
            _random_samples = torch.rand(batch, shape[-dims - 1], dims, dtype=input.dtype)
        kernel, size = ints(name, "kernel_size", kernel_size, dims), ints(name, "output_size", output_size, dims)
        if len(shape) not in (dims + 1, dims + 2) or 0 in shape[-dims - 1 :]:
            raise RuntimeError(f"{name}(): Expected non-empty {dims + 1}D or {dims + 2}D input, but got {list(shape)}")
        if any(k + count - 1 + (dims == 3) > n for k, count, n in zip(kernel, size, shape[-dims:], strict=True)):
            raise RuntimeError(f"{name}(): pool size {kernel} too large relative to input size {shape[-dims:]}")
        if _random_samples.dtype is not input.dtype:
            raise RuntimeError("Expect _random_samples to have the same dtype as input")
        samples = _random_samples.shape
        if len(samples) != 3 or samples[0] < batch or samples[1] != shape[-dims - 1] or samples[2] != dims:
            raise RuntimeError(f"Expect _random_samples to be of shape [{batch}, {shape[-dims - 1]}, {dims}]")
        return row(name)(input, kernel, size, _random_samples)

    return pool


for _dims in (2, 3):
    publish_maxima(f"fractional_max_pool{_dims}d", _fractional_pool(_dims), 4)
