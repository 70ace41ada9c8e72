"""The rows of the op table, and what follows from a row.

A row says what an operation is: its name, a NumPy kernel, and one formula per differentiable
argument, named after that argument::

    pointwise("tanh", np.tanh, self=lambda grad, result: grad * (1 - result * result))

A formula's parameter names say what is saved for it:

``grad``          the gradient of the output (``grads``: a list, where there are several outputs;
                  ``given``: the same, with None where no gradient arrived)
``self``, ...     the argument of that name, promoted as the kernel saw it
``self_shape``    its shape alone, so that changing the values later does no harm
``result``        the output (``result0``, ``result1``, ... or the name in ``outputs``)
anything else     the kernel's parameter of that name (``dim``, ``keepdim``)

One formula may give the gradients of several arguments, in one step of several outputs, as in
``**together("input weight", ...)``. Its second parameter says which of them are needed; for others
it may return None.

Formulas are written with operators and with functions of the ``torch`` namespace, so the same text
serves first order on bare ndarrays and, when ``create_graph=True`` asks for a graph, every higher
order on Tensors. Names, methods, in-place variants, nodes and checks of stale values follow.

The other columns, each with its usual value:

``node``      name of the node, where it is not the rule ("log_softmax" -> "LogSoftmaxBackward0")
``promotes``  how pointwise operands promote, in PyTorch's words: "DEFAULT", "INT_TO_FLOAT",
              "BOOL_TO_LONG"; None: arguments are taken as they are
``places``    where the function is found: "torch", "Tensor", "nn.functional", ...
``inplace``   whether there is an in-place method (``tanh_``)
``outputs``   names of several outputs; ``differentiable``: how many of them carry gradients
              (or which, as a slice)
``numbers``   whether a pointwise operand may be a Python number
``moves``     whether the kernel only moves data: then 16-bit floats stay what they are
``linear``    whether forward mode applies it to tangents, where the formulas do not say all: of
              several elements written to one place only the last is left

Else forward mode follows from the formulas (see ``_forward``).
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _dtype, _inplace, _out
from ._arguments import check_arguments
from ._call import function_of
from ._grad_mode import mode
from ._row import Function, Op, rows
from ._tensor import Tensor

torch: Any = sys.modules[__package__]  # the public namespace, in whose words formulas are written
namespace: dict[str, Function] = {}  # public dotted name -> function

# Other spellings that PyTorch accepts for parameters.
_SYNONYMS = {"input": "self", "axis": "dim", "keepdims": "keepdim", "x": "self"}


def publish(name: str, function: Function, places: Sequence[str], inplace: bool = False) -> None:
    """Makes a function known under its name in each place, and its in-place method."""
    function.__name__ = function.__qualname__ = name
    for place in places:
        public = _public(place, name, function)
        if place == "Tensor":
            setattr(Tensor, name, public)
        else:
            namespace[name if place == "torch" else f"{place}.{name}"] = public
    if inplace:
        method = _inplace.variant(name, function)
        setattr(Tensor, name + "_", _public("Tensor", name + "_", method))
        if "torch" in places:
            namespace[name + "_"] = _public("torch", name + "_", method)


def _public(place: str, name: str, function: Function) -> Function:
    """The function as users call it: PyTorch's other parameter names, PyTorch's errors."""
    known: set[Any] = set()  # the types of arguments that some overload takes
    own = () if isinstance(function, np.ufunc) else inspect.signature(function).parameters
    synonyms = {name: ours for name, ours in _SYNONYMS.items() if name not in own}

    def call(*args: Any, **kwargs: Any) -> Any:
        if (kwargs or len(args) > 1) and not mode.in_formula:
            types = tuple(map(type, args))
            if kwargs or list in types or tuple in types:
                types = tuple(map(_types, (*args, *kwargs.items())))
            if types not in known and check_arguments(place, name, args, kwargs):
                known.add(types)
        try:
            if kwargs:
                named = {synonyms.get(key, key): value for key, value in kwargs.items()}
                if "out" in named and _out.takes_out(place, name):
                    result = _out.call_into(place, name, function, args, named)
                else:
                    result = function(*args, **named)
            else:
                result = function(*args)
        except Exception:  # whatever it is that a function makes of arguments that it cannot read
            check_arguments(place, name, args, kwargs)
            raise
        if result is NotImplemented:
            check_arguments(place, name, args, kwargs)
            raise TypeError(f"{name}(): no operand is a tensor")
        return result

    call.__name__ = call.__qualname__ = name
    call.__doc__ = function.__doc__
    call.__wrapped__ = function  # type: ignore[attr-defined]
    return call


def _types(value: Any) -> Any:
    """What decides which overload takes a value: its type, and the types in a list."""
    if isinstance(value, (list, tuple)):
        return type(value), *map(_types, value)
    return value if isinstance(value, str) else type(value)


def composite(*places: str, name: str | None = None, inplace: bool = False) -> Function:
    """Decorates an operation that is made of others: it has no node of its own."""

    def register(function: Function) -> Function:
        publish(name or function.__name__.rstrip("_"), function, places or EVERYWHERE, inplace)
        return function

    return register


def alias(name: str, of: str) -> None:
    """Another public name of an operation."""
    for suffix in ("", "_"):
        if of + suffix in namespace:
            place, _, base = ("torch." + name).rpartition(".")
            place = place.removeprefix("torch.")
            namespace[name + suffix] = _renamed(place, base + suffix, namespace[of + suffix])
        if "." not in name and hasattr(Tensor, of + suffix):
            method = _renamed("Tensor", name + suffix, getattr(Tensor, of + suffix))
            setattr(Tensor, name + suffix, method)


def _renamed(place: str, name: str, function: Function) -> Function:
    return _public(place, name, getattr(function, "__wrapped__", function))


def find(module: str, name: str) -> Any:
    """What the table has placed under this name in a public module, or an AttributeError."""
    prefix = "" if module == "torch" else module.removeprefix("torch.") + "."
    found = namespace.get(prefix + name, _dtype.names.get(name) if not prefix else None)
    if found is None:
        raise AttributeError(f"module '{module}' has no attribute '{name}'")
    return found


def row(name: str) -> Function:
    """The function of a row, without the checks that public names make."""
    return rows[name].call


EVERYWHERE = ("torch", "Tensor")
NOT_IMPLEMENTED = "torch::autograd::NotImplemented"
"""The node of operations that PyTorch cannot derive."""


def not_implemented(name: str) -> Function:
    """The formulas of such an operation."""

    def refuse(grad: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    return refuse


def no_derivative(of: str) -> Function:
    """The formula of the one argument that PyTorch cannot derive by."""

    def refuse(grad: Any) -> Any:
        raise NotImplementedError(f"the derivative for '{of}' is not implemented.")

    return refuse


def pointwise(
    name: str,
    kernel: Function,
    *,
    node: str | None = None,
    promotes: str = "DEFAULT",
    places: Sequence[str] = EVERYWHERE,
    inplace: bool = True,
    moves: bool = False,
    numbers: bool = True,
    **formulas: Function,
) -> Function:
    """A row whose kernel works element by element and broadcasts."""
    row = rows[name] = Op(
        name, kernel, formulas, node=node, promotes=promotes, moves=moves, numbers=numbers
    )
    row.call = function_of(row)
    publish(name, row.call, places, inplace)
    return row.call


def op(
    name: str,
    kernel: Function,
    *,
    node: str | None = None,
    promotes: str | None = None,
    places: Sequence[str] = EVERYWHERE,
    inplace: bool = False,
    outputs: str = "",
    differentiable: int | slice | None = None,
    moves: bool = False,
    linear: bool = False,
    **formulas: Function,
) -> Function:
    """A row of any other kind: reductions, products, indexing ..."""
    row = rows[name] = Op(
        name, kernel, formulas, node=node, promotes=promotes, outputs=outputs,
        differentiable=differentiable, moves=moves,
    )  # fmt: skip
    row.linear = linear
    row.call = function_of(row)
    publish(name, row.call, places, inplace)
    return row.call


def together(arguments: str, formula: Function) -> dict[str, Any]:
    """One formula for several arguments."""
    return {arguments: formula}


def view(
    name: str,
    kernel: Function,
    *,
    node: str | None = None,
    places: Sequence[str] = EVERYWHERE,
    replays: bool = False,
    marks: tuple[bool, bool] = (False, False),
    **formulas: Function,
) -> Function:
    """A row whose kernel returns NumPy views of its first argument: results share its memory.

    ``marks``: whether it is shown conjugated, negated. ``replays``: whether sizes, strides and an
    offset do not say all of the view, so that it is made again when its base has changed.
    """
    row = rows[name] = Op(name, kernel, formulas, node=node, moves=True, is_view=True)
    row.replays, row.marks = replays, marks
    row.call = function_of(row)
    publish(name, row.call, places)
    return row.call
