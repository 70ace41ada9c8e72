"""The specification as pages: every rule, its program, and what PyTorch shows for it.

`python -m conformance.specification docs/specification` writes them, one a chapter. Nothing on them
is written twice: headings and prose are the docstrings of chapters and programs, a rule is the name
of its function, and what is shown is what the installed torch did.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent, wrap
from typing import Any

from conformance.case import Case, cases_from
from conformance.cases.semantics import CHAPTERS
from conformance.subjects.base import Observation, Subject
from conformance.subjects.process import ProcessSubject

Seen = dict[str, Any]

WIDTH = 100  # of an exception's text

INTRODUCTION = """\
# What autograd promises

One rule at a time, with the program that shows it and what PyTorch {version} answers. The programs
are those of `conformance/cases/semantics`; `pytest conformance/test_semantics.py` holds an
implementation to each of them. The chapters build on each other.

Below a program stands what it prints, what its variables hold (those aside that the program itself
spells out), the gradients that it leaves behind, and the exception in which it ends.

These pages are written by `python -m conformance.specification docs/specification`.

| chapter | rules |
|---|---|
"""

# Names of the API that occur within the names of programs, as a reader knows them.
API_NAMES = {
    "accumulate grad": "AccumulateGrad",
    "allow unused": "allow_unused",
    "copy slices": "CopySlices",
    "create graph": "create_graph",
    "enable grad": "enable_grad",
    "grad outputs": "grad_outputs",
    "is grad enabled": "is_grad_enabled",
    "manual seed": "manual_seed",
    "materialize grads": "materialize_grads",
    "no grad": "no_grad",
    "none": "None",
    "retain grad": "retain_grad",
    "retain graph": "retain_graph",
    "retains grad": "retains_grad",
    "set grad enabled": "set_grad_enabled",
}
# Words that name something of the API when a rule begins with them.
# fmt: off
FIRST_NAMES = {"requires grad": "requires_grad", "variable": "Variable"} | {
    name: name
    for name in (
        "backward", "bernoulli", "cat", "data", "detach", "dropout", "expand", "full", "grad",
        "inputs", "item", "mm", "permute", "rand", "randint", "randperm", "relu", "reshape",
        "where",
    )
}
# fmt: on
_API_NAME = re.compile(rf"\b({'|'.join(API_NAMES)})\b|^({'|'.join(FIRST_NAMES)})\b")

SIDES = ("print",)
CONSTRUCTORS = ("torch.tensor", "torch.ones", "torch.zeros")


@dataclass(frozen=True)
class Chapter:
    name: str
    heading: str
    prose: str
    rules: list[Case]


def chapters() -> Iterator[Chapter]:
    for name in CHAPTERS:
        module = importlib.import_module(f"conformance.cases.semantics.{name}")
        heading, _, prose = (inspect.getdoc(module) or "").partition("\n")
        yield Chapter(name, heading.rstrip("."), prose.strip(), cases_from(module))


def sentence(title: str) -> str:
    """The rule `no grad can be nested` as "`no_grad` can be nested"."""
    names = API_NAMES | FIRST_NAMES
    text = _API_NAME.sub(lambda found: f"`{names[found[0]]}`", title)
    return text[0].upper() + text[1:]


# -- What a program shows -------------------------------------------------------------------------


def shown(case: Case, seen: Observation) -> str:
    """What there is to see after a program, of which `with_postscript` was observed."""
    if "variables" not in seen:
        raise RuntimeError(f"{case.id} left nothing behind: {seen}")
    variables: dict[str, Seen] = dict(seen["variables"])
    gradients = mapping(variables.pop("left_behind"))
    written = mapping(variables.pop("as_written"))
    lines: list[str] = seen["stdout"].splitlines()
    for name, value in variables.items():
        if name not in written or spelling(value) != spelling(written[name]):
            lines += assignment(name, value)
        gradient = gradients.get(name)
        if gradient is not None and gradient["kind"] == "tensor":
            lines += assignment(f"{name}.grad", gradient)
    if seen["error"] is not None:
        said = f"{seen['error']['type']}: {seen['error']['message'].strip()}"
        lines += wrap(said, WIDTH, subsequent_indent="    ", break_on_hyphens=False)
    if not lines:  # nothing happened: what the program spells is all there is
        lines = [line for name, value in variables.items() for line in assignment(name, value)]
    return "\n".join(lines)


def with_postscript(text: str) -> str:
    """The program, and what the page needs beside its variables, even if it ends in an exception:
    the gradients that it leaves behind, and again the values that it spells out."""
    postscript = [
        "left_behind = {",
        "    name: value.grad",
        "    for name, value in list(globals().items())",
        "    if isinstance(value, torch.Tensor)",
        "}",
        "as_written = {}",
    ]
    for name, source in literals(text).items():
        postscript += [f"if {name!r} in globals():", f"    as_written[{name!r}] = {source}"]
    return f"try:\n{indent(text, '    ')}finally:\n{indent(chr(10).join(postscript), '    ')}\n"


def mapping(seen: Seen) -> dict[str, Seen]:
    return {ast.literal_eval(key): value for key, value in seen["items"]}


def literals(text: str) -> dict[str, str]:
    """The variables that the program binds to a constant, or to a tensor made of constants, and
    this value's source. A reader sees it there, so that it is shown only if it has changed."""
    return {
        statement.targets[0].id: ast.unparse(statement.value)
        for statement in ast.parse(text).body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and is_literal(statement.value)
    }


def is_literal(value: ast.expr) -> bool:
    if not isinstance(value, ast.Call):
        return isinstance(value, ast.Constant)
    return ast.unparse(value.func) in CONSTRUCTORS and not any(
        isinstance(node, ast.Name | ast.Call) for part in value.args for node in ast.walk(part)
    )


def assignment(name: str, value: Seen) -> list[str]:
    """`name = repr`, the further lines of the repr below its first."""
    first, *rest = f"{name} = {spelling(value)}".split("\n")
    return [first, *(" " * len(f"{name} = ") + line if line else "" for line in rest)]


def spelling(value: Seen) -> str:
    """A value as Python would print it."""
    if value["kind"] == "plain":
        return value["value"] if value["type"] in ("dtype", "Size") else repr(value["value"])
    if value["kind"] == "sequence":
        items = ", ".join(spelling(item) for item in value["items"])
        if value["type"] == "list":
            return f"[{items}]"
        return f"({items},)" if len(value["items"]) == 1 else f"({items})"
    if value["kind"] == "mapping":
        return "{" + ", ".join(f"{key}: {spelling(item)}" for key, item in value["items"]) + "}"
    return str(value["print"])


# -- The pages ------------------------------------------------------------------------------------


def pages(oracle: Subject) -> Iterator[tuple[str, str]]:
    """Each page's file name and Markdown: the contents first, then the chapters."""
    contents = [INTRODUCTION.format(version=oracle.about["version"].split("+")[0])]
    for chapter in chapters():
        contents.append(f"| [{chapter.heading}]({chapter.name}.md) | {len(chapter.rules)} |\n")
    yield "README.md", "".join(contents)
    for chapter in chapters():
        yield f"{chapter.name}.md", page(chapter, oracle)


def page(chapter: Chapter, oracle: Subject) -> str:
    parts = [f"# {chapter.heading}\n"]
    if chapter.prose:
        parts.append(f"{chapter.prose}\n")
    for rule in chapter.rules:
        parts.append(f"## {sentence(rule.title or rule.id)}\n")
        if rule.note:
            parts.append(f"{rule.note}\n")
        seen = oracle.observe(rule.with_text(with_postscript(rule.text)), SIDES)
        parts.append(f"```python\n{rule.text}```\n")
        parts.append(f"```text\n{shown(rule, seen)}\n```\n")
    return "\n".join(parts)


def main() -> int:
    folder = Path(sys.argv[1])
    with ProcessSubject("torch", sys.executable) as oracle:
        if not oracle.ready:
            sys.stderr.write(f"no specification without PyTorch: {oracle.reason}\n")
            return 1
        for name, text in pages(oracle):
            (folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
