"""What nodes save for the backward pass: how it is kept, checked and read, and the user's hooks.

An item is (tensor or output's array, version counter, version when saved, output number), with -1
for an output that does not require grad; anything else that is saved is a tuple of one. What hooks
have packed stands in the place of the tensor, with a version that never holds, so that the short
path of the formulas comes by here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numpy import ndarray

from . import _dtype
from ._engine import FREED, anomaly, observers
from ._grad_mode import inference_mode, mode, no_grad
from ._tensor import Tensor, new_tensor

Item = tuple[Any, ...]
Hooks = tuple[Callable[[Tensor], Any], Callable[[Any], Tensor]]  # pack, unpack
_NEVER = [0]


def unpack(item: Item, node: Any, as_tensor: bool) -> Any:
    """What was saved, as formulas want it; a RuntimeError if it has been changed since."""
    if len(item) == 1:
        return item[0]
    value, counter, version, output_nr = item
    if counter[0] != version:
        if type(value) is Packed:
            data = value.unpack(node)
            return data if as_tensor else data._array
        raise RuntimeError(_stale(value, counter, version, node, output_nr))
    if type(value) is not ndarray:  # an input: the tensor itself
        return value if as_tensor else value._array
    if not as_tensor:
        return value
    result = new_tensor(value)
    result._version_counter = counter
    if output_nr >= 0:
        result._requires_grad, result._grad_fn, result._output_nr = True, node, output_nr
        result._tangents = node._tangents.get(output_nr, result._tangents)
    return result


def _stale(value: Any, counter: list[int], version: int, node: Any, output_nr: int) -> str:
    array, owner, nr = value, node, output_nr
    if type(value) is not ndarray:
        array, owner, nr = value._array, value.grad_fn, value._output_nr
    type_name = _dtype.of_numpy[array.dtype].type_name
    of = ""
    if owner is not None:
        of = f", which is output {max(nr, 0)} of {owner.operation()},"
    hint = (
        "the backtrace further above shows the operation that failed to compute its gradient. The "
        "variable in question was changed in there or anywhere later. Good luck!"
        if anomaly.enabled
        else "enable anomaly detection to find the operation that failed to compute its gradient, "
        "with torch.autograd.set_detect_anomaly(True, check_nan=False)."
    )
    return (
        "one of the variables needed for gradient computation has been modified by an inplace "
        f"operation: [torch.{type_name}Tensor {list(array.shape)}]{of} is at version {counter[0]}; "
        f"expected version {version} instead. Hint: {hint}"
    )


class Packed:
    """A saved tensor as ``pack`` left it; ``unpack`` makes a tensor of the same place in the graph.

    In-place steps are not noticed: nobody can follow versions through a user's function.
    """

    def __init__(self, tensor: Tensor, hooks: Hooks, output_nr: int | None, detached: bool) -> None:
        pack, self.unpack_hook = hooks
        version = tensor._version_counter[0]
        with no_grad():
            self.data = pack(tensor.detach() if detached else tensor)
        if tensor._version_counter[0] != version:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as "
                "input to pack hook cannot be modified by in-place operations as this can lead to "
                "unexpected side-effects. Please open an issue if you need to perform in-place "
                "operations on the input to a pack hook."
            )
        self.requires_grad, self.output_nr = tensor.requires_grad, output_nr
        # The edge of an output would be a cycle: its node is the one that unpacks.
        self.edge = tensor._edge() if output_nr is None and self.requires_grad else None
        self.is_leaf = output_nr is None and tensor.is_leaf

    def unpack(self, node: Any) -> Tensor:
        data = self.unpack_hook(self.data)
        if not isinstance(data, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(data).__name__}"
            )
        if not self.requires_grad:
            return data
        result = new_tensor(data._array)
        result._version_counter, result._requires_grad = data._version_counter, True
        if self.is_leaf:
            result._accumulate = self.edge
        else:
            result._grad_fn, result._output_nr = self.edge or (node, self.output_nr or 0)
        return result


def pack(item: Item, node: Any, hooks: Hooks, detached: bool) -> Item:
    """The item as hooks keep it; ``node`` is whose output it is, if it is one."""
    output_nr = item[3] if type(item[0]) is ndarray else None
    return (Packed(unpack(item, node, True), hooks, output_nr, detached), _NEVER, -1, item[3])


class saved_tensors_hooks:
    """Within, ``pack_hook`` says how tensors are saved and ``unpack_hook`` how they come back.

    The innermost pair counts. What ``pack_hook`` returns is kept as it is.
    """

    def __init__(
        self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]
    ) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if mode.packing_refused is not None:
            raise RuntimeError(mode.packing_refused)
        mode.packing = (*mode.packing, self)
        observers.append(self._pack_all)

    def __exit__(self, *exc: object) -> None:
        mode.packing = mode.packing[:-1]
        observers.remove(self._pack_all)

    def _pack_all(self, node: Any) -> None:
        if mode.packing and mode.packing[-1] is self and getattr(node, "_saved", None):
            node.pack((self.pack_hook, self.unpack_hook))


class SavedTensor:
    """One saved value of a node: ``node._raw_saved_self`` and the like."""

    __module__ = "torch._C._autograd"

    def __init__(self, node: Any, name: str | int) -> None:
        self._node, self._name = node, name

    def _item(self) -> Item | None:
        found: Item | None = None if self._node._saved is None else self._node.item(self._name)
        return found

    def register_hooks(
        self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]
    ) -> None:
        """Packs this value at once, as ``saved_tensors_hooks`` would have done."""
        if self._node._saved is None:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor after it has been freed. Saved "
                "intermediate values of the graph are freed when you call .backward() or "
                "autograd.grad(). Specify retain_graph=True if you need to backward through the "
                "graph a second time or if you need to access saved variables after calling "
                "backward."
            )
        item = self._item()
        if item is None or len(item) == 1:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor with value None is forbidden"
            )
        if type(item[0]) is Packed:
            raise RuntimeError(
                "Calling register_hooks on a saved tensor whose hooks have already been set. Hint: "
                "only one pair of hooks is allowed at a time."
            )
        self._node.pack((pack_hook, unpack_hook), self._name)

    def unpack(self) -> Any:
        if self._node._saved is None:
            raise RuntimeError(FREED)
        item = self._item()
        return None if item is None else unpack(item, self._node, True)

    def _packed(self) -> Packed:
        item = self._item()
        if item is None or type(item[0]) is not Packed:
            raise RuntimeError("no hooks are registered on this saved tensor")
        return item[0]

    data = property(lambda self: self._packed().data)
    unpack_hook = property(lambda self: self._packed().unpack_hook)


def refuse_inference(node: Any) -> None:
    """An observer, once there are inference tensors: they have no version to be checked."""
    for items in getattr(node, "_saved", None) or ():
        for item in items:
            for value in item[0] if isinstance(item[0], (list, tuple)) else item[:1]:
                if isinstance(value, Tensor) and value._inference:
                    raise RuntimeError(
                        "Inference tensors cannot be saved for backward. Please do not use Tensors "
                        "created in inference mode in computation tracked by autograd. To work "
                        "around this, you can make a clone to get a normal tensor and use it in "
                        "autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
                    )


def _watch_inference(_: bool, then: Any = inference_mode.when_entered) -> None:
    """From the first such block on there may be inference tensors."""
    if refuse_inference not in observers:
        observers.append(refuse_inference)
    then(_)


inference_mode.when_entered = staticmethod(_watch_inference)
