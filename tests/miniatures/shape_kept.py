"""sum over a dimension keeps it."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def sum(x: Any, *dim_and_keepdim: Any) -> Any:
    return torch.sum(x, dim_and_keepdim[0], True) if dim_and_keepdim else torch.sum(x)
