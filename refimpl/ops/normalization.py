"""Normalisation: values less their mean, over their deviation, and what is made of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._dtype import BF16, F16, F32, F64
from .._op import composite, op, row, torch
from .._tensor import Tensor, channels_last, channels_last_3d, contiguous_format
from .activations import check_floating, unimplemented
from .losses import not_differentiable
from .views import wrap_dim

# Over which numbers means are taken: the shape in which an input is seen, the dimensions that are
# averaged, and the shape in which weight and bias meet the input.
Over = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]


def _over_last(input: Any, normalized_shape: Any) -> Over:
    return tuple(input.shape), tuple(range(-len(normalized_shape), 0)), tuple(normalized_shape)


def _over_batch(input: Any) -> Over:
    ndim = len(input.shape)
    return tuple(input.shape), tuple(d for d in range(ndim) if d != 1), (1, -1, *[1] * (ndim - 2))


def _over_groups(input: Any, N: int, C: int, HxW: int, group: int) -> Over:
    return (N, group, C // max(group, 1) * HxW), (2,), (1, C, *[1] * (len(input.shape) - 2))


def _wide(t: Any) -> Any:
    """16-bit floats as float32: the engine rounds the gradient, once."""
    if isinstance(t, ndarray):
        return t.astype(F32) if t.dtype in (F16, BF16) else t
    return t.float() if t is not None and t._array.dtype in (F16, BF16) else t


def _moments(x: ndarray, dims: tuple[int, ...]) -> tuple[Any, Any]:
    count = x.dtype.type(math.prod(x.shape[d] for d in dims))
    mean = np.add.reduce(x, dims, keepdims=True) / max(count, x.dtype.type(1))
    return mean, np.add.reduce(np.square(x - mean), dims, keepdims=True) / count


def _affine(x: Any, weight: Any, bias: Any, shape: Any) -> Any:
    x = x if weight is None else x * _wide(weight).reshape(shape)
    return x if bias is None else x + _wide(bias).reshape(shape)


def _normalize(input: ndarray, weight: Any, bias: Any, eps: float, over: Over, moments: Any = None) -> Any:
    """The normalised values, the means, and one over the deviations; these in the dtype of the parameters."""
    shape, dims, affine = over
    x = _wide(input).reshape(shape)
    mean, variance = moments or _moments(x, dims)
    scale = 1 / np.sqrt(variance + x.dtype.type(eps))
    out = _affine(((x - mean) * scale).reshape(input.shape), weight, bias, affine).astype(input.dtype)
    dtype = next((p.dtype for p in (weight, bias) if p is not None), input.dtype)
    return out, mean.astype(dtype), scale.astype(dtype)


# The derivatives of the values less their mean over their deviation, and of one over that, are made
# of both, so every order follows.


def _standardized(x: ndarray, dims: tuple[int, ...], eps: float) -> Any:
    mean, variance = _moments(x, dims)
    return (x - mean) * (1 / np.sqrt(variance + eps))


def _mean(t: Any, dims: tuple[int, ...]) -> Any:
    return torch.mean(t, dims, True)


def _through(grad: Any, x: Any, dims: tuple[int, ...], eps: float) -> Any:
    """The gradient of the values from that of the standardized values."""
    out = _standardize(x, dims, eps)
    return _scale(x, dims, eps) * (grad - _mean(grad, dims) - out * _mean(grad * out, dims))


def _through_scale(grad: Any, x: Any, scale: Any, dims: tuple[int, ...], eps: float) -> Any:
    return grad * -(scale * scale) * _standardize(x, dims, eps) / max(math.prod(x.shape[d] for d in dims), 1)


_standardize = op("_standardize", _standardized, places=(), x=lambda grad, x, dims, eps: _through(grad, x, dims, eps))
_scale = op("_scale", lambda x, dims, eps: 1 / np.sqrt(_moments(x, dims)[1] + eps), places=(),
            x=lambda grad, x, result, dims, eps: _through_scale(grad, x, result, dims, eps))


def _input_grad(grad: Any, input: Any, weight: Any, eps: float, over: Over) -> Any:
    shape, dims, affine = over
    grad = _affine(_wide(grad), weight, None, affine).reshape(shape)
    return _through(grad, _wide(input).reshape(shape), dims, eps).reshape(input.shape)


def _weight_grad(grad: Any, input: Any, eps: float, over: Over) -> Any:
    shape, dims, _ = over
    return _wide(grad) * _standardize(_wide(input).reshape(shape), dims, eps).reshape(input.shape)


def _over_channels(grad: Any) -> Any:
    return torch.sum(grad, _over_batch(grad)[1])


def _check_dtypes(input: Tensor, kernel: str, *parameters: Tensor | None) -> None:
    """Parameters have the input's dtype, or are float32 where that is a 16-bit one."""
    check_floating(input, kernel)
    dtypes = {p.dtype for p in parameters if p is not None}
    narrow = input._array.dtype in (F16, BF16)
    if dtypes and dtypes != {input.dtype} and not (narrow and dtypes == {torch.float32}):
        raise RuntimeError("mixed dtype (CPU): expect parameter to have scalar type of Float")




# layer_norm: over the last dimensions.

op("native_layer_norm", lambda input, normalized_shape, weight, bias, eps:
       _normalize(input, weight, bias, eps, _over_last(input, normalized_shape)),
   places=(), moves=True, differentiable=1,
   input=lambda grad, input, normalized_shape, weight, eps:
       _input_grad(grad, input, weight, eps, _over_last(input, normalized_shape)),
   weight=lambda grad, input, normalized_shape, eps:
       _weight_grad(grad, input, eps, _over_last(input, normalized_shape)),
   bias=lambda grad: grad)


def _check_shape(input: Tensor, normalized_shape: Any, star: str, **affine: Any) -> tuple[int, ...]:
    if not isinstance(normalized_shape, (tuple, list)):
        raise TypeError(
            "layer_norm(): argument 'normalized_shape' (position 2) must be tuple of ints, not "
            f"{type(normalized_shape).__name__}"
        )
    shape = tuple(normalized_shape)
    if not shape:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one "
            "element, but got normalized_shape = []"
        )
    for name, t in affine.items():
        if t is not None and tuple(t.shape) != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(t.shape)} and normalized_shape = {list(shape)}"
            )
    if tuple(input.shape[-len(shape) :]) != shape:
        listed = ", ".join(map(str, shape))
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape [*{star}{listed}], but got "
            f"input of size{list(input.shape)}"
        )
    return shape


@composite("torch")
def native_layer_norm(input: Tensor, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    shape = _check_shape(input, normalized_shape, ", ", weight=weight, bias=bias)
    _check_dtypes(input, "LayerNormKernelImpl", weight, bias)
    return row("native_layer_norm")(input, shape, weight, bias, eps)


@composite("torch")
def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5,
               cudnn_enable: bool = True) -> Any:  # fmt: skip
    return native_layer_norm(input, normalized_shape, weight, bias, eps)[0]


@composite("torch", "nn.functional")
def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """Divided by the root of the mean square, with no mean taken off."""
    shape = _check_shape(input, normalized_shape, "", weight=weight)
    if input._array.dtype.kind in "biu":
        raise unimplemented("rms_norm", input)
    x = _wide(input)
    if eps is None:
        eps = float(np.finfo(_dtype.to_real(x._array.dtype)).eps)
    scale = torch.rsqrt(row("_add_number")(torch.mean(torch.pow(x, 2), _over_last(x, shape)[1], True), eps))
    out = x * scale if weight is None else x * scale * weight
    return out.contiguous().to(input.dtype)


# batch_norm: over all dimensions but 1, or by running moments.


def _batch_norm_kernel(input: ndarray, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool,
                       momentum: float, eps: float) -> Any:  # fmt: skip
    over = _over_batch(input)
    moments = None if training else (_wide(running_mean).reshape(over[2]), _wide(running_var).reshape(over[2]))
    out, mean, scale = _normalize(input, weight, bias, eps, over, moments)
    return out, *(t.reshape(-1) if training else np.empty(0, running_mean.dtype) for t in (mean, scale))


def _running_scale(variance: Any, eps: float, shape: Any) -> Any:
    return torch.rsqrt(_wide(variance).reshape(shape) + eps)


def _batch_norm_grad(grad: Any, input: Any, weight: Any, variance: Any, training: bool, eps: float) -> Any:
    over = _over_batch(input)
    if training:
        return _input_grad(grad, input, weight, eps, over)
    return _affine(_wide(grad), weight, None, over[2]) * _running_scale(variance, eps, over[2])


def _batch_weight_grad(grad: Any, input: Any, mean: Any, variance: Any, training: bool, eps: float) -> Any:
    over = _over_batch(input)
    if training:
        return _over_channels(_weight_grad(grad, input, eps, over))
    x = (_wide(input) - _wide(mean).reshape(over[2])) * _running_scale(variance, eps, over[2])
    return _over_channels(_wide(grad) * x)


op("native_batch_norm", _batch_norm_kernel, places=(), moves=True, differentiable=1,
   input=lambda grad, input, weight, running_var, training, eps:
       _batch_norm_grad(grad, input, weight, running_var, training, eps),
   weight=lambda grad, input, running_mean, running_var, training, eps:
       _batch_weight_grad(grad, input, running_mean, running_var, training, eps),
   bias=lambda grad: _over_channels(_wide(grad)))


@composite("torch")
def native_batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool,
                      momentum: float, eps: float) -> Any:  # fmt: skip
    wrap_dim(1, input.dim())
    _check_dtypes(input, "batch_norm", weight, bias, running_mean, running_var)
    not_differentiable("native_batch_norm", running_mean=running_mean, running_var=running_var)
    if training and not input.numel():
        raise RuntimeError(
            f"input tensor must have at least one element, but got input_sizes = {list(input.shape)}"
        )
    results = row("native_batch_norm")(input, weight, bias, running_mean, running_var, training, momentum, eps)
    if training:
        # Averages over time are kept in the tensors' dtype, but computed in double. No version tells of it.
        mean, variance = _moments(input._array.astype(F64), _over_batch(input)[1])
        count = input.numel() // input.shape[1]
        for running, new in ((running_mean, mean), (running_var, variance * (count / max(count - 1, 1)))):
            if running is not None:
                old = running._array
                old[...] = (momentum * new.reshape(-1) + (1 - momentum) * old).astype(old.dtype)
    return results


@composite("torch")
def batch_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, training: bool,
               momentum: float, eps: float, cudnn_enabled: bool) -> Any:  # fmt: skip
    if not input.numel():
        out = input.clone()
        out = out if weight is None else out * weight[0]
        return out if bias is None else out + bias[0]
    channels = input.shape[1] if input.dim() > 1 else 0
    named = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, t in named.items():
        if t is None and not training and name.startswith("running"):
            raise RuntimeError(f"{name} must be defined in evaluation mode")
        if t is not None and t.numel() != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {t.numel()}")
    return native_batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps)[0]


@composite("torch")
def instance_norm(input: Any, weight: Any, bias: Any, running_mean: Any, running_var: Any, use_input_stats: bool,
                  momentum: float, eps: float, cudnn_enabled: bool) -> Any:  # fmt: skip
    """batch_norm of a batch of one, in which each example brings its own channels."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    wrap_dim(1, input.dim())
    n, channels, *spatial = input.shape
    weight, bias = (t if t is None else t.repeat(n) for t in (weight, bias))
    means, variances = [t if t is None else t.repeat(n) for t in (running_mean, running_var)]
    folded = input.contiguous().view(1, n * channels, *spatial)
    out = batch_norm(folded, weight, bias, means, variances, use_input_stats, momentum, eps, cudnn_enabled)
    for running, repeated in ((running_mean, means), (running_var, variances)):
        if repeated is not None and use_input_stats:
            with torch.no_grad():
                running.copy_(torch.mean(repeated.view(n, channels), 0))
    return out.view(*input.shape)


# group_norm: over each group of channels. The means and deviations can be differentiated, too.


def _is_dense(input: Tensor) -> bool:
    return any(f.fits(input._array) for f in (contiguous_format, channels_last, channels_last_3d))


def _group_norm_grad(given: Any, input: Any, weight: Any, eps: float, over: Over) -> Any:
    grad, mean, scale = (None if g is None else _wide(g) for g in given)
    out = 0.0 if grad is None else _input_grad(grad, input, weight, eps, over)
    if mean is scale is None:
        return out
    shape, dims, _ = over
    x = _wide(input).reshape(shape)
    mean, scale = (0.0 if g is None else g.reshape(*shape[:2], 1) for g in (mean, scale))
    more = mean / max(shape[2], 1) + _through_scale(scale, x, _scale(x, dims, eps), dims, eps)
    return out + more.reshape(input.shape)


def _group_norm_kernel(input: ndarray, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float) -> Any:
    out, *moments = _normalize(input, weight, bias, eps, _over_groups(input, N, C, HxW, group))
    return out, *(t.reshape(N, group) for t in moments)


op("native_group_norm", _group_norm_kernel, places=(), moves=True,
   input=lambda given, input, weight, N, C, HxW, group, eps:
       _group_norm_grad(given, input, weight, eps, _over_groups(input, N, C, HxW, group)),
   weight=lambda grads, input, N, C, HxW, group, eps:
       _over_channels(_weight_grad(grads[0], input, eps, _over_groups(input, N, C, HxW, group))),
   bias=lambda grads: _over_channels(_wide(grads[0])))


@composite("torch")
def native_group_norm(input: Any, weight: Any, bias: Any, N: int, C: int, HxW: int, group: int, eps: float) -> Any:
    for name, t in (("weight", weight), ("bias", bias)):
        if t is not None and tuple(t.shape) != (C,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(t.shape)} and input of shape {list(input.shape)}"
            )
    if group <= 0:
        raise RuntimeError(f"Expected num groups to be greater than 0, got {group}")
    if C % group:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={group}"
        )
    if input.numel() != N * C * HxW:
        raise RuntimeError("Expected X.numel() == N * C * HxW to be true, but got false.")
    if not _is_dense(input):
        raise RuntimeError("Expected X.is_contiguous(memory_format) to be true, but got false.")
    _check_dtypes(input, "GroupNormKernelImpl", weight, bias)
    return row("native_group_norm")(input, weight, bias, N, C, HxW, group, eps)


@composite("torch")
def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5,
               cudnn_enabled: bool = True) -> Any:  # fmt: skip
    channels = input.shape[wrap_dim(1, input.dim())]
    x = input if _is_dense(input) else input.contiguous()
    weight, bias = (t if t is None else t.contiguous() for t in (weight, bias))
    return native_group_norm(x, weight, bias, x.shape[0], channels, math.prod(x.shape[2:]), num_groups, eps)[0]


# In nn.functional, where sizes are looked at first.


def _check_count(size: Any, words: str, count: int) -> None:
    if count == 1:
        raise ValueError(f"Expected more than 1 {words} when training, got input size {size}")


@composite("nn.functional", name="layer_norm")
def _layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    return layer_norm(input, normalized_shape, weight, bias, eps)


@composite("nn.functional", name="batch_norm")
def _batch_norm(input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
                training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Any:  # fmt: skip
    if training:
        _check_count(input.size(), "value per channel", math.prod((input.shape[0], *input.shape[2:])))
    if eps < 0 or (training and not eps):
        sign = "positive during training" if training else "non-negative"
        raise ValueError(f"batch_norm eps must be {sign}, but got {eps}")
    return batch_norm(input, weight, bias, running_mean, running_var, training, momentum, eps, True)


@composite("nn.functional", name="instance_norm")
def _instance_norm(input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
                   use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5) -> Any:  # fmt: skip
    if use_input_stats:
        _check_count(input.size(), "spatial element", math.prod(input.shape[2:]))
    return instance_norm(input, weight, bias, running_mean, running_var, use_input_stats, momentum, eps, True)


@composite("nn.functional", name="group_norm")
def _group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    n, channels, *spatial = input.shape
    size = [n * channels // num_groups, num_groups, *spatial]
    _check_count(size, "value per channel", math.prod((size[0], *spatial)))
    return group_norm(input, num_groups, weight, bias, eps)


@composite("nn.functional")
def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Divided by a power of the mean square over neighbouring channels."""
    dim, functional = input.dim(), torch.nn.functional
    if dim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality{' ' * 25}input (got {dim} dimensions)")
    if not input.numel():
        return input
    around, window = (0, 0, size // 2, (size - 1) // 2), (size, 1)
    squares = input.mul(input)
    if dim == 3:
        squares = functional.pad(squares.unsqueeze(1), around)
        squares = functional.avg_pool2d(squares, window, stride=1).squeeze(1)
    else:
        n, channels, length, *_ = sizes = input.shape
        squares = functional.pad(squares.view(n, 1, channels, length, -1), (0, 0, *around))
        squares = functional.avg_pool3d(squares, (*window, 1), stride=1).squeeze(1).view(sizes)
    return input / squares.mul(alpha).add(k).pow(beta)
