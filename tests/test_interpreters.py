"""Interpreters of other torches: which Python they need, and what is said where there is none."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
from packaging.version import Version

from conformance import interpreters
from conformance.interpreters import PINS, PYTHONS, Missing, main, python_for
from conformance.subjects import open_subject

MATRIX = Path(__file__).parent.parent / "tox.ini"


def test_every_version_of_the_matrix_has_a_python_and_one_set_of_pins() -> None:
    sections = re.findall(r"^\[testenv:torch-\{(.*)\}\]$", MATRIX.read_text(), re.MULTILINE)
    versions = [Version(text) for section in sections for text in section.split(",")]
    assert len(versions) == 30
    for torch in versions:
        assert any(torch in torches for torches in PYTHONS.values()), torch
        assert sum(torch in torches for torches, _ in PINS) == 1, torch


def test_old_torch_gets_an_old_numpy() -> None:
    pins = {
        text: [pin for torches, pin in PINS if Version(text) in torches]
        for text in ("2.2.2", "2.3.1")
    }
    assert pins == {"2.2.2": ["numpy<2"], "2.3.1": ["numpy"]}


def test_a_candidate_has_to_be_what_it_is_called() -> None:
    here = "{}.{}".format(*sys.version_info[:2])
    assert interpreters.find(here) == [sys.executable]
    assert interpreters.find("2.99") is None


def test_a_missing_python_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreters, "find", lambda python: None)
    with pytest.raises(Missing, match=r"torch 1\.0\.0 needs Python 3\.7, .* pyenv install 3\.7"):
        python_for(Version("1.0.0"))


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")
def test_the_stand_in_tells_the_run_why_there_is_no_interpreter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(interpreters, "find", lambda python: None)
    assert main(["torch-1.0.0", "--into", str(tmp_path / "oracle")]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("not run: torch 1.0.0 needs Python 3.7")
    with open_subject(f"python:{said.out.strip()}") as subject:
        assert not subject.ready
        assert subject.reason is not None
        assert subject.reason.startswith("torch 1.0.0 needs Python 3.7")
    assert main(["1.0.0", "--into", str(tmp_path / "oracle")]) == 0, "a stand-in is replaced"


def test_a_folder_that_is_no_environment_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interpreters, "find", lambda python: None)
    precious = tmp_path / "thesis.txt"
    precious.write_text("all of it")
    with pytest.raises(SystemExit, match="is no virtual environment"):
        main(["1.0.0", "--into", str(tmp_path)])
    assert precious.read_text() == "all of it"


def test_a_version_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["latest", "--into", "nowhere"])
    assert "'latest' is no version of torch; name one like 2.15.0" in capsys.readouterr().err
