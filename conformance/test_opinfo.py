"""Every op that PyTorch has samples for, in every facet, on these samples."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.groups import Group, opinfo_groups
from conformance.plugin import NO_SAMPLES, OUT


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    option = metafunc.config.getoption
    # Reading PyTorch's samples takes a minute the first time, which timing runs are spared.
    timing = option("--benchmark-only", default=False)
    cache = metafunc.config.rootpath / OUT / "samples"
    groups = [] if timing else opinfo_groups(option("--profile"), cache)
    reason = "not-run: timing" if timing else f"not-run: {NO_SAMPLES}"
    items = [] if groups else [pytest.param(None, None, marks=pytest.mark.skip(reason), id="none")]
    items += [
        pytest.param(group, facet, id=f"{group.name}-{facet}")
        for group in groups
        for facet in group.facets
    ]
    metafunc.parametrize(("group", "facet"), items)


def test_opinfo(check: Callable[[Group, str], None], group: Group, facet: str) -> None:
    check(group, facet)
