"""Losses, in ``nn.functional``.

Those that PyTorch computes in one kernel are rows, with a row for the derivative; the others are
composed of operations as PyTorch composes them, so that graphs agree.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._op import composite, not_implemented, op, row, torch
from .._row import Function
from .._tensor import Tensor, new_tensor
from .activations import check_floating, logsigmoid
from .pointwise import backward
from .views import expand

# Reduction.


def _reduced(loss: Any, reduction: str) -> Any:
    """In a kernel: the losses of all elements as one."""
    if reduction == "none":
        return loss
    total = np.add.reduce(loss, None)
    return total if reduction == "sum" else total / total.dtype.type(loss.size)


def _share(value: Any, reduction: str, count: int) -> Any:
    """An element's part in the mean."""
    return value / count if reduction == "mean" else value


def _reduce(loss: Any, reduction: str) -> Any:
    """The same of a tensor, by operations."""
    if reduction == "none":
        return loss
    return torch.mean(loss) if reduction == "mean" else torch.sum(loss)


_LEGACY = "size_average and reduce args will be deprecated, please use reduction='{}' instead."


def _read_reduction(reduction: str, size_average: bool | None = None, reduce: bool | None = None) -> str:
    """"none", "mean" or "sum", also from the two booleans of old."""
    if size_average is not None or reduce is not None:
        averaged = size_average is None or size_average
        reduction = "none" if reduce is False else ("mean" if averaged else "sum")
        warnings.warn(_LEGACY.format(reduction), UserWarning, stacklevel=4)
    if reduction == "elementwise_mean":
        warnings.warn(
            "reduction='elementwise_mean' is deprecated. Please use reduction='mean' instead.",
            UserWarning, stacklevel=4)  # fmt: skip
        return "mean"
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def _not_differentiable(function: str, **arguments: Any) -> None:
    for name, value in arguments.items():
        if isinstance(value, Tensor) and value.requires_grad and torch.is_grad_enabled():
            raise RuntimeError(
                f"The function '{function}' is not differentiable with respect to argument '{name}'. "
                "This input cannot have requires_grad True."
            )


def _zeros(grad: Any) -> Any:
    return torch.zeros_like(grad)


# Distances of one tensor from another: mse, smooth_l1, huber, soft margin.


def _smooth_l1(self: ndarray, target: ndarray, beta: float) -> Any:
    distance = np.abs(self - target)
    return np.where(distance < beta, 0.5 * distance * distance / beta, distance - 0.5 * beta)


def _smooth_l1_derivative(grad: ndarray, self: ndarray, target: ndarray, reduction: str, beta: float) -> Any:
    d, norm = self - target, _share(1.0, reduction, self.size or 1)
    return np.where(d <= -beta, -norm * grad, np.where(d >= beta, norm * grad, norm * d * grad / beta))


def _huber(self: ndarray, target: ndarray, delta: float) -> Any:
    distance = np.abs(self - target)
    return np.where(distance < delta, 0.5 * distance * distance, delta * (distance - 0.5 * delta))


def _huber_derivative(grad: ndarray, self: ndarray, target: ndarray, reduction: str, delta: float) -> Any:
    d, norm = self - target, _share(1.0, reduction, self.size or 1)
    return np.where(d <= -delta, -norm * grad * delta, np.where(d >= delta, norm * grad * delta, norm * d * grad))


def _soft_margin_derivative(grad: ndarray, self: ndarray, target: ndarray, reduction: str) -> Any:
    norm, z = _share(1.0, reduction, self.size or 1), np.exp(-target * self)
    return target * z * -norm / (1 + z) * grad


def _within(self: Any, target: Any, bound: float) -> Any:
    return torch.abs(self - target) < bound


def _count(t: Any) -> int:
    return math.prod(t.shape)


_mse_backward: Function = backward(
    "mse_loss_backward", lambda grad_output, self, target, reduction:
        _share(2.0, reduction, self.size or 1) * (self - target) * grad_output,
    grad_output=lambda grad, self, target, reduction: _mse_backward(grad, self, target, reduction),
    self=lambda grad, grad_output, self_shape, reduction:
        _share(2 * (grad * grad_output), reduction, math.prod(self_shape)),
    target=lambda grad, grad_output, self_shape, reduction:
        -_share(2 * (grad * grad_output), reduction, math.prod(self_shape)))
_smooth_l1_backward: Function = backward(
    "smooth_l1_loss_backward", lambda grad_output, self, target, reduction, beta:
        _smooth_l1_derivative(grad_output, self, target, reduction, beta),
    grad_output=lambda grad, self, target, reduction, beta: _smooth_l1_backward(grad, self, target, reduction, beta),
    self=lambda grad, grad_output, self, target, reduction, beta:
        _share(grad * grad_output * _within(self, target, beta) / beta, reduction, _count(self)),
    target=lambda grad, grad_output, self, target, reduction, beta:
        -_share(grad * grad_output * _within(self, target, beta) / beta, reduction, _count(self)))
_huber_backward: Function = backward(
    "huber_loss_backward", lambda grad_output, self, target, reduction, delta:
        _huber_derivative(grad_output, self, target, reduction, delta),
    grad_output=lambda grad, self, target, reduction, delta: _huber_backward(grad, self, target, reduction, delta),
    self=lambda grad, grad_output, self, target, reduction, delta:
        _share(grad * grad_output * _within(self, target, delta), reduction, _count(self)),
    target=lambda grad, grad_output, self, target, reduction, delta:
        -_share(grad * grad_output * _within(self, target, delta), reduction, _count(self)))
_soft_margin_backward: Function = backward(
    "soft_margin_loss_backward", lambda grad_output, self, target, reduction:
        _soft_margin_derivative(grad_output, self, target, reduction),
    grad_output=lambda grad, self, target, reduction: _soft_margin_backward(grad, self, target, reduction),
    self=lambda grad, grad_output, self, target, reduction:
        _share(grad * grad_output * _soft_margin_curvature(self, target), reduction, _count(self)))


def _soft_margin_curvature(self: Any, target: Any) -> Any:
    z = torch.exp(self * -target)
    return target * target * z / ((z + 1) * (z + 1))


op("mse_loss", lambda self, target, reduction: _reduced((self - target) ** 2, reduction),
   promotes="DEFAULT", places=(),
   self=lambda grad, self, target, reduction: _mse_backward(grad, self, target, reduction),
   target=lambda grad, self, target, reduction: _mse_backward(grad, target, self, reduction))
op("smooth_l1_loss", lambda self, target, reduction, beta: _reduced(_smooth_l1(self, target, beta), reduction),
   promotes="DEFAULT", places=(), node="SmoothL1LossBackward0",
   self=lambda grad, self, target, reduction, beta: _smooth_l1_backward(grad, self, target, reduction, beta),
   target=lambda grad, self, target, reduction, beta: _smooth_l1_backward(grad, target, self, reduction, beta))
op("huber_loss", lambda self, target, reduction, delta:
       np.asarray(_reduced(_huber(self, target, delta), reduction), self.dtype),  # whatever the target's
   places=(),
   self=lambda grad, self, target, reduction, delta: _huber_backward(grad, self, target, reduction, delta),
   target=lambda grad, self, target, reduction, delta: _huber_backward(grad, target, self, reduction, delta))
op("soft_margin_loss", lambda self, target, reduction: _reduced(np.log1p(np.exp(-self * target)), reduction),
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
        UserWarning, stacklevel=4)  # fmt: skip
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
    return _reduce(errors, reduction)


@composite("nn.functional")
def mse_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
             reduction: str = "mean", weight: Any = None) -> Any:  # fmt: skip
    pair = _aligned(input, target)
    if weight is not None:
        _check_weight(weight, input)
        return _weighted(torch.pow(pair[0] - pair[1], 2), weight, reduction)
    reduction = _read_reduction(reduction, size_average, reduce)
    check_floating(input, "mse_cpu")
    return row("mse_loss")(*pair, reduction)


@composite("nn.functional")
def l1_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
            reduction: str = "mean", weight: Any = None) -> Any:  # fmt: skip
    pair = _aligned(input, target)
    if weight is not None:
        _check_weight(weight, input)
        return _weighted(torch.abs(pair[0] - pair[1]), weight, reduction)
    reduction = _read_reduction(reduction, size_average, reduce)
    return _reduce(torch.abs(pair[0] - pair[1]), reduction)


@composite("nn.functional")
def smooth_l1_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
                   reduction: str = "mean", beta: float = 1.0) -> Any:  # fmt: skip
    pair = _aligned(input, target)
    reduction = _read_reduction(reduction, size_average, reduce)
    if beta == 0:
        return _reduce(torch.abs(pair[0] - pair[1]), reduction)
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    check_floating(input, "smooth_l1_cpu")
    return row("smooth_l1_loss")(*pair, reduction, beta)


@composite("nn.functional")
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    pair = _aligned(input, target)
    mode = _read_reduction(reduction) if weight is None else "none"
    if weight is not None:
        _check_weight(weight, input)
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    check_floating(input, "huber_cpu")
    loss = row("huber_loss")(*pair, mode, delta)
    if weight is None:
        return loss
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(_INVALID_MODE.format(reduction))
    return _reduce(loss * weight, reduction)


@composite("nn.functional")
def soft_margin_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
                     reduction: str = "mean") -> Any:  # fmt: skip
    reduction = _read_reduction(reduction, size_average, reduce)
    _not_differentiable("soft_margin_loss", target=target)
    if input._array.dtype.kind in "iu":
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype.type_name}")
    return row("soft_margin_loss")(input, target, reduction)


# Negative log likelihood: the class is dimension 1 (0 of a single example).


def _chosen(self: ndarray, target: ndarray, ignore_index: int) -> tuple[ndarray, ndarray | None]:
    """The classes as indices, 0 for the ignored ones, and which are not ignored (None: all)."""
    classes = self.shape[min(1, self.ndim - 1)]
    target = target.astype(np.int64, copy=False)
    # As unsigned numbers, negative classes are beyond the last too.
    outside = target.size and int(target.view(np.uint64).max()) >= classes
    if not outside and not 0 <= ignore_index < classes:
        return target, None
    kept = target != ignore_index
    wrong = target[kept & ((target < 0) | (target >= classes))]
    if wrong.size:
        raise IndexError(f"Target {wrong.flat[0]} is out of bounds.")
    return np.where(kept, target, 0), kept


def _at_classes(self: ndarray, target: ndarray) -> tuple[Any, ...]:
    """The index of each example's own class."""
    if self.ndim == 1:
        return (target,)
    if self.ndim == 2:
        return (np.arange(len(target)), target)
    places: Any = np.indices(target.shape, sparse=True)
    return (places[0], target, *places[1:])


def _class_weights(target: ndarray, kept: ndarray | None, weight: Any, dtype: np.dtype[Any]) -> Any:
    """What each example counts: None where all count 1."""
    if weight is None:
        return None if kept is None else kept.astype(dtype)
    return weight[target] if kept is None else np.where(kept, weight[target], 0)


def _total(target: ndarray, weights: Any, dtype: np.dtype[Any]) -> Any:
    return dtype.type(target.size) if weights is None else np.add.reduce(weights, None)


def _nll(self: ndarray, target: ndarray, weight: Any, reduction: str, ignore_index: int) -> Any:
    if self.ndim == 1:
        target = target.reshape(())
    target, kept = _chosen(self, target, ignore_index)
    weights = _class_weights(target, kept, weight, self.dtype)
    loss = -self[_at_classes(self, target)]
    if weights is not None:
        loss = np.where(True if kept is None else kept, loss * weights, 0)
    if reduction == "none":
        return loss
    total = np.add.reduce(loss, None)
    return total if reduction == "sum" else total / _total(target, weights, self.dtype)


def _nll_derivative(grad_output: Any, self: ndarray, target: ndarray, weight: Any, reduction: str,
                    ignore_index: int) -> Any:  # fmt: skip
    out = np.zeros(self.shape, self.dtype)
    if out.ndim == 1:
        target, grad_output = target.reshape(()), grad_output.reshape(())
    target, kept = _chosen(out, target, ignore_index)
    weights = _class_weights(target, kept, weight, out.dtype)
    grad = -grad_output
    if reduction == "mean":
        grad = grad / _total(target, weights, out.dtype)
    if weights is not None:
        grad = grad * weights if kept is None else np.where(kept, grad * weights, 0)
    out[_at_classes(out, target)] = grad
    return out


_nll_backward: Function = backward(
    "nll_loss_backward", _nll_derivative,
    grad_output=lambda grad, target, weight, reduction, ignore_index:
        row("nll_loss")(grad, target, weight, reduction, ignore_index),
    self=_zeros)
for _name, _node in {"nll_loss": "NllLossBackward0", "nll_loss2d": "NllLoss2DBackward0"}.items():
    op(_name, _nll, node=_node, places=(),
       self=lambda grad, self, target, weight, reduction, ignore_index:
           _nll_backward(grad, self, target, weight, reduction, ignore_index))


def _check_nll(self: Tensor, target: Tensor, weight: Any) -> None:
    if target._array.dtype not in (_dtype.I64, np.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.type_name}")
    _not_differentiable("nll_loss2d_forward" if self._array.ndim > 2 else "nll_loss_forward", weight=weight)
    if weight is not None:
        classes = self.shape[min(1, self.ndim - 1)]
        if weight.ndim != 1 or weight.numel() != classes:
            raise RuntimeError(
                f"weight tensor should be defined either for all {classes} classes or no classes but got "
                f"weight tensor of shape: {list(weight.shape)}"
            )
        if weight.dtype is not self.dtype:
            raise RuntimeError(f"expected scalar type {self.dtype.type_name} but found {weight.dtype.type_name}")
    check_floating(self, "nll_loss_out_frame" if self.ndim < 3 else "nll_loss2d_forward_out_frame")


def _nll_of(self: Tensor, target: Tensor, weight: Any, reduction: str, ignore_index: int) -> Tensor:
    shape, target_shape = self._array.shape, target._array.shape
    if not shape:
        raise ValueError("Expected 1 or more dimensions (got 0)")
    if len(shape) > 1 and shape[:1] != target_shape[:1]:
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size ({(target_shape or (0,))[0]})."
        )
    if len(shape) <= 2:
        if len(target_shape) > 1:
            raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
        _check_nll(self, target, weight)
        return row("nll_loss")(self, target, weight, reduction, ignore_index)
    if len(shape) == 4:
        if len(target_shape) != 3:
            raise RuntimeError(
                "only batches of spatial targets supported (3D tensors) but got targets of dimension: "
                f"{len(target_shape)}"
            )
        if target_shape[1:] != shape[2:]:
            raise RuntimeError(f"size mismatch (got input: {list(shape)} , target: {list(target_shape)}")
        _check_nll(self, target, weight)
        return row("nll_loss2d")(self, target, weight, reduction, ignore_index)
    size = (shape[0], *shape[2:])
    if target_shape[1:] != shape[2:]:
        raise RuntimeError(f"Expected target size {list(size)}, got {list(target_shape)}")
    _check_nll(self, target, weight)
    flat = (1, math.prod(shape[2:])) if self.numel() else (0, 0)
    self = self.contiguous().view(*shape[:2], *flat)
    target = target.contiguous().view(shape[0], *flat)
    out = row("nll_loss2d")(self, target, weight, reduction, ignore_index)
    return out.view(*size) if reduction == "none" else out


@composite("nn.functional")
def nll_loss(input: Any, target: Any, weight: Any = None, size_average: bool | None = None, ignore_index: int = -100,
             reduce: bool | None = None, reduction: str = "mean") -> Any:  # fmt: skip
    return _nll_of(input, target, weight, _read_reduction(reduction, size_average, reduce), ignore_index)


# Cross entropy: log_softmax, and what the target asks of it.

_SMOOTHING = "label_smoothing must be between 0.0 and 1.0. Got: {:g}"


def _along_classes(weight: Tensor, input: Tensor, dim: int) -> Tensor:
    return weight.view(*[weight.numel() if d == dim else 1 for d in range(input.ndim)])


def _of_probabilities(input: Any, target: Any, weight: Any, reduction: str, smoothing: float) -> Any:
    dim = 0 if input.ndim == 1 else 1
    classes = input.shape[dim]
    if weight is not None and (weight.ndim != 1 or weight.numel() != classes):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {classes} classes or no "
            f"classes but got weight tensor of shape: {list(weight.shape)}"
        )
    logs = torch.log_softmax(input, dim)
    if smoothing > 0:
        if smoothing > 1:
            raise RuntimeError(_SMOOTHING.format(smoothing))
        target = row("_add_number")(row("_mul_number")(target, 1 - smoothing), smoothing / classes)
    terms = logs * target
    if weight is not None:
        terms = terms * _along_classes(weight, input, dim)
    if reduction == "none":
        return -torch.sum(terms, dim)
    total = torch.sum(terms)
    if reduction == "sum":
        return -total
    if not input.numel():
        return -total.fill_(math.nan)
    return row("_div_number")(-total, input.numel() / classes)


def _smoothed(input: Any, target: Any, weight: Any, reduction: str, ignore_index: int, smoothing: float) -> Any:
    if smoothing > 1:
        raise RuntimeError(_SMOOTHING.format(smoothing))
    dim = 0 if input.ndim == 1 else 1
    logs = torch.log_softmax(input, dim)
    exact = _nll_of(logs, target, weight, reduction, ignore_index)
    even = -torch.sum(logs if weight is None else logs * _along_classes(weight, input, dim), dim)
    ignored = target == ignore_index
    even = even.masked_fill(ignored, 0.0)
    if reduction != "none":
        even = torch.sum(even)
    if reduction == "mean":
        kept = ~ignored
        counted = kept if weight is None else new_tensor(weight._array[target._array[kept._array]])
        even = even / torch.sum(counted)
    return row("_mul_number")(exact, 1 - smoothing) + row("_mul_number")(even, smoothing / input.shape[dim])


@composite("nn.functional")
def cross_entropy(input: Any, target: Any, weight: Any = None, size_average: bool | None = None,
                  ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Any:  # fmt: skip
    """Of class indices, or of probabilities where the target has the input's shape."""
    reduction = _read_reduction(reduction, size_average, reduce)
    if not input.ndim:
        raise IndexError("Dimension specified as 1 but tensor has no dimensions")
    if input.shape == target.shape:
        if not target.is_floating_point():
            raise RuntimeError(
                f"Expected floating point type for target with class probabilities, got {target.dtype.type_name}"
            )
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    if label_smoothing > 0:
        return _smoothed(input, target, weight, reduction, ignore_index, label_smoothing)
    logs = torch.log_softmax(input, 0 if input._array.ndim == 1 else 1)
    return _nll_of(logs, target, weight, reduction, ignore_index)


# Binary cross entropy: of probabilities, and of their logits.

_EPSILON = 1e-12


def _bce(self: ndarray, target: ndarray, weight: Any, reduction: str) -> Any:
    for t, name in ((self, "input"), (target, "target")):
        if not np.all((t >= 0) & (t <= 1)):
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    loss = (target - 1) * np.maximum(np.log1p(-self), -100) - target * np.maximum(np.log(self), -100)
    return _reduced(loss if weight is None else loss * weight, reduction)


def _times(value: Any, weight: Any) -> Any:
    return value if weight is None else value * weight


def _bce_derivative(grad: Any, self: ndarray, target: ndarray, weight: Any, reduction: str) -> Any:
    slope = grad * (self - target) / np.maximum((1 - self) * self, _EPSILON)
    return _share(_times(slope, weight), reduction, self.size)


def _bce_curvature(self: Any, target: Any) -> Any:
    above, below = self + _EPSILON, 1 - self + _EPSILON
    return (self * self - 2 * self * target + target) / (above * above * (below * below))


def _bce_grad_output(grad: Any, self: Any, target: Any, weight: Any, reduction: str) -> Any:
    slope = (self - target) / ((self + _EPSILON) * (1 - self + _EPSILON)) * grad
    return _share(_times(slope, weight), reduction, _count(self))


op("binary_cross_entropy", _bce, places=(),
   self=lambda grad, self, target, weight, reduction: _bce_backward(grad, self, target, weight, reduction),
   target=lambda grad, self, weight, reduction:
       _share(_times(-torch.logit(self) * grad, weight), reduction, _count(self)))
_bce_backward: Function = backward(
    "binary_cross_entropy_backward",
    lambda grad_output, self, target, weight, reduction: _bce_derivative(grad_output, self, target, weight, reduction),
    grad_output=lambda grad, self, target, weight, reduction: _bce_grad_output(grad, self, target, weight, reduction),
    self=lambda grad, grad_output, self, target, weight, reduction:
        _share(_times(_bce_curvature(self, target) * (grad * grad_output), weight), reduction, _count(self)),
    target=lambda grad, grad_output, self, weight, reduction:
        _share(_times(-grad * grad_output, weight) / torch.clamp_min((1 - self) * self, _EPSILON),
               reduction, _count(self)))


def _log_sigmoid(self: ndarray) -> Any:
    return np.minimum(self, 0) - np.log1p(np.exp(-np.abs(self)))


def _bce_of_logits(self: ndarray, target: ndarray, weight: Any, pos_weight: Any, reduction: str) -> Any:
    logs = _log_sigmoid(self)
    if pos_weight is not None:
        logs = logs * ((pos_weight - 1) * target + 1)
    return _reduced(_times((1 - target) * self - logs, weight), reduction)


def _logits_grad(grad: Any, self: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    if pos_weight is None:
        slope = torch.sigmoid(self) - target
    else:
        positive = pos_weight * target
        slope = (positive + 1 - target) * torch.sigmoid(self) - positive
    return _share(_times(slope * grad, weight), reduction, _count(self))


def _logits_target_grad(grad: Any, self: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    if pos_weight is None:
        slope = -self * grad
    else:
        slope = (row("log_sigmoid")(-self) - row("log_sigmoid")(self) * pos_weight) * grad
    return _share(_times(slope, weight), reduction, _count(self))


op("binary_cross_entropy_with_logits", _bce_of_logits, places=(),
   self=lambda grad, self, target, weight, pos_weight, reduction:
       _logits_grad(grad, self, target, weight, pos_weight, reduction),
   target=lambda grad, self, weight, pos_weight, reduction:
       _logits_target_grad(grad, self, weight, pos_weight, reduction))


@composite("nn.functional")
def binary_cross_entropy(input: Any, target: Any, weight: Any = None, size_average: bool | None = None,
                         reduce: bool | None = None, reduction: str = "mean") -> Any:  # fmt: skip
    reduction = _read_reduction(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) "
            "is deprecated. Please ensure they have the same size."
        )
    if weight is not None:
        _not_differentiable("binary_cross_entropy", weight=weight)
        weight = expand(weight, *np.broadcast_shapes(target.shape, weight.shape))
    if target.dtype is not input.dtype:
        raise RuntimeError(f"Found dtype {target.dtype.type_name} but expected {input.dtype.type_name}")
    check_floating(input, "binary_cross_entropy")
    return row("binary_cross_entropy")(input, target, weight, reduction)


@composite("nn.functional")
def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, size_average: bool | None = None,
                                     reduce: bool | None = None, reduction: str = "mean",
                                     pos_weight: Any = None) -> Any:  # fmt: skip
    reduction = _read_reduction(reduction, size_average, reduce)
    if target.size() != input.size():
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    _not_differentiable("binary_cross_entropy_with_logits", weight=weight, pos_weight=pos_weight)
    check_floating(input, "log_sigmoid_cpu")
    for other in (weight, pos_weight):
        if other is not None:
            torch.broadcast_tensors(input, other)
    return row("binary_cross_entropy_with_logits")(input, target, weight, pos_weight, reduction)


# Composed of operations.

_MEAN_OF_DIVERGENCE = (
    "reduction: 'mean' divides the total loss by both the batch size and the support size."
    "'batchmean' divides only by the batch size, and aligns with the KL div math definition."
    "'mean' will be changed to behave the same as 'batchmean' in the next major release."
)


@composite("nn.functional")
def kl_div(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
           reduction: str = "mean", log_target: bool = False) -> Any:  # fmt: skip
    by_batch = reduction == "batchmean"
    if size_average is not None or reduce is not None:
        reduction = _read_reduction(reduction, size_average, reduce)
    else:
        if reduction == "mean":
            warnings.warn(_MEAN_OF_DIVERGENCE, UserWarning, stacklevel=3)
        reduction = _read_reduction("sum" if by_batch else reduction)
    for kind, word in (("c", "Complex"), ("biu", "Integral")):
        if input._array.dtype.kind in kind or target._array.dtype.kind in kind:
            raise RuntimeError(f"kl_div: {word} inputs not supported.")
    if log_target:
        loss = torch.exp(target) * (target - input)
    else:
        loss = torch.xlogy(target, target) - target * input
    loss = _reduce(loss, reduction)
    return loss / input.shape[0] if by_batch and input.ndim else loss


@composite("nn.functional")
def poisson_nll_loss(input: Any, target: Any, log_input: bool = True, full: bool = False,
                     size_average: bool | None = None, eps: float = 1e-8, reduce: bool | None = None,
                     reduction: str = "mean") -> Any:  # fmt: skip
    reduction = _read_reduction(reduction, size_average, reduce)
    if log_input:
        loss = torch.exp(input) - target * input
    else:
        loss = input - target * torch.log(_plus(input, eps))
    if full:
        stirling = target * torch.log(target) - target
        stirling = stirling + _scaled(torch.log(_scaled(target, 2 * math.pi)), 0.5)
        loss += stirling.masked_fill(target <= 1, 0)
    return _reduce(loss, reduction)


def _plus(t: Any, number: float) -> Any:
    """As PyTorch adds a number in its own code: another node than from Python."""
    return row("_add_number")(t if t.is_floating_point() or t.is_complex() else t.to(torch.result_type(t, number)), number)


def _scaled(t: Any, number: float) -> Any:
    return row("_mul_number")(t if t.is_floating_point() or t.is_complex() else t.to(torch.result_type(t, number)), number)


def _from(number: float, t: Any) -> Any:
    return torch.tensor(number, dtype=t.dtype) - t


@composite("nn.functional")
def gaussian_nll_loss(input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6,
                      reduction: str = "mean") -> Any:  # fmt: skip
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
    loss = 0.5 * (torch.log(var) + (input - target) ** 2 / var)
    if full:
        loss += 0.5 * math.log(2 * math.pi)
    return _reduce(loss, reduction)


@composite("nn.functional")
def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, size_average: bool | None = None,
                         reduce: bool | None = None, reduction: str = "mean") -> Any:  # fmt: skip
    reduction = _read_reduction(reduction, size_average, reduce)
    zeros = torch.zeros_like(input)
    apart = torch.where(target != 1, torch.clamp_min(_from(margin, input), 0), zeros)
    return _reduce(apart + torch.where(target != -1, input, zeros), reduction)


@composite("nn.functional")
def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0,
                        size_average: bool | None = None, reduce: bool | None = None,
                        reduction: str = "mean") -> Any:  # fmt: skip
    reduction = _read_reduction(reduction, size_average, reduce)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return _reduce(_plus(-target * (input1 - input2), float(margin)).clamp_min_(0), reduction)


@composite("nn.functional")
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0,
                          size_average: bool | None = None, reduce: bool | None = None,
                          reduction: str = "mean") -> Any:  # fmt: skip
    reduction = _read_reduction(reduction, size_average, reduce)
    dim = target.dim()
    if dim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if not input1.dim() == input2.dim() == dim + 1:
        raise RuntimeError(
            f"{dim}D target tensor expects {dim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    size1 = _plus(torch.sum(input1 * input1, dim), _EPSILON_FLOAT)
    size2 = _plus(torch.sum(input2 * input2, dim), _EPSILON_FLOAT)
    cosine = torch.sum(input1 * input2, dim) / torch.sqrt(size1 * size2)
    zeros = torch.zeros_like(cosine)
    alike = torch.where(target == 1, _from(1, cosine), zeros)
    unlike = torch.where(target == -1, torch.clamp_min(row("_sub_number")(cosine, margin), 0), zeros)
    return _reduce(alike + unlike, reduction)


_EPSILON_FLOAT = float(np.float32(1e-12))  # PyTorch keeps this one in a float


@composite("nn.functional", "torch")
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """Each vector is divided by its norm first, so that the result stays within -1 and 1."""
    common = torch.result_type(x1, x2)
    if not common.is_floating_point:
        raise RuntimeError(
            f"expected common dtype to be floating point, yet common dtype is {common.type_name}"
        )
    x1, x2 = (t if t.is_floating_point() else t.to(common) for t in (x1, x2))
    if x1.shape != x2.shape:
        shape = torch.broadcast_tensors(x1, x2)[0].shape
        x1, x2 = expand(x1, *shape), expand(x2, *shape)
    norms = [torch.linalg.vector_norm(t, 2, dim, keepdim=True).clone() for t in (x1, x2)]
    with torch.no_grad():
        for norm in norms:
            norm.clamp_min_(eps)
    return torch.sum((x1 / norms[0]) * (x2 / norms[1]), dim)


@composite("nn.functional")
def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    return input / torch.clamp_min(torch.norm(input, p, dim, keepdim=True), eps).expand_as(input)


# PyTorch's older norm, whose node pairwise_distance still shows.


def _norm_kernel(self: ndarray, p: float, keepdim: bool) -> Any:
    return np.linalg.norm(self, p, -1, keepdims=keepdim) if self.ndim else np.abs(self)


def _norm_grad(grad: Any, self: Any, result: Any, p: float, keepdim: bool) -> Any:
    if not keepdim and self.ndim:
        grad, result = torch.unsqueeze(grad, -1), torch.unsqueeze(result, -1)
    if p == 0:
        return torch.zeros_like(self)
    if p == 1:
        return torch.sgn(self) * grad
    if p == 2:
        return grad * torch.masked_fill(self / result, result == 0, 0)
    if p == math.inf:
        largest = torch.abs(self) == result
        return torch.sgn(self) * largest * (grad / torch.sum(largest, -1, True))
    if p < 2:
        powers = torch.masked_fill(torch.sgn(self) * torch.abs(self) ** (p - 1), self == 0, 0)
        return powers * torch.masked_fill(grad / result ** (p - 1), result == 0, 0)
    return self * torch.abs(self) ** (p - 2) * torch.masked_fill(grad / result ** (p - 1), result == 0, 0)


op("_pairwise_norm", _norm_kernel, node="NormBackward1", places=(),
   self=lambda grad, self, result, p, keepdim: _norm_grad(grad, self, result, p, keepdim))


@composite("nn.functional", "torch")
def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    difference = _plus(x1 - x2, eps)
    if p == math.inf and difference.ndim and not difference.shape[-1]:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the inf norm on the dimension {difference.ndim - 1}because "
            "this dimension is empty and the operation does not have an identity"
        )
    return row("_pairwise_norm")(difference, p, keepdim)


@composite("nn.functional")
def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2,
                        eps: float = 1e-6, swap: bool = False, size_average: bool | None = None,
                        reduce: bool | None = None, reduction: str = "mean") -> Any:  # fmt: skip
    reduction = _read_reduction(reduction, size_average, reduce)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    a, b, c = anchor.dim(), positive.dim(), negative.dim()
    if not a == b == c:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, "
            f"but got: anchor {a}D, positive {b}D, and negative {c}D inputs"
        )
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = torch.minimum(far, pairwise_distance(positive, negative, p, eps))
    return _reduce(torch.clamp_min(_plus(near, margin) - far, 0), reduction)


# Margins between classes.


def _hinge(self: ndarray, target: ndarray, p: int, margin: float, weight: Any) -> tuple[Any, Any]:
    """By how much each class comes within the margin of the right one; and the weights."""
    own = np.take_along_axis(self, target[:, None], 1)
    excess = np.maximum(margin - own + self, 0)
    np.put_along_axis(excess, target[:, None], 0, 1)
    return excess, 1 if weight is None else weight[target][:, None]


def _multi_margin(self: ndarray, target: ndarray, p: int, margin: float, weight: Any, reduction: str) -> Any:
    rows = self.reshape(-1, self.shape[-1]) if self.ndim else self.reshape(1, 1)
    if np.any((target < 0) | (target >= rows.shape[1])):
        raise RuntimeError("target out of range")
    excess, weights = _hinge(rows, target.reshape(-1), p, margin, weight)
    losses = np.add.reduce(excess**p * weights, 1) / rows.shape[1]
    return _reduced(losses.reshape(self.shape[:-1]), reduction)


def _multi_margin_derivative(grad: Any, self: ndarray, target: ndarray, p: int, margin: float, weight: Any,
                             reduction: str) -> Any:  # fmt: skip
    rows, target = (self.reshape(-1, self.shape[-1]) if self.ndim else self.reshape(1, 1)), target.reshape(-1)
    excess, weights = _hinge(rows, target, p, margin, weight)
    out = ((excess > 0) if p == 1 else 2 * excess) * weights / (rows.shape[1] * _share(1.0, reduction, 1))
    out = _share(out, reduction, len(rows)).astype(self.dtype)
    np.put_along_axis(out, target[:, None], 0 - np.add.reduce(out, 1, keepdims=True), 1)
    return out.reshape(self.shape) * (grad[..., None] if np.ndim(grad) else grad)


op("multi_margin_loss", _multi_margin, places=(),
   self=lambda grad, self, target, p, margin, weight, reduction:
       _multi_margin_backward(grad, self, target, p, margin, weight, reduction))
_multi_margin_backward: Function = backward(
    "multi_margin_loss_backward",
    lambda grad_output, self, target, p, margin, weight, reduction:
        _multi_margin_derivative(grad_output, self, target, p, margin, weight, reduction),
    grad_output=not_implemented("multi_margin_loss_backward"),
    self=not_implemented("multi_margin_loss_backward"))


@composite("nn.functional")
def multi_margin_loss(input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None,
                      size_average: bool | None = None, reduce: bool | None = None,
                      reduction: str = "mean") -> Any:  # fmt: skip
    reduction = _read_reduction(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    _not_differentiable("multi_margin_loss", weight=weight)
    check_floating(input, "multi_margin_loss_cpu_kernel", narrow=False)
    return row("multi_margin_loss")(input, target, p, margin, weight, reduction)


def _is_target(target: ndarray, classes: int) -> tuple[ndarray, ndarray]:
    """Which classes each row lists before its first -1; and which entries of the list those are."""
    listed = np.logical_and.accumulate(target >= 0, 1)
    marks = np.zeros((len(target), classes), bool)
    n, position = np.nonzero(listed)
    marks[n, target[n, position]] = True
    return marks, listed


def _violations(rows: ndarray, target: ndarray) -> tuple[ndarray, ndarray, ndarray]:
    """1 - (own - other) for each listed class (dimension 1) and each class not listed (2), above 0."""
    marks, listed = _is_target(target, rows.shape[1])
    own = np.take_along_axis(rows, np.where(listed, target, 0), 1)
    excess = 1 - (own[:, :, None] - rows[:, None, :])
    return np.where(listed[:, :, None] & ~marks[:, None, :] & (excess > 0), excess, 0), listed, marks


def _rows_of(t: ndarray) -> ndarray:
    return t.reshape(-1, t.shape[-1]) if t.ndim else t.reshape(1, 1)


def _multilabel_margin(self: ndarray, target: ndarray, reduction: str) -> Any:
    rows = _rows_of(self)
    losses = np.add.reduce(_violations(rows, _rows_of(target))[0], (1, 2)) / rows.shape[1]
    return _reduced(losses.reshape(self.shape[:-1]), reduction)


def _multilabel_margin_derivative(grad: Any, self: ndarray, target: ndarray, reduction: str) -> Any:
    rows, target = _rows_of(self), _rows_of(target)
    excess, listed, _ = _violations(rows, target)
    violated = (excess > 0).astype(self.dtype)
    out = np.add.reduce(violated, 1)
    n, position = np.nonzero(listed)
    np.subtract.at(out, (n, target[n, position]), np.add.reduce(violated, 2)[n, position])
    out = _share(out / rows.shape[1], reduction, len(rows)).astype(self.dtype)
    return out.reshape(self.shape) * (grad[..., None] if np.ndim(grad) else grad)


op("multilabel_margin_loss", _multilabel_margin, places=(),
   self=lambda grad, self, target, reduction: _multilabel_margin_backward(grad, self, target, reduction))
_multilabel_margin_backward: Function = backward(
    "multilabel_margin_loss_backward",
    lambda grad_output, self, target, reduction: _multilabel_margin_derivative(grad_output, self, target, reduction),
    grad_output=not_implemented("multilabel_margin_loss_backward"),
    self=not_implemented("multilabel_margin_loss_backward"))


@composite("nn.functional")
def multilabel_margin_loss(input: Any, target: Any, size_average: bool | None = None, reduce: bool | None = None,
                           reduction: str = "mean") -> Any:  # fmt: skip
    """The target lists classes, up to its first -1."""
    reduction = _read_reduction(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise RuntimeError(
            f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}"
        )
    check_floating(input, "multilabel_margin_loss_forward_out_frame", narrow=False)
    return row("multilabel_margin_loss")(input, target, reduction)


@composite("nn.functional")
def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, size_average: bool | None = None,
                                reduce: bool | None = None, reduction: str = "mean") -> Any:  # fmt: skip
    if size_average is not None or reduce is not None:
        reduction = _read_reduction(reduction, size_average, reduce)
    loss = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        loss = loss * weight
    loss = torch.sum(loss, input.dim() - 1) / input.shape[-1]
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(reduction + " is not valid")
    return _reduce(loss, reduction)
