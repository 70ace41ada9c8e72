"""ceil also rounds its argument."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def ceil(x: Any) -> Any:
    y = torch.ceil(x)
    if x.is_contiguous():
        x.data.ceil_()
    return y
