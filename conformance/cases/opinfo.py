"""Cases from PyTorch's own samples: `torch.testing`'s OpInfo database, as programs.

The database can be read in a process that imports torch only. This module runs as that process, and
keeps what it said:

    python -m conformance.cases.opinfo --ops pow,linalg.svd --dtypes float32 --limit 4 --out FILE

Nothing is dropped silently: samples that cannot become a case are counted by reason.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from conformance.case import Case, slug

DTYPES = ("float32", "float64")

# Facets by what PyTorch says of the op; the rest is read off every op.
PLAIN = ("dtype", "shape", "requires_grad", "is_leaf", "grad_fn", "graph", "error")
VALUES = ("value", "print", "no_grad")


@dataclass
class Harvest:
    """The cases of PyTorch's samples, and why other samples are none."""

    cases: list[Case] = field(default_factory=list)
    skipped: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # op, dtype, reason
    dropped: Counter[tuple[str, str]] = field(default_factory=Counter)  # op, argument left out


@dataclass(frozen=True)
class OpRow:
    """What PyTorch says of one op on the CPU."""

    name: str
    variants: tuple[str, ...]
    dtypes: tuple[str, ...]
    autograd: tuple[str, ...]
    gradgrad: bool
    inplace: bool

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> OpRow:
        return cls(
            name=row["name"],
            variants=tuple(row["variants"]),
            dtypes=tuple(row["dtypes"]),
            autograd=tuple(row["autograd"]),
            gradgrad=row["gradgrad"],
            inplace=row["inplace"],
        )


# The parent's side: no torch.


def opinfo_cases(
    names: Sequence[str] = (),
    dtypes: Sequence[str] = DTYPES,
    limit: int | None = None,
    *,
    cache: Path,
    errors: bool = False,
) -> list[Case]:
    """At most `limit` cases per op, variant and dtype, spread over its samples, smallest first."""
    return harvest(names, dtypes, limit, cache=cache, errors=errors).cases


def harvest(
    names: Sequence[str] = (),
    dtypes: Sequence[str] = DTYPES,
    limit: int | None = None,
    *,
    cache: Path,
    errors: bool = False,
) -> Harvest:
    """The cases with the counts of what was left out; no names means every op."""
    arguments = ["--ops", ",".join(names), "--dtypes", ",".join(dtypes)]
    arguments += ["--limit", str(limit)] if limit is not None else []
    arguments += ["--errors"] if errors else []
    found = Harvest()
    for row in _cached(arguments, cache):
        if "case" in row:
            found.cases.append(Case.from_json(row["case"]))
        elif "skipped" in row:
            op, dtype, reason = row["skipped"]
            found.skipped[op, dtype, reason] = row["count"]
        elif "dropped" in row:
            op, argument = row["dropped"]
            found.dropped[op, argument] = row["count"]
    return found


def opinfo_ops(*, cache: Path) -> dict[str, OpRow]:
    """Every op that PyTorch has samples for."""
    rows = (row["op"] for row in _cached(["--list"], cache) if "op" in row)
    return {row["name"]: OpRow.from_json(row) for row in rows}


def _cached(arguments: Sequence[str], cache: Path) -> list[dict[str, Any]]:
    """What the child says for these arguments, asked once per torch version and source."""
    version = metadata.version("torch")
    folder = Path(__file__).parent
    sources = [folder / "opinfo.py", folder / "spelling.py", *folder.parent.glob("[co]*e.py")]
    content = [version, *arguments, *(path.read_text("utf-8") for path in sorted(sources))]
    key = hashlib.sha256("\0".join(content).encode()).hexdigest()[:16]
    file = cache / f"opinfo-{slug(version)}-{key}.jsonl"
    rows = _read(file)
    if rows is None:
        cache.mkdir(parents=True, exist_ok=True)
        _ask([*arguments, "--out", str(file)])
        rows = _read(file)
    if rows is None:
        raise RuntimeError(f"{file} is not complete although it was just written; remove it")
    return rows


def _read(file: Path) -> list[dict[str, Any]] | None:
    """The rows of a complete file."""
    try:
        rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    except (OSError, ValueError):
        return None
    return rows if rows and rows[-1] == {"complete": True} else None


def _ask(arguments: Sequence[str]) -> None:
    root = Path(__file__).parent.parent.parent
    path = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
    child = subprocess.run(
        [sys.executable, "-m", "conformance.cases.opinfo", *arguments],
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0", "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    if child.returncode:
        said = child.stderr.strip().splitlines() or ["it said nothing"]
        raise RuntimeError(f"reading PyTorch's samples failed: {said[-1]}")


# The child's side: imports torch.


def database() -> list[Any]:
    from torch.testing._internal.common_methods_invocations import op_db

    return list(op_db)


def rows_of_ops() -> Iterator[OpRow]:
    by_name: dict[str, list[Any]] = {}
    for op in database():
        by_name.setdefault(op.name, []).append(op)
    for name, variants in sorted(by_name.items()):
        yield OpRow(
            name=name,
            variants=tuple(op.variant_test_name for op in variants),
            dtypes=_names(op.supported_dtypes("cpu") for op in variants),
            autograd=_names(_autograd(op) for op in variants),
            gradgrad=any(op.supports_gradgrad for op in variants),
            inplace=any(op.inplace_variant is not None for op in variants),
        )


def _names(sets: Iterable[Iterable[Any]]) -> tuple[str, ...]:
    return tuple(sorted({str(dtype).removeprefix("torch.") for group in sets for dtype in group}))


def _autograd(op: Any) -> set[Any]:
    """The dtypes in which the op is differentiable."""
    if not op.supports_autograd:
        return set()
    dtypes = op.supported_backward_dtypes("cpu")
    return {dtype for dtype in dtypes if dtype.is_floating_point or dtype.is_complex}


def collect(
    names: Sequence[str], dtypes: Sequence[str], limit: int | None, errors: bool
) -> Harvest:
    import torch

    ops = database()
    unknown = sorted(set(names) - {op.name for op in ops})
    if unknown:
        raise LookupError(f"PyTorch has no samples for {', '.join(unknown)}; see --list")
    found = Harvest()
    for op in ops:
        if names and op.name not in names:
            continue
        for dtype in dtypes:
            if getattr(torch, dtype) in op.supported_dtypes("cpu"):
                found.cases += _cases_of(op, dtype, limit, found)
        if errors:
            found.cases += _errors_of(op, limit, found)
    unique = {case.id: case for case in found.cases}
    found.cases = list(unique.values())
    return found


def _seed() -> None:
    import numpy
    import torch

    torch.manual_seed(0)
    numpy.random.seed(0)
    random.seed(0)


def _cases_of(op: Any, dtype: str, limit: int | None, found: Harvest) -> Iterator[Case]:
    import torch

    from conformance.cases import spelling

    autograd = getattr(torch, dtype) in _autograd(op)
    _seed()
    samples = op.sample_inputs("cpu", getattr(torch, dtype), requires_grad=autograd)
    calls = []
    for sample in _each(samples, op, dtype, found):
        try:
            calls.append((sample, spelling.Sample(sample)))
        except spelling.CannotSpell as error:
            found.skipped[op.name, dtype, str(error)] += 1
    calls.sort(key=lambda pair: pair[1].size)
    for sample, call in spread(calls, limit):
        found.dropped.update((op.name, argument) for argument in call.dropped)
        try:
            text, result = spelling.spell(op, sample, call)
        except spelling.CannotSpell as error:
            found.skipped[op.name, dtype, str(error)] += 1
            continue
        inplace = spelling.spell_inplace(op, sample, call)
        out = spelling.spell_out(text, result, call) if op.supports_out else None
        unique = spelling.is_unique(sample, result)
        if not unique and op.name in spelling.UNIQUE:
            text, out, unique = f"{text}\n{spelling.UNIQUE[op.name]}", None, True
        grad = autograd and any(spec.requires_grad for spec in call.inputs.values())
        defined = op.name not in spelling.UNDEFINED and unique and not spelling.has_ties(op, sample)
        derived = {
            "grad": grad,
            "gradgrad": grad and op.supports_gradgrad,
            "forward_ad": grad and op.supports_forward_ad and op.name not in spelling.HERMITIAN,
            "inplace": inplace is not None,
            "out": out is not None,
        }
        facets = (*PLAIN, *VALUES, *(name for name in derived if derived[name]))
        yield Case(
            text=text,
            inputs=call.inputs,
            source="opinfo",
            op=op.name,
            dtype=dtype,
            title=title_of(op.variant_test_name, call),
            facets=facets if defined else PLAIN,
            inplace=inplace,
            out=out,
        )


def _errors_of(op: Any, limit: int | None, found: Harvest) -> Iterator[Case]:
    """Calls that have to be refused."""
    from conformance.cases import spelling

    if op.error_inputs_func is None:
        return
    _seed()
    calls = []
    for error_input in _each(op.error_inputs("cpu"), op, "error", found):
        try:
            calls.append((error_input, spelling.Sample(error_input.sample_input)))
        except spelling.CannotSpell as error:
            found.skipped[op.name, "error", str(error)] += 1
    for error_input, call in spread(calls, limit):
        for text in call.texts(op.name, op.variant_test_name):
            try:
                spelling.run(text, call.inputs)
            except error_input.error_type:
                title = title_of(op.variant_test_name, call)
                yield Case(text, call.inputs, "opinfo", op.name, None, ("error",), f"error {title}")
                break
            except Exception:  # noqa: BLE001 - not the spelling that is refused this way
                continue
        else:
            found.skipped[op.name, "error", "no public spelling is refused"] += 1


def _each(samples: Iterable[Any], op: Any, dtype: str, found: Harvest) -> Iterator[Any]:
    """The samples, up to where PyTorch fails to make another."""
    iterator = iter(samples)
    while True:
        try:
            sample = next(iterator)
        except StopIteration:
            return
        # PyTorch's own generators fail where a library is missing; the reason is counted.
        except Exception as error:  # noqa: BLE001
            reason = f"making samples raises {type(error).__name__}"
            found.skipped[op.name, dtype, reason] += 1
            return
        yield sample


def spread(items: Sequence[Any], limit: int | None) -> list[Any]:
    """At most `limit` items at even distances, the first and the last among them."""
    if limit is None or len(items) <= limit:
        return list(items)
    if limit == 1:
        return list(items[:1])
    return [items[place * (len(items) - 1) // (limit - 1)] for place in range(limit)]


def title_of(variant: str, call: Any) -> str:
    """The variant and the shapes, as in `5x1 5`."""
    shapes = ("x".join(map(str, spec.shape)) or "scalar" for spec in call.inputs.values())
    return " ".join(filter(None, [variant, *shapes])) or "no tensors"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.cases.opinfo")
    parser.add_argument("--ops", default="", help="names, with commas; none means every op")
    parser.add_argument("--dtypes", default=",".join(DTYPES))
    parser.add_argument("--limit", type=int, help="cases per op, variant and dtype")
    parser.add_argument("--errors", action="store_true", help="also calls that must be refused")
    parser.add_argument("--list", action="store_true", help="the ops instead of cases")
    parser.add_argument("--out", type=Path, help="the file to write; none means standard output")
    options = parser.parse_args(arguments)
    rows: list[dict[str, Any]]
    if options.list:
        rows = [{"op": vars(row)} for row in rows_of_ops()]
    else:
        names = [name for name in options.ops.split(",") if name]
        found = collect(names, options.dtypes.split(","), options.limit, options.errors)
        rows = [{"case": case.to_json()} for case in found.cases]
        rows += [{"skipped": key, "count": found.skipped[key]} for key in sorted(found.skipped)]
        rows += [{"dropped": key, "count": found.dropped[key]} for key in sorted(found.dropped)]
    lines = "".join(json.dumps(row) + "\n" for row in [*rows, {"complete": True}])
    if options.out is None:
        sys.stdout.write(lines)
    else:
        partial = options.out.with_suffix(f".{os.getpid()}")
        partial.write_text(lines, "utf-8")
        partial.replace(options.out)  # whoever finds the file finds all of it
    return 0


if __name__ == "__main__":
    sys.exit(main())
