"""Other Pythons with other torches: `python -m conformance.interpreters 1.0.0 --into DIR`.

Makes a virtual environment with a Python that this torch was built for, installs this torch into it
and prints the interpreter's path, to be used as `--oracle python:PATH`.  Where that cannot be done
(there is no such Python here, or pip finds no such torch) a stand-in takes the interpreter's place.
It runs nothing and says why, so that the run record has the reason and the run is *not run*.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

# Which torches install on which Python, the Python to be preferred first.
PYTHONS = {
    "3.11": SpecifierSet(">=2.0,<2.16"),
    "3.7": SpecifierSet(">=1.0,<1.14"),
    "3.12": SpecifierSet(">=2.2,<2.16"),
    "3.13": SpecifierSet(">=2.5,<2.16"),
    "3.10": SpecifierSet(">=1.11,<2.15"),
    "3.9": SpecifierSet(">=1.7.1,<2.9"),
    "3.8": SpecifierSet(">=1.4,<2.5"),
}

# What has to be installed with which torch.
PINS = (
    (SpecifierSet("<2.3"), "numpy<2"),  # built against NumPy 1
    (SpecifierSet(">=2.3"), "numpy"),
)

STAND_IN = "# a stand-in for an interpreter that could not be made"


class Missing(Exception):
    """Why there is no such interpreter: a sentence to read in a record."""


def candidates(python: str) -> Iterator[list[str]]:
    """Commands that may be this Python: PATH, pyenv's versions, Windows' launcher."""
    yield [sys.executable]
    found = shutil.which(f"python{python}")
    if found:
        yield [found]
    for root in dict.fromkeys([os.environ.get("PYENV_ROOT", "~/.pyenv"), "~/.pyenv"]):
        for folder in sorted(Path(root).expanduser().glob(f"versions/{python}.*"), reverse=True):
            yield [str(folder / "bin" / "python")]
    launcher = shutil.which("py")
    if launcher:
        yield [launcher, f"-{python}"]


def find(python: str) -> list[str] | None:
    """The first candidate that runs and is what it is called (a pyenv shim may be neither)."""
    ask = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    for command in candidates(python):
        try:
            done = subprocess.run([*command, "-c", ask], capture_output=True, text=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if done.returncode == 0 and done.stdout.strip() == python:
            return command
    return None


def python_for(torch: Version) -> list[str]:
    """A Python on this machine that can have this torch."""
    suitable = [python for python, torches in PYTHONS.items() if torch in torches]
    if not suitable:
        raise Missing(f"no Python is known to have torch {torch}; 1.0 to 2.15 are known")
    for python in suitable:
        command = find(python)
        if command:
            return command
    raise Missing(
        f"torch {torch} needs Python {' or '.join(suitable)}, and none is on PATH or in pyenv; "
        f"install one, for example: pyenv install {suitable[0]}"
    )


def interpreter_in(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def installed(python: Path) -> str | None:
    """The version of torch that this interpreter has."""
    if not python.exists() or is_stand_in(python):
        return None
    ask = "import torch; print(torch.__version__)"
    done = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=False)
    return done.stdout.strip().partition("+")[0] if done.returncode == 0 else None


def is_stand_in(python: Path) -> bool:
    with python.open("rb") as file:
        return STAND_IN.encode() in file.read(200)


def clear(folder: Path) -> None:
    """Removes an environment that was made here before, and nothing else."""
    if not folder.exists():
        return
    python = interpreter_in(folder)
    ours = (folder / "pyvenv.cfg").exists() or (python.exists() and is_stand_in(python))
    if not ours and any(folder.iterdir()):
        raise SystemExit(f"{folder} is no virtual environment; name a new folder for --into")
    shutil.rmtree(folder)


def make(torch: Version, folder: Path) -> Path:
    """The interpreter with this torch, made where it is not there yet."""
    python = interpreter_in(folder)
    if installed(python) == str(torch):
        return python
    command = python_for(torch)
    clear(folder)
    pins = [pin for torches, pin in PINS if torch in torches]
    _run([*command, "-m", "venv", str(folder)])
    _run([str(python), "-m", "pip", "install", "--quiet", f"torch=={torch}", *pins])
    if installed(python) != str(torch):
        raise Missing(f"torch {torch} was installed, but importing it gives {installed(python)}")
    return python


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines() or ["no message"]
        raise Missing(f"{shlex.join(command[-4:])} failed: {last[-1]}")


def stand_in(folder: Path, reason: str) -> Path:
    """Something that is asked like an interpreter and answers with the reason."""
    python = interpreter_in(folder)
    clear(folder)
    if os.name != "nt":
        python.parent.mkdir(parents=True)
        answer = json.dumps({"ready": False, "reason": reason})
        python.write_text(f"#!/bin/sh\n{STAND_IN}\necho {shlex.quote(answer)}\n", encoding="utf-8")
        python.chmod(0o755)
    return python


def version(text: str) -> Version:
    """`1.0.0`, or `torch-1.0.0` as tox calls its environments."""
    try:
        return Version(re.sub(r"^torch-?", "", text))
    except InvalidVersion:
        message = f"{text!r} is no version of torch; name one like 2.15.0"
        raise argparse.ArgumentTypeError(message) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the interpreter's path; what is missing is said by the run that misses it."""
    parser = argparse.ArgumentParser(
        prog="python -m conformance.interpreters",
        description="Make an interpreter with a given torch, for --oracle python:PATH.",
    )
    parser.add_argument("torch", type=version, help="such as 1.0.0")
    parser.add_argument("--into", type=Path, required=True, metavar="DIR")
    given = parser.parse_args(arguments)
    try:
        print(make(given.torch, given.into))
    except Missing as missing:
        print(f"not run: {missing}", file=sys.stderr)
        print(stand_in(given.into, str(missing)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
