"""A subject answers in order, whatever its programs do to its process."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.case import Case, TensorSpec, write_cases
from conformance.subjects import SPECS, Subject, open_subject
from conformance.subjects.process import WINDOW, ProcessSubject
from conformance.subjects.recording import RecordedSubject, Recorder, main

TINY = """\
__version__ = "1"
class Tensor: pass
tensor = Tensor
"""


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subject]:
    """A subject whose namespace is found in the current folder, and starts in no time."""
    (tmp_path / "tiny.py").write_text(TINY)
    monkeypatch.chdir(tmp_path)
    with open_subject("module:tiny", timeout=1.0) as subject:
        yield subject


def case(text: str) -> Case:
    return Case(text, {}, "test")


def number(value: int) -> Case:
    return case(f"n = {value}")


def test_a_subject_introduces_itself(tiny: Subject) -> None:
    assert tiny.ready
    assert tiny.reason is None
    assert tiny.about["version"] == "1"
    assert tiny.about["device"] == "cpu"


def test_results_come_in_the_order_of_submission(tiny: Subject) -> None:
    for value in range(200):
        tiny.submit(number(value))
    assert tiny.pending == 200
    observed = [observation["variables"]["n"]["value"] for observation in tiny.results()]
    assert observed == list(range(200))
    assert tiny.pending == 0


def test_two_subjects_work_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny.py").write_text(TINY)
    monkeypatch.chdir(tmp_path)
    with open_subject("module:tiny") as one, open_subject("module:tiny") as other:
        assert one.ready
        assert other.ready
        start = time.monotonic()
        for subject in (one, other):
            subject.submit(case("import time\ntime.sleep(0.6)"))
        one.result()
        other.result()
        assert time.monotonic() - start < 1.1


def test_requests_larger_than_a_pipe_pass(tiny: Subject) -> None:
    texts = [f"n = len({'x' * WINDOW * length!r})" for length in (1, 5, 0, 3)]
    for text in texts:
        tiny.submit(case(text))
    lengths = [observation["variables"]["n"]["value"] for observation in tiny.results()]
    assert lengths == [WINDOW, WINDOW * 5, 0, WINDOW * 3]


def test_answers_larger_than_a_pipe_pass(tiny: Subject) -> None:
    for _ in range(3):
        tiny.submit(case(f"s = 'x' * {WINDOW * 5}"))
    lengths = [len(seen["variables"]["s"]["value"]) for seen in tiny.results()]
    assert lengths == [WINDOW * 5] * 3


DEADLY = {
    "leaves at once": ("import os\nos._exit(9)", {"crash": "exited with status 9"}),
    "kills itself": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
        {"crash": "killed by SIGSEGV"},
    ),
    "never ends": ("while True: pass", {"timeout": 1.0}),
    "says why": (
        "import os, sys\nos.write(2, b'out of luck\\n')\nos._exit(1)",
        {"crash": "exited with status 1 (out of luck)"},
    ),
    "closes the protocol": ("import os\nos.closerange(3, 20)", None),
}


@pytest.mark.parametrize("what", DEADLY)
def test_a_deadly_program_costs_only_its_case(tiny: Subject, what: str) -> None:
    text, outcome = DEADLY[what]
    for submitted in (number(1), case(text), number(2), case(text), number(3)):
        tiny.submit(submitted)
    first, deadly, second, again, third = tiny.results()
    values = [seen["variables"]["n"]["value"] for seen in (first, second, third)]
    assert values == [1, 2, 3]
    assert deadly == again
    if outcome is None:
        assert "crash" in deadly
    else:
        assert deadly == outcome


def test_time_is_counted_from_the_start_of_a_case(tiny: Subject) -> None:
    """Five cases of 0.4 s each are within a limit of 1 s each, also when we come late."""
    for _ in range(5):
        tiny.submit(case("import time\ntime.sleep(0.4)\ndone = True"))
    time.sleep(1.2)
    assert ["done" in seen.get("variables", ()) for seen in tiny.results()] == [True] * 5


def test_a_subject_that_cannot_start_again_says_so(tiny: Subject, tmp_path: Path) -> None:
    assert tiny.ready
    (tmp_path / "tiny.py").write_text("import no_such_library")
    for submitted in (case("import os\nos._exit(9)"), number(1), number(2)):
        tiny.submit(submitted)
    first, *others = tiny.results()
    assert first == {"crash": "exited with status 9"}
    for observation in others:
        assert observation["crash"].startswith("the subject did not start again: ModuleNotFound")


def test_a_result_that_is_not_due_is_an_error(tiny: Subject) -> None:
    with pytest.raises(RuntimeError, match="no case was submitted"):
        tiny.result()


def test_one_case_at_once_needs_an_idle_subject(tiny: Subject) -> None:
    tiny.submit(number(1))
    with pytest.raises(RuntimeError, match="take the 1 results"):
        tiny.observe(number(2))


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("python:/no/such/python", "cannot run /no/such/python: No such file or directory"),
        ("module:no_such_module", "No module named 'no_such_module'"),
        ("recording:/no/such/file", "cannot read /no/such/file"),
    ],
)
def test_a_subject_that_is_not_there_says_why(spec: str, reason: str) -> None:
    with open_subject(spec) as subject:
        assert not subject.ready
        assert reason in str(subject.reason)


def test_a_subject_that_dies_at_its_start_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "stillborn.py").write_text("import os\nos.write(2, b'no luck')\nos._exit(4)\n")
    monkeypatch.chdir(tmp_path)
    with open_subject("module:stillborn") as subject:
        assert subject.reason == "did not start: exited with status 4 (no luck)"
        with pytest.raises(RuntimeError, match="is not ready"):
            subject.submit(number(1))


@pytest.mark.parametrize("spec", ["torhc", "torch:cdua", "module", "python:", "recording", ""])
def test_an_unknown_subject_is_answered_with_the_known_ones(spec: str) -> None:
    with pytest.raises(ValueError, match="unknown subject") as caught:
        open_subject(spec)
    for name in SPECS:
        assert name in str(caught.value)


def test_a_gpu_that_is_not_there_is_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    with open_subject("torch:cuda") as subject:
        if "No module named" in str(subject.reason):
            pytest.skip("not run: no torch")
        assert subject.reason == "no CUDA device"


def test_a_compiled_program_leaves_the_same_variables() -> None:
    x = TensorSpec.of([1.0, 2.0], "float32", requires_grad=True)
    program = Case("y = x * 2\nz = y.sum()\nz.backward()\n", {"x": x}, "test")
    with (
        open_subject("torch", timeout=60) as eager,
        open_subject("torch:compile:aot_eager") as compiled,
    ):
        if not eager.ready or not compiled.ready:
            pytest.skip(f"not run: {eager.reason or compiled.reason}")
        assert compiled.about["flags"]["compile"] == "aot_eager"
        sides = ["value", "grad"]
        expected, actual = (side.observe(program, sides) for side in (eager, compiled))
    assert actual["error"] is None
    assert actual["variables"] == expected["variables"]


# A GPU, played by a namespace: what is asked of one, and what happens when its context dies.

PLAYED_GPU = """\
import types
class Tensor: pass
tensor = Tensor
default_device = None
def set_default_device(device):
    global default_device
    default_device = device
def synchronize():
    if cuda.poisoned:
        raise RuntimeError("CUDA error: device-side assert triggered")
cuda = types.SimpleNamespace(
    poisoned=False,
    seeds=[],
    is_available=lambda: True,
    synchronize=synchronize,
    manual_seed_all=lambda seed: cuda.seeds.append(seed),
    get_device_name=lambda index: "a played GPU",
    get_device_capability=lambda index: (9, 0),
)
version = types.SimpleNamespace(cuda="13.0")
backends = types.SimpleNamespace(
    cuda=types.SimpleNamespace(matmul=types.SimpleNamespace(allow_tf32=True)),
    cudnn=types.SimpleNamespace(
        allow_tf32=True, deterministic=False, benchmark=True, version=lambda: 91000
    ),
)
"""


@pytest.fixture
def gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Subject]:
    (tmp_path / "played.py").write_text(PLAYED_GPU)
    monkeypatch.chdir(tmp_path)
    arguments = ["--namespace", "played", "--device", "cuda"]
    with ProcessSubject("played:cuda", sys.executable, arguments) as subject:
        yield subject


def test_a_gpu_computes_in_full_precision_and_says_so(gpu: Subject) -> None:
    assert gpu.about["device"] == "cuda"
    assert gpu.about["flags"] == {
        "tf32": False,
        "cudnn_deterministic": True,
        "cudnn_benchmark": False,
        "cuda": "13.0",
        "cudnn": 91000,
        "gpu": "a played GPU",
        "capability": "9.0",
    }
    text = (
        "a = torch.backends.cuda.matmul.allow_tf32\n"
        "b = torch.backends.cudnn.allow_tf32\n"
        "c = torch.default_device\n"
        "d = torch.cuda.seeds[-1]\n"
    )
    variables = gpu.observe(case(text))["variables"]
    assert [variables[name]["value"] for name in "abcd"] == [False, False, "cuda", 0]


def test_a_dead_gpu_context_costs_only_its_case(gpu: Subject) -> None:
    for submitted in (number(1), case("torch.cuda.poisoned = True"), number(2), number(3)):
        gpu.submit(submitted)
    first, dead, second, third = gpu.results()
    assert dead["error"]["message"] == "CUDA error: device-side assert triggered"
    values = [seen["variables"]["n"]["value"] for seen in (first, second, third)]
    assert values == [1, 2, 3]


# Recordings.


def test_a_recording_answers_as_its_subject_did(tiny: Subject, tmp_path: Path) -> None:
    cases = [number(1), case("import os\nos._exit(9)"), number(2)]
    with open(tmp_path / "seen.jsonl", "w") as file:
        recorder = Recorder(tiny, file)
        for submitted in cases:
            recorder.submit(submitted)
        live = list(recorder.results())
    with open_subject(f"recording:{tmp_path / 'seen.jsonl'}") as recorded:
        assert recorded.about.items() >= tiny.about.items()
        for submitted in cases:
            recorded.submit(submitted)
        assert list(recorded.results()) == live


def test_a_changed_program_is_not_answered_from_a_recording(tiny: Subject, tmp_path: Path) -> None:
    with open(tmp_path / "seen.jsonl", "w") as file:
        Recorder(tiny, file).observe(number(1))
    recorded = open_subject(f"recording:{tmp_path / 'seen.jsonl'}")
    assert set(recorded.observe(number(2))) == {"not-run"}
    assert "variables" in recorded.observe(number(1))


def test_a_truncated_recording_loses_only_its_last_line(tiny: Subject, tmp_path: Path) -> None:
    file = tmp_path / "seen.jsonl"
    with open(file, "w") as stream:
        recorder = Recorder(tiny, stream)
        for value in (1, 2):
            recorder.observe(number(value))
    file.write_text(file.read_text()[:-20])
    recorded = RecordedSubject("recording", file)
    assert "variables" in recorded.observe(number(1))
    assert set(recorded.observe(number(2))) == {"not-run"}
    assert recorded.problems == [f"{file}, line 3: no line of a recording; record the case again"]


def test_a_recording_without_a_header_is_not_ready(tmp_path: Path) -> None:
    file = tmp_path / "seen.jsonl"
    file.write_text(json.dumps({"id": "a/b", "observation": {}}) + "\n")
    assert "line 1: no line of a recording" in str(RecordedSubject("recording", file).reason)
    file.write_text("")
    assert "is empty" in str(RecordedSubject("recording", file).reason)


def test_the_tool_records_a_file_of_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "tiny.py").write_text(TINY)
    monkeypatch.chdir(tmp_path)
    write_cases("cases.jsonl", [number(1), number(2)])
    arguments = ["--cases", "cases.jsonl", "--out", "seen.jsonl"]
    assert main(["--subject", "module:tiny", *arguments]) == 0
    assert capsys.readouterr().out == "seen.jsonl: 2 observations by module:tiny\n"
    assert "variables" in RecordedSubject("recording", "seen.jsonl").observe(number(2))
    with pytest.raises(SystemExit) as caught:
        main(["--subject", "tiny", *arguments])
    assert caught.value.code == 2
    assert "unknown subject 'tiny'" in capsys.readouterr().err


def test_this_interpreter_is_the_default() -> None:
    with open_subject(f"python:{sys.executable}") as one, open_subject("torch") as other:
        if not other.ready:
            pytest.skip(f"not run: {other.reason}")
        assert one.about == other.about
