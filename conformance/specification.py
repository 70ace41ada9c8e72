"""The specification as a page: every rule, its program, and what PyTorch shows for it.

`python -m conformance.specification > docs/specification.md` writes it. Nothing on the page is
written twice: headings and prose are the docstrings of chapters and programs, a rule is the name of
its function, and what is shown is what the installed torch did.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
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

This page is written by `python -m conformance.specification > docs/specification.md`.
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
        "inputs", "item", "mm", "permute", "rand", "randint", "randperm", "relu", "reshape", "where",
    )
}
# fmt: on
_API_NAME = re.compile(rf"\b({'|'.join(API_NAMES)})\b|^({'|'.join(FIRST_NAMES)})\b")

SIDES = ("grad_fn", "version", "print")
CONSTRUCTORS = ("torch.tensor", "torch.ones", "torch.zeros")


@dataclass(frozen=True)
class Chapter:
    heading: str
    prose: str
    rules: list[Case]


def chapters() -> Iterator[Chapter]:
    for name in CHAPTERS:
        module = importlib.import_module(f"conformance.cases.semantics.{name}")
        heading, _, prose = (inspect.getdoc(module) or "").partition("\n")
        yield Chapter(heading.rstrip("."), prose.strip(), cases_from(module))


def sentence(title: str) -> str:
    """The rule `no grad can be nested` as "`no_grad` can be nested"."""
    names = API_NAMES | FIRST_NAMES
    text = _API_NAME.sub(lambda found: f"`{names[found[0]]}`", title)
    return text[0].upper() + text[1:]


# -- What a program shows -------------------------------------------------------------------------


def shown(case: Case, seen: Observation) -> str:
    """What there is to see after a program, of which `with_gradients` was observed."""
    if "variables" not in seen:
        raise RuntimeError(f"{case.id} left nothing behind: {seen}")
    variables: dict[str, Seen] = dict(seen["variables"])
    rows = variables.pop("left_behind")["items"]
    gradients = {ast.literal_eval(name): gradient for name, gradient in rows}
    spelled = literals(case.text)
    lines: list[str] = seen["stdout"].splitlines()
    for name, value in variables.items():
        changed = bool(value.get("version")) or value.get("grad_fn") is not None
        if changed or name not in spelled:
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


def with_gradients(text: str) -> str:
    """The program, and the gradients that it leaves behind, even if it ends in an exception."""
    collect = (
        "left_behind = {\n"
        "    name: value.grad\n"
        "    for name, value in list(globals().items())\n"
        "    if isinstance(value, torch.Tensor)\n"
        "}\n"
    )
    return f"try:\n{indent(text, '    ')}finally:\n{indent(collect, '    ')}"


def literals(text: str) -> set[str]:
    """The variables whose values the program spells out: each bound once, to a constant or a tensor
    made of constants."""
    tree = ast.parse(text)
    bound = [
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return {
        statement.targets[0].id
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and bound.count(statement.targets[0].id) == 1
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
    return str(value["print"])


# -- The page -------------------------------------------------------------------------------------


def page(oracle: Subject) -> str:
    """The whole page, as Markdown."""
    parts = [INTRODUCTION.format(version=oracle.about["version"].split("+")[0])]
    for chapter in chapters():
        parts.append(f"## {chapter.heading}\n")
        if chapter.prose:
            parts.append(f"{chapter.prose}\n")
        for rule in chapter.rules:
            parts.append(f"### {sentence(rule.title or rule.id)}\n")
            if rule.note:
                parts.append(f"{rule.note}\n")
            seen = oracle.observe(rule.with_text(with_gradients(rule.text)), SIDES)
            parts.append(f"```python\n{rule.text}```\n")
            parts.append(f"```text\n{shown(rule, seen)}\n```\n")
    return "\n".join(parts)


def main() -> int:
    with ProcessSubject("torch", sys.executable) as oracle:
        if not oracle.ready:
            sys.stderr.write(f"no specification without PyTorch: {oracle.reason}\n")
            return 1
        sys.stdout.write(page(oracle))
    return 0


if __name__ == "__main__":
    sys.exit(main())
