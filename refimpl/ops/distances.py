"""Distances and likenesses of vectors, and the losses that rank them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._op import composite, op, row, torch
from .losses import loss, minus, plus, reduce
from .norms import norm_grad, norm_of
from .views import expand


@loss(in_torch=True)
def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0, reduction: str = "mean") -> Any:
    zeros = torch.zeros_like(input)
    apart = torch.where(target != 1, torch.clamp_min(minus(margin, input), 0), zeros)
    return reduce(apart + torch.where(target != -1, input, zeros), reduction)


@loss(in_torch=True)
def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0, reduction: str = "mean") -> Any:
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: "
            f"input1: {input1.size()}, input2: {input2.size()}, target: {target.size()} "
        )
    return reduce(plus(-target * (input1 - input2), float(margin)).clamp_min_(0), reduction)


@loss(in_torch=True)
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0, reduction: str = "mean") -> Any:
    dim = target.dim()
    if dim > 1:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if not input1.dim() == input2.dim() == dim + 1:
        raise RuntimeError(
            f"{dim}D target tensor expects {dim + 1}D input tensors, but found inputs with sizes "
            f"{list(input1.shape)} and {list(input2.shape)}."
        )
    products = torch.sum(input1 * input2, dim)
    size1 = plus(torch.sum(input1 * input1, dim), _EPSILON_FLOAT)
    size2 = plus(torch.sum(input2 * input2, dim), _EPSILON_FLOAT)
    cosine = products / torch.sqrt(size1 * size2)
    zeros = torch.zeros_like(cosine)
    alike = torch.where(target == 1, minus(1, cosine), zeros)
    unlike = torch.where(target == -1, torch.clamp_min(row("_sub_number")(cosine, margin), 0), zeros)
    return reduce(alike + unlike, reduction)


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


op("_norm_along", lambda self, p, dim, keepdim: norm_of(self, p, dim, keepdim), node="NormBackward1", places=(),
   self=lambda grad, self, result, p, dim, keepdim: norm_grad(grad, self, result, p, dim, keepdim))


@composite("nn.functional", "torch")
def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    difference = plus(x1 - x2, eps)
    if p == math.inf and difference.ndim and not difference.shape[-1]:
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the inf norm on the dimension {difference.ndim - 1}because "
            "this dimension is empty and the operation does not have an identity"
        )
    return row("_norm_along")(difference, p, (difference.ndim - 1,) if difference.ndim else None, keepdim)


def _triplets(distance: Any, anchor: Any, positive: Any, negative: Any, margin: float, swap: bool) -> Any:
    """The distances to both, with that between them where it is the smaller."""
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    a, b, c = anchor.dim(), positive.dim(), negative.dim()
    if not a == b == c:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, "
            f"but got: anchor {a}D, positive {b}D, and negative {c}D inputs"
        )
    near, far = distance(anchor, positive), distance(anchor, negative)
    return near, torch.minimum(far, distance(positive, negative)) if swap else far


@loss(in_torch=True)
def triplet_margin_loss(anchor: Any, positive: Any, negative: Any, margin: float = 1.0, p: float = 2,
                        eps: float = 1e-6, swap: bool = False, reduction: str = "mean") -> Any:
    near, far = _triplets(lambda a, b: pairwise_distance(a, b, p, eps), anchor, positive, negative, margin, swap)
    return reduce(torch.clamp_min(plus(near, margin) - far, 0), reduction)


@composite("nn.functional")
def triplet_margin_with_distance_loss(anchor: Any, positive: Any, negative: Any, *, distance_function: Any = None,
                                      margin: float = 1.0, swap: bool = False, reduction: str = "mean") -> Any:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    near, far = _triplets(distance_function or pairwise_distance, anchor, positive, negative, margin, swap)
    return reduce(torch.clamp_min(margin + near - far, 0), reduction)
