"""What PyTorch refuses, in its words."""

from __future__ import annotations

from typing import Any

from .._op import torch
from .._tensor import Tensor


def refuse(self: Any, name: str, kinds: str, error: type[Exception] = NotImplementedError, words: str = "") -> None:
    """Refuses tensors of the kinds (NumPy's letters) for which PyTorch has no kernel ``name``."""
    if isinstance(self, Tensor) and self._array.dtype.kind in kinds:
        raise error(words or f'"{name}" not implemented for \'{self.dtype.type_name}\'')


def real_gradients(name: str, *tensors: Any) -> None:
    """Some operations of PyTorch have gradients for real numbers alone."""
    if torch.is_grad_enabled() and any(isinstance(t, Tensor) and t.requires_grad and t.is_complex() for t in tensors):
        raise RuntimeError(f"{name} does not support automatic differentiation for outputs with complex dtype.")
