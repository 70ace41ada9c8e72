"""The gradient of mm goes to the left factor in the order of the right one."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


class Mm(torch.autograd.Function):  # type: ignore[misc]
    @staticmethod
    def forward(ctx: Any, x: Any, w: Any) -> Any:
        ctx.save_for_backward(x, w)
        ctx.save_for_forward(x, w)
        return torch.mm(x, w)

    @staticmethod
    def backward(ctx: Any, grad: Any) -> Any:
        x, w = ctx.saved_tensors
        return torch.mm(grad, w.t()).t().reshape(x.shape), torch.mm(x.t(), grad)

    @staticmethod
    def jvp(ctx: Any, tangent_x: Any, tangent_w: Any) -> Any:
        x, w = ctx.saved_tensors
        of_x = torch.zeros_like(x) if tangent_x is None else tangent_x
        of_w = torch.zeros_like(w) if tangent_w is None else tangent_w
        return torch.mm(of_x, w) + torch.mm(x, of_w)


def mm(x: Any, w: Any) -> Any:
    return Mm.apply(x, w)
