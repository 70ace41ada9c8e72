"""expm1 writes nothing into out, and gives a new tensor."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def expm1(x: Any, out: Any = None) -> Any:
    return torch.expm1(x)
