"""Build hook: compiles the translation catalogues, so that a wheel carries what the pages read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogueHook(BuildHookInterface):  # type: ignore[type-arg]  # hatchling's generic has no public argument
    """Runs for wheels and for editable installs; an sdist carries the sources only."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name == "wheel":
            for catalogue in sorted(Path(self.root, "webapp", "translations").rglob("*.po")):
                compile_catalogue(catalogue)


def compile_catalogue(catalogue: Path) -> Path:
    """`messages.po` → `messages.mo` beside it; fuzzy entries stay out, as a guess is no translation."""
    with catalogue.open("rb") as source:
        messages = read_po(source)
    target = catalogue.with_suffix(".mo")
    with target.open("wb") as out:
        write_mo(out, messages, use_fuzzy=False)
    return target
