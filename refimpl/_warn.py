"""Warnings as PyTorch gives them, some of them only once in a process."""

from __future__ import annotations

import warnings

_given: set[str] = set()
_always = False


def set_warn_always(b: bool) -> None:
    """Whether warnings that are given once are given each time."""
    global _always
    _always = b


def is_warn_always_enabled() -> bool:
    return _always


def warn_once(text: str) -> None:
    if _always or text not in _given:
        _given.add(text)
        warnings.warn(text, UserWarning, stacklevel=3)
