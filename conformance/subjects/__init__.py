"""Subjects: who runs cases. `open_subject` makes one from what the user calls it."""

from __future__ import annotations

import sys
from collections.abc import Callable

from conformance.subjects.base import Observation, Subject
from conformance.subjects.process import ProcessSubject
from conformance.subjects.recording import RecordedSubject

__all__ = ["SPECS", "Observation", "Subject", "open_subject"]

COMPILE_TIMEOUT = 120.0  # a compiler builds C++ for every case

# what the user writes: (what it means, what follows the colon, how it is opened)
SPECS: dict[str, tuple[str, str | None, Callable[[str, str, float], Subject]]] = {
    "refimpl": (
        "the reference implementation",
        None,
        lambda spec, _, timeout: _process(spec, timeout, "--namespace", "refimpl"),
    ),
    "torch": (
        "this interpreter's torch on the CPU",
        None,
        lambda spec, _, timeout: _process(spec, timeout),
    ),
    "torch:cuda": (
        "this interpreter's torch on a GPU",
        None,
        lambda spec, _, timeout: _process(spec, timeout, "--device", "cuda"),
    ),
    "torch:compile": (
        "programs compiled by torch.compile; torch:compile:BACKEND names a backend",
        "",
        lambda spec, backend, timeout: _process(
            spec, max(timeout, COMPILE_TIMEOUT), "--compile", backend or "inductor"
        ),
    ),
    "python": (
        "the torch of another interpreter, as in python:/usr/bin/python3.12",
        "PYTHON",
        lambda spec, python, timeout: ProcessSubject(spec, python, (), timeout),
    ),
    "module": (
        "any importable torch-like namespace, as in module:mytorch",
        "NAME",
        lambda spec, name, timeout: _process(spec, timeout, "--namespace", name),
    ),
    "recording": (
        "what was observed elsewhere, as in recording:gpu.jsonl",
        "FILE",
        lambda spec, file, timeout: RecordedSubject(spec, file),
    ),
}


def _process(spec: str, timeout: float, *arguments: str) -> Subject:
    return ProcessSubject(spec, sys.executable, arguments, timeout)


def open_subject(spec: str, timeout: float = 10.0) -> Subject:
    """The subject that a spec means, starting; `ready` and `reason` tell whether it came up."""
    for name, (_, wanted, make) in sorted(SPECS.items(), key=lambda row: -len(row[0])):
        if spec == name and not wanted:
            return make(spec, "", timeout)
        rest = spec.removeprefix(f"{name}:")
        if rest and rest != spec and wanted is not None:
            return make(spec, rest, timeout)
    known = "; ".join(
        f"{name}{f':{wanted}' if wanted else ''} ({meaning})"
        for name, (meaning, wanted, _) in SPECS.items()
    )
    raise ValueError(f"unknown subject {spec!r}; a subject is one of: {known}")
