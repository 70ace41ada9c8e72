"""Cases are data: what is written can be read again, to the bit, and says what is wrong if not."""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.case import (
    ITEM_SIZE,
    NUMPY,
    Case,
    CaseError,
    TensorSpec,
    cases_from,
    number_source,
    program,
    read_cases,
    script,
    write_cases,
)
from conformance.observe import CODES, PRELUDE, pack, unpack

ONE_TENSOR = TensorSpec.of([[1.0, 2.0, 3.0]], "float32", requires_grad=True)

# dtype -> values at the edges of what it represents
EDGES: dict[str, list[Any]] = {
    "bool": [True, False],
    "uint8": [0, 255],
    "int8": [-128, 127],
    "int16": [-(2**15), 2**15 - 1],
    "int32": [-(2**31), 2**31 - 1],
    "int64": [-(2**63), 2**63 - 1],
    "uint16": [0, 2**16 - 1],
    "uint32": [0, 2**32 - 1],
    "uint64": [0, 2**64 - 1],
    "float16": [0.0, -0.0, 65504.0, 6e-8, float("inf"), -float("inf"), float("nan")],
    "bfloat16": [0.0, -0.0, 3.3895314e38, 9.2e-41, float("inf"), -float("inf"), float("nan")],
    "float32": [0.0, -0.0, 3.4028235e38, 1e-45, float("inf"), -float("inf"), float("nan"), 0.1],
    "float64": [0.0, -0.0, 1.8e308, 5e-324, float("inf"), -float("inf"), float("nan"), 0.1],
    "complex64": [complex(-0.0, 0.0), complex(float("nan"), -float("inf")), 0.1 + 0.7j],
    "complex128": [complex(0.0, -0.0), complex(float("inf"), float("nan")), 0.1 - 0.7j],
}


def test_every_dtype_but_complex32_has_edges() -> None:
    assert set(EDGES) | {"complex32"} == set(CODES) == set(ITEM_SIZE)


@pytest.mark.parametrize("dtype", EDGES)
def test_bits_survive_unpacking_and_packing(dtype: str) -> None:
    bits = TensorSpec.of(np.array(EDGES[dtype], NUMPY[dtype])).bits
    assert pack(dtype, unpack(dtype, bits)) == bits


@pytest.mark.parametrize("dtype", EDGES)
def test_values_survive_json(dtype: str) -> None:
    spec = TensorSpec.of(EDGES[dtype], dtype)
    again = TensorSpec.from_json(json.loads(json.dumps(spec.to_json())))
    assert again == spec
    assert again.numpy().tobytes() == np.array(EDGES[dtype], NUMPY[dtype]).tobytes()


@pytest.mark.parametrize("dtype", EDGES)
def test_the_source_of_a_number_gives_its_bits_again(dtype: str) -> None:
    bits = TensorSpec.of(EDGES[dtype], dtype).bits
    sources = [number_source(value, dtype) for value in unpack(dtype, bits)]
    evaluated = [eval(source) for source in sources]  # our own text, just written
    assert TensorSpec.of(evaluated, dtype).bits == bits


@given(st.floats(width=32, allow_nan=False))
def test_a_float32_is_spelled_exactly(value: float) -> None:
    text = number_source(value, "float32")
    assert np.float32(eval(text)).tobytes() == np.float32(value).tobytes()


LAYOUTS = [
    # shape,     strides,   offset
    ((2, 3),     (3, 1),    0),
    ((2, 3),     (1, 2),    0),  # transposed
    ((2, 3),     (0, 1),    0),  # expanded
    ((2, 3),     (1, 1),    0),  # overlapping
    ((2, 3),     (6, 2),    5),  # every second element, from the sixth on
    ((),         (),        0),
    ((),         (),        3),
    ((0, 3),     (3, 1),    0),
    ((1, 3),     (7, 1),    0),  # a step that is never taken
]  # fmt: skip


@pytest.mark.parametrize(("shape", "strides", "offset"), LAYOUTS)
def test_layouts_survive(shape: tuple[int, ...], strides: tuple[int, ...], offset: int) -> None:
    values = (
        np.ones(shape)
        if 0 in strides or strides == (1, 1)
        else np.arange(6.0)[: np.prod(shape, dtype=int)].reshape(shape)
    )
    spec = TensorSpec.of(values, "float32", strides=strides, offset=offset)
    again = TensorSpec.from_json(spec.to_json())
    assert (again.shape, again.strides, again.offset) == (shape, strides, offset)
    np.testing.assert_array_equal(again.numpy(), values)


def test_an_id_names_the_op_the_case_and_the_dtype() -> None:
    case = Case("y = x", {"x": ONE_TENSOR}, "opinfo", "linalg.vecdot", "float32", title="1x3, 3")
    assert case.id == f"linalg.vecdot/1x3-3/float32/{case.digest()}"


def test_ids_are_stable() -> None:
    assert Case("y = x + 1\n", {"x": ONE_TENSOR}, "catalog").id == "catalog/5cfa6e"


@pytest.mark.parametrize(
    "change",
    [
        {"text": "y = x + 2\n"},
        {"inputs": {"x": TensorSpec.of([[1.0, 2.0, 4.0]], "float32", requires_grad=True)}},
        {"inputs": {"x": TensorSpec.of([[1.0, 2.0, 3.0]], "float32")}},
        {"inputs": {"w": ONE_TENSOR}},
    ],
)
def test_an_id_changes_with_what_is_run(change: dict[str, Any]) -> None:
    arguments: dict[str, Any] = {"text": "y = x + 1\n", "inputs": {"x": ONE_TENSOR}, "source": "s"}
    assert Case(**arguments).id != Case(**arguments | change).id


def test_an_id_does_not_change_with_what_is_asked() -> None:
    one = Case("y = x", {}, "s", facets=("value",), note="why")
    assert one.id == Case("y = x", {}, "s", facets=("value", "grad")).id


def test_cases_survive_a_file(tmp_path: Path) -> None:
    cases = [
        Case("y = x", {"x": ONE_TENSOR}, "s", facets=("value",), inplace="y = x.clone()"),
        Case("print('é')\n", {}, "s", title="accents", note="outside ASCII"),
    ]
    write_cases(tmp_path / "cases.jsonl", cases)
    assert list(read_cases(tmp_path / "cases.jsonl")) == cases


GOOD = json.dumps(Case("y = x", {"x": ONE_TENSOR}, "s").to_json())
WRONG = {
    "a truncated line": (GOOD[:50], "cut off"),
    "no JSON": ("y = x\n", "not JSON"),
    "no object": ("[1]\n", "JSON object, not list"),
    "no text": ('{"source": "s"}\n', "lacks 'text'"),
    "a misspelled key": ('{"text": "", "source": "s", "input": {}}\n', "unknown key 'input'"),
    "a wrong type": ('{"text": 3, "source": "s"}\n', "text of the case is int; it must be str"),
    "an unknown dtype": (GOOD.replace("float32", "float31"), "no dtype 'float31'"),
    "missing bits": (GOOD.replace("00004040", ""), "hold 8 bytes"),
    "no hex": (GOOD.replace("00004040", "0000404x"), "not hex"),
    "a negative stride": (GOOD.replace('"strides": [3, 1]', '"strides": [3, -1]'), "0 or more"),
    "a stride too few": (
        GOOD.replace('"strides": [3, 1]', '"strides": [1]'),
        "one stride per size",
    ),
    "a size of text": (GOOD.replace('"shape": [1, 3]', '"shape": [1, "3"]'), "a list of int"),
    "a bad name": (GOOD.replace('"x":', '"x y":'), "no variable name"),
    "a changed program": (GOOD.replace("y = x", "y = 2"), "does not fit"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_bad_file_is_one_line_of_complaint(what: str, tmp_path: Path) -> None:
    line, complaint = WRONG[what]
    file = tmp_path / "cases.jsonl"
    file.write_text(GOOD + "\n" + line)
    with pytest.raises(CaseError) as caught:
        list(read_cases(file))
    message = str(caught.value)
    assert message.startswith(f"{file}, line 2: ")
    assert complaint in message
    assert "\n" not in message


def test_the_lines_before_a_bad_one_are_read(tmp_path: Path) -> None:
    (tmp_path / "cases.jsonl").write_text(GOOD + "\n" + GOOD[:20])
    cases = read_cases(tmp_path / "cases.jsonl")
    assert next(cases).text == "y = x"
    with pytest.raises(CaseError):
        next(cases)


def a_program_with_everything(torch: Any) -> None:
    """The first line is the note.

    The others are for readers of the code.
    """
    # a comment belongs to the program
    x = torch.tensor(1.0)

    if x > 0:
        print("a: b")


def the_simplest(torch: Any) -> None:
    torch.tensor(1.0)


def test_the_body_of_a_function_is_the_program() -> None:
    assert program(a_program_with_everything) == (
        "# a comment belongs to the program\n"
        "x = torch.tensor(1.0)\n"
        "\n"
        "if x > 0:\n"
        '    print("a: b")\n'
    )
    assert program(the_simplest) == "torch.tensor(1.0)\n"


def test_functions_of_torch_become_cases_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rules.py").write_text(
        "from os.path import join\n"
        "def z_comes_first(torch):\n"
        '    """Why."""\n'
        "    z = 1\n"
        "def a_comes_second(torch): \n"
        "    a = 1\n"
        "def _private(torch):\n"
        "    pass\n"
        "def helper(torch, x):\n"
        "    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import rules  # type: ignore[import-not-found]

    cases = cases_from(rules)
    assert [(case.source, case.title, case.text, case.note) for case in cases] == [
        ("rules", "z comes first", "z = 1\n", "Why."),
        ("rules", "a comes second", "a = 1\n", None),
    ]
    del sys.modules["rules"]


def stand_in() -> types.ModuleType:
    """A namespace that only notes what a script asks of it."""

    class Tensor:
        def __init__(self, *arguments: Any, **keywords: Any) -> None:
            self.made = (arguments, keywords)
            self.steps: list[Any] = []

        def as_strided(self, *layout: Any) -> Tensor:
            self.steps.append(layout)
            return self

        def detach(self) -> Tensor:
            return self

        def requires_grad_(self) -> Tensor:
            self.steps.append("requires_grad")
            return self

    module = types.ModuleType("standin")
    vars(module).update(tensor=Tensor, Tensor=Tensor, float32="float32", manual_seed=int)
    return module


def test_a_script_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "standin", stand_in())
    strided = TensorSpec.of([[1.0], [2.0]], "float32", strides=(3, 1), offset=1, requires_grad=True)
    case = Case("y = x, w\n", {"x": ONE_TENSOR, "w": strided}, "s")
    scope: dict[str, Any] = {}
    exec(script(case, namespace="standin"), scope)  # our own text
    x, w = scope["y"]
    assert x.made == (([[1.0, 2.0, 3.0]],), {"dtype": "float32", "requires_grad": True})
    assert w.made == (([0.0, 1.0, 0.0, 0.0, 2.0],), {"dtype": "float32"})
    assert w.steps == [((2, 1), (3, 1), 1), "requires_grad"]


def test_a_script_shows_the_helpers_that_it_uses() -> None:
    plain = Case("y = 1", {}, "s")
    assert script(plain) == "import torch\n\ny = 1\n"
    assert PRELUDE["cotangent"] in script(plain, "y.backward(cotangent(y))")
    assert PRELUDE["differentiable"] not in script(plain, "y.backward(cotangent(y))")


def test_a_script_seeds_what_is_random() -> None:
    assert "manual_seed(0)" in script(Case("y = torch.rand(3)", {}, "s"))
    assert "manual_seed(0)" not in script(Case("y = torch.zeros(3)", {}, "s"))


def test_long_inputs_are_wrapped() -> None:
    case = Case("y = x", {"x": TensorSpec.of(np.linspace(0, 1, 60).reshape(3, 20))}, "s")
    assert max(map(len, script(case).splitlines())) <= 100
