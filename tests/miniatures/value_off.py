"""exp is a few units in the last place too large."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def exp(x: Any) -> Any:
    y = torch.exp(x)
    y.data.mul_(1 + 1e-6)
    return y
