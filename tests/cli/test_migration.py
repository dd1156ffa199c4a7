"""`sanshen definitions migrate` on the demo: looked at first, then carried out, and nothing is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import config
from engine import definitions
from engine.database import SYSTEM
from tests import shipped
from tests.cli.conftest import Run
from webapp import database

XML = shipped.xml()
RULES = shipped.candidate("publishing").rules_content


def deploy(home: Path, xml: bytes, rules: bytes) -> None:
    """Past the proof, which other tests look at: it takes half a minute."""
    store = database.open_store(config.load(home=home))
    with store.open(SYSTEM) as uow:
        definitions.deploy(uow, xml, "publishing.bpmn", rules=rules)
        uow.commit()
    store.engine.dispose()


@pytest.fixture
def renamed(demo_home: Path) -> Path:
    """A second version of the chain that differs in the name of a stage only."""
    named = XML.replace('name="初审"'.encode(), 'name="科室初审"'.encode())
    deploy(demo_home, named, RULES)
    return demo_home


def test_a_dry_run_tells_of_every_case_and_changes_nothing(run: Run, renamed: Path) -> None:
    done = run("definitions", "migrate", "--dry-run", "--home", renamed, "--json")
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["version"], told["dry_run"]) == (2, True)
    assert len(told["cases"]) >= 5
    assert all(one["maps"] and one["way"] == "history" for one in told["cases"])
    again = json.loads(
        run("definitions", "migrate", "--dry-run", "--home", renamed, "--json").stdout
    )
    assert again == told


def test_cases_go_over_and_their_trails_hold_and_say_so(run: Run, renamed: Path) -> None:
    before = json.loads(
        run("definitions", "migrate", "--dry-run", "--home", renamed, "--json").stdout
    )
    first, *rest = [one["case"] for one in before["cases"]]
    one = run("definitions", "migrate", "--case", first, "--reason", "改版", "--home", renamed)
    assert one.exit_code == 0, one.output
    assert "已迁移 1 件" in one.output
    left = json.loads(
        run("definitions", "migrate", "--dry-run", "--home", renamed, "--json").stdout
    )
    assert [case["case"] for case in left["cases"]] == rest
    everything = run("definitions", "migrate", "--reason", "改版", "--home", renamed)
    assert f"已迁移 {len(rest)} 件" in everything.output
    assert run("audit", "verify", "--all", "--home", renamed).exit_code == 0
    assert run("audit", "conformance", "--all", "--home", renamed).exit_code == 0
    trail = run("audit", "trail", first, "--home", renamed)
    assert "改按流程第2版办理（原第1版），理由：改版" in trail.output


def test_cases_that_cannot_go_stay_and_the_reason_is_told(run: Run, demo_home: Path) -> None:
    """In the other version the revision that some cases went through is another task."""
    xml, rules = (re.sub(rb"\brevise\b", b"amend", one) for one in (XML, RULES))
    deploy(demo_home, xml, rules)
    done = run("definitions", "migrate", "--dry-run", "--home", demo_home, "--json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)["cases"]
    bad = [one for one in told if not one["maps"]]
    assert bad
    assert len(bad) < len(told)
    assert all(reason["zh"] and reason["en"] for one in bad for reason in one["reasons"])
    text = run("definitions", "migrate", "--dry-run", "--home", demo_home)
    assert "不能迁移" in text.output


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "--reason"),
        (("--dry-run", "--to", "9"), 1, "没有第9版"),
        (("other", "--dry-run"), 1, "尚未部署"),
        (("--dry-run", "--case", "2020-000001"), 1, "没有在办件"),
    ],
)
def test_what_was_asked_wrongly_is_told(
    run: Run, renamed: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run("definitions", "migrate", *arguments, "--home", renamed)
    assert done.exit_code == code
    assert words in done.output
