"""What every subject can be asked."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any

from conformance.case import Case

Observation = dict[str, Any]


class Subject(ABC):
    """Who runs cases. Cases are submitted; their observations come back in the same order."""

    spec: str

    @property
    @abstractmethod
    def about(self) -> dict[str, Any]:
        """How the subject introduces itself: ready, version, python, device, flags."""

    @property
    def ready(self) -> bool:
        return bool(self.about["ready"])

    @property
    def reason(self) -> str | None:
        """Why the subject is not ready."""
        return self.about.get("reason")

    @property
    @abstractmethod
    def pending(self) -> int:
        """How many results are due."""

    @abstractmethod
    def submit(self, case: Case, sides: Sequence[str] | None = None) -> None:
        """Have the case run, observing these sides of its tensors (None: all)."""

    @abstractmethod
    def result(self) -> Observation:
        """What was observed of the oldest case that was submitted."""

    def results(self) -> Iterator[Observation]:
        """The results that are due, in order."""
        while self.pending:
            yield self.result()

    def observe(self, case: Case, sides: Sequence[str] | None = None) -> Observation:
        """One case, at once."""
        if self.pending:
            raise RuntimeError(f"{self.spec}: take the {self.pending} results that are due first")
        self.submit(case, sides)
        return self.result()

    def close(self) -> None:  # noqa: B027 - a subject without a process has nothing to end
        """Leave nothing running."""

    def __enter__(self) -> Subject:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
