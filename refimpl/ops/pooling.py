"""Pooling, in ``nn.functional``: averages and maxima over windows.

Windows are given, for each dimension, as positions [blocks, size] and a mask of those that exist:
so padding, ceil_mode, dilation and adaptive windows are all one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .._op import composite, namespace, op, publish, row, torch
from .._row import Function
from .shapes import zeros_like_of
from .views import _array

Ints = tuple[int, ...]
Spans = list[tuple[ndarray, ndarray]]


def _counts(size: Ints, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil_mode: bool) -> Ints:
    """How many windows; with ceil_mode one may hang over the end, but not start in the padding."""
    out = []
    for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True):
        count = (n + 2 * p - d * (k - 1) - 1 + (s - 1 if ceil_mode else 0)) // s + 1
        out.append(count - (ceil_mode and (count - 1) * s >= n + p))
    return tuple(out)


def _spans(size: Ints, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil_mode: bool) -> Spans:
    found = []
    counts = _counts(size, kernel, stride, padding, dilation, ceil_mode)
    for n, count, k, s, p, d in zip(size, counts, kernel, stride, padding, dilation, strict=True):
        at = np.arange(count)[:, None] * s - p + np.arange(k) * d
        found.append((at.clip(0, max(n - 1, 0)), (at >= 0) & (at < n)))
    return found


def _adaptive_spans(size: Ints, output_size: Ints) -> Spans:
    found = []
    for n, count in zip(size, output_size, strict=True):
        block = np.arange(count)
        start, end = block * n // max(count, 1), -((block + 1) * -n // max(count, 1))
        at = start[:, None] + np.arange(max(end - start, default=1))
        found.append((at.clip(0, max(n - 1, 0)), at < end[:, None]))
    return found


def _outer(parts: list[ndarray]) -> Any:
    """The product over all dimensions of a number for each block of each."""
    out: Any = np.ones(())
    for part in parts:
        out = np.multiply.outer(out, part)
    return out


def _divisors(size: Ints, kernel: Ints, stride: Ints, padding: Ints, ceil_mode: bool, count_include_pad: bool,
              divisor_override: int | None) -> Any:  # fmt: skip
    if divisor_override is not None:
        return divisor_override
    spans = _spans(size, kernel, stride, padding, (1,) * len(size), ceil_mode)
    if not count_include_pad:
        return np.maximum(_outer([mask.sum(1) for _, mask in spans]), 1)
    starts = [np.arange(len(at)) * s - p for (at, _), s, p in zip(spans, stride, padding, strict=True)]
    return _outer([np.minimum(start + k, n + p) - start
                   for start, k, n, p in zip(starts, kernel, size, padding, strict=True)])  # fmt: skip


def _summed(x: ndarray, spans: Spans) -> ndarray:
    for axis, (at, mask) in enumerate(spans, x.ndim - len(spans)):
        shown = np.moveaxis(x, axis, -1)[..., at]
        x = np.moveaxis(np.add.reduce(np.where(mask, shown, 0), -1, dtype=x.dtype), -1, axis)
    return x


def _scattered(y: ndarray, spans: Spans, size: Ints) -> ndarray:
    """The transpose of ``_summed``."""
    for axis, ((at, mask), n) in enumerate(zip(spans, size, strict=True), y.ndim - len(spans)):
        blocks = np.moveaxis(y, axis, 0)
        out = np.zeros((n, *blocks.shape[1:]), y.dtype)
        np.add.at(out, at[mask], blocks[np.nonzero(mask)[0]])
        y = np.moveaxis(out, 0, axis)
    return np.ascontiguousarray(y)


def _largest(x: ndarray, spans: Spans) -> tuple[ndarray, ndarray]:
    """The maxima and where they are in the flattened input: the first of equals, the last of nan."""
    dims = len(spans)
    lead, size = x.shape[: x.ndim - dims], x.shape[x.ndim - dims :]
    grid: Any = np.zeros((), np.int64)
    exists: Any = np.ones((), bool)
    for d, ((at, mask), n) in enumerate(zip(spans, size, strict=True)):  # [*blocks, *kernel]
        shape = [1] * (2 * dims)
        shape[d], shape[dims + d] = at.shape
        grid = grid * n + at.reshape(shape)
        exists = exists & mask.reshape(shape)
    counts = grid.shape[:dims]
    grid, exists = (np.broadcast_to(a, grid.shape).reshape(math.prod(counts), -1) for a in (grid, exists))
    lowest = -math.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    values = np.where(exists, x.reshape(*lead, math.prod(size))[..., grid], np.asarray(lowest, x.dtype))
    best = np.argmax(values, -1)
    best = np.where(np.take_along_axis(np.broadcast_to(exists, values.shape), best[..., None], -1)[..., 0], best,
                    np.argmax(exists, -1))  # fmt: skip
    nan = np.isnan(values)
    best = np.where(nan.any(-1), values.shape[-1] - 1 - np.argmax(nan[..., ::-1], -1), best)
    out = np.take_along_axis(values, best[..., None], -1)[..., 0]
    where = grid[np.arange(len(grid)), best]
    return out.reshape(*lead, *counts), where.reshape(*lead, *counts).astype(np.int64)


def _placed(grad_output: ndarray, self: ndarray, indices: ndarray, dims: int) -> ndarray:
    """Each gradient where its maximum was."""
    shape = self.shape
    lead = shape[: len(shape) - dims]
    out = np.zeros((math.prod(lead), math.prod(shape[len(lead) :])), grad_output.dtype)
    rows = np.arange(len(out))[:, None]
    np.add.at(out, (rows, indices.reshape(len(out), -1)), grad_output.reshape(len(out), -1))
    return out.reshape(shape)


def _picked(self: ndarray, indices: ndarray, dims: int) -> ndarray:
    """What is where the maxima were."""
    flat = self.reshape(*self.shape[: self.ndim - dims], math.prod(self.shape[-dims:]))
    return np.take_along_axis(flat, indices.reshape(*flat.shape[:-1], -1 if indices.size else 0), -1).reshape(indices.shape)


_pick: Function = op("_max_pool_picked", _picked, places=(),
                     self=lambda grad, self, indices, dims: row("max_pool2d_with_indices_backward")(grad, self, indices, dims))


def _zeros(grad: Any, self_shape: Any) -> Any:
    return zeros_like_of(grad, self_shape)


def _rows(dims: int) -> None:
    ones = (1,) * dims

    def averaged(self: ndarray, kernel_size: Ints, stride: Ints, padding: Ints, ceil_mode: bool,
                 count_include_pad: bool, divisor_override: Any) -> ndarray:  # fmt: skip
        size, stride = self.shape[-dims:], stride or kernel_size
        sums = _summed(self, _spans(size, kernel_size, stride, padding, ones, ceil_mode))
        divisors = _divisors(size, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
        return (sums / divisors).astype(self.dtype) if self.dtype.kind == "f" else sums // divisors

    def averaged_grad(grad_output: ndarray, self: ndarray, how: Any) -> ndarray:
        kernel_size, stride, padding, ceil_mode, *_ = how
        size, stride = self.shape[-dims:], stride or kernel_size
        shares = (grad_output / _divisors(size, kernel_size, stride, *how[2:])).astype(grad_output.dtype)
        return _scattered(shares, _spans(size, kernel_size, stride, padding, ones, ceil_mode), size)

    def adapted(self: ndarray, output_size: Ints) -> ndarray:
        spans = _adaptive_spans(self.shape[-dims:], output_size)
        return (_summed(self, spans) / _outer([mask.sum(1) for _, mask in spans])).astype(self.dtype)

    def adapted_grad(grad_output: ndarray, self: ndarray) -> ndarray:
        size = self.shape[-dims:]
        spans = _adaptive_spans(size, grad_output.shape[-dims:])
        shares = (grad_output / _outer([mask.sum(1) for _, mask in spans])).astype(grad_output.dtype)
        return _scattered(shares, spans, size)

    def largest(self: ndarray, kernel_size: Ints, stride: Ints, padding: Ints, dilation: Ints,
                ceil_mode: bool) -> Any:  # fmt: skip
        spans = _spans(self.shape[-dims:], kernel_size, stride or kernel_size, padding, dilation, ceil_mode)
        return _largest(self, spans)

    def _node(name: str) -> str:
        return name.title().replace("_", "").replace(f"{dims}d", f"{dims}D")  # AvgPool2DBackward0

    avg, adaptive_avg = f"avg_pool{dims}d", f"adaptive_avg_pool{dims}d"
    maximum, adaptive_max = f"max_pool{dims}d_with_indices", f"adaptive_max_pool{dims}d"
    title = {name: _node(name) for name in (avg, adaptive_avg, maximum, adaptive_max)}
    op(avg, averaged, node=title[avg] + "Backward0", places=(),
       self=lambda grad, self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override:
           row(avg + "_backward")(grad, self, (kernel_size, stride, padding, ceil_mode, count_include_pad,
                                                     divisor_override)))  # fmt: skip
    op(avg + "_backward", averaged_grad, node=title[avg] + "BackwardBackward0", places=(),
       grad_output=lambda grad, how: row(avg)(grad, *how), self=_zeros)
    op(adaptive_avg, adapted, node=title[adaptive_avg] + "Backward0", places=(),
       self=lambda grad, self: row(adaptive_avg + "_backward")(grad, self))
    op(adaptive_avg + "_backward", adapted_grad, node=title[adaptive_avg] + "BackwardBackward0", places=(),
       grad_output=lambda grad, grad_output_shape: row(adaptive_avg)(grad, grad_output_shape[-dims:]), self=_zeros)
    op(maximum, largest, node=title[maximum] + "Backward0", places=(),
       self=lambda grad, self, result1: row(maximum + "_backward")(grad, self, result1, dims))
    op(adaptive_max, lambda self, output_size: _largest(self, _adaptive_spans(self.shape[-dims:], output_size)),
       node=title[adaptive_max] + "Backward0", places=(),
       self=lambda grad, self, result1: row(adaptive_max + "_backward")(grad, self, result1, dims))
    for name in (maximum, adaptive_max):
        op(name + "_backward", _placed, node=title[name] + "BackwardBackward0", places=(),
           grad_output=lambda grad, indices, dims: _pick(grad, indices, dims), self=_zeros)


for _dims in (2, 3):
    _rows(_dims)


# What users call.


def _ints(name: str, which: str, given: Any, dims: int) -> Ints:
    given = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if len(given) not in (1, dims):
        words = {2: "two", 3: "three"}[dims]
        raise RuntimeError(f"{name}: {which} must either be a single int, or a tuple of {words} ints")
    return given * (dims // len(given))


def _geometry(name: str, x: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
              dims: int) -> tuple[Ints, Ints, Ints, Ints]:  # fmt: skip
    shape = _array(x).shape
    kernel, pad = _ints(name, "kernel_size", kernel_size, dims), _ints(name, "padding", padding, dims)
    steps = () if stride is None or stride in ([], ()) else _ints(name, "stride", stride, dims)
    apart = _ints(name, "dilation", dilation, dims)
    if len(shape) not in (dims + 1, dims + 2):
        raise RuntimeError(f"non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input")
    if 0 in (steps or kernel):
        raise RuntimeError("stride should not be zero")
    if min(pad) < 0:
        raise RuntimeError(f"pad must be non-negative, but got pad: {min(pad)}")
    for p, k, d in zip(pad, kernel, apart, strict=True):
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and dilation={d}"
            )
    size = shape[-dims:]
    counts = _counts(size, kernel, steps or kernel, pad, apart, ceil_mode)
    if min(counts) < 1:
        given, wanted = ("x".join(map(str, (shape[-dims - 1], *sizes))) for sizes in (size, counts))
        raise RuntimeError(
            f"Given input size: ({given}). Calculated output size: ({wanted}). Output size is too small"
        )
    return kernel, steps, pad, apart


def _avg_pool(dims: int) -> Function:
    name = f"avg_pool{dims}d"

    def avg_pool(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
                 count_include_pad: bool = True, divisor_override: int | None = None) -> Any:  # fmt: skip
        kernel, steps, pad, _ = _geometry(name, input, kernel_size, stride, padding, 1, ceil_mode, dims)
        if divisor_override == 0:
            raise RuntimeError("divisor must be not zero")
        return row(name)(input, kernel, steps, pad, ceil_mode, count_include_pad, divisor_override)

    publish(name, avg_pool, ("nn.functional",))
    return avg_pool


def _max_pool(dims: int) -> Function:
    name = f"max_pool{dims}d"

    def max_pool(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
                 ceil_mode: bool = False, return_indices: bool = False) -> Any:  # fmt: skip
        how = _geometry(name, input, kernel_size, stride, padding, dilation, ceil_mode, dims)
        out = row(name + "_with_indices")(input, *how, ceil_mode)
        return out if return_indices else out[0]

    publish(name, max_pool, ("nn.functional",))
    return max_pool


_avg_pool2d, _avg_pool3d = _avg_pool(2), _avg_pool(3)
_max_pool2d, _max_pool3d = _max_pool(2), _max_pool(3)


def _adaptive(name: str, dims: int) -> Function:
    def pool(input: Any, output_size: Any) -> Any:
        shape = _array(input).shape
        if len(shape) not in (dims + 1, dims + 2):
            colon = ":" if "max" in name else ""
            raise RuntimeError(
                f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor, but got{colon} {list(shape)}"
            )
        sizes = output_size if isinstance(output_size, (list, tuple)) else (output_size,) * dims
        if len(sizes) > len(shape):
            raise ValueError(f"Input dimension should be at least {len(sizes) + 1}")
        wanted = tuple(n if k is None else k for k, n in zip(sizes, shape[-dims:], strict=True))
        for d in range(len(shape) - dims - ("max" in name), len(shape)):
            if not shape[d]:
                raise RuntimeError(
                    f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes "
                    f"{list(shape)} with dimension {d} being empty"
                )
        if "avg" in name and all(n == 1 for n in wanted):
            return torch.mean(input, tuple(range(-1, -dims - 1, -1)), True)
        return row(name)(input, wanted)

    return pool


for _dims in (2, 3):
    publish(f"adaptive_avg_pool{_dims}d", _adaptive(f"adaptive_avg_pool{_dims}d", _dims), ("nn.functional",))


def _publish_adaptive_max(dims: int) -> None:
    name = f"adaptive_max_pool{dims}d"
    pool = _adaptive(name, dims)

    def adaptive_max_pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        out = pool(input, output_size)
        return out if return_indices else out[0]

    publish(name, adaptive_max_pool, ("nn.functional",))


for _dims in (2, 3):
    _publish_adaptive_max(_dims)


# In one dimension PyTorch pools in two, of which the first has size 1.


def _flat(name: str, input: Any) -> Any:
    if input.dim() not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input.dim()}-dimensional tensor for argument #1 'self' (while "
            f"checking arguments for {name})"
        )
    return torch.unsqueeze(input, -2)


def _line(value: Any, first: int) -> Any:
    """A size for two dimensions from that for the last."""
    return (first, *value) if isinstance(value, (list, tuple)) else (first, value)


@composite("nn.functional", "torch")
def avg_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, ceil_mode: bool = False,
               count_include_pad: bool = True) -> Any:  # fmt: skip
    steps = None if stride is None or stride in ([], ()) else _line(stride, 1)
    out = _avg_pool2d(_flat("avg_pool1d", input), _line(kernel_size, 1), steps, _line(padding, 0), ceil_mode,
                      count_include_pad)  # fmt: skip
    return torch.squeeze(out, -2)


@composite("nn.functional")
def max_pool1d(input: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1,
               ceil_mode: bool = False, return_indices: bool = False) -> Any:  # fmt: skip
    if input.dim() not in (2, 3):
        raise RuntimeError(
            "max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:"
            f"{list(input.shape)}"
        )
    steps = None if stride is None or stride in ([], ()) else _line(stride, 1)
    out, indices = _max_pool2d(torch.unsqueeze(input, -2), _line(kernel_size, 1), steps, _line(padding, 0),
                               _line(dilation, 1), ceil_mode, True)  # fmt: skip
    out = torch.squeeze(out, -2)
    return (out, torch.squeeze(indices, -2)) if return_indices else out


@composite("nn.functional", "torch")
def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    return torch.squeeze(_adaptive("adaptive_avg_pool2d", 2)(_flat("adaptive_avg_pool1d", input), _line(output_size, 1)), -2)


@composite("nn.functional")
def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    flat = _flat("adaptive_max_pool1d", input)
    for d in range(input.dim() - 2, input.dim()):
        if not input.shape[d]:
            raise RuntimeError(
                "adaptive_max_pool1d(): Expected input to have non-zero size for non-batch dimensions, but input has "
                f"sizes {list(input.shape)} with dimension {d} being empty"
            )
    out, indices = _adaptive("adaptive_max_pool2d", 2)(flat, _line(output_size, 1))
    out = torch.squeeze(out, -2)
    return (out, torch.squeeze(indices, -2)) if return_indices else out


def _publish_lp(dims: int) -> None:
    def lp_pool(input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
        pool = namespace[f"nn.functional.avg_pool{dims}d"]
        out = pool(torch.pow(input, norm_type), kernel_size, stride, 0, ceil_mode)
        sizes = kernel_size if isinstance(kernel_size, (list, tuple)) else (kernel_size,) * dims
        return torch.pow(torch.sign(out) * torch.relu(torch.abs(out)) * math.prod(sizes), 1.0 / norm_type)

    publish(f"lp_pool{dims}d", lp_pool, ("nn.functional",))


for _dims in (1, 2, 3):
    _publish_lp(_dims)
