"""Every op of the catalog, in every facet, on generated inputs."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.groups import Group, catalog_groups


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    items = [
        pytest.param(group, facet, id=f"{group.name}-{facet}")
        for group in catalog_groups(metafunc.config.getoption("--profile"))
        for facet in group.facets
    ]
    metafunc.parametrize(("group", "facet"), items)


def test_catalog(check: Callable[[Group, str], None], group: Group, facet: str) -> None:
    check(group, facet)
