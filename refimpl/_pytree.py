"""Nested tuples, lists and dicts of values: taken apart, and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ._tensor import Size


def children(tree: Any) -> list[Any] | None:
    """The parts of a container; None for a leaf."""
    if isinstance(tree, dict):
        return list(tree.values())
    return list(tree) if type(tree) in (tuple, list, Size) or _is_namedtuple(tree) else None


def leaves(tree: Any) -> list[Any]:
    parts = children(tree)
    return [tree] if parts is None else [leaf for part in parts for leaf in leaves(part)]


def unflatten(values: Iterable[Any], like: Any) -> Any:
    """A tree of the structure of another one, with these leaves."""
    following: Iterator[Any] = iter(values)

    def build(tree: Any) -> Any:
        parts = children(tree)
        if parts is None:
            return next(following)
        built = [build(part) for part in parts]
        if isinstance(tree, dict):
            return type(tree)(zip(tree, built, strict=True))
        return type(tree)(*built) if _is_namedtuple(tree) else type(tree)(built)

    return build(like)


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    return unflatten(map(function, leaves(tree)), tree)


def broadcast(prefix: Any, tree: Any) -> list[Any] | None:
    """A leaf of ``prefix`` for each leaf of ``tree``; None where their structures do not fit."""
    wanted, parts = children(prefix), children(tree)
    if wanted is None:
        return [prefix] * len(leaves(tree))
    if parts is None or _head(tree) != _head(prefix) or len(parts) != len(wanted):
        return None
    found = [broadcast(p, part) for p, part in zip(wanted, parts, strict=True)]
    return None if None in found else [leaf for f in found for leaf in f or ()]


def structure(tree: Any, indent: int = 2) -> str:
    """A tree's structure as PyTorch prints it; the same text for the same structure."""
    parts = children(tree)
    if parts is None:
        return "*"
    kind = type(tree).__name__
    context: Any = list(tree) if isinstance(tree, dict) else None
    if _is_namedtuple(tree):
        kind, context = "namedtuple", type(tree)
    inner = (",\n" + " " * indent).join(structure(part, indent + 2) for part in parts)
    return f"TreeSpec({kind}, {context}, [{inner}])"


def _head(tree: Any) -> Any:
    return (type(tree), list(tree) if isinstance(tree, dict) else None)


def _is_namedtuple(tree: Any) -> bool:
    return isinstance(tree, tuple) and hasattr(tree, "_fields")
