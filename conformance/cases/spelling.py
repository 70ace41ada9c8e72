"""How a call on PyTorch's own samples is spelled as a program.

This module imports torch, so that only the process that reads PyTorch's samples imports it. Every
spelling is run and compared with what PyTorch's own test would have called, bit by bit.
"""

from __future__ import annotations

import importlib
import keyword
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import ml_dtypes

from conformance.case import NUMPY, TensorSpec, number_source
from conformance.observe import bits_of, make_input

torch: Any = importlib.import_module("torch")

LARGEST = 25_000  # elements of one input: all of PyTorch's but one, which has five million

MOST_DIMENSIONS = 64  # that a NumPy array can have

LETTERS = "xwvutsrqponm"

OPERATORS = {
    "__radd__": "{1} + {0}",
    "__rsub__": "{1} - {0}",
    "__rmul__": "{1} * {0}",
    "__rdiv__": "{1} / {0}",
    "__rmod__": "{1} % {0}",
    "__rpow__": "{1} ** {0}",
    "__rmatmul__": "{1} @ {0}",
    "__rand__": "{1} & {0}",
    "__ror__": "{1} | {0}",
    "__rxor__": "{1} ^ {0}",
}

# Ops whose samples begin with the tensor, although the public function does not.
REORDERED = {
    "einsum": (1, 0),
    "where": (1, 0, 2),
    "polygamma": (1, 0),
    "special.polygamma": (1, 0),
    "nn.functional.embedding": (1, 0),
    "nn.functional.embedding_bag": (1, 0),
}

# Entries that are made of public functions, by name and variant.
COMPOSED = {
    ("linalg.lstsq", "grad_oriented"): "torch.linalg.lstsq({args})[:2]",
    ("linalg.pinv", "singular"): "torch.linalg.pinv({0} @ {1}.mT)",
    ("normal", "number_mean"): "torch.normal({1}, {0}, {rest})",
    ("pca_lowrank", ""): "torch.pca_lowrank({0} @ {1}.mT, {rest})",
    ("svd_lowrank", ""): "torch.svd_lowrank({0} @ {1}.mT, {rest})",
    ("zero_", ""): "torch.zero_({0}.clone())",
}

# A further line of the program, which keeps what the inputs determine: neither signs and phases of
# vectors nor, where values are complex, their order.
UNIQUE = {
    "linalg.eig": "y = (y[0].sum(-1), (y[0] * y[0]).sum(-1), (y[1].abs() ** 2).sum(-1))",
    "linalg.eigh": "y = (y[0], y[1].abs() ** 2, (y[1] * y[0].unsqueeze(-2)) @ y[1].mH)",
    "linalg.svd": "y = (y[0][..., : y[1].shape[-1]] @ y[2][..., : y[1].shape[-1], :], y[1])",
    "pca_lowrank": "y = (y[0] @ y[2].mH, y[1])",
    "svd": "y = (y[0][..., : y[1].shape[-1]] @ y[2][..., : y[1].shape[-1]].mH, y[1])",
    "svd_lowrank": "y = (y[0] @ y[2].mH, y[1])",
}

# The values that these return are whatever was in memory.
UNDEFINED = frozenset(
    ("empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided")
    + ("resize_", "resize_as_")
)

HERMITIAN = frozenset(("linalg.cholesky", "linalg.cholesky_ex", "linalg.eigh"))
"""Their tangents have a meaning only where the matrix moves as a hermitian one."""

CHOOSES = {"topk": 0, "kthvalue": 0, "sort": 16, "argsort": 16, "msort": 16, "mode": 16}
"""Of equal elements they name any, where a dimension is longer than this: what they name is defined
where there are none. (Short ones torch sorts by insertion, which keeps their order.)"""

SEED = 42  # the one that PyTorch's samples of random ops set


class CannotSpell(Exception):
    """Why a sample does not become a case; these are counted."""


def public_name(name: str) -> Any:
    """What the dotted name means under torch; None if nothing."""
    found = torch
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def is_private(name: str) -> bool:
    parts = name.split(".")
    hidden = any(part.startswith("_") and not part.endswith("__") for part in parts)
    return hidden or parts[0] == "ops"


class Sample:
    """One call: its arguments as source text, its tensors as inputs."""

    def __init__(self, sample: Any) -> None:
        self.inputs: dict[str, TensorSpec] = {}
        self.names: dict[int, str] = {}
        self.kept: list[Any] = []  # so that no identity is used twice
        self.dropped: list[str] = []
        self.args = [self.source(value) for value in (sample.input, *sample.args)]
        self.index = self.index_source(sample.args[0]) if sample.args else ""
        self.kwargs: dict[str, str] = {}
        for key, value in sample.kwargs.items():
            if (key == "device" and str(value) == "cpu") or value is torch.strided:
                self.dropped.append(key)
            else:
                self.kwargs[key] = self.source(value, key)

    @property
    def size(self) -> int:
        return sum(spec.numpy().size for spec in self.inputs.values())

    def source(self, value: Any, key: str | None = None) -> str:
        """The Python source of an argument; tensors become inputs, named after their keyword."""
        if isinstance(value, torch.Tensor):
            return self.tensor(value, key)
        if value is None or isinstance(value, (bool, int, str)):
            return repr(value)
        if isinstance(value, (float, complex)):
            return number_source(value, "complex128" if isinstance(value, complex) else "float64")
        if value is Ellipsis:
            return "..."
        if isinstance(value, (torch.dtype, torch.memory_format)):
            return str(value)
        if isinstance(value, slice):
            parts = (value.start, value.stop, value.step)
            return f"slice({', '.join(self.source(part) for part in parts)})"
        if isinstance(value, (list, range)):
            return f"[{', '.join(self.source(item) for item in value)}]"
        if isinstance(value, tuple):
            items = [self.source(item) for item in value]
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        kind = "callable" if callable(value) else type(value).__name__
        raise CannotSpell(f"an argument is a {kind}")

    def index_source(self, value: Any) -> str:
        """An argument as it stands between brackets."""
        parts = value if isinstance(value, tuple) else (value,)
        items = []
        for part in parts:
            if isinstance(part, slice):
                ends = ["" if end is None else self.source(end) for end in (part.start, part.stop)]
                step = "" if part.step is None else f":{self.source(part.step)}"
                items.append(":".join(ends) + step)
            else:
                items.append(self.source(part))
        return ", ".join(items) + ("," if isinstance(value, tuple) and len(items) == 1 else "")

    def tensor(self, value: Any, key: str | None) -> str:
        if id(value) in self.names:
            return self.names[id(value)]
        spec = spec_of(value)
        taken = {*self.inputs, "y", "torch"}
        letters = [*LETTERS, *(f"x{n}" for n in range(1, 1000))]
        if key is None or key in taken or keyword.iskeyword(key):
            key = next(letter for letter in letters if letter not in taken)
        self.names[id(value)] = key
        self.kept.append(value)
        self.inputs[key] = spec
        return key

    def restore(self) -> None:
        """The sample's tensors as they were first seen: samples share some, and ops write them."""
        for value in self.kept:
            first = make_input(torch, self.inputs[self.names[id(value)]].to_json())
            if not torch.equal(value.detach(), first.detach()):
                value.detach().copy_(first.detach())

    def call(self, function: str, args: Sequence[str]) -> str:
        rest = [f"{key}={value}" for key, value in self.kwargs.items()]
        return f"{function}({', '.join([*args, *rest])})"

    def texts(self, name: str, variant: str = "") -> Iterator[str]:
        """The public spellings of the op on this sample, the most natural first."""
        if (name, variant) in COMPOSED:
            rest = [*self.args[2:], *(f"{key}={value}" for key, value in self.kwargs.items())]
            parts = {"rest": ", ".join(rest), "args": ", ".join([*self.args[:2], *rest])}
            yield "y = " + COMPOSED[name, variant].format(*self.args, **parts)
            return
        if name == "__getitem__":
            yield f"y = {self.args[0]}[{self.index}]"
            return
        if name in OPERATORS:
            yield f"y = {OPERATORS[name].format(*self.args)}"
            yield f"y = {self.args[0]}.{name}({self.args[1]})"
            return
        args = self.args
        if name in REORDERED:
            order = REORDERED[name]
            args = [args[place] for place in order if place < len(args)] + args[len(order) :]
        if callable(public_name(name)):
            yield f"y = {self.call(f'torch.{name}', args)}"
        method = getattr(torch.Tensor, name, None)
        if method is not None and self.args[0].isidentifier():
            if callable(method):
                yield f"y = {self.call(f'{self.args[0]}.{name}', self.args[1:])}"
            elif len(self.args) == 1:
                yield f"y = {self.args[0]}.{name}"
        elif hasattr(torch.Tensor, f"{name}_") and self.args[0].isidentifier():
            yield f"y = {self.call(f'{self.args[0]}.{name}_', self.args[1:])}"

    def inplace_texts(self, name: str) -> Iterator[str]:
        """The same in place, on a copy that need not be a leaf."""
        if self.args[0] not in self.inputs:
            return
        copy = f"y = {self.args[0]}.clone()\n"
        if hasattr(torch.Tensor, f"{name}_"):
            yield copy + self.call(f"y.{name}_", self.args[1:])
        elif callable(public_name(name)):
            call = self.call(f"torch.{name}", ["y", *self.args[1:]])
            yield copy + f"y = {call[:-1]}, inplace=True)"


def spec_of(tensor: Any) -> TensorSpec:
    """The tensor as data. What its storage holds beside its elements is not kept."""
    if tensor.is_nested or tensor.is_quantized or tensor.layout != torch.strided:
        raise CannotSpell("a tensor is sparse, nested or quantized")
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter) or tensor.device.type != "cpu":
        raise CannotSpell(f"a tensor is a {type(tensor).__name__} on {tensor.device.type}")
    dtype = str(tensor.dtype).removeprefix("torch.")
    if dtype not in NUMPY:
        raise CannotSpell(f"a tensor is {dtype}")
    if tensor.dim() > MOST_DIMENSIONS:
        raise CannotSpell(f"a tensor has more than {MOST_DIMENSIONS} dimensions")
    layout = tuple(tensor.shape), tuple(tensor.stride()), tensor.storage_offset()
    if TensorSpec.storage_length(*layout) > LARGEST or tensor.numel() > LARGEST:
        raise CannotSpell(f"a tensor has more than {LARGEST} elements")
    values = tensor.detach().resolve_conj().resolve_neg().contiguous()
    if dtype == "bfloat16":
        array = values.view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    else:
        array = values.numpy()
    return TensorSpec.of(
        array, dtype, strides=layout[1], offset=layout[2], requires_grad=tensor.requires_grad
    )


def run(text: str, inputs: dict[str, TensorSpec]) -> Any:
    """What the program binds to y."""
    scope = {name: make_input(torch, spec.to_json()) for name, spec in inputs.items()}
    scope["torch"] = torch
    torch.manual_seed(SEED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(text, scope)  # noqa: S102 - text that this module wrote
    return scope["y"]


def alike(one: Any, other: Any, defined: bool) -> bool:
    """Whether two results are the same to the bit; in dtype and shape where no bit is defined."""
    if isinstance(one, torch.Tensor):
        same = isinstance(other, torch.Tensor) and one.dtype == other.dtype
        same = same and one.shape == other.shape and one.requires_grad == other.requires_grad
        return same and (not defined or bits_of(one) == bits_of(other))
    if isinstance(one, (tuple, list)):
        return (
            isinstance(other, (tuple, list))
            and len(one) == len(other)
            and all(alike(*pair, defined) for pair in zip(one, other, strict=True))
        )
    return type(one) is type(other) and (one == other or one != one)


def spell(op: Any, sample: Any, call: Sample) -> tuple[str, Any]:
    """The first spelling that does what the op does on the sample, and the result."""
    if is_private(op.name):
        raise CannotSpell("the op is private")
    texts = list(call.texts(op.name, op.variant_test_name))
    if not texts:
        raise CannotSpell("no public spelling")
    defined = op.name not in UNDEFINED
    call.restore()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            torch.manual_seed(SEED)
            wanted = op.op(sample.input, *sample.args, **sample.kwargs)
        # PyTorch's tests call these too; one that raises has a bug or a missing library behind it.
        except Exception as error:  # noqa: BLE001
            raise CannotSpell(f"PyTorch raises {type(error).__name__}") from None
    for text in texts:
        try:
            if alike(wanted, run(text, call.inputs), defined):
                return text, wanted
        except Exception:  # noqa: BLE001 - a spelling that cannot be run is not the one
            continue
    raise CannotSpell("no public spelling does the same")


def spell_inplace(op: Any, sample: Any, call: Sample) -> str | None:
    """The in-place variant as a program; None where the op or this sample allows none."""
    if op.inplace_variant is None or sample.broadcasts_input:
        return None
    for text in call.inplace_texts(op.name):
        try:
            run(text, call.inputs)
        except Exception:  # noqa: BLE001 - shapes or dtypes that cannot be written in place
            continue
        return text
    return None


def spell_out(text: str, result: Any, call: Sample) -> str | None:
    """The op's result written into given tensors; None where it takes no `out=`."""
    results = result if isinstance(result, (tuple, list)) else [result]
    if not text.startswith("y = torch.") or not all(isinstance(r, torch.Tensor) for r in results):
        return None
    empty = [f"torch.empty(0, dtype={r.dtype})" for r in results]
    given = f"({', '.join(empty)})" if isinstance(result, (tuple, list)) else empty[0]
    program = f"y = {given}\nwith torch.no_grad():\n    {text[4:].rstrip()[:-1]}, out=y)\n"
    try:
        written = run(program, call.inputs)
    except Exception:  # noqa: BLE001 - whatever PyTorch says to an argument that it does not know
        return None
    pairs = zip(results, written if isinstance(written, (tuple, list)) else [written], strict=True)
    return program if all(one.shape == other.shape for one, other in pairs) else None


def has_ties(op: Any, sample: Any) -> bool:
    """Whether the op may choose among equal elements."""
    if op.name not in CHOOSES or sample.kwargs.get("stable"):
        return False
    if max(sample.input.shape, default=1) <= CHOOSES[op.name]:
        return False
    return bool(sample.input.unique().numel() < sample.input.numel())


def is_unique(sample: Any, result: Any) -> bool:
    """Whether every part of the result is determined by the inputs.

    Where it is not (signs of singular vectors), the sample brings a function that makes it so. One
    that only selects parts of the result does something else: it leaves out what has no gradient.
    """
    parts = tuple(object() for _ in result) if isinstance(result, tuple) else object()
    try:
        kept = sample.output_process_fn_grad(parts)
    except Exception:  # noqa: BLE001 - it computes with the parts
        return False
    if kept is parts:
        return True
    known = parts if isinstance(parts, tuple) else ()
    return all(part in known for part in (kept if isinstance(kept, tuple) else (kept,)))
