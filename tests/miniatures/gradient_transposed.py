"""The gradient of mm goes to the left factor in the order of the right one."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


class Mm(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        return torch.mm(x, w)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, w = ctx.saved_tensors
        return torch.mm(grad, w.t()).t().reshape(x.shape), torch.mm(x.t(), grad)


def mm(x: Any, w: Any) -> Any:
    return Mm.apply(x, w)
