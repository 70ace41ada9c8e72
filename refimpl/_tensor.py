"""The tensor: a NumPy array with its place in the graph. Rows add the methods of operations."""

from __future__ import annotations

import math
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy import ndarray

from . import _dtype, _engine, _tensor_str
from ._dtype import CPP_NAMES
from ._engine import AccumulateGrad, Edge, Node
from ._grad_mode import inference_mode, mode
from ._hooks import Registered, RemovableHandle, hooks_of

ONLY_FLOATING = " of floating point and complex dtype can require gradients"


class _Layout:
    def __repr__(self) -> str:
        return "torch.strided"


strided_layout = _Layout()


class MemoryFormat:
    """How memory lies: ``rank`` dimensions, of which the second lies innermost; None: no matter."""

    def __init__(self, name: str, rank: int | None = None) -> None:
        self.name, self.rank = name, rank

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def lay(self, array: ndarray) -> ndarray:
        """A copy of the array that lies so."""
        plain = array.flags.c_contiguous and 0 not in array.shape and 1 not in array.shape
        if self is preserve_format and not plain:
            copy = empty_like(array)
            copy[...] = array
            return copy
        if self.rank is None:
            return np.array(array, order="C")
        if array.ndim != self.rank:
            raise RuntimeError(f"required rank {self.rank} tensor to use {self.name} format")
        return np.moveaxis(np.array(np.moveaxis(array, 1, -1), order="C"), -1, 1)

    def fits(self, array: ndarray) -> bool:
        """Whether the array lies so."""
        if self.rank is None:
            return array.flags.c_contiguous
        return array.ndim == self.rank and np.moveaxis(array, 1, -1).flags.c_contiguous


def suggested_format(array: ndarray) -> MemoryFormat:
    """How a result lies that follows this array."""
    formats = () if array.flags.c_contiguous else (channels_last, channels_last_3d)
    return next((f for f in formats if f.fits(array)), contiguous_format)


preserve_format = MemoryFormat("preserve_format")
contiguous_format = MemoryFormat("contiguous_format")
channels_last = MemoryFormat("channels_last", 4)
channels_last_3d = MemoryFormat("channels_last_3d", 5)


class Size(tuple[int, ...]):
    """A shape."""

    def numel(self) -> int:
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, index: Any) -> Any:
        item = super().__getitem__(index)
        return Size(item) if isinstance(index, slice) else item


UNMARKED: tuple[bool, ...] = (False, False)


class Tensor:
    """``_array`` holds the values; a view's array is a NumPy view of its base's."""

    # Class-level defaults: an instance carries only what differs.
    _array: ndarray
    _version_counter: list[int]  # one list, shared by all that share memory
    _requires_grad = False
    _grad_fn: Any = None
    _output_nr = 0
    _grad: Tensor | None = None
    _accumulate: Edge | None = None
    _tangents: dict[Any, Tensor] = {}  # what forward mode carries, one for each level
    _tangents_version = 0  # the version at which a view's were derived
    _dual: Tensor | None = None  # the dual tensor that a view shows, itself for a dual tensor
    _base: Tensor | None = None
    _view_version = 0  # the version at which a view's grad_fn was derived
    _again: Any = None  # how a view is made from its base, where its geometry does not say it all
    _creation = ""  # of a view: "several", "no_grad", "inference", "custom"
    _marks = UNMARKED
    _inference = False

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """The methods that rows add."""

        __add__: Any
        __sub__: Any
        __mul__: Any
        __truediv__: Any
        __pow__: Any
        __matmul__: Any

    __array_ufunc__ = None  # ndarray + Tensor is ours to answer

    def __init__(self, *data: Any) -> None:
        """The legacy constructor: sizes, or values, always of the default dtype."""
        if len(data) == 1 and isinstance(data[0], (list, tuple, ndarray)):
            array = np.array(data[0], _dtype.get_default_dtype().numpy)
        elif len(data) == 1 and isinstance(data[0], Tensor):
            array = data[0]._array
        else:
            array = np.empty(data or (0,), _dtype.get_default_dtype().numpy)
        self._array, self._version_counter = array, [0]

    @classmethod
    def _wrap(cls, array: ndarray) -> Tensor:
        """A fresh leaf around an array."""
        return new_tensor(array)

    # Shape and type.

    @property
    def shape(self) -> Size:
        return Size(self._array.shape)

    def size(self, dim: int | None = None) -> Any:
        return self.shape if dim is None else self._array.shape[dim]

    def dim(self) -> int:
        return self._array.ndim

    def numel(self) -> int:
        return self._array.size

    @property
    def _memory(self) -> ndarray:
        """The values as they are stored."""
        return self._array

    def stride(self, dim: int | None = None) -> Any:
        memory = self._memory
        strides = tuple([s // memory.itemsize for s in memory.strides])
        if not memory.size and not any(strides):  # NumPy does not care how nothing lies
            sizes = [max(n, 1) for n in memory.shape]
            strides = tuple(math.prod(sizes[at + 1 :]) for at in range(len(sizes)))
        return strides if dim is None else strides[dim]

    def storage_offset(self) -> int:
        return element_offset(self._memory)

    def data_ptr(self) -> int:
        return address(self._memory)

    def is_contiguous(self, memory_format: MemoryFormat = contiguous_format) -> bool:
        return memory_format.fits(self._memory)

    def element_size(self) -> int:
        return self._array.itemsize

    itemsize = property(element_size)
    nbytes = property(lambda self: self._array.nbytes)

    def is_floating_point(self) -> bool:
        return self.dtype.is_floating_point

    def is_complex(self) -> bool:
        return self.dtype.is_complex

    ndim = property(dim)
    nelement, ndimension = numel, dim
    device = property(lambda self: device("cpu"))
    is_cuda = is_sparse = is_mps = False
    layout: Any = property(lambda self: strided_layout)

    @property
    def dtype(self) -> _dtype.dtype:
        return _dtype.of_numpy[self._array.dtype]

    def type(self, dtype: Any = None) -> Any:
        if dtype is None:
            return f"torch.{self.dtype.type_name}Tensor"
        names = {f"torch.{d.type_name}Tensor": d for d in _dtype.of_numpy.values()}
        if isinstance(dtype, str) and dtype not in names:
            raise ValueError(f"invalid type: '{dtype}'")
        return self._to(names.get(dtype, dtype))

    # Autograd.

    @property
    def requires_grad(self) -> bool:
        return self._requires_grad or (self._base is not None and self._base.requires_grad)

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if value and self.dtype.category < _dtype.FLOAT:
            raise RuntimeError("only Tensors" + ONLY_FLOATING)
        self._set_requires_grad(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Marks a leaf as one whose gradient is wanted; floating and complex dtypes only."""
        if mode.transforms:
            raise RuntimeError(_IN_TRANSFORM)
        return self._set_requires_grad(requires_grad)

    def _set_requires_grad(self, requires_grad: bool) -> Tensor:
        if not self.is_leaf and not requires_grad:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a "
                "computed variable in a subgraph that doesn't require differentiation use "
                "var_no_grad = var.detach()."
            )
        if requires_grad and self.dtype.category < _dtype.FLOAT:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if requires_grad and self._inference and not mode.inference:
            raise RuntimeError(
                "Setting requires_grad=True on inference tensor outside InferenceMode is not "
                "allowed."
            )
        if self.is_leaf:
            self._requires_grad = bool(requires_grad)
        return self

    @property
    def is_leaf(self) -> bool:
        return self.grad_fn is None

    @property
    def grad_fn(self) -> Node | None:
        if self._base is not None:
            self._refresh_view()
        return self._grad_fn

    @grad_fn.setter
    def grad_fn(self, value: Any) -> None:
        raise AttributeError("attribute 'grad_fn' of 'torch._C.TensorBase' objects is not writable")

    @property
    def output_nr(self) -> int:
        return self._output_nr

    @property
    def _version(self) -> int:
        if self._inference:
            raise RuntimeError("Inference tensors do not track version counter.")
        return self._version_counter[0]

    def is_inference(self) -> bool:
        """Whether it was made in inference mode, and is no view of one that was not."""
        return self._inference

    def _is_view(self) -> bool:
        return self._base is not None

    def _refresh_view(self) -> None:
        if self._view_version != self._version_counter[0]:
            from ._views import refresh

            refresh(self)

    def _edge(self) -> Edge:
        """Where this tensor's gradient goes: its node, or the accumulator of a leaf."""
        if self._base is not None:
            self._refresh_view()
        if self._grad_fn is not None:
            return self._grad_fn, self._output_nr
        if self._accumulate is None:
            self._accumulate = (AccumulateGrad(self), 0)
        return self._accumulate

    @property
    def grad(self) -> Tensor | None:
        if self._grad is None and self._grad_fn is not None and not self.retains_grad:
            warnings.warn(_NON_LEAF_GRAD, UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Tensor | None) -> None:
        if value is not None:
            if not isinstance(value, Tensor):
                raise TypeError(
                    "assigned grad expected to be a Tensor or None but got grad of type "
                    f"{type(value).__name__}"
                )
            if value is self:
                raise RuntimeError("can't assign Variable as its own grad")
            if self.grad_dtype not in (None, value.dtype):
                raise RuntimeError(
                    f"attempting to assign a gradient with dtype '{CPP_NAMES[value.dtype.name]}' "
                    f"to a tensor with grad_dtype '{self.grad_dtype.type_name}'. The gradient must "
                    "match the tensor's grad_dtype (defaults to the tensor's dtype). You can set "
                    "the tensor's grad_dtype attribute with a specific dtype, or None to allow any "
                    "dtype. Set grad_dtype with caution. Diverging the dtypes of a tensor and its "
                    "gradient may break downstream systems that assume they match."
                )
            if value.shape != self.shape:
                raise RuntimeError(
                    f"attempting to assign a gradient of size '{list(value.shape)}' to a tensor "
                    f"of size '{list(self.shape)}'. Please ensure that the gradient and the tensor "
                    "are the same size"
                )
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    @property
    def grad_dtype(self) -> Any:
        """The dtype in which a leaf takes its gradient, its own if nothing else is said."""
        if self._accumulate is None:
            return self.dtype
        asked = self._accumulate[0]._outputs[0][1]
        return asked and _dtype.of_numpy[asked]

    @grad_dtype.setter
    def grad_dtype(self, value: Any) -> None:
        if value is not None and not isinstance(value, _dtype.dtype):
            raise RuntimeError(
                f"grad_dtype must be a torch.dtype or None, but got {type(value).__name__}"
            )
        self.grad  # noqa: B018 - PyTorch reads it too, and that may warn
        if not self.is_leaf:
            raise RuntimeError("grad_dtype can only be set on leaf tensors.")
        self._edge()[0]._outputs = ((self._array.shape, value and value.numpy),)

    @property
    def _backward_hooks(self) -> Any:
        node = self._grad_fn or (self._accumulate or (None,))[0]
        return (
            None if node is None or not node._hooks else node._hooks.arriving.get(self._output_nr)
        )

    @property
    def retains_grad(self) -> bool:
        hooks = self._grad_fn._hooks if self._grad_fn is not None else None
        return hooks is not None and self._output_nr in hooks.retained

    def retain_grad(self) -> None:
        """Has the backward pass fill ``.grad`` of this non-leaf."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        node = self.grad_fn
        if node is not None:
            hooks_of(node).retained[self._output_nr] = weakref.ref(self)

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Calls ``hook(grad)`` when this tensor's gradient is complete; it may return another."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        node, nr = self._edge()
        return RemovableHandle.of(hooks_of(node).arriving.setdefault(nr, Registered()), hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Calls ``hook(self)`` whenever a gradient has been added to this leaf's ``.grad``."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.grad_fn is not None:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        return RemovableHandle.of(hooks_of(self._edge()[0]).accumulated, hook)

    def backward(
        self,
        gradient: Tensor | None = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Accumulates the gradient of this tensor into the ``.grad`` of leaves."""
        from . import autograd

        autograd.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    def detach(self) -> Tensor:
        """The same memory and version counter, outside the graph."""
        t = same_memory(self._memory, self._marks)
        t._version_counter, t._inference = self._version_counter, self._inference
        return t

    def detach_(self) -> Tensor:
        if self._base is not None:
            raise RuntimeError(
                "Can't detach views in-place. Use detach() instead. If you are using "
                "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as "
                "True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
                "these gradients. To fix this error, please refer to the Optimizer.zero_grad() "
                "function in torch/optim/optimizer.py as the solution."
            )
        self._grad_fn, self._output_nr, self._requires_grad = None, 0, False
        return self

    @property
    def data(self) -> Tensor:
        """The same memory, outside the graph and with a version counter of its own."""
        t = same_memory(self._memory, self._marks)
        t._inference = self._inference
        return t

    @data.setter
    def data(self, value: Tensor) -> None:
        if not isinstance(value, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        if self.requires_grad and value.dtype.category < _dtype.FLOAT:
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex "
                "dtype"
            )
        self._array = value._array
        if self._accumulate is not None:
            self._accumulate[0]._outputs = ((self._array.shape, self._array.dtype),)

    @data.deleter
    def data(self) -> None:
        raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")

    # Values.

    def item(self) -> Any:
        if self._array.size != 1:
            raise RuntimeError(
                f"a Tensor with {self._array.size} elements cannot be converted to Scalar"
            )
        item = self._array.item()
        return item if type(item) in (bool, int, float, complex) else float(item)

    def tolist(self) -> Any:
        array = self._array
        return (array.astype(np.float32) if array.dtype is _dtype.BF16 else array).tolist()

    def numpy(self) -> ndarray:
        if self.requires_grad:
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        bits = {"conj": "conjugate", "neg": "negative"}
        for mark, (of, bit) in zip(self._marks, bits.items(), strict=True):
            if mark:
                raise RuntimeError(
                    f"Can't call numpy() on Tensor that has {bit} bit set. "
                    f"Use tensor.resolve_{of}().numpy() instead."
                )
        return self._array

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> ndarray:
        return np.asarray(self.numpy(), dtype)

    def __bool__(self) -> bool:
        if self._array.size != 1:
            count = "more than one value" if self._array.size else "no values"
            raise RuntimeError(f"Boolean value of Tensor with {count} is ambiguous")
        return bool(self._array.item())

    def __float__(self) -> float:
        return float(self._real_item("double"))

    def __int__(self) -> int:
        return int(self._real_item("int64_t"))

    def _real_item(self, kind: str) -> Any:
        item = self.item()
        if isinstance(item, complex):
            if item.imag:
                raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
            return item.real
        return item

    def __index__(self) -> int:
        if self.dtype.category > _dtype.INTEGER or self._array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self.item())

    def __complex__(self) -> complex:
        return complex(self.item())

    def __len__(self) -> int:
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return len(self._array)

    def __iter__(self) -> Iterator[Tensor]:
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(self.unbind(0))

    def __contains__(self, element: Any) -> bool:
        return bool((self == element)._array.any())

    def __hash__(self) -> int:
        return id(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment.  If you were attempting to deepcopy a module, this may be "
                "because of a torch.nn.utils.weight_norm usage, see "
                "https://github.com/pytorch/pytorch/pull/103001"
            )
        copy = new_tensor(self._array.copy())
        copy._requires_grad = self._requires_grad
        copy._grad = None if self._grad is None else self._grad.__deepcopy__(memo)
        memo[id(self)] = copy
        return copy

    def __repr__(self) -> str:
        from . import _forward

        try:
            node = self.grad_fn
            grad_fn = None if node is None else type(node).__name__.rpartition(":")[2]
        except RuntimeError:  # a view whose base was written where that cannot be followed
            grad_fn = "Invalid"
        return _tensor_str.tensor_str(
            self._array,
            dtype_name=self.dtype.name,
            default_dtype_name=_dtype.get_default_dtype().name,
            requires_grad=self.requires_grad,
            grad_fn=grad_fn,
            tangent=_forward.printed(self),
        )

    def __format__(self, spec: str) -> str:
        return format(repr(self) if self._array.ndim else self.item(), spec)

    def _to(self, target: _dtype.dtype) -> Tensor:
        return self.to(target)

    def _cast(self, target: np.dtype[Any]) -> Tensor:
        if self.dtype.is_complex and target.kind != "c":
            return self.real._cast(target)
        return self._to(_dtype.of_numpy[target])


class device:
    """Where a tensor is: here always the CPU."""

    index = None

    def __init__(self, type: str) -> None:
        if type != "cpu":
            raise RuntimeError(f"the reference computes on the cpu, not on {type!r}")
        self.type = type

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and self.type == other.type

    def __hash__(self) -> int:
        return hash(self.type)

    def __str__(self) -> str:
        return self.type

    def __repr__(self) -> str:
        return f"device(type='{self.type}')"


_IN_TRANSFORM = (
    "You are attempting to call Tensor.requires_grad_() (or perhaps using "
    "torch.autograd.functional.* APIs) inside of a function being transformed by a functorch "
    "transform. This is unsupported, please attempt to use the functorch transforms (e.g. grad, "
    "vjp, jacrev, jacfwd, hessian) or call requires_grad_() outside of a function being "
    "transformed instead."
)
_NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad "
    "attribute won't be populated during autograd.backward(). If you indeed want the .grad field "
    "to be populated for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor. If you "
    "access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)


def new_tensor(array: ndarray) -> Tensor:
    """A fresh tensor around an array, outside any graph."""
    t: Tensor = _new(Tensor)
    t._array = array
    t._version_counter = [0]
    return t


_new: Callable[[type[Tensor]], Any] = object.__new__
NUMBER = [0]  # the version counter of numbers that stand as tensors: nobody can change them


def _new_marked(cls: type[Tensor]) -> Any:
    t = object.__new__(cls)
    if mode.inference:
        t._inference = True
    return t


def _mark_new(marked: bool) -> None:
    """Has new tensors say that they were made in inference mode, while there is such a block."""
    global _new
    _new = _new_marked if marked else object.__new__


inference_mode.when_entered = staticmethod(_mark_new)


class _Marked(Tensor):
    """Memory that is shown conjugated, negated, or both."""

    _memory: ndarray = np.empty(0)

    @property
    def _array(self) -> ndarray:
        return shown(self._memory, self._marks)

    @_array.setter
    def _array(self, array: ndarray) -> None:
        self._memory, self._marks = array, UNMARKED


_Marked.__name__ = _Marked.__qualname__ = "Tensor"  # nobody sees the difference


def shown(array: ndarray, marks: tuple[bool, ...]) -> ndarray:
    """What is stored as it is shown, and the other way round."""
    array = np.conjugate(array) if marks[0] else array
    return np.negative(array) if marks[1] else array


def same_memory(array: ndarray, marks: tuple[bool, ...]) -> Tensor:
    """A tensor over an array that is stored so."""
    if not any(marks):
        return new_tensor(array)
    t: _Marked = _new(_Marked)
    t._memory, t._marks, t._version_counter = array, marks, [0]
    return t


def storage(array: ndarray) -> ndarray:
    """The array that owns the memory."""
    held: Any = array
    while held is not None:  # NumPy's as_strided puts an object between an array and its base
        array, held = held if isinstance(held, ndarray) else array, getattr(held, "base", None)
    return array


def strided(
    array: ndarray, size: Sequence[int], stride: Sequence[int], storage_offset: int
) -> ndarray:
    """A view of the array's memory with any geometry, counted in elements."""
    memory, itemsize = storage(array).ravel(order="K").view(np.uint8), array.itemsize
    strides = [s * itemsize for s in stride]
    return ndarray(tuple(size), array.dtype, memory, storage_offset * itemsize, strides)


def is_dense(array: ndarray) -> bool:
    """Whether the elements lie without gaps and without overlaps."""
    expected = array.itemsize
    for stride, n in sorted(zip(array.strides, array.shape, strict=True)):
        if n != 1 and stride != expected:
            return not array.size
        expected *= n
    return True


def empty_like(array: ndarray, dtype: np.dtype[Any] | None = None) -> ndarray:
    """Memory that lies as the array does, without its gaps and overlaps."""
    dtype = dtype or array.dtype
    if is_dense(array):
        strides = [s // array.itemsize * dtype.itemsize for s in array.strides]
    else:
        strides, step = [0] * array.ndim, dtype.itemsize
        for axis in _inner_to_outer(array):
            strides[axis], step = step, step * array.shape[axis]
    if not array.size:
        return ndarray(array.shape, dtype, np.empty(0, dtype), 0, strides)
    return ndarray(array.shape, dtype, strides=strides)


def _inner_to_outer(array: ndarray) -> list[int]:
    """Axes by stride, then by size; an expanded one stays where it is."""
    order = list(range(array.ndim))[::-1]
    for i in range(1, array.ndim):
        moved = i
        for at in range(i, 0, -1):
            inner, outer = order[at - 1], order[moved]
            a, b = array.strides[inner], array.strides[outer]
            if not a or not b or (a == b and array.shape[inner] <= array.shape[outer]):
                continue
            if a < b:
                break
            order[at - 1], order[moved], moved = outer, inner, at - 1
    return order


def resized(array: ndarray, size: tuple[int, ...]) -> ndarray:
    """The memory from the array's first element on in another shape; more of it where needed."""
    held, count, offset = storage(array), math.prod(size), element_offset(array)
    if (offset + count) * array.itemsize > held.nbytes:
        grown = np.zeros(offset + count, array.dtype)
        grown.view(np.uint8)[: held.nbytes] = held.reshape(-1).view(np.uint8)
        held = grown
    stride = [math.prod(size[d + 1 :]) for d in range(len(size))]
    memory = held.reshape(-1, order="A").view(np.uint8)
    stride = [s * array.itemsize for s in stride]
    return ndarray(size, array.dtype, memory, offset * array.itemsize, stride)


def element_offset(array: ndarray) -> int:
    """How many elements of its memory lie before the array."""
    return (address(array) - address(storage(array))) // array.itemsize


def address(array: ndarray) -> int:
    return int(array.__array_interface__["data"][0])


_engine.calibrate(new_tensor(np.zeros(1)))
