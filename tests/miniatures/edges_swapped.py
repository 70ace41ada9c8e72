"""add records its operands in the other order."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def add(x: Any, w: Any, alpha: Any = 1) -> Any:
    return torch.add(w, x) if alpha == 1 else torch.add(x, w, alpha=alpha)
