"""A subject in a process of its own, which may crash or hang at the cost of one case only.

Requests are pipelined: the process works while we judge. Only so much is in the pipe that writing
never waits for a process that hangs, so that nothing can dead-lock.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from conformance.case import Case
from conformance.subjects.base import Observation, Subject

OBSERVER = Path(__file__).parent.parent / "observe.py"

WINDOW = 32_768  # bytes of requests in flight; a pipe holds at least 64 KiB
START_TIMEOUT = 180.0  # a cold import of torch with its libraries on a slow disk

_Line = tuple[float, str | None]  # when it arrived, and the line; None at the end of the output


class ProcessSubject(Subject):
    """The observer, run by some Python with some namespace."""

    def __init__(
        self,
        spec: str,
        python: str,
        arguments: Sequence[str] = (),
        timeout: float = 10.0,
        start_timeout: float = START_TIMEOUT,
    ) -> None:
        self.spec, self.timeout, self.start_timeout = spec, timeout, start_timeout
        self.command = [python, str(OBSERVER), *arguments]
        self.waiting: deque[bytes] = deque()  # not yet written
        self.flying: deque[tuple[float, bytes]] = deque()  # written: when, and what
        self.lost: str | None = None  # why the process could not be started again
        self.number = 0
        self.answered = 0.0  # when the last answer arrived
        self.process: subprocess.Popen[bytes] | None = None
        self.greeting: dict[str, Any] | None = None
        self._start()  # without waiting for it, so that several subjects start at once

    # -- What a subject is asked

    @property
    def about(self) -> dict[str, Any]:
        if self.greeting is None:
            self.greeting = self._greet()
        return self.greeting

    def submit(self, case: Case, sides: Sequence[str] | None = None) -> None:
        if not self.ready:
            raise RuntimeError(f"{self.spec} is not ready: {self.reason}")
        self.number += 1
        inputs = {name: spec.to_json() for name, spec in case.inputs.items()}
        request = {"id": self.number, "text": case.text, "inputs": inputs, "facets": sides}
        self.waiting.append(json.dumps(request).encode() + b"\n")
        self._feed()

    @property
    def pending(self) -> int:
        return len(self.waiting) + len(self.flying)

    def result(self) -> Observation:
        if not self.pending:
            raise RuntimeError(f"{self.spec}: no result is due, since no case was submitted")
        if self.lost is not None:
            self.waiting.popleft()
            return {"crash": self.lost}
        self._feed()
        started, request = self.flying[0]
        line = self._next_line(max(started, self.answered) + self.timeout)
        if line is None:
            self._end_process()
            return self._lost_case({"timeout": self.timeout})
        self.answered, text = line
        if text is None:
            return self._lost_case({"crash": self._end_process(patience=10)})
        reply = json.loads(text)
        if "problem" in reply or reply["id"] != json.loads(request)["id"]:
            raise ValueError(f"{self.spec}: {reply.get('problem', 'an answer out of order')}")
        self.flying.popleft()
        if reply.get("restart"):
            self._end_process()
            self._restart()
        self._feed()
        observation: Observation = reply["observation"]
        return observation

    def close(self) -> None:
        if self.process is not None:
            self._end_process(patience=2 if not self.pending else 0)
        self.waiting.clear()
        self.flying.clear()

    # -- The process

    def _start(self) -> None:
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self.lines: queue.SimpleQueue[_Line] = queue.SimpleQueue()
        try:
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
                env=environment(self.command[0]),
            )
        except OSError as error:
            self.errors.close()
            self.problem = f"cannot run {self.command[0]}: {error.strerror}"
            return
        assert self.process.stdout is not None
        reader = threading.Thread(
            target=_read, args=(self.process.stdout, self.lines), daemon=True, name=self.spec
        )
        reader.start()

    def _greet(self) -> dict[str, Any]:
        """The process's first line, or why there is none."""
        if self.process is None:
            return {"ready": False, "reason": self.problem}
        line = self._next_line(time.monotonic() + self.start_timeout)
        if line is None:
            self._end_process()
            return {"ready": False, "reason": f"did not start within {self.start_timeout:g} s"}
        if line[1] is None:
            return {"ready": False, "reason": f"did not start: {self._end_process(patience=10)}"}
        greeting: dict[str, Any] = json.loads(line[1])
        if not greeting["ready"]:
            self._end_process()
        return greeting

    def _next_line(self, limit: float) -> _Line | None:
        """The next line of output; None when it has not come by then."""
        try:
            return self.lines.get(timeout=max(limit - time.monotonic(), 0.001))
        except queue.Empty:
            return None

    def _feed(self) -> None:
        """Write what fits into the window; a larger request goes to an idle process."""
        assert self.process is not None
        assert self.process.stdin is not None
        size = sum(len(request) for _, request in self.flying)
        while self.waiting and (not self.flying or size + len(self.waiting[0]) <= WINDOW):
            request = self.waiting.popleft()
            self.flying.append((time.monotonic(), request))
            size += len(request)
            try:
                self.process.stdin.write(request)
                self.process.stdin.flush()
            except BrokenPipeError:  # it died; the end of its output says so in due order
                return

    def _lost_case(self, outcome: Observation) -> Observation:
        """The outcome of the case that ended the process, and a new process for the others."""
        self.flying.popleft()
        self._restart()
        return outcome

    def _restart(self) -> None:
        self.waiting.extendleft(request for _, request in reversed(self.flying))
        self.flying.clear()
        self._start()
        greeting = self._greet()
        if not greeting["ready"]:
            self.lost = f"the subject did not start again: {greeting['reason']}"
        elif self.waiting:
            self._feed()

    def _end_process(self, patience: float = 0) -> str:
        """Make sure that the process is gone; how it ended, in words."""
        process, self.process = self.process, None
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # a request that it never read
            process.stdin.close()  # the observer leaves when no more requests can come
        try:
            code = process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        process.stdout.close()
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(self.errors.tell() - 2000, 0))
        said = self.errors.read().decode("utf-8", "replace").strip().splitlines()
        self.errors.close()
        return how_it_ended(code) + (f" ({said[-1]})" if said else "")


def _read(stream: IO[bytes], lines: queue.SimpleQueue[_Line]) -> None:
    """Stamp lines as they come, so that a late reader does not charge its delay to a case."""
    for line in stream:
        if line.endswith(b"\n"):  # half a line is what a dying process leaves
            lines.put((time.monotonic(), line.decode()))
    lines.put((time.monotonic(), None))


def how_it_ended(code: int) -> str:
    if code >= 0:
        return f"exited with status {code}"
    return f"killed by {signal.Signals(-code).name}"


def environment(python: str) -> dict[str, str]:
    """What a subject's process inherits: one thread, fixed hashes, imports from the folder here."""
    # The search path that was set for this Python may hold packages that another cannot load.
    inherited = os.environ.get("PYTHONPATH") if python == sys.executable else None
    return os.environ | {
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, [os.getcwd(), inherited])),
    }
