"""Stand-ins: fresh leaves in the place of tensors, for a derivative that must see nothing else.

A derivative with respect to ``x`` itself would also count what reaches ``x`` by other ways, say
through a closure or through another level's computation. With respect to a leaf that stands for
``x`` in one call it does not. Afterwards results are seen from outside: there, stand-ins give way
to what they stand for, and only what had a graph before has one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

from ._engine import NO_EDGE, Edge, Node, next_sequence_number
from ._grad_mode import mode
from ._tensor import Tensor


class StandIn(Node):
    """A leaf to whom it is shown to; gradients pass through to what it stands for."""

    def __init__(self, t: Tensor, edge: Edge, call: StandIns) -> None:
        self.original, self.call = t, call
        self.next_functions = (edge,)
        self._outputs = ((t._array.shape, t._array.dtype),)
        self._number = next_sequence_number()

    def name(self) -> str:
        return "torch::autograd::AccumulateGrad"

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        return grads


class StandIns:
    """Those of one call, which lasts as long as the block; made where it begins, for it remembers
    whether operations are recorded. Nobody sees those of a call that is over."""

    over = False

    def __init__(self) -> None:
        self.recorded = mode.enabled
        self.first = next_sequence_number()

    def __enter__(self) -> StandIns:
        return self

    def __exit__(self, *exc: object) -> None:
        self.over = True

    def of(self, t: Tensor) -> Tensor:
        """A leaf with the values and tangents of ``t`` that requires grad."""
        edge = t._edge() if self.recorded and t.requires_grad else NO_EDGE
        node = StandIn(t, edge, self)
        leaf = t.detach()
        leaf._tangents = t._tangents
        leaf._requires_grad, leaf._accumulate = True, (node, 0)
        return leaf

    def outside(self, results: Iterable[Tensor], since: int = -1) -> list[Tensor]:
        """``results`` as seen without the stand-ins; the graphs within stay as they are.

        Nodes numbered up to ``since`` are not looked at.
        """
        results = list(results)
        edges = [t._edge() if t.requires_grad else NO_EDGE for t in results]
        others: dict[Node, Node | None] = {}  # what takes a node's place; None: nothing does

        def replaced(edge: Edge) -> Edge:
            node, nr = edge
            if not self.recorded:
                return NO_EDGE
            if type(node) is StandIn and (node.call is self or node.call.over):
                return replaced(node.next_functions[0])
            other = others.get(node, node)
            return NO_EDGE if other is None else (other, nr)

        for node in sorted(_newer(edges, since), key=lambda node: node._number):
            targets = tuple(map(replaced, node.next_functions))
            if targets != tuple(node.next_functions):
                others[node] = None
                if any(target is not None for target, _ in targets):
                    others[node] = other = copy.copy(node)
                    other.next_functions = targets
        return [self._at(replaced(e), e, t, since) for t, e in zip(results, edges, strict=True)]

    def _at(self, new: Edge, edge: Edge, t: Tensor, since: int) -> Tensor:
        if type(edge[0]) is StandIn and new != edge and t._grad_fn is None:
            return edge[0].original
        carried = dict(zip(t._tangents, self.outside(t._tangents.values(), since), strict=True))
        if new == edge and all(carried[level] is t._tangents[level] for level in carried):
            return t
        moved = at(new, t)
        moved._tangents = carried
        return moved


def _newer(edges: Sequence[Edge], since: int) -> set[Node]:
    found: set[Node] = set()
    stack = [node for node, _ in edges]
    while stack:
        node = stack.pop()
        if node is not None and node not in found and node._number > since:
            found.add(node)
            stack += [target for target, _ in node.next_functions]
    return found


def at(edge: Edge, t: Tensor) -> Tensor:
    """The values and tangents of ``t`` at another place of the graph."""
    moved = t.detach()
    moved._tangents = t._tangents
    moved._requires_grad = edge[0] is not None
    moved._grad_fn, moved._output_nr = edge
    return moved


def detached(t: Tensor) -> Tensor:
    """The values of ``t``, and its tangents, outside any graph."""
    moved = at(NO_EDGE, t)
    moved._tangents = {level: detached(tangent) for level, tangent in t._tangents.items()}
    return moved
