"""The observer says what a program leaves behind, and each program starts afresh."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conformance.case import NUMPY, Case, TensorSpec, script
from conformance.observe import SIDES, cleaned
from conformance.subjects import Subject, open_subject

OLD_PYTHON = os.environ.get("AUTOGRAD_CONFORMANCE_OLD_PYTHON")

old = pytest.param(
    f"python:{OLD_PYTHON}",
    marks=pytest.mark.skipif(
        OLD_PYTHON is None,
        reason="not run: no Python 3.7 with torch 1.0 (set AUTOGRAD_CONFORMANCE_OLD_PYTHON)",
    ),
    id="old",
)


@pytest.fixture(scope="module", params=["torch", old])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    with open_subject(request.param, timeout=60) as opened:
        if not opened.ready:
            pytest.skip(f"not run: {opened.reason}")
        yield opened


@pytest.fixture(scope="module")
def torch() -> Iterator[Subject]:
    with open_subject("torch", timeout=60) as opened:
        if not opened.ready:
            pytest.skip(f"not run: {opened.reason}")
        yield opened


X = TensorSpec.of([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], "float32", requires_grad=True)


def seen(subject: Subject, text: str, sides: list[str] | None = None, **inputs: TensorSpec) -> Any:
    observation = subject.observe(Case(text, inputs, "test"), sides)
    assert observation.get("error") is None, observation
    return observation["variables"]


def value(side: dict[str, Any]) -> Any:
    dtype = NUMPY[side["dtype"].removeprefix("torch.")]
    return np.frombuffer(bytes.fromhex(side["value"]), dtype).reshape(side["shape"]).tolist()


def test_every_side_of_a_result_is_seen(subject: Subject) -> None:
    y = seen(subject, "y = x + 1", x=X)["y"]
    assert set(y) == {"kind", *SIDES}
    assert value(y) == [[2, 3, 4], [5, 6, 7]]
    assert {side: y[side] for side in ("dtype", "shape", "strides", "version")} == {
        "dtype": "torch.float32",
        "shape": [2, 3],
        "strides": [3, 1],
        "version": 0,
    }
    assert (y["requires_grad"], y["is_leaf"], y["grad"]) == (True, False, None)
    assert y["grad_fn"] == "AddBackward0"
    assert y["graph"] == [["AddBackward0", [[1, 0], None]], ["AccumulateGrad(x)", []]]
    assert "grad_fn=<AddBackward0>" in y["print"]


def test_only_the_sides_asked_for_are_seen(subject: Subject) -> None:
    y = seen(subject, "y = x + 1", ["grad_fn"], x=X)["y"]
    assert set(y) == {"kind", "dtype", "shape", "grad_fn"}


def test_a_gradient_is_seen_where_it_accumulated(subject: Subject) -> None:
    x = seen(subject, "(x * x).sum().backward()", x=X)["x"]
    assert value(x["grad"]) == [[2, 4, 6], [8, 10, 12]]


def test_a_node_met_twice_is_one_node(subject: Subject) -> None:
    graph = seen(subject, "z = x * x\ny = z + z", x=X)["y"]["graph"]
    assert graph == [
        ["AddBackward0", [[1, 0], [1, 0]]],
        ["MulBackward0", [[2, 0], [2, 0]]],
        ["AccumulateGrad(x)", []],
    ]


def test_edges_carry_output_numbers(subject: Subject) -> None:
    graph = seen(subject, "a, b = x.unbind(0)\ny = b", x=X)["y"]["graph"]
    assert graph[0][0].startswith("UnbindBackward")
    graph = seen(subject, "y = x.unbind(0)[1] * 2", x=X)["y"]["graph"]
    assert graph[0][1][0] == [1, 1]


@pytest.mark.parametrize("dtype", [d for d in NUMPY if d not in ("bfloat16", "bool")])
def test_inputs_come_out_as_they_went_in(torch: Subject, dtype: str) -> None:
    spec = TensorSpec.of([[0, 1], [2, 3]], dtype, strides=(1, 2), offset=1)
    x = seen(torch, "", x=spec)["x"]
    assert (x["dtype"], x["strides"], x["is_leaf"]) == (f"torch.{dtype}", [1, 2], True)
    assert bytes.fromhex(x["value"]) == np.ascontiguousarray(spec.numpy()).tobytes()


@pytest.mark.parametrize("values", [[1e-45, -0.0, float("inf"), float("nan"), 3.3895314e38]])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
def test_odd_numbers_come_out_as_they_went_in(
    torch: Subject, dtype: str, values: list[float]
) -> None:
    with np.errstate(over="ignore"):
        spec = TensorSpec.of(values, dtype)
    assert seen(torch, "", x=spec)["x"]["value"] == spec.bits


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ((2, 3), (1, 2), 0),
        ((2, 3), (0, 1), 2),
        ((0, 3), (3, 1), 0),
        ((), (), 0),
        ((1, 2), (9, 1), 0),
    ],
)
def test_layouts_come_out_as_they_went_in(
    subject: Subject, shape: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> None:
    spec = TensorSpec.of(np.ones(shape), "float64", strides=strides, offset=offset)
    x = seen(subject, "n = x.storage_offset()", x=spec)
    assert x["x"]["strides"] == list(strides)
    assert x["n"]["value"] == offset


def test_an_input_is_a_leaf_and_no_view(torch: Subject) -> None:
    spec = TensorSpec.of(np.ones((2, 3)), "float32", strides=(1, 2), requires_grad=True)
    variables = seen(torch, "base = x._base\nleaf = x.is_leaf", x=spec)
    assert (variables["base"]["value"], variables["leaf"]["value"]) == (None, True)


def test_a_reproducer_gives_what_was_observed(torch: Subject) -> None:
    strided = TensorSpec.of([[0.1, 2.0], [3.0, 4.0]], "float64", strides=(1, 2), offset=1)
    case = Case("y = x @ w\nprint(y.tolist())\n", {"x": strided, "w": strided}, "test")
    observation = torch.observe(case)
    alone = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script(case)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert alone.stdout == observation["stdout"] != ""


def test_what_is_not_a_tensor_is_seen_too(subject: Subject) -> None:
    text = (
        "import math\n"
        "n, f, c, s, none = 3, float('nan'), 1 - 2j, 'é', None\n"
        "many = (1, [x], {'k': -math.inf})\n"
        "d, size, _private = x.dtype, x.shape, 1\n"
        "node = (x * 2).grad_fn\n"
        "def function(): pass\n"
        "class Class: pass\n"
        "thing = Class()\n"
    )
    variables = seen(subject, text, ["value"], x=X)
    x = variables.pop("x")
    assert variables == {
        "n": {"kind": "plain", "type": "int", "value": 3},
        "f": {"kind": "plain", "type": "float", "value": "nan"},
        "c": {"kind": "plain", "type": "complex", "value": [1.0, -2.0]},
        "s": {"kind": "plain", "type": "str", "value": "é"},
        "none": {"kind": "plain", "type": "NoneType", "value": None},
        "many": {
            "kind": "sequence",
            "type": "tuple",
            "items": [
                {"kind": "plain", "type": "int", "value": 1},
                {"kind": "sequence", "type": "list", "items": [x]},
                {
                    "kind": "mapping",
                    "type": "dict",
                    "items": [["'k'", {"kind": "plain", "type": "float", "value": "-inf"}]],
                },
            ],
        },
        "d": {"kind": "plain", "type": "dtype", "value": "torch.float32"},
        "size": {"kind": "plain", "type": "Size", "value": "torch.Size([2, 3])"},
        "node": {"kind": "object", "type": "MulBackward0", "print": "<MulBackward0 object>"},
        "thing": {"kind": "object", "type": "Class", "print": "<program.Class object>"},
    }


def test_an_exception_is_seen_with_its_line_and_what_came_before(subject: Subject) -> None:
    text = "y = x * 2\n\ndef f():\n    raise KeyError('k')\nf()\nz = 1\n"
    observation = subject.observe(Case(text, {"x": X}, "test"))
    assert observation["error"] == {"type": "KeyError", "message": "'k'", "line": 4}
    assert set(observation["variables"]) == {"x", "y"}
    assert "unsupported" not in observation


def test_a_syntax_error_is_an_exception_of_the_program(subject: Subject) -> None:
    error = subject.observe(Case("y = 1\ny = = 2\n", {}, "test"))["error"]
    assert (error["type"], error["line"]) == ("SyntaxError", 2)


def test_leaving_the_program_does_not_leave_the_observer(subject: Subject) -> None:
    assert subject.observe(Case("raise SystemExit(3)", {}, "test"))["error"]["type"] == "SystemExit"
    assert subject.observe(Case("import os\nos.close(0)", {}, "test"))["error"] is None
    assert value(seen(subject, "y = x", x=X)["y"])[0] == [1, 2, 3]


def test_prints_are_captured_wherever_they_go(subject: Subject) -> None:
    text = "import os\nprint('Grüße')\nos.write(1, b'to the descriptor\\n')\ninput()"
    observation = subject.observe(Case(text, {}, "test"))
    assert observation["stdout"] == "Grüße\n"
    assert observation["error"]["type"] == "EOFError"


def test_warnings_are_recorded_once_each(subject: Subject) -> None:
    text = "import warnings\nfor _ in range(3): warnings.warn('careful')\n"
    for _ in range(2):
        observation = subject.observe(Case(text, {}, "test"))
        assert observation["warnings"] == [["UserWarning", "careful"]]


def test_looking_at_the_gradient_of_a_non_leaf_warns_nobody(subject: Subject) -> None:
    observation = subject.observe(Case("y = x * 2", {"x": X}, "test"))
    assert observation["variables"]["y"]["grad"] is None
    assert observation["warnings"] == []


def test_tracebacks_in_texts_have_the_lines_of_the_program_alone() -> None:
    text = '  File "/x/torch/_tensor.py", line 39, in wrapped\n    return f(self)\n'
    own = '  File "<program>", line 2, in <module>\n    y = x.exp()\n'
    assert cleaned("caused by:\n" + text + own + text) == "caused by:\n" + own


def test_warnings_bear_no_path_of_a_build(torch: Subject) -> None:
    observation = torch.observe(Case("y = torch.ones(2, 3, 4).T", {}, "test"))
    [[category, message]] = observation["warnings"]
    assert category == "UserWarning"
    assert message.startswith("The use of `x.T`")
    assert "aten" not in message


def test_a_side_that_cannot_be_read_costs_only_itself(torch: Subject) -> None:
    y = seen(torch, "with torch.inference_mode():\n    y = torch.ones(2)")["y"]
    assert y["version"]["error"].startswith("RuntimeError: Inference tensors")
    assert value(y) == [1, 1]


def test_unallocated_zeros_are_zeros(torch: Subject) -> None:
    x = seen(torch, "torch.sgn(x).sum().backward()", x=X)["x"]
    assert value(x["grad"]) == [[0, 0, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("torch.no_such_op(x)", "torch.no_such_op"),
        ("x.no_such_method()", "torch.Tensor.no_such_method"),
        ("torch.nn.functional.no_such_op(x)", "torch.nn.functional.no_such_op"),
        ("import torch.no_such_module", "torch.no_such_module"),
    ],
)
def test_a_name_that_is_lacking_is_named(subject: Subject, text: str, name: str) -> None:
    observation = subject.observe(Case(text, {"x": X}, "test"))
    assert observation["unsupported"] == name
    assert observation["error"]["line"] == 1


@pytest.mark.parametrize("text", ["'s'.no_such_method()", "import no_such_library", "no_such_name"])
def test_what_torch_cannot_have_is_no_lack_of_the_namespace(subject: Subject, text: str) -> None:
    assert "unsupported" not in subject.observe(Case(text, {}, "test"))


def test_a_dtype_that_is_lacking_is_named(tmp_path: Path) -> None:
    (tmp_path / "bare.py").write_text("class Tensor: pass\ntensor = Tensor\n")
    answers = talk(tmp_path, "bare", {"id": 1, "text": "", "inputs": {"x": X.to_json()}})
    assert answers[1]["observation"]["unsupported"] == "torch.float32"


SETTINGS = """\
import warnings, random
torch.set_grad_enabled(False)
torch.set_default_dtype(torch.float64)
torch.set_printoptions(precision=1)
torch.autograd.set_detect_anomaly(True)
torch.manual_seed(7)
warnings.simplefilter("error")
random.seed(7)
"""
PROBE = """\
import random
y = torch.tensor([1.23456], requires_grad=True) * 2
print(y, torch.is_grad_enabled(), torch.rand(1).tolist(), random.random())
"""


def test_no_program_changes_the_next_one(subject: Subject) -> None:
    before = subject.observe(Case(PROBE, {}, "test"))
    seen(subject, SETTINGS)
    after = subject.observe(Case(PROBE, {}, "test"))
    assert after["stdout"] == before["stdout"] != ""
    assert after["variables"] == before["variables"]


def test_torch_seeds_start_at_zero(subject: Subject) -> None:
    text = "a = torch.rand(3)\ntorch.manual_seed(0)\nb = torch.rand(3)\n"
    variables = seen(subject, text)
    assert variables["a"]["value"] == variables["b"]["value"]


def test_cotangents_are_distinct_and_nonzero(subject: Subject) -> None:
    y = seen(subject, "y = cotangent(torch.ones(10, 20, dtype=torch.float32))")["y"]
    weights = np.ravel(value(y))
    assert len(set(weights)) == 200
    assert 0 not in weights


def test_differentiable_finds_tensors_in_containers(subject: Subject) -> None:
    text = "n = len(differentiable([x, (x * 2, x.detach()), {'k': x + 1}, 3, None]))"
    assert seen(subject, text, x=X)["n"]["value"] == 3


def test_an_unknown_side_is_refused(torch: Subject) -> None:
    with pytest.raises(ValueError, match="no side colour; there are dtype, shape"):
        torch.observe(Case("y = 1", {}, "test"), ["colour"])


# A namespace that is not torch, in a process of its own.


def talk(folder: Path, namespace: str, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """What the observer says, its greeting first."""
    observer = Path(__file__).parent.parent / "conformance" / "observe.py"
    child = subprocess.run(
        [sys.executable, str(observer), "--namespace", namespace],
        input="".join(json.dumps(request) + "\n" for request in requests),
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    return [json.loads(line) for line in child.stdout.splitlines()]


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A folder with a namespace of two modules, beside which `torch` may be installed or not."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "__init__.py").write_text(
        "__version__ = '7'\n"
        "class Tensor: pass\n"
        "tensor = Tensor\n"
        "def later(): raise NotImplementedError('torch.later is not there yet')\n"
        "def broken(): return Tensor().oops\n"
        "def __getattr__(name): return find(name)\n"
        "def find(name):\n"
        "    raise AttributeError(f\"module 'other' has no attribute '{name}'\")\n"
    )
    (tmp_path / "other" / "nn.py").write_text("one = 1\n")
    return tmp_path


IMPORTS = """\
import torch
import torch.nn
import torch.nn as nn
from torch import nn as same
from torch.nn import one
a, b, c, d = torch.__version__, nn is torch.nn, same is nn, one
"""


def test_importing_torch_imports_the_namespace(other: Path) -> None:
    greeting, answer = talk(other, "other", {"id": 1, "text": IMPORTS, "inputs": {}})
    assert (greeting["ready"], greeting["version"]) == (True, "7")
    observation = answer["observation"]
    assert observation["error"] is None
    values = [observation["variables"][name]["value"] for name in "abcd"]
    assert values == ["7", True, True, 1]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("torch.missing()", "torch.missing"),
        ("import torch.fft", "torch.fft"),
        ("from torch import missing", "torch.missing"),
        ("torch.later()", "torch.later"),
        ("torch.broken()", None),  # a fault of its insides, not a name that it lacks
    ],
)
def test_what_the_namespace_lacks_has_torch_names(other: Path, text: str, name: str | None) -> None:
    answer = talk(other, "other", {"id": 1, "text": text, "inputs": {}})[1]
    assert answer["observation"]["error"] is not None
    assert answer["observation"].get("unsupported") == name


@pytest.mark.parametrize(
    ("namespace", "reason"),
    [
        ("no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("json", "json is not torch-like: it has no Tensor"),
    ],
)
def test_an_observer_without_a_namespace_says_why(
    tmp_path: Path, namespace: str, reason: str
) -> None:
    assert talk(tmp_path, namespace) == [{"ready": False, "reason": reason}]


def test_the_observer_is_python_3_7() -> None:
    import ast

    source = Path(__file__).parent.parent / "conformance" / "observe.py"
    tree = ast.parse(source.read_text("utf-8"), feature_version=(3, 7))
    assert tree.body
