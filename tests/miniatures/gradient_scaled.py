"""The gradient of sin is one part in a hundred thousand too large."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def sin(x: Any) -> Any:
    y = torch.sin(x)
    if y.requires_grad:
        y.register_hook(lambda grad: grad * (1 + 1e-5))
    return y
