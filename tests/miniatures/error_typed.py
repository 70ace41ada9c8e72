"""Shapes that do not broadcast are a ValueError."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def mul(x: Any, w: Any) -> Any:
    try:
        return torch.mul(x, w)
    except RuntimeError as error:
        raise ValueError(str(error)) from None
