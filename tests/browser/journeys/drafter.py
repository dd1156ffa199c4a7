"""The drafter: brings a document, fills in the editor, and mends it when it comes back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from playwright.sync_api import expect

from tests import factories
from tests.browser.journeys.person import Person
from workflows.content import Interpretation, Metadata
from workflows.vocabulary import (
    ATTRIBUTES,
    CHANNELS,
    DOCUMENT_KINDS,
    GROUNDS,
    INFO_CLASSES,
    INTERPRETATION_FORMS,
    INTERPRETERS,
    PERIODS,
    SCOPES,
    TOPICS,
)

_ELEMENTS = {
    "政策背景": "background",
    "决策依据": "basis",
    "出台目的": "purpose",
    "重要举措": "measures",
}
_POINTS = {
    "核心概念": "concepts",
    "新旧政策差异": "differences",
    "影响范围": "reach",
    "管理执行标准及注意事项": "standards",
    "惠企利民举措": "benefits",
    "享受条件": "conditions",
}


@dataclass(frozen=True)
class Document:
    """A notice of a department as it comes from the word processor, dated today."""

    title: str
    day: str
    facts: Metadata = factories.METADATA
    interpretation: Interpretation = factories.INTERPRETATION
    sentence: str = "为方便群众夜间出行，县政府决定在12个小区增设路灯360盏，请遵照执行。"

    @property
    def footer(self) -> str:
        named = {"on_request": "依申请公开", "not_disclosed": "不予公开"}
        return f"（此件{named.get(self.facts.attribute, '公开发布')}）"

    @property
    def lines(self) -> tuple[str, ...]:
        return (
            self.facts.issuer, self.title.removeprefix(self.facts.issuer), "清建发〔2026〕7号", "",
            "各镇人民政府，县政府各部门：", self.sentence, "施工期间请沿线单位让出作业面。", "",
            self.facts.issuer, self.day, self.footer,
        )  # fmt: skip

    @property
    def written(self) -> set[str]:
        """Every phrase of it that an official wrote."""
        said = self.interpretation
        texts = (said.elements, said.points)
        phrases = {getattr(each, name) for each in texts for name in each.__slots__}
        plan = (said.plan.outline, said.plan.channel, said.plan.responsible, said.interpreter)
        facts = (self.facts.issuer, self.facts.column, self.facts.document_number)
        return {one for one in {self.title, *self.lines, *phrases, *plan, *facts} if one}

    def but(self, **facts: object) -> Document:
        return replace(self, facts=replace(self.facts, **facts))  # type: ignore[arg-type]


class Drafter(Person):
    """Whoever drafts."""

    def brings(self, document: Document) -> None:
        """Paste the text and check what was recognised in it."""
        self.watch.written |= document.written
        self.place("新建稿件")
        self.field(self.words.page("或者把正文粘贴在这里")).fill("\n".join(document.lines))
        self.presses(self.words.page("读入正文"))
        found = self.page.locator("section.recognised")
        for said in (document.title, document.facts.document_number, document.footer):
            expect(found).to_contain_text(said)

    def fills_in(self, document: Document) -> None:
        """Everything that the text itself does not say."""
        facts, said = document.facts, document.interpretation
        self.choose_attribute(facts)
        for label, table, code in (
            ("公开范围", SCOPES, facts.scope), ("公开期限", PERIODS, facts.period),
            ("文种", DOCUMENT_KINDS, facts.document_kind), ("信息分级", INFO_CLASSES, facts.info_class),
            ("解读人身份", INTERPRETERS, said.interpreter_kind),
        ):  # fmt: skip
            self.selects(label, self.words.of(table, code))
        self.writes("发文机关", facts.issuer)
        self.writes("栏目", facts.column)
        self.field(self.words.page("目录事项")).select_option(facts.catalogue_item)
        for table, codes, group in (
            (TOPICS, facts.topics, "topics"), (CHANNELS, facts.channels, "channels"),
            (INTERPRETATION_FORMS, said.plan.forms, "plan_forms"),
        ):  # fmt: skip
            for code in codes:
                box = self.page.locator(f"#{group}")
                box.get_by_label(self.words.of(table, code), exact=True).check()
        for label, ticked in (
            ("影响公众权益", facts.affects_public), ("涉及第三方", facts.concerns_third_party),
            ("涉及其他机关", facts.concerns_other_agencies),
        ):  # fmt: skip
            self.page.get_by_label(self.words.page(label), exact=True).set_checked(ticked)
        for label, name in _ELEMENTS.items():
            self.writes(label, getattr(said.elements, name))
        for label, name in _POINTS.items():
            self.writes(label, getattr(said.points, name))
        self.writes("解读提纲", said.plan.outline)
        self.writes("解读渠道", said.plan.channel)
        self.field(self.words.page("解读时间")).fill(str(said.plan.on))
        self.writes("责任人", said.plan.responsible)
        self.writes("解读人", said.interpreter)

    def choose_attribute(self, facts: Metadata) -> None:
        cards = self.page.locator("label.choice-card")
        cards.filter(has_text=self.words.of(ATTRIBUTES, facts.attribute)).first.click()
        for code in facts.grounds:
            self.page.get_by_label(self.words.of(GROUNDS, code), exact=True).check()
        if facts.reason:
            self.writes("理由", facts.reason)

    def selects(self, label: str, option: str) -> None:
        self.field(self.words.page(label)).select_option(label=option)

    def submits(self) -> str:
        """保存并送审; where the package is from now on."""
        self.presses(self.words.page("保存并送审"))
        self.is_told(self.words.page("已送审。"))
        return self.page.url.rsplit("/", 1)[1]

    def hands_in(self, document: Document) -> str:
        self.brings(document)
        self.fills_in(document)
        return self.submits()

    def changes(self, label: str, old: str, new: str) -> None:
        """Replace a piece of a long text, as somebody does who was told where."""
        field = self.field(self.words.page(label))
        text = field.input_value()
        assert old in text
        self.watch.written |= {line.replace(old, new) for line in text.splitlines() if old in line}
        field.fill(text.replace(old, new))

    def opens_return(self, title: str) -> None:
        """What was sent back, in the editor."""
        self.takes(title, "revise")
        self.follows(self.words.page("打开稿件修改"))

    def is_refused_as(self, change: str, zh: str, en: str) -> None:
        """This class is too small for the change; nothing that was typed is lost."""
        typed = self.field(self.words.page("正文")).input_value()
        with self.watch.refusals():
            self.says_class(change)
            again = self.words.page("按所选性质重报")
            self.page.get_by_role("button", name=again, exact=True).click()
            expect(self.page.locator(".say.refused")).to_be_focused()
        self.look()
        self.reads(zh, en)
        expect(self.field(self.words.page("正文"))).to_have_value(typed)

    def says_class(self, change: str) -> None:
        name = self.page.locator("b", has_text=self.words.outcome(change))
        self.page.locator("#change_class label.choice-card").filter(has=name).click()

    def resubmits(self, change: str, note: str = "") -> None:
        """Say of what kind the change is, and hand it in again."""
        if note:
            self.writes("这次改了什么", note)
        self.says_class(change)
        self.presses(self.words.page("按所选性质重报"))
        self.is_told(self.words.page("已重报。"))
