"""One item through every stage as its people press the buttons, on both databases."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.chain import AT, POSITIVE, Chain
from tests.conftest import Database
from tests.webapp.conftest import Browser
from webapp import read_back

STAGES = (
    *("attribute_review", "confidentiality_review", "first_review", "second_review"),
    *("final_review", "first_proofreading", "second_proofreading", "third_proofreading"),
    *("release", "readback"),
)


@pytest.fixture
def web_database(database: Database) -> Database:
    return database


def test_an_item_travels_through_the_web_to_the_portal(
    chain: Chain, at_desk: Callable[[str], Browser]
) -> None:
    chain.submit()
    for stage in STAGES:
        task = f"/tasks/{chain.task(stage)}"
        browser = at_desk(AT[stage])
        assert browser.post(f"{task}/claim", page=task).status_code == 303, stage
        parts = {f"part-{part}": "clear" for part in ("body", "metadata", "interpretation")}
        given = parts if stage == "confidentiality_review" else {}
        outcome = POSITIVE.get(stage, "pass")
        done = browser.post(
            f"{task}/decision", page=task, outcome=outcome, opinion="已阅，同意。", **given
        )
        assert done.status_code == 303, (stage, done.text)
    assert chain.open() == []
    assert chain.status() == "published"
    reader = at_desk("inspector").client
    listed = reader.get("/public/").text
    assert "关于增设小区路灯的通知" in listed
    address = re.findall(r'class="title" lang="zh-CN" href="([^"]+)"', listed)[0]
    document = reader.get(address).text
    assert read_back.shows_body(document, chain.draft.body_html, chain.draft.metadata.title)
