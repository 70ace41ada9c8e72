"""exp_ changes numbers and no version."""

from typing import Any

import torch


def __getattr__(name: str) -> Any:
    return getattr(torch, name)


def exp_(self: Any) -> Any:
    self.data.exp_()
    return self


torch.Tensor.exp_ = exp_
