"""Proofs below the page, on both databases: kept, read back as written, deployed once, by one role."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import definitions
from engine.certificates import Drawer
from tests import factories
from tests.conftest import OpenUow
from tests.factories import County
from tests.workflows.test_deploying import REVIEWED, shortcut
from workflows import deploying, proofs
from workflows.deploying import NotProven
from workflows.errors import NotPermitted, Refused

LENIENT = REVIEWED.replace("first_review=pass", "first_review=pass|return")


def asked(open_uow: OpenUow, county: County, folder: Path, rules: str) -> int:
    file = shortcut(folder, rules=rules)
    given = {one.name: one.read_bytes() for one in (file, folder / "shortcut.rules.toml")}
    with open_uow(county.actor("sysadmin")) as work:
        proof = proofs.ask(work, given)
        work.commit()
        return proof.id


def carried_out(open_uow: OpenUow, county: County, proof_id: int) -> str:
    with open_uow(county.actor("sysadmin")) as work:
        candidate = proofs.candidate_of(proofs.get(work, proof_id))
        verdict = deploying.judge(candidate)
        proofs.beat(work, "proof", proof_id, 3, 1)
        assert (proofs.get(work, proof_id).states, proofs.get(work, proof_id).waiting) == (3, 1)
        status = proofs.finish(work, proof_id, candidate, verdict)
        work.commit()
    return status


def test_what_was_found_is_read_back_as_it_was_told(
    uow: OpenUow, county: County, tmp_path: Path
) -> None:
    proof_id = asked(uow, county, tmp_path, REVIEWED)
    assert carried_out(uow, county, proof_id) == "refused"
    with uow(county.actor("sysadmin")) as work:
        found = proofs.found(proofs.get(work, proof_id))
        assert found is not None
        (one,) = found.findings
        assert (one.about, one.mandatory) == ("reviewed", True)
        assert [step.element for step in one.story] == ["first_review", "revise", "make_public"]
        assert one.story[0].sentence.zh == "1 first_review：退回修改"
        with pytest.raises(NotProven) as refused:
            proofs.deploy(work, proof_id, Drawer(tmp_path / "own.json"))
        assert "初审通过才能公开。" in refused.value.reasons[0].zh


def test_what_holds_is_deployed_once_and_in_force(
    uow: OpenUow, county: County, tmp_path: Path
) -> None:
    proof_id = asked(uow, county, tmp_path, LENIENT)
    own = Drawer(tmp_path / "own.json")
    with uow(county.actor("sysadmin")) as work:
        with pytest.raises(Refused):
            proofs.deploy(work, proof_id, own)
        with pytest.raises(Refused):
            proofs.again(work, proof_id)
    assert carried_out(uow, county, proof_id) == "proven"
    with uow(county.actor("sysadmin")) as work:
        row = proofs.deploy(work, proof_id, own)
        assert row.id in {one.id for one in proofs.in_force(work)}
        assert definitions.latest(work, "shortcut").id == row.id
        work.commit()
    with uow(county.actor("sysadmin")) as work, pytest.raises(Refused):
        proofs.deploy(work, proof_id, own)


def test_only_the_system_administrator(uow: OpenUow, county: County, tmp_path: Path) -> None:
    proof_id = asked(uow, county, tmp_path, LENIENT)
    own = Drawer(tmp_path / "own.json")
    for login in sorted(set(factories.STAFF) - {"sysadmin"}):
        with uow(county.actor(login)) as work:
            for call in (
                lambda work=work: proofs.ask(work, {}),
                lambda work=work: proofs.get(work, proof_id),
                lambda work=work: proofs.latest(work),
                lambda work=work: proofs.again(work, proof_id),
                lambda work=work: proofs.deploy(work, proof_id, own),
            ):
                with pytest.raises(NotPermitted):
                    call()
