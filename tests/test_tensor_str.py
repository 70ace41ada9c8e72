"""A tensor prints as PyTorch prints it: a table of its own words, then PyTorch beside us."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from refimpl._tensor_str import get_printoptions, printoptions, set_printoptions, tensor_str

nan, inf = float("nan"), float("inf")


@pytest.fixture(autouse=True)
def default_options() -> Iterator[None]:
    yield
    set_printoptions(profile="default")


def show(values: Any, dtype: str = "float32", **known: Any) -> str:
    array = np.asarray(values, ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype)
    defaults: dict[str, Any] = {
        "default_dtype_name": "float32",
        "requires_grad": False,
        "grad_fn": None,
    }
    return tensor_str(array, dtype_name=dtype, **(defaults | known))


# What PyTorch prints, by values and dtype; the continuation lines are indented as it does.
PRINTED = [
    # how the digits are chosen
    ([1, 2.5, -3], "float32", "tensor([ 1.0000,  2.5000, -3.0000])"),
    ([1, -2, 100], "float32", "tensor([  1.,  -2., 100.])"),
    ([0.99999, 9.99999], "float32", "tensor([ 1.0000, 10.0000])"),
    ([99999999, 100000000], "float32", "tensor([100000000., 100000000.])"),
    # what needs an exponent: far apart, small, large
    ([1, 1001.5], "float32", "tensor([1.0000e+00, 1.0015e+03])"),
    ([1e-5, 1], "float32", "tensor([1.0000e-05, 1.0000e+00])"),
    ([1, 2e8], "float32", "tensor([1.0000e+00, 2.0000e+08])"),
    ([1e-45, 3e38], "float32", "tensor([1.4013e-45, 3.0000e+38])"),
    ([-1e-300, 1e5], "float64", "tensor([-1.0000e-300,   1.0000e+05], dtype=torch.float64)"),
    ([1e-4, 1e-3], "float64", "tensor([0.0001, 0.0010], dtype=torch.float64)"),
    ([1e-4, 0.1, 9.99e-5], "float32", "tensor([1.0000e-04, 1.0000e-01, 9.9900e-05])"),
    # zeros, nan and infinity do not count
    ([0.0, -0.0], "float32", "tensor([0., -0.])"),
    ([1, nan, -inf], "float32", "tensor([1., nan, -inf])"),
    ([inf, nan], "float32", "tensor([inf, nan])"),
    # dtypes
    (7, "int64", "tensor(7)"),
    ([True, False], "bool", "tensor([ True, False])"),
    ([1, -20, 300], "int16", "tensor([  1, -20, 300], dtype=torch.int16)"),
    ([-128, 127], "int8", "tensor([-128,  127], dtype=torch.int8)"),
    ([0.1, 2], "bfloat16", "tensor([0.1001, 2.0000], dtype=torch.bfloat16)"),
    ([65504, 6e-8], "float16", "tensor([6.5504e+04, 5.9605e-08], dtype=torch.float16)"),
    (1 - 1j, "complex128", "tensor(1.-1.j, dtype=torch.complex128)"),
    ([1 + 2j, complex(-0.5, -0.0)], "complex64", "tensor([ 1.0000+2.j, -0.5000-0.j])"),
    ([complex(nan, inf)], "complex64", "tensor([nan+infj])"),
    # nothing to show
    ([], "float32", "tensor([])"),
    ([], "int64", "tensor([], dtype=torch.int64)"),
    ([[]], "float32", "tensor([], size=(1, 0))"),
    (np.ones((0, 3)), "bool", "tensor([], size=(0, 3), dtype=torch.bool)"),
    # lines
    (
        np.arange(24).reshape(2, 3, 4),
        "float32",
        """\
tensor([[[ 0.,  1.,  2.,  3.],
         [ 4.,  5.,  6.,  7.],
         [ 8.,  9., 10., 11.]],

        [[12., 13., 14., 15.],
         [16., 17., 18., 19.],
         [20., 21., 22., 23.]]])""",
    ),
    (
        np.arange(28),
        "uint8",
        """\
tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,
        18, 19, 20, 21, 22, 23, 24, 25, 26, 27], dtype=torch.uint8)""",
    ),
    (
        np.arange(2000).reshape(2, 1000),
        "int64",
        """\
tensor([[   0,    1,    2,  ...,  997,  998,  999],
        [1000, 1001, 1002,  ..., 1997, 1998, 1999]])""",
    ),
]


@pytest.mark.parametrize(("values", "dtype", "printed"), PRINTED)
def test_prints_as_pytorch(values: Any, dtype: str, printed: str) -> None:
    assert show(values, dtype) == printed


def test_a_gradient_function_says_more_than_requires_grad() -> None:
    assert show(2, requires_grad=True) == "tensor(2., requires_grad=True)"
    assert show(2, requires_grad=True, grad_fn="SumBackward0") == (
        "tensor(2., grad_fn=<SumBackward0>)"
    )


def test_a_full_line_sends_the_suffix_to_the_next() -> None:
    printed = show(np.arange(12).reshape(2, 6) * 1.5, requires_grad=True, grad_fn="MulBackward0")
    assert (
        printed
        == """\
tensor([[ 0.0000,  1.5000,  3.0000,  4.5000,  6.0000,  7.5000],
        [ 9.0000, 10.5000, 12.0000, 13.5000, 15.0000, 16.5000]],
       grad_fn=<MulBackward0>)"""
    )


def test_lines_continue_under_the_last_line_of_the_prefix() -> None:
    printed = show([[1], [2]], requires_grad=True, prefix="Parameter containing:\ntensor(")
    assert (
        printed
        == """\
Parameter containing:
tensor([[1.],
        [2.]], requires_grad=True)"""
    )


def test_the_default_dtype_goes_without_saying() -> None:
    assert show([1], "float64", default_dtype_name="float64") == "tensor([1.])"
    assert show([1], "float32", default_dtype_name="float64") == "tensor([1.], dtype=torch.float32)"
    assert show([1j], "complex128", default_dtype_name="float64") == "tensor([0.+1.j])"


def test_a_dual_tensor_shows_its_tangent() -> None:
    assert show([1], tangent=show([2])) == "tensor([1.], tangent=tensor([2.]))"


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ({"precision": 2}, "tensor([0.00, 0.25, 0.50, 0.75, 1.00])"),
        ({"threshold": 4, "edgeitems": 1}, "tensor([0.,  ..., 1.])"),
        ({"threshold": 4, "edgeitems": 0}, "tensor([...], size=(5,))"),
        ({"linewidth": 30}, "tensor([0.0000, 0.2500,\n        0.5000, 0.7500,\n        1.0000])"),
        ({"sci_mode": True, "precision": 0}, "tensor([0e+00, 2e-01, 5e-01, 8e-01, 1e+00])"),
        ({"profile": "short"}, "tensor([0.00, 0.25, 0.50, 0.75, 1.00])"),
        ({"profile": "short", "precision": 1}, "tensor([0.0, 0.2, 0.5, 0.8, 1.0])"),
    ],
)
def test_options_change_the_print(options: dict[str, Any], printed: str) -> None:
    with printoptions(**options):
        assert show(np.linspace(0, 1, 5)) == printed
    assert show(np.linspace(0, 1, 5)) == "tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])"


def test_sci_mode_is_automatic_again_unless_it_is_given_again() -> None:
    set_printoptions(sci_mode=True)
    set_printoptions(precision=3)
    assert get_printoptions()["sci_mode"] is None
    assert get_printoptions()["precision"] == 3


# PyTorch beside us


@pytest.fixture(scope="module")
def torch() -> Any:
    return pytest.importorskip("torch", reason="compares with PyTorch, which is not installed")


SPECIAL = np.array(
    [0.0, -0.0, nan, inf, -inf, 1e-45, -1e-45, 5e-324, 1e308, 1e8, 100000001.0, 99999990.0, 1e-4,
     9.9999e-5, 0.99999, 9.9999499, -1e-5, 1000.0, 1000.1, 1.0, -1.0, 2.5, 65504.0, 1e16, -99999.5]
)  # fmt: skip

KINDS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "far apart": lambda rng, n: rng.standard_normal(n) * 10.0 ** rng.integers(-10, 10, n),
    "of one scale": lambda rng, n: rng.uniform(-1, 1, n) * 10.0 ** rng.integers(-5, 9),
    "whole": lambda rng, n: rng.integers(-1000, 1000, n).astype(float),
    "special": lambda rng, n: rng.choice(SPECIAL, n),
    "all alike": lambda rng, n: np.full(n, rng.choice(SPECIAL)),
    "of any bits": lambda rng, n: rng.integers(0, 2**63, n).view(np.float64),
}
SHAPES = [
    (), (0,), (1,), (7,), (100,), (1000,), (1001,), (2, 0), (1, 3), (5, 12), (2, 3, 4),
    (30, 40), (2, 1, 700), (4, 9, 8, 5), (1, 1, 1, 1, 2),
]  # fmt: skip
DTYPES = [
    "float32", "float64", "float16", "bfloat16", "complex64", "complex128",
    "int8", "int16", "int32", "int64", "uint8", "bool",
]  # fmt: skip
OPTIONS: list[dict[str, Any]] = [
    {},
    {"precision": 0},
    {"precision": 8, "linewidth": 120},
    {"threshold": 5, "edgeitems": 1},
    {"threshold": 0, "edgeitems": 0},
    {"profile": "full", "linewidth": 20},
    {"sci_mode": True},
    {"sci_mode": False},
]


def tensor_of(torch: Any, kind: str, shape: tuple[int, ...], dtype: str, seed: int) -> Any:
    rng = np.random.default_rng(seed)
    n = int(np.prod(shape))
    with np.errstate(all="ignore"):
        values = torch.from_numpy(KINDS[kind](rng, n).reshape(shape).copy())
        if dtype.startswith("complex"):
            values = torch.complex(values, torch.from_numpy(KINDS[kind](rng, n).reshape(shape)))
        if dtype.startswith(("int", "uint")):
            values = values.nan_to_num(0, 100, -100).clamp(-100, 100)
        return values.to(getattr(torch, dtype))


def array_of(torch: Any, tensor: Any) -> np.ndarray:
    tensor = tensor.detach()
    if tensor.dtype == torch.bfloat16:
        return np.asarray(tensor.view(torch.int16).numpy().view(ml_dtypes.bfloat16))
    return np.asarray(tensor.numpy())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", KINDS)
def test_prints_what_pytorch_prints(torch: Any, kind: str, dtype: str) -> None:
    for seed, shape in enumerate(SHAPES):
        tensor = tensor_of(torch, kind, shape, dtype, seed)
        if tensor.is_floating_point() and seed % 2:
            tensor = tensor.requires_grad_() * 1
        options = OPTIONS[(seed + len(kind)) % len(OPTIONS)]
        torch.set_printoptions(profile="default")
        torch.set_printoptions(**options)
        expected = repr(tensor)
        torch.set_printoptions(profile="default")
        with printoptions(**options):
            printed = tensor_str(
                array_of(torch, tensor),
                dtype_name=dtype,
                default_dtype_name="float32",
                requires_grad=tensor.requires_grad,
                grad_fn=type(tensor.grad_fn).__name__ if tensor.grad_fn is not None else None,
            )
        assert printed == expected, (shape, options)
