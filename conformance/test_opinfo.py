"""Every op that PyTorch has samples for, in every facet, on these samples."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.groups import Group, opinfo_groups


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    cache = metafunc.config.cache
    assert cache is not None, "pytest's cache keeps PyTorch's samples; do not switch it off"
    groups = opinfo_groups(metafunc.config.getoption("--profile"), cache.mkdir("opinfo"))
    items = [
        pytest.param(group, facet, id=f"{group.name}-{facet}")
        for group in groups
        for facet in group.facets
    ]
    metafunc.parametrize(("group", "facet"), items)


def test_opinfo(check: Callable[[Group, str], None], group: Group, facet: str) -> None:
    check(group, facet)
