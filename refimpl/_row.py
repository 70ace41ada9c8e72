"""What a row is made of: kernel, formulas, what they save, and the node that applies them."""

from __future__ import annotations

import inspect
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy import ndarray

from . import _dtype
from ._dtype import BF16, F16, F32
from ._engine import FREED, Edge, Node, next_sequence_number, observers
from ._saved import Item, SavedTensor, pack, unpack
from ._tensor import NUMBER, Tensor, new_tensor

Function = Callable[..., Any]
rows: dict[str, Op] = {}

_PROMOTION: dict[str, Function] = {
    # kind: from the promoted dtype of the operands to that of the computation
    "DEFAULT": lambda d: d,
    "WHOLE": lambda d: d,
    "INT_TO_FLOAT": _dtype.to_float,
    "BOOL_TO_LONG": lambda d: _dtype.I64 if d is _dtype.BOOLEAN else d,
}


class Op:
    """One row: what ``pointwise``, ``op`` and ``view`` were given, and what formulas save."""

    Node: Any
    refuses: Mapping[str, tuple[type[Exception], str]] = {}  # kinds of numbers, with the words
    linear = False  # in all its tensors together
    replays = False
    marks = (False, False)

    def __init__(
        self,
        name: str,
        kernel: Function,
        formulas: dict[str, Function],
        *,
        node: str | None = None,
        promotes: str | None = None,
        outputs: str = "",
        differentiable: int | slice | None = None,
        moves: bool = False,
        numbers: bool = True,
        is_view: bool = False,
    ) -> None:
        self.name, self.kernel, self.moves, self.is_view = name, kernel, moves, is_view
        self.call = kernel  # replaced by the function that records it
        self.parameters, self.defaults = _signature(kernel)
        self.argument_names = tuple(" ".join(formulas).split())
        self.formulas = tuple(formulas.values())
        self.together = len(self.argument_names) > len(formulas)
        self.order = sorted(range(len(formulas)), key=self.argument_names.__getitem__)
        self.compute_dtype = _PROMOTION[promotes or "DEFAULT"]
        operands = self.argument_names or ("self", "other", "n")
        self.positions = tuple(self.parameters.index(a) for a in self.argument_names)
        self.is_operand = tuple(p in operands for p in self.parameters)
        self.promotes = promotes
        self.operand_types = (Tensor, *(NUMERIC if numbers else ARRAYS))
        self.outputs = tuple(outputs.split())
        self.output_type = return_type(name.strip("_"), self.outputs) if self.outputs else None
        carrying = differentiable if isinstance(differentiable, slice) else slice(differentiable)
        self.differentiable = carrying
        # What each formula names besides the gradient, and whether it takes every output's.
        own = 1 + self.together
        self.saves = [tuple(inspect.signature(f).parameters)[own:] for f in self.formulas]
        first = [next(iter(inspect.signature(f).parameters)) for f in self.formulas]
        self.takes_all = [name in ("grads", "given") for name in first]
        self.takes_given = [name == "given" for name in first]
        self.takes_list = any(self.takes_all)
        node = node or name.strip("_").title().replace("_", "") + "Backward0"
        self.Node: Any = type(node, (OpNode,), {"op": self, "__module__": "builtins"})
        self.savers = [[self._saver(name) for name in names] for names in self.saves]
        shapes = {p + suffix for p in self.parameters for suffix in ("_shape", "_strides")}
        self.saves_values = bool(set().union(*self.saves) - shapes)
        self.saves_self = any("self" in names for names in self.saves)

    def _saver(self, name: str) -> tuple[Function | None, int]:
        """Where one thing that a formula names is found, and what to keep of it (None: all)."""
        if name in self.parameters:
            return None, self.parameters.index(name)
        for suffix, read in (("_shape", _shape), ("_strides", _strides)):
            if name.endswith(suffix) and name.removesuffix(suffix) in self.parameters:
                return read, self.parameters.index(name.removesuffix(suffix))
        at = self.outputs.index(name) if name in self.outputs else int(name[len("result") :] or 0)
        return _result_item, at

    def save(self, formula: int, args: Sequence[Any], results: Sequence[Tensor]) -> tuple[Any, ...]:
        """What one formula names, as ``unpack`` reads it."""
        items: list[tuple[Any, ...]] = []
        for read, at in self.savers[formula]:
            if read is None:
                value = args[at]
                if isinstance(value, Tensor):
                    counter = value._version_counter
                    items.append((value, counter, counter[0], 0))
                else:
                    items.append((value,))
            elif read is _result_item:
                items.append(_result_item(results[at]))
            else:
                items.append((read(args[at]),))
        return tuple(items)

    def compute(self, *values: Any) -> Any:
        """The kernel on bare values: promotes the operands, computes 16-bit floats in float32."""
        if self.promotes is None:
            if self.moves:
                return self.kernel(*values)
            low = next((d for d in map(_low_dtype, values) if d), None)
            values = tuple(map(_wide, values)) if low else values
        else:
            operands = [v for v, is_one in zip(values, self.is_operand, strict=False) if is_one]
            dtype = self.compute_dtype(
                _dtype.result_type(
                    [np.asarray(v) for v in operands if isinstance(v, ARRAYS)],
                    [v for v in operands if type(v) in NUMBERS],
                )
            )
            kind = "h" if dtype in LOW else dtype.kind
            if kind in self.refuses:
                error, words = self.refuses[kind]
                raise error(words.format(dtype=_dtype.of_numpy[dtype].type_name))
            low = dtype if dtype in LOW and not self.moves else None
            dtype = F32 if low else dtype
            values = tuple(
                _dtype.wrapped(v, dtype) if is_one and isinstance(v, NUMERIC) else v
                for v, is_one in zip(values, self.is_operand, strict=False)
            )
        out = self.kernel(*values)
        if low is None:
            return out
        if isinstance(out, (tuple, list)):
            return type(out)(_narrow(o, low) for o in out)
        return _narrow(out, low)


def _result_item(result: Tensor) -> tuple[Any, ...]:
    # The array, not the tensor, which holds the node that holds this: no cycle for the collector.
    counter = result._version_counter
    return (result._array, counter, counter[0], result._output_nr if result._requires_grad else -1)


def _shape(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value._array.shape
    return [_shape(v) for v in value] if isinstance(value, (list, tuple)) else ()


def _strides(value: Any) -> Any:
    if not isinstance(value, Tensor):
        return ()
    array = value._array
    return tuple([stride // array.itemsize for stride in array.strides])


def return_type(name: str, outputs: tuple[str, ...]) -> Any:
    """A named tuple that prints as PyTorch's ``torch.return_types`` do."""
    made: Any = namedtuple(name, outputs)  # type: ignore[misc]

    def __repr__(self: Any) -> str:
        items = ",\n".join(f"{n}={v!r}" for n, v in zip(outputs, self, strict=True))
        return f"torch.return_types.{name}(\n{items})"

    setattr(made, "__repr__", __repr__)  # noqa: B010 - mypy takes it for an override
    made.__module__ = "torch.return_types"
    return made


ARRAYS = (ndarray, np.generic)
NUMBERS = (float, int, bool, complex)
NUMERIC = (*ARRAYS, *NUMBERS)
LOW = (F16, BF16)


def _low_dtype(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and value:
        value = value[0]
    return value.dtype if isinstance(value, ARRAYS) and value.dtype in LOW else None


def _wide(value: Any) -> Any:
    if isinstance(value, (list, tuple)) and value and isinstance(value[0], ndarray):
        return [_wide(v) for v in value]
    return value.astype(F32) if _low_dtype(value) else value


def _narrow(out: Any, dtype: np.dtype[Any]) -> Any:
    return out.astype(dtype) if isinstance(out, ARRAYS) and out.dtype is F32 else out


def _signature(kernel: Function) -> tuple[tuple[str, ...], dict[str, Any]]:
    if isinstance(kernel, np.ufunc):
        return ("self", "other")[: kernel.nin], {}
    parameters = inspect.signature(kernel).parameters.values()
    return tuple(p.name for p in parameters), {
        p.name: p.default for p in parameters if p.default is not p.empty
    }


class OpNode(Node):
    """The node of a row. ``saved`` has, for each formula, what it names, in order.

    ``_saved`` says in which form.
    """

    op: Op
    _saved: tuple[Any, ...] | None
    _counts: tuple[int, ...] | None = None  # edges per argument, where an argument is a list
    _tangents: dict[int, Any] = {}  # of the outputs, by number

    def __init__(self, edges: tuple[Edge, ...], saved: tuple[Any, ...], outputs: Any) -> None:
        self.next_functions = edges
        self._saved = saved
        self._outputs = outputs
        self._number = next_sequence_number()
        if observers:
            for told in observers:
                told(self)

    def apply(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        if self._saved is None:
            raise RuntimeError(FREED)
        if self.op.together:
            return self._apply_together(grads, as_tensors)
        if self._counts is not None or len(grads) > 1 or self.op.takes_list:
            return self._apply_to_lists(grads, as_tensors)
        grad = grads[0]
        if grad is None:
            return [None] * len(self.next_functions)
        outs: list[Any] = []
        if as_tensors:
            return self._apply_recorded(grad, self._saved)
        for edge, formula, items in zip(self.next_functions, self.op.formulas, self._saved):  # noqa: B905 - equally long by construction
            if edge[0] is None:
                outs.append(None)
            elif not items:
                outs.append(formula(grad))
            else:
                values = []
                for item in items:
                    if len(item) == 1:
                        values.append(item[0])
                    elif item[1][0] != item[2]:
                        values.append(unpack(item, self, False))
                    else:
                        value = item[0]
                        values.append(value if type(value) is ndarray else value._array)
                outs.append(formula(grad, *values))
        return outs

    def _apply_recorded(self, grad: Any, saved: tuple[Any, ...]) -> Sequence[Any]:
        """In the order of the arguments' names, as PyTorch does: so the new nodes are numbered."""
        outs: list[Any] = [None] * len(saved)
        for at in self.op.order:
            if self.next_functions[at][0] is not None:
                values = [unpack(item, self, True) for item in saved[at]]
                outs[at] = self.op.formulas[at](grad, *values)
        return outs

    def _apply_together(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        needed = tuple(node is not None for node, _ in self.next_functions)
        if all(grad is None for grad in grads):
            return [None] * len(needed)
        values = [unpack(item, self, as_tensors) for item in (self._saved or ((),))[0]]
        outs: Sequence[Any] = self.op.formulas[0](
            grads if self.op.takes_given[0] else grads[0], needed, *values
        )
        return outs

    def _apply_to_lists(self, grads: list[Any], as_tensors: bool) -> Sequence[Any]:
        if all(grad is None for grad in grads):
            return [None] * len(self.next_functions)
        zeros = [
            np.zeros(shape, dtype) if grad is None else grad
            for grad, (shape, dtype) in zip(grads, self._outputs, strict=True)
        ]
        if as_tensors:
            zeros = [new_tensor(z) if type(z) is ndarray else z for z in zeros]
        counts = self._counts or (1,) * len(self.op.formulas)
        outs: list[Any] = []
        for count, formula, takes_all, takes_given, items in zip(
            counts, self.op.formulas, self.op.takes_all, self.op.takes_given, self._saved or (),
            strict=True,
        ):  # fmt: skip
            edges = self.next_functions[len(outs) : len(outs) + count]
            if all(node is None for node, _ in edges):
                outs += [None] * count
                continue
            out = formula(
                grads if takes_given else zeros if takes_all else zeros[0],
                *[unpack(item, self, as_tensors) for item in items],
            )
            outs += out if self._counts is not None and isinstance(out, (list, tuple)) else [out]
        return outs

    def release(self) -> None:
        if self.op.saves_values:
            self._saved = None

    def item(self, name: str) -> Item | None:
        """What was saved under a name of the formulas; None where no gradient needs it."""
        for names, items in zip(self.op.saves, self._saved or (), strict=False):
            if name in names and items:
                found: Item = items[names.index(name)]
                return found
        return None

    def pack(self, hooks: Any, only: str | None = None) -> None:
        """Has hooks keep the saved tensors: arguments by name, then results, as PyTorch does."""
        named = {
            name: item
            for names, items in zip(self.op.saves, self._saved or (), strict=True)
            for name, item in zip(names, items, strict=False)
            if len(item) == 4 and item[1] is not NUMBER and only in (None, name)
        }
        order = sorted(named, key=lambda name: (name not in self.op.parameters, name))
        packed = {name: pack(named[name], self, hooks, only is not None) for name in order}
        self._saved = tuple(
            tuple(packed.get(name, item) for name, item in zip(names, items, strict=False))
            for names, items in zip(self.op.saves, self._saved or (), strict=True)
        )

    def __getattr__(self, name: str) -> Any:
        """``_saved_self``, ``_saved_dim``, ``_raw_saved_result`` ...: what formulas named."""
        kind, _, wanted = name.rpartition("saved_")
        if kind in ("_", "_raw_"):
            ours = wanted.replace("_sym_sizes", "_shape").replace("_sym_strides", "_strides")
            if any(ours in names for names in self.op.saves):
                saved = SavedTensor(self, ours)
                return saved if kind == "_raw_" else _as_attribute(ours, saved.unpack())
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __dir__(self) -> list[str]:
        ours = {name for names in self.op.saves for name in names}
        theirs = (
            n.replace("_shape", "_sym_sizes").replace("_strides", "_sym_strides") for n in ours
        )
        return sorted([*super().__dir__(), *("_saved_" + name for name in theirs)])


_SCALARS = {"exponent", "value", "alpha", "beta", "min", "max", "ord", "p", "threshold"}


def _as_attribute(name: str, value: Any) -> Any:
    """PyTorch shows negative integers, but for numbers that stand for tensors, as unsigned."""
    if isinstance(value, (list, tuple)):
        return tuple(_as_attribute(name, v) for v in value)
    if type(value) is int and name not in _SCALARS:
        return value % 2**64
    return value
