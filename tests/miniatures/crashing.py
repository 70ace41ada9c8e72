"""sinh brings the whole process down."""

import os
from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def sinh(x: Any) -> Any:
    os.abort()
