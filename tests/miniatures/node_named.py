"""square is a product, with the name of a product."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def square(x: Any) -> Any:
    return x * x
