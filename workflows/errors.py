"""What the publishing domain refuses, one class per situation. Every reason is given, never only the first.

The door (web or command line) turns the class into a status code and the reasons into a list.
"""

from __future__ import annotations

from engine.errors import SanshenError
from engine.text import Sentence


class WorkflowError(SanshenError):
    """Root of the domain's refusals."""


class Refused(WorkflowError):
    """The act cannot be done as asked; each reason says what to mend."""


class GateRefused(Refused):
    """The package may not enter circulation: the list of what is missing (domain:A2.4, A2.5)."""


class ReleaseRefused(Refused):
    """The final gate stopped a release: everything that is missing, and a matter of record (domain:C4)."""


class NotFound(WorkflowError):
    """There is no such thing, or this person may not know that there is."""

    def __init__(self, *reasons: Sentence) -> None:
        super().__init__(
            *(
                reasons
                or (Sentence("没有找到，或者您无权查看。", "Not found, or not for you to see."),)
            )
        )


class NotPermitted(WorkflowError):
    """The thing is visible to this person, the act is not theirs; the door records it."""


class DocumentChanged(WorkflowError):
    """The document moved on after the page was shown."""

    def __init__(self, *reasons: Sentence) -> None:
        super().__init__(
            *(
                reasons
                or (
                    Sentence(
                        "您打开页面之后，稿件已经有了新版本。请刷新页面，核对新版本后再操作。",
                        "The document has a newer version than the page you opened. "
                        "Reload the page, check the new version, then act.",
                    ),
                )
            )
        )


class LoginRefused(WorkflowError):
    """Log-in was refused; the sentence never says whether the account exists."""


class FileRefused(Refused):
    """An uploaded file that must not or cannot be read; the sentence says why and what to do."""
