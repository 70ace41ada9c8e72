"""Normalisation, in ``nn.functional``."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._dtype import BF16, F16, F32, F64
from .._op import composite, op, row, torch
from .._tensor import Tensor, new_tensor
from .activations import unimplemented

# Values less their mean, over their deviation: ``scale`` is one over the deviation. The derivatives
# of both are made of both, so every order follows.


def _moments(self: ndarray, dims: tuple[int, ...]) -> tuple[Any, Any]:
    count = self.dtype.type(math.prod(self.shape[d] for d in dims))
    mean = np.add.reduce(self, dims, keepdims=True) / count
    return mean, np.add.reduce(np.square(self - mean), dims, keepdims=True) / count


def _standardized(self: ndarray, dims: tuple[int, ...], eps: float) -> Any:
    mean, variance = _moments(self, dims)
    return (self - mean) * (1 / np.sqrt(variance + eps))


def _mean(t: Any, dims: tuple[int, ...]) -> Any:
    return torch.mean(t, dims, True)


def _through(grad: Any, self: Any, dims: tuple[int, ...], eps: float) -> Any:
    """The gradient of the values from that of the standardized values."""
    x = _standardize(self, dims, eps)
    return _scale(self, dims, eps) * (grad - _mean(grad, dims) - x * _mean(grad * x, dims))


_standardize = op("_standardize", _standardized, places=(),
                  self=lambda grad, self, dims, eps: _through(grad, self, dims, eps))
_scale = op("_scale", lambda self, dims, eps: 1 / np.sqrt(_moments(self, dims)[1] + eps), places=(),
            self=lambda grad, self, result, dims, eps:
                grad * -(result * result) * _standardize(self, dims, eps) / math.prod(self.shape[d] for d in dims))


def _wide(t: Any) -> Any:
    """16-bit floats as float32: the engine rounds the gradient, once."""
    if isinstance(t, ndarray):
        return t.astype(F32) if t.dtype in (F16, BF16) else t
    return t.float() if t is not None and t._array.dtype in (F16, BF16) else t


def _times(value: Any, weight: Any) -> Any:
    return value if weight is None else value * weight


# layer_norm: over the last dimensions.


def _last(normalized_shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(range(-len(normalized_shape), 0))


def _layer_norm_kernel(self: ndarray, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    out = _times(_standardized(self, _last(normalized_shape), eps), weight)
    return out if bias is None else out + bias


op("native_layer_norm", _layer_norm_kernel, places=(),
   self=lambda grad, self, normalized_shape, weight, eps:
       _through(_times(_wide(grad), _wide(weight)), _wide(self), _last(normalized_shape), eps),
   weight=lambda grad, self, normalized_shape, eps:
       _wide(grad) * _standardize(_wide(self), _last(normalized_shape), eps),
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


@composite("nn.functional")
def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    shape = _check_shape(input, normalized_shape, ", ", weight=weight, bias=bias)
    if input._array.dtype.kind in "biuc":
        raise unimplemented("LayerNormKernelImpl", input)
    return row("native_layer_norm")(input, shape, weight, bias, eps)


@composite("nn.functional", "torch")
def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """Divided by the root of the mean square, with no mean taken off."""
    shape = _check_shape(input, normalized_shape, "", weight=weight)
    if input._array.dtype.kind in "biu":
        raise unimplemented("rms_norm", input)
    dtype, narrow = input.dtype, input._array.dtype in (F16, BF16)
    if eps is None:
        eps = float(np.finfo(F32 if narrow else _dtype.to_real(input._array.dtype)).eps)
    x = input.float() if narrow else input
    scale = torch.rsqrt(row("_add_number")(torch.mean(torch.pow(x, 2), _last(shape), True), eps))
    out = x * scale
    if weight is not None:
        out = out * weight
    return (out.to(dtype) if narrow else out).contiguous()


# batch_norm: over all dimensions but 1, or by running moments.


def _along_channels(t: Any, ndim: int) -> Any:
    return t if t is None else t.reshape(1, -1, *[1] * (ndim - 2))


def _all_but_channels(shape: Any) -> tuple[int, ...]:
    return tuple(d for d in range(len(shape)) if d != 1)


def _batch_norm_kernel(self: ndarray, weight: Any, bias: Any, mean: Any, variance: Any, eps: float) -> Any:
    if mean is None:
        out = _standardized(self, _all_but_channels(self.shape), eps)
    else:
        out = (self - _along_channels(mean, self.ndim)) * (1 / np.sqrt(_along_channels(variance, self.ndim) + eps))
    out = _times(out, _along_channels(weight, self.ndim))
    return out if bias is None else out + _along_channels(bias, self.ndim)


def _batch_standardize(self: Any, mean: Any, variance: Any, eps: float) -> Any:
    if mean is None:
        return _standardize(self, _all_but_channels(self.shape), eps)
    scale = torch.rsqrt(_along_channels(variance, len(self.shape)) + eps)
    return (self - _along_channels(mean, len(self.shape))) * scale


def _batch_norm_grad(grad: Any, self: Any, weight: Any, mean: Any, variance: Any, eps: float) -> Any:
    grad = _times(grad, _along_channels(weight, len(self.shape)))
    if mean is None:
        return _through(grad, self, _all_but_channels(self.shape), eps)
    return grad * torch.rsqrt(_along_channels(variance, len(self.shape)) + eps)


def _over_channels(grad: Any) -> Any:
    return torch.sum(grad, _all_but_channels(grad.shape))


op("native_batch_norm", _batch_norm_kernel, places=(),
   self=lambda grad, self, weight, mean, variance, eps:
       _batch_norm_grad(_wide(grad), _wide(self), _wide(weight), mean, variance, eps),
   weight=lambda grad, self, mean, variance, eps:
       _over_channels(_wide(grad) * _batch_standardize(_wide(self), mean, variance, eps)),
   bias=lambda grad: _over_channels(_wide(grad)))


def _check_values(size: Any) -> None:
    if math.prod((size[0], *size[2:])) == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


@composite("nn.functional")
def batch_norm(input: Any, running_mean: Any, running_var: Any, weight: Any = None, bias: Any = None,
               training: bool = False, momentum: float = 0.1, eps: float = 1e-5) -> Any:  # fmt: skip
    if training:
        _check_values(input.size())
    if not input.numel():
        out = input.clone()
        out = out if weight is None else out * weight[0]
        return out if bias is None else out + bias[0]
    channels = input.shape[1]
    named = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    for name, t in named.items():
        if t is None:
            if not training and name.startswith("running"):
                raise RuntimeError(f"{name} must be defined in evaluation mode")
        elif t.numel() != channels:
            raise RuntimeError(f"{name} should contain {channels} elements not {t.numel()}")
    if not training:
        return row("native_batch_norm")(input, weight, bias, running_mean.detach(), running_var.detach(), eps)
    out = row("native_batch_norm")(input, weight, bias, None, None, eps)
    # Averages over time are kept in the tensors' dtype, but computed in double.
    mean, variance = _moments(input._array.astype(F64), _all_but_channels(input.shape))
    count = input.numel() // channels
    for running, new in ((running_mean, mean), (running_var, variance * (count / max(count - 1, 1)))):
        if running is not None:
            mixed = momentum * new.reshape(-1) + (1 - momentum) * running._array
            with torch.no_grad():
                running.copy_(new_tensor(mixed.astype(running._array.dtype)))
    return out


@composite("nn.functional")
def instance_norm(input: Any, running_mean: Any = None, running_var: Any = None, weight: Any = None, bias: Any = None,
                  use_input_stats: bool = True, momentum: float = 0.1, eps: float = 1e-5) -> Any:  # fmt: skip
    """batch_norm of a batch of one, in which each example brings its own channels."""
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {input.size()}"
        )
    n, channels, *spatial = input.shape
    weight, bias = (t if t is None else t.repeat(n) for t in (weight, bias))
    means, variances = [t if t is None else t.repeat(n) for t in (running_mean, running_var)]
    folded = input.contiguous().view(1, n * channels, *spatial)
    out = batch_norm(folded, means, variances, weight, bias, use_input_stats, momentum, eps)
    for running, repeated in ((running_mean, means), (running_var, variances)):
        if repeated is not None and use_input_stats:
            with torch.no_grad():
                running.copy_(torch.mean(repeated.view(n, channels), 0))
    return out.view(*input.shape)


# group_norm: over each group of channels.


def _grouped(t: Any, groups: int) -> Any:
    return t.reshape(t.shape[0], groups, -1)


def _group_norm_kernel(self: ndarray, groups: int, weight: Any, bias: Any, eps: float) -> Any:
    out = _standardized(_grouped(self, groups), (2,), eps).reshape(self.shape)
    out = _times(out, _along_channels(weight, self.ndim))
    return out if bias is None else out + _along_channels(bias, self.ndim)


def _group_norm_grad(grad: Any, self: Any, groups: int, weight: Any, eps: float) -> Any:
    grad = _times(grad, _along_channels(weight, len(self.shape)))
    return _through(_grouped(grad, groups), _grouped(self, groups), (2,), eps).reshape(self.shape)


op("native_group_norm", _group_norm_kernel, places=(),
   self=lambda grad, self, groups, weight, eps: _group_norm_grad(_wide(grad), _wide(self), groups, _wide(weight), eps),
   weight=lambda grad, self, groups, eps: _over_channels(
       _wide(grad) * _standardize(_grouped(_wide(self), groups), (2,), eps).reshape(self.shape)),
   bias=lambda grad: _over_channels(_wide(grad)))


@composite("nn.functional")
def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-5) -> Any:
    if input.dim() < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.dim()}")
    n, channels, *spatial = input.shape
    _check_values([n * channels // num_groups, num_groups, *spatial])
    if channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    return row("native_group_norm")(input, num_groups, weight, bias, eps)
