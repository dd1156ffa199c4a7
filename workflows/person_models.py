"""People as pages name them: with post and unit, and with the one whose place they took."""

from __future__ import annotations

from dataclasses import dataclass

from engine.text import Sentence


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as first mentioned: name, post and unit."""

    id: int
    name: str
    post: str
    unit: str
    acting_for: str = ""

    @property
    def full(self) -> str:
        return "".join(part for part in (self.unit, self.post, self.name) if part)

    @property
    def named(self) -> Sentence:
        """Both names where somebody stood in for another (domain:C7)."""
        return both_names(self.name, self.acting_for)

    @property
    def signed(self) -> Sentence:
        return both_names(self.full, self.acting_for)


def both_names(name: str, acting_for: str) -> Sentence:
    """Who acted and, if that was another, in whose place (domain:C7)."""
    if not acting_for:
        return Sentence(name, name)
    return Sentence(f"{name}（代{acting_for}）", f"{name} (for {acting_for})")
