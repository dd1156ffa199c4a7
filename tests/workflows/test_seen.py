"""What changed since I last looked: per person, by what they opened, decided on or saved (domain:C5)."""

from __future__ import annotations

import pytest

from tests.chain import Chain, body
from tests.conftest import OpenUow
from tests.factories import County
from workflows import pages


@pytest.fixture
def chain(uow: OpenUow, county: County) -> Chain:
    """Three versions: the first was reviewed, the second returned again, the third goes its way."""
    chain = Chain(uow, county).submit().until("first_review")
    chain.decide("first_review", "return")
    chain.revise("t2", body("360盏", "380盏"))
    chain.until("second_review")
    chain.decide("second_review", "return")
    chain.revise("t1", body("请遵照执行", "请认真执行"))
    return chain


def since(chain: Chain, login: str) -> tuple[int, int] | None:
    with chain.read(login) as work:
        found = pages.package_page(work, chain.package_id).changes
    return (found.from_number, found.to_number) if found else None


def test_who_decided_knows_what_was_decided_on_without_opening_the_page(chain: Chain) -> None:
    assert since(chain, "ogi") == (1, 3)
    assert since(chain, "second") == (2, 3)


def test_two_people_of_one_role_know_what_each_of_them_saw(chain: Chain) -> None:
    chain.hire("second2", "付审", "second_reviewer", "works")
    assert since(chain, "second2") is None
    assert since(chain, "second") == (2, 3)


def test_opening_the_last_version_leaves_the_page_as_it_is(chain: Chain) -> None:
    with chain.read("inspector") as work:
        page = pages.package_page(work, chain.package_id)
        assert page.changes is None
        pages.look(work, chain.package_id, page.content.version_id)
        work.commit()
    assert since(chain, "inspector") is None
    chain.until("third_proofreading")
    chain.decide("third_proofreading", "return")
    chain.revise("t1", body("请认真执行", "请严格执行"))
    assert since(chain, "inspector") == (3, 4)
    with chain.read("inspector") as work:
        page = pages.package_page(work, chain.package_id)
        pages.look(work, chain.package_id, page.content.version_id)
        work.commit()
    assert since(chain, "inspector") == (3, 4)


def test_who_made_the_last_version_is_told_nothing_and_learns_of_corrections(chain: Chain) -> None:
    assert since(chain, "drafter") is None
    chain.until("third_proofreading")
    with chain.read() as work:
        shown = pages.package_page(work, chain.package_id).content.body_html
    mended = shown.replace("请认真执行", "请严格执行")
    chain.decide("third_proofreading", "corrected", corrected_body_html=mended)
    assert since(chain, "proof3") is None
    assert since(chain, "drafter") == (3, 4)
