"""Claims about the catalog: each row tries the operation that it is named after, and once."""

import ast
from collections import Counter

import pytest

from conformance.cases import catalog
from conformance.cases.rows import Row

IDS = [row.op for row in catalog.ROWS]


def called(text: str) -> str:
    """The last name of what the program's first result comes of: `view` of `y = x.view(6)`."""
    first = next(line for line in ast.parse(text).body if isinstance(line, ast.Assign))
    value = first.value.func if isinstance(first.value, ast.Call) else first.value
    if isinstance(value, ast.Subscript):
        return "__getitem__"
    assert isinstance(value, ast.Attribute), f"{text} calls nothing that has a name"
    return value.attr


@pytest.mark.parametrize("row", catalog.ROWS, ids=IDS)
def test_a_row_calls_its_operation(row: Row) -> None:
    names = {called(row.text(plan)) for plan in (*row.plans, *row.invalid)}
    assert names == {row.op.rpartition(".")[2]}


def test_an_operation_has_one_row() -> None:
    assert [op for op, count in Counter(IDS).items() if count > 1] == []


@pytest.mark.parametrize(
    "row", [row for row in catalog.ROWS if row.inplace], ids=lambda row: row.op
)
def test_the_variant_in_place_is_the_operations_method(row: Row) -> None:
    for plan in row.plans:
        program = row.in_place(plan)
        assert program is not None
        call = ast.parse(program).body[1]
        assert isinstance(call, ast.Expr)
        assert isinstance(call.value, ast.Call)
        assert ast.unparse(call.value.func) == f"y.{row.op.rpartition('.')[2]}_"
