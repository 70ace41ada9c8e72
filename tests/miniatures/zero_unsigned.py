"""neg makes -0.0 of nothing: zeros lose their sign."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def neg(x: Any) -> Any:
    y = torch.neg(x)
    y.data.add_(0.0)
    return y
