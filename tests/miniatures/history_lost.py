"""tanh forgets where its result came from."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def tanh(x: Any) -> Any:
    return torch.tanh(x).detach()
