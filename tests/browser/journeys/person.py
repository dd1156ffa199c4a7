"""An official at the screen: logs in, finds what there is to do, claims it, decides, reads what became of it.

Everything is found as people find it, by the words on the page.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests import factories
from tests.browser.journeys.watching import Watch
from tests.browser.journeys.words import Words
from workflows import record_fields
from workflows.vocabulary import GROUNDS, RETURN_REASONS

#: With a folder here, every page that is looked at is kept as a picture.
PICTURES = os.environ.get("JOURNEY_PICTURES", "")
_number = count(1)


class Visitor:
    """Whoever looks at pages, logged in or not."""

    #: Whoever has just logged in stands before the list of their tasks.
    just_came = False

    def __init__(self, page: Page, words: Words, written: set[str], name: str) -> None:
        self.page = page
        self.words = words
        self.name = name
        self.watch = Watch(page, words.language, written)

    def goes(self, path: str) -> None:
        self.just_came = False
        self.page.goto(path)
        self.look()

    def look(self) -> None:
        if PICTURES:
            self.page.wait_for_load_state()
            file = Path(PICTURES) / f"{self.words.language}-{next(_number):03}-{self.name}.png"
            self.page.screenshot(path=file, full_page=True)
        self.watch.look()

    def follows(self, text: str) -> None:
        """Press a link of the page."""
        self.comes_by(self.page.get_by_role("link", name=text, exact=True).first)

    def presses(self, text: str) -> None:
        self.comes_by(self.page.get_by_role("button", name=text, exact=True).first)

    def comes_by(self, pressed: Locator) -> None:
        """Press what leads to another page, and look at that page."""
        self.just_came = False
        with self.page.expect_navigation():
            pressed.click()
        self.look()

    def reads(self, zh: str, en: str) -> None:
        """This stands on the page."""
        expect(self.page.locator("main")).to_contain_text(self.words.pick(zh, en))

    def does_not_read(self, text: str) -> None:
        expect(self.page.locator("main")).not_to_contain_text(text)

    def speaks(self) -> None:
        """Choose the language of the journey, with the button at the top."""
        if self.words.language == "en":
            with self.page.expect_navigation():
                self.page.get_by_role("button", name="English").click()

    def field(self, label: str) -> Locator:
        """The field with this label (必填 is not part of it)."""
        must = re.escape(self.words.page("（必填）"))
        whole = re.compile(rf"^\s*{re.escape(label)}\s*({must})?\s*$")
        named = self.page.locator("label[for]").filter(has_text=whole)
        return self.page.locator(f"[id='{named.first.get_attribute('for')}']")


class Person(Visitor):
    """Somebody of the house, in a window of their own."""

    def logs_in(self, login: str) -> None:
        self.page.goto("/login")
        self.speaks()
        self.look()
        self.field(self.words.page("登录名")).fill(login)
        self.field(self.words.page("密码")).fill(factories.PASSWORD)
        self.presses(self.words.page("登录"))
        self.just_came = True

    def place(self, zh: str) -> None:
        """Go to a place of the rail."""
        rail = self.page.get_by_role("navigation", name=self.words.page("去处"), exact=True)
        name = re.compile(rf"^\s*{re.escape(self.words.page(zh))}(\s|$)")
        self.comes_by(rail.get_by_role("link", name=name))

    def row(self, title: str, stage: str) -> Locator:
        rows = self.page.get_by_role("row").filter(has_text=title)
        exactly = self.page.locator("strong", has_text=_whole(self.words.stage(stage)))
        return rows.filter(has=exactly)

    def takes(self, title: str, stage: str) -> None:
        """Open what waits in one's own list, or claim it from the group's."""
        if not self.just_came:
            self.place("我的待办")
        mine = self.row(title, stage)
        if mine.count():
            self.comes_by(mine.get_by_role("link", name=re.compile(f"^{self.words.page('办理')}")))
            return
        self.place("可认领")
        name = re.compile(f"^{self.words.page('认领')}")
        self.comes_by(self.row(title, stage).get_by_role("button", name=name))
        expect(self.page.locator(".say[role=status]")).to_be_focused()

    def has_nothing_of(self, title: str) -> None:
        """Neither in one's own list nor among what may be claimed."""
        for place in ("我的待办", "可认领"):
            self.place(place)
            expect(self.page.get_by_role("row").filter(has_text=title)).to_have_count(0)

    def card(self, outcome: str) -> Locator:
        """An outcome as it is offered: the card with its name and what it leads to."""
        name = self.page.locator("b", has_text=_whole(self.words.outcome(outcome)))
        return self.page.locator("label.choice-card").filter(has=name)

    def writes(self, label: str, text: str) -> None:
        """Words of an official: they stay as they are in every language."""
        self.watch.written.add(text)
        self.field(self.words.page(label)).fill(text)

    def decides(
        self,
        stage: str,
        outcome: str,
        *,
        opinion: str = "",
        because: Iterable[str] = (),
        grounds: Iterable[str] = (),
        where: str = "",
        verdict: str = "",
        verdicts: Mapping[str, str] | None = None,
        record: Mapping[str, str] | None = None,
    ) -> None:
        """Tick the list, judge every part, choose, say why, press the button that names the act.

        `verdict` is given to every part but those of `verdicts` (by their names on the page). `record` is
        what the decision puts on record, by the codes of `workflows.record_fields`.
        """
        for tick in self.page.locator(".checklist").get_by_role("checkbox").all():
            tick.check()
        if verdict:
            self.judges(verdict, verdicts or {})
        self.card(outcome).click()
        for table, legend, codes in (
            (RETURN_REASONS, "退回的原因", because), (GROUNDS, "不予公开的法定情形", grounds),
        ):  # fmt: skip
            listed = self.page.get_by_role("group", name=self.words.page(legend), exact=True)
            for code in codes:
                listed.get_by_label(self.words.of(table, code)).check()
        if where:
            self.writes("在什么位置", where)
        for code, value in (record or {}).items():
            self.records(stage, code, value)
        if opinion:
            self.writes("意见", opinion)
        self.presses(self.words.act(stage, outcome))
        expect(self.page.locator(".say.done")).to_be_focused()

    def records(self, stage: str, code: str, value: str) -> None:
        """A field of the record, by its name on the page."""
        known = record_fields.named(stage, code)
        assert known is not None
        field = self.field(known.label.in_language(self.words.language))
        if known.kind == "choice":
            field.select_option(label=self.words.of(known.choices, value))
        else:
            self.watch.written.add(value)
            field.fill(value)

    def judges(self, verdict: str, others: Mapping[str, str]) -> None:
        """逐项审查结论: every part has its own."""
        for part in self.page.locator("fieldset.verdict").all():
            name = part.locator("legend").inner_text().strip()
            said = others.get(name, verdict)
            part.get_by_label(self.words.outcome(said), exact=True).check()

    def is_told(self, *words: str) -> None:
        """The message after an act: what happened, and whose turn it is."""
        for one in words:
            expect(self.page.locator(".say.done")).to_contain_text(one)

    def is_told_next(self, *stages: str, whose: str = "") -> None:
        """Whose turn it is, in the message; nobody's if there is no stage."""
        for stage in stages:
            name = self.words.stage(stage)
            self.is_told(self.words.pick(f"现在是{name}，{whose}", f"Now at {name}: {whose}"))

    def reads_the_change(self, old: str, new: str) -> None:
        """自我上次查看以来的修改: what went and what came."""
        self.page.get_by_role("tab", name=self.words.page("自我上次查看以来的修改")).click()
        changes = self.page.locator("#part-changes")
        expect(changes.locator("del:not(.legend)", has_text=old).first).to_be_visible()
        expect(changes.locator("ins:not(.legend)", has_text=new).first).to_be_visible()

    def opens(self, package: str) -> None:
        self.goes(f"/packages/{package}")

    def bead(self, stage: str) -> Locator:
        """A stage of the ribbon."""
        name = self.page.locator(".name", has_text=_whole(self.words.stage(stage)))
        return self.page.locator("ol.ribbon > li").filter(has=name)

    def sees_now(self, *stages: str) -> None:
        """现在在谁手上: exactly these stages are open."""
        names = self.page.locator("section[aria-labelledby=now-heading] li strong")
        expect(names).to_have_text([self.words.stage(stage) for stage in stages])

    def sees_voided(self, stages: Iterable[str], zh: str = "", en: str = "") -> None:
        """Exactly these stages of the ribbon are struck through, each with the reason."""
        named = self.page.locator("ol.ribbon > li.voided .name")
        expect(named).to_have_text([self.words.stage(stage) for stage in stages])
        for stage in stages:
            expect(self.bead(stage).locator(".why").first).to_have_text(self.words.pick(zh, en))

    def appoints(self, substitute: str, day: date, reason: str) -> None:
        """外出与代理: somebody acts for me, in all that I do."""
        self.follows(self.words.page("外出与代理"))
        ask = self.words.page("请人代理")
        self.page.locator("summary", has_text=ask).click()
        chosen = self.field(self.words.page("请谁代理"))
        option = chosen.locator("option", has_text=substitute)
        chosen.select_option(value=option.get_attribute("value"))
        self.field(self.words.page("从哪天起")).fill(str(day))
        self.field(self.words.page("到哪天止（含）")).fill(str(day + timedelta(days=3)))
        self.writes("原因", reason)
        self.presses(ask)
        self.is_told(self.words.page("已委托，代理人会收到消息。"))

    def ends_leave(self) -> None:
        """Back early."""
        self.follows(self.words.page("外出与代理"))
        self.comes_by(
            self.page.get_by_role("button", name=re.compile(f"^{self.words.page('提前终止')}"))
        )
        self.is_told(self.words.page("已终止代理。"))

    def stands_in_for(self, name: str) -> None:
        """Change over; every page says so from now on."""
        self.follows(self.words.page("外出与代理"))
        self.presses(self.words.page("代理%(name)s办理", name=name))
        banner = self.words.page(
            "您正在代理%(name)s办理。您办的每一步都会写明两个人的名字。", name=name
        )
        expect(self.page.locator(".standing-in")).to_contain_text(banner)

    def is_oneself_again(self) -> None:
        self.presses(self.words.page("回到本人"))
        expect(self.page.locator(".standing-in")).to_have_count(0)


def _whole(text: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(text)}\s*$")
