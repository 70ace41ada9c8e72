"""The tangent of sinh is one part in a hundred thousand too large."""

from typing import Any

import torch
from torch.autograd import forward_ad


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def sinh(x: Any) -> Any:
    y = torch.sinh(x)
    if forward_ad._current_level < 0:
        return y
    primal, tangent = forward_ad.unpack_dual(y)
    return y if tangent is None else forward_ad.make_dual(primal, tangent * (1 + 1e-5))
