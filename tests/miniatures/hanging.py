"""cosh never answers."""

import time
from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def cosh(x: Any) -> Any:
    time.sleep(3600)
