"""sqrt of a negative number is 0."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def sqrt(x: Any) -> Any:
    y = torch.sqrt(x)
    y.data.nan_to_num_(0.0, float("inf"), float("-inf"))
    return y
