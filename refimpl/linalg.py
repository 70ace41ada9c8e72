"""``torch.linalg``: what the op table places here."""

from typing import Any

from ._op import find


class LinAlgError(RuntimeError):
    """A matrix is singular or not positive definite, or an iteration does not converge."""


LinAlgError.__name__ = LinAlgError.__qualname__ = "_LinAlgError"  # as PyTorch's own says


def __getattr__(name: str) -> Any:
    return find("torch.linalg", name)
