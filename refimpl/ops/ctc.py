"""Connectionist temporal classification: the loss of a sequence of targets, however it is aligned.

The targets are extended by blanks, one before, between and after them; an alignment stays at a place
or goes on to the next, past a blank if it stands between different targets. Sums over all alignments
are taken step by step in time, forward (alpha) and backward (beta), as logarithms.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy import ndarray

from .._op import NOT_IMPLEMENTED, not_implemented, op, publish, row, torch
from .activations import check_floating
from .losses import numbered, read_reduction

Ints = tuple[int, ...]


def _extended(targets: ndarray, lengths: Ints, blank: int) -> tuple[ndarray, ndarray, ndarray]:
    """[batch, places] the labels; which places an alignment may reach by skipping a blank; which there are."""
    longest, rows = max(lengths, default=0), np.arange(len(lengths))
    listed = np.arange(longest) < np.array(lengths, int)[:, None]
    labels = np.full((len(rows), 2 * longest + 1), blank)
    if targets.ndim == 1:
        labels[:, 1::2][listed] = targets
    else:
        labels[:, 1::2] = np.where(listed, targets[:, :longest], blank)
    skips = np.zeros(labels.shape, bool)
    skips[:, 3::2] = labels[:, 3::2] != labels[:, 1:-2:2]
    return labels, skips, np.arange(2 * longest + 1) <= 2 * np.array(lengths, int)[:, None]


def _shifted(x: ndarray, by: int) -> ndarray:
    """Along the last dimension, with -inf where nothing comes from."""
    out = np.full_like(x, -np.inf)
    if by > 0:
        out[..., by:] = x[..., :-by]
    else:
        out[..., :by] = x[..., -by:]
    return out


def _log_sum(parts: Any) -> Any:
    """log(sum(exp(parts))) over the first dimension; of nothing but -inf -inf."""
    largest = np.max(parts, 0)
    largest = np.where(np.isneginf(largest), 0, largest)
    return np.log(np.add.reduce(np.exp(parts - largest), 0)) + largest


def _ctc(log_probs: ndarray, targets: ndarray, input_lengths: Ints, target_lengths: Ints, blank: int,
         zero_infinity: bool) -> tuple[ndarray, ndarray]:
    """The losses [batch], and alpha [batch, time, places]."""
    labels, skips, exists = _extended(targets, target_lengths, blank)
    times, rows, ends = np.array(input_lengths), np.arange(len(labels)), 2 * np.array(target_lengths)
    steps = log_probs[:, rows[:, None], labels]
    alpha = np.full((len(rows), *steps.shape[::2]), -np.inf, log_probs.dtype)
    for t in range(len(steps)):
        before = alpha[:, t - 1]
        came = _log_sum([before, _shifted(before, 1), np.where(skips, _shifted(before, 2), -np.inf)]) if t else np.where(
            np.arange(labels.shape[1]) < 2, 0, -np.inf)
        alpha[:, t] = np.where(exists & (t < times[:, None]), came + steps[t], -np.inf)
    last = alpha[rows, times - 1]
    losses = -_log_sum([last[rows, ends], np.where(ends > 0, last[rows, ends - 1], -np.inf)])
    return np.where(times > 0, losses, np.where(ends > 0, np.inf, 0)).astype(log_probs.dtype), alpha


def _ctc_grad(grad: ndarray, log_probs: ndarray, targets: ndarray, input_lengths: Ints, target_lengths: Ints,
              result0: ndarray, result1: ndarray, blank: int, zero_infinity: bool) -> ndarray:
    """As of the logits whose logarithmic softmax log_probs are, which log_softmax leaves as it is."""
    labels, skips, exists = _extended(targets, target_lengths, blank)
    times, rows, ends = np.array(input_lengths), np.arange(len(labels)), 2 * np.array(target_lengths)
    steps = log_probs[:, rows[:, None], labels]
    at_end = (np.arange(labels.shape[1]) >= ends[:, None] - 1) & exists
    onward = np.roll(skips, -2, 1)
    out = np.zeros_like(log_probs)
    beta = np.full(labels.shape, -np.inf, log_probs.dtype)
    for t in range(len(steps))[::-1]:
        goes = _log_sum([beta, _shifted(beta, -1), np.where(onward, _shifted(beta, -2), -np.inf)])
        goes = np.where(t == times[:, None] - 1, np.where(at_end, 0, -np.inf), goes)
        beta = np.where(exists & (t < times[:, None]), goes + steps[t], -np.inf).astype(log_probs.dtype)
        both = result1[:, t] + beta
        largest = np.max(both, 1, keepdims=True)
        largest = np.where(np.isneginf(largest), 0, largest)
        per_label = np.zeros_like(log_probs[t])
        np.add.at(per_label, (rows[:, None], labels), np.exp(both - largest))
        shares = np.exp(np.log(per_label) + largest + result0[:, None] - log_probs[t])
        out[t] = np.where(t < times[:, None], (np.exp(log_probs[t]) - shares) * grad[:, None], 0)
    return np.where(np.isinf(result0)[:, None], 0, out) if zero_infinity else out


op("_ctc_loss", _ctc, node="CtcLossBackward0", places=(), differentiable=1,
   log_probs=lambda grad, log_probs, targets, input_lengths, target_lengths, result0, result1, blank, zero_infinity:
       row("_ctc_loss_backward")(grad, log_probs, targets, input_lengths, target_lengths, result0, result1, blank,
                                 zero_infinity))
op("_ctc_loss_backward", _ctc_grad, node=NOT_IMPLEMENTED, places=(), grad=not_implemented("_ctc_loss_backward"),
   log_probs=not_implemented("_ctc_loss_backward"), result0=not_implemented("_ctc_loss_backward"))


def _lengths(name: str, lengths: Any, batch: int, least: int, most: float) -> Ints:
    if hasattr(lengths, "dtype"):
        if lengths.is_floating_point() or lengths.is_complex() or lengths._array.dtype.kind == "b":
            raise RuntimeError(f"{name} must be integral")
        lengths = lengths._array.reshape(-1).tolist()
    if len(lengths) != batch:
        raise RuntimeError(f"{name} must be of size batch_size")
    for length in lengths:
        if not least <= length <= most:
            raise RuntimeError(f"Expected {name} to be between {least} and {most}, but got value {length}")
    return tuple(lengths)


def _ctc_loss(log_probs: Any, targets: Any, input_lengths: Any, target_lengths: Any, blank: int = 0,
              reduction: str = "mean", zero_infinity: bool = False) -> Any:
    batched, reduction = log_probs.dim() == 3, read_reduction(reduction)
    if not batched:
        log_probs = torch.unsqueeze(log_probs, 1)
    if log_probs.dim() != 3:
        raise RuntimeError(f"Expected 3-dimensional tensor, but got {log_probs.dim()}-dimensional tensor for log_probs")
    if not log_probs.numel():
        raise RuntimeError("log_probs tensor must not be empty")
    times, batch, classes = log_probs.shape
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    inputs = _lengths("input_lengths", input_lengths, batch, 0, times)
    lengths = _lengths("target_lengths", target_lengths, batch, 0, math.inf)
    shape = targets.shape
    if (shape[0] != sum(lengths)) if len(shape) == 1 else (shape[0] != batch or shape[1] < max(lengths)):
        raise RuntimeError(f"Expected targets of the given lengths, but got size {list(shape)} for argument #2 'targets'")
    check_floating(log_probs, "ctc_loss_cpu", narrow=False)
    losses = row("_ctc_loss")(log_probs, targets.to(torch.int64), inputs, lengths, blank, zero_infinity)[0]
    if zero_infinity:
        losses = torch.where(losses == math.inf, torch.zeros((), dtype=losses.dtype), losses)
    if reduction == "mean":
        return torch.mean(losses / torch.tensor([max(length, 1) for length in lengths], dtype=losses.dtype))
    if reduction == "sum":
        return torch.sum(losses)
    return losses if batched else torch.squeeze(losses, 0)


publish("ctc_loss", _ctc_loss, ("nn.functional",))
publish("ctc_loss", numbered(_ctc_loss), ("torch",))
