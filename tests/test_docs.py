"""The documents tell the truth: commands, settings, files and links that they name exist, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from webapp.cli.main import main

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bpmn").glob("*.md")]
)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)[^)]*\)")


def commands(group: click.Group, prefix: str = "sanshen") -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix} {name}")
        else:
            found.append((f"{prefix} {name}", command))
    return found


@pytest.mark.parametrize("name", [name for name, _ in commands(main)])
def test_every_command_is_documented(name: str) -> None:
    assert f"`{name}" in (ROOT / "docs/cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "command"), commands(main))
def test_every_command_and_option_has_help_in_both_languages(
    name: str, command: click.Command
) -> None:
    texts = {name: command.help or ""}
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            texts[f"{name} {parameter.opts[0]}"] = parameter.help or ""
    for where, text in texts.items():
        assert re.search(r"[\u4e00-\u9fff]", text), where
        assert re.search(r"[A-Za-z]{3}", text), where


def test_every_documented_command_exists() -> None:
    known = {name for name, _ in commands(main)}
    told = re.findall(
        r"`(sanshen [a-z]+(?: [a-z]+)?)", (ROOT / "docs/cli.md").read_text(encoding="utf-8")
    )
    for one in told:
        assert one in known or one.rsplit(" ", 1)[0] in known, one


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_to_our_own_files_lead_somewhere(document: Path) -> None:
    for target in LINK.findall(document.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (document.parent / target).exists(), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_files_named_in_documents_exist(document: Path) -> None:
    named = re.findall(
        r"`((?:engine|workflows|webapp|bpmn|tests|docs|requirements|\.ci)/[\w./-]+\.\w+)`",
        document.read_text(encoding="utf-8"),
    )
    assert not [one for one in named if not (ROOT / one).exists()]


def test_every_direct_dependency_has_its_reason() -> None:
    told = (ROOT / "docs/decisions/0003-dependencies.md").read_text(encoding="utf-8").lower()
    wanted = re.findall(
        r"^([A-Za-z][A-Za-z0-9-]+)", (ROOT / "requirements/runtime.in").read_text(), re.MULTILINE
    )
    assert wanted
    assert not [one for one in wanted if one.lower() not in told]


def test_every_locked_package_is_in_the_notices() -> None:
    told = (ROOT / "THIRD-PARTY-NOTICES.md").read_text(encoding="utf-8").lower()
    locked = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==",
        (ROOT / "requirements/runtime.lock").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert locked
    assert not [one for one in locked if one.lower() not in told]


def test_every_decision_is_listed() -> None:
    index = (ROOT / "docs/decisions/README.md").read_text(encoding="utf-8")
    for decision in (ROOT / "docs/decisions").glob("0*.md"):
        assert decision.name in index
        assert "Status:" in decision.read_text(encoding="utf-8")
