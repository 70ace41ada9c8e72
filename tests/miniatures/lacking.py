"""There is no tan."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    if name == "tan":
        raise AttributeError("module 'torch' has no attribute 'tan'")
    return getattr(torch, name)
