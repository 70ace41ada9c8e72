"""Claims about the engine: order, sums, ownership of gradients, release."""

import sys
from typing import Any

import numpy as np
import pytest

import refimpl as torch


def test_a_gradient_that_nobody_else_holds_is_not_copied() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3.0
    given = torch.tensor([1.0, 1.0])
    y.backward(given)
    assert x.grad.data_ptr() != given.data_ptr()


def test_leaves_never_share_a_gradient() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([1.0, 2.0], requires_grad=True)
    given = torch.tensor([5.0, 6.0])
    (x + y).backward(given)
    x.grad.add_(1)
    assert y.grad.tolist() == [5.0, 6.0]
    assert given.tolist() == [5.0, 6.0]


def test_a_deep_graph_needs_no_recursion() -> None:
    x = torch.tensor(1.0, requires_grad=True)
    y = x
    for _ in range(3 * sys.getrecursionlimit()):
        y = y + 1
    y.backward()
    assert x.grad.item() == 1.0


def test_a_node_runs_once_all_its_consumers_have() -> None:
    seen = []
    x = torch.tensor(2.0, requires_grad=True)
    y = x * x
    y.register_hook(lambda grad: seen.append(grad.item()))
    (y + y * y).backward()
    assert seen == [9.0]  # 1 from the sum, 2y = 8 from the product: one gradient


def test_the_engine_undoes_broadcasting() -> None:
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (x * w).backward(torch.ones(2, 3))
    assert x.grad.tolist() == [[6.0], [6.0]]
    assert w.grad.tolist() == [3.0, 3.0, 3.0]


def test_the_engine_casts_to_the_dtype_of_the_input() -> None:
    x = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    (x * torch.tensor([1.0, 2.0], dtype=torch.float64)).backward(torch.ones(2, dtype=torch.float64))
    assert x.grad.dtype is torch.float32


def test_a_formula_of_the_wrong_shape_is_named() -> None:
    from refimpl._op import pointwise
    from refimpl._row import rows

    wrong = pointwise("wrong_of_this_test", lambda self: self * 1, places=(),
                      self=lambda grad: np.ones(5, np.float32))  # fmt: skip
    rows.pop("wrong_of_this_test")
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(
        RuntimeError, match=r"WrongOfThisTestBackward0 returned an invalid gradient at index 0"
    ):
        wrong(x).backward(torch.ones(2))


def test_what_was_saved_is_let_go_after_the_backward_pass() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.tanh()
    node = y.grad_fn
    y.backward(torch.ones(2))
    with pytest.raises(RuntimeError, match="a second time"):
        node._saved_result  # noqa: B018


def test_the_grad_mode_survives_an_error_in_a_hook() -> None:
    x = torch.tensor([1.0], requires_grad=True)
    y = x * 2
    y.register_hook(lambda grad: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert torch.is_grad_enabled()


def test_formulas_see_tensors_only_when_a_graph_is_wanted() -> None:
    from refimpl._op import pointwise
    from refimpl._row import rows

    seen = []

    def note(grad: Any) -> Any:
        seen.append(type(grad))
        return grad

    noting = pointwise("noting_of_this_test", lambda self: self * 1, places=(), self=note)
    rows.pop("noting_of_this_test")
    x = torch.ones(2, requires_grad=True)
    noting(x).backward(torch.ones(2))
    torch.autograd.grad(noting(x), x, torch.ones(2), create_graph=True)
    assert seen == [np.ndarray, torch.Tensor]


def test_forward_mode_follows_from_the_formulas() -> None:
    forward_ad = torch.autograd.forward_ad
    x, t = (
        torch.tensor([1.0, 2.0], dtype=torch.float64),
        torch.tensor([1.0, 0.5], dtype=torch.float64),
    )
    with forward_ad.dual_level():
        y = forward_ad.make_dual(x, t)
        tangent = forward_ad.unpack_dual(y * y * y).tangent
    assert tangent is not None
    assert tangent.tolist() == [3.0, 6.0]


def test_a_saved_tensor_is_packed_once() -> None:
    """No program of the suite: after this error torch 2.13 may crash later on."""
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    saved = x.sqrt().grad_fn._raw_saved_result
    saved.register_hooks(lambda tensor: tensor, lambda tensor: tensor)
    with pytest.raises(RuntimeError, match="whose hooks have already been set"):
        saved.register_hooks(lambda tensor: tensor, lambda tensor: tensor)
