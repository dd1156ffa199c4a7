"""Those who only read: the inspector, who asks for evidence, and the citizen at the portal."""

from __future__ import annotations

from collections.abc import Iterable

from playwright.sync_api import Locator, expect

from tests.browser.journeys.person import Person, Visitor


class Inspector(Person):
    """监督检查员."""

    def finds(self, title: str) -> None:
        """Look the item up by its title."""
        self.place("监督检查")
        self.field(self.words.page("标题或流转单号")).fill(title)
        self.presses(self.words.page("查找"))
        self.comes_by(self.page.get_by_role("row").filter(has_text=title).get_by_role("link").first)

    def verifies(self) -> None:
        """重新核验: every entry is counted again."""
        self.presses(self.words.page("重新核验"))
        self.is_told(self.words.pick("未见改动", "no change was found"))

    def trail(self) -> Locator:
        return self.page.locator("#trail ol.trail > li")

    def reads_in_order(self, *lines: tuple[str, str]) -> None:
        """These pieces stand in the trail, one after the other."""
        texts = self.trail().all_inner_texts()
        at = 0
        for zh, en in lines:
            wanted = self.words.pick(zh, en)
            places = [n for n, text in enumerate(texts) if n >= at and wanted in text]
            assert places, f"“{wanted}” is not in the trail after line {at}: {texts}"
            at = places[0] + 1

    def opens_register(self, name: str) -> None:
        self.place("监督检查")
        self.follows(self.words.page("台账"))
        self.follows(name)

    def opens_sheet(self) -> None:
        """审校流转单, from the inspector's page of the item."""
        self.follows(self.words.page("一页式流转单（可打印、下载 PDF）"))

    def sheet_rows(self, stage: str) -> Locator:
        name = self.page.locator("th", has_text=self.words.stage(stage))
        return self.page.locator(".sheet-table tr").filter(has=name)

    def struck_on_sheet(self) -> list[str]:
        """The stages of the sheet whose decision is struck through, in its order."""
        found = self.page.locator(".sheet-table tr.voided th")
        names: list[str] = found.evaluate_all("all => all.map(one => one.firstChild.data.trim())")
        return names


class Reader(Visitor):
    """A citizen: no account, only the public pages."""

    def opens(self, title: str) -> None:
        self.page.goto("/")
        self.speaks()
        self.look()
        self.follows(title)

    def finds_nothing_of(self, title: str) -> None:
        self.page.goto("/public/")
        self.speaks()
        self.look()
        expect(self.page.locator("body")).not_to_contain_text(title)

    def reads_all(self, texts: Iterable[str]) -> None:
        for text in texts:
            expect(self.page.locator("main")).to_contain_text(text)
