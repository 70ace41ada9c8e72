"""Losses, in ``nn.functional``: how they are reduced, and those of one tensor against another.

Those that PyTorch computes in one kernel are rows, with a row for the derivative; the others are
composed of operations as PyTorch composes them, so that graphs agree.
"""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from numpy import ndarray

from .._op import composite, op, publish, row, torch
from .._row import Function
from .._tensor import Tensor
from .activations import check_floating
from .pointwise import backward

# Reduction.


def reduced(loss: Any, reduction: str) -> Any:
    """In a kernel: the losses of all elements as one."""
    if reduction == "none":
        return loss
    total = np.add.reduce(loss, None)
    return total if reduction == "sum" else total / total.dtype.type(loss.size)


def share(value: Any, reduction: str, count: int) -> Any:
    """An element's part in the mean."""
    return value / count if reduction == "mean" else value


def reduce(loss: Any, reduction: str) -> Any:
    """The same of a tensor, by operations."""
    if reduction == "none":
        return loss
    return torch.mean(loss) if reduction == "mean" else torch.sum(loss)


_LEGACY = "size_average and reduce args will be deprecated, please use reduction='{}' instead."


def read_reduction(reduction: str, size_average: bool | None = None, reduce: bool | None = None) -> str:
    """"none", "mean" or "sum", also from the two booleans of old."""
    if size_average is not None or reduce is not None:
        averaged = size_average is None or size_average
        reduction = "none" if reduce is False else ("mean" if averaged else "sum")
        warnings.warn(_LEGACY.format(reduction), UserWarning, stacklevel=4)
    if reduction == "elementwise_mean":
        warnings.warn(
            "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.",
            UserWarning, stacklevel=4)
        return "mean"
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def not_differentiable(function: str, **arguments: Any) -> None:
    for name, value in arguments.items():
        if isinstance(value, Tensor) and value.requires_grad and torch.is_grad_enabled():
            raise RuntimeError(
                f"The function '{function}' is not differentiable with respect to argument '{name}'. "
                "This input cannot have requires_grad True."
            )


def zeros(grad: Any) -> Any:
    return torch.zeros_like(grad)


def loss(between: str = "", in_torch: bool = False) -> Callable[[Function], Function]:
    """Decorates a function that has a ``reduction``, before which PyTorch still takes the two booleans of old.

    ``between`` them may stand another parameter; ``in_torch`` it has neither, and numbers for reductions.
    """

    def register(function: Function) -> Function:
        raw = list(inspect.signature(function).parameters)
        at = raw.index("reduction")
        first = at - bool(between)
        public = [*raw[:first], "size_average", *raw[first:at], "reduce", *raw[at:]]

        @wraps(function)
        def call(*args: Any, **named: Any) -> Any:
            given = dict(zip(public, args, strict=False))
            if len(args) > len(public) or given.keys() & named:
                raise TypeError(f"{function.__name__}() got multiple or too many arguments")
            given |= named
            legacy = (given.pop(name, None) for name in ("size_average", "reduce"))
            given["reduction"] = read_reduction(given.get("reduction", "mean"), *legacy)
            return function(**given)

        publish(function.__name__, call, ("nn.functional",))
        if in_torch:
            publish(function.__name__, numbered(function), ("torch",))
        return function

    return register


def numbered(function: Function) -> Function:
    """With a number for the reduction, as functions in ``torch`` take it."""
    names = list(inspect.signature(function).parameters)
    at = names.index("reduction")
    after = names[at + 1 :]

    @wraps(function)
    def call(*args: Any, **named: Any) -> Any:
        number = args[at] if len(args) > at else named.get("reduction", 1)
        named["reduction"] = {1: "mean", 2: "sum"}.get(number, "none")
        return function(*args[:at], **dict(zip(after, args[at + 1 :], strict=False)), **named)

    return call


def plus(t: Any, number: float) -> Any:
    """As PyTorch adds a number in its own code: another node than from Python."""
    return row("_add_number")(t if t.is_floating_point() or t.is_complex() else t.to(torch.result_type(t, number)), number)


def scaled(t: Any, number: float) -> Any:
    return row("_mul_number")(t if t.is_floating_point() or t.is_complex() else t.to(torch.result_type(t, number)), number)


def minus(number: float, t: Any) -> Any:
    return torch.tensor(number, dtype=t.dtype) - t


# Distances of one tensor from another: mse, smooth_l1, huber, soft margin.


def _smooth_l1(self: ndarray, target: ndarray, beta: float) -> Any:
    distance = np.abs(self - target)
    return np.where(distance < beta, 0.5 * distance * distance / beta, distance - 0.5 * beta)


def _smooth_l1_derivative(grad: ndarray, self: ndarray, target: ndarray, reduction: str, beta: float) -> Any:
    d, norm = self - target, share(1.0, reduction, self.size or 1)
    return np.where(d <= -beta, -norm * grad, np.where(d >= beta, norm * grad, norm * d * grad / beta))


def _huber(self: ndarray, target: ndarray, delta: float) -> Any:
    distance = np.abs(self - target)
    return np.where(distance < delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))


def _huber_derivative(grad: ndarray, self: ndarray, target: ndarray, reduction: str, delta: float) -> Any:
    d, norm = self - target, share(1.0, reduction, self.size or 1)
    return np.where(d <= -delta, -norm * grad * delta, np.where(d >= delta, norm * grad * delta, norm * d * grad))


def _soft_margin_derivative(grad: ndarray, self: ndarray, target: ndarray, reduction: str) -> Any:
    norm, z = share(1.0, reduction, self.size or 1), np.exp(-target * self)
    return target * z * -norm / (1 + z) * grad


def _within(self: Any, target: Any, bound: float) -> Any:
    return torch.abs(self - target) < bound


def count(t: Any) -> int:
    return math.prod(t.shape)


_mse_backward: Function = backward(
    "mse_loss_backward", lambda grad_output, self, target, reduction:
        share(2.0, reduction, self.size or 1) * (self - target) * grad_output,
    grad_output=lambda grad, self, target, reduction: _mse_backward(grad, self, target, reduction),
    self=lambda grad, grad_output, self_shape, reduction:
        share(2 * (grad * grad_output), reduction, math.prod(self_shape)),
    target=lambda grad, grad_output, self_shape, reduction:
        -share(2 * (grad * grad_output), reduction, math.prod(self_shape)))
_smooth_l1_backward: Function = backward(
    "smooth_l1_loss_backward", lambda grad_output, self, target, reduction, beta:
        _smooth_l1_derivative(grad_output, self, target, reduction, beta),
    grad_output=lambda grad, self, target, reduction, beta: _smooth_l1_backward(grad, self, target, reduction, beta),
    self=lambda grad, grad_output, self, target, reduction, beta:
        share(grad * grad_output * _within(self, target, beta) / beta, reduction, count(self)),
    target=lambda grad, grad_output, self, target, reduction, beta:
        -share(grad * grad_output * _within(self, target, beta) / beta, reduction, count(self)))
_huber_backward: Function = backward(
    "huber_loss_backward", lambda grad_output, self, target, reduction, delta:
        _huber_derivative(grad_output, self, target, reduction, delta),
    grad_output=lambda grad, self, target, reduction, delta: _huber_backward(grad, self, target, reduction, delta),
    self=lambda grad, grad_output, self, target, reduction, delta:
        share(grad * grad_output * _within(self, target, delta), reduction, count(self)),
    target=lambda grad, grad_output, self, target, reduction, delta:
        -share(grad * grad_output * _within(self, target, delta), reduction, count(self)))
_soft_margin_backward: Function = backward(
    "soft_margin_loss_backward", lambda grad_output, self, target, reduction:
        _soft_margin_derivative(grad_output, self, target, reduction),
    grad_output=lambda grad, self, target, reduction: _soft_margin_backward(grad, self, target, reduction),
    self=lambda grad, grad_output, self, target, reduction:
        share(grad * grad_output * _soft_margin_curvature(self, target), reduction, count(self)))


def _soft_margin_curvature(self: Any, target: Any) -> Any:
    z = torch.exp(self * -target)
    return target * target * z / ((z + 1) * (z + 1))


op("mse_loss", lambda self, target, reduction: reduced((self - target) ** 2, reduction),
   promotes="DEFAULT", places=(),
   self=lambda grad, self, target, reduction: _mse_backward(grad, self, target, reduction),
   target=lambda grad, self, target, reduction: _mse_backward(grad, target, self, reduction))
op("smooth_l1_loss", lambda self, target, reduction, beta: reduced(_smooth_l1(self, target, beta), reduction),
   promotes="DEFAULT", places=(), node="SmoothL1LossBackward0",
   self=lambda grad, self, target, reduction, beta: _smooth_l1_backward(grad, self, target, reduction, beta),
   target=lambda grad, self, target, reduction, beta: _smooth_l1_backward(grad, target, self, reduction, beta))
op("huber_loss", lambda self, target, reduction, delta:
       np.asarray(reduced(_huber(self, target, delta), reduction), self.dtype),  # whatever the target's
   places=(),
   self=lambda grad, self, target, reduction, delta: _huber_backward(grad, self, target, reduction, delta),
   target=lambda grad, self, target, reduction, delta: _huber_backward(grad, target, self, reduction, delta))
op("soft_margin_loss", lambda self, target, reduction: reduced(np.log1p(np.exp(-self * target)), reduction),
   promotes="DEFAULT", places=(),
   self=lambda grad, self, target, reduction: _soft_margin_backward(grad, self, target, reduction))


def _aligned(input: Any, target: Any) -> Any:
    """Both in one shape, with a warning where they were not."""
    if input._array.shape == target._array.shape:
        return input, target
    warnings.warn(
        f"Using a target size ({target.size()}) that is different to the input size ({input.size()}). "
        "This will likely lead to incorrect results due to broadcasting. "
        "Please ensure they have the same size.",
        UserWarning, stacklevel=4)
    return torch.broadcast_tensors(input, target)


def _check_weight(weight: Tensor, input: Tensor) -> None:
    if weight.size() != input.size():
        raise ValueError("Weights and input must have the same size.")


_INVALID_MODE = "Invalid reduction mode: {}. Expected one of 'none', 'mean', 'sum'."


def _weighted(errors: Any, weight: Any, reduction: str) -> Any:
    errors = errors * weight
    if reduction == "mean":
        return torch.sum(errors) / torch.sum(weight)
    if reduction not in ("none", "sum"):
        raise ValueError(_INVALID_MODE.format(reduction))
    return reduce(errors, reduction)


@loss()
def mse_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    pair = _aligned(input, target)
    if weight is not None:
        _check_weight(weight, input)
        return _weighted(torch.pow(pair[0] - pair[1], 2), weight, reduction)
    check_floating(input, "mse_cpu")
    return row("mse_loss")(*pair, reduction)


@loss()
def l1_loss(input: Any, target: Any, reduction: str = "mean", weight: Any = None) -> Any:
    pair = _aligned(input, target)
    if weight is not None:
        _check_weight(weight, input)
        return _weighted(torch.abs(pair[0] - pair[1]), weight, reduction)
    return reduce(torch.abs(pair[0] - pair[1]), reduction)


@loss()
def smooth_l1_loss(input: Any, target: Any, reduction: str = "mean", beta: float = 1.0) -> Any:
    pair = _aligned(input, target)
    if beta == 0:
        return reduce(torch.abs(pair[0] - pair[1]), reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    check_floating(input, "smooth_l1_cpu")
    return row("smooth_l1_loss")(*pair, reduction, beta)


@composite("nn.functional")
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    pair = _aligned(input, target)
    mode = read_reduction(reduction) if weight is None else "none"
    if weight is not None:
        _check_weight(weight, input)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    check_floating(input, "huber_cpu")
    losses = row("huber_loss")(*pair, mode, delta)
    if weight is None:
        return losses
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(_INVALID_MODE.format(reduction))
    return reduce(losses * weight, reduction)


@loss()
def soft_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    not_differentiable("soft_margin_loss", target=target)
    if input._array.dtype.kind in "iu":
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.type_name}")
    return row("soft_margin_loss")(input, target, reduction)


_MEAN_OF_DIVERGENCE = (
    "reduction: 'mean' divides the total loss by both the batch size and the support size."
    "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
    "'mean' will be changed to behave the same as 'batchmean' in the next major release."
)


def _divergence(input: Any, target: Any, reduction: str = "mean", *, log_target: bool = False) -> Any:
    for kind, word in (("c", "Complex"), ("biu", "Integral")):
        if input._array.dtype.kind in kind or target._array.dtype.kind in kind:
            raise RuntimeError(f"kl_div: {word} inputs not supported.")
    if log_target:
        return reduce(torch.exp(target) * (target - input), reduction)
    return reduce(torch.xlogy(target, target) - target * input, reduction)


publish("kl_div", numbered(_divergence), ("torch",))


@composite("nn.functional")
def kl_div(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
           reduction: str = "mean", log_target: bool = False) -> Any:
    old, by_batch = size_average is not None or reduce is not None, reduction == "batchmean"
    if not old and reduction == "mean":
        warnings.warn(_MEAN_OF_DIVERGENCE, UserWarning, stacklevel=3)
    reduction = read_reduction("sum" if by_batch else reduction, size_average, reduce)
    divergence = _divergence(input, target, reduction, log_target=log_target)
    return divergence / input.shape[0] if by_batch and input.ndim else divergence


@loss("eps", in_torch=True)
def poisson_nll_loss(input: Any, target: Any, log_input: bool = True, full: bool = False, eps: float = 1e-8,
                     reduction: str = "mean") -> Any:
    if log_input:
        products = target * input  # before the exponentials, by which gradients then come first
        losses = torch.exp(input) - products
    else:
        losses = input - target * torch.log(plus(input, eps))
    if full:
        stirling = target * torch.log(target) - target
        stirling = stirling + scaled(torch.log(scaled(target, 2 * math.pi)), 0.5)
        losses += stirling.masked_fill(target <= 1, 0)
    return reduce(losses, reduction)


@composite("nn.functional")
def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Any:
    if isinstance(var, float):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = var * torch.ones_like(input)
    elif bool(np.any(var._array < 0)):
        raise ValueError("var has negative entry/entries")
    if var.shape != input.shape:
        if input.shape[:-1] == var.shape:
            var = torch.unsqueeze(var, -1)
        elif input.ndim != var.ndim or sum(m for n, m in zip(input.shape, var.shape, strict=True) if n != m) != 1:
            raise ValueError("var is of incorrect size")
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    var = var.clone()
    with torch.no_grad():
        var.clamp_(min=eps)
    losses = 0.5 * (torch.log(var) + (input - target) ** 2 / var)
    if full:
        losses += 0.5 * math.log(2 * math.pi)
    return reduce(losses, reduction)

