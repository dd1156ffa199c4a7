"""What the engine refuses, one class per situation; each carries sentences a person can act on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.text import Sentence


class SanshenError(Exception):
    """Root of every refusal raised below the web; `reasons` lists all of them, never only the first."""

    def __init__(self, *reasons: Sentence) -> None:
        super().__init__("；".join(reason.zh for reason in reasons))
        self.reasons: tuple[Sentence, ...] = reasons


class EngineError(SanshenError):
    """A refusal of the engine."""


class TaskNotFound(EngineError):
    """No such task, or it is not visible to the one who asked."""


class TaskClosed(EngineError):
    """The task was completed or withdrawn before this act arrived."""


class TaskAlreadyClaimed(EngineError):
    """Somebody else holds the task."""


class NotYourTask(EngineError):
    """The actor does not hold the task, or may not take it."""


class CaseSuspended(EngineError):
    """The case is suspended; nothing of it may be decided meanwhile."""


class NotSettled(EngineError):
    """Something inside the task must end first: a delegation, a co-signing."""


class NotAllowed(EngineError):
    """What was asked for cannot be had in this situation; the reasons say why."""


class CannotTakeBack(EngineError):
    """The decision can no longer be taken back, or never could; the reasons name what stands on it."""


class CannotMigrate(EngineError):
    """The case cannot go over to that version of its process; the reasons say why. Nothing was changed."""


class CannotRepair(EngineError):
    """The case cannot be moved there, or not by this person; the reasons say why. Nothing was changed."""


class StalePage(EngineError):
    """The row changed after the page was shown."""


class UnknownOutcome(EngineError):
    """The outcome is not one of the task's declared outcomes."""


class UnknownEvent(EngineError):
    """The state has no such open occurrence, or belongs to another definition."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a process definition, and where to find it."""

    file: str
    line: int
    element_id: str
    sentence: Sentence

    def located(self) -> Sentence:
        """The sentence with file, line and element in front of it."""
        place = f"{self.file}:{self.line}" if self.file else f"{self.line}"
        element = f" {self.element_id}" if self.element_id else ""
        return Sentence(
            f"{place}{element}：{self.sentence.zh}",
            f"{place}{element}: {self.sentence.en}",
            self.sentence.code,
        )


class DefinitionRefused(EngineError):
    """A process definition outside the supported subset; nothing of it was stored."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(*(problem.located() for problem in problems))
        self.problems: tuple[Problem, ...] = problems


class DefinitionNotFound(EngineError):
    """No definition with this key or id has been deployed."""


class AlreadyRunning(EngineError):
    """A running case for this business key exists already."""


class CaseNotRunning(EngineError):
    """The case has ended or was cancelled."""


def all_reasons(errors: Sequence[SanshenError]) -> tuple[Sentence, ...]:
    """Every reason of several refusals, in order, without repeats."""
    return tuple(dict.fromkeys(reason for error in errors for reason in error.reasons))
