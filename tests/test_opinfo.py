"""PyTorch's own samples become programs that do what PyTorch's tests call."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

from conformance.case import Case
from conformance.cases import opinfo
from conformance.cases.opinfo import Harvest, harvest, opinfo_cases, opinfo_ops, spread
from conformance.subjects import open_subject

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="not run: no torch, which has the samples"
)

NAMES = (
    "pow",
    "nn.functional.linear",
    "view",
    "__getitem__",
    "__rsub__",
    "cat",
    "einsum",
    "where",
    "linalg.svd",
    "sort",
    "mT",
    "nn.functional.dropout",
    "float",
    "empty_like",
    "polygamma",
    "sparse.mm",
    "_softmax_backward_data",
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("opinfo")


@pytest.fixture(scope="module")
def found(cache: Path) -> Harvest:
    return harvest(NAMES, ("float32", "int64"), 6, cache=cache, errors=True)


def texts(found: Harvest, op: str) -> list[str]:
    return [case.text for case in found.cases if case.op == op and case.facets != ("error",)]


@pytest.mark.parametrize(
    ("op", "start"),
    [
        ("pow", "y = torch.pow(x, "),
        ("nn.functional.linear", "y = torch.nn.functional.linear(x, w"),
        ("view", "y = x.view("),
        ("__getitem__", "y = x["),
        ("__rsub__", "y = "),
        ("cat", "y = torch.cat([x"),
        ("einsum", "y = torch.einsum('"),
        ("where", "y = torch.where(w, x, v)"),
        ("linalg.svd", "y = torch.linalg.svd(x, full_matrices="),
        ("mT", "y = x.mT"),
        ("float", "y = x.float("),
        ("polygamma", "y = torch.polygamma("),
    ],
)
def test_a_call_is_spelled_as_users_spell_it(found: Harvest, op: str, start: str) -> None:
    spelled = texts(found, op)
    assert spelled
    assert all(text.startswith(start) for text in spelled), spelled


def test_an_index_reads_like_one(found: Harvest) -> None:
    assert any(":" in text for text in texts(found, "__getitem__"))
    assert not any("slice(" in text for text in texts(found, "__getitem__"))


def test_every_program_runs_as_it_stands(found: Harvest) -> None:
    with open_subject("torch", timeout=60) as torch:
        for case in found.cases:
            torch.submit(case, ["requires_grad"])
        for case, seen in zip(found.cases, torch.results(), strict=True):
            if case.facets == ("error",):
                assert seen["error"] is not None, case.text
            else:
                assert seen["error"] is None, (case.text, seen["error"])
                assert "y" in seen["variables"]


def test_in_place_variants_run_and_leave_the_input_alone(found: Harvest) -> None:
    cases = [case for case in found.cases if case.inplace is not None]
    assert {case.op for case in cases} >= {"pow"}
    with open_subject("torch", timeout=60) as torch:
        for case in cases:
            assert ("inplace" in case.facets) == ("value" in case.facets)
            assert case.inplace is not None
            seen = torch.observe(case.with_text(case.inplace), ["value", "version"])
            assert seen["error"] is None, (case.inplace, seen["error"])
            assert seen["variables"]["x"]["value"] == torch.observe(case)["variables"]["x"]["value"]


def test_out_variants_run_and_give_what_the_op_gives(found: Harvest) -> None:
    cases = [case for case in found.cases if case.out is not None]
    assert {case.op for case in cases} >= {"pow"}
    with open_subject("torch", timeout=60) as torch:
        for case in cases:
            assert case.out is not None
            seen = torch.observe(case.with_text(case.out), ["value"])
            assert seen["error"] is None, (case.out, seen["error"])
            wanted = torch.observe(case, ["value"])["variables"]["y"]
            assert seen["variables"]["y"].get("shape") == wanted.get("shape")


def test_derived_facets_follow_what_pytorch_says(found: Harvest) -> None:
    facets = {(case.op, case.dtype): set(case.facets) for case in found.cases if case.dtype}
    assert {"value", "grad", "gradgrad", "no_grad"} <= facets["nn.functional.linear", "float32"]
    assert {"grad", "gradgrad"}.isdisjoint(facets["pow", "int64"])
    assert {"value", "grad"} <= facets["linalg.svd", "float32"]
    assert {"value", "print"}.isdisjoint(facets["empty_like", "float32"])  # so is memory
    assert {"value", "grad"} <= facets["sort", "float32"]  # PyTorch only leaves the indices out


def test_of_vectors_that_are_not_unique_the_program_keeps_what_is(found: Harvest) -> None:
    programs = texts(found, "linalg.svd")
    assert programs
    assert all(" @ " in text.splitlines()[1] for text in programs)


def test_only_float_samples_require_grad(found: Harvest) -> None:
    for case in found.cases:
        if case.dtype == "int64":
            assert not any(spec.requires_grad for spec in case.inputs.values())
    assert all(case.inputs["x"].requires_grad for case in found.cases if case.op == "mT"
               and case.dtype == "float32")  # fmt: skip


def test_what_is_left_out_is_counted(found: Harvest) -> None:
    reasons = {(op, reason) for op, _, reason in found.skipped}
    assert ("sparse.mm", "a tensor is sparse, nested or quantized") in reasons
    assert ("_softmax_backward_data", "the op is private") in reasons
    assert all(count > 0 for count in found.skipped.values())


def test_the_limit_holds_per_variant_and_dtype(found: Harvest) -> None:
    counts = Counter(case.op for case in found.cases if case.dtype == "float32")
    assert counts["pow"] == 6
    assert 6 < counts["polygamma"] <= 30  # five variants


def test_ids_are_unique_and_the_same_each_time(found: Harvest, tmp_path: Path) -> None:
    ids = [case.id for case in found.cases]
    assert len(set(ids)) == len(ids)
    again = opinfo_cases(("pow", "where"), ("float32", "int64"), 6, cache=tmp_path, errors=True)
    assert [case.id for case in again] == [
        case.id for case in found.cases if case.op in ("pow", "where")
    ]


def test_samples_are_read_once(
    found: Harvest, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(arguments: object) -> None:
        raise AssertionError("asked again")

    monkeypatch.setattr(opinfo, "_ask", nobody)
    assert harvest(NAMES, ("float32", "int64"), 6, cache=cache, errors=True) == found
    with pytest.raises(AssertionError, match="asked again"):
        harvest(NAMES, ("float32",), 6, cache=cache)


def test_a_cache_that_is_cut_off_is_read_again(
    found: Harvest, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [whole] = [file for file in cache.iterdir() if '"case"' in file.read_text()]
    cut = tmp_path / whole.name
    cut.write_text(whole.read_text()[:-30])
    monkeypatch.setattr(opinfo, "_ask", lambda arguments: shutil.copy(whole, arguments[-1]))
    assert harvest(NAMES, ("float32", "int64"), 6, cache=tmp_path, errors=True) == found
    assert cut.read_text() == whole.read_text()


def test_an_unknown_op_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="no samples for no_such_op"):
        opinfo_cases(("no_such_op",), cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_ops_come_with_their_dtypes(cache: Path) -> None:
    ops = opinfo_ops(cache=cache)
    assert len(ops) > 500
    assert {"float32", "float64", "complex64"} <= set(ops["pow"].autograd)
    assert "int64" in ops["pow"].dtypes
    assert "int64" not in ops["pow"].autograd
    assert ops["pow"].gradgrad
    assert ops["pow"].inplace
    assert ops["argmax"].autograd == ()
    assert set(ops["max"].variants) == {"reduction_with_dim", "reduction_no_dim", "binary"}


@pytest.mark.parametrize(
    ("limit", "places"),
    [(None, [0, 1, 2, 3, 4, 5, 6]), (1, [0]), (2, [0, 6]), (3, [0, 3, 6]), (9, [*range(7)])],
)
def test_a_limit_spreads_over_the_samples(limit: int | None, places: list[int]) -> None:
    assert spread(range(7), limit) == places


def test_cases_survive_json(found: Harvest) -> None:
    for case in found.cases:
        assert Case.from_json(json.loads(json.dumps(case.to_json()))) == case
