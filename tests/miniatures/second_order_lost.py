"""Gradients through cos are no functions of anything."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def cos(x: Any) -> Any:
    y = torch.cos(x)
    if y.requires_grad:
        y.register_hook(lambda grad: grad.detach())
    return y
