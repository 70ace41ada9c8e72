"""Claims about the rows: each one can be read, named and saved as the table's own text says."""

import inspect

import numpy as np
import pytest

import refimpl as torch
from refimpl._op import namespace
from refimpl._row import Op, rows

ROWS = sorted(rows)


@pytest.mark.parametrize("name", ROWS)
def test_a_formula_belongs_to_a_parameter_of_the_kernel(name: str) -> None:
    row = rows[name]
    assert set(row.argument_names) <= set(row.parameters)


@pytest.mark.parametrize("name", ROWS)
def test_a_formula_names_only_what_can_be_saved(name: str) -> None:
    row = rows[name]
    results = {"result", *row.outputs, *(f"result{i}" for i in range(4))}
    known = {
        *row.parameters,
        *(p + s for p in row.parameters for s in ("_shape", "_strides")),
        *results,
    }
    for names in row.saves:
        assert set(names) <= known


@pytest.mark.parametrize("name", ROWS)
def test_a_formula_starts_with_the_gradient(name: str) -> None:
    for formula in rows[name].formulas:
        assert next(iter(inspect.signature(formula).parameters)) in ("grad", "grads", "given")


def test_a_node_is_named_after_its_row() -> None:
    assert rows["tanh"].Node.__name__ == "TanhBackward0"
    assert rows["log1p"].Node.__name__ == "Log1PBackward0"


def test_the_table_has_a_hundred_public_operations() -> None:
    assert len([name for name in namespace if not name.startswith("_")]) >= 100


def test_a_row_saves_what_its_formula_names() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert x.tanh().grad_fn._saved_result.tolist() == np.tanh(np.array([1, 2], np.float32)).tolist()
    assert (x * x).grad_fn._saved_other.tolist() == [1.0, 2.0]
    with pytest.raises(AttributeError, match="_saved_self"):
        x.tanh().grad_fn._saved_self  # noqa: B018


def test_a_shape_is_saved_without_the_values() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True) * 1
    y = x.sum()
    x.add_(1)
    y.backward()  # the values have changed, the shape has not


def test_one_formula_serves_arrays_and_tensors() -> None:
    tanh = rows["tanh"].formulas[0]
    grad, result = np.array([1.0, 0.5], np.float32), np.array([0.25, 0.5], np.float32)
    on_arrays = tanh(grad, result)
    on_tensors = tanh(torch.tensor([1.0, 0.5]), torch.tensor([0.25, 0.5]))
    assert on_tensors.tolist() == on_arrays.tolist()


def test_a_row_of_its_own_is_one_statement() -> None:
    from refimpl._op import pointwise

    cube = pointwise("cube_of_this_test", lambda self: self * self * self, places=(),
                     self=lambda grad, self: grad * 3 * self * self)  # fmt: skip
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = cube(x)
    assert type(y.grad_fn).__name__ == "CubeOfThisTestBackward0"
    y.backward(torch.ones(2))
    assert x.grad.tolist() == [3.0, 12.0]
    assert isinstance(rows.pop("cube_of_this_test"), Op)
