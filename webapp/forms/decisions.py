"""What somebody typed into the decision form, kept whole whatever happens to it.

The rules are the domain's (`workflows.decision_form`); here text only becomes values and comes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from werkzeug.datastructures import MultiDict

from webapp import plain_editing
from workflows.content import AttachmentRef
from workflows.decision_form import DecisionInput

_PART, _REDACTION, _RECORD = "part-", "redaction-", "record-"
#: The file field of a record; what was handed in already comes back as a digest.
SCAN = "scan"
#: A form without the version that its page showed is a forged or broken one; no row has this version.
_NEVER = -1


@dataclass(frozen=True, slots=True)
class TypedDecision:
    """The fields of the form as text; empty for a page that was just opened."""

    outcome: str = ""
    digest: str = ""
    seen_version: int = _NEVER
    opinion: str = ""
    reason_codes: tuple[str, ...] = ()
    locations: str = ""
    checklist: tuple[str, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    ground_codes: tuple[str, ...] = ()
    deadline: str = ""
    correction: str | None = None
    dissent: str = ""
    redactions: Mapping[str, str] = field(default_factory=dict)
    record: Mapping[str, str] = field(default_factory=dict)
    scan: AttachmentRef | None = None

    @classmethod
    def read(cls, form: MultiDict[str, str]) -> TypedDecision:
        """The posted form; a field that is not there is empty."""
        return cls(
            outcome=form.get("outcome", ""),
            digest=form.get("digest", ""),
            seen_version=whole_number(form.get("seen_version")),
            opinion=_lines(form.get("opinion", "")),
            reason_codes=tuple(form.getlist("reason_codes")),
            locations=_lines(form.get("locations", "")),
            checklist=tuple(form.getlist("checklist")),
            parts=_named(form, _PART),
            ground_codes=tuple(form.getlist("ground_codes")),
            deadline=form.get("deadline", ""),
            correction=form.get("correction"),
            dissent=form.get("dissent", ""),
            redactions={code: text for code, text in _named(form, _REDACTION).items() if text},
            record={code: text for code, text in _named(form, _RECORD).items() if text},
        )

    def decision(self, body_html: str | None) -> DecisionInput:
        """The same for the domain; a correction is put into `body_html`, the text that was shown."""
        return DecisionInput(
            outcome=self.outcome,
            digest=self.digest,
            seen_version=self.seen_version,
            opinion=self.opinion,
            reason_codes=self.reason_codes,
            locations=self.locations,
            checklist=self.checklist,
            parts=self.parts,
            ground_codes=self.ground_codes,
            deadline=day(self.deadline),
            corrected_body_html=self._corrected(body_html),
            dissent=self.dissent,
            redactions=self.redactions,
            record=self.record,
            scan=self.scan,
        )

    def _corrected(self, body_html: str | None) -> str | None:
        """Without the text that was shown there is nothing to correct; the domain then says so."""
        if self.outcome != "corrected" or self.correction is None:
            return None
        if body_html is None:
            return self.correction
        return plain_editing.corrected(body_html, self.correction)


def _named(form: MultiDict[str, str], prefix: str) -> dict[str, str]:
    """The fields whose names begin so, by the rest of the name."""
    return {
        name.removeprefix(prefix): _lines(value)
        for name, value in form.items()
        if name.startswith(prefix)
    }


def whole_number(text: str | None) -> int:
    """A row version that was shown; anything else is one that no row has."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else _NEVER


def day(text: str) -> date | None:
    """A date as browsers send it, or None."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _lines(text: str) -> str:
    """Browsers send CR LF; what is stored and counted has plain line ends."""
    return text.replace("\r\n", "\n").strip()
