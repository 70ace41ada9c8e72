"""The hand-written programs, and the pages that are made of them."""

from __future__ import annotations

import ast
import builtins
import importlib
import pkgutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance import specification
from conformance.case import Case, cases_from
from conformance.cases import semantics, tutorial
from conformance.specification import literals, sentence, with_postscript
from conformance.subjects.base import Subject
from conformance.subjects.process import ProcessSubject

PAGES = Path(__file__).parent.parent / "docs" / "specification"
PROGRAMS = [
    *cases_from(tutorial),
    *(rule for chapter in specification.chapters() for rule in chapter.rules),
]


@pytest.fixture(scope="module")
def torch() -> Iterator[Subject]:
    with ProcessSubject("torch", sys.executable) as subject:
        if not subject.ready:
            pytest.skip(f"not run: no torch 2.13 ({subject.reason})")
        if not subject.about["version"].startswith("2.13."):
            pytest.skip(f"not run: no torch 2.13 (this is {subject.about['version']})")
        yield subject


def foreign_names(text: str) -> set[str]:
    """What a program uses beside `torch`, its own names and Python's."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    own = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own |= {node.name for node in nodes if isinstance(node, ast.ExceptHandler) and node.name}
    used = {name.id for name in names} - own - {"torch"} - set(dir(builtins))
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    return used | {ast.unparse(node) for node in imports}


def test_the_committed_pages_are_what_torch_shows(torch: Subject) -> None:
    pages = dict(specification.pages(torch))
    committed = {path.name: path.read_text(encoding="utf-8") for path in PAGES.glob("*.md")}
    stale = sorted(name for name in {*pages, *committed} if pages.get(name) != committed.get(name))
    assert stale == [], "run `python -m conformance.specification docs/specification`"


def test_every_chapter_is_in_the_table_of_contents() -> None:
    files = [module.name for module in pkgutil.iter_modules(semantics.__path__)]
    assert sorted(semantics.CHAPTERS) == sorted(files)


@pytest.mark.parametrize("name", semantics.CHAPTERS)
def test_every_chapter_has_a_heading_and_an_introduction(name: str) -> None:
    module = importlib.import_module(f"conformance.cases.semantics.{name}")
    lines = (module.__doc__ or "").splitlines()
    assert lines[0].endswith(".")
    assert lines[1] == ""
    assert lines[2] != ""


def test_every_title_is_unique() -> None:
    titles = Counter(case.title for case in PROGRAMS)
    assert [title for title, times in titles.items() if times > 1] == []


def test_every_program_is_unique() -> None:
    texts = Counter(case.text for case in PROGRAMS)
    assert [text for text, times in texts.items() if times > 1] == []


def test_programs_use_no_names_but_those_of_torch() -> None:
    found = {case.title: foreign_names(case.text) for case in PROGRAMS}
    assert {title: names for title, names in found.items() if names} == {}


@pytest.mark.parametrize("text", ["import numpy", "y = numpy.ones(3)", "y = helper(torch)"])
def test_a_foreign_name_would_be_noticed(text: str) -> None:
    assert foreign_names(text)


def test_programs_of_the_tutorial_print_or_fail(torch: Subject) -> None:
    """What they print is what their readers compare."""
    silent = []
    for case in cases_from(tutorial):
        seen = torch.observe(case, ["print"])
        if not seen["stdout"] and seen["error"] is None:
            silent.append(case.title)
    assert silent == []


def test_every_program_shows_something_and_fails_in_its_last_line_if_at_all(
    torch: Subject,
) -> None:
    wrong: dict[str | None, str] = {}
    for case in PROGRAMS:
        seen = torch.observe(case, ["print"])
        error = seen["error"]
        if not (seen["variables"] or seen["stdout"] or error):
            wrong[case.title] = "shows nothing"
        elif error is not None and error["line"] != len(case.text.splitlines()):
            wrong[case.title] = f"fails in line {error['line']}: {error['message']}"
        elif "unsupported" in seen:  # else a subject that lacks the name would look the same
            wrong[case.title] = f"asks for {seen['unsupported']}, which torch lacks"
    assert wrong == {}


def test_a_rule_is_a_sentence_with_the_names_of_the_api_quoted() -> None:
    assert sentence("no grad can be nested") == "`no_grad` can be nested"
    assert sentence("a result needs no gradient") == "A result needs no gradient"
    assert sentence("grad takes any tensor") == "`grad` takes any tensor"


def test_a_program_spells_out_constants_and_tensors_made_of_them() -> None:
    text = "x = torch.tensor([1.0, -2.0])\nn = 3\ny = x * n\nz = torch.tensor(n)\n"
    assert literals(text) == {"x": "torch.tensor([1.0, -2.0])", "n": "3"}


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("x = torch.ones(2)\ny = x + 1\n", "y = tensor([2., 2.])"),
        ("x = torch.ones(2)\nx.data[0] = 2.0\n", "x = tensor([2., 1.])"),
        ("x = torch.ones(2)\n", "x = tensor([1., 1.])"),
        ("x = torch.ones(2)\nprint(x.shape)\n", "torch.Size([2])"),
        ("x = torch.tensor(1.0, requires_grad=True)\nx.backward()\n", "x.grad = tensor(1.)"),
        ("x = [torch.ones(2), None]\n", "x = [tensor([1., 1.]), None]"),
        ("x = (torch.ones(2, 1) + 1,)[0]\n", "x = tensor([[2.],\n            [2.]])"),
        ("x = 1\nx.backward()\n", "AttributeError: 'int' object has no attribute 'backward'"),
    ],
)
def test_a_page_shows_what_is_not_written_in_the_program(
    torch: Subject, text: str, page: str
) -> None:
    case = Case(text=text, inputs={}, source="here")
    seen = torch.observe(case.with_text(with_postscript(text)), specification.SIDES)
    assert specification.shown(case, seen) == page


def test_a_program_that_left_nothing_behind_is_no_page() -> None:
    case = Case(text="y = 1\n", inputs={}, source="here")
    with pytest.raises(RuntimeError, match="left nothing behind"):
        specification.shown(case, {"crash": "killed by SIGSEGV"})
