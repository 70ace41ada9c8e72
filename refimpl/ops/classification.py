"""Losses of classes: of one class among several, of probabilities, of several classes at once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .. import _dtype
from .._op import NOT_IMPLEMENTED, composite, namespace, not_implemented, op, publish, row, torch
from .._row import Function
from .._tensor import Tensor, new_tensor
from .activations import check_floating, logsigmoid
from .losses import (
    count,
    loss,
    not_differentiable,
    numbered,
    read_reduction,
    reduce,
    reduced,
    share,
    zeros,
)
from .pointwise import backward
from .views import expand

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
                    ignore_index: int) -> Any:
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
    self=zeros)
for _name, _node in {"nll_loss": "NllLossBackward0", "nll_loss2d": "NllLoss2DBackward0"}.items():
    op(_name, _nll, node=_node, places=(),
       self=lambda grad, self, target, weight, reduction, ignore_index:
           _nll_backward(grad, self, target, weight, reduction, ignore_index))


def _check_nll(self: Tensor, target: Tensor, weight: Any) -> None:
    if target._array.dtype not in (_dtype.I64, np.uint8):
        raise RuntimeError(f"expected target dtype to be Long or Byte, but got {target.dtype.type_name}")
    not_differentiable("nll_loss2d_forward" if self._array.ndim > 2 else "nll_loss_forward", weight=weight)
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


@loss("ignore_index")
def nll_loss(input: Any, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean") -> Any:
    return _nll_of(input, target, weight, reduction, ignore_index)


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


@loss("ignore_index")
def cross_entropy(input: Any, target: Any, weight: Any = None, ignore_index: int = -100,
                  reduction: str = "mean",
                  label_smoothing: float = 0.0) -> Any:
    """Of class indices, or of probabilities where the target has the input's shape."""
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
    return reduced(loss if weight is None else loss * weight, reduction)


def _times(value: Any, weight: Any) -> Any:
    return value if weight is None else value * weight


def _bce_derivative(grad: Any, self: ndarray, target: ndarray, weight: Any, reduction: str) -> Any:
    slope = grad * (self - target) / np.maximum((1 - self) * self, float(np.float32(_EPSILON)))  # a float there
    return share(_times(slope, weight), reduction, self.size)


def _bce_curvature(self: Any, target: Any) -> Any:
    above, below = self + _EPSILON, 1 - self + _EPSILON
    return (self * self - 2 * self * target + target) / (above * above * (below * below))


def _bce_grad_output(grad: Any, self: Any, target: Any, weight: Any, reduction: str) -> Any:
    slope = (self - target) / ((self + _EPSILON) * (1 - self + _EPSILON)) * grad
    return share(_times(slope, weight), reduction, count(self))


op("binary_cross_entropy", _bce, places=(),
   self=lambda grad, self, target, weight, reduction: _bce_backward(grad, self, target, weight, reduction),
   target=lambda grad, self, weight, reduction:
       share(_times(-torch.logit(self) * grad, weight), reduction, count(self)))
_bce_backward: Function = backward(
    "binary_cross_entropy_backward",
    lambda grad_output, self, target, weight, reduction: _bce_derivative(grad_output, self, target, weight, reduction),
    grad_output=lambda grad, self, target, weight, reduction: _bce_grad_output(grad, self, target, weight, reduction),
    self=lambda grad, grad_output, self, target, weight, reduction:
        share(_times(_bce_curvature(self, target) * (grad * grad_output), weight), reduction, count(self)),
    target=lambda grad, grad_output, self, weight, reduction:
        share(_times(-grad * grad_output, weight) / torch.clamp_min((1 - self) * self, _EPSILON),
               reduction, count(self)))


def _log_sigmoid(self: ndarray) -> Any:
    return np.minimum(self, 0) - np.log1p(np.exp(-np.abs(self)))


def _bce_of_logits(self: ndarray, target: ndarray, weight: Any, pos_weight: Any, reduction: str) -> Any:
    logs = _log_sigmoid(self)
    if pos_weight is not None:
        logs = logs * ((pos_weight - 1) * target + 1)
    return reduced(_times((1 - target) * self - logs, weight), reduction)


def _logits_grad(grad: Any, self: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    if pos_weight is None:
        slope = torch.sigmoid(self) - target
    else:
        positive = pos_weight * target
        slope = (positive + 1 - target) * torch.sigmoid(self) - positive
    return share(_times(slope * grad, weight), reduction, count(self))


def _logits_target_grad(grad: Any, self: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    if pos_weight is None:
        slope = -self * grad
    else:
        slope = (row("log_sigmoid")(-self) - row("log_sigmoid")(self) * pos_weight) * grad
    return share(_times(slope, weight), reduction, count(self))


op("binary_cross_entropy_with_logits", _bce_of_logits, places=(),
   self=lambda grad, self, target, weight, pos_weight, reduction:
       _logits_grad(grad, self, target, weight, pos_weight, reduction),
   target=lambda grad, self, weight, pos_weight, reduction:
       _logits_target_grad(grad, self, weight, pos_weight, reduction))


@loss()
def binary_cross_entropy(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    if target.size() != input.size():
        raise ValueError(
            f"Using a target size ({target.size()}) that is different to the input size ({input.size()}) "
            "is deprecated. Please ensure they have the same size."
        )
    if weight is not None:
        not_differentiable("binary_cross_entropy", weight=weight)
        weight = expand(weight, *np.broadcast_shapes(target.shape, weight.shape))
    if target.dtype is not input.dtype:
        raise RuntimeError(f"Found dtype {target.dtype.type_name} but expected {input.dtype.type_name}")
    check_floating(input, "binary_cross_entropy")
    return row("binary_cross_entropy")(input, target, weight, reduction)


@loss()
def binary_cross_entropy_with_logits(input: Any, target: Any, weight: Any = None, reduction: str = "mean",
                                     pos_weight: Any = None) -> Any:
    if target.size() != input.size():
        raise ValueError(f"Target size ({target.size()}) must be the same as input size ({input.size()})")
    not_differentiable("binary_cross_entropy_with_logits", weight=weight, pos_weight=pos_weight)
    check_floating(input, "log_sigmoid_cpu")
    for other in (weight, pos_weight):
        if other is not None:
            torch.broadcast_tensors(input, other)
    return row("binary_cross_entropy_with_logits")(input, target, weight, pos_weight, reduction)


# Margins between classes.


def _rows_of(t: ndarray) -> ndarray:
    return t.reshape(-1, t.shape[-1]) if t.ndim else t.reshape(1, 1)


def _hinge(self: ndarray, target: ndarray, margin: float, weight: Any) -> tuple[ndarray, ndarray, Any]:
    """By how much each class comes within the margin of the right one; that class; and the weights."""
    rows, target = _rows_of(self), target.reshape(-1)
    if np.any((target < 0) | (target >= rows.shape[1])):
        raise RuntimeError("target out of range")
    excess = margin - np.take_along_axis(rows, target[:, None], 1) + rows
    np.put_along_axis(excess, target[:, None], 0, 1)
    return np.where(excess > 0, excess, 0), target[:, None], 1 if weight is None else weight[target][:, None]


def _multi_margin(self: ndarray, target: ndarray, p: int, margin: float, weight: Any, reduction: str) -> Any:
    excess, _, weights = _hinge(self, target, margin, weight)
    losses = np.add.reduce(excess**p * weights, 1) / excess.shape[1]
    return reduced(losses.reshape(target.shape), reduction)


def _multi_margin_derivative(grad_output: ndarray, self: ndarray, target: ndarray, p: int, margin: float, weight: Any,
                             reduction: str) -> Any:
    excess, own, weights = _hinge(self, target, margin, weight)
    out = (excess > 0 if p == 1 else 2 * excess) * weights / share(float(excess.shape[1]), reduction, 1)
    out = share(out, reduction, len(excess)).astype(self.dtype)
    np.put_along_axis(out, own, 0 - np.add.reduce(out, 1, keepdims=True), 1)
    return (out * grad_output.reshape(-1, 1)).reshape(self.shape)


_multi_margin_backward: Function = backward(
    "multi_margin_loss_backward", _multi_margin_derivative, node=NOT_IMPLEMENTED,
    grad_output=not_implemented("multi_margin_loss_backward"), self=not_implemented("multi_margin_loss_backward"))
op("multi_margin_loss", _multi_margin, places=(),
   self=lambda grad, self, target, p, margin, weight, reduction:
       _multi_margin_backward(grad, self, target, p, margin, weight, reduction))


def _check_margins(name: str, input: Any, target: Any) -> None:
    shape = input.shape
    if len(shape) > 2 or 0 in shape[-1:]:
        raise RuntimeError(f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(shape)}")
    if target.dtype is not torch.int64:
        raise RuntimeError(f"expected scalar type Long but found {target.dtype.type_name}")
    check_floating(input, name, narrow=False)


@loss()
def multi_margin_loss(input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None,
                      reduction: str = "mean") -> Any:
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.dim() != 1:
        raise ValueError("weight must be one-dimensional")
    not_differentiable("multi_margin_loss", weight=weight)
    _check_margins("multi_margin_loss_cpu_kernel", input, target)
    batch = input.shape[0] if input.dim() == 2 else 1
    if target.dim() > 1 or target.numel() != batch:
        raise RuntimeError(f"multi_margin_loss: Expected target size [{batch}], but got {list(target.shape)}.")
    if weight is not None and (weight.numel() != (input.shape or (1,))[-1] or weight.dtype is not input.dtype):
        raise RuntimeError(f"inconsistent weight: {list(weight.shape)} of {weight.dtype.type_name}")
    return row("multi_margin_loss")(input, target, p, margin, weight, reduction)


def _violations(self: ndarray, target: ndarray) -> tuple[ndarray, ndarray]:
    """1 - (own - other) for each class listed before the first -1 (dimension 1) and each class that is not
    (2), where it is positive; and the listed classes, with one beyond the last for the others."""
    rows, target = _rows_of(self), _rows_of(target)
    count = rows.shape[1]
    listed = np.where(np.logical_and.accumulate(target >= 0, 1), target, count)
    marks = np.zeros((len(rows), count + 1), bool)
    np.put_along_axis(marks, listed, True, 1)
    own = np.take_along_axis(rows, np.minimum(listed, count - 1), 1)
    excess = 1 - (own[:, :, None] - rows[:, None, :])
    return np.where((listed < count)[:, :, None] & ~marks[:, None, :count] & (excess > 0), excess, 0), listed


def _multilabel_margin(self: ndarray, target: ndarray, reduction: str) -> Any:
    excess, _ = _violations(self, target)
    return reduced((np.add.reduce(excess, (1, 2)) / excess.shape[1]).reshape(self.shape[:-1]), reduction)


def _multilabel_margin_derivative(grad_output: ndarray, self: ndarray, target: ndarray, reduction: str) -> Any:
    excess, listed = _violations(self, target)
    violated = (excess > 0).astype(self.dtype)
    out = np.pad(np.add.reduce(violated, 1), ((0, 0), (0, 1)))
    np.subtract.at(out, (np.arange(len(out))[:, None], listed), np.add.reduce(violated, 2))
    out = share(out[:, :-1] / excess.shape[1], reduction, len(out)).astype(self.dtype)
    return (out * grad_output.reshape(-1, 1)).reshape(self.shape)


_multilabel_margin_backward: Function = backward(
    "multilabel_margin_loss_backward", _multilabel_margin_derivative, node=NOT_IMPLEMENTED,
    grad_output=not_implemented("multilabel_margin_loss_backward"),
    self=not_implemented("multilabel_margin_loss_backward"))
op("multilabel_margin_loss", _multilabel_margin, places=(),
   self=lambda grad, self, target, reduction: _multilabel_margin_backward(grad, self, target, reduction))


@loss()
def multilabel_margin_loss(input: Any, target: Any, reduction: str = "mean") -> Any:
    """The target lists classes, up to its first -1."""
    if target.shape != input.shape and (input.dim(), target.dim(), target.numel()) not in ((0, 1, 1), (1, 0, 1)):
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    _check_margins("multilabel_margin_loss_forward_out_frame", input, target)
    if np.any((target._array < -1) | (target._array >= (input.shape or (1,))[-1])):
        raise RuntimeError("argument #2 'target' is out of range")
    return row("multilabel_margin_loss")(input, target, reduction)


@loss()
def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None, reduction: str = "mean") -> Any:
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        losses = losses * weight
    return reduce(torch.sum(losses, input.dim() - 1) / input.shape[-1], reduction)


@composite("nn.functional")
def linear_cross_entropy(input: Any, linear_weight: Any, target: Any, *, linear_bias: Any = None, weight: Any = None,
                         reduction: str = "mean", ignore_index: int | None = None, label_smoothing: float = 0.0) -> Any:
    """PyTorch's ``options``, which say how to cut it up, have no counterpart here."""
    if input.dim() not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.dim()}")
    if linear_weight.dim() < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.dim()}")
    features = input.shape[-1]
    if features != linear_weight.shape[-1]:
        raise RuntimeError(
            "expected equal input and linear_weight last dimensions (in_features), "
            f"got {features} and {linear_weight.shape[-1]}, respectively"
        )
    out = tuple(linear_weight.shape[:-1])
    if linear_bias is not None and tuple(linear_bias.shape) != out:
        raise RuntimeError(f"expected linear_bias shape {out}, got {tuple(linear_bias.shape)}")
    if len(out) > 1 and input.dim() == 1:
        raise RuntimeError(f"K-dimensional loss requires batched input, got shape {tuple(input.shape)}")
    shape = (*input.shape[:-1], *out)
    if tuple(target.shape) == shape and ignore_index is not None:
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    if len(out) > 1:
        linear_weight = linear_weight.reshape(math.prod(out), features)
        linear_bias = None if linear_bias is None else linear_bias.reshape(math.prod(out))
    logits = namespace["nn.functional.linear"](input, linear_weight, linear_bias).reshape(shape)
    return cross_entropy(logits, target, weight, -100 if ignore_index is None else ignore_index,
                         read_reduction(reduction), label_smoothing)


def _of_logits(input: Any, target: Any, weight: Any = None, pos_weight: Any = None, reduction: str = "mean") -> Any:
    return binary_cross_entropy_with_logits(input, target, weight, reduction, pos_weight)


publish("binary_cross_entropy_with_logits", numbered(_of_logits), ("torch",))
