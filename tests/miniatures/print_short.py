"""repr shows three digits."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


torch.set_printoptions(precision=3)


def set_printoptions(**options: Any) -> None:
    torch.set_printoptions(**options)
    torch.set_printoptions(precision=3)
