"""Pooling, in ``nn.functional``: averages and maxima over windows.

Windows of several dimensions are the product of those in each, so every kernel goes dimension by
dimension, and in each over the offsets in a window, of which it takes all windows at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import wraps
from typing import Any, NamedTuple

import numpy as np
from numpy import ndarray

from .._dtype import F32
from .._op import namespace, op, publish, row, torch
from .._row import LOW, Function
from .activations import check_floating
from .indexing import key_along
from .refusals import refuse
from .shapes import zeros_like_of
from .views import _array, wrap_dim

Ints = tuple[int, ...]


class Axis(NamedTuple):
    """The windows in one dimension: the padding that they reach into, what is at each offset, where they
    start and by which steps they go on, and how many entries they have (with the padding: ``lengths``)."""

    before: int
    after: int
    at: Sequence[Any]
    start: Any
    step: int = 1
    counts: Any = None
    lengths: Any = None


def _axis(n: int, count: int, k: int, s: int, p: int, d: int) -> Axis:
    """Windows of equal size and distance."""
    start = np.arange(count) * s - p
    at = [slice(j * d, j * d + (count - 1) * s + 1, s) for j in range(k)]
    return Axis(p, max((count - 1) * s + (k - 1) * d + 1 - p - n, 0), at, start, d,
                np.minimum(start + k, n) - np.maximum(start, 0), np.minimum(start + k, n + p) - start)


def _adaptive(size: Ints, output_size: Ints) -> list[Axis]:
    """Windows that share the entries as evenly as may be. Their transpose is that of swapped sizes."""
    axes = []
    for n, count in zip(size, output_size, strict=True):
        block = np.arange(count)
        start, end = block * n // max(count, 1), -((block + 1) * -n // max(count, 1))
        at = start[:, None] + np.arange(max(end - start, default=1))
        axes.append(Axis(0, 1, np.where(at < end[:, None], at, n).T, start, 1, end - start))
    return axes


def _counts(size: Ints, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil_mode: bool) -> Ints:
    """How many windows; with ceil_mode one may hang over the end, but not start in the padding."""
    out = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True):
        count = (n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)) // s + 1
        out.append(count - (ceil_mode and (count - 1) * s >= n + p))
    return tuple(out)


def _axes(x: ndarray, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints | None, ceil_mode: bool) -> list[Axis]:
    size, dilation = x.shape[-len(kernel) :], dilation or (1,) * len(kernel)
    counts = _counts(size, kernel, stride or kernel, padding, dilation, ceil_mode)
    return list(map(_axis, size, counts, kernel, stride or kernel, padding, dilation))


def _outer(parts: Sequence[ndarray]) -> Any:
    """The product over all dimensions of a number for each window of each."""
    out: Any = np.ones(())
    for part in parts:
        out = np.multiply.outer(out, part)
    return out


def _wide(x: ndarray) -> ndarray:
    return x.astype(F32) if x.dtype in LOW else x


def _take(x: ndarray, number: int, at: Any) -> ndarray:
    """Of one dimension a slice (as a view), the same places for all, or places of its own for each row."""
    if isinstance(at, slice):
        return x[(slice(None),) * number + (at,)]
    return x.take(at, number) if at.ndim == 1 else np.take_along_axis(x, at, number)


def _padded(x: ndarray, number: int, axis: Axis, value: Any) -> ndarray:
    if not axis.before and not axis.after:
        return x
    n = x.shape[number]
    out = np.full((*x.shape[:number], axis.before + n + axis.after, *x.shape[number + 1 :]), value, x.dtype)
    _take(out, number, slice(axis.before, axis.before + n))[...] = x
    return out


def _summed(x: ndarray, axes: list[Axis]) -> ndarray:
    x = _wide(x)
    for number, axis in enumerate(axes, x.ndim - len(axes)):
        x = _padded(x, number, axis, 0)
        parts = [_take(x, number, at) for at in axis.at]
        x = parts[0] + 0 if parts else _take(x, number, slice(0))
        for part in parts[1:]:
            x += part
    return x


def _scattered(y: ndarray, axes: list[Axis], size: Ints) -> ndarray:
    """The transpose of ``_summed``, for windows of equal size."""
    for number, (axis, n) in reversed(list(enumerate(zip(axes, size, strict=True), y.ndim - len(axes)))):
        out = np.zeros((*y.shape[:number], axis.before + n + axis.after, *y.shape[number + 1 :]), y.dtype)
        for at in axis.at:
            part = _take(out, number, at)
            part += y
        y = _take(out, number, slice(axis.before, axis.before + n))
    return y


def _along(x: ndarray, number: int, at: ndarray) -> ndarray:
    """``np.take_along_axis``, ten times as fast."""
    lead, n, rest = math.prod(x.shape[:number]), x.shape[number], math.prod(x.shape[number + 1 :])
    places = (np.arange(lead)[:, None, None] * n + at.reshape(lead, math.prod(at.shape[number : number + 1]), rest)) * rest
    return x.reshape(-1).take(places + np.arange(rest)).reshape(at.shape)


def largest(x: ndarray, axes: list[Axis]) -> tuple[ndarray, ndarray]:
    """The maxima and where they are in the flattened input: the first of equals, the last of nan."""
    lead, size, best = x.shape[: x.ndim - len(axes)], x.shape[x.ndim - len(axes) :], _wide(x)
    floating = best.dtype.kind == "f"
    lowest = best.dtype.type(-math.inf if floating else np.iinfo(x.dtype).min)
    nan = floating and bool(np.isnan(best.max(initial=lowest)))
    where: Any = None
    for number, axis in reversed(list(enumerate(axes, len(lead)))):
        padded = _padded(best, number, axis, lowest)
        start = axis.start if axis.start.ndim > 1 else axis.start.reshape(-1, *[1] * (x.ndim - number - 1))
        small = np.min_scalar_type(-len(axis.at)).type
        offset, best = (-(np.minimum(start, 0) // axis.step)).astype(small), np.asarray(lowest)
        for j, at in enumerate(axis.at):
            value = _take(padded, number, at)
            better = (value > best) | (value != value) if nan else value > best
            offset, best = np.maximum(offset, better * small(j)), np.maximum(best, value)
        place = start + offset.astype(np.int64) * axis.step
        where = place if where is None else place * math.prod(size[number - len(lead) + 1 :]) + _along(where, number, place)
    flat = where.reshape(*lead, math.prod(where.shape[len(lead) :]))
    return _along(x.reshape(*lead, math.prod(size)), len(lead), flat).reshape(where.shape), where


def laid_out(out: ndarray, like: ndarray, channels_last: bool = True) -> ndarray:
    """Rounded to the other's 16 bits, with the channels innermost where it has them so, and else row by row."""
    order = (0, *range(2, out.ndim), 1) if channels_last and like.ndim > 3 and _has_channels_last(like) else range(out.ndim)
    dtype = like.dtype if out.dtype.kind == "f" else out.dtype
    laid = np.empty([out.shape[d] for d in order], dtype).transpose(np.argsort(order))
    laid[...] = out
    return laid


def _has_channels_last(x: ndarray) -> bool:
    least = 0
    for d in (1, *range(x.ndim - 1, 1, -1), 0):
        step = x.strides[d]
        if not x.shape[d] or step < least or (d == 0 and least == x.strides[1]) or not x.strides[1]:
            return False
        least = step * max(x.shape[d], 1)
    return True


# Averages.


def _divisors(axes: list[Axis], count_include_pad: bool, divisor_override: int | None) -> Any:
    if divisor_override is not None:
        return divisor_override
    return _outer([axis.lengths if count_include_pad else np.maximum(axis.counts, 1) for axis in axes])


def _averaged(self: ndarray, kernel_size: Ints, stride: Ints, padding: Ints, ceil_mode: bool,
              count_include_pad: bool, divisor_override: Any) -> ndarray:
    axes = _axes(self, kernel_size, stride, padding, None, ceil_mode)
    sums, divisors = _summed(self, axes), _divisors(axes, count_include_pad, divisor_override)
    if self.dtype.kind == "i":  # divided as in C
        sums = np.sign(sums) * np.sign(divisors) * (np.abs(sums) // np.abs(divisors))
    else:
        sums = sums / np.asarray(divisors, sums.dtype)
    return laid_out(sums, self, len(axes) == 2)


def _averaged_grad(grad_output: ndarray, self: ndarray, kernel_size: Ints, stride: Ints, padding: Ints,
                   ceil_mode: bool, count_include_pad: bool, divisor_override: Any) -> ndarray:
    axes = _axes(self, kernel_size, stride, padding, None, ceil_mode)
    shares = _wide(grad_output)
    shares = shares / np.asarray(_divisors(axes, count_include_pad, divisor_override), shares.dtype)
    return laid_out(_scattered(shares, axes, self.shape[-len(axes) :]), self, len(axes) == 2)


def _adapted(self: ndarray, output_size: Ints) -> ndarray:
    axes = _adaptive(self.shape[-len(output_size) :], output_size)
    sums = _summed(self, axes)
    return laid_out(sums / _outer([axis.counts for axis in axes]).astype(sums.dtype), self, len(axes) == 2)


def _adapted_grad(grad_output: ndarray, self: ndarray, dims: int) -> ndarray:
    size, output_size = self.shape[-dims:], grad_output.shape[-dims:]
    grad_output = _wide(grad_output)
    shares = grad_output / _outer([axis.counts for axis in _adaptive(size, output_size)]).astype(grad_output.dtype)
    return laid_out(_summed(shares, _adaptive(output_size, size)), self, dims == 2)


# Maxima.


def placed(grad_output: ndarray, self: ndarray, indices: ndarray, dims: int) -> ndarray:
    """Each gradient where its maximum was."""
    lead, size = self.shape[:-dims], math.prod(self.shape[-dims:])
    grad_output = _wide(grad_output)
    out = np.zeros(self.shape, grad_output.dtype)
    at = indices.reshape(math.prod(lead), -1 if indices.size else 0)
    np.add.at(out.reshape(-1), (at + np.arange(len(at))[:, None] * size).reshape(-1), grad_output.reshape(-1))
    return laid_out(out, self, self.ndim == 4)


def picked(grad: Any, indices: Any, dims: int) -> Any:
    """What is where the maxima were."""
    lead, where = tuple(indices.shape[:-dims]), _array(indices)
    flat = grad.reshape((*lead, math.prod(grad.shape[-dims:])))
    key = key_along(tuple(flat.shape), len(lead), where.reshape(*lead, math.prod(where.shape[-dims:])))
    return row("gather")(flat, key).reshape(where.shape)


def zeros(grad: Any, self_shape: Any) -> Any:
    return zeros_like_of(grad, self_shape)


def _node(name: str) -> str:
    return name.title().replace("_", "").replace("2d", "2D").replace("3d", "3D")  # AvgPool2DBackward0


def maxima(name: str, kernel: Function, **formula: Any) -> None:
    """A row that gives maxima and where they were, with the rows of its derivatives."""
    op(name, kernel, node=_node(name) + "Backward0", places=(), moves=True, **formula)
    op(name + "_backward", placed, node=_node(name) + "BackwardBackward0", places=(), moves=True,
       grad_output=lambda grad, indices, dims: picked(grad, indices, dims), self=zeros)


def _nonempty(name: str, grad: Any) -> Any:
    if 0 in grad.shape[1:]:
        raise RuntimeError(f"{name}_backward(): Expected grad_output to have non-zero size for non-batch dimensions")
    return grad


def _rows(dims: int) -> None:
    avg, adaptive_avg = f"avg_pool{dims}d", f"adaptive_avg_pool{dims}d"
    maximum, adaptive_max = f"max_pool{dims}d_with_indices", f"adaptive_max_pool{dims}d"
    op(avg, _averaged, node=_node(avg) + "Backward0", places=(), moves=True,
       self=lambda grad, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override:
           row(avg + "_backward")(grad, self, kernel_size, stride, padding, ceil_mode, count_include_pad,
                                  divisor_override))
    op(avg + "_backward", _averaged_grad, node=_node(avg) + "BackwardBackward0", places=(), moves=True,
       grad_output=lambda grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override:
           row(avg)(grad, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override), self=zeros)
    op(adaptive_avg, _adapted, node=_node(adaptive_avg) + "Backward0", places=(), moves=True,
       self=lambda grad, self: row(adaptive_avg + "_backward")(_nonempty(adaptive_avg, grad), self, dims))
    op(adaptive_avg + "_backward", _adapted_grad, node=_node(adaptive_avg) + "BackwardBackward0", places=(), moves=True,
       grad_output=lambda grad, grad_output_shape, dims: row(adaptive_avg)(grad, grad_output_shape[-dims:]), self=zeros)
    maxima(maximum, lambda self, kernel_size, stride, padding, dilation, ceil_mode: tuple(
               laid_out(part, self) for part in
               largest(self, _axes(self, kernel_size, stride, padding, dilation, ceil_mode))),
           self=lambda grad, self, kernel_size, stride, padding, dilation, ceil_mode, result1:
               row(maximum + "_backward")(grad, self, result1, dims))
    maxima(adaptive_max, lambda self, output_size: tuple(
               laid_out(part, self, dims == 2) for part in largest(self, _adaptive(self.shape[-dims:], output_size))),
           self=lambda grad, self, result1: row(adaptive_max + "_backward")(_nonempty(adaptive_max, grad), self, result1, dims))


for _dims in (2, 3):
    _rows(_dims)


# What users call.


def ints(name: str, which: str, given: Any, dims: int) -> Ints:
    given = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if len(given) not in (1, dims):
        words = {1: "one int", 2: "two ints", 3: "three ints"}[dims]
        raise RuntimeError(f"{name}: {which} must either be a single int, or a tuple of {words}")
    return given * (dims // len(given))


def _check_input(input: Any, dims: int) -> Ints:
    shape: Ints = _array(input).shape
    if len(shape) not in (dims + 1, dims + 2) or 0 in shape[-dims - 1 :]:
        raise RuntimeError(
            f"Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch size for input, but "
            f"got:{list(shape)}"
        )
    return shape


def _geometry(name: str, input: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
              dims: int) -> tuple[Ints, Ints, Ints, Ints]:
    kernel, pad = ints(name, "kernel_size", kernel_size, dims), ints(name, "padding", padding, dims)
    steps = () if stride is None or stride in ([], ()) else ints(name, "stride", stride, dims)
    apart = ints(name, "dilation", dilation, dims)
    shape = _check_input(input, dims)
    for which, values in (("kernel size", kernel), ("stride", steps), ("dilation", apart)):
        if min(values, default=1) <= 0:
            raise RuntimeError(f"{which} should be greater than zero, but got {values}")
    if min(pad) < 0 or any(p > k // 2 for p, k in zip(pad, kernel, strict=True)):
        raise RuntimeError(f"pad should be non-negative and at most half of kernel size, but got {pad} and {kernel}")
    counts = _counts(shape[-dims:], kernel, steps or kernel, pad, apart, ceil_mode)
    if min(counts) < 1:
        given, wanted = ("x".join(map(str, (shape[-dims - 1], *sizes))) for sizes in (shape[-dims:], counts))
        raise RuntimeError(
            f"Given input size: ({given}). Calculated output size: ({wanted}). Output size is too small"
        )
    return kernel, steps, pad, apart


def _avg_pool(dims: int) -> Function:
    name, kernel_name = f"avg_pool{dims}d", "avg_pool3d_out_frame" if dims == 3 else "avg_pool2d"

    def avg_pool(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True, divisor_override: int | None = None) -> Any:
        if dims == 2:
            wrap_dim(-3, _array(input).ndim)  # which PyTorch looks for first
        kernel, steps, pad, _ = _geometry(name, input, kernel_size, stride, padding, 1, ceil_mode, dims)
        if divisor_override == 0:
            raise RuntimeError("divisor must be not zero")
        if dims == 3 and any(n < k for n, k in zip(_array(input).shape[-3:], kernel, strict=True)):
            raise RuntimeError("input image smaller than kernel size")
        if _array(input).dtype != np.int64:
            check_floating(input, kernel_name, narrow=dims < 3)
        return row(name)(input, kernel, steps, pad, ceil_mode, count_include_pad, divisor_override)

    return avg_pool


def _max_pool(dims: int) -> Function:
    name = f"max_pool{dims}d"

    def max_pool(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                 ceil_mode: bool = False) -> Any:
        how = _geometry(name, input, kernel_size, stride, padding, dilation, ceil_mode, dims)
        refuse(input, name, "bc")
        return row(name + "_with_indices")(input, *how, ceil_mode)

    return max_pool


def _adaptive_pool(name: str, dims: int) -> Function:
    def pool(input: Any, output_size: Any) -> Any:
        shape = _array(input).shape
        if isinstance(output_size, (list, tuple)):
            if len(output_size) >= len(shape):
                raise ValueError(f"Input dimension should be at least {len(output_size) + 1}")
            output_size = tuple(n if k is None else k for k, n in zip(output_size, shape[-len(output_size):], strict=False))
        wanted = ints(name, "output_size", output_size, dims)
        if len(shape) not in (dims + 1, dims + 2):
            raise RuntimeError(f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got {list(shape)}")
        if min(wanted) < 0:
            raise RuntimeError(f"{name}: elements of output_size must be greater than or equal to 0 but received {wanted}")
        for d in range(len(shape) - dims - (name != "adaptive_avg_pool2d"), len(shape)):
            if not shape[d]:
                raise RuntimeError(
                    f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                    f"{list(shape)} with dimension {d} being empty"
                )
        if "avg" in name and all(n == 1 for n in wanted):
            out = torch.mean(input, tuple(range(-1, -dims - 1, -1)), True)
            if len(shape) < dims + 2 or not _has_channels_last(_array(input)):
                return out
            return out.as_strided_(out.shape, (shape[1], 1, *shape[1:2] * dims))
        check_floating(input, name + "_cpu" * (dims == 3))
        return row(name)(input, wanted)

    return pool


# In one dimension PyTorch pools in two, of which the first has size 1.


def _line(name: str, which: str, value: Any, first: int) -> Any:
    if value is None or (which == "stride" and value in ([], ())):
        return None
    return first, *ints(name, which, value, 1)


def _squeezed(name: str, pool: Function, input: Any, *how: Any) -> Any:
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.dim()}-dimensional tensor for argument #1 'self' (while "
            f"checking arguments for {name})"
        )
    out = pool(torch.unsqueeze(input, -2), *how)
    return tuple(torch.squeeze(t, -2) for t in out) if isinstance(out, tuple) else torch.squeeze(out, -2)


def _avg_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
                count_include_pad: bool = True) -> Any:
    how = (_line("avg_pool1d", *given) for given in
           (("kernel_size", kernel_size, 1), ("stride", stride, 1), ("padding", padding, 0)))
    return _squeezed("avg_pool1d", _avg_pool(2), input, *how, ceil_mode, count_include_pad)


def _max_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                ceil_mode: bool = False) -> Any:
    _check_input(input, 1)
    how = (_line("max_pool1d", *given) for given in
           (("kernel_size", kernel_size, 1), ("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1)))
    return _squeezed("max_pool1d", _max_pool(2), input, *how, ceil_mode)


def _adaptive_pool1d(kind: str) -> Function:
    name = f"adaptive_{kind}_pool1d"

    def pool(input: Any, output_size: Any) -> Any:
        size = _line(name, "output_size", output_size, 1)
        return _squeezed(name, _adaptive_pool(f"adaptive_{kind}_pool2d", 2), input, size)

    return pool


# All of them under their names; those of maxima with and without the indices.


def publish_maxima(name: str, pool: Function, at: int, alone: Function | None = None) -> Function:
    """With ``return_indices``, which may also be given at a position; gives back what pools without."""
    values = alone or wraps(pool)(lambda *args, **named: pool(*args, **named)[0])

    def without(args: tuple[Any, ...]) -> tuple[Any, ...]:
        return (*args[:at], *args[at + 1 :])

    @wraps(pool)
    def choosing(*args: Any, return_indices: bool = False, **named: Any) -> Any:
        return (pool if return_indices or any(args[at : at + 1]) else values)(*without(args), **named)

    @wraps(pool)
    def with_indices(*args: Any, return_indices: bool = True, **named: Any) -> Any:
        return pool(*without(args), **named)

    publish(name, choosing, ("nn.functional",))
    publish(name + "_with_indices", with_indices, ("nn.functional",))
    return values


def _max_pool1d_alone(*args: Any, **named: Any) -> Any:
    """PyTorch has another kernel where no gradient is wanted, whose result is no view."""
    out = _max_pool1d(*args, **named)[0]
    if out.requires_grad:
        return out
    check_floating(out, "max_pool1d_impl")
    return out.contiguous().clone()


for _dims, _avg, _max in (
    (1, _avg_pool1d, _max_pool1d), (2, _avg_pool(2), _max_pool(2)), (3, _avg_pool(3), _max_pool(3)),
):
    publish(f"avg_pool{_dims}d", _avg, ("nn.functional", "torch")[: 1 + (_dims == 1)])
    _alone = publish_maxima(f"max_pool{_dims}d", _max, 6, _max_pool1d_alone if _dims == 1 else None)
    publish(f"max_pool{_dims}d", _alone, ("torch",))
    _mean, _largest = (
        _adaptive_pool1d(kind) if _dims == 1 else _adaptive_pool(f"adaptive_{kind}_pool{_dims}d", _dims)
        for kind in ("avg", "max")
    )
    publish(f"adaptive_avg_pool{_dims}d", _mean, ("nn.functional", "torch")[: 1 + (_dims == 1)])
    publish_maxima(f"adaptive_max_pool{_dims}d", _largest, 2)
    if _dims == 1:
        publish("max_pool1d_with_indices", _max, ("torch",))
        publish("adaptive_max_pool1d", _largest, ("torch",))


def _publish_lp(dims: int) -> None:
    average, maximum = namespace[f"nn.functional.avg_pool{dims}d"], namespace[f"nn.functional.max_pool{dims}d"]

    def lp_pool(input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
        if norm_type == math.inf:
            return maximum(torch.abs(input), kernel_size, stride, 0, 1, ceil_mode)
        if norm_type == -math.inf:
            return -maximum(-torch.abs(input), kernel_size, stride, 0, 1, ceil_mode)
        out = average(torch.pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
        sizes = kernel_size if isinstance(kernel_size, (list, tuple)) else (kernel_size,) * dims
        return torch.pow(torch.sign(out) * torch.relu(torch.abs(out)) * math.prod(sizes), 1.0 / norm_type)

    publish(f"lp_pool{dims}d", lp_pool, ("nn.functional",))


for _dims in (1, 2, 3):
    _publish_lp(_dims)
