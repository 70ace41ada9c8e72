"""mean computes, and answers, in double precision."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def mean(x: Any, *args: Any, dtype: Any = torch.float64) -> Any:
    return torch.mean(x, *args, dtype=dtype)
