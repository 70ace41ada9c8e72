"""Convolutions, and the sliding blocks that they are made of.

A convolution is a matrix product with the columns of its windows. It is linear in its input and in
its weight: so are both gradients, and all three are each other's derivatives. A transposed one
computes the gradient of the input of one that is not.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from .._call import same_variable
from .._dtype import F64
from .._op import composite, op, publish, row, together, torch
from .._row import Function
from .._tensor import Tensor
from .._warn import warn_once
from .pooling import laid_out
from .refusals import refuse
from .views import _array, expand

Ints = tuple[int, ...]

# Windows: [n, c, *size] seen as [n, c, *kernel, *blocks].


def blocks(size: Sequence[int], kernel: Ints, stride: Ints, padding: Ints, dilation: Ints) -> Ints:
    """How many windows fit along each dimension."""
    return tuple(
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, s, p, d in zip(size, kernel, stride, padding, dilation, strict=True)
    )


def _inner(size: Sequence[int], padding: Ints) -> Any:
    """The index of what was there before the padding."""
    return (..., *(slice(p, p + n) for n, p in zip(size, padding, strict=True)))


def windows(x: ndarray, kernel: Ints, counts: Ints, stride: Ints, padding: Ints, dilation: Ints,
            fill: Any = 0) -> ndarray:  # fmt: skip
    """The first ``counts`` windows: a view of ``x``, or of its padded copy."""
    size = x.shape[2:]
    if any(padding):
        padded = np.full((*x.shape[:2], *(n + 2 * p for n, p in zip(size, padding, strict=True))), fill, x.dtype)
        padded[_inner(size, padding)] = x
        x = padded
    steps = x.strides[2:]
    return np.lib.stride_tricks.as_strided(
        x, (*x.shape[:2], *kernel, *counts),
        (*x.strides[:2], *(d * b for d, b in zip(dilation, steps, strict=True)),
         *(s * b for s, b in zip(stride, steps, strict=True))), writeable=False)  # fmt: skip


def _overlaid(columns: ndarray, size: Ints, stride: Ints, padding: Ints, dilation: Ints) -> ndarray:
    """The transpose of ``windows``: each element the sum of all that show it."""
    dims = len(size)
    kernel, counts = columns.shape[2 : 2 + dims], columns.shape[2 + dims :]
    padded = [n + 2 * p for n, p in zip(size, padding, strict=True)]
    out = np.zeros((*columns.shape[:2], *padded), columns.dtype)
    for at in itertools.product(*map(range, kernel)):
        shown: Any = (slice(None), slice(None), *at)
        seen: Any = (..., *(slice(k * d, k * d + s * (n - 1) + 1, s)
                            for k, d, s, n in zip(at, dilation, stride, counts, strict=True)))  # fmt: skip
        out[seen] += columns[shown]
    return np.ascontiguousarray(out[_inner(size, padding)])


# The three products of x [n, c, *size], weight [o, c / groups, *kernel] and y [n, o, *blocks].


def _columns(x: ndarray, kernel: Ints, counts: Ints, *geometry: Any, groups: int) -> ndarray:
    rows = x.shape[1] // groups * math.prod(kernel)
    return windows(x, kernel, counts, *geometry).reshape(len(x), groups, rows, math.prod(counts))


def _grouped(y: ndarray, groups: int) -> ndarray:
    return y.reshape(len(y), groups, y.shape[1] // groups, math.prod(y.shape[2:]))


def _rows(weight: ndarray, groups: int) -> ndarray:
    return weight.reshape(groups, len(weight) // groups, math.prod(weight.shape[1:]))


def _correlated(x: ndarray, weight: ndarray, counts: Ints, *geometry: Any, groups: int) -> ndarray:
    out = _rows(weight, groups) @ _columns(x, weight.shape[2:], counts, *geometry, groups=groups)
    return out.reshape(len(x), len(weight), *counts)


def _spread(y: ndarray, weight: ndarray, size: Ints, *geometry: Any, groups: int) -> ndarray:
    columns = _rows(weight, groups).swapaxes(1, 2) @ _grouped(y, groups)
    return _overlaid(columns.reshape(len(y), -1 if y.size else weight.shape[1] * groups, *weight.shape[2:],
                                     *y.shape[2:]), size, *geometry)  # fmt: skip


def _compared(x: ndarray, y: ndarray, shape: Ints, *geometry: Any, groups: int) -> ndarray:
    columns = _columns(x, shape[2:], y.shape[2:], *geometry, groups=groups)
    return np.add.reduce(_grouped(y, groups) @ columns.swapaxes(2, 3), 0).reshape(shape)


def _transposed_size(size: Sequence[int], kernel: Ints, stride: Ints, padding: Ints, dilation: Ints,
                     output_padding: Ints) -> Ints:  # fmt: skip
    return tuple((n - 1) * s - 2 * p + d * (k - 1) + more + 1 for n, k, s, p, d, more in
                 zip(size, kernel, stride, padding, dilation, output_padding, strict=True))  # fmt: skip


def _convolved(input: ndarray, weight: ndarray, bias: Any, stride: Ints, padding: Ints, dilation: Ints,
               transposed: bool, output_padding: Ints, groups: int) -> ndarray:  # fmt: skip
    geometry = stride, padding, dilation
    if transposed:
        size = _transposed_size(input.shape[2:], weight.shape[2:], *geometry, output_padding)
        out = _spread(input, weight, size, *geometry, groups=groups)
    else:
        counts = blocks(input.shape[2:], weight.shape[2:], *geometry)
        out = _correlated(input, weight, counts, *geometry, groups=groups)
    out = out if bias is None else np.add(out, bias.reshape(-1, *[1] * len(stride)), out=out)
    return laid_out(out, weight if input.flags.c_contiguous else input, out.ndim == 4 or out.dtype != F64)


def _gradients(grad_output: ndarray, input: ndarray, weight: ndarray, needed: Any, stride: Ints, padding: Ints,
               dilation: Ints, transposed: bool, output_padding: Ints, groups: int) -> Any:  # fmt: skip
    geometry = stride, padding, dilation
    x, y, back = (grad_output, input, _correlated) if transposed else (input, grad_output, _spread)
    return (back(grad_output, weight, input.shape[2:], *geometry, groups=groups) if needed[0] else None,
            _compared(x, y, weight.shape, *geometry, groups=groups) if needed[1] else None,
            np.add.reduce(grad_output, (0, *range(2, y.ndim))) if needed[2] else None)


def _seconds(given: Any, grad_output: Any, input: Any, weight: Any, *how: Any) -> Any:
    """From the gradients of the three gradients those of what they were made of."""
    by_input, by_weight, by_bias = given if math.prod(input.shape) else (None, None, given[2])  # as in PyTorch
    parts = [] if by_input is None else [_convolution(by_input, weight, None, *how)]
    if by_weight is not None:
        parts.append(_convolution(input, by_weight, None, *how))
    if by_bias is not None:
        parts.append(expand(torch.reshape(by_bias, (-1, *[1] * len(how[0]))), grad_output.shape))
    return (sum(parts[1:], parts[0]) if parts else None,
            None if by_weight is None else _backward(grad_output, input, by_weight, (True, False, False), *how)[0],
            None if by_input is None else _backward(grad_output, by_input, weight, (False, True, False), *how)[1])


_convolution: Function = op("convolution", _convolved, places=(), **together("input weight bias",
    lambda grad, needed, input, weight, stride, padding, dilation, transposed, output_padding, groups:
        _backward(grad, input, weight, needed, stride, padding, dilation, transposed, output_padding, groups)))
_backward: Function = op("convolution_backward", _gradients, places=(), **together("grad_output input weight",
    lambda given, needed, grad_output, input, weight, stride, padding, dilation, transposed, output_padding, groups:
        _seconds(given, grad_output, input, weight, stride, padding, dilation, transposed, output_padding, groups)))


# What users call.


def _list(values: Any) -> str:
    return f"[{', '.join(map(str, values))}]"


def _ints(name: str, given: Any, dims: int) -> Ints:
    given = given if isinstance(given, (list, tuple)) else (given,)
    if len(given) not in (1, dims):
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {dims} values to match the convolution "
            f"dimensions, but got {name}={_list(given)}"
        )
    return tuple(map(int, given)) * (dims // len(given))


def _check_shapes(x: Ints, w: Ints, b: Ints | None, stride: Ints, padding: Ints, dilation: Ints,
                  transposed: bool, output_padding: Ints, groups: int) -> None:  # fmt: skip
    for name, values in ("padding", padding), ("output_padding", output_padding):
        if min(values) < 0:
            raise RuntimeError(f"negative {name} is not supported")
    for name, values in ("stride", stride), ("dilation", dilation):
        if min(values) < 1:
            raise RuntimeError(f"non-positive {name} is not supported")
    if len(w) != len(x):
        raise RuntimeError(
            f"Expected {len(w)}-dimensional input for {len(w)}-dimensional weight {_list(w)}, but got "
            f"{len(x)}-dimensional input of size {_list(x)} instead"
        )
    if w[0] < groups or w[0] % groups:
        least = w[0] < groups
        size = _list(w) if least else f"[{_list(w)}]"
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be {'at least' if least else 'divisible by'} {groups} at "
            f"dimension 0, but got weight of size {size} instead"
        )
    given = f"Given {'transposed=1' if transposed else f'groups={groups}'}, weight of size {_list(w)}"
    channels, out = (w[0], w[1] * groups) if transposed else (w[1] * groups, w[0])
    if x[1] != channels:
        raise RuntimeError(
            f"{given}, expected input{_list(x)} to have {channels} channels, but got {x[1]} channels instead"
        )
    if b is not None and b != (out,):
        given = given if transposed else f"Given weight of size {_list(w)}"
        raise RuntimeError(
            f"{given}, expected bias to be 1-dimensional with {out} elements, but got bias of size {_list(b)} instead"
        )
    if transposed:
        _check_output_padding(output_padding, stride, dilation)
    else:
        padded = [n + 2 * p for n, p in zip(x[2:], padding, strict=True)]
        kernel = [d * (k - 1) + 1 for k, d in zip(w[2:], dilation, strict=True)]
        if any(n < k for n, k in zip(padded, kernel, strict=True)):
            raise RuntimeError(
                f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel size: "
                f"({' x '.join(map(str, kernel))}). Kernel size can't be greater than actual input size"
            )


def _check_output_padding(output_padding: Ints, stride: Ints, dilation: Ints) -> None:
    if any(p >= s and p >= d for p, s, d in zip(output_padding, stride, dilation, strict=True)):
        sides = ("depth", "height", "width")[-max(len(stride), 2) :]
        lengths = {"output_padding": (0, *output_padding), "stride": (1, *stride), "dilation": (1, *dilation)}
        raise RuntimeError(
            "output padding must be smaller than either stride or dilation, but got "
            + " ".join(f"{name}_{side}: {n}" for name, values in lengths.items()
                       for side, n in zip(sides, values[-len(sides) :], strict=True))
        )


def _check_types(input: Tensor, weight: Tensor, transposed: bool, dilated: bool) -> None:
    solid = input.dim() == 5
    name = "slow_conv_dilated<>" if dilated else "compute_columns3d" if solid else "slow_conv2d_cpu"
    refuse(input, f"slow_conv_transpose{3 if solid else 2}d_out_cpu" if transposed else name,
           "bc" if input.dtype is weight.dtype else "b")
    if input.dtype is weight.dtype:
        return
    if input.dtype is torch.float32 or input.is_complex():
        names = [f"CPU{t.dtype.type_name}Type" if t.is_complex() else f"torch.{t.dtype.type_name}Tensor"
                 for t in (input, weight)]  # fmt: skip
        dense = "" if input.is_complex() else " or input should be a MKLDNN tensor and weight is a dense tensor"
        raise RuntimeError(f"Input type ({names[0]}) and weight type ({names[1]}) should be the same{dense}")
    raise RuntimeError(f"expected scalar type {input.dtype.type_name} but found {weight.dtype.type_name}")


@composite("torch")
def convolution(input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, transposed: bool,
                output_padding: Any, groups: int) -> Any:  # fmt: skip
    """[n, c, ...] with weight [o, c / groups, ...]; transposed: with weight [c, o / groups, ...]."""
    dims = weight.dim() - 2
    if dims < 1:
        raise RuntimeError("weight should have at least three dimensions")
    if groups < 1:
        raise RuntimeError("non-positive groups is not supported")
    stride, padding = _ints("stride", stride, dims), _ints("padding", padding, dims)
    how = (stride, padding, _ints("dilation", dilation, dims), transposed,
           _ints("output_padding", output_padding, dims), groups)  # fmt: skip
    _check_shapes(_array(input).shape, _array(weight).shape, None if bias is None else _array(bias).shape, *how)
    _check_types(input, weight, transposed, max(how[2]) > 1)
    return _convolution(input, weight, bias, *how)


def _batched(name: str, input: Any, bias: Any, dims: int) -> tuple[Any, bool]:
    """The input with a batch dimension, and whether it had none."""
    if bias is not None and bias.dtype is not input.dtype:
        raise RuntimeError(
            f"Input type ({_C_NAMES.get(input.dtype.name)}) and bias type ({_C_NAMES.get(bias.dtype.name)}) should "
            "be the same"
        )
    if input.dim() not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: "
            f"{_list(input.shape)}"
        )
    return (input, False) if input.dim() == dims + 2 else (torch.unsqueeze(input, 0), True)


_C_NAMES = {
    "float32": "float", "float64": "double", "int64": "long int", "int32": "int", "bool": "bool", "float16": "c10::Half",
    "bfloat16": "c10::BFloat16", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
    "int16": "short int", "int8": "signed char", "uint8": "unsigned char",
}


def _of_any_dtype(convolve: Function, input: Any, weight: Any, bias: Any) -> Any:
    """Of complex numbers PyTorch makes three convolutions of real ones."""
    if not input.is_complex():
        return convolve(input, weight, bias)
    parts: list[Any] = [None if t is None else torch.view_as_real(t.resolve_conj()) for t in (input, weight, bias)]
    halves: Any = [t if t is None else (torch.select(t, -1, 0), torch.select(t, -1, 1)) for t in parts]
    x, w, b = halves
    real, imaginary = convolve(x[0], w[0], b and b[0]), convolve(x[1], w[1], None)
    both = convolve(x[0] + x[1], w[0] + w[1], b and b[0] + b[1])
    rest = both - real - imaginary
    return real - imaginary + row("_mul_number")(same_variable(rest, input._array.dtype), 1j)


def _padded_to(mode: str, tensors: Any, stride: Any, dilation: Any, groups: int) -> Any:
    """With padding="valid", none, or "same", as much as keeps the size; more on the right, if it is odd."""
    input, weight, bias = tensors
    dims = weight.dim() - 2
    if mode == "valid":
        return convolution(input, weight, bias, stride, 0, dilation, False, 0, groups)
    if mode != "same":
        raise RuntimeError(f"Invalid padding string: '{mode}'")
    if any(s != 1 for s in _ints("stride", stride, dims)):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(_ints("dilation", dilation, dims), weight.shape[2:], strict=True)]
    if any(n % 2 for n in total):
        warn_once(
            "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the "
            "input be created"
        )
        input = torch.constant_pad_nd(input, [k for n in reversed(total) for k in (0, n % 2)])
    return convolution(input, weight, bias, stride, tuple(n // 2 for n in total), dilation, False, 0, groups)


def _publish_both(dims: int) -> None:
    straight, crosswise = f"conv{dims}d", f"conv_transpose{dims}d"

    def conv(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0, dilation: Any = 1,
             groups: int = 1) -> Any:  # fmt: skip
        input, unbatched = _batched(straight, input, bias, dims)

        def convolve(*tensors: Any) -> Any:
            if isinstance(padding, str):
                return _padded_to(padding, tensors, _all(stride), dilation, groups)
            return convolution(*tensors, _all(stride), _all(padding), _all(dilation), False, 0, groups)

        out = _of_any_dtype(convolve, input, weight, bias)
        return torch.squeeze(out, 0) if unbatched else out

    def conv_transpose(input: Any, weight: Any, bias: Any = None, stride: Any = 1, padding: Any = 0,
                       output_padding: Any = 0, groups: int = 1, dilation: Any = 1) -> Any:  # fmt: skip
        input, unbatched = _batched(crosswise, input, bias, dims)

        def convolve(*tensors: Any) -> Any:
            return convolution(*tensors, _all(stride), _all(padding), _all(dilation), True, _all(output_padding), groups)

        out = _of_any_dtype(convolve, input, weight, bias)
        return torch.squeeze(out, 0) if unbatched else out

    def _all(value: Any) -> Any:
        return value if isinstance(value, (list, tuple)) else (value,) * dims

    publish(straight, conv, ("torch", "nn.functional"))
    publish(crosswise, conv_transpose, ("torch", "nn.functional"))


for _dims in (1, 2, 3):
    _publish_both(_dims)


# Sliding blocks: unfold and fold.


def _im2col(self: ndarray, kernel_size: Ints, dilation: Ints, padding: Ints, stride: Ints) -> ndarray:
    x = self if self.ndim == 4 else self[None]
    counts = blocks(x.shape[2:], kernel_size, stride, padding, dilation)
    columns = _columns(x, kernel_size, counts, stride, padding, dilation, groups=1)[:, 0]
    return columns if self.ndim == 4 else columns[0]


def _col2im(self: ndarray, output_size: Ints, kernel_size: Ints, dilation: Ints, padding: Ints, stride: Ints) -> ndarray:
    *batch, rows, _ = self.shape
    counts = blocks(output_size, kernel_size, stride, padding, dilation)
    channels = rows // math.prod(kernel_size)
    columns = self.reshape(math.prod(batch), channels, *kernel_size, *counts)
    return _overlaid(columns, output_size, stride, padding, dilation).reshape(*batch, channels, *output_size)


op("im2col", _im2col, node="Im2ColBackward0", places=(),
   self=lambda grad, self_shape, kernel_size, dilation, padding, stride:
       row("col2im")(grad, self_shape[-2:], kernel_size, dilation, padding, stride))
op("col2im", _col2im, node="Col2ImBackward0", places=(),
   self=lambda grad, kernel_size, dilation, padding, stride:
       row("im2col")(grad, kernel_size, dilation, padding, stride))


def _pair(name: str, value: Any) -> Ints:
    value = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if len(value) not in (1, 2):
        raise RuntimeError(f"It is expected {name} equals to 2, but got size {len(value)}")
    return value * (2 // len(value))


def _geometry(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Ints, Ints, Ints, Ints]:
    """All four as pairs, checked."""
    how = (_pair("kernel_size", kernel_size), _pair("dilation", dilation), _pair("padding", padding),
           _pair("stride", stride))  # fmt: skip
    named = zip(("kernel size", "dilation", "padding", "stride"), ("kernel", "dilation", "pad", "stride"), how,
                strict=True)  # fmt: skip
    for name, short, (height, width) in sorted(named, key=lambda item: item[0] == "stride"):
        least = name != "padding"
        if min(height, width) < least:
            words = "greater than zero" if least else "non-negative"
            raise RuntimeError(f"{name} should be {words}, but got {short}_height: {height} {short}_width: {width}")
    return how


def _shown(values: Ints) -> str:
    return f"({', '.join(map(str, values))})"


@composite("nn.functional")
def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Every window of [n, c, h, w] as a column of [n, c kh kw, blocks]."""
    how = kernel_size, dilation, padding, stride = _geometry(kernel_size, dilation, padding, stride)
    shape = _array(input).shape
    if len(shape) not in (3, 4) or 0 in shape[-3:]:
        torch.select(input, 2, 0)  # refuses fewer dimensions
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
            f"input, but got: {_list(shape)}"
        )
    counts = blocks(shape[-2:], kernel_size, stride, padding, dilation)
    if min(counts) < 1:
        raise RuntimeError(
            f"Given input with spatial size {_shown(shape[-2:])}, kernel_size={_shown(kernel_size)}, "
            f"dilation={_shown(dilation)}, padding={_shown(padding)}, calculated shape of the array of sliding blocks "
            f"as {_shown(counts)}, but its components must be at least one."
        )
    refuse(input, "im2col_out_cpu", "iu")
    return row("im2col")(input, *how)


@composite("nn.functional")
def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """[n, c kh kw, blocks] summed into [n, c, *output_size], each column over its window."""
    output_size = _pair("output_size", output_size)
    how = kernel_size, dilation, padding, stride = _geometry(kernel_size, dilation, padding, stride)
    shape = _array(input).shape
    if len(shape) not in (2, 3) or 0 in shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {_list(shape)}"
        )
    if shape[-2] % math.prod(kernel_size):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={shape[-2]} and kernel_size={_shown(kernel_size)}."
        )
    counts = blocks(output_size, kernel_size, stride, padding, dilation)
    if math.prod(counts) != shape[-1]:
        raise RuntimeError(
            f"Given output_size={_shown(output_size)}, kernel_size={_shown(kernel_size)}, dilation={_shown(dilation)}, "
            f"padding={_shown(padding)}, stride={_shown(stride)}, expected size of input's dimension 2 to match the "
            f"calculated number of sliding blocks {' * '.join(map(str, counts))} = {math.prod(counts)}, but got "
            f"input.size(2)={shape[-1]}."
        )
    refuse(input, "col2im_out_cpu", "iu")
    return row("col2im")(input, output_size, *how)
