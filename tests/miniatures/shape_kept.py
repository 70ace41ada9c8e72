"""sum over a dimension keeps it."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def sum(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
    return torch.sum(x) if dim is None else torch.sum(x, dim, True)
