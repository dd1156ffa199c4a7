"""What a change touches, and which class is proposed for it (domain:C5): the drafter confirms, the inspector sees both.

`changes.least_class` says below which class nobody may go; here a reader's eye is imitated as well, for names,
quotations and words of duty, which a machine may take wrongly. So this proposes and does not refuse.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.text import Sentence
from workflows import changes, comparing, showing
from workflows.compared import Change, Paragraph, sides
from workflows.content import Content, Interpretation
from workflows.intake.markup import images
from workflows.vocabulary import Term

#: Examples of one kind that a page lists, and how long each may be.
_MOST, _LONGEST = 3, 24


@dataclass(frozen=True, slots=True)
class Touched:
    """One kind of thing that a change touches: the class that this speaks for, and where."""

    kind: str
    name: Sentence
    speaks_for: str
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """The class that is proposed for a change, the lowest that is allowed, and why."""

    change_class: str
    least: str
    touched: tuple[Touched, ...]


_HAN_NUMERAL = "〇零一二三四五六七八九十百千万亿两"
_NUMBER = rf"(?:\d+(?:[.,]\d+)*|[{_HAN_NUMERAL}]+)"
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤柳"

#: What a stretch may lie in, looked for in this order: kind, class it speaks for, words, pattern.
_IN_TEXT: tuple[tuple[Term, str, re.Pattern[str]], ...] = (
    (Term("links", "链接", "links"), "t2", re.compile(r"［链接 [^］]*］")),
    (
        Term(
            "citations", "文号、引文、依据条款", "numbers of documents, quotations, articles cited"
        ),
        "t2",
        re.compile(
            rf"《[^》]*》|“[^”]*”|[\u4e00-\u9fff]*〔\d*〕(?:第?\d+号)?|第{_NUMBER}[条款项章节](?:第{_NUMBER}[款项])?"
        ),
    ),
    (
        Term("dates", "日期", "dates"),
        "t2",
        re.compile(
            rf"{_NUMBER}年(?:{_NUMBER}月(?:{_NUMBER}日)?)?|{_NUMBER}月(?:{_NUMBER}日)?|{_NUMBER}[日号时]"
        ),
    ),
    (
        Term("amounts", "金额", "amounts of money"),
        "t2",
        re.compile(rf"{_NUMBER}[十百千万亿]*(?:余)?元|[¥￥$]\s?{_NUMBER}"),
    ),
    (Term("figures", "数字", "figures"), "t2", changes.FIGURE),
    (
        Term("names", "姓名、单位、地名", "names of people, organisations and places"),
        "t2",
        re.compile(
            rf"(?:联系人|负责人|组长|主任|局长|书记|县长|市长|镇长|经办人|成员)[：:\s]?[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}"
            rf"|[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?=同志|先生|女士|书记|县长|市长|区长|镇长|主任|局长|科长|院长|校长)"
            r"|[\u4e00-\u9fff]{2,8}(?:自治区|街道|社区|小区|大道|办公室|委员会|公司|学校|小学|中学|大学|医院|中心|局|厅|委|所)"
            r"|[\u4e00-\u9fff]{2}[省市县区镇乡村路街]"
        ),
    ),
    (
        Term("duties", "应当、可以、不得等表述", "words of duty, leave or denial"),
        "t3",
        re.compile(
            r"应当|应该|可以|必须|不得|禁止|严禁|不准|不予|不再|不能|不可|原则上|一律|优先|有权|无需|鼓励|暂停|取消|停止|[不未无非]"
        ),
    ),
)
#: domain:C5 meaning: who exchanges a word for one of its opposites says something else. A synonym is none.
_OPPOSITES: tuple[tuple[str, str], ...] = (
    ("上涨 上升 增长 增加 提高 上调 扩大", "下降 下跌 减少 降低 下调 缩小"),
    ("全额 全部 全体 全面 普遍", "减半 半数 部分 个别"),
    ("免费 免征 免收 减免", "收费 征收 收取 加收"),
    ("允许 准许 鼓励", "限制"),
    ("提前", "推迟 延后 延期"),
    ("以上 以前 以内 超过", "以下 以后 以外 不足"),
    ("包括 包含", "除外"),
    ("同意 批准 支持", "反对 否决 驳回"),
    ("有效 施行", "失效 废止"),
    ("启动 恢复 继续", "终止 停止 暂停"),
    ("新增 增设 设立", "撤销 取消 拆除"),
    ("自愿", "强制"),
)
_SIDES = tuple((frozenset(one.split()), frozenset(other.split())) for one, other in _OPPOSITES)
_TURNED = Term("opposites", "改成相反的说法", "words turned into their opposite")
_OPPOSITE = re.compile(
    "|".join(sorted({word for pair in _SIDES for side in pair for word in side}))
)
_PARTS: dict[str, tuple[Sentence, str]] = {
    "paragraphs": (
        Sentence("段落增减、移动或整段改写", "paragraphs added, removed, moved or rewritten"),
        "t3",
    ),
    "attachments": (Sentence("附件", "attachments"), "t3"),
    "materials": (Sentence("解读材料", "interpretation materials"), "t3"),
    "pictures": (Sentence("正文图片", "pictures of the text"), "t3"),
    "interpretation": (Sentence("解读的有无", "whether there is an interpretation"), "t3"),
    "issuer": (
        Sentence(
            "信息类型、文种、发文机关、文号、登记号或来源",
            "what kind of document it is, its issuer, numbers or source",
        ),
        "t2",
    ),
    "days": (
        Sentence("成文、施行、失效或解读日期", "dates of the document or of its interpretation"),
        "t2",
    ),
    "forms": (Sentence("解读形式", "forms of the interpretation"), "t2"),
    "people": (Sentence("解读人、责任人或责任单位", "who interprets, or who is responsible"), "t2"),
    "wording": (Sentence("文字、标点或格式", "wording, punctuation or layout"), "t1"),
}


def proposal(old: Content, new: Content) -> Proposal:
    """The class to propose for what lies between two versions: the highest that anything in it speaks for."""
    least = changes.least_class(old, new)
    found = touched(old, new) if least != "unchanged" else ()
    spoken = [least, *(one.speaks_for for one in found)]
    return Proposal(max(spoken, key=changes.CLASS_ORDER.index), least, found)


def touched(old: Content, new: Content) -> tuple[Touched, ...]:
    """Everything that the change touches, the gravest first; `wording` if nothing else can be named."""
    found: dict[str, Touched] = {}
    for kind in _parts(old, new):
        name, speaks_for = _PARTS[kind]
        found[kind] = Touched(kind, name, speaks_for)
    for paragraph in _paragraphs(old, new):
        for one in _in_paragraph(paragraph):
            known = found.get(one.kind)
            examples = (*(known.examples if known else ()), *one.examples)
            found[one.kind] = Touched(one.kind, one.name, one.speaks_for, examples[:_MOST])
    if not found:
        found["wording"] = Touched("wording", *_PARTS["wording"])
    gravest = sorted(found.values(), key=lambda one: -changes.CLASS_ORDER.index(one.speaks_for))
    return tuple(gravest)


def _parts(old: Content, new: Content) -> Iterator[str]:
    """What is compared as it is stored: files and facts."""
    if old.attachments != new.attachments:
        yield "attachments"
    if old.interpretation.materials != new.interpretation.materials:
        yield "materials"
    if images(old.body_html) != images(new.body_html):
        yield "pictures"
    if _is_explained(old) != _is_explained(new):
        yield "interpretation"
    for kind, names in (
        # an item that becomes a repost, or is one no more, is refused elsewhere whatever its class
        ("issuer", (*changes.FACTUAL_FIELDS, "source")),
        ("days", ("dated_on", "effective_on", "valid_until")),
    ):
        if any(getattr(old.metadata, name) != getattr(new.metadata, name) for name in names):
            yield kind
    before, after = old.interpretation, new.interpretation
    if before.plan.on != after.plan.on:
        yield "days"
    if before.plan.forms != after.plan.forms:
        yield "forms"
    if _who(before) != _who(after):
        yield "people"


def _who(given: Interpretation) -> tuple[str, ...]:
    return given.interpreter_kind, given.interpreter, given.by_unit, given.plan.responsible


def _paragraphs(old: Content, new: Content) -> Iterator[Paragraph]:
    """Every compared paragraph of title, body and interpretation that is not the same.

    An interpretation that came or went as a whole is told as that, not line by line.
    """
    compared = _is_explained(old) == _is_explained(new)
    for before, after in (
        ([old.metadata.title], [new.metadata.title]),
        (comparing.paragraphs(old.body_html), comparing.paragraphs(new.body_html)),
        (_explained(old), _explained(new)) if compared else ([], []),
    ):
        for paragraph in comparing.compare(before, after, context=0):
            if any(change.kind not in ("same", "gap") for change in paragraph):
                yield paragraph


def _is_explained(shown: Content) -> bool:
    return "interpretation" in showing.parts_of(shown)


def _explained(shown: Content) -> list[str]:
    """All that is said in words, elements, points and plan: who decides reads it, and signs for it."""
    given = shown.interpretation
    plan = (given.plan.outline, given.plan.channel)
    text = "\n".join((given.elements.text, *changes.points(shown), *plan))
    return [line for line in text.splitlines() if line.strip()]


def _in_paragraph(paragraph: Paragraph) -> Iterator[Touched]:
    if paragraph[0].kind in ("moved_away", "moved_here") or len({c.kind for c in paragraph}) == 1:
        text = next((change.text for change in paragraph if change.text), "")
        yield Touched("paragraphs", *_PARTS["paragraphs"], (_short(text),))
        return
    seen = {one.kind: one for one in _turned(paragraph)}
    for side, own in zip(sides(paragraph), ("removed", "added"), strict=True):
        for kind, speaks_for, term, words in _lies_in(side, own):
            known = seen.get(kind)
            examples = (*(known.examples if known else ()), words)
            seen[kind] = Touched(kind, term.sentence, speaks_for, tuple(dict.fromkeys(examples)))
    yield from seen.values()


def _lies_in(side: Sequence[Change], own: str) -> Iterator[tuple[str, str, Term, str]]:
    """The things that the stretches of this side lie in or touch; each place counts as one kind only."""
    text, spans = _stretches(side, own)
    claimed: list[tuple[int, int]] = []
    for term, speaks_for, pattern in _IN_TEXT:
        for match in pattern.finditer(text):
            place = match.span()
            if _meets(place, spans) and not _meets(place, claimed):
                claimed.append(place)
                yield term.code, speaks_for, term, _short(match[0])


def _stretches(side: Sequence[Change], own: str) -> tuple[str, list[tuple[int, int]]]:
    """The text of this side, and where in it its own stretches are."""
    spans, at = [], 0
    for change in side:
        if change.kind == own:
            spans.append((at, at + len(change.text)))
        at += len(change.text)
    return "".join(change.text for change in side), spans


def _turned(paragraph: Paragraph) -> Iterator[Touched]:
    """Words that were taken out where one of their opposites was put in."""
    gone, come = (
        {match[0] for match in _OPPOSITE.finditer(text) if _meets(match.span(), spans)}
        for text, spans in map(_stretches, sides(paragraph), ("removed", "added"))
    )
    for one, other in _SIDES:
        for left, put in ((gone & one, come & other), (gone & other, come & one)):
            if left and put:
                words = (*sorted(left), *sorted(put))
                yield Touched(_TURNED.code, _TURNED.sentence, "t3", words[:_MOST])


def _meets(place: tuple[int, int], others: Sequence[tuple[int, int]]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in others)


def _short(words: str) -> str:
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def as_kept(found: Proposal) -> dict[str, object]:
    """For the row of the decision that confirmed a class: what was proposed, and why."""
    if found.change_class == "unchanged":
        return {}
    return {"proposed": found.change_class, "touched": [one.kind for one in found.touched]}


def name(kind: str) -> Sentence:
    """The kind of thing in words."""
    known = {term.code: term.sentence for term in (_TURNED, *(term for term, _, _ in _IN_TEXT))}
    return known.get(kind) or (_PARTS[kind][0] if kind in _PARTS else Sentence(kind, kind))


def is_lower(chosen: str, proposed: str) -> bool:
    """Whether somebody went below what was proposed; a proofreader's correction is T1."""
    chosen = "t1" if chosen == "corrected" else chosen
    order = changes.CLASS_ORDER
    return chosen in order and proposed in order and order.index(chosen) < order.index(proposed)


def told(kinds: Sequence[str]) -> Sentence:
    """The kinds in one line."""
    names = [name(kind) for kind in kinds]
    return Sentence("、".join(one.zh for one in names), ", ".join(one.en for one in names))
