"""English words are longer than Chinese ones: names stay whole and tables keep to their frame."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests import factories
from tests.browser.conftest import House, OpenWindow
from tests.chain import Chain

pytestmark = pytest.mark.browser

#: The words that are broken inside, or stick out of the box that they are in.
_BROKEN = """selector => [...document.querySelectorAll(selector)].flatMap(name => {
  const text = name.firstChild, range = document.createRange(), box = name.getBoundingClientRect();
  return [...text.data.matchAll(/[A-Za-z]+/g)].filter(word => {
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    const found = range.getClientRects();
    return found.length > 1 || found[0].right > box.right + 1;
  }).map(word => word[0]);
})"""


@pytest.fixture
def voided(house: House) -> Chain:
    """A package that was returned and changed, at its second round."""
    chain = house.chain().submit().until("third_proofreading")
    chain.decide("third_proofreading", "return")
    chain.revise("t2", lambda shown: factories.with_body("360盏", "380盏", shown))
    return chain


def in_english(page: Page, house: House) -> Page:
    page.context.add_cookies([{"name": "language", "value": "en", "url": house.address}])
    return page


def test_no_stage_of_the_ribbon_is_broken_inside_a_word(
    voided: Chain, house: House, window: OpenWindow
) -> None:
    page = in_english(window("drafter"), house)
    page.goto(f"/packages/{voided.package_id}")
    assert page.locator(".ribbon .name").first.inner_text() == "Attribute review"
    assert page.evaluate(_BROKEN, ".ribbon .name") == []


def test_no_name_on_the_sheet_is_broken_or_sticks_out(
    voided: Chain, house: House, window: OpenWindow
) -> None:
    page = in_english(window("inspector"), house)
    page.goto(f"/packages/{voided.package_id}/sheet")
    assert page.locator("#sheet-passes").inner_text() == "Stages"
    assert page.evaluate(_BROKEN, ".sheet dt, .sheet-table th") == []
