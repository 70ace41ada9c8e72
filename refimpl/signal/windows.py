"""``torch.signal.windows``: what the op table places here."""

from typing import Any

from .._op import find


def __getattr__(name: str) -> Any:
    return find("torch.signal.windows", name)
