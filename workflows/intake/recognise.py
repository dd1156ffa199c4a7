"""Finds title, number, issuer, date and disclosure line where an official document has them (domain:B8).

Only proposals: the drafter sees each and corrects it. Nothing found is None, never a guess.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

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
)  # fmt: skip
_ENDS_AS_KIND = re.compile(rf"(?:{'|'.join(_KINDS)})(?:[（(〔][^（）()]{{1,20}}[）)〕])?$")
_FORWARDING = re.compile(r"关于.*?(?:印发|转发|批转|公布|下达|修订|废止|调整)")
_FORWARDED_AS = re.compile(r"(?:通知|公告|通告|决定|意见|函|令)(?:[（(][^（）()]{1,20}[）)])?$")

_ORGAN = re.compile(
    r"[\u4e00-\u9fff（）()·]{2,40}?(?:人民政府|政府|办公室|委员会|管委会|办事处|委办公室|[局厅部院会处所署办司队站馆]"
    r"|中心|公司|镇|法院|检察院|联合会|集团)"
)
_NUMBER = re.compile(
    r"(?:(?:发文字号|文号|字号)[:：]?\s*)?"
    r"(?P<organ>[\u4e00-\u9fff]{2,20}?)\s*[〔\[(【<]\s*(?P<year>(?:19|20)\d{2})\s*[〕\])】>]\s*"
    r"第?\s*0*(?P<serial>\d{1,5})\s*号(?:\s*签发人.*)?"
)
_ORDER_NUMBER = re.compile(r"第\s*0*(\d{1,5})\s*号")
_DIGIT_DATE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
_HAN_DATE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日"
)
_DISCLOSURE = re.compile(
    r"[(]?\s*此\s*件\s*(公开发布|主动公开|依申请公开|不予公开|不公开|公开)\s*[)]?"
)
_DISCLOSURE_OPTION = re.compile(
    r"(?:信息)?公开(?:属性|选项|形式)\s*[:：]\s*(主动公开|依申请公开|不予公开)"
)
_ATTRIBUTE_OF = {
    "公开发布": "proactive",
    "主动公开": "proactive",
    "公开": "proactive",
    "依申请公开": "on_request",
    "不予公开": "not_disclosed",
    "不公开": "not_disclosed",
}
_SITE_LINE = re.compile(
    r"(?:字号|字体|字体大小)\s*:?\s*[\[【]?\s*(?:大|小|[\s\[\]【】|/大中小])*"
    r"|[\[【]?\s*大\s*[|/]?\s*中\s*[|/]?\s*小\s*[\]】]?"
    r"|(?:打印|关闭|收藏|打印本页|关闭窗口|【?打印】?\s*【?关闭】?)"
    r"|(?:浏览次数|阅读次数|访问次数|点击数|分享到|当前位置|您的位置|您现在的位置)\s*:?.*"
)


def is_site_line(line: str) -> bool:
    """Whether this line belongs to the web page a text was copied from, not to the document."""
    plain = _folded(line)
    return bool(plain) and _SITE_LINE.fullmatch(plain) is not None


def recognise(text: str) -> Recognised:
    """Proposals for the fields of domain:C2 that a document states about itself."""
    lines = [line.strip(" \t\u3000\xa0\ufeff") for line in text.splitlines()]
    lines = [line for line in lines if line and not is_site_line(line)]
    title = _title(lines[:_HEAD_LINES])
    signed_at, dated_on = _date(lines)
    line, attribute = _disclosure(lines)
    return Recognised(
        title=title,
        document_kind=_kind(title),
        number=_number(lines[:_HEAD_LINES]),
        issuer=_issuer(lines, signed_at, title),
        dated_on=dated_on,
        disclosure_line=line,
        attribute=attribute,
    )


def disclosure_attributes(text: str) -> list[str]:
    """The attribute each disclosure line in the text speaks for, in order (domain:A1.14)."""
    return [found[1] for line in text.splitlines() if (found := _disclosure_of(line)) is not None]


def _folded(line: str) -> str:
    """Full-width letters, digits and brackets as half-width ones, edges trimmed."""
    return unicodedata.normalize("NFKC", line).strip()


def _stops_title(line: str) -> bool:
    plain = _folded(line)
    return (
        plain.endswith((":", "。", ";", ","))
        or _number([line]) is not None
        or _day(plain) is not None
        or plain.startswith(("主送", "抄送", "(此件", "附件", "签发人"))
    )


def _title(lines: list[str]) -> str | None:
    about = next((i for i, line in enumerate(lines) if _opens_title(line)), None)
    if about is not None:
        start = (
            about - 1 if lines[about].startswith("关于") and _organ_above(lines, about) else about
        )
        found = _joined(lines, start)
        if found:
            return found
    for start in range(min(8, len(lines))):
        if _stops_title(lines[start]):
            break
        if lines[start].endswith("文件") and _ORGAN.match(lines[start]):
            continue  # 发文机关标志
        found = _joined(lines, start)
        if found:
            return found
    return None


def _opens_title(line: str) -> bool:
    # a sentence of the body may say 关于 as well; a title has no sentence marks
    return "关于" in line and len(line) <= _TITLE_LENGTH and not re.search(r"[。；;]", line)


def _organ_above(lines: list[str], at: int) -> bool:
    return at > 0 and _ORGAN.fullmatch(lines[at - 1].replace(" ", "")) is not None


def _joined(lines: list[str], start: int) -> str | None:
    """The shortest run of lines from `start` that reads as a whole title."""
    text = ""
    for offset, line in enumerate(lines[start : start + _TITLE_LINES]):
        if offset and _stops_title(line):
            break
        text += re.sub(r"\s+", "", line)
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
    pattern = _FORWARDED_AS if _FORWARDING.search(text) else _ENDS_AS_KIND
    return pattern.search(text) is not None


def _kind(title: str | None) -> str | None:
    if title is None:
        return None
    bare = re.sub(r"[（(][^（）()]*[）)]$", "", title)
    return next((kind for kind in DOCUMENT_KINDS if bare.endswith(kind)), "其他")


def _number(lines: list[str]) -> str | None:
    for line in lines:
        found = _NUMBER.fullmatch(_folded(line))
        if found:
            # GB/T 9704: six-cornered brackets, no leading zero, no 第
            return f"{found['organ']}〔{found['year']}〕{int(found['serial'])}号"
    for before, line in pairwise(lines):
        order = _ORDER_NUMBER.fullmatch(_folded(line))
        if order and before.endswith("令"):
            return f"第{int(order[1])}号"
    return None


def _day(plain: str) -> date | None:
    """The date if the line is nothing but a date, in digits or in Han numerals, bracketed or not."""
    bare = plain.strip("() ")
    found = _DIGIT_DATE.fullmatch(bare)
    if found:
        return _safe_date(*(int(part) for part in found.groups()))
    han = _HAN_DATE.fullmatch(re.sub(r"\s", "", bare))
    if han:
        year = int("".join(str("〇一二三四五六七八九".index(_zero(digit))) for digit in han[1]))
        return _safe_date(year, _han_number(han[2]), _han_number(han[3]))
    return None


def _zero(digit: str) -> str:
    return "〇" if digit in "○零" else digit


def _han_number(text: str) -> int:
    digits = "〇一二三四五六七八九"
    tens, ten, ones = text.partition("十")
    if not ten:
        return digits.index(text) if len(text) == 1 else 0
    return (digits.index(tens) if tens else 1) * 10 + (digits.index(ones) if ones else 0)


def _safe_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _date(lines: list[str]) -> tuple[int | None, date | None]:
    """Where the date under the signature stands, and the date; first choice: right under an organ."""
    found: list[tuple[int, date]] = []
    for at, line in enumerate(lines):
        plain = _folded(line)
        on = _day(plain)
        if on is None and (inline := _DIGIT_DATE.search(plain)) and _signed_inline(plain, inline):
            on = _safe_date(*(int(part) for part in inline.groups()))
            if on:
                return at, on
        if on is None:
            continue
        if at and _organs(lines[at - 1]):
            return at, on
        found.append((at, on))
    return found[0] if found else (None, None)


def _signed_inline(plain: str, found: re.Match[str]) -> bool:
    """`某县人民政府办公室  2024年7月1日` on one line, with or without the disclosure line after it."""
    rest = plain[found.end() :].strip()
    before = plain[: found.start()].strip()
    return (not rest or _DISCLOSURE.fullmatch(rest) is not None) and (
        bool(_organs(before)) or (not before and bool(rest))
    )


def _organs(line: str) -> list[str]:
    """The organs a signature line names; empty if the line is anything else."""
    parts = [part for part in re.split(r"[\s\u3000、，,]+", line.strip()) if part]
    if len(parts) > 1 and all(len(part) == 1 for part in parts):
        parts = ["".join(parts)]  # letters spaced out for looks
    return parts if parts and all(_is_organ(part) for part in parts) else []


def _is_organ(part: str) -> bool:
    return len(part) >= 4 and "关于" not in part and _ORGAN.fullmatch(part) is not None


def _issuer(lines: list[str], signed_at: int | None, title: str | None) -> str | None:
    if signed_at is not None:
        above: list[str] = []
        inline = _DIGIT_DATE.split(_folded(lines[signed_at]))[0]
        if organs := _organs(inline):
            return "、".join(organs)
        for line in reversed(lines[:signed_at]):
            organs = _organs(line)
            if not organs:
                break
            above[:0] = organs
        if above:
            return "、".join(above)
    if title and "关于" in title:
        before = title.split("关于", 1)[0]
        if _ORGAN.fullmatch(before):
            return before
    for line in lines[:3]:
        bare = line.removesuffix("文件")
        if bare != line and _ORGAN.fullmatch(bare):
            return bare
    return None


def _disclosure(lines: list[str]) -> tuple[str | None, str | None]:
    return next(
        (found for line in lines if (found := _disclosure_of(line)) is not None), (None, None)
    )


def _disclosure_of(line: str) -> tuple[str, str] | None:
    """The line's disclosure mark and its attribute: a line of its own, or bracketed at a line's end."""
    plain = _folded(line)
    found = _DISCLOSURE.search(plain) or _DISCLOSURE_OPTION.fullmatch(plain)
    if found is None:
        return None
    alone = found[0].strip() == plain
    bracketed = found[0].strip().startswith("(") and plain.endswith(found[0].strip())
    if not (alone or (bracketed and len(plain) <= 60)):
        return None
    shown = found[0].strip().replace("(", "（").replace(")", "）")
    return re.sub(r"\s", "", shown), _ATTRIBUTE_OF[found[1]]
