"""tanh gives a new leaf that requires grad."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def tanh(x: Any) -> Any:
    y = torch.tanh(x).detach()
    return y.requires_grad_(x.requires_grad and torch.is_grad_enabled())
