"""Nothing comes into the database unproven: what is unsound or breaks a rule is refused with its story."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from engine import definitions
from engine.certificates import Drawer
from engine.errors import DefinitionRefused
from engine.models import ProcessDefinition
from tests.conftest import OpenUow
from tests.reference.deciding import table
from tests.reference.drawing import Drawing
from workflows import bpmn_files, deploying
from workflows.deploying import NotProven


def shortcut(folder: Path, *, rules: str = "") -> Path:
    """A process that can release what was returned."""
    drawing = Drawing("shortcut")
    drawing.start("submitted")
    drawing.user("first_review", "pass return")
    drawing.user("revise", "unchanged")
    drawing.xor("reviewed")
    drawing.xor("ready")
    drawing.service("make_public", handler="publish")
    drawing.end("published")
    drawing.chain("submitted", "first_review", "reviewed")
    drawing.flow("reviewed", "ready", "first_review == 'pass'")
    drawing.default("reviewed", drawing.flow("reviewed", "revise"))
    drawing.chain("revise", "ready", "make_public", "published")
    file = folder / "shortcut.bpmn"
    file.write_bytes(drawing.xml())
    if rules:
        (folder / "shortcut.rules.toml").write_text(rules, encoding="utf-8")
    return file


REVIEWED = """
[[rule]]
id = "reviewed"
zh = "初审通过才能公开。"
en = "No release without the first review."
source = ["domain:A1.8"]
strength = "mandatory"
template = "precedence"
of = ["handler:publish"]
needs = ["first_review=pass"]
"""


def test_a_process_that_breaks_its_rule_is_refused_with_the_story(
    uow: OpenUow, tmp_path: Path
) -> None:
    file = shortcut(tmp_path, rules=REVIEWED)
    with uow() as work:
        with pytest.raises(NotProven) as refused:
            deploying.deploy(work, file)
        (reason,) = refused.value.reasons
        assert "初审通过才能公开。" in reason.zh
        assert "domain:A1.8" in reason.zh
        assert reason.zh.splitlines()[1:] == [
            "  1 first_review：退回修改",
            "  2 revise：未作修改，说明后重报",
            "  3 make_public",
        ]
        assert reason.en.splitlines()[1].strip() == "1 First review: Return for revision"
        assert work.session.scalar(sa.select(sa.func.count(ProcessDefinition.id))) == 0


def test_what_can_release_is_held_to_rules_even_if_none_stand_beside_it(
    uow: OpenUow, tmp_path: Path
) -> None:
    """The releasing task may be called as it likes; the default chain's rules speak of stages it lacks."""
    with uow() as work, pytest.raises(DefinitionRefused) as refused:
        deploying.deploy(work, shortcut(tmp_path))
    assert any("confidentiality_review" in reason.zh for reason in refused.value.reasons)


def test_the_rules_are_stored_with_the_version_they_were_proven_under(
    uow: OpenUow, tmp_path: Path
) -> None:
    harmless = REVIEWED.replace("first_review=pass", "first_review=pass|return")
    file = shortcut(tmp_path, rules=harmless)
    with uow() as work:
        first = deploying.deploy(work, file)
        assert first.rules == harmless.encode()
        assert deploying.deploy(work, file).id == first.id
        shortcut(tmp_path, rules=harmless.replace("No release", "Nothing released"))
        second = deploying.deploy(work, file)
        assert (second.version, second.digest) == (2, first.digest)
        assert definitions.load(work, second.id) == definitions.load(work, first.id)


def test_a_proof_is_kept_and_counts_for_the_same_bytes_only(tmp_path: Path) -> None:
    harmless = REVIEWED.replace("first_review=pass", "first_review=pass|return")
    file = shortcut(tmp_path, rules=harmless)
    drawer = Drawer(tmp_path / "certificates.json")
    explored: list[int] = []

    def judged(path: Path) -> None:
        candidate = deploying.read(path)
        found = drawer.find(candidate.definition, candidate.rules_content)
        explored.append(found is None)
        assert deploying.judge(candidate, drawer).proven

    judged(file)
    judged(file)
    shortcut(tmp_path, rules=harmless + "# another byte\n")
    judged(file)
    assert explored == [True, False, True]
    drawer.file.write_text("[{}]", encoding="utf-8")
    assert drawer.all() == []


def test_a_decision_table_in_the_folder_goes_with_the_process(uow: OpenUow, tmp_path: Path) -> None:
    drawing = Drawing("levels")
    drawing.start("submitted")
    drawing.user("classify", "a c")
    drawing.rule("level", "who_signs")
    drawing.xor("by_whom")
    drawing.user("principal_review", "pass")
    drawing.user("final_review", "pass")
    drawing.end("signed")
    drawing.end("signed_above")
    drawing.chain("submitted", "classify", "level", "by_whom")
    drawing.flow("by_whom", "principal_review", "level == 'principal'")
    drawing.default("by_whom", drawing.flow("by_whom", "final_review"))
    drawing.chain("principal_review", "signed_above")
    drawing.chain("final_review", "signed")
    file = tmp_path / "levels.bpmn"
    file.write_bytes(drawing.xml())
    rows = [(['"c"'], "principal"), (['not("c")'], "deputy")]
    (tmp_path / "tables.dmn").write_bytes(table("who_signs", ["classify"], rows))
    with uow() as work:
        row = deploying.deploy(work, file)
        assert definitions.load(work, row.id).tasks["level"].outcomes == ("principal", "deputy")
    (tmp_path / "tables.dmn").unlink()
    with uow() as work, pytest.raises(DefinitionRefused) as refused:
        deploying.deploy(work, file)
    assert "决策“who_signs”不在本文件" in refused.value.reasons[0].zh


def test_what_is_refused_gets_no_certificate(tmp_path: Path) -> None:
    drawer = Drawer(tmp_path / "certificates.json")
    candidate = deploying.read(shortcut(tmp_path, rules=REVIEWED))
    assert not deploying.judge(candidate, drawer).proven
    assert not drawer.file.exists()


def test_shipped_certificates_are_not_written_by_deploying(uow: OpenUow) -> None:
    before = deploying.SHIPPED.file.read_bytes()
    with uow() as work:
        for file in bpmn_files.shipped():
            assert deploying.deploy(work, file).rules
    assert deploying.SHIPPED.file.read_bytes() == before
