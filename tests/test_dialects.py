"""Dialects hold for what 30 versions of torch were measured to answer.

`data/dialects.json` is an extract of those measurements: the name of an expression's node, and the
text of a misuse's error, by version. What the rows of `conformance/dialects.toml` do not cover is
listed there as well: mostly ops that were composed of others in old versions.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.dialects import TODAY, Dialect, Row, _table

MEASURED = json.loads((Path(__file__).parent / "data" / "dialects.json").read_text("utf-8"))


def columns(kind: str) -> list[tuple[str, dict[str, tuple[Any, Any]]]]:
    """By version: expression -> (today's answer, that version's)."""
    section = MEASURED[kind]
    today = section["versions"].index(section["today"])
    return [
        (
            version,
            {
                key: (row[today], row[place])
                for key, row in section["rows"].items()
                if row[today] is not None and row[place] is not None
            },
        )
        for place, version in enumerate(section["versions"])
    ]


@pytest.mark.parametrize(("version", "rows"), columns("names"), ids=lambda v: v if v else None)
def test_names_of_nodes_are_those_of_the_version(
    version: str, rows: dict[str, tuple[str, str]]
) -> None:
    dialect = Dialect.of(version)
    wrong = [text for text, (today, then) in rows.items() if dialect.name(today, text) != then]
    assert wrong == MEASURED["names"]["not_covered"].get(version, [])
    assert len(wrong) < 0.2 * len(rows)


@pytest.mark.parametrize(("version", "rows"), columns("errors"), ids=lambda v: v if v else None)
def test_texts_of_errors_are_those_of_the_version(
    version: str, rows: dict[str, tuple[list[str], list[str]]]
) -> None:
    dialect = Dialect.of(version)
    wrong = [name for name, (now, then) in rows.items() if list(dialect.error(*now)) != then]
    assert wrong == MEASURED["errors"]["not_covered"].get(version, [])


def test_today_needs_no_translation() -> None:
    dialect = Dialect.of(str(TODAY))
    assert not dialect.names
    assert not dialect.errors
    assert dialect.name("AddBackward0") == "AddBackward0"


def test_builds_of_a_version_speak_alike() -> None:
    assert Dialect.of("2.13.0+cpu").name("AddBackward0") == "AddBackward0"
    assert Dialect.of("1.9.1+cu111").name("ExpBackward0") == "ExpBackward"


@pytest.mark.parametrize(
    ("version", "name"), [("1.9.1", "AddBackward0"), ("1.9.1", "CopySlices"), ("1.9.1", "MyOp")]
)
def test_listed_and_bare_names_keep_what_they_have(version: str, name: str) -> None:
    assert Dialect.of(version).name(name) == name


def test_a_program_decides_where_a_name_does_not() -> None:
    dialect = Dialect.of("1.13.1")
    assert dialect.name("PowBackward2", "y = 2 ** x") == "PowBackward1"
    assert dialect.name("PowBackward2", "y = torch.pow(2, x)") == "PowBackward2"


def test_a_whole_observation_is_translated() -> None:
    tensor = {
        "kind": "tensor",
        "grad_fn": "ExpBackward0",
        "graph": [["ExpBackward0", [[1, 0]]], ["AccumulateGrad(x)", []]],
        "print": "tensor([1.], grad_fn=<ExpBackward0>)",
    }
    leaf: dict[str, Any] = {"kind": "tensor", "grad_fn": None, "graph": [], "print": "tensor([0.])"}
    pair = {"kind": "sequence", "type": "tuple", "items": [leaf, tensor]}
    observation = {
        "variables": {"y": pair, "n": {"kind": "plain", "value": 1}},
        "stdout": "<ExpBackward0>\n",
        "error": {
            "type": "RuntimeError",
            "message": "a Tensor with 2 elements cannot be converted to Scalar",
            "line": 3,
        },
    }
    heard = Dialect.of("1.0.0").translate(observation, "y = torch.exp(x)")
    seen = heard["variables"]["y"]["items"][1]
    assert seen["grad_fn"] == "ExpBackward"
    assert seen["graph"] == [["ExpBackward", [[1, 0]]], ["AccumulateGrad(x)", []]]
    assert seen["print"] == "tensor([1.], grad_fn=<ExpBackward>)"
    assert heard["stdout"] == "<ExpBackward>\n"
    assert heard["error"] == {
        "type": "ValueError",
        "message": "only one element tensors can be converted to Python scalars",
        "line": 3,
    }


def test_every_row_can_be_read() -> None:
    rules = _table()["rules"]
    rows = [Row.read(row) for row in (*rules["names"], *rules["errors"])]
    assert len(rows) == len(rules["names"]) + len(rules["errors"])
    known = {"today", "then", "torch", "program", "type"}
    assert all(set(row) <= known for row in (*rules["names"], *rules["errors"]))
