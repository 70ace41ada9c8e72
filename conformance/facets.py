"""The facets of an observation: what is compared, in which run of the program, and how.

A facet is a row of the table at the end. It reads one *run* of a case: the program as it is
(`plain`), or a program derived from it (backward appended, wrapped in `no_grad`, made in-place).
Derived programs are plain text too, so that every verdict has a standalone reproducer.

Comparing yields `Difference`s, which are final, and `Numbers`: pairs of tensors that agree in
dtype and shape and whose values the judge has to weigh (conformance/judge.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from textwrap import indent
from typing import Any

from conformance.case import Case

Seen = dict[str, Any]
Observation = dict[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that was seen differently; `where` is a variable, or a part of one."""

    where: str
    expected: str
    actual: str


@dataclass(frozen=True)
class Numbers:
    """Two tensors of the same dtype and shape whose values have yet to be judged.

    `order` is the order of the derivative: 0 a result, 1 a gradient, 2 a gradient's gradient.
    `kept` marks inputs that the oracle left as they were, and nobody else may touch."""

    where: str
    expected: Seen
    actual: Seen
    order: int = 0
    kept: bool = False


Findings = Iterator[Difference | Numbers]


@dataclass(frozen=True)
class Facet:
    """`run` is the program that an op case is compared by; hand-written programs are compared as
    they are. `needs` is what a subject must have for the facet to make sense."""

    name: str
    run: str
    compare: Callable[[Case, Observation, Observation], Findings]
    needs: str | None = None


# Runs: program texts.

BACKWARD = """\
outputs = differentiable(y)
if outputs:
    torch.autograd.backward(outputs, [cotangent(o) for o in outputs])
"""

DOUBLE_BACKWARD = """\
outputs = differentiable(y)
inputs = differentiable([{inputs}])
cotangents = [cotangent(o).requires_grad_() for o in outputs]
if outputs:
    first = torch.autograd.grad(outputs, inputs, cotangents, create_graph=True, allow_unused=True)
    second = differentiable(first)
    if second:
        torch.autograd.backward(second, [cotangent(g) for g in second])
"""

FORWARD_AD = """\
forward_ad = torch.autograd.forward_ad
with forward_ad.dual_level():
{duals}
{text}
    tangents = [forward_ad.unpack_dual(output).tangent for output in differentiable(y)]
"""


def plain(case: Case) -> str:
    return case.text


def with_backward(case: Case) -> str:
    return f"{case.text.rstrip()}\n{BACKWARD}"


def with_double_backward(case: Case) -> str:
    names = ", ".join(name for name, spec in case.inputs.items() if spec.requires_grad)
    return f"{case.text.rstrip()}\n{DOUBLE_BACKWARD.format(inputs=names)}"


def without_grad(case: Case) -> str:
    return f"with torch.no_grad():\n{indent(case.text.rstrip(), '    ')}\n"


def with_tangents(case: Case) -> str:
    """The inputs that require grad move, each by its cotangent."""
    duals = "\n".join(
        f"    {name} = forward_ad.make_dual({name}, cotangent({name}))"
        for name, spec in case.inputs.items()
        if spec.requires_grad
    )
    return FORWARD_AD.format(duals=duals, text=indent(case.text.rstrip(), "    "))


def in_place(case: Case) -> str | None:
    """The op's in-place variant, followed by backward; None where the op has none."""
    return None if case.inplace is None else f"{case.inplace.rstrip()}\n{BACKWARD}"


def into_given_tensors(case: Case) -> str | None:
    """The op with `out=`; None where it has none."""
    return case.out


RUNS: dict[str, Callable[[Case], str | None]] = {
    "plain": plain,
    "grad": with_backward,
    "gradgrad": with_double_backward,
    "forward_ad": with_tangents,
    "no_grad": without_grad,
    "inplace": in_place,
    "out": into_given_tensors,
}


# Walking over observations.


def walk(variables: dict[str, Seen]) -> dict[str, Seen]:
    """Every value that a program left behind, by the expression that reaches it."""
    found: dict[str, Seen] = {}

    def visit(where: str, seen: Seen) -> None:
        found[where] = seen
        if seen["kind"] == "sequence":
            for number, item in enumerate(seen["items"]):
                visit(f"{where}[{number}]", item)
        elif seen["kind"] == "mapping":
            for key, item in seen["items"]:
                visit(f"{where}[{key}]", item)

    for name, seen in variables.items():
        visit(name, seen)
    return found


def arrays(observation: Observation) -> dict[str, Seen]:
    """Every tensor's value and gradient, by the expression that reaches it (`y[0]`, `x.grad`)."""
    found: dict[str, Seen] = {}
    for where, seen in walk(observation["variables"]).items():
        if seen["kind"] == "tensor":
            found[where] = seen
            if seen.get("grad") is not None:
                found[f"{where}.grad"] = seen["grad"]
    return found


def pairs(expected: Observation, actual: Observation) -> Iterator[tuple[str, Seen, Seen]]:
    """The tensors that both sides have."""
    ours = walk(actual["variables"])
    for where, seen in walk(expected["variables"]).items():
        other = ours.get(where)
        if seen["kind"] == "tensor" and other is not None and other["kind"] == "tensor":
            yield where, seen, other


def is_unchanged(case: Case, where: str, seen: Seen) -> bool:
    """Whether a variable is an input that still has its first value."""
    spec = case.inputs.get(where)
    return spec is not None and seen["value"] == spec.numpy().tobytes().hex()


def root(where: str) -> str:
    """The variable that an expression starts from."""
    return re.split(r"[.[]", where, maxsplit=1)[0]


# Comparisons.


def numbers(where: str, expected: Seen, actual: Seen, order: int, kept: bool = False) -> Findings:
    """Two tensors to be judged, or the plain difference that keeps them from being compared."""
    for side in ("dtype", "shape"):
        if expected[side] != actual[side]:
            yield Difference(f"{where}.{side}", str(expected[side]), str(actual[side]))
            return
    if not (isinstance(expected["value"], str) and isinstance(actual["value"], str)):
        # A side that raised while it was looked at is shown by its error.
        if expected["value"] != actual["value"]:
            yield Difference(where, str(expected["value"]), str(actual["value"]))
        return
    yield Numbers(where, expected, actual, order, kept)


def value(case: Case, expected: Observation, actual: Observation) -> Findings:
    wanted, ours = walk(expected["variables"]), walk(actual["variables"])
    for where in [*wanted, *(name for name in ours if name not in wanted)]:
        if where not in ours:
            yield Difference(where, describe(wanted[where]), "no such variable")
        elif where not in wanted:
            yield Difference(where, "no such variable", describe(ours[where]))
        elif wanted[where]["kind"] == ours[where]["kind"] == "tensor":
            kept = case.op is not None and is_unchanged(case, where, wanted[where])
            yield from numbers(where, wanted[where], ours[where], 0, kept)
        elif summary(wanted[where]) != summary(ours[where]):
            yield Difference(where, describe(wanted[where]), describe(ours[where]))


def side(name: str) -> Callable[[Case, Observation, Observation], Findings]:
    """Compare one plain side (`dtype`, `is_leaf`, ...) of every tensor."""

    def compare(case: Case, expected: Observation, actual: Observation) -> Findings:
        for where, wanted, ours in pairs(expected, actual):
            if wanted[name] != ours[name]:
                yield Difference(f"{where}.{name}", str(wanted[name]), str(ours[name]))

    return compare


def graph(case: Case, expected: Observation, actual: Observation) -> Findings:
    for where, wanted, ours in pairs(expected, actual):
        if wanted["graph"] != ours["graph"]:
            yield Difference(
                f"{where}'s graph", draw_graph(wanted["graph"]), draw_graph(ours["graph"])
            )


def gradients(order: int) -> Callable[[Case, Observation, Observation], Findings]:
    """`.grad` of every tensor: None, zero and accumulated are three different things."""

    def compare(case: Case, expected: Observation, actual: Observation) -> Findings:
        for where, wanted, ours in pairs(expected, actual):
            theirs, mine = wanted["grad"], ours["grad"]
            if theirs is None and mine is None:
                continue
            if theirs is None or mine is None:
                yield Difference(f"{where}.grad", describe_grad(theirs), describe_grad(mine))
            else:
                yield from numbers(f"{where}.grad", theirs, mine, order)

    return compare


def double_gradients(case: Case, expected: Observation, actual: Observation) -> Findings:
    """The first gradients, which of them there are, and the gradients of these."""
    wanted, ours = walk(expected["variables"]), walk(actual["variables"])
    for where, theirs in wanted.items():
        if root(where) != "first":
            continue
        mine = ours.get(where)
        if mine is None or mine["kind"] != theirs["kind"]:
            seen = "nothing" if mine is None else describe(mine)
            yield Difference(where, describe(theirs), seen)
        elif theirs["kind"] == "tensor":
            yield from numbers(where, theirs, mine, 1)
    for found in gradients(2)(case, expected, actual):
        if root(found.where) in (*case.inputs, "cotangents"):
            yield found


def moved(case: Case, expected: Observation, actual: Observation) -> Findings:
    """The tangents of the outputs, and which of them there are."""
    wanted, ours = walk(expected["variables"]), walk(actual["variables"])
    for where, theirs in wanted.items():
        mine = ours.get(where)
        if root(where) != "tangents":
            continue
        if mine is None or mine["kind"] != theirs["kind"]:
            yield Difference(where, describe(theirs), "nothing" if mine is None else describe(mine))
        elif theirs["kind"] == "tensor":
            yield from numbers(where, theirs, mine, 1)


def without_graph(case: Case, expected: Observation, actual: Observation) -> Findings:
    """Under `no_grad`: the same values, and no history."""
    for name in ("requires_grad", "is_leaf", "grad_fn"):
        yield from side(name)(case, expected, actual)
    yield from value(case, expected, actual)


def changed_in_place(case: Case, expected: Observation, actual: Observation) -> Findings:
    """After an in-place step: value, version and history, then the gradients through it."""
    for where, wanted, ours in pairs(expected, actual):
        if root(where) == "y":
            for name in ("version", "requires_grad", "is_leaf", "grad_fn"):
                if wanted[name] != ours[name]:
                    yield Difference(f"{where}.{name}", str(wanted[name]), str(ours[name]))
            yield from numbers(where, wanted, ours, 0)
    yield from gradients(1)(case, expected, actual)


def written(case: Case, expected: Observation, actual: Observation) -> Findings:
    """The given tensors after the op: values, versions, and no history."""
    for where, wanted, ours in pairs(expected, actual):
        if root(where) == "y":
            for name in ("version", "requires_grad"):
                if wanted[name] != ours[name]:
                    yield Difference(f"{where}.{name}", str(wanted[name]), str(ours[name]))
            yield from numbers(where, wanted, ours, 0)


def error(case: Case, expected: Observation, actual: Observation) -> Findings:
    """The exception: its type; for hand-written programs its text, its line and all warnings.

    Op cases compare types alone, since texts of argument errors quote signatures."""
    wanted, ours = expected["error"], actual["error"]
    said = [warned(seen) for seen in (expected, actual)]
    if case.op is None and said[0] != said[1]:
        yield Difference("the warnings", *said)
    if wanted is None or ours is None:
        if wanted is not ours:
            yield Difference("the exception", describe_error(wanted), describe_error(ours))
        return
    sides = ("type",) if case.op is not None else ("type", "message", "line")
    if any(wanted.get(name) != ours.get(name) for name in sides):
        yield Difference("the exception", describe_error(wanted), describe_error(ours))


def warned(seen: Observation) -> str:
    """The warnings, but for those that Python itself hides from users."""
    return (
        "\n".join(": ".join(w) for w in seen["warnings"] if w[0] != "DeprecationWarning") or "none"
    )


def printed(case: Case, expected: Observation, actual: Observation) -> Findings:
    """repr and standard output, where the bits are equal: digits follow from bits."""
    equal = True
    theirs, mine = arrays(expected), arrays(actual)
    for where, wanted, ours in pairs(expected, actual):
        same = wanted["value"] == ours["value"] and wanted["dtype"] == ours["dtype"]
        equal = equal and same
        if same and wanted["print"] != ours["print"]:
            yield Difference(f"repr({where})", wanted["print"], ours["print"])
    equal = equal and all(
        where in mine and mine[where]["value"] == seen["value"] for where, seen in theirs.items()
    )
    if equal and expected["stdout"] != actual["stdout"]:
        yield Difference("what is printed", expected["stdout"], actual["stdout"])


# Words for a report.


def summary(seen: Seen) -> Seen:
    """What identifies a value that is not a tensor; items are visited on their own."""
    if seen["kind"] in ("sequence", "mapping"):
        return {"kind": seen["kind"], "type": seen.get("type"), "length": len(seen["items"])}
    return seen


def describe(seen: Seen) -> str:
    if seen["kind"] == "tensor":
        return f"a {seen['dtype']} tensor of shape {tuple(seen['shape'])}"
    if seen["kind"] == "plain":
        return repr(seen["value"])
    if seen["kind"] in ("sequence", "mapping"):
        return f"{seen.get('type', seen['kind'])} of {len(seen['items'])}"
    return str(seen.get("print") or seen.get("type"))


def describe_grad(grad: Seen | None) -> str:
    if grad is None:
        return "None"
    return f"a {grad['dtype']} gradient of shape {tuple(grad['shape'])}"


def describe_error(problem: dict[str, Any] | None) -> str:
    if problem is None:
        return "no exception"
    line = f" (line {problem['line']})" if problem.get("line") else ""
    return f"{problem['type']}: {problem['message']}{line}"


def draw_graph(nodes: Any) -> str:
    """`MulBackward0(AccumulateGrad(x), -)`; a node met again is drawn by name alone."""
    if not nodes:
        return "no graph"
    drawn: set[int] = set()

    if isinstance(nodes, dict):  # the graph could not be read, and the observer says why
        return str(nodes)

    def draw(index: int) -> str:
        name, edges = nodes[index]
        if index in drawn or not edges:
            return str(name)
        drawn.add(index)
        parts = []
        for edge in edges:
            if edge is None:
                parts.append("-")
            else:
                parts.append(draw(edge[0]) + (f"#{edge[1]}" if edge[1] else ""))
        return f"{name}({', '.join(parts)})"

    return draw(0)


FACETS: dict[str, Facet] = {
    facet.name: facet
    for facet in (
        #     name             run         how                     needs
        Facet("value",         "plain",    value),
        Facet("dtype",         "plain",    side("dtype")),
        Facet("shape",         "plain",    side("shape")),
        Facet("requires_grad", "plain",    side("requires_grad")),
        Facet("is_leaf",       "plain",    side("is_leaf")),
        Facet("grad_fn",       "plain",    side("grad_fn"),        "graph"),
        Facet("graph",         "plain",    graph,                  "graph"),
        Facet("grad",          "grad",     gradients(1)),
        Facet("gradgrad",      "gradgrad", double_gradients),
        Facet("forward_ad",    "forward_ad", moved),
        Facet("no_grad",       "no_grad",  without_graph),
        Facet("inplace",       "inplace",  changed_in_place),
        Facet("out",           "out",      written),
        Facet("error",         "plain",    error),
        Facet("print",         "plain",    printed),
    )
}  # fmt: skip
PROGRAM_FACETS = tuple(name for name, facet in FACETS.items() if facet.run in ("plain", "grad"))
"""The facets of hand-written programs, which call backward themselves: all are read off one run."""


def facets_of(case: Case) -> tuple[str, ...]:
    return case.facets or PROGRAM_FACETS


def run_of(case: Case, facet: str) -> str:
    """Which program a facet of this case is read off."""
    return "plain" if case.op is None else FACETS[facet].run


SIDES: dict[str, tuple[str, ...]] = {
    "value": ("value",),
    "grad": ("grad",),
    "gradgrad": ("value", "grad"),
    "forward_ad": ("value",),
    "no_grad": ("value", "requires_grad", "is_leaf", "grad_fn"),
    "inplace": ("value", "version", "requires_grad", "is_leaf", "grad_fn", "grad"),
    "out": ("value", "version", "requires_grad"),
    "error": (),
    "print": ("value", "grad", "print"),
}
"""The sides of an observation that a facet reads, where they are not just its namesake."""


def sides_of(facets: Iterable[str]) -> list[str]:
    found = {side for facet in facets for side in SIDES.get(facet, (facet,))}
    return sorted(found | {"dtype", "shape"})
