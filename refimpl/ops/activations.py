"""Activations and softmax.

The derivative of an activation is a row too: gradients of gradients then follow as PyTorch's do,
and 16-bit floats are computed in float32 and rounded once, as in PyTorch's backward kernels.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special
from numpy import ndarray

from .. import _dtype, _inplace
from .._dtype import F16, F32, F64, as_number
from .._op import composite, op, pointwise, publish, row, torch
from .._random import default_generator
from .._row import Function, rows
from .._tensor import Tensor
from .pointwise import backward, zero_where
from .refusals import real_gradients
from .views import wrap_dim

# What the rows are made with.


def unimplemented(kernel: str, t: Tensor) -> NotImplementedError:
    """What PyTorch says of a dtype that a kernel does not take."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{t.dtype.type_name}'")


def check_floating(t: Any, kernel: str, narrow: bool = True) -> None:
    """Refuses what is no float, or where not ``narrow`` no wide one, in the name of PyTorch's kernel."""
    if isinstance(t, Tensor):
        dtype = t._array.dtype
        if dtype.kind in "biuc" or not (narrow or dtype is F32 or dtype is F64):
            raise unimplemented(kernel, t)


def activation(
    name: str,
    kernel: Function,
    check: Callable[..., None] | str,
    *,
    node: str | None = None,
    places: tuple[str, ...] = (),
    writes: bool = True,
    in_place: Function | None = None,
    constants: dict[str, Any] | None = None,
    **formula: Any,
) -> None:
    """A row in ``nn.functional`` and other ``places``.

    ``check`` refuses arguments; a string names PyTorch's kernel, which takes floats alone.
    ``writes`` says whether there is ``inplace=True``, and ``in_place`` has the formula of that, where
    PyTorch has another one there: a second node. ``constants`` are arguments of PyTorch's kernel, which
    nodes show, that are always the same here.
    """
    call = pointwise(name, kernel, node=node, places=(), inplace=False, **formula)
    written = name
    if in_place is not None:
        written = f"_{name}_in_place"
        node = rows[name].Node.__name__[:-1] + "1"
        pointwise(written, kernel, node=node, places=(), inplace=False, self=in_place)
    for key, value in (constants or {}).items():
        setattr(rows[name].Node, "_saved_" + key, value)
        setattr(rows[written].Node, "_saved_" + key, value)
    write = _inplace.variant(written, row(written))
    count = len(rows[name].parameters)
    refuse: Function = check if callable(check) else lambda t, *args, **named: check_floating(t, check)
    public = name.strip("_")

    def function(self: Any, *args: Any, inplace: bool = False, **named: Any) -> Any:
        if not isinstance(self, Tensor):
            return NotImplemented
        if writes and len(args) == count:
            *args, inplace = args  # type: ignore[assignment]
        refuse(self, *args, **named)
        for position, value in enumerate(args, 1):
            if not isinstance(value, (int, float)):
                raise TypeError(
                    f"{public}(): argument '{rows[name].parameters[position]}' (position {position + 1}) must be "
                    f"Number, not {type(value).__name__}"
                )
        return (write if inplace else call)(self, *args, **named)

    def plain(self: Any, *args: Any, **named: Any) -> Any:
        return function(self, *args, **named)

    def underscored(self: Any, *args: Any, **named: Any) -> Any:
        return function(self, *args, inplace=True, **named)

    publish(public, function if writes else plain, ("nn.functional",))
    publish(public, plain, places)
    if public in _UNDERSCORED:
        publish(public + "_", underscored, ("nn.functional", *places))


def _invertible(name: str, slope: float) -> float:
    """A slope below zero leaves a result that does not tell on which side its operand was."""
    if slope < 0:
        raise RuntimeError(
            f"In-place {name} backward calculation is triggered with a negative slope which is not supported. This is "
            "caused by calling in-place forward function with a negative slope, please call out-of-place version instead."
        )
    return slope


_UNDERSCORED = ("relu", "threshold", "leaky_relu", "hardtanh", "elu", "selu", "celu")


def _zeros(grad: Any) -> Any:
    return torch.zeros_like(grad)


# Piecewise linear.

_SIXTH = float(np.float32(1 / 6))  # a float in PyTorch's kernel, for float64 too
_ZERO: Any = {F32: np.zeros((), F32), F64: np.zeros((), F64)}
_BITS: Any = {F32: np.dtype(np.int32), F64: np.dtype(np.int64)}

_threshold_backward: Function = backward(
    "threshold_backward", lambda grad_output, self, threshold: np.where(self <= threshold, 0, grad_output),
    grad_output=lambda grad, self, threshold: _threshold_backward(grad, self, threshold),
    self=_zeros)
_leaky_relu_backward: Function = backward(
    "leaky_relu_backward",
    lambda grad_output, self, negative_slope: np.where(self > 0, grad_output, grad_output * negative_slope),
    grad_output=lambda grad, self, negative_slope: _leaky_relu_backward(grad, self, negative_slope),
    self=_zeros)
_hardtanh_backward: Function = backward(
    "hardtanh_backward",
    lambda grad_output, self, min_val, max_val: np.where((self <= min_val) | (self >= max_val), 0, grad_output),
    grad_output=lambda grad, self, min_val, max_val: _hardtanh_backward(grad, self, min_val, max_val),
    self=_zeros)


def _shrink(name: str) -> Function:
    slope = backward(name + "_backward", lambda grad_output, self, lambd: np.where((self >= -lambd) & (self <= lambd), 0, grad_output),
                     grad_output=lambda grad, self, lambd: slope(grad, self, lambd), self=_zeros)
    return lambda grad, self, lambd: slope(grad, self, lambd)


_rrelu_backward: Function = backward(
    "rrelu_with_noise_backward", lambda grad_output, self, noise: grad_output * noise,
    grad_output=lambda grad, self, noise: _rrelu_backward(grad, self, noise),
    self=_zeros)


def _rectified(self: ndarray) -> Any:
    # In this order -0.0 stays -0.0, as in PyTorch.
    return np.maximum(_ZERO[self.dtype] if self.dtype in _ZERO else self.dtype.type(0), self)


def _relu_backward(grad: Any, result: Any) -> Any:
    """0 where the result is. To multiply the bits is as exact as np.where, in half the time."""
    if type(grad) is ndarray and grad.dtype in _BITS:
        return np.multiply(grad.view(_BITS[grad.dtype]), result != 0).view(grad.dtype)
    return _threshold_backward(grad, result, 0)


def _between(self: ndarray, low: float, high: float) -> Any:
    return np.minimum(as_number(high, self.dtype), np.maximum(as_number(low, self.dtype), self))


def _check_clamped(name: str, bools: str, low: float) -> Callable[..., None]:
    def check(t: Tensor, min_val: float = low, max_val: float = 1.0) -> None:
        if min_val > max_val:
            raise ValueError("min_val cannot be greater than max_val")
        if t._array.dtype.kind == "b":
            raise RuntimeError(f"{bools} inputs not supported for {name}")
        if t._array.dtype.kind == "u" and min_val < 0:
            raise RuntimeError("cannot do hardtanh on an unsigned type with negative limits")
        if t._array.dtype.kind == "c":
            raise NotImplementedError("clamp is not supported for complex types")

    return check


def _check_threshold(t: Tensor, *args: Any, **named: Any) -> None:
    if t._array.dtype.kind in "bc":
        raise unimplemented("threshold_cpu", t)


activation("relu", _rectified, _check_clamped("relu", "Boolean", 0), places=("torch", "Tensor"), self=_relu_backward)
activation("threshold", lambda self, threshold, value: np.where(self <= threshold, as_number(value, self.dtype), self),
           _check_threshold, places=("torch",),
           self=lambda grad, self, threshold: _threshold_backward(grad, self, threshold),
           in_place=lambda grad, self, threshold: _threshold_backward(grad, self, threshold))
activation("leaky_relu", lambda self, negative_slope=0.01: np.where(self > 0, self, self * negative_slope),
           "leaky_relu_cpu",
           self=lambda grad, self, negative_slope: _leaky_relu_backward(grad, self, negative_slope),
           in_place=lambda grad, result, negative_slope: _leaky_relu_backward(grad, result, _invertible("leakyReLu", negative_slope)))
activation("hardtanh", lambda self, min_val=-1.0, max_val=1.0: _between(self, min_val, max_val),
           _check_clamped("hardtanh", "Bool", -1.0),
           self=lambda grad, self, min_val, max_val: _hardtanh_backward(grad, self, min_val, max_val))
activation("relu6", lambda self: _between(self, 0, 6), _check_clamped("hardtanh", "Bool", 0), node="HardtanhBackward0",
           constants={"min_val": 0, "max_val": 6},
           self=lambda grad, self: _hardtanh_backward(grad, self, 0, 6))
activation("softshrink", lambda self, lambd=0.5: _softshrunk(self, lambd), "softshrink_check", writes=False,
           self=_shrink("softshrink"))
activation("hardshrink", lambda self, lambd=0.5: np.where((self >= -lambd) & (self <= lambd), 0, self),
           "hardshrink_cpu", places=("torch", "Tensor"), writes=False,
           self=_shrink("hardshrink"))
activation("hardsigmoid", lambda self: _between(self + 3, 0, 6) / 6, "hardsigmoid_cpu",
           self=lambda grad, self: _hardsigmoid_backward(grad, self))
activation("hardswish", lambda self: self * _between(self + 3, 0, 6) / 6, "hardswish_cpu",
           self=lambda grad, self: _hardswish_backward(grad, self))
_hardsigmoid_backward: Function = backward(
    "hardsigmoid_backward",
    lambda grad_output, self: np.where((self > -3) & (self < 3), grad_output * _SIXTH, 0),
    grad_output=lambda grad, self: _hardsigmoid_backward(grad, self),
    self=_zeros)
_hardswish_backward: Function = backward(
    "hardswish_backward", lambda grad_output, self:
        np.where(self <= -3, 0, np.where(self < 3, grad_output * (self / 3 + 0.5), grad_output)),
    grad_output=lambda grad, self: _hardswish_backward(grad, self),
    self=lambda grad, grad_output, self: torch.where((self > -3) & (self < 3), grad * grad_output / 3, 0.0))


def _softshrunk(self: ndarray, lambd: float) -> Any:
    if lambd < 0:
        name, largest = _dtype.of_numpy[self.dtype].type_name, np.finfo(self.dtype).max
        raise RuntimeError(
            f"lambda must be in range [0, {largest:g}] for input dtype {name}, but found {lambd:g}"
        )
    return np.where(self > lambd, self - lambd, np.where(self < -lambd, self + lambd, self * 0))


# Exponential linear: alpha (exp(x) - 1) below zero.

_SELU = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946, 1
_elu_backward: Function = backward(
    "elu_backward", lambda grad_output, self, alpha, scale, input_scale:
        np.where(self <= 0, grad_output * input_scale * (alpha * scale) * np.exp(self * input_scale),
                 grad_output * scale),
    grad_output=lambda grad, self, alpha, scale, input_scale: _elu_backward(grad, self, alpha, scale, input_scale),
    self=lambda grad, grad_output, self, alpha, scale, input_scale:
        _elu_backward(grad * grad_output * input_scale, self, alpha, scale, input_scale) * (self < 0))
_elu_result_backward: Function = backward(
    "elu_result_backward", lambda grad_output, result, alpha, scale, input_scale:
        np.where(result <= 0, grad_output * input_scale * (result + alpha * scale), grad_output * scale),
    node="EluBackwardBackward0",
    grad_output=lambda grad, result, alpha, scale, input_scale:
        _elu_result_backward(grad, result, alpha, scale, input_scale),
    result=lambda grad, grad_output, result, input_scale: grad * grad_output * input_scale * (result < 0))


def _elu(self: ndarray, alpha: float, scale: float, input_scale: float) -> Any:
    return np.where(self < 0, np.expm1(self * input_scale) * (alpha * scale), self * scale)


activation("elu", lambda self, alpha=1.0: _elu(self, alpha, 1, 1), "elu_cpu", constants={"scale": 1, "input_scale": 1},
           self=lambda grad, self, alpha: _elu_backward(grad, self, alpha, 1, 1),
           in_place=lambda grad, result, alpha: _elu_result_backward(grad, result, _invertible("elu", alpha), 1, 1))
activation("selu", lambda self: _elu(self, *_SELU), "elu_cpu", node="EluBackward0", places=("torch",),
           constants=dict(zip(("alpha", "scale", "input_scale"), _SELU, strict=True)),
           self=lambda grad, self: _elu_backward(grad, self, *_SELU),
           in_place=lambda grad, result: _elu_result_backward(grad, result, *_SELU))
activation("celu", lambda self, alpha=1.0: _elu(self, alpha, 1, _inverse(alpha)), "elu_cpu", places=("torch",),
           self=lambda grad, self, alpha: _elu_backward(grad, self, alpha, 1, 1 / alpha),
           in_place=lambda grad, result, alpha: _elu_result_backward(grad, result, _invertible("elu", alpha), 1, 1 / alpha))


def _inverse(alpha: float) -> float:
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return 1 / alpha


# Smooth.

_SQRT_HALF, _DENSITY = math.sqrt(0.5), 1 / math.sqrt(2 * math.pi)
_BETA, _KAPPA = math.sqrt(2 / math.pi), 0.044715  # of the approximation by tanh


def _gelu(self: ndarray, approximate: str) -> Any:
    if approximate == "none":
        return self * 0.5 * (1 + scipy.special.erf(self * _SQRT_HALF))
    return 0.5 * self * (1 + np.tanh(_BETA * (self + _KAPPA * (self * self * self))))


def _gelu_derivative(grad_output: ndarray, self: ndarray, approximate: str) -> Any:
    square = self * self
    if approximate == "none":
        cdf = 0.5 * (1 + scipy.special.erf(self * _SQRT_HALF))
        return grad_output * (cdf + self * (_DENSITY * np.exp(square * -0.5)))
    tanh = np.tanh(_BETA * (self + _KAPPA * (square * self)))
    inner = _BETA * (1 + 3 * _KAPPA * square)
    return grad_output * (0.5 * (1 + tanh) + 0.5 * self * (1 - tanh * tanh) * inner)


def _gelu_curvature(self: Any, approximate: str) -> Any:
    square = self * self
    if approximate == "none":
        density = _DENSITY * torch.exp(square * -0.5)
        return zero_where((density == 0) & torch.isfinite(self), density * (2 - square))
    argument = _BETA * (self + _KAPPA * (square * self))
    tanh = torch.tanh(argument)
    inner, slope = _BETA * (1 + 3 * _KAPPA * square), 1 / torch.cosh(argument) ** 2
    return zero_where((slope == 0) & torch.isfinite(self), slope * (inner + 0.5 * self * (6 * _BETA * _KAPPA * self - 2 * tanh * inner * inner)))


def _softplus(self: ndarray, beta: float, threshold: float) -> Any:
    scaled = self * beta
    return np.where(scaled > threshold, self, np.log1p(np.exp(scaled)) / beta)


def _softplus_derivative(grad_output: ndarray, self: ndarray, beta: float, threshold: float) -> Any:
    scaled = self * beta
    z = np.exp(scaled)
    return np.where(scaled > threshold, grad_output, grad_output * z / (z + 1))


def _log_sigmoid_derivative(grad_output: ndarray, self: ndarray) -> Any:
    z = np.exp(-np.abs(self))
    return grad_output * np.where(self < 0, 1 - z / (1 + z), z / (1 + z))


def _sigmoid(self: ndarray) -> Any:
    return 1 / (1 + np.exp(-self))


def _silu_derivative(grad_output: ndarray, self: ndarray) -> Any:
    sigmoid = _sigmoid(self)
    return grad_output * sigmoid * (1 + self * (1 - sigmoid))


def _mish_derivative(grad_output: ndarray, self: ndarray) -> Any:
    tanh = np.tanh(np.log1p(np.exp(self)))
    return grad_output * (tanh + self * _sigmoid(self) * (1 - tanh * tanh))


# Once recorded, PyTorch's own derivatives of silu and mish are composed of operations.

def _silu_backward(grad: Any, self: Any) -> Any:
    if not isinstance(grad, Tensor):
        return row("silu_backward")(grad, self)
    sigmoid = torch.sigmoid(self)
    return grad * sigmoid * (1.0 + self * (1.0 - sigmoid))


def _mish_backward(grad: Any, self: Any) -> Any:
    if not isinstance(grad, Tensor):
        return row("mish_backward")(grad, self)
    tanh = torch.tanh(torch.log1p(torch.exp(self)))
    return grad * (tanh + self * torch.sigmoid(self) * (1.0 - tanh * tanh))


backward("silu_backward", _silu_derivative)
backward("mish_backward", _mish_derivative)
_gelu_backward: Function = backward(
    "gelu_backward", _gelu_derivative,
    grad_output=lambda grad, self, approximate: _gelu_backward(grad, self, approximate),
    self=lambda grad, grad_output, self, approximate: grad * grad_output * _gelu_curvature(self, approximate))
_softplus_backward: Function = backward(
    "softplus_backward", _softplus_derivative,
    grad_output=lambda grad, self, beta, threshold: _softplus_backward(grad, self, beta, threshold),
    self=lambda grad, grad_output, self, beta, threshold:
        _sigmoid_grad(grad * grad_output, torch.sigmoid(self * beta)) * (self * beta < threshold) * beta)
_log_sigmoid_backward: Function = backward(
    "log_sigmoid_backward", _log_sigmoid_derivative,
    grad_output=lambda grad, self: _log_sigmoid_backward(grad, self),
    self=lambda grad, grad_output, self: -_sigmoid_grad(grad * grad_output, torch.sigmoid(self)))


def _sigmoid_grad(grad: Any, result: Any) -> Any:
    return grad * (1 - result) * result


def _check_silu(t: Tensor) -> None:
    if t._array.dtype.kind in "biu":
        raise unimplemented("silu_cpu", t)
    real_gradients("silu", t)


activation("silu", lambda self: self / (1 + np.exp(-self)), _check_silu,
           self=lambda grad, self: _silu_backward(grad, self))
activation("mish", lambda self: self * np.tanh(np.log1p(np.exp(self))), "mish_cpu",
           self=lambda grad, self: _mish_backward(grad, self))
activation("softplus", lambda self, beta=1, threshold=20: _softplus(self, beta, threshold), "softplus_cpu", writes=False,
           self=lambda grad, self, beta, threshold: _softplus_backward(grad, self, beta, threshold))
pointwise("gelu", lambda self, approximate="none": _gelu(self, approximate), places=(), inplace=False,
          self=lambda grad, self, approximate: _gelu_backward(grad, self, approximate))
pointwise("log_sigmoid", lambda self: np.minimum(self, 0) - np.log1p(np.exp(-np.abs(self))), places=(), inplace=False,
          self=lambda grad, self: _log_sigmoid_backward(grad, self))


@composite("nn.functional")
def gelu(self: Any, *, approximate: str = "none") -> Any:
    if approximate not in ("none", "tanh"):
        raise RuntimeError("approximate argument must be either none or tanh.")
    check_floating(self, "GeluKernelImpl")
    return row("gelu")(self, approximate)


@composite("nn.functional")
def logsigmoid(self: Any) -> Any:
    check_floating(self, "log_sigmoid_cpu")
    return row("log_sigmoid")(self)


@composite("nn.functional")
def softsign(self: Any) -> Any:
    return self / (torch.abs(self) + 1)


@composite("nn.functional")
def tanhshrink(self: Any) -> Any:
    return self - torch.tanh(self)


composite("nn.functional", name="sigmoid")(lambda self: torch.sigmoid(self))
composite("nn.functional", name="tanh")(lambda self: torch.tanh(self))

# With parameters or chance.

pointwise("_prelu_kernel", lambda self, weight: np.where(self > 0, self, weight * self), places=(), inplace=False,
          self=lambda grad, self, weight: _prelu_backward(grad, self, weight),
          weight=lambda grad, self, weight: _prelu_weight_backward(grad, self, weight))
_prelu_backward: Function = backward(
    "prelu_kernel_backward", lambda grad_output, self, weight: np.where(self > 0, grad_output, weight * grad_output),
    grad_output=lambda grad, self, weight: torch.where(self >= 0, grad, weight * grad),  # at 0, unlike the kernel
    self=_zeros,
    weight=lambda grad, grad_output, self: torch.where(self >= 0, 0.0, grad_output * grad))
_prelu_weight_backward: Function = backward(
    "prelu_weight_backward", lambda grad_output, self, weight: np.where(self > 0, 0, self * grad_output),
    node="PreluKernelBackwardBackward0",
    grad_output=lambda grad, self: torch.where(self >= 0, 0.0, grad * self),
    self=lambda grad, grad_output, self: torch.where(self >= 0, 0.0, grad_output * grad),
    weight=_zeros)
pointwise("rrelu_with_noise", lambda self, noise: self * noise, places=(), inplace=False,
          self=lambda grad, self, noise: _rrelu_backward(grad, self, noise))
pointwise("_rrelu_in_place", lambda self, noise: self * noise, node="RreluWithNoiseBackward1", places=(), inplace=False,
          self=lambda grad, result, noise: _rrelu_backward(grad, result, noise))


def _prelu(self: Any, weight: Any) -> Any:
    if self.dtype is not weight.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {self.dtype.type_name} and {weight.dtype.type_name}"
        )
    check_floating(self, "prelu_cpu")
    count = weight.numel()
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if count != 1:
        if not self.ndim:
            raise RuntimeError("Not allow zero-dim input tensor.")
        channels = self.shape[1] if self.ndim > 1 else 1
        if channels != count:
            raise RuntimeError(
                "Mismatch of parameter numbers and input channel size. Found parameter numbers = "
                f"{count} and channel size = {channels}."
            )
    shape = (1, count, *[1] * (self.ndim - 2)) if self.ndim > 1 else (1,) * self.ndim
    return row("_prelu_kernel")(self, weight if weight.shape == shape else torch.reshape(weight, shape))


publish("prelu", _prelu, ("torch", "Tensor", "nn.functional"))


@composite("nn.functional", "torch")
def rrelu(self: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False) -> Any:
    """Below zero: times a number drawn for each element, or, not in training, times the middle."""
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    check_floating(self, "rrelu_with_noise_out_cpu" if training else "leaky_relu_cpu")
    if training and self._array.dtype is F16:
        raise unimplemented("rrelu_with_noise_out_cpu", self)
    array = self._array
    below = array <= 0 if training else ~(array > 0)
    noise = np.ones(array.shape)
    if training:
        noise[below] = default_generator.doubles(int(below.sum())) * (upper - lower) + lower
    else:
        noise[below] = (lower + upper) / 2
    function = _rrelu_in_place if inplace else row("rrelu_with_noise")
    return function(self, noise.astype(array.dtype))


_rrelu_in_place = _inplace.variant("_rrelu_in_place", row("_rrelu_in_place"))
publish("rrelu_", lambda self, *args, **named: rrelu(self, *args, inplace=True, **named), ("torch", "nn.functional"))


def _halves(t: Any, dim: int) -> tuple[Any, Any]:
    half = t.shape[dim] // 2
    return torch.narrow(t, dim, 0, half), torch.narrow(t, dim, half, half)


def _glu_derivative(grad_output: ndarray, self: ndarray, dim: int) -> Any:
    first, second = np.split(self, 2, dim)
    sigmoid = _sigmoid(second)
    return np.concatenate([sigmoid * grad_output, (1 - sigmoid) * sigmoid * grad_output * first], dim)


def _glu_twice(grad: Any, grad_output: Any, self: Any, dim: int) -> Any:
    (first, second), (grad_first, grad_second) = _halves(self, dim), _halves(grad, dim)
    sigmoid = torch.sigmoid(second)
    slope = sigmoid * (1 - sigmoid)
    curved = slope * (1 - 2 * sigmoid)
    return torch.cat([
        grad_second * grad_output * slope,
        grad_second * first * grad_output * curved + grad_first * grad_output * slope,
    ], dim)  # fmt: skip


def _glu_grad_output(grad: Any, self: Any, dim: int) -> Any:
    (first, second), (grad_first, grad_second) = _halves(self, dim), _halves(grad, dim)
    sigmoid = torch.sigmoid(second)
    return grad_first * sigmoid + grad_second * ((1 - sigmoid) * sigmoid * first)


op("glu", lambda self, dim: np.split(self, 2, dim)[0] * _sigmoid(np.split(self, 2, dim)[1]), places=(),
   self=lambda grad, self, dim: _glu_backward(grad, self, dim))
_glu_backward: Function = backward(
    "glu_backward", _glu_derivative,
    grad_output=lambda grad, self, dim: _glu_grad_output(grad, self, dim),
    self=lambda grad, grad_output, self, dim: _glu_twice(grad, grad_output, self, dim))


@composite("nn.functional")
def glu(self: Any, dim: int = -1) -> Any:
    """The first half along ``dim``, gated by the sigmoid of the second."""
    if not self.dim():
        raise RuntimeError("glu does not support scalars because halving size must be even")
    given, dim = dim, wrap_dim(dim, self.dim())
    if self.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {self.shape[dim]}")
    check_floating(self, "glu_cpu")
    return row("glu")(self, given)


# Softmax.


def _axis(self: ndarray, dim: int) -> Any:
    return dim if self.ndim else None


def _shifted(self: ndarray, dim: int) -> Any:
    """Less the largest, so that no exponential overflows."""
    return self - np.maximum.reduce(self, _axis(self, dim), keepdims=True) if self.size else self


def _softmax_kernel(self: ndarray, dim: int) -> Any:
    # In double: exp multiplies the rounding of its argument by the argument.
    exponentials = np.exp(_shifted(self.astype(np.float64, "C"), dim))
    return (exponentials / np.add.reduce(exponentials, _axis(self, dim), keepdims=True)).astype(self.dtype)


def _log_softmax_kernel(self: ndarray, dim: int) -> Any:
    shifted = _shifted(np.ascontiguousarray(self), dim) if self.ndim else _shifted(self, dim)
    return shifted - np.log(np.add.reduce(np.exp(shifted), _axis(self, dim), keepdims=True))


def _sum(values: Any, dim: int) -> Any:
    return torch.sum(values, dim, True)


def _softmax_twice(grad: Any, grad_output: Any, result: Any, dim: int) -> Any:
    return grad_output * grad - _sum(result * grad_output, dim) * grad - grad_output * _sum(result * grad, dim)


op("softmax", _softmax_kernel, places=(), self=lambda grad, result, dim: _softmax_backward(grad, result, dim))
_softmax_backward: Function = backward(
    "softmax_backward_data", lambda grad_output, result, dim:
        (grad_output - np.add.reduce(grad_output * result, _axis(grad_output, dim), keepdims=True)) * result,
    grad_output=lambda grad, result, dim: _softmax_backward(grad, result, dim),
    result=lambda grad, grad_output, result, dim: _softmax_twice(grad, grad_output, result, dim))
op("log_softmax", _log_softmax_kernel, places=(), self=lambda grad, result, dim: _log_softmax_backward(grad, result, dim))
_log_softmax_backward: Function = backward(
    "log_softmax_backward_data", lambda grad_output, result, dim:
        grad_output - np.exp(result) * np.add.reduce(grad_output, _axis(grad_output, dim), keepdims=True),
    grad_output=lambda grad, result, dim: grad - _sum(grad * torch.exp(result), dim),
    result=lambda grad, grad_output, result, dim: -_sum(grad_output, dim) * torch.exp(result) * grad)


def _softmax_of(name: str) -> Function:
    def function(self: Any, dim: int, dtype: Any = None) -> Any:
        if not isinstance(self, Tensor):
            return NotImplemented
        if type(dim) is not int:
            raise TypeError(f"{name}(): argument 'dim' (position 1) must be int, not {type(dim).__name__}")
        if dtype is not None:
            self = self.to(dtype)
        dim = wrap_dim(dim, self._array.ndim)
        if self._array.dtype.kind in "biuc":
            last = "lastdim_" if dim == max(self._array.ndim - 1, 0) else ""
            raise unimplemented(f"{name}_{last}kernel_impl", self)
        return row(name)(self, dim)

    publish(name, function, ("torch", "Tensor", "special"))
    return function


def _guessed_dim(name: str, ndim: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning, stacklevel=4)  # fmt: skip
    return 0 if ndim in (0, 1, 3) else 1


_softmax, _log_softmax = _softmax_of("softmax"), _softmax_of("log_softmax")


def _functional(name: str, function: Function) -> None:
    def call(self: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
        return function(self, _guessed_dim(name, self.dim()) if dim is None else dim, dtype)

    publish(name, call, ("nn.functional",))


_functional("softmax", _softmax)
_functional("log_softmax", _log_softmax)
_functional("softmin", lambda self, dim, dtype: _softmax(-self, dim, dtype))
