"""The rows of the op table, and what follows from a row.

A row says what an operation is: its name, a NumPy kernel, and one formula per differentiable
argument, named after that argument::

    pointwise("tanh", np.tanh, self=lambda grad, result: grad * (1 - result * result))

A formula's parameter names say what is saved for it:

``grad``          the gradient of the output (``grads``: a list, where there are several outputs)
``self``, ...     the argument of that name, promoted as the kernel saw it
``self_shape``    its shape alone, so that changing the values later does no harm
``result``        the output (``result0``, ``result1``, ... or the name in ``outputs``)
anything else     the kernel's parameter of that name (``dim``, ``keepdim``)

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
``moves``     whether the kernel only moves data: then 16-bit floats stay what they are

Forward mode has no column: it follows from the formulas (see ``_forward``).
"""

from __future__ import annotations

import inspect
import sys
from collections import namedtuple
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from . import _dtype, _forward, _inplace
from ._dtype import BF16, F16, F32, F64
from ._engine import FREED, NO_EDGE, Edge, Node, next_sequence_number
from ._forward import level as forward
from ._grad_mode import mode
from ._tensor import Tensor, new_tensor

Function = Callable[..., Any]
torch: Any = sys.modules[__package__]  # the public namespace, in whose words formulas are written
rows: dict[str, Op] = {}
namespace: dict[str, Function] = {}  # public dotted name -> function

# Other spellings that PyTorch accepts for parameters.
_SYNONYMS = {"input": "self", "axis": "dim", "keepdims": "keepdim", "x": "self"}

_PROMOTION: dict[str, Function] = {
    # kind: from the promoted dtype of the operands to that of the computation
    "DEFAULT": lambda d: d,
    "INT_TO_FLOAT": _dtype.to_float,
    "BOOL_TO_LONG": lambda d: _dtype.I64 if d is _dtype.BOOLEAN else d,
}


class Op:
    """One row: what ``pointwise``, ``op`` and ``view`` were given, and what formulas save."""

    def __init__(
        self,
        name: str,
        kernel: Function,
        formulas: dict[str, Function],
        *,
        node: str | None = None,
        promotes: str | None = None,
        outputs: str = "",
        differentiable: int | None = None,
        moves: bool = False,
        is_view: bool = False,
    ) -> None:
        self.name, self.kernel, self.moves, self.is_view = name, kernel, moves, is_view
        self.call: Function = kernel
        self.parameters, self.defaults = _signature(kernel)
        self.argument_names, self.formulas = tuple(formulas), tuple(formulas.values())
        self.compute_dtype = _PROMOTION[promotes or "DEFAULT"]
        operands = self.argument_names or ("self", "other")
        self.is_operand = tuple(p in operands for p in self.parameters)
        self.promotes = promotes
        self.outputs = tuple(outputs.split())
        self.output_type = _return_type(name.strip("_"), self.outputs) if self.outputs else None
        self.differentiable = differentiable
        # What each formula names besides the gradient, and whether it takes every output's.
        self.saves = [tuple(inspect.signature(f).parameters)[1:] for f in self.formulas]
        self.takes_all = ["grads" in inspect.signature(f).parameters for f in self.formulas]
        self.takes_list = any(self.takes_all)
        node = node or name.strip("_").title().replace("_", "") + "Backward0"
        self.Node = type(node, (OpNode,), {"op": self})
        self.check_saved = set().union(*self.saves) - {p + "_shape" for p in self.parameters}
        self.saves_self = any("self" in names for names in self.saves)

    def compute(self, *values: Any) -> Any:
        """The kernel on bare values: promotes the operands, computes 16-bit floats in float32."""
        if self.moves:
            return self.kernel(*values)
        low = None
        if self.promotes is not None:
            operands = [v for v, is_one in zip(values, self.is_operand, strict=False) if is_one]
            dtype = self.compute_dtype(
                _dtype.result_type(
                    [np.asarray(v) for v in operands if isinstance(v, _ARRAYS)],
                    [v for v in operands if type(v) in _NUMBERS],
                )
            )
            low = dtype if dtype in _LOW else None
            dtype = F32 if low else dtype
            values = tuple(
                np.asarray(v, dtype) if is_one and isinstance(v, _NUMERIC) else v
                for v, is_one in zip(values, self.is_operand, strict=False)
            )
        else:
            low = next((d for d in map(_low_dtype, values) if d), None)
            values = tuple(map(_wide, values)) if low else values
        out = self.kernel(*values)
        if low is None:
            return out
        if isinstance(out, (tuple, list)):
            return type(out)(_narrow(o, low) for o in out)
        return _narrow(out, low)


def _return_type(name: str, outputs: tuple[str, ...]) -> Any:
    """A named tuple that prints as PyTorch's ``torch.return_types`` do."""
    made: Any = namedtuple(name, outputs)  # type: ignore[misc]

    def __repr__(self: Any) -> str:
        items = ",\n".join(f"{n}={v!r}" for n, v in zip(outputs, self, strict=True))
        return f"torch.return_types.{name}(\n{items})"

    made.__repr__, made.__module__ = __repr__, "torch.return_types"
    return made


_ARRAYS = (ndarray, np.generic)
_NUMBERS = (float, int, bool, complex)
_NUMERIC = (*_ARRAYS, *_NUMBERS)
_LOW = (F16, BF16)


def _low_dtype(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and value:
        value = value[0]
    return value.dtype if isinstance(value, _ARRAYS) and value.dtype in _LOW else None


def _wide(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], ndarray):
        return [_wide(v) for v in value]
    return value.astype(F32) if _low_dtype(value) else value


def _narrow(out: Any, dtype: np.dtype[Any]) -> Any:
    return out.astype(dtype) if isinstance(out, _ARRAYS) and out.dtype is F32 else out


def _signature(kernel: Function) -> tuple[tuple[str, ...], dict[str, Any]]:
    if isinstance(kernel, np.ufunc):
        return ("self", "other")[: kernel.nin], {}
    parameters = inspect.signature(kernel).parameters.values()
    return tuple(p.name for p in parameters), {
        p.name: p.default for p in parameters if p.default is not p.empty
    }


class OpNode(Node):
    """The node of a row. ``saved`` has, for each formula, what it names, in order.

    A saved tensor is (tensor or output array, version counter, version when saved, output number);
    anything else is a tuple of one.
    """

    op: Op
    saved: tuple[Any, ...] | None
    counts: tuple[int, ...] | None = None  # edges per argument, where an argument is a list

    def __init__(self, edges: tuple[Edge, ...], saved: tuple[Any, ...], metadata: Any) -> None:
        self.next_functions = edges
        self.saved = saved
        self.metadata = metadata
        self._sequence_nr = next_sequence_number()

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        if self.saved is None:
            raise RuntimeError(FREED)
        if self.counts is not None or len(grads) > 1 or self.op.takes_list:
            return self._apply_to_lists(grads, as_tensors)
        grad = grads[0]
        if grad is None:
            return [None] * len(self.next_functions)
        outs = []
        for edge, formula, items in zip(
            self.next_functions, self.op.formulas, self.saved, strict=True
        ):
            if edge[0] is None:
                outs.append(None)
            elif not items:
                outs.append(formula(grad))
            elif len(items) == 1:
                outs.append(formula(grad, unpack(items[0], self, as_tensors)))
            else:
                outs.append(formula(grad, *[unpack(item, self, as_tensors) for item in items]))
        return outs

    def _apply_to_lists(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        if all(grad is None for grad in grads):
            return [None] * len(self.next_functions)
        zeros = [
            np.zeros(shape, dtype) if grad is None else grad
            for grad, (shape, dtype) in zip(grads, self.metadata, strict=True)
        ]
        if as_tensors:
            zeros = [new_tensor(z) if type(z) is ndarray else z for z in zeros]
        counts = self.counts or (1,) * len(self.op.formulas)
        outs: list[Any] = []
        for count, formula, takes_all, items in zip(
            counts, self.op.formulas, self.op.takes_all, self.saved or (), strict=True
        ):
            edges = self.next_functions[len(outs) : len(outs) + count]
            if all(node is None for node, _ in edges):
                outs += [None] * count
                continue
            out = formula(
                zeros if takes_all else zeros[0],
                *[unpack(item, self, as_tensors) for item in items],
            )
            outs += out if self.counts is not None and isinstance(out, (list, tuple)) else [out]
        return outs

    def release(self) -> None:
        if self.op.check_saved:
            self.saved = None

    def __getattr__(self, name: str) -> Any:
        """``_saved_self``, ``_saved_result``, ``_saved_dim`` ...: what formulas named."""
        wanted = name.removeprefix("_saved_")
        if name.startswith("_saved_"):
            for argument, names in enumerate(self.op.saves):
                if wanted in names:
                    if self.saved is None:
                        raise RuntimeError(FREED)
                    item = self.saved[argument][names.index(wanted)]
                    return unpack(item, self, True)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


def unpack(item: tuple[Any, ...], node: OpNode, as_tensor: bool) -> Any:
    """What was saved, as formulas want it; a RuntimeError if it has been changed since."""
    if len(item) == 1:
        return item[0]
    value, counter, version, output_nr = item
    if counter[0] != version:
        raise RuntimeError(_stale(value, counter, version, node, output_nr))
    if type(value) is not ndarray:  # an input: the tensor itself
        return value if as_tensor else value._array
    if not as_tensor:
        return value
    result = new_tensor(value)
    result._version_counter = counter
    if output_nr >= 0:
        result._requires_grad, result._grad_fn, result._output_nr = True, node, output_nr
    return result


def _stale(value: Any, counter: list[int], version: int, node: OpNode, output_nr: int) -> str:
    array, owner, nr = value, node, output_nr
    if type(value) is not ndarray:
        array, owner, nr = value._array, value.grad_fn, value._output_nr
    type_name = _dtype.of_numpy[array.dtype].type_name
    of = ""
    if owner is not None:
        of = f", which is output {max(nr, 0)} of {owner.name().removesuffix('Backward0')},"
        if owner.name() == "CopySlices":
            of = f", which is output {nr} of torch::autograd::CopySlices,"
    return (
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [torch.{type_name}Tensor {list(array.shape)}]{of} is at version {counter[0]}; "
        f"expected version {version} instead. Hint: enable anomaly detection to find the operation "
        "that failed to compute its gradient, with "
        "torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )


def publish(name: str, function: Function, places: Sequence[str], inplace: bool = False) -> None:
    """Makes a function known under its name in each place, and its in-place method."""
    public = _public(name, function)
    for place in places:
        if place == "Tensor":
            setattr(Tensor, name, public)
        else:
            namespace[name if place == "torch" else f"{place}.{name}"] = public
    if inplace:
        method = _inplace.variant(name, function)
        setattr(Tensor, name + "_", method)
        if "torch" in places:
            namespace[name + "_"] = method


def _public(name: str, function: Function) -> Function:
    """The function as users call it: PyTorch's other parameter names, PyTorch's errors."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = {_SYNONYMS.get(key, key): value for key, value in kwargs.items()}
        try:
            result = function(*args, **kwargs)
        except TypeError:
            _check_call(name, function, args, kwargs)
            raise
        if result is NotImplemented:
            raise _argument_error(name, args)
        return result

    call.__name__ = call.__qualname__ = function.__name__ = function.__qualname__ = name
    call.__doc__ = function.__doc__
    return call


def _check_call(
    name: str, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """PyTorch's words for arguments that a function lacks."""
    missing = [
        "input" if p.name == "self" else p.name
        for position, p in enumerate(inspect.signature(function).parameters.values())
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
        and position >= len(args) and p.name not in kwargs
    ]  # fmt: skip
    if missing:
        listed = ", ".join(f'"{m}"' for m in missing)
        raise TypeError(
            f"{name}() missing {len(missing)} required positional arguments: {listed}"
        ) from None


def _argument_error(name: str, args: tuple[Any, ...]) -> TypeError:
    wrong = [
        (position, value)
        for position, value in enumerate(args, 1)
        if not isinstance(value, Tensor) and (position == 1 or type(value) not in _NUMBERS)
    ] or [
        (position, value) for position, value in enumerate(args, 1) if not isinstance(value, Tensor)
    ]
    position, value = wrong[0]
    parameter = {1: "input", 2: "other"}.get(position, "")
    return TypeError(
        f"{name}(): argument '{parameter}' (position {position}) must be Tensor, "
        f"not {type(value).__name__}"
    )


def composite(*places: str, name: str | None = None, inplace: bool = False) -> Function:
    """Decorates an operation that is made of others: it has no node of its own."""

    def register(function: Function) -> Function:
        publish(name or function.__name__.rstrip("_"), function, places or EVERYWHERE, inplace)
        return function

    return register


def alias(name: str, of: str) -> None:
    """Another public name of an operation."""
    namespace[name] = namespace[of]
    for suffix in ("", "_"):
        if hasattr(Tensor, of + suffix):
            setattr(Tensor, name + suffix, getattr(Tensor, of + suffix))


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


def pointwise(
    name: str,
    kernel: Function,
    *,
    node: str | None = None,
    promotes: str = "DEFAULT",
    places: Sequence[str] = EVERYWHERE,
    inplace: bool = True,
    **formulas: Function,
) -> Function:
    """A row whose kernel works element by element and broadcasts."""
    row = rows[name] = Op(name, kernel, formulas, node=node, promotes=promotes)
    row.call = {("self",): _unary, ("self", "other"): _binary}.get(row.parameters, _general)(row)
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
    differentiable: int | None = None,
    moves: bool = False,
    **formulas: Function,
) -> Function:
    """A row of any other kind: reductions, products, indexing ..."""
    row = rows[name] = Op(
        name, kernel, formulas, node=node, promotes=promotes, outputs=outputs,
        differentiable=differentiable, moves=moves,
    )  # fmt: skip
    fast = row.parameters == ("self",) and not outputs and (
        set().union(*row.saves) <= {"self", "result"} or row.saves == [("self_shape",)]
    )  # fmt: skip
    row.call = (_unary if fast else _general)(row)
    publish(name, row.call, places, inplace)
    return row.call


def view(
    name: str,
    kernel: Function,
    *,
    node: str | None = None,
    places: Sequence[str] = EVERYWHERE,
    **formulas: Function,
) -> Function:
    """A row whose kernel returns NumPy views of its first argument: results share its memory."""
    row = rows[name] = Op(name, kernel, formulas, node=node, moves=True, is_view=True)
    row.call = _general(row)
    publish(name, row.call, places)
    return row.call


def _unary(row: Op) -> Function:
    kernel, compute, make_node = row.kernel, row.compute, row.Node
    saves = row.saves[0] if row.saves else ()
    by_shape = saves == ("self_shape",)
    differentiable, by_self, by_result = bool(row.formulas), "self" in saves, "result" in saves

    def call(self: Any) -> Any:
        try:
            x = self._array
        except AttributeError:
            return compute(self) if isinstance(self, _ARRAYS) else NotImplemented
        out = kernel(x) if x.dtype is F32 or x.dtype is F64 else compute(x)
        if type(out) is not ndarray:
            out = np.asarray(out)
        t = new_tensor(out)
        requires_grad = self._requires_grad or (self._base is not None and self.requires_grad)
        if requires_grad and differentiable and mode.enabled:
            saved: tuple[Any, ...] = ()
            if by_result:
                saved = ((out, t._version_counter, 0, 0),)
                if by_self:
                    counter = self._version_counter
                    saved = tuple(
                        saved[0] if s == "result" else (self, counter, counter[0], 0) for s in saves
                    )
            elif by_self:
                counter = self._version_counter
                saved = ((self, counter, counter[0], 0),)
            elif by_shape:
                saved = ((x.shape,),)
            t._requires_grad = True
            t._grad_fn = make_node((self._edge(),), (saved,), ((out.shape, out.dtype),))
        if forward.active:
            _forward.carry(call, (self,), [t])
        return t

    return call


# What a formula of a binary operation saves, from the items of its two operands.
_PICKS: dict[tuple[str, ...], Function] = {
    (): lambda a, b: (),
    ("self",): lambda a, b: (a,),
    ("other",): lambda a, b: (b,),
    ("self", "other"): lambda a, b: (a, b),
    ("other", "self"): lambda a, b: (b, a),
}
NOTHING_SAVED: tuple[Any, ...] = ((), ())


def _binary(row: Op) -> Function:
    kernel, compute, make_node = row.kernel, row.compute, row.Node
    if len(row.formulas) != 2 or any(set(s) - {"self", "other"} for s in row.saves):
        return _general(row)  # only the commonest form is worth a path of its own
    saves_a, saves_b = row.saves
    pick_a, pick_b = _PICKS[saves_a], _PICKS[saves_b]
    general = _general(row)
    fast = row.promotes == "DEFAULT" or row.promotes == "INT_TO_FLOAT"

    def call(self: Any, other: Any) -> Any:
        try:
            x, y = self._array, other._array
        except AttributeError:
            if not isinstance(self, Tensor) and not isinstance(other, Tensor):
                both = isinstance(self, _NUMERIC) and isinstance(other, _NUMERIC)
                return compute(self, other) if both else NotImplemented
            if mode.in_formula and f"_{row.name}_number" in rows and type(other) in _NUMBERS:
                return rows[f"_{row.name}_number"].call(self, other)
            x = y = None
        if x is None or x.dtype is not y.dtype:
            operands = _operands(row, self, other)
            if operands is None:
                return general(self, other)
            self, other = operands
            x, y = self._array, other._array
        try:
            out = kernel(x, y) if fast and (x.dtype is F32 or x.dtype is F64) else compute(x, y)
        except ValueError:
            raise _broadcast_error(x.shape, y.shape) from None
        if type(out) is not ndarray:
            out = np.asarray(out)
        t = new_tensor(out)
        if mode.enabled:
            a = self._requires_grad or (self._base is not None and self.requires_grad)
            b = other._requires_grad or (other._base is not None and other.requires_grad)
            if a or b:
                saved = NOTHING_SAVED
                if saves_a or saves_b:
                    counter = self._version_counter
                    item_self = (self, counter, counter[0], 0)
                    counter = other._version_counter
                    item_other = (other, counter, counter[0], 0)
                    saved = (
                        pick_a(item_self, item_other) if a else (),
                        pick_b(item_self, item_other) if b else (),
                    )
                t._requires_grad = True
                t._grad_fn = make_node(
                    (self._edge() if a else NO_EDGE, other._edge() if b else NO_EDGE),
                    saved,
                    ((out.shape, out.dtype),),
                )
        if forward.active:
            _forward.carry(call, (self, other), [t])
        return t

    return call


def _operands(row: Op, self: Any, other: Any) -> Any:
    """Both operands as tensors of the dtype in which they meet.

    None where the general path must decide: a number that meets 16-bit floats keeps the precision
    in which they are computed, and what is neither tensor nor number is not an operand.
    """
    number = other if isinstance(self, Tensor) else self
    if isinstance(number, Tensor):
        dtype = _dtype.result_type([self._array, other._array], [])
    elif type(number) in _NUMBERS or isinstance(number, np.generic):
        array = (self if number is other else other)._array
        dtype = array.dtype
        if type(number) is complex or not (dtype is F32 or dtype is F64):
            dtype = _dtype.result_type([array], [number])
    else:
        return None
    dtype = row.compute_dtype(dtype)
    return None if dtype in _LOW else (_as(self, dtype), _as(other, dtype))


def _as(value: Any, dtype: np.dtype[Any]) -> Tensor:
    """A number as a 0-d tensor; a tensor in another dtype, still the same variable to autograd."""
    if not isinstance(value, Tensor):
        return new_tensor(np.asarray(value, dtype))
    if value._array.dtype is dtype:
        return value
    alias = new_tensor(value._array.astype(dtype))
    if value.requires_grad:
        alias._requires_grad, alias._version_counter = True, value._version_counter
        alias._grad_fn, alias._output_nr = value._edge()
    return alias


def _general(row: Op) -> Function:
    """Any number of arguments and outputs, lists of tensors, parameters, views."""
    parameters, defaults = row.parameters, row.defaults
    differentiable = [(parameters.index(a), i) for i, a in enumerate(row.argument_names)]

    def call(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) < len(parameters):
            try:
                args += tuple(
                    [kwargs.pop(p) if p in kwargs else defaults[p] for p in parameters[len(args) :]]
                )
            except KeyError as missing:
                raise _missing(row, missing.args[0]) from None
            if kwargs:
                raise TypeError(
                    f"{row.name}() got an unexpected keyword argument '{next(iter(kwargs))}'"
                )
        elif len(args) > len(parameters):
            raise TypeError(
                f"{row.name}() takes {len(parameters)} positional arguments but {len(args)} were given"
            )
        tensors = [v for v in args if isinstance(v, Tensor)] + [
            v for a in args if type(a) in (list, tuple) for v in a if isinstance(v, Tensor)
        ]
        if not tensors:
            bare = isinstance(args[0], _ARRAYS) or (
                type(args[0]) in (list, tuple) and args[0] and isinstance(args[0][0], _ARRAYS)
            )
            bare = bare or any(isinstance(a, _ARRAYS) for a in args)
            return row.compute(*args) if bare else NotImplemented
        if row.promotes is not None:
            operands = [a for a, is_one in zip(args, row.is_operand, strict=True) if is_one]
            if not all(
                isinstance(a, (Tensor, *_NUMERIC)) or (a is None and defaults) for a in operands
            ):
                return NotImplemented
            args = _promote(row, args)
        values = [_bare(a) for a in args]
        try:
            out = row.compute(*values)
        except ValueError as error:
            if row.promotes is not None and len(tensors) > 1:
                raise _broadcast_error(tensors[0]._array.shape, tensors[1]._array.shape) from None
            raise RuntimeError(str(error)) from None
        several = isinstance(out, (tuple, list))
        arrays = [np.asarray(o) for o in (out if several else (out,))]
        results = [new_tensor(array) for array in arrays]
        if row.is_view:
            for t in results:
                _share(t, args[0], several)
        if mode.enabled and row.formulas and any(t.requires_grad for t in tensors):
            _record(row, args, differentiable, arrays, results)
        if forward.active and row.formulas:
            _forward.carry(call, args, results)
        if not several:
            return results[0]
        return row.output_type(*results) if row.output_type is not None else tuple(results)

    return call


def _bare(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value._array
    if type(value) in (list, tuple) and any(isinstance(v, Tensor) for v in value):
        return [_bare(v) for v in value]
    return value


def _missing(row: Op, parameter: str) -> TypeError:
    public = "input" if parameter == "self" else parameter
    return TypeError(f'{row.name}() missing 1 required positional arguments: "{public}"')


def _promote(row: Op, args: tuple[Any, ...]) -> tuple[Any, ...]:
    operands = [a for a, is_one in zip(args, row.is_operand, strict=True) if is_one]
    dtype = row.compute_dtype(
        _dtype.result_type(
            [a._array for a in operands if isinstance(a, Tensor)],
            [a for a in operands if type(a) in _NUMBERS],
        )
    )
    return tuple(
        _as(a, dtype) if is_one and isinstance(a, Tensor) else a
        for a, is_one in zip(args, row.is_operand, strict=True)
    )


def _share(view: Tensor, of: Tensor, several: bool) -> None:
    """Makes ``view`` a view of ``of``: one version counter, and in-place steps reach the base."""
    view._base = of if of._base is None else of._base
    view._version_counter = of._version_counter
    view._view_version = of._version_counter[0]
    view._multi_output = several
    view._made_in_no_grad = not mode.enabled


def _record(
    row: Op,
    args: tuple[Any, ...],
    differentiable: list[tuple[int, int]],
    arrays: list[np.ndarray],
    results: list[Tensor],
) -> None:
    """Makes the node: edges to the arguments, what formulas name, outputs that carry gradients."""
    edges: list[Edge] = []
    counts: list[int] = []
    for position, _ in differentiable:
        value = args[position]
        tensors = value if type(value) in (list, tuple) else [value]
        edges += [
            t._edge() if isinstance(t, Tensor) and t.requires_grad else NO_EDGE for t in tensors
        ]
        counts.append(len(tensors))
    if all(node is None for node, _ in edges):
        return
    carrying = [t for t in results if t._array.dtype.kind in "fcV"][: row.differentiable]
    saved, start = [], 0
    for names, count in zip(row.saves, counts, strict=True):
        wanted = any(node is not None for node, _ in edges[start : start + count])
        start += count
        saved.append(
            tuple([_save(row, n, args, results, carrying) for n in names]) if wanted else ()
        )
    metadata = tuple([(t._array.shape, t._array.dtype) for t in carrying])
    node = row.Node(tuple(edges), tuple(saved), metadata)
    if any(type(args[position]) in (list, tuple) for position, _ in differentiable):
        node.counts = tuple(counts)
    for nr, t in enumerate(carrying):
        t._requires_grad, t._grad_fn, t._output_nr = True, node, nr


def _save(
    row: Op, name: str, args: tuple[Any, ...], results: list[Tensor], carrying: list[Tensor]
) -> tuple[Any, ...]:
    if name in row.parameters:
        value = args[row.parameters.index(name)]
        if isinstance(value, Tensor):
            return (value, value._version_counter, value._version_counter[0], 0)
        return (value,)
    if name.endswith("_shape"):
        value = args[row.parameters.index(name.removesuffix("_shape"))]
        if type(value) in (list, tuple):
            return ([tuple(v._array.shape) for v in value],)
        return (value._array.shape if isinstance(value, Tensor) else (),)
    index = row.outputs.index(name) if name in row.outputs else int(name[6:] or 0)
    result = results[index]
    output_nr = next((nr for nr, t in enumerate(carrying) if t is result), -1)
    counter = result._version_counter
    return (result._array, counter, counter[0], output_nr)


def _broadcast_error(a: tuple[int, ...], b: tuple[int, ...]) -> RuntimeError:
    """PyTorch names the last dimension at which two shapes do not broadcast."""
    for back in range(1, min(len(a), len(b)) + 1):
        if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
            return RuntimeError(
                f"The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) at "
                f"non-singleton dimension {max(len(a), len(b)) - back}"
            )
    return RuntimeError(f"shapes {list(a)} and {list(b)} do not broadcast")
