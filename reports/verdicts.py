"""How verdicts look: each has a letter in the page's data, a symbol and a colour (in style.css)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Verdict(NamedTuple):
    name: str
    code: str
    symbol: str
    plural: str
    meaning: str


# Worst first: where several verdicts share a place, the first of these is shown.
VERDICTS = (
    Verdict("crash", "c", "!", "crashed", "the subject's process died"),
    Verdict("fail", "f", "×", "fail", "seen differently by oracle and subject"),
    Verdict("timeout", "t", "t", "timed out", "the subject did not answer in time"),
    Verdict("xpass", "X", "+", "pass unexpectedly", "the ledger expects a deviation that is gone"),
    Verdict("xfail", "x", "~", "are known deviations", "a deviation that the ledger explains"),
    Verdict("unsupported", "u", "-", "are unsupported", "the subject has no such operation"),
    Verdict("not-run", "n", "?", "were not run", "could not be observed, with the reason"),
    Verdict("pass", "p", "·", "pass", "seen alike by oracle and subject"),
)
BY_NAME = {verdict.name: verdict for verdict in VERDICTS}
BY_CODE = {verdict.code: verdict for verdict in VERDICTS}
RANK = {verdict.name: rank for rank, verdict in enumerate(VERDICTS)}
BAD = ("crash", "fail", "timeout", "xpass")

# The order of columns in a strip; facets not named here follow in alphabetical order.
FACETS = (
    "value",
    "dtype",
    "shape",
    "requires_grad",
    "is_leaf",
    "grad_fn",
    "graph",
    "grad",
    "gradgrad",
    "forward_ad",
    "no_grad",
    "inplace",
    "out",
    "error",
    "print",
)


def worst(names: Iterable[str]) -> str:
    return min(names, key=RANK.__getitem__)


def facet_order(facets: Iterable[str]) -> list[str]:
    known = {facet: place for place, facet in enumerate(FACETS)}
    return sorted(facets, key=lambda facet: (known.get(facet, len(known)), facet))
