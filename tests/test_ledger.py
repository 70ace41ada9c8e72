"""The ledger excuses what it names, and fails the run when it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.version import Version

from conformance.ledger import Conditions, Judged, Ledger, LedgerError, VerdictName, read

RUN = Conditions("refimpl", Version("2.13.0+cpu"), "cpu")
REASON = 'reason = "it differs"\n'


def ledger(tmp_path: Path, *entries: str, run: Conditions = RUN) -> Ledger:
    path = tmp_path / "ledger.toml"
    path.write_text("\n".join(f"[[deviation]]\n{entry}{REASON}" for entry in entries))
    return Ledger(read(path), run)


def row(verdict: VerdictName, case: str = "sum/9c41e2", facet: str = "grad") -> Judged:
    return Judged(case, case.partition("/")[0], "float32", facet, verdict)


def test_an_expected_deviation_is_an_xfail_with_its_reason(tmp_path: Path) -> None:
    book = ledger(tmp_path, 'op = "sum"\nfacet = "grad"\n')
    assert book.review([row("fail")]) == [("xfail", "it differs")]
    assert list(book.problems(complete=True)) == []


@pytest.mark.parametrize("verdict", ["fail", "crash", "timeout"])
def test_crashes_and_timeouts_are_excused_too(tmp_path: Path, verdict: VerdictName) -> None:
    assert ledger(tmp_path, 'op = "sum"\n').review([row(verdict)])[0][0] == "xfail"


def test_a_deviation_that_is_gone_is_an_xpass_and_a_problem(tmp_path: Path) -> None:
    book = ledger(tmp_path, 'op = "sum"\n')
    verdict, reason = book.review([row("pass")])[0]
    assert verdict == "xpass"
    assert reason == "ledger.toml, line 1 (entry 1) expects it: it differs"
    (problem,) = book.problems(complete=False)
    assert "the deviation is gone (sum/9c41e2, facet grad passes)" in problem


def test_an_entry_need_not_fit_every_case_of_a_group(tmp_path: Path) -> None:
    book = ledger(tmp_path, 'op = "sum"\n')
    found = book.review([row("fail"), row("pass", "sum/000000")])
    assert [verdict for verdict, _ in found] == ["xfail", "pass"]
    assert list(book.problems(complete=True)) == []


def test_each_facet_of_an_entry_has_to_deviate(tmp_path: Path) -> None:
    book = ledger(tmp_path, 'op = "sum"\nfacet = ["grad", "value"]\n')
    found = book.review([row("fail"), row("pass", facet="value")])
    assert [verdict for verdict, _ in found] == ["xfail", "xpass"]


def test_each_case_of_a_list_has_to_be_met(tmp_path: Path) -> None:
    book = ledger(tmp_path, 'case = ["sum/*", "mean/*"]\n')
    assert book.review([row("fail", "mean/9c41e2")]) == [("xfail", "it differs")]
    (problem,) = book.problems(complete=True)
    assert "sum/* met no verdict" in problem


def test_an_entry_that_met_nothing_fails_only_a_complete_run(tmp_path: Path) -> None:
    book = ledger(tmp_path, 'op = "sum"\n')
    book.review([row("fail", "mean/9c41e2")])
    assert list(book.problems(complete=False)) == []
    (problem,) = book.problems(complete=True)
    assert problem == (
        "ledger.toml, line 1 (entry 1): met no verdict in this run; correct or remove the entry"
    )


@pytest.mark.parametrize("verdict", ["unsupported", "not-run"])
def test_what_was_not_judged_meets_no_entry(tmp_path: Path, verdict: VerdictName) -> None:
    book = ledger(tmp_path, 'op = "sum"\n')
    assert book.review([row(verdict)]) == [(verdict, None)]
    assert len(list(book.problems(complete=True))) == 1


@pytest.mark.parametrize(
    ("condition", "applies"),
    [
        ('subject = "refimpl"', True),
        ('subject = "*"', True),
        ('subject = "module:*"', False),
        ('torch = ">=2.13,<2.14"', True),
        ('torch = "<2"', False),
        ('device = "cpu"', True),
        ('device = "cuda"', False),
        ('profile = "quick"', True),
        ('profile = "full"', False),
        ('dtype = "float32"', True),
        ('dtype = "complex*"', False),
        ('facet = "grad"', True),
        ('facet = "value"', False),
    ],
)
def test_every_condition_has_to_hold(tmp_path: Path, condition: str, applies: bool) -> None:
    book = ledger(tmp_path, f'op = "su*"\n{condition}\n')
    assert (book.review([row("fail")])[0][0] == "xfail") is applies


def test_an_entry_for_another_run_cannot_be_unmet(tmp_path: Path) -> None:
    book = ledger(tmp_path, 'op = "sum"\ndevice = "cuda"\n')
    assert list(book.problems(complete=True)) == []


def test_an_entry_is_about_refimpl_unless_it_says_otherwise(tmp_path: Path) -> None:
    run = Conditions("torch", Version("2.13.0"), "cpu")
    assert ledger(tmp_path, 'op = "sum"\n', run=run).review([row("fail")]) == [("fail", None)]


def test_an_entry_may_name_cases(tmp_path: Path) -> None:
    book = ledger(tmp_path, 'case = "sum/9c*"\n')
    found = book.review([row("fail"), row("fail", "sum/1b0000")])
    assert [verdict for verdict, _ in found] == ["xfail", "fail"]


MALFORMED = [
    ("[[deviation]\n", "not valid TOML"),
    ("[deviation]\nop = 'x'\n", "a [[deviation]] table of its own"),
    ("[[other]]\nop = 'x'\n", "unknown table 'other'"),
    ("\n[[deviation]]\nop = 'x'\n", "line 2 (entry 1): no reason; say why"),
    ("[[deviation]]\nreason = 'r'\n", "neither case nor op"),
    ("[[deviation]]\nop = 'x'\nreason = ' '\n", "reason is ' '; it has to be why it deviates"),
    ("[[deviation]]\nop = 3\nreason = 'r'\n", "op is 3; it has to be the name of an op"),
    ("[[deviation]]\nop = 'x'\nreason = 'r'\nfacte = 'grad'\n", "unknown key 'facte'; known are"),
    ("[[deviation]]\nop = 'x'\nreason = 'r'\nfacet = 'grads'\n", "unknown facet 'grads'"),
    ("[[deviation]]\nop = 'x'\nreason = 'r'\ntorch = '2.13'\n", "write it like '>=2.13,<2.14'"),
    ("[[deviation]]\nop = 'x'\nreason = 'r'\nerror_of = 'jax'\n", "has to be torch or refimpl"),
]


@pytest.mark.parametrize(("text", "said"), MALFORMED)
def test_a_malformed_ledger_is_one_line_with_place_and_cure(
    tmp_path: Path, text: str, said: str
) -> None:
    path = tmp_path / "ledger.toml"
    path.write_text(text)
    with pytest.raises(LedgerError) as caught:
        read(path)
    message = str(caught.value)
    assert said in message
    assert message.startswith("ledger.toml")
    assert "\n" not in message


def test_the_project_s_own_ledger_is_well_formed() -> None:
    entries = read(Path(__file__).parent.parent / "conformance" / "ledger.toml")
    assert all(entry.reason for entry in entries)
