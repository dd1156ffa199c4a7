"""Exceptions to rules of 原则上: a reason, somebody senior, and a line for inspectors."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from engine.database import SYSTEM, UnitOfWork
from tests import factories
from tests.chain import Chain
from tests.conftest import OpenUow
from tests.factories import DRAFT, County
from workflows import drafting, notices, overrides, parameters, people, permissions, registers
from workflows.content import Content
from workflows.errors import DocumentChanged, GateRefused, NotFound, NotPermitted, Refused
from workflows.models import Override, Package

KEY = "interp.min_forms.county"


def county_draft(reason: str = "事项简单，三种形式已说清。") -> Content:
    """In the name of the county with three forms instead of five."""
    plan = replace(DRAFT.interpretation.plan, forms=("text", "graphic", "qa"))
    given = replace(DRAFT.interpretation, plan=plan, fewer_forms_reason=reason)
    body = DRAFT.body_html.replace("<p>清平县城市建设局</p>", "<p>清平县人民政府</p>")
    facts = replace(DRAFT.metadata, issuer="清平县人民政府", document_number="清政发〔2026〕7号")
    return replace(DRAFT, metadata=facts, interpretation=given, body_html=body)


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    chain = Chain(uow, county, county_draft())
    with uow(county.actor("drafter")) as work:
        chain.package_id = drafting.create(work, chain.draft).id
        work.commit()
    return chain


def submit(chain: Chain) -> None:
    with chain.read("drafter") as work:
        digest = factories.current(work, chain.package_id).digest
        drafting.submit(work, chain.package_id, digest=digest)
        work.commit()


def ask(chain: Chain) -> list[str]:
    with chain.read("drafter") as work:
        told = overrides.ask(work, chain.package_id)
        work.commit()
    return told


def allow(
    chain: Chain, login: str = "head", key: str = KEY, opinion: str = "同意，图解已够。"
) -> None:
    with chain.read(login) as work:
        digest = factories.current(work, chain.package_id).digest
        overrides.allow(work, chain.package_id, key, digest=digest, opinion=opinion)
        work.commit()


def edit(chain: Chain, *forms: str) -> None:
    with chain.read("drafter") as work:
        before = factories.current(work, chain.package_id)
        given = chain.draft.interpretation
        changed = replace(given, plan=replace(given.plan, forms=forms))
        draft = replace(chain.draft, interpretation=changed)
        drafting.save(work, chain.package_id, draft, base_version=before.number)
        work.commit()


def test_a_reason_alone_does_not_open_the_gate_a_senior_does(chain: Chain) -> None:
    with pytest.raises(GateRefused, match="须经承办科室负责人或者签发领导同意"):
        submit(chain)
    assert ask(chain) == ["杜科"]
    allow(chain)
    submit(chain)
    assert chain.open() == ["attribute_review"]
    chain.until("readback")
    assert chain.status() == "published"


def test_the_nearest_senior_is_told_and_the_drafter_hears_back(chain: Chain) -> None:
    ask(chain)
    with chain.read("head") as work:
        assert "请您同意例外" in notices.list_mine(work)[0].text.zh
    allow(chain)
    with chain.read("drafter") as work:
        assert "例外已经同意：同意，图解已够。" in notices.list_mine(work)[0].text.zh
        assert [one.covered for one in overrides.asked(work, package(work, chain))] == [True]


def package(work: UnitOfWork, chain: Chain) -> Package:
    return permissions.get_package(work, chain.package_id)


@pytest.mark.parametrize("login", ["drafter", "first", "second"])
def test_who_is_not_senior_allows_nothing(chain: Chain, login: str) -> None:
    with pytest.raises(NotPermitted):
        allow(chain, login)


def test_a_senior_elsewhere_sees_nothing_until_asked(chain: Chain) -> None:
    with pytest.raises(NotFound):
        allow(chain, "principal")
    with chain.uow(SYSTEM) as work:
        people.set_roles(work, chain.county.people["head"], [])
        work.commit()
    assert ask(chain) == ["钟定"]
    allow(chain, "final")
    submit(chain)


def test_nobody_allows_their_own(uow: OpenUow, county: County, chain: Chain) -> None:
    with uow(SYSTEM) as work:
        roles = [people.RoleGrant(role, county.units["works"]) for role in ("drafter", "unit_head")]
        people.set_roles(work, county.people["drafter"], roles)
        work.commit()
    with pytest.raises(NotPermitted, match="拟稿人不能同意自己的例外"):
        allow(chain, "drafter")


def test_it_covers_what_was_seen_and_nothing_further_off(chain: Chain) -> None:
    allow(chain)
    edit(chain, "text", "graphic", "qa", "video")
    submit(chain)
    assert chain.open() == ["attribute_review"]


def test_going_further_needs_to_be_allowed_again(chain: Chain) -> None:
    allow(chain)
    edit(chain, "text", "graphic")
    with pytest.raises(GateRefused, match="现有 2 种"):
        submit(chain)
    allow(chain)
    submit(chain)
    with chain.read() as work:
        assert list(work.session.scalars(sa.select(Override.found).order_by(Override.id))) == [3, 2]


def test_what_changed_meanwhile_is_not_allowed_unseen(chain: Chain) -> None:
    with chain.read() as work:
        seen = factories.current(work, chain.package_id).digest
    edit(chain, "text", "graphic")
    with chain.read("head") as work, pytest.raises(DocumentChanged):
        overrides.allow(work, chain.package_id, KEY, digest=seen, opinion="同意。")


def test_empty_twice_and_unasked_are_refused(chain: Chain) -> None:
    with pytest.raises(Refused, match="请写明同意的意见"):
        allow(chain, opinion=" ")
    with pytest.raises(Refused, match="没有请求这一项例外"):
        allow(chain, key="interp.max_copied")
    allow(chain)
    with pytest.raises(Refused, match="已经同意"):
        allow(chain)
    with pytest.raises(Refused, match="没有需要同意的例外"):
        ask(chain)


def test_what_is_mandatory_yields_to_nobody(uow: OpenUow, county: County, chain: Chain) -> None:
    allow(chain)
    with uow(county.actor("secadmin")) as work:
        parameters.lay_down(
            work,
            county.units["county"],
            KEY,
            value=5,
            strength="mandatory",
            effective_on=date(2026, 6, 8),
            basis="县政府常务会议",
        )
        work.commit()
    with pytest.raises(GateRefused, match="解读形式不少于 5 种，现有 3 种"):
        submit(chain)


def test_inspectors_find_each_exception_in_its_register(chain: Chain) -> None:
    allow(chain)
    with chain.read("inspector") as work:
        register, page = registers.page(work, "overrides")
        heads = [column.zh for column in register.columns]
        (line,) = page.rows
        row = dict(zip(heads, line.cells, strict=True))
    assert (str(row["规定"]), str(row["实为"]), row["同意人"]) == ("5", "3", "杜科")
    assert row["拟稿人的理由"] == "事项简单，三种形式已说清。"


def test_what_was_allowed_is_not_rewritten(chain: Chain) -> None:
    allow(chain)
    with chain.read() as work, pytest.raises(sa.exc.DBAPIError, match="append-only"):
        work.session.execute(sa.delete(Override))
