"""Groups: the cases that are generated, run and judged together, under the names pytest shows.

A group of op cases is one op in one dtype; its facets are one pytest item each. A group of
programs is one module of them; each program is an item. A group makes its cases when it is first
needed, so that collecting thousands of items costs next to nothing.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hypothesis.strategies import SearchStrategy

from conformance.case import Case, cases_from
from conformance.cases import catalog, rows
from conformance.cases.opinfo import opinfo_cases
from conformance.cases.semantics import CHAPTERS

OPINFO_DTYPES = {
    "quick": ("float32", "float64"),
    "full": (
        *("float16", "bfloat16", "float32", "float64"),
        *("complex64", "complex128", "int64", "uint8", "bool"),
    ),
}
OPINFO_LIMIT = {"quick": 3, "full": None}
"""Samples per op, variant and dtype; None is all of them."""


@dataclass(frozen=True)
class Group:
    """`more` draws further cases of a failing one's kind, so that Hypothesis can shrink it."""

    source: str
    name: str
    facets: tuple[str, ...]
    make: Callable[[], Sequence[Case]]
    more: Callable[[Case], SearchStrategy[Case]] | None = None


def catalog_groups(profile: str) -> list[Group]:
    return [
        Group(
            source="catalog",
            name=f"{row.op}-{dtype}",
            facets=row.facets_for(dtype),
            make=partial(rows.generate, row, dtype, profile),
            more=partial(rows.like, row, dtype),
        )
        for row in catalog.ROWS
        for dtype in row.dtypes_of(profile)
    ]


def has_samples() -> bool:
    """Whether this interpreter has a torch, whose samples could be read."""
    return importlib.util.find_spec("torch") is not None


def opinfo_groups(profile: str, cache: Path) -> list[Group]:
    """Groups of PyTorch's own samples, which a child process reads once and keeps in `cache`.

    None where this interpreter has no torch, whatever torch another one has."""
    if not has_samples():
        return []
    cases = opinfo_cases(
        (), OPINFO_DTYPES[profile], OPINFO_LIMIT[profile], cache=cache, errors=profile == "full"
    )
    found: dict[str, list[Case]] = {}
    for case in cases:
        found.setdefault(f"{case.op}-{case.dtype or 'invalid'}", []).append(case)
    return [
        Group(
            source="opinfo",
            name=name,
            facets=tuple(dict.fromkeys(facet for case in some for facet in case.facets)),
            make=partial(list, some),
        )
        for name, some in found.items()
    ]


def program_groups(package: str, chapters: Sequence[str]) -> list[tuple[Group, Case]]:
    """Every program of some modules with the group that it belongs to."""
    found = []
    for chapter in chapters:
        module = importlib.import_module(f"conformance.cases.{package}{chapter}")
        cases = cases_from(module)
        group = Group(cases[0].source, chapter, (), partial(list, cases))
        found += [(group, case) for case in cases]
    return found


def tutorial_groups() -> list[tuple[Group, Case]]:
    return program_groups("", ("tutorial",))


def semantics_groups() -> list[tuple[Group, Case]]:
    return program_groups("semantics.", CHAPTERS)
