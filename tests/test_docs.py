"""The pages say what is so: programs print what stands below them, links lead somewhere, the map is
complete, and CI runs what the README tells a newcomer to type."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
WALK = (ROOT / "docs/how-backward-works.md").read_text(encoding="utf-8")
PROGRAM = re.compile(r"```python\n(import refimpl as torch\n.*?)```\n\n```text\n(.*?)```", re.S)
PROGRAMS = PROGRAM.findall(WALK)


# One process for all programs, each in a namespace of its own: importing torch takes a second.
RUNNER = """
import contextlib, io, json, sys, traceback
printed = []
for program in json.load(sys.stdin):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        try:
            exec(program, {})
        except Exception:
            print(traceback.format_exc())
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


def outputs(programs: list[str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUNNER],
        input=json.dumps(programs),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    printed: list[str] = json.loads(done.stdout)
    return printed


def test_the_programs_print_what_the_page_says() -> None:
    assert len(PROGRAMS) > 8
    assert outputs([text for text, _ in PROGRAMS]) == [printed for _, printed in PROGRAMS]


def test_and_so_they_do_in_pytorch() -> None:
    pytest.importorskip("torch", reason="not run: no torch")
    programs = [text.replace("import refimpl as torch", "import torch") for text, _ in PROGRAMS]
    programs = [text.replace("from refimpl.", "from torch.") for text in programs]
    assert outputs(programs) == [printed for _, printed in PROGRAMS]


def test_what_the_page_quotes_of_the_table_is_in_the_table() -> None:
    quoted = re.findall(r"```text\n(pointwise.*?)```", WALK, re.S)
    assert quoted
    files = (ROOT / "refimpl/ops").glob("*.py")
    table = "".join(path.read_text(encoding="utf-8") for path in files)
    for row in quoted:
        assert row in table


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = [link for link in links if not (page.parent / link).exists()]
    assert broken == []


def test_the_map_names_every_module_and_nothing_else() -> None:
    text = (ROOT / "docs/map.md").read_text(encoding="utf-8")
    for folder in ("refimpl", "conformance", "reports"):
        section = text.partition(f"\n## {folder}/")[2].partition("\n## ")[0]
        rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
        named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
        here = {
            path.relative_to(ROOT / folder).as_posix()
            for path in (ROOT / folder).rglob("*")
            if path.suffix in (".py", ".toml", ".j2", ".css", ".js") and path.parent.name != "out"
        }
        quiet = {"__init__.py", "cases/__init__.py", "ops/__init__.py"}
        whole = {name for name in here if any(name.startswith(n) for n in named if n.endswith("/"))}
        assert here - named - quiet - whole == set(), f"{folder}: not on the map"
        assert {name for name in named if not (ROOT / folder / name).exists()} == set()


def test_ci_runs_the_two_commands_of_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"```sh\n(python3 -m venv .*)\n```", readme)
    assert len(commands) == 2
    assert commands[0].endswith("pytest conformance")
    assert commands[1].endswith("pytest tests")
    script = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "grep '^python3 -m venv \\.venv && ' README.md" in script
    assert not re.search(r"pytest", script), "what CI tests is said in the README alone"
