"""One rule of autograd a program, in every facet that can be seen of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.case import Case, slug
from conformance.groups import Group, semantics_groups

PROGRAMS = semantics_groups()


@pytest.mark.parametrize(
    "program", PROGRAMS, ids=[f"{group.name}-{slug(case.title or '')}" for group, case in PROGRAMS]
)
def test_semantics(
    check_program: Callable[[Group, Case], None], program: tuple[Group, Case]
) -> None:
    check_program(*program)
