"""The observer: runs programs under one torch-like namespace and says what they leave behind.

It is a script that a subject's own interpreter runs, so this file alone has to work there: with
Python 3.7, the standard library and the namespace, nothing else. Requests and answers are JSON, one
a line, over the standard input and output that the process was started with; what a program prints
goes elsewhere.
"""

from __future__ import annotations

import argparse
import ast
import builtins
import functools
import importlib
import io
import json
import linecache
import os
import platform
import random
import re
import struct
import symtable
import sys
import time
import types
import warnings
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

PROGRAM = "<program>"  # the file name that tracebacks give for a program's lines
DEEPEST = 8  # containers nested deeper than this are shown by their repr

Seen = Dict[str, Any]

# Prelude: helpers that every program may call. Reproducers print the ones that they use.

PRELUDE = {
    "cotangent": '''\
def cotangent(y):
    """Weights like y: fixed, nonzero and pairwise distinct, so that no two gradients cancel."""
    weights = [(1 + k / 32) * (-1) ** k for k in range(y.numel())]
    if y.dtype in (torch.complex64, torch.complex128):
        weights = [complex(w, 0.5 - w / 2) for w in weights]
    return torch.tensor(weights, dtype=y.dtype, device=y.device).reshape(y.shape)
''',
    "differentiable": '''\
def differentiable(y):
    """The tensors in y that require grad, in order."""
    if isinstance(y, torch.Tensor):
        return [y] if y.requires_grad else []
    parts = y.values() if isinstance(y, dict) else y if isinstance(y, (tuple, list)) else ()
    return [tensor for part in parts for tensor in differentiable(part)]
''',
}
_PRELUDE_CODE = compile(
    "\n".join(PRELUDE.values()), "<prelude>", "exec", flags=0, dont_inherit=True
)


# Numbers: bits are the little-endian bytes of the elements, as hex.

CODES = {
    "bool": "B",
    "uint8": "B",
    "int8": "b",
    "int16": "h",
    "int32": "i",
    "int64": "q",
    "uint16": "H",
    "uint32": "I",
    "uint64": "Q",
    "float16": "e",
    "bfloat16": "H",
    "float32": "f",
    "float64": "d",
    "complex32": "e",
    "complex64": "f",
    "complex128": "d",
}


def unpack(dtype: str, bits: str) -> List[Any]:
    """The numbers that the bits stand for."""
    raw = bytes.fromhex(bits)
    code = CODES[dtype]
    numbers = list(struct.unpack("<%d%s" % (len(raw) // struct.calcsize("<" + code), code), raw))
    if dtype == "bool":
        return [number != 0 for number in numbers]
    if dtype == "bfloat16":  # the upper half of a float32
        widened = struct.pack("<%dI" % len(numbers), *[number << 16 for number in numbers])
        return list(struct.unpack("<%df" % len(numbers), widened))
    if dtype.startswith("complex"):
        return [complex(*pair) for pair in zip(numbers[::2], numbers[1::2])]
    return numbers


def pack(dtype: str, numbers: List[Any]) -> str:
    """The bits of numbers that the dtype represents exactly."""
    if dtype == "bfloat16":
        return "".join(struct.pack("<f", number)[2:].hex() for number in numbers)
    if dtype.startswith("complex"):
        numbers = [part for number in numbers for part in (number.real, number.imag)]
    return struct.pack("<%d%s" % (len(numbers), CODES[dtype]), *numbers).hex()


def nested(flat: List[Any], shape: List[int]) -> Any:
    """The elements, in row-major order, as lists within lists."""
    if not shape:
        return flat[0]
    for size in reversed(shape[1:]):
        flat = [flat[start : start + size] for start in range(0, len(flat), size)]
    return flat


def flattened(value: Any, dimensions: int) -> List[Any]:
    """The elements of lists within lists, in row-major order."""
    if dimensions == 0:
        return [value]
    for _ in range(dimensions - 1):
        value = [element for row in value for element in row]
    return list(value)


def row_major(shape: List[int]) -> List[int]:
    """The strides that a new tensor of this shape has."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return strides[::-1]


class Unsupported(Exception):
    """The namespace lacks what a program or its inputs need; the message is its name."""


def make_input(namespace: Any, spec: Dict[str, Any]) -> Any:
    """The tensor that a spec describes, a leaf with exactly these bits and strides.

    A reproducer spells the same steps, so that both run the same calls.
    """
    dtype = getattr(namespace, spec["dtype"], None)
    if dtype is None:
        raise Unsupported("torch." + spec["dtype"])
    shape, strides, requires_grad = spec["shape"], spec["strides"], spec["requires_grad"]
    flat = unpack(spec["dtype"], spec["bits"])
    plain = list(strides) == row_major(shape) and not spec["offset"]
    if plain and 0 in shape:
        return namespace.empty(shape, dtype=dtype, requires_grad=requires_grad)
    if plain:
        return namespace.tensor(nested(flat, shape), dtype=dtype, requires_grad=requires_grad)
    storage = namespace.tensor(flat, dtype=dtype)
    # detach() makes a leaf that is no view, so that in-place steps on it are those on any leaf
    tensor = storage.as_strided(tuple(shape), tuple(strides), spec["offset"]).detach()
    return tensor.requires_grad_() if requires_grad else tensor


# What can be seen of one tensor: a row per side.

Names = Dict[int, str]  # id of a tensor -> the variable that holds it


def dtype_name(tensor: Any) -> str:
    return str(tensor.dtype)


def bits_of(tensor: Any) -> str:
    dimensions = len(tensor.shape)
    try:
        numbers = tensor.tolist()
    except RuntimeError:  # zeros that PyTorch has not allocated; a copy of them is
        numbers = tensor.clone().tolist()
    return pack(dtype_name(tensor).replace("torch.", ""), flattened(numbers, dimensions))


def node_name(node: Any) -> str:
    name = getattr(node, "name", None)
    text = name() if callable(name) else type(node).__name__
    return text.replace("torch::autograd::", "")


def graph_of(tensor: Any, names: Names) -> List[Any]:
    """The nodes behind a tensor, nearest first, each with its edges [index of node, output]."""
    if tensor.grad_fn is None:
        return []
    nodes = [tensor.grad_fn]  # holding them keeps their identities
    index = {id(nodes[0]): 0}
    rows = []
    for node in nodes:  # grows while we walk
        edges: List[Optional[List[int]]] = []
        for target, output in node.next_functions:
            if target is None:
                edges.append(None)
                continue
            if id(target) not in index:
                index[id(target)] = len(nodes)
                nodes.append(target)
            edges.append([index[id(target)], output])
        name = node_name(node)
        if name == "AccumulateGrad" and id(node.variable) in names:
            name = "AccumulateGrad(%s)" % names[id(node.variable)]
        rows.append([name, edges])
    return rows


def grad_of(tensor: Any) -> Optional[Seen]:
    grad = tensor.grad
    if grad is None:
        return None
    return {"dtype": dtype_name(grad), "shape": list(grad.shape), "value": bits_of(grad)}


def print_of(value: Any) -> str:
    return cleaned(repr(value))


SIDES: Dict[str, Callable[[Any, Names], Any]] = {
    "dtype": lambda tensor, names: dtype_name(tensor),
    "shape": lambda tensor, names: list(tensor.shape),
    "strides": lambda tensor, names: list(tensor.stride()),
    "value": lambda tensor, names: bits_of(tensor),
    "requires_grad": lambda tensor, names: tensor.requires_grad,
    "is_leaf": lambda tensor, names: tensor.is_leaf,
    "grad_fn": lambda tensor, names: None if tensor.grad_fn is None else node_name(tensor.grad_fn),
    "graph": graph_of,
    "grad": lambda tensor, names: grad_of(tensor),
    "version": lambda tensor, names: tensor._version,
    "print": lambda tensor, names: print_of(tensor),
}

ALWAYS = ("dtype", "shape")  # without them a value cannot be read


def see_tensor(tensor: Any, sides: List[str], names: Names) -> Seen:
    seen: Seen = {"kind": "tensor"}
    for side in sides:
        try:
            seen[side] = SIDES[side](tensor, names)
        except Exception as error:  # whatever a namespace raises is itself what was seen
            seen[side] = {"error": "%s: %s" % (type(error).__name__, cleaned(str(error)))}
    return seen


_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_BUILD_PATH = re.compile(r"\s*\(Triggered internally at [^)]*\)\.?")
_DEVICE = re.compile(r", device='cuda(:\d+)?'")
# In a traceback, what is not the program's own: the observer's calls, and the namespace's.
_FRAME = re.compile(r'  File "(?!%s")[^"\n]*", line \d+, in .*\n(?:    .*\n)*' % PROGRAM)


def cleaned(text: str) -> str:
    """Text without what differs from one process, build or device to the next."""
    for pattern in (_FRAME, _ADDRESS, _BUILD_PATH, _DEVICE):
        text = pattern.sub("", text)
    return text


def number(value: float) -> Any:
    return value if value - value == 0 else repr(value)  # JSON has no nan and no inf


def see(value: Any, tensor_type: type, sides: List[str], names: Names, depth: int = 0) -> Seen:
    """What a variable shows of itself."""
    if isinstance(value, tensor_type):
        return see_tensor(value, sides, names)
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return {"kind": "plain", "type": kind.__name__, "value": value}
    if kind is float:
        return {"kind": "plain", "type": "float", "value": number(value)}
    if kind is complex:
        parts = [number(value.real), number(value.imag)]
        return {"kind": "plain", "type": "complex", "value": parts}
    if kind.__name__ in ("dtype", "Size", "device", "layout", "memory_format"):
        return {"kind": "plain", "type": kind.__name__, "value": str(value)}
    if depth < DEEPEST and isinstance(value, (tuple, list)):
        items = [see(item, tensor_type, sides, names, depth + 1) for item in value]
        return {"kind": "sequence", "type": kind.__name__, "items": items}
    if depth < DEEPEST and isinstance(value, dict):
        rows = [
            [cleaned(repr(key)), see(item, tensor_type, sides, names, depth + 1)]
            for key, item in value.items()
        ]
        return {"kind": "mapping", "type": kind.__name__, "items": rows}
    try:
        if hasattr(value, "next_functions"):
            name = node_name(value)
            return {"kind": "object", "type": name, "print": "<%s object>" % name}
        return {"kind": "object", "type": kind.__name__, "print": print_of(value)}
    except Exception as error:  # an object that cannot show itself, which is then what was seen
        return {"kind": "object", "type": kind.__name__, "error": type(error).__name__}


def is_shown(name: str, value: Any) -> bool:
    """Whether a global is a variable of the program: not private, module, function or class."""
    if name.startswith("_") or isinstance(value, types.ModuleType):
        return False
    return not (callable(value) and hasattr(value, "__name__"))


# Names that the namespace lacks.

_LACKS_IN_MODULE = re.compile(r"module '([\w.]+)' has no attribute '(\w+)'")
_LACKS_IN_TENSOR = re.compile(r"'Tensor' object has no attribute '(\w+)'")
_TORCH_NAME = re.compile(r"torch(?:\.\w+)+")


def missing_name(error: BaseException, namespace_name: str) -> Optional[str]:
    """The torch name that the program wanted and the namespace lacks, if this is why it failed."""
    message = str(error)
    if isinstance(error, Unsupported):
        return message
    if isinstance(error, ImportError) and error.name is not None:
        return as_torch_name(error.name, namespace_name)
    if isinstance(error, NotImplementedError) and namespace_name != "torch":
        named = _TORCH_NAME.search(message)
        return named.group() if named else message.split("\n", 1)[0] or type(error).__name__
    if not isinstance(error, AttributeError) or not raised_by_program(error):
        return None
    of_module = _LACKS_IN_MODULE.search(message)
    if of_module:
        return as_torch_name("%s.%s" % of_module.groups(), namespace_name)
    of_tensor = _LACKS_IN_TENSOR.search(message)
    return "torch.Tensor." + of_tensor.group(1) if of_tensor else None


def as_torch_name(name: str, namespace_name: str) -> Optional[str]:
    for root in (namespace_name, "torch"):
        if name == root or name.startswith(root + "."):
            return "torch" + name[len(root) :]
    return None


def frames(error: BaseException) -> List[Tuple[str, str, int]]:
    """File, function and line of each frame that the error came through, outermost first."""
    found, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append((code.co_filename, code.co_name, trace.tb_lineno))
        trace = trace.tb_next
    return found


def raised_by_program(error: BaseException) -> bool:
    """Whether the program itself asked for the attribute, rather than the namespace's insides."""
    inside: Optional[str] = None  # the function that the program's last line called
    for file, function, _ in reversed(frames(error)):
        if file in (PROGRAM, "<prelude>"):
            return inside in (None, "__getattr__", "__getattribute__")
        inside = function
    return False


def line_of(error: BaseException) -> int:
    """The program's line that an error came from; 0 when it came before the program ran."""
    if isinstance(error, SyntaxError) and error.filename == PROGRAM:
        return error.lineno or 0
    return next((line for file, _, line in reversed(frames(error)) if file == PROGRAM), 0)


# Running one program.


class Program(NamedTuple):
    text: str
    inputs: Dict[str, Dict[str, Any]]
    sides: List[str]


class Observer:
    """Runs programs under a namespace, one after the other and independent of each other."""

    def __init__(self, namespace: Any, device: str = "cpu", backend: Optional[str] = None) -> None:
        self.namespace, self.device, self.backend = namespace, device, backend
        self.name = namespace.__name__
        self.builtins = dict(vars(builtins))
        if self.name != "torch":
            self.builtins["__import__"] = self.import_as_torch
        self.resets = resets(namespace, device)

    def import_as_torch(
        self, name: str, scope: Any = None, local: Any = None, wanted: Any = (), level: int = 0
    ) -> Any:
        """`import torch...` inside a program means the namespace; any other import is untouched.

        sys.modules stays as it is: a namespace may not shadow an installed torch for the process.
        """
        if level or name.split(".", 1)[0] != "torch":
            return __import__(name, scope, local, wanted or (), level)
        module = self.namespace
        for depth, part in enumerate(name.split(".")[1:], start=1):
            full = ".".join([self.name] + name.split(".")[1 : depth + 1])
            if not hasattr(module, part):
                try:
                    importlib.import_module(full)
                except ImportError:
                    raise ModuleNotFoundError("No module named '%s'" % full, name=full) from None
            module = getattr(module, part)
        if not wanted:
            return self.namespace  # `import torch.nn` binds the root
        for part in wanted:
            if part != "*" and not hasattr(module, part):
                full = "%s.%s" % (module.__name__, part)
                raise ImportError("cannot import name '%s'" % full, name=full)
        return module

    def observe(self, program: Program) -> Seen:
        """What the program leaves behind; what it raises, and where, is part of that."""
        for reset in self.resets:
            reset()
        scope: Dict[str, Any] = {
            "__builtins__": self.builtins,
            "__name__": "program",
            "torch": self.namespace,
        }
        exec(_PRELUDE_CODE, scope)
        hidden = set(scope)
        printed, error = io.StringIO(), None
        streams = sys.stdout, sys.stdin
        start = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            sys.stdout, sys.stdin = printed, io.StringIO()
            try:
                for name, spec in program.inputs.items():
                    scope[name] = make_input(self.namespace, spec)
                self.execute(program.text, scope)
            # Whatever ends a program, exit() and interrupts of its own included, is its outcome.
            except BaseException as raised:
                error = raised
            finally:
                sys.stdout, sys.stdin = streams
        seconds = time.perf_counter() - start
        observation: Seen = {
            "variables": self.variables(scope, hidden, program.sides),
            "stdout": cleaned(printed.getvalue()),
            "warnings": unique_warnings(caught),
            "error": None,
            "seconds": round(seconds, 7),
        }
        if error is not None:
            observation["error"] = {
                "type": type(error).__name__,
                "message": cleaned(str(error)),
                "line": line_of(error),
            }
            missing = missing_name(error, self.name)
            if missing is not None:
                observation["unsupported"] = missing
        return observation

    def execute(self, text: str, scope: Dict[str, Any]) -> None:
        lines = text.splitlines(True)
        linecache.cache[PROGRAM] = (len(text), None, lines, PROGRAM)  # for tracebacks in messages
        if self.backend is None:
            exec(compile(text, PROGRAM, "exec", flags=0, dont_inherit=True), scope)
        else:
            self.execute_compiled(text, scope)
        if self.device == "cuda":
            self.namespace.cuda.synchronize()  # errors of kernels belong to the program before

    def execute_compiled(self, text: str, scope: Dict[str, Any]) -> None:
        """Run the text as the body of one compiled function that assigns to the globals."""
        table = symtable.symtable(text, PROGRAM, "exec")
        names = sorted(
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_assigned() or symbol.is_imported()
        )
        tree = ast.parse(text, PROGRAM)
        shell = ast.parse(
            "def _program():\n    " + ("global " + ", ".join(names) if names else "pass")
        )
        function = shell.body[0]
        assert isinstance(function, ast.FunctionDef)
        function.body.extend(tree.body)
        exec(compile(shell, PROGRAM, "exec", flags=0, dont_inherit=True), scope)
        self.namespace._dynamo.reset()
        self.namespace.compile(scope["_program"], backend=self.backend)()

    def variables(self, scope: Dict[str, Any], hidden: Any, sides: List[str]) -> Dict[str, Seen]:
        shown = [
            (name, value)
            for name, value in scope.items()
            if name not in hidden and is_shown(name, value)
        ]
        tensor_type = self.namespace.Tensor
        names: Names = {}
        for name, value in shown:
            if isinstance(value, tensor_type):
                names.setdefault(id(value), name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # reading .grad of a non-leaf warns
            return {name: see(value, tensor_type, sides, names) for name, value in shown}

    def is_broken(self) -> bool:
        """Whether this process can run nothing more (a CUDA context dies of one bad index)."""
        if self.device != "cuda":
            return False
        try:
            self.namespace.cuda.synchronize()
        except RuntimeError:
            return True
        return False


# The first dual tensor has torch compile some of its own formulas, and this warns of how it does.
OWN_WARNING = "`torch.jit.script` is deprecated"


def unique_warnings(caught: Any) -> List[List[str]]:
    found = [[seen.category.__name__, cleaned(str(seen.message)).rstrip()] for seen in caught or ()]
    found = [pair for pair in found if not pair[1].startswith(OWN_WARNING)]
    return [pair for place, pair in enumerate(found) if pair not in found[:place]]


def allow_nondeterminism(namespace: Any) -> None:
    if namespace.are_deterministic_algorithms_enabled():  # setting it imports a whole compiler
        namespace.use_deterministic_algorithms(False)


def resets(namespace: Any, device: str) -> List[Callable[[], Any]]:
    """The calls that give every program the same start, as far as the namespace knows them."""
    generator = getattr(namespace, "default_generator", namespace)
    rows: List[Tuple[Any, str, Tuple[Any, ...], Dict[str, Any]]] = [
        # manual_seed of torch itself also looks for accelerators, a hundred times slower
        (generator, "manual_seed", (0,), {}),
        (namespace, "set_grad_enabled", (True,), {}),
        (namespace, "set_default_dtype", (getattr(namespace, "float32", None),), {}),
        (namespace, "set_printoptions", (), {"profile": "default"}),
        (getattr(namespace, "autograd", None), "set_detect_anomaly", (False,), {}),
        (random, "seed", (0,), {}),
    ]
    if hasattr(namespace, "are_deterministic_algorithms_enabled"):
        rows.append((sys.modules[__name__], "allow_nondeterminism", (namespace,), {}))
    if device == "cuda":
        rows.append((namespace.cuda, "manual_seed_all", (0,), {}))
    calls: List[Callable[[], Any]] = []
    for owner, name, positional, keywords in rows:
        function = getattr(owner, name, None)
        if function is not None:
            calls.append(functools.partial(function, *positional, **keywords))
    return calls


# Starting, and the protocol.


class NotReady(Exception):
    """Why this process cannot observe anything."""


def prepare(namespace: Any, device: str, compiled: bool) -> Dict[str, Any]:
    """Put the namespace in its reproducible state; the flags that were set."""
    flags: Dict[str, Any] = {}
    for name in ("Tensor", "tensor"):
        if not hasattr(namespace, name):
            raise NotReady("%s is not torch-like: it has no %s" % (namespace.__name__, name))
    if compiled and not hasattr(namespace, "compile"):
        raise NotReady("%s %s has no compile" % (namespace.__name__, version_of(namespace)))
    if hasattr(namespace, "set_warn_always"):
        namespace.set_warn_always(True)  # else a warning is seen in the first program only
    if hasattr(namespace, "get_num_threads"):
        flags["threads"] = namespace.get_num_threads()
    if device == "cpu":
        return flags
    if not hasattr(namespace, "cuda") or not namespace.cuda.is_available():
        raise NotReady("no CUDA device")
    backends = namespace.backends
    for owner, name, value in (
        (
            getattr(backends.cuda, "matmul", None) if hasattr(backends, "cuda") else None,
            "allow_tf32",
            False,
        ),
        (backends.cudnn, "allow_tf32", False),
        (backends.cudnn, "deterministic", True),
        (backends.cudnn, "benchmark", False),
    ):
        if owner is not None and hasattr(owner, name):
            setattr(owner, name, value)
    if hasattr(namespace, "set_default_device"):
        namespace.set_default_device("cuda")
    else:
        namespace.set_default_tensor_type("torch.cuda.FloatTensor")
    flags.update(
        tf32=False,
        cudnn_deterministic=True,
        cudnn_benchmark=False,
        cuda=namespace.version.cuda,
        cudnn=backends.cudnn.version(),
        gpu=namespace.cuda.get_device_name(0),
        capability=".".join(str(part) for part in namespace.cuda.get_device_capability(0)),
    )
    return flags


def version_of(namespace: Any) -> str:
    return str(getattr(namespace, "__version__", "unknown"))


def answer(observer: Observer, request: Dict[str, Any]) -> Dict[str, Any]:
    wanted = request.get("facets")
    if wanted is None:
        wanted = list(SIDES)
    unknown = [side for side in wanted if side not in SIDES]
    if unknown:
        known = ", ".join(SIDES)
        return {"id": request["id"], "problem": "no side %s; there are %s" % (unknown[0], known)}
    sides = [side for side in SIDES if side in wanted or side in ALWAYS]
    program = Program(request["text"], request["inputs"], sides)
    reply: Dict[str, Any] = {"id": request["id"], "observation": observer.observe(program)}
    if observer.is_broken():
        reply["restart"] = True
    return reply


def take_over_streams() -> Tuple[Any, Any]:
    """The protocol's streams, apart from the 0 and 1 that programs and libraries use."""
    incoming = os.fdopen(os.dup(0), "r", encoding="utf-8", newline="\n")
    outgoing = os.fdopen(os.dup(1), "w", encoding="utf-8", newline="\n")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)  # C code that prints is seen beside the errors
    return incoming, outgoing


def main() -> int:
    parser = argparse.ArgumentParser(description="Run programs, JSON lines in and out.")
    parser.add_argument("--namespace", default="torch", help="module to give to programs as torch")
    parser.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    parser.add_argument("--compile", metavar="BACKEND", help="compile programs with this backend")
    options = parser.parse_args()
    incoming, outgoing = take_over_streams()

    def write(reply: Dict[str, Any]) -> None:
        outgoing.write(json.dumps(reply) + "\n")
        outgoing.flush()

    sys.path[0] = ""  # the user's modules are found, this script's siblings are not
    try:
        namespace = importlib.import_module(options.namespace)
        flags = prepare(namespace, options.device, options.compile is not None)
        observer = Observer(namespace, options.device, options.compile)
        observer.observe(Program("torch.tensor(1.0)", {}, []))  # what is loaded late, loads now
    # A namespace that fails while it is imported may fail in any way; the reason is passed on.
    except Exception as error:
        detail = "" if isinstance(error, NotReady) else type(error).__name__ + ": "
        write({"ready": False, "reason": detail + cleaned(str(error)).split("\n")[0]})
        return 1
    write(
        {
            "ready": True,
            "namespace": options.namespace,
            "version": version_of(namespace),
            "python": platform.python_version(),
            "device": options.device,
            "flags": dict(flags, **({"compile": options.compile} if options.compile else {})),
        }
    )
    for line in incoming:
        write(answer(observer, json.loads(line)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
