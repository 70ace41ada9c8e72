"""Attention: averages of values, weighted by how well their keys fit a query."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
from numpy import ndarray

from .._dtype import BF16, F16, F32, F64
from .._op import NOT_IMPLEMENTED, composite, not_implemented, op, row, together, torch
from .._row import Function
from .._tensor import Tensor
from .activations import check_floating

# softmax, but where everything is minus infinity there are no weights instead of nan.

op("_safe_softmax", lambda self, dim: _weights(self, dim)[0], places=(),
   self=lambda grad, result, dim: row("softmax_backward_data")(grad, result, dim))


def _weights(scores: ndarray, dim: int = -1) -> tuple[Any, Any]:
    """The weights, and the logarithm of the sum of the exponentials of the scores."""
    top = np.maximum.reduce(scores, dim, keepdims=True, initial=-np.inf)
    dead = np.isneginf(top)
    exponentials = np.exp(scores - np.where(dead, 0, top))
    total = np.add.reduce(exponentials, dim, keepdims=True)
    return exponentials / np.where(dead, 1, total), (top + np.log(total)).squeeze(dim)


# As one operation: what PyTorch has for the CPU. It has no second derivatives.


def _attention(query: ndarray, key: ndarray, value: ndarray, is_causal: bool, attn_mask: Any, scale: Any) -> Any:
    """Weights, their scale, and keys and values repeated for each head of the queries."""
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    key, value = (np.repeat(t, query.shape[1] // t.shape[1], 1) for t in (key, value))
    scores = query @ key.swapaxes(-2, -1) * query.dtype.type(scale)
    if is_causal:
        scores = np.where(np.tril(np.ones(scores.shape[-2:], bool)), scores, -np.inf).astype(scores.dtype)
    scores = scores if attn_mask is None else scores + attn_mask.astype(scores.dtype)
    return *_weights(scores), query.dtype.type(scale), key, value


def _flash_kernel(query: ndarray, key: ndarray, value: ndarray, dropout_p: float, is_causal: bool, attn_mask: Any,
                  scale: float | None) -> Any:  # fmt: skip
    weights, logsumexp, _, _, value = _attention(query, key, value, is_causal, attn_mask, scale)
    output = np.empty_like(query)
    output[...] = weights @ value
    return output, logsumexp


def _flash_backward_kernel(grad_out: ndarray, query: ndarray, key: ndarray, value: ndarray, is_causal: bool,
                           attn_mask: Any, scale: float | None) -> Any:  # fmt: skip
    weights, _, factor, keys, values = _attention(query, key, value, is_causal, attn_mask, scale)
    to_weights = grad_out @ values.swapaxes(-2, -1)
    to_scores = weights * (to_weights - np.add.reduce(to_weights * weights, -1, keepdims=True)) * factor
    to_keys = to_scores.swapaxes(-2, -1) @ query, weights.swapaxes(-2, -1) @ grad_out
    batch, heads = key.shape[:2]
    return to_scores @ keys, *(t.reshape(batch, heads, -1, *t.shape[2:]).sum(2) for t in to_keys)


_no_second = not_implemented("_scaled_dot_product_flash_attention_for_cpu_backward")
_flash_backward: Function = op(
    "_scaled_dot_product_flash_attention_for_cpu_backward", _flash_backward_kernel, node=NOT_IMPLEMENTED, places=(),
    grad_out=_no_second, query=_no_second, key=_no_second, value=_no_second)
op("_scaled_dot_product_flash_attention_for_cpu", _flash_kernel, places=(), differentiable=1,
   **together("query key value",
       lambda grad, needed, query, key, value, is_causal, attn_mask, scale: _flash_backward(
           grad, query, key, value, is_causal, attn_mask, scale)))


def _fits_flash(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, enable_gqa: bool) -> bool:
    operands = (query, key, value)
    if any(t.dim() != 4 for t in operands) or len({t.shape[0] for t in operands}) > 1:
        return False
    heads, grouped = query.shape[1], key.shape[1]
    if value.shape[1] != grouped or (heads % max(grouped, 1) if enable_gqa else heads != grouped):
        return False
    if attn_mask is not None:
        sizes = (query.shape[0], heads, query.shape[2], key.shape[2])
        beside = [n in (1, wanted) for n, wanted in zip(reversed(attn_mask.shape), reversed(sizes), strict=False)]
        attn_mask.size(-2)
        if attn_mask.requires_grad or attn_mask.dim() not in (2, 4) or not all(beside):
            return False
    same = len({t.shape[-1] for t in operands}) == 1 and all(t.stride(-1) == 1 for t in operands)
    return same and query._array.dtype in (F16, BF16, F32, F64)


def _composed(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None, dropout_p: float, is_causal: bool,
              scale: float | None, enable_gqa: bool) -> Tensor:  # fmt: skip
    """As operations that there are: what PyTorch does of all else."""
    dtype, times = query.dtype, row("_mul_number")
    if query._array.dtype in (F16, BF16):
        query, key, value = query.float(), key.float(), value.float()
    root = math.sqrt(abs(scale) if scale is not None else 1 / math.sqrt(query.shape[-1] or math.inf))
    query = times(query, -root if scale is not None and scale < 0 else root)
    if is_causal:
        if attn_mask is not None:
            raise RuntimeError(
                "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"
            )
        attn_mask = _added(torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril(), query.dtype)
    if enable_gqa and not query.size(-3) == key.size(-3) == value.size(-3):
        if query.shape[-3] % key.shape[-3] or query.shape[-3] % value.shape[-3]:
            raise RuntimeError("Number of heads in key and value must divide the number of heads in ")
        key, value = (t.repeat_interleave(query.shape[-3] // t.shape[-3], -3) for t in (key, value))
    scores = torch.matmul(query, times(key.transpose(-2, -1), root))
    if attn_mask is not None:
        scores.add_(attn_mask)
    check_floating(scores, "softmax_lastdim_kernel_impl")
    weights = row("_safe_softmax")(scores, -1)
    if dropout_p > 0:
        weights = torch.dropout(weights, dropout_p, True)
    return torch.matmul(weights, value).to(dtype)


def _added(mask: Tensor, dtype: Any) -> Tensor:
    """A mask of what takes part, as something to add."""
    return torch.zeros(mask.shape, dtype=dtype).masked_fill_(mask.logical_not(), -math.inf)


@composite("nn.functional")
def scaled_dot_product_attention(query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None,
                                 dropout_p: float = 0.0, is_causal: bool = False, *, scale: float | None = None,
                                 enable_gqa: bool = False) -> Tensor:  # fmt: skip
    named = {"query": query, "key": key, "value": value}
    if len({t.dtype for t in named.values()}) > 1:
        dtypes = [f"{name}.dtype: {t.dtype.type_name}" for name, t in named.items()]
        raise RuntimeError(
            "Expected query, key, and value to have the same dtype, but got "
            f"{dtypes[0]} {dtypes[1]} and {dtypes[2]} instead."
        )
    if any(t.dim() < 2 for t in named.values()):
        dims = [f"{name}.dim: {t.dim()}" for name, t in named.items()]
        raise RuntimeError(
            "Expected query, key, and value to all be  at least 2 dimensional, but got "
            f"{dims[0]} {dims[1]} and {dims[2]} instead."
        )
    if attn_mask is not None and attn_mask.dtype not in (torch.bool, torch.float32, query.dtype):
        raise RuntimeError(
            "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: "
            f"{attn_mask.dtype.type_name} and  query.dtype: {query.dtype.type_name} instead."
        )
    if not value.numel() or not query.shape[-2]:
        out = torch.zeros(*query.shape[:-1], value.shape[-1], dtype=query.dtype)
        return out + row("_mul_number")(query.sum() + key.sum() + value.sum(), 0)
    if attn_mask is not None and attn_mask.dtype is torch.bool:
        attn_mask = _added(attn_mask, query.dtype)
    if dropout_p > 0 or not _fits_flash(query, key, value, attn_mask, enable_gqa):
        return _composed(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)
    if dropout_p < 0:
        raise RuntimeError(
            "scaled_dot_product_attention_flash_attention: Currently do not support dropout > 0"
        )
    flash = row("_scaled_dot_product_flash_attention_for_cpu")
    return flash(query, key, value, dropout_p, is_causal, attn_mask, scale)[0]


# Several heads, each of which sees its own projections.


def _require(condition: Any, words: str) -> None:
    if not condition:
        raise AssertionError(words)


def _check_ranks(query: Tensor, key: Tensor, value: Tensor, padding: Tensor | None, mask: Tensor | None,
                 num_heads: int) -> bool:  # fmt: skip
    """Whether there is a dimension of batches."""
    dim = query.dim()
    _require(dim in (2, 3), f"query should be unbatched 2D or batched 3D tensor but received {dim}-D query tensor")
    of = f"For {'batched' if dim == 3 else 'unbatched'} ({dim}-D) `query`, expected"
    _require(key.dim() == value.dim() == dim,
             f"{of} `key` and `value` to be {dim}-D but found {key.dim()}-D and {value.dim()}-D tensors respectively")
    if padding is not None:
        _require(padding.dim() == dim - 1,
                 f"{of} `key_padding_mask` to be `None` or {dim - 1}-D but found {padding.dim()}-D tensor instead")
    if mask is not None:
        _require(mask.dim() in (2, 3),
                 f"{of} `attn_mask` to be `None`, 2-D or 3-D but found {mask.dim()}-D tensor instead")
        shape = (num_heads, query.shape[0], key.shape[0])
        _require(dim == 3 or mask.dim() == 2 or mask.shape == shape,
                 f"Expected `attn_mask` shape to be {shape} but got {mask.shape}")
    return dim == 3


def _as_float(mask: Tensor | None, name: str, dtype: Any) -> Tensor | None:
    if mask is None or mask.is_floating_point():
        return mask
    _require(mask.dtype is torch.bool, f"only bool and floating types of {name} are supported")
    return torch.zeros_like(mask, dtype=dtype).masked_fill_(mask, -math.inf)


def _unpacked(proj: Tensor, count: int, size: int) -> Tensor:
    proj = proj.unflatten(-1, (count, size)).unsqueeze(0).transpose(0, -2).squeeze(-2)
    return proj.contiguous()


def _project_packed(q: Tensor, k: Tensor, v: Tensor, w: Tensor, b: Tensor | None) -> Any:
    """Projections by one matrix: where inputs are the same tensor, by one product."""
    linear, size = torch.nn.functional.linear, q.size(-1)
    if k is v and q is k:
        proj: Any = _unpacked(linear(q, w, b), 3, size)
        return proj[0], proj[1], proj[2]
    if k is v:
        (w_q, w_kv), (b_q, b_kv) = (t.split([size, size * 2]) if t is not None else (None, None) for t in (w, b))
        q_proj = linear(q, w_q, b_q)
        proj = _unpacked(linear(k, w_kv, b_kv), 2, size)
        return q_proj, proj[0], proj[1]
    parts = zip((q, k, v), w.chunk(3), (None,) * 3 if b is None else b.chunk(3), strict=True)
    return [linear(*part) for part in parts]


def _project(inputs: Any, weights: Any, bias: Tensor | None) -> Any:
    size = inputs[0].size(-1)
    biases = (None,) * 3 if bias is None else bias.chunk(3)
    for name, t, w in zip(("query", "key", "value"), inputs, weights, strict=True):
        wanted = (size, t.size(-1))
        _require(w.shape == wanted, f"expecting {name} weights shape of {wanted}, but got {w.shape}")
    for name, b in zip(("query", "key", "value"), biases, strict=True):
        shape = (size,) if b is None else b.shape
        _require(shape == (size,), f"expecting {name} bias shape of {(size,)}, but got {shape}")
    return [torch.nn.functional.linear(*part) for part in zip(inputs, weights, biases, strict=True)]


@composite("nn.functional")
def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
    in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor | None, bias_v: Tensor | None,
    add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor, out_proj_bias: Tensor | None,
    training: bool = True, key_padding_mask: Tensor | None = None, need_weights: bool = True,
    attn_mask: Tensor | None = None, use_separate_proj_weight: bool = False, q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None, v_proj_weight: Tensor | None = None, static_k: Tensor | None = None,
    static_v: Tensor | None = None, average_attn_weights: bool = True, is_causal: bool = False,
) -> Any:  # fmt: skip
    functional = torch.nn.functional
    batched = _check_ranks(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        query, key, value = query.unsqueeze(1), key.unsqueeze(1), value.unsqueeze(1)
        key_padding_mask = key_padding_mask if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    targets, batch, embedding = query.shape
    sources = key.shape[0]

    # Masks, as something to add.
    if key_padding_mask is not None and attn_mask is not None and key_padding_mask.dtype is not attn_mask.dtype:
        warnings.warn(
            "Support for mismatched key_padding_mask and attn_mask is deprecated. Use same type for both instead.",
            UserWarning, stacklevel=3)  # fmt: skip
    key_padding_mask = _as_float(key_padding_mask, "key_padding_mask", query.dtype)
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        attn_mask = _as_float(attn_mask, "attn_mask", query.dtype)
        is_causal = is_causal and key_padding_mask is None

    # Projections.
    _require(embedding == embed_dim_to_check,
             f"was expecting embedding dimension of {embed_dim_to_check}, but got {embedding}")
    size = embedding // num_heads
    _require(size * num_heads == embedding, f"embed_dim {embedding} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        _require(key.shape[:2] == value.shape[:2],
                 f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}")
        weights = q_proj_weight, k_proj_weight, v_proj_weight
        for name, w in zip("qkv", weights, strict=True):
            _require(w is not None, f"use_separate_proj_weight is True but {name}_proj_weight is None")
        q, k, v = _project((query, key, value), weights, in_proj_bias)
    else:
        _require(key.shape == value.shape, f"key shape {key.shape} does not match value shape {value.shape}")
        if in_proj_weight is None:
            raise AssertionError("use_separate_proj_weight is False but in_proj_weight is None")
        q, k, v = _project_packed(query, key, value, in_proj_weight, in_proj_bias)
    if attn_mask is not None:
        shape = (targets, sources) if attn_mask.dim() == 2 else (batch * num_heads, targets, sources)
        if attn_mask.shape != shape:
            raise RuntimeError(
                f"The shape of the {attn_mask.dim()}D attn_mask is {attn_mask.shape}, but should be {shape}."
            )
        attn_mask = attn_mask.unsqueeze(0) if attn_mask.dim() == 2 else attn_mask

    # More keys and values: what is the same in every batch, what is given, zeros.
    def longer(mask: Tensor | None) -> Tensor | None:
        return mask if mask is None else functional.pad(mask, (0, 1))

    _require(bias_k is None or bias_v is not None, "bias_k is set but bias_v is None")
    _require(bias_v is None or bias_k is not None, "bias_v is set but bias_k is None")
    if bias_k is not None and bias_v is not None:
        _require(static_k is None, "bias cannot be added to static key.")
        _require(static_v is None, "bias cannot be added to static value.")
        k, v = torch.cat([k, bias_k.repeat(1, batch, 1)]), torch.cat([v, bias_v.repeat(1, batch, 1)])
        attn_mask, key_padding_mask = longer(attn_mask), longer(key_padding_mask)
    heads = batch * num_heads
    q = q.view(targets, heads, size).transpose(0, 1)
    parts = []
    static: Any
    for name, t, static in (("k", k, static_k), ("v", v, static_v)):
        for dim, n in ((0, heads), (2, size)) if static is not None else ():
            found = static.size(dim)
            _require(found == n, f"expecting static_{name}.size({dim}) of {n}, but got {found}")
        parts.append(t.view(t.shape[0], heads, size).transpose(0, 1) if static is None else static)
    k, v = parts
    if add_zero_attn:
        k, v = (torch.cat([t, torch.zeros((heads, 1, size), dtype=t.dtype)], dim=1) for t in (k, v))
        attn_mask, key_padding_mask = longer(attn_mask), longer(key_padding_mask)
    sources = k.size(1)
    if key_padding_mask is not None:
        for dim, n in enumerate((batch, sources)):
            found = key_padding_mask.shape[dim]
            _require(found == n, f"Expected key_padded_mask.shape[{dim}] to be {n}, but got {found}")
        padding = key_padding_mask.view(batch, 1, 1, sources).expand(-1, num_heads, -1, -1).reshape(heads, 1, sources)
        attn_mask = padding if attn_mask is None else attn_mask + padding

    dropout_p = dropout_p if training else 0.0
    averaged = None
    if need_weights:
        q = q * math.sqrt(1.0 / float(size))
        _require(not (is_causal and attn_mask is None), "FIXME: is_causal not implemented for need_weights")
        keys = k.transpose(-2, -1)
        scores = torch.bmm(q, keys) if attn_mask is None else torch.baddbmm(attn_mask, q, keys)
        averaged = functional.softmax(scores, dim=-1)
        if dropout_p > 0:
            averaged = functional.dropout(averaged, p=dropout_p)
        out = torch.bmm(averaged, v).transpose(0, 1)
    else:
        if attn_mask is not None:
            one = attn_mask.size(0) == 1 and attn_mask.dim() == 3
            attn_mask = attn_mask.unsqueeze(0) if one else attn_mask.view(batch, num_heads, -1, sources)
        q, k, v = (t.view(batch, num_heads, -1, size) for t in (q, k, v))
        out = scaled_dot_product_attention(q, k, v, attn_mask, dropout_p, is_causal).permute(2, 0, 1, 3)
    out = functional.linear(out.reshape(targets * batch, embedding), out_proj_weight, out_proj_bias)
    out = out.view(targets, batch, out.size(1))
    if averaged is not None:
        averaged = averaged.view(batch, num_heads, targets, sources)
        averaged = averaged.mean(dim=1) if average_attn_weights else averaged
        averaged = averaged if batched else averaged.squeeze(0)
    return (out if batched else out.squeeze(1)), averaged
