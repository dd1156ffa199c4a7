"""Finds title, number, issuer, date and disclosure line where an official document has them (domain:B8).

Only proposals: the drafter sees each and corrects it. Nothing found is None, never a guess.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from workflows.intake import marks
from workflows.intake.marks import folded, is_organ, is_site_line, organs
from workflows.vocabulary import DOCUMENT_KINDS


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the text itself says about the document."""

    title: str | None = None
    document_kind: str | None = None
    number: str | None = None
    issuer: str | None = None
    dated_on: date | None = None
    disclosure_line: str | None = None
    attribute: str | None = None


#: Title, number and addressee stand in the first lines; further down the same patterns are citations.
_HEAD_LINES = 40
_TITLE_LINES = 6
_TITLE_LENGTH = 200

_KINDS = (
    *(kind for kind in DOCUMENT_KINDS if kind != "其他"),
    *("方案", "要点", "办法", "规定", "规则", "细则", "规划", "计划", "措施", "制度", "预案", "指南"),
    *("清单", "目录", "名单", "标准", "规范", "章程", "条例", "实施意见", "解读", "总结", "答复", "令"),
    *("公示", "简报", "年报", "说明", "指引", "导则", "纲要", "政策", "须知", "启事", "倡议书"),
)  # fmt: skip
_ENDS_AS_KIND = re.compile(rf"(?:{'|'.join(_KINDS)})(?:[（(〔][^（）()]{{1,20}}[）)〕])?$")
#: 某县人民政府工作规则: rules that an organ makes for itself begin with its name.
_RULES_OF = re.compile(r"([\u4e00-\u9fff]{2,20}?人民政府(?:办公室|办公厅)?)(?=[\u4e00-\u9fff])")
_CLOCK = re.compile(r"\s*\d{1,2}:\d{2}(?::\d{2})?$")  # sites add the hour to the day
_LIST_HEADING = re.compile(r"(?P<number>[^《》]{6,30})《[^《》]{4,200}》")
_FORWARDING = re.compile(r"关于.*?(?:印发|转发|批转|公布|下达|修订|废止|调整)")
_FORWARDED_AS = re.compile(r"(?:通知|公告|通告|决定|意见|函|令)(?:[（(][^（）()]{1,20}[）)])?$")


def recognise(text: str) -> Recognised:
    """Proposals for the fields of domain:C2 that a document states about itself."""
    lines = [line.strip(" \u3000\xa0\ufeff") for line in text.splitlines()]
    lines = [line for line in lines if line.strip() and not is_site_line(line)]
    said, head = marks.labels(lines[:_HEAD_LINES])
    lines = [_without_list_heading(line.strip()) for line in (*head, *lines[_HEAD_LINES:])]
    head = lines[:_HEAD_LINES]
    title = _title(head) or said.get("title") or _title_below_signature(head)
    signed_at, dated_on = _date(lines)
    line, attribute = _disclosure(lines)
    return Recognised(
        title=title,
        document_kind=_kind(title),
        number=_number(head) or marks.number(said.get("number", "")),
        issuer=_issuer(lines, signed_at, title) or said.get("issuer"),
        dated_on=dated_on or marks.day(_CLOCK.sub("", said.get("dated_on", ""))),
        disclosure_line=line,
        attribute=attribute,
    )


def disclosure_attributes(text: str) -> list[str]:
    """The attribute each disclosure line in the text speaks for, in order (domain:A1.14)."""
    return [found[1] for line in text.splitlines() if (found := marks.disclosure(line)) is not None]


# -- title ------------------------------------------------------------------------------------------


def _title(lines: list[str]) -> str | None:
    # a title stands before the addressee and before the first sentence
    ahead = next((at for at, line in enumerate(lines) if _is_running_text(line)), len(lines))
    about = next((at for at in range(ahead) if "关于" in lines[at]), None)
    if about is not None:
        start = _first_organ_line(lines, about) if lines[about].startswith("关于") else about
        if found := _joined(lines, start):
            return found
    for start in range(min(8, ahead)):
        if _stops_title(lines[start]) or is_organ(lines[start].removesuffix("文件")):
            continue
        if found := _joined(lines, start):
            return found
    return None


def _without_list_heading(line: str) -> str:
    """Sites head a page with `文号《标题》`: the number and the title, told apart again."""
    found = _LIST_HEADING.fullmatch(line)
    return found["number"] if found and marks.number(found["number"]) else line


def _title_below_signature(lines: list[str]) -> str | None:
    """A file that begins with its number: what is issued stands as a heading below the signature."""
    for line in lines:
        if len(line) <= 60 and not _stops_title(line) and not _is_running_text(line):
            bare = re.sub(r"\s+", "", line)
            if _is_whole(bare):
                return bare
    return None


def _is_running_text(line: str) -> bool:
    plain = folded(line)
    return "。" in plain or plain.endswith((":", ";")) or len(plain) > _TITLE_LENGTH


def _stops_title(line: str) -> bool:
    plain = folded(line)
    return (
        plain.endswith((":", "。", ";", ","))
        or marks.number(line) is not None
        or marks.day(line) is not None
        or plain.startswith(("主送", "抄送", "(此件", "附件", "签发人"))
    )


def _first_organ_line(lines: list[str], about: int) -> int:
    """Organs above 关于… belong to the title, several of them if the document is a joint one."""
    start = about
    while start > 0 and start > about - 4 and is_organ(lines[start - 1].replace(" ", "")):
        # the name of the site above the name of the organ is not part of the title
        if start < about and lines[start].startswith(lines[start - 1]):
            break
        start -= 1
    return start


def _joined(lines: list[str], start: int) -> str | None:
    """The shortest run of lines from `start` that reads as a whole title."""
    text = ""
    for offset, line in enumerate(lines[start : start + _TITLE_LINES]):
        if offset and _stops_title(line):
            break
        bare = re.sub(r"\s+", "", line)
        joint = bool(offset) and is_organ(bare) and is_organ(text.split(" ")[-1])
        text += f" {bare}" if joint else bare
        following = lines[start + offset + 1 : start + offset + 2]
        if len(text) > _TITLE_LENGTH:
            return None
        if following and following[0].startswith("的") and len(following[0]) <= 20:
            continue
        if _is_whole(text):
            return text
    # 关于印发…方案, broken off or not followed by 的通知: better shown than lost
    return text if "关于" in text and _ENDS_AS_KIND.search(text) else None


def _is_whole(text: str) -> bool:
    if is_organ(text):
        return False  # 某某规划局 ends no title
    pattern = _FORWARDED_AS if _FORWARDING.search(text) else _ENDS_AS_KIND
    return pattern.search(text) is not None


def _kind(title: str | None) -> str | None:
    if title is None:
        return None
    bare = re.sub(r"[（(][^（）()]*[）)]$", "", title)
    return next((kind for kind in DOCUMENT_KINDS if bare.endswith(kind)), "其他")


# -- number, signature, date, disclosure ------------------------------------------------------------


def _number(lines: list[str]) -> str | None:
    for line in lines:
        if found := marks.number(line):
            return found
    for before, line in pairwise(lines):
        if before.endswith("令") and (found := marks.order_number(line)):
            return found
    return None


def _date(lines: list[str]) -> tuple[int | None, date | None]:
    """Where the date under the signature stands, and the date; first choice: right under an organ."""
    others: list[tuple[int, date]] = []
    for at, line in enumerate(lines):
        on = marks.day(line) or _signed_inline(line)
        if on is None:
            continue
        if (at and organs(lines[at - 1])) or marks.day(line) is None:
            return at, on
        others.append((at, on))
    return others[0] if others else (None, None)


def _signed_inline(line: str) -> date | None:
    """`某县人民政府办公室  2024年7月1日` on one line, with or without the disclosure mark after it."""
    plain = folded(line)
    found = marks.DIGIT_DATE.search(plain)
    if found is None:
        return None
    before, after = plain[: found.start()].strip(), plain[found.end() :].strip()
    marked = bool(after) and marks.disclosure(after) is not None
    if (after and not marked) or not (organs(before) or (marked and not before)):
        return None
    return marks.date_of(found)


def _issuer(lines: list[str], signed_at: int | None, title: str | None) -> str | None:
    if signed_at is not None:
        if inline := organs(marks.DIGIT_DATE.split(folded(lines[signed_at]))[0]):
            return "、".join(inline)
        above: list[str] = []
        for line in reversed(lines[:signed_at]):
            if not (named := organs(line)):
                break
            above[:0] = named
        if above:
            return "、".join(above)
    if title and "关于" in title and is_organ(before := title.split("关于", 1)[0]):
        return before
    if title and (owner := _RULES_OF.match(title)):
        return owner[1]
    for line in lines[:3]:
        bare = line.removesuffix("文件")
        if bare != line and is_organ(bare):
            return bare
    return None


def _disclosure(lines: list[str]) -> tuple[str | None, str | None]:
    return next(
        (found for line in lines if (found := marks.disclosure(line)) is not None), (None, None)
    )
