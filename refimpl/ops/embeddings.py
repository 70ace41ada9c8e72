"""Embeddings: rows of a matrix looked up, and bags of them summed, averaged or compared.

Which rows make up a bag, and how much of each, is a sparse matrix [bags, rows]; gradients go through
its transpose.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy import ndarray
from scipy.sparse import csr_array

from .._dtype import I64
from .._op import NOT_IMPLEMENTED, composite, no_derivative, not_implemented, op, row, torch
from .._tensor import Tensor
from .refusals import real_gradients


def _shares(indices: ndarray, padding_idx: int, by_frequency: bool, dtype: Any) -> ndarray:
    """How much of its gradient each index gets: none at the padding; divided by how often it occurs."""
    shares = (indices != padding_idx).astype(dtype)
    return shares / np.bincount(indices)[indices].astype(dtype) if by_frequency and indices.size else shares


def _summed_by_row(grad_output: ndarray, indices: ndarray, num_weights: int, padding_idx: int,
                   scale_grad_by_freq: bool) -> ndarray:  # fmt: skip
    flat = indices.reshape(-1)
    shares = _shares(flat, padding_idx, scale_grad_by_freq, grad_output.real.dtype)
    which = csr_array((shares, flat, np.arange(len(flat) + 1)), shape=(len(flat), num_weights))
    return np.asarray(which.T @ grad_output.reshape(len(flat), grad_output.shape[-1]))


def _looked_up(grad: ndarray, indices: ndarray, padding_idx: int, scale_grad_by_freq: bool) -> ndarray:
    shares = _shares(indices.reshape(-1), padding_idx, scale_grad_by_freq, grad.real.dtype)
    return grad[indices] * shares.reshape(*indices.shape, 1)


op("embedding", lambda weight, indices, padding_idx, scale_grad_by_freq, sparse: weight[indices], places=(), moves=True, linear=True,
   weight=lambda grad, weight_shape, indices, padding_idx, scale_grad_by_freq: row("embedding_dense_backward")(
       grad, indices, weight_shape[0], padding_idx, scale_grad_by_freq))
op("embedding_dense_backward", _summed_by_row, places=(),
   grad_output=lambda grad, indices, padding_idx, scale_grad_by_freq: row("_embedding_looked_up")(
       grad, indices, padding_idx, scale_grad_by_freq))
op("_embedding_looked_up", _looked_up, places=(),
   grad=lambda grad, grad_shape, indices, padding_idx, scale_grad_by_freq: row("embedding_dense_backward")(
       grad, indices, grad_shape[0], padding_idx, scale_grad_by_freq))


def _check_integers(name: str, **tensors: Tensor) -> None:
    for at, (which, t) in enumerate(tensors.items(), 1):
        if t._array.dtype not in (I64, np.int32):
            raise RuntimeError(
                f"Expected tensor for argument #{at} '{which}' to have one of the following scalar types: Long, Int; but "
                f"got torch.{t.dtype.type_name}Tensor instead (while checking arguments for {name})")


@composite("torch", name="embedding")
def _embedding(weight: Any, indices: Any, padding_idx: int = -1, scale_grad_by_freq: bool = False,
               sparse: bool = False) -> Any:  # fmt: skip
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    _check_integers("embedding", indices=indices)
    if ((indices._array < 0) | (indices._array >= len(weight))).any():
        raise IndexError("index out of range in self")
    real_gradients("embedding", weight)
    return row("embedding")(weight, indices, padding_idx, scale_grad_by_freq, sparse)


@composite("nn.functional")
def embedding(input: Any, weight: Any, padding_idx: int | None = None, max_norm: float | None = None,
              norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False) -> Any:  # fmt: skip
    """The rows of ``weight`` that ``input`` names; the row ``padding_idx`` gets no gradient."""
    if padding_idx is not None:
        if not -len(weight) <= padding_idx < max(len(weight), 1):
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx += len(weight) * (padding_idx < 0)
    if max_norm is not None:
        _shorten(weight, input, max_norm, norm_type)
    return _embedding(weight, input, -1 if padding_idx is None else padding_idx, scale_grad_by_freq, sparse)


def _shorten(weight: Any, input: Any, max_norm: float, norm_type: float) -> None:
    """Scales the rows that are used and too long, in place and unseen by autograd."""
    with torch.no_grad():
        torch.embedding(weight, input)  # refuses
        used = np.unique(input._array)
        lengths = torch.linalg.vector_norm(weight[torch.tensor(used)], norm_type, 1)._array.astype(np.float64)
        long = lengths > max_norm
        kept = weight._array[used[long]]
        kept *= (max_norm / (lengths[long] + 1e-7)).astype(kept.dtype)[:, None]
        weight._array[used[long]] = kept
        weight._version_counter[0] += 1


# Bags: of ``indices``, from each of the ``offsets`` to the next.

SUM, MEAN, MAX = range(3)


def _bags(indices: ndarray, offsets: ndarray, include_last_offset: bool, padding_idx: int) -> tuple[ndarray, ndarray]:
    """The bag of each index, and which indices count."""
    ends = offsets[1:] if include_last_offset else np.append(offsets[1:], len(indices))
    bag = np.repeat(np.arange(len(ends)), ends - offsets[: len(ends)])
    return bag, indices[: len(bag)] != padding_idx


def _matrix(indices: ndarray, bag: ndarray, counted: ndarray, weights: Any, shape: Any, dtype: Any) -> Any:
    weights = np.ones(len(bag), dtype) if weights is None else weights[: len(bag)]
    ends = np.concatenate(([0], np.cumsum(np.bincount(bag[counted], minlength=shape[0]))))
    return csr_array((weights[counted], indices[: len(bag)][counted], ends), shape=shape)


def _bagged(weight: ndarray, indices: ndarray, offsets: ndarray, scale_grad_by_freq: bool, mode: int, sparse: bool,
            per_sample_weights: Any, include_last_offset: bool, padding_idx: int) -> Any:  # fmt: skip
    bag, counted = _bags(indices, offsets, include_last_offset, padding_idx)
    bags = len(offsets) - include_last_offset
    matrix = _matrix(indices, bag, counted, per_sample_weights, (bags, len(weight)), weight.dtype)
    sizes = np.diff(matrix.indptr)
    if mode != MAX:
        out = matrix @ weight
        if mode == MEAN:
            out /= np.maximum(sizes, 1)[:, None].astype(weight.dtype)
        sizes = sizes * (mode == MEAN)
        return out, bag, sizes.astype(I64), sizes.astype(I64)
    out, which = np.zeros((bags, weight.shape[1]), weight.dtype), np.zeros((bags, weight.shape[1]), I64)
    for k in range(sizes.max(initial=0)):
        some = np.nonzero(sizes > k)[0]
        found = matrix.indices[matrix.indptr[some] + k, None]
        better = (weight[found[:, 0]] > out[some]) | (k == 0)
        out[some] = np.where(better, weight[found[:, 0]], out[some])
        which[some] = np.where(better, found, which[some])
    return out, bag, sizes.astype(I64), which


def _bag_grads(grad_output: ndarray, weight_shape: Any, indices: ndarray, offsets: ndarray, bag_size: ndarray,
               max_indices: ndarray, scale_grad_by_freq: bool, mode: int, per_sample_weights: Any,
               include_last_offset: bool, padding_idx: int) -> ndarray:  # fmt: skip
    if mode == MAX:
        out, some = np.zeros(weight_shape, grad_output.dtype), bag_size > 0
        np.add.at(out, (max_indices[some], np.arange(weight_shape[1])), grad_output[some])
        return out
    if mode == MEAN:
        grad_output = grad_output / np.maximum(bag_size, 1)[:, None].astype(grad_output.dtype)
    shares = _shares(indices, padding_idx, scale_grad_by_freq, grad_output.dtype)
    shares = shares if per_sample_weights is None else shares * per_sample_weights
    bag, counted = _bags(indices, offsets, include_last_offset, padding_idx)
    matrix = _matrix(indices, bag, counted, shares, (len(grad_output), weight_shape[0]), grad_output.dtype)
    return np.asarray(matrix.T @ grad_output)


def _weight_grads(grad: ndarray, weight: ndarray, indices: ndarray, offsets: ndarray, include_last_offset: bool,
                  padding_idx: int) -> ndarray:  # fmt: skip
    bag, counted = _bags(indices, offsets, include_last_offset, padding_idx)
    out = np.zeros(len(indices), grad.dtype)
    out[: len(bag)] = np.where(counted, np.add.reduce(grad[bag] * weight[indices[: len(bag)]], 1), 0)
    return out


op("_embedding_bag", _bagged, places=(), differentiable=1,
   weight=lambda grads, weight_shape, indices, offsets, scale_grad_by_freq, mode, per_sample_weights,
                 include_last_offset, padding_idx, result2, result3: row("_embedding_bag_backward")(
       grads[0], weight_shape, indices, offsets, result2, result3, scale_grad_by_freq, mode, per_sample_weights,
       include_last_offset, padding_idx),
   per_sample_weights=lambda grads, weight, indices, offsets, include_last_offset, padding_idx: row(
       "_embedding_bag_per_sample_weights_backward")(grads[0], weight, indices, offsets, include_last_offset, padding_idx))
op("_embedding_bag_backward", _bag_grads, places=(), grad_output=no_derivative("_embedding_bag_backward"),
   per_sample_weights=no_derivative("_embedding_bag_backward"))
_refuse = not_implemented("_embedding_bag_per_sample_weights_backward")
op("_embedding_bag_per_sample_weights_backward", _weight_grads, node=NOT_IMPLEMENTED, places=(), grad=_refuse, weight=_refuse)


@composite("torch", name="embedding_bag")
def _embedding_bag(weight: Any, indices: Any, offsets: Any, scale_grad_by_freq: bool = False, mode: int = SUM,
                   sparse: bool = False, per_sample_weights: Any = None, include_last_offset: bool = False,
                   padding_idx: int | None = None) -> Any:  # fmt: skip
    """What is in each bag together; the bag of each index, the bags' sizes, and where their maxima are."""
    count, starts, used = len(weight), offsets._array, indices._array
    _check_integers("embedding_bag", indices=indices, offsets=offsets)
    if not weight.is_floating_point():
        raise RuntimeError("Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, "
                           f"BFloat16, Float, Double; but got torch.{weight.dtype.type_name}Tensor instead")
    if per_sample_weights is not None and per_sample_weights.dtype is not weight.dtype:
        raise RuntimeError("Expected tensor for argument #1 'weight' to have the same type as tensor for argument #1 "
                           "'per_sample_weights'")
    if padding_idx is not None and not -count <= padding_idx < count:
        raise RuntimeError(f"padding_idx must be within the number of embeddings, {-count} through {count - 1}, but got "
                           f"{padding_idx}")
    if len(starts) and starts[0]:
        raise RuntimeError("offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from "
                           f"position 0. However, got {starts[0]}")
    if len(starts) and starts[-1] > len(used):
        raise RuntimeError(f"offsets[-1] can not be greater than input's length {len(used)} but got offsets[-1] of "
                           f"{starts[-1]}")
    wrong = used[(used < 0) | (used >= count)]
    if len(wrong):
        raise RuntimeError(f"embedding_bag: Expected idx >= 0 && idx < num_embeddings but found idx to be {wrong[0]}")
    padding_idx = -1 if padding_idx is None else padding_idx % count
    return row("_embedding_bag")(weight, indices, offsets, scale_grad_by_freq, mode, sparse, per_sample_weights,
                                 include_last_offset, padding_idx)


@composite("nn.functional")
def embedding_bag(input: Any, weight: Any, offsets: Any = None, max_norm: float | None = None, norm_type: float = 2,
                  scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
                  per_sample_weights: Any = None, include_last_offset: bool = False,
                  padding_idx: int | None = None) -> Any:  # fmt: skip
    """For each bag of ``input``, which are its lines or begin at ``offsets``, its rows of ``weight`` together."""
    words = None
    if per_sample_weights is not None and input.size() != per_sample_weights.size():
        words = "If per_sample_weights is not None, then it must have the same shape as the input"
    elif weight.dim() != 2:
        words = f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.dim()}"
    elif input.dim() not in (1, 2):
        words = f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.dim()}"
    elif input.dim() == 2 and offsets is not None:
        words = "if input is 2D, then offsets has to be None, as input is treated as a mini-batch of fixed length sequences"
    elif input.dim() == 1 and (offsets is None or offsets.dim() != 1):
        words = "offsets has to be a 1D Tensor" + (" but got None" if offsets is None else "")
    elif mode not in ("sum", "mean", "max"):
        words = "mode has to be one of sum, mean or max"
    elif mode == "max" and (scale_grad_by_freq or sparse):
        words = f"max mode does not support {'scaling the gradient by the frequency' if scale_grad_by_freq else 'sparse weights'}"
    if words:
        raise ValueError(words)
    if input.dim() == 2:
        offsets = torch.arange(0, input.numel(), input.size(1), dtype=input.dtype)
        input, include_last_offset = torch.reshape(input, (-1,)), False
        per_sample_weights = None if per_sample_weights is None else torch.reshape(per_sample_weights, (-1,))
    if max_norm is not None:
        _shorten(weight, input, max_norm, norm_type)
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError("embedding_bag: per_sample_weights was not None. per_sample_weights is only supported "
                                  f"for mode='sum' (got mode='{mode}'). Please open a feature request on GitHub.")
    return _embedding_bag(weight, input, offsets, scale_grad_by_freq, ("sum", "mean", "max").index(mode), sparse,
                          per_sample_weights, include_last_offset, padding_idx)[0]
