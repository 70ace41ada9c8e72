"""The tutorial, program by program, digits and all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.case import Case, slug
from conformance.groups import Group, tutorial_groups

PROGRAMS = tutorial_groups()


@pytest.mark.parametrize(
    "program", PROGRAMS, ids=[f"{group.name}-{slug(case.title or '')}" for group, case in PROGRAMS]
)
def test_tutorial(
    check_program: Callable[[Group, Case], None], program: tuple[Group, Case]
) -> None:
    check_program(*program)
